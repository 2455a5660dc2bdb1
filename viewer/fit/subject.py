"""Subject of the fit checks: a scan, a network, and quantities computed once for all checks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from viewer.models.input_spec import InputSpec, Placement
from viewer.scans.foreground import nonempty_grid
from viewer.scans.grid import Grid

if TYPE_CHECKING:
    import torch

    from viewer.models.activation_statistics import ActivationStatistics
    from viewer.models.model import Model
    from viewer.models.predict import Prediction
    from viewer.models.preprocessing import PreparedInput
    from viewer.models.training_reference import TrainingReference
    from viewer.preparation.prepared import Prepared
    from viewer.scans.map import Map
    from viewer.scans.scan import Scan

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

COARSE_MM = 4.0
"""Voxel size of the coarse scan."""

SAMPLE_LINES = 48
"""Number of sampled lines of voxels along each of two axes."""


@dataclass(frozen=True, eq=False)
class FitSubject:
    """Scan and network of a fit check.

    Parameters
    ----------
    model, scan
        The network, and the scan as read.
    prepared
        The scan as the network's input; None if it cannot be prepared.
    problem
        Why it cannot be prepared.
    prediction
        Prediction for the scan, with that for an empty scan, if already known.
    mask
        Brain mask on the scan's grid, if there is one.
    relevance
        Map whose relevance is checked.
    device
        Device that the network runs on.
    preparation
        Preparation that ``scan`` results from; None if ``scan`` is the original. ``mask`` and ``relevance``
        lie in the space of ``scan``.
    """

    model: Model
    scan: Scan
    prepared: PreparedInput | None = None
    problem: str = ""
    prediction: Prediction | None = None
    mask: Mask | None = None
    relevance: Map | None = None
    device: str = "cpu"
    preparation: Prepared | None = None

    @property
    def recorded_grid(self) -> Grid:
        """Grid of the scan as it was recorded, before preparation, which determines its real resolution."""
        return self.scan.grid if self.preparation is None else self.preparation.original.grid

    @cached_property
    def nonempty_grid(self) -> Grid:
        """Grid of the scan as it was recorded, without empty planes at its ends."""
        return nonempty_grid(self.scan if self.preparation is None else self.preparation.original)

    @property
    def spec(self) -> InputSpec | None:
        """Input specification of the network."""
        return self.model.card.input

    @property
    def takes_heads(self) -> bool:
        """Whether the network takes volumes of heads, rather than 2D images."""
        spec = self.spec
        return spec is not None and (spec.dimensions == 3 or spec.placement is Placement.AFFINE)

    @property
    def expects_template_space(self) -> bool:
        """Whether the network takes scans that are registered to the MNI152 template."""
        spec = self.spec
        if spec is None:
            return False
        return spec.space in ("affine", "rigid") or (spec.placement is Placement.AFFINE and not spec.space)

    @property
    def modality(self) -> str:
        """Modality of the network's image according to its card, such as "T1w"; empty if not given."""
        channels = self.model.card.inputs
        return channels[0].modality if len(channels) == 1 else ""

    @cached_property
    def voxel_lines(self) -> Floats:
        """Lines of voxels along the first axis, spread over the scan: shape (X, lines, lines)."""
        shape = self.scan.grid.shape
        indices = [
            np.unique(np.linspace(0, size - 1, min(size, SAMPLE_LINES)).astype(int)) for size in shape[1:]
        ]
        lines: Floats = self.scan.data[:, indices[0][:, None], indices[1][None, :]]
        return lines

    @cached_property
    def coarse_scan(self) -> tuple[Floats, Grid]:
        """The scan as means over blocks of about `COARSE_MM`, and its grid."""
        return coarse_volume(self.scan.data, self.scan.grid, COARSE_MM)

    @cached_property
    def reference(self) -> TrainingReference:
        """Reference statistics of the training scans in the card. Raises ModelError if they are invalid."""
        from viewer.models.training_reference import read_training_reference

        card = self.model.card
        return read_training_reference(card.training_statistics, card.name)

    @cached_property
    def network_input(self) -> torch.Tensor | None:
        """Input to compute activations from: some slices, or the middle window, if there are many."""
        from viewer.models.sliding_window import crop_window, make_sliding_windows
        from viewer.models.training_reference import select_slices

        if self.prepared is None:
            return None
        x = self.prepared.tensor
        windows = make_sliding_windows(self.spec, tuple(x.shape[2:]))
        if windows is not None:
            window_slices = list(windows.slices())
            return crop_window(x, window_slices[len(window_slices) // 2])
        return select_slices(x)

    @cached_property
    def activations(self) -> ActivationStatistics | None:
        """Statistics of the network's activations; None if the scan cannot be prepared."""
        from viewer.models.activation_statistics import activation_statistics
        from viewer.models.network_errors import network_errors

        if self.network_input is None:
            return None
        with network_errors(self.model.card.name, self.network_input):
            return activation_statistics(self.model.module(self.device), self.network_input.to(self.device))


def coarse_volume(data: Floats, grid: Grid, millimetres: float) -> tuple[Floats, Grid]:
    """Return means over blocks of voxels of about ``millimetres`` per side, and their grid.

    Incomplete blocks at the end are dropped.
    """
    steps = np.maximum(1, np.round(millimetres / grid.spacing)).astype(int)
    steps = np.minimum(steps, grid.shape)
    means = np.asarray(data, dtype=np.float32)
    for axis, step in enumerate(steps):
        count = means.shape[axis] // step
        cropped = means[(slice(None),) * axis + (slice(count * step),)]
        means = cropped.reshape(*cropped.shape[:axis], count, step, *cropped.shape[axis + 1 :]).mean(axis + 1)
    affine = np.eye(4)
    affine[:3, :3] = np.diag(steps)
    affine[:3, 3] = (steps - 1) / 2
    i, j, k = means.shape
    return means, Grid((i, j, k), grid.affine @ affine)
