"""What the layer tree asks of a network, off the window's thread: rows, channels, one of them as a map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from viewer.window.layer_rows import Branch, branches

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from viewer.models.activations import ActivationStore, Floats
    from viewer.models.model import Model, Prepared
    from viewer.progress import Progress
    from viewer.scans.grid import Grid
    from viewer.scans.map import Map
    from viewer.scans.scan import Scan

CUTS = ("sagittal", "coronal", "axial")
UPRIGHT = {2: (1, 0), 1: (2, 0), 0: (2, 1)}
"""World axis that is cut across: the axes that run up and to the right in the picture."""


@dataclass(frozen=True, eq=False)
class Inside:
    """A network that was captured for a scan. ``prepared`` is None where it is shown the scan in windows."""

    model: Model
    scan: Scan
    prepared: Prepared | None
    rows: tuple[Branch, ...]


@dataclass(frozen=True, eq=False)
class Pictures:
    """The channels of a layer as grey pictures, upright, neurological.

    Parameters
    ----------
    grey
        uint8 (channels, height, width).
    cut
        The world axis that they are cut across: 0 sagittal, 1 coronal, 2 axial.
    """

    grey: npt.NDArray[np.uint8]
    cut: int

    @property
    def plane(self) -> str:
        """The name of the plane they lie in."""
        return CUTS[self.cut]

    def mirrored(self) -> npt.NDArray[np.uint8]:
        """As a radiologist looks at them; a sagittal picture has no sides."""
        return self.grey if self.cut == 0 else self.grey[:, :, ::-1]


def look_inside(model: Model, scan: Scan, progress: Progress) -> Inside:
    """Capture the network for this scan and list its layers; of several slices the middle one is looked at.

    Raises
    ------
    ModelError
        The scan cannot be prepared, or no operator graph can be made of the network.
    """
    from viewer.models.layer_list import example_input
    from viewer.models.windows import windows_for

    prepared = model.prepare(scan).one()
    progress.raise_if_cancelled()
    windowed = windows_for(model.card.input, tuple(prepared.tensor.shape[2:])) is not None
    graph = model.graph(example_input(model) if windowed else prepared.tensor)
    return Inside(model, scan, None if windowed else prepared, branches(graph))


def channels(inside: Inside, layer: str, store: ActivationStore, device: str, progress: Progress) -> Floats:
    """The layer's output for the scan, (channels, spatial...).

    Raises
    ------
    ViewerError
        There is no such layer or device, or memory runs out.
    """
    from viewer.jobs.device import select_device
    from viewer.jobs.memory import out_of_memory_as_error

    assert inside.prepared is not None
    with out_of_memory_as_error():
        x = inside.prepared.tensor.to(select_device(device))
        return store.activations(inside.model, x, layer, progress)


def pictures(values: Floats, prepared: Prepared, largest: int) -> Pictures:
    """The middle slice of every channel, turned upright by the affine: axial where there is a choice.

    Raises
    ------
    ModelError
        The layer has no place in space.
    """
    from viewer.errors import ModelError
    from viewer.models.activations import thumbnails
    from viewer.scans.axcodes import WORLD_AXIS

    dimensions = prepared.tensor.dim() - 2
    if values.ndim != dimensions + 1:
        raise ModelError("layer", "it has no place in space", "take one before the network flattens")
    letters = prepared.grid.axcodes
    world = [WORLD_AXIS[letter] for letter in letters]
    across = world.index(2) if dimensions == 3 else 2
    grey = thumbnails(values, across if dimensions == 3 else -1, largest)
    left = [axis for axis in range(3) if axis != across]
    return Pictures(_upright(grey, prepared.grid, left, world[across]), world[across])


def _upright(grey: npt.NDArray[np.uint8], grid: Grid, axes: list[int], cut: int) -> npt.NDArray[np.uint8]:
    """Pictures whose axes are these voxel axes, turned so that superior or anterior is up, right is right."""
    import numpy as np

    from viewer.scans.axcodes import WORLD_AXIS

    letters = grid.axcodes
    up, across = UPRIGHT[cut]
    rows, columns = (
        next(axis for axis in axes if WORLD_AXIS[letters[axis]] == world) for world in (up, across)
    )
    turned = grey if rows == axes[0] else grey.transpose(0, 2, 1)
    if letters[rows] in "RAS":
        turned = turned[:, ::-1]
    if letters[columns] in "LPI":
        turned = turned[:, :, ::-1]
    return np.ascontiguousarray(turned)


def channel_map(
    inside: Inside, layer: str, channel: int, store: ActivationStore, device: str, progress: Progress
) -> Map:
    """One channel on the scan's grid.

    Raises
    ------
    ViewerError
        There is no such layer or channel, or memory runs out.
    """
    from viewer.models.activations import activation_map

    assert inside.prepared is not None
    values = channels(inside, layer, store, device, progress)
    return activation_map(inside.model, inside.prepared, inside.scan, layer, channel, values)
