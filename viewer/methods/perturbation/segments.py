"""Parts of a scan that are occluded together: supervoxels that follow its intensities, or atlas regions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from viewer.errors import MethodError
from viewer.methods.base import ExplanationRequest, parameter
from viewer.methods.perturbation.fill import FillMethod, find_foreground

if TYPE_CHECKING:
    import torch

    from viewer.scans.grid import Grid
    from viewer.scans.template_transform import TemplateTransform

Labels = npt.NDArray[np.int64]

MIN_PROBABILITY = 0.25
"""Voxels where no region of a probabilistic atlas is more probable than this belong to no region."""


@dataclass(frozen=True)
class Segments:
    """Parts of an input.

    Parameters
    ----------
    labels
        Of the input's spatial shape (or features): 0 for voxels that are never occluded, otherwise the number
        of the part, 1 to ``len(names)``.
    names
        Name of each part.
    """

    labels: Labels
    names: tuple[str, ...]

    def __len__(self) -> int:
        """Return the number of parts."""
        return len(self.names)

    @property
    def sizes(self) -> Labels:
        """Number of voxels of each part."""
        return np.bincount(self.labels.reshape(-1), minlength=len(self) + 1)[1:]

    def to_voxels(self, values: npt.NDArray[np.float64], x: torch.Tensor) -> torch.Tensor:
        """Return each part's value in its voxels and 0 elsewhere: (1, 1, spatial...), or (1, features)."""
        import torch

        painted = torch.from_numpy(np.concatenate([[0.0], values])[self.labels]).to(x.dtype).to(x.device)
        return painted[None, None] if x.dim() > 2 else painted[None]

    def mix(self, x: torch.Tensor, fill: torch.Tensor, keep_masks: npt.NDArray[np.bool_]) -> torch.Tensor:
        """Return inputs (n, C, spatial...) with the fill in every part not in ``keep_masks`` (n, parts)."""
        import torch

        with_background = np.concatenate([np.ones((len(keep_masks), 1), dtype=bool), keep_masks], 1)
        kept_voxels = torch.from_numpy(with_background[:, self.labels]).to(x.device)
        return torch.where(kept_voxels[:, None] if x.dim() > 2 else kept_voxels, x, fill)


@dataclass(frozen=True)
class SegmentMethod(FillMethod):
    """Base class of methods that occlude parts."""

    segments: int = parameter(100, "approximate number of supervoxels", limits=(2, 5000))
    compactness: float = parameter(
        0.1,
        "weight of distance against similarity: a distance of one supervoxel counts as this share "
        "of the scan's intensity range",
        limits=(1e-4, 100.0),
        source="Achanta et al. 2012",
    )
    atlas: str = parameter("", "atlas file: its regions are used instead of supervoxels")
    labels: str = parameter(
        "", "file with the names of the atlas's regions; if empty, the one beside the atlas is used"
    )

    def segment(self, request: ExplanationRequest) -> Segments:
        """Return the parts of one sample.

        Raises
        ------
        MethodError
            An atlas is given, but the input has no position in space, or no region lies in the scan.
        ScanError
            The atlas cannot be read.
        """
        if self.atlas:
            segments = atlas_segments(
                self.atlas, self.labels, request.grid, tuple(request.x.shape[2:]), request.to_template
            )
        else:
            segments = make_supervoxels(request, self.segments, self.compactness)
        if len(segments) < 2:
            raise MethodError(self.name, "the scan cannot be divided into parts", "check the scan")
        return segments


def make_supervoxels(request: ExplanationRequest, count: int, compactness: float) -> Segments:
    """Return about ``count`` parts of the foreground by SLIC in mm; without spatial axes, every feature."""
    from skimage.segmentation import slic

    x = request.x[0].detach().cpu().double().numpy()
    if x.ndim == 1:
        return _relabel(np.arange(1, x.size + 1), "feature")
    foreground = find_foreground(request)[0].any(0).cpu().numpy()
    if not foreground.any():
        foreground = np.ones_like(foreground)
    spacing = _spacing(request.grid, x.ndim - 1)
    low, high = float(x[:, foreground].min()), float(x[:, foreground].max())
    scaled = (x - low) / (high - low or 1.0)
    if x.ndim == 2:  # SLIC needs two axes
        scaled, foreground, spacing = scaled[:, None], foreground[None], (1.0, *spacing)
    labels = slic(
        scaled,
        n_segments=count,
        compactness=compactness,
        spacing=spacing,
        mask=foreground,
        channel_axis=0,
        start_label=1,
        convert2lab=False,
    )
    return _relabel(labels.reshape(x.shape[1:]), "supervoxel")


def atlas_segments(
    path: str,
    names: str,
    grid: Grid | None,
    shape: tuple[int, ...] | None = None,
    transform: TemplateTransform | None = None,
) -> Segments:
    """Return an atlas's regions on a grid: at each voxel's centre, the (most probable) region there.

    Parameters
    ----------
    path, names
        File of the atlas, and file of its regions' names; if empty, the one beside the atlas.
    grid
        Grid of the voxels.
    shape
        Shape of the labels, if it is not the grid's: a slice has two axes.
    transform
        From the mm of the grid to the template's, for an atlas in the template's space.

    Raises
    ------
    MethodError
        There is no grid, or none of the regions lies in it.
    ScanError
        The atlas cannot be read.
    """
    from viewer.scans.atlas import LabelAtlas, load_atlas
    from viewer.scans.atlas_space import transform_matches_atlas
    from viewer.scans.resample import resample

    if grid is None:
        raise MethodError("atlas", "a bare tensor has no spatial coordinates", "give a scan")
    atlas = load_atlas(path, names or None)
    if transform is not None and transform_matches_atlas(transform, atlas):
        grid = transform.grid_to_template(grid)
    if isinstance(atlas, LabelAtlas):
        atlas_labels = resample(atlas.labels.astype(np.float32), atlas.grid, grid, order=0).astype(np.int64)
        numbers = [number for number in atlas.names if (atlas_labels == number).any()]
        region_names = tuple(atlas.names[number] for number in numbers)
    else:
        probabilities = np.stack([resample(volume.values, volume.grid, grid) for volume in _volumes(atlas)])
        atlas_labels = np.where(probabilities.max(0) > MIN_PROBABILITY, probabilities.argmax(0) + 1, 0)
        numbers = [number for number in range(1, len(probabilities) + 1) if (atlas_labels == number).any()]
        region_names = tuple(atlas.regions[number - 1] for number in numbers)
    if not numbers:
        raise MethodError(f"atlas {path}", "none of its regions lies in the scan", "is it in the same space?")
    labels = np.zeros(grid.shape, dtype=np.int64)
    for label, number in enumerate(numbers, start=1):
        labels[atlas_labels == number] = label
    return Segments(labels.reshape(shape or grid.shape), region_names)


def _volumes(atlas: Any) -> Any:
    return atlas.volumes


def _relabel(labels: npt.NDArray[Any], prefix: str) -> Segments:
    """Renumber labels from 1 without gaps; 0 stays."""
    present = np.unique(labels)
    present = present[present > 0]
    dense = np.zeros(int(labels.max()) + 1, dtype=np.int64)
    dense[present] = np.arange(1, len(present) + 1)
    names = tuple(f"{prefix} {number}" for number in range(1, len(present) + 1))
    return Segments(dense[labels], names)


def _spacing(grid: Grid | None, axes: int) -> tuple[float, ...]:
    if grid is None:
        return (1.0,) * axes
    return tuple(float(size) for size in grid.spacing[:axes])
