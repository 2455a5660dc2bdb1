"""Scan: read-only voxels on a grid in world space."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from viewer.scans.float32 import as_float32
from viewer.scans.grid import Grid

Voxel = TypeVar("Voxel", bound=np.generic)


@dataclass(frozen=True, eq=False)
class StoredOrientation:
    """Orientation of the voxels in the file, needed to write a map on exactly the grid of its scan's file.

    ``grid`` is the file's own grid. The file's array becomes the canonical one by transposing it by ``axes``
    and reversing every axis whose ``flips`` is True. ``xform_codes`` are NIfTI's qform and sform codes; None
    if the format has none.
    """

    grid: Grid
    axes: tuple[int, int, int] = (0, 1, 2)
    flips: tuple[bool, bool, bool] = (False, False, False)
    xform_codes: tuple[int, int] | None = None

    def from_canonical(self, data: npt.NDArray[Voxel]) -> npt.NDArray[Voxel]:
        """Return a canonical array in the file's voxel order, shape ``grid.shape``."""
        flipped = data[tuple(slice(None, None, -1 if flip else 1) for flip in self.flips)]
        return np.ascontiguousarray(np.transpose(flipped, np.argsort(self.axes)))


@dataclass(frozen=True, eq=False)
class Scan:
    """Voxels of one brain in canonical order, and their grid.

    Parameters
    ----------
    data : numpy.ndarray
        float32, C-contiguous, read-only, shape ``grid.shape``; finite. The axes run (mostly) to the right,
        anterior and superior: RAS+.
    grid : Grid
        Voxel grid in world space (mm).
    name : str
        Name shown to the user: the file's name without its extensions.
    notes : tuple of str
        One sentence per repair made while reading it from a file.
    path : Path, optional
        File it was read from, if any.
    stored : StoredOrientation, optional
        Orientation of the voxels in that file.
    volume : int, optional
        Index of the volume in that file, from 0; None if the file holds only one.

    Examples
    --------
    >>> import numpy as np
    >>> import viewer
    >>> scan = viewer.Scan(np.ones((4, 5, 6)), viewer.Grid((4, 5, 6), np.eye(4)), "ones")
    >>> (str(scan.data.dtype), scan.affine.shape)
    ('float32', (4, 4))
    """

    data: npt.NDArray[np.float32]
    grid: Grid
    name: str
    notes: tuple[str, ...] = ()
    path: Path | None = None
    stored: StoredOrientation = field(default=None)  # type: ignore[assignment]
    volume: int | None = None

    def __post_init__(self) -> None:
        data = as_float32(self.data, self.name)
        if data.shape != self.grid.shape:
            raise ValueError(f"data of shape {data.shape} on a grid of shape {self.grid.shape}")
        if data is self.data:
            data = data.view()
        data.setflags(write=False)
        object.__setattr__(self, "data", data)
        if self.stored is None:
            object.__setattr__(self, "stored", StoredOrientation(self.grid))  # type: ignore[unreachable]

    def __reduce__(self) -> tuple[type[Scan], tuple[Any, ...], dict[str, str] | None]:
        """Support pickling by reconstruction, so that the voxels are read-only in other processes, too."""
        # Keep the hash if it was already computed, as that takes a tenth of a second.
        state = {"hash": self.hash} if "hash" in self.__dict__ else None
        return Scan, tuple(getattr(self, entry.name) for entry in fields(self)), state

    def __repr__(self) -> str:
        return f"<Scan {self.name!r}: {self.grid.size_text}>"

    def _repr_png_(self) -> bytes:
        """Show the middle slices in a notebook."""
        from viewer.scene.notebook import scan_png

        return scan_png(self)

    def _repr_html_(self) -> str:
        """Show name, grid and slices in a notebook."""
        from viewer.scene.notebook import scan_html

        return scan_html(self)

    @property
    def affine(self) -> npt.NDArray[np.float64]:
        """Affine from voxel indices to mm, shape (4, 4)."""
        return self.grid.affine

    @cached_property
    def foreground_volume(self) -> float:
        """Volume of the foreground in mm³: the head, or the brain if the skull was removed."""
        from viewer.scans.foreground import foreground_mask

        return float(np.count_nonzero(foreground_mask(self.data))) * self.grid.voxel_volume

    @cached_property
    def hash(self) -> str:
        """SHA-256 of shape, affine and voxels: equal for the same image at the same position."""
        import hashlib

        digest = hashlib.sha256(repr(self.grid.shape).encode())
        digest.update(np.ascontiguousarray(self.grid.affine).tobytes())
        digest.update(self.data.tobytes())
        return digest.hexdigest()
