"""Attribution map: the values of an explanation method on a grid, and their provenance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from viewer.errors import ScanError
from viewer.scans.float32 import as_float32
from viewer.scans.grid import Grid
from viewer.scans.provenance import NOT_FINISHED, Provenance, Residual
from viewer.scans.scan import StoredOrientation

if TYPE_CHECKING:
    from viewer.scans.clusters import Cluster
    from viewer.scans.threshold import Threshold


@dataclass(frozen=True, eq=False)
class Map:
    """Values of an explanation on a grid.

    Parameters
    ----------
    data : numpy.ndarray
        float32, read-only. On a scan's grid: shape ``grid.shape``, canonical order. For a map of a bare
        tensor: the tensor's shape, and ``grid`` is None.
    grid : Grid or None
        Voxel grid in world space (mm).
    name : str
        Name shown to the user.
    provenance : Provenance
        Model, scan, method and parameters of the computation.
    stored : StoredOrientation, optional
        Orientation in which it is saved: that of the scan it explains.
    notes : tuple of str
        One sentence per repair made while reading it from a file.
    path : Path, optional
        File it was read from, if any.
    volume : int, optional
        Index of the volume in that file, from 0; None if the file holds only one.
    channels : mapping of str to Map
        Map of each input image of a network with several; ``data`` is their sum.
    sd : Map, optional
        Standard deviation over the members at every voxel, if this is a mean (`viewer.explain_members`).

    Examples
    --------
    >>> import numpy as np
    >>> import viewer
    >>> found = viewer.Map(np.eye(4)[None], viewer.Grid((1, 4, 4), np.eye(4)), "diagonal")
    >>> [(cluster.voxels, cluster.volume) for cluster in found.clusters(0.5)]
    [(4, 4.0)]
    >>> found.save("diagonal.nii.gz").name
    'diagonal.nii.gz'
    """

    data: npt.NDArray[np.float32]
    grid: Grid | None
    name: str
    provenance: Provenance = field(default_factory=Provenance)
    stored: StoredOrientation | None = None
    notes: tuple[str, ...] = ()
    path: Path | None = None
    volume: int | None = None
    channels: Mapping[str, Map] = field(default_factory=dict)
    sd: Map | None = None

    def __post_init__(self) -> None:
        data = as_float32(self.data, self.name)
        if self.grid is not None and data.shape != self.grid.shape:
            raise ValueError(f"data of shape {data.shape} on a grid of shape {self.grid.shape}")
        if data is self.data:
            data = data.view()
        if self.sd is not None and self.sd.data.shape != data.shape:
            raise ValueError(f"a standard deviation of shape {self.sd.data.shape} of {data.shape} values")
        data.setflags(write=False)
        object.__setattr__(self, "data", data)
        object.__setattr__(self, "channels", MappingProxyType(dict(self.channels)))

    def __reduce__(self) -> tuple[type[Map], tuple[Any, ...]]:
        """Support pickling by reconstruction, so that the voxels are read-only in other processes, too."""
        values = (getattr(self, entry.name) for entry in fields(self))
        return Map, tuple(dict(value) if isinstance(value, Mapping) else value for value in values)

    @property
    def signed(self) -> bool:
        """Whether any value is below zero."""
        return bool((self.data < 0).any())

    @property
    def finished(self) -> bool:
        """Whether the computation was complete; False for an intermediate result."""
        return NOT_FINISHED not in self.provenance.notes

    @property
    def residual(self) -> Residual | None:
        """Difference of the map's sum from its expected value, for methods with a conservation property."""
        return self.provenance.residual

    @property
    def warning(self) -> str:
        """Warning to show beside the map's name wherever it is shown; empty if there is none."""
        return "" if self.residual is None else self.residual.warning

    @property
    def certainty(self) -> npt.NDArray[np.float32] | None:
        """|mean| / SD over the members at every voxel, float32; None if there is no SD.

        It is the inverse of the coefficient of variation (Mulye and Valdenegro-Toro 2024); 0 where the mean
        is 0, and infinite where all members have the same other value.
        """
        if self.sd is None:
            return None
        size = np.abs(self.data)
        with np.errstate(divide="ignore"):
            return np.divide(size, self.sd.data, out=np.zeros_like(size), where=size > 0)

    def clusters(self, threshold: Threshold | float, sign: int = 0, smallest: float = 0.0) -> list[Cluster]:
        """Return the clusters above a threshold, those with the largest share of the relevance first.

        Parameters
        ----------
        threshold
            A `Threshold`, or a value in the map's units.
        sign
            1 for positive values only, -1 for negative ones only, 0 for both.
        smallest
            mm³; smaller clusters are left out.

        Raises
        ------
        ScanError
            The map has no grid.
        """
        from viewer.scans.clusters import clusters
        from viewer.scans.threshold import SortedValues, Threshold

        if self.grid is None:
            raise ScanError(self.name, "is a map of a bare tensor, which has no spatial coordinates")
        if isinstance(threshold, Threshold):
            threshold = SortedValues(self.data, sign).cutoff(threshold)
        return clusters(self.data, self.grid, threshold, sign, smallest)

    def split_channels(self) -> tuple[Map, ...]:
        """Return the map without its channels, followed by the map of each channel."""
        return (replace(self, channels={}), *self.channels.values()) if self.channels else (self,)

    def __repr__(self) -> str:
        size = f"shape {self.data.shape}" if self.grid is None else self.grid.size_text
        values = f", from {self.data.min():.4g} to {self.data.max():.4g}" if self.data.size else ""
        return f"<Map {self.name!r}: {size}{values}>"

    def _repr_png_(self) -> bytes | None:
        """Show the slices through the peak in a notebook."""
        from viewer.scene.notebook import map_png

        return map_png(self)

    def _repr_html_(self) -> str:
        """Show name, method and slices in a notebook."""
        from viewer.scene.notebook import map_html

        return map_html(self)

    def save(self, path: str | Path) -> Path:
        """Write the map as NIfTI in its scan's voxel order, and its provenance as a JSON sidecar.

        The maps of several ``channels`` are written next to it, such as ``MAP_T1.nii.gz`` for
        ``MAP.nii.gz``, and the standard deviation of a mean as ``MAP_sd.nii.gz``.

        Raises
        ------
        ScanError
            The map has no grid, or a file cannot be written or would replace one that was not written with
            this map.
        """
        from viewer.scans.save import channel_path, check_channel_paths, check_sd_path, save_map, sd_path

        path = Path(path)
        check_channel_paths(path, self.channels)
        maps = {path: self} | {
            channel_path(path, name): channel_map for name, channel_map in self.channels.items()
        }
        deviations = {
            sd_path(file): channel_map.sd for file, channel_map in maps.items() if channel_map.sd is not None
        }
        for file, channel_map in maps.items():
            if channel_map.sd is not None:
                check_sd_path(file, *maps)
        for file, channel_map in (maps | deviations).items():
            save_map(channel_map, file)
        return path
