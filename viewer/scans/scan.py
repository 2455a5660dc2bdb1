"""A scan: voxels in world space, never changed after reading."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from viewer.scans.float32 import as_float32
from viewer.scans.grid import Grid


@dataclass(frozen=True, eq=False)
class StoredOrientation:
    """How the voxels lay in the file, so that a map can be written exactly as its scan was.

    ``grid`` is the file's own grid. ``axes`` and ``flips`` lead from the file's array to the canonical
    one: transpose by ``axes``, then reverse every axis whose ``flips`` is True. ``codes`` are NIfTI's
    qform and sform codes; None where the format has none.
    """

    grid: Grid
    axes: tuple[int, int, int] = (0, 1, 2)
    flips: tuple[bool, bool, bool] = (False, False, False)
    codes: tuple[int, int] | None = None

    def from_canonical(self, data: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """A canonical array put back into the file's order, shape ``grid.shape``."""
        flipped = data[tuple(slice(None, None, -1 if flip else 1) for flip in self.flips)]
        return np.ascontiguousarray(np.transpose(flipped, np.argsort(self.axes)))


@dataclass(frozen=True, eq=False)
class Scan:
    """Voxels of one brain, in canonical order, and where they lie.

    Parameters
    ----------
    data : numpy.ndarray
        float32, C-contiguous, read-only, shape ``grid.shape``; finite. The axes run (mostly) to the right,
        anterior and superior: RAS+.
    grid : Grid
        Where the voxels lie, in mm.
    name : str
        What a person calls it: the file's name without its endings.
    notes : tuple of str
        One sentence for every repair made while reading, for the person to read.
    path : Path, optional
        The file it came from, if any.
    stored : Stored, optional
        How it lay in that file.
    volume : int, optional
        Which volume of that file, counted from 0; None where the file holds one alone.

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
        """To another process, where it is made anew and its voxels are read-only, too."""
        # With the hash, where it is known already: it takes a tenth of a second.
        known = {"hash": self.hash} if "hash" in self.__dict__ else None
        return Scan, tuple(getattr(self, one.name) for one in fields(self)), known

    @property
    def affine(self) -> npt.NDArray[np.float64]:
        """The 4 by 4 matrix from voxel indices to millimetres."""
        return self.grid.affine

    @cached_property
    def foreground_volume(self) -> float:
        """How much of it is not air, in mm³: the head, or the brain where the skull was removed."""
        from viewer.scans.foreground import foreground_mask

        return float(np.count_nonzero(foreground_mask(self))) * self.grid.voxel_volume

    @cached_property
    def hash(self) -> str:
        """SHA-256 over voxels and affine: the same anatomy at the same place has the same hash."""
        import hashlib

        digest = hashlib.sha256(repr(self.grid.shape).encode())
        digest.update(np.ascontiguousarray(self.grid.affine).tobytes())
        digest.update(self.data.tobytes())
        return digest.hexdigest()
