"""The one way in which features are visualized: a network and what is excited in, an image out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from viewer.methods.features.recipe import Recipe
from viewer.methods.features.result import Feature
from viewer.methods.features.visualization import Visualization
from viewer.progress import Progress

if TYPE_CHECKING:
    import torch

    from viewer.methods.features.optimise import State
    from viewer.models.model import Model
    from viewer.scans.scan import Scan


def features(
    model: Model,
    layer: str | None = None,
    channel: int | None = None,
    *,
    direction: Sequence[float] | None = None,
    target: str | int | None = None,
    unit: bool = False,
    recipe: str | Recipe = "default",
    scans: Sequence[Scan] = (),
    mask: Scan | None = None,
    state: State | None = None,
    device: str | torch.device = "auto",
    seed: int = 0,
    progress: Progress | None = None,
    **parameters: object,
) -> Feature:
    """Make the image that excites a part of a network the most (Eitel et al. 2021; Olah et al. 2017).

    Parameters
    ----------
    model
        The network; it is not changed.
    layer
        A module's path or an operator's name. None excites a class, ``target``.
    channel, direction
        Which channel of the layer, or a mixture of all of them (one number a channel, brought to length 1).
        Without either the whole layer is excited, the mean of its channels.
    target
        A class's name or index, where no layer is named: its output before any softmax.
    unit
        Excite the one unit in the middle of the layer, not the mean over space.
    recipe
        A preset's name, or a recipe.
    scans
        Real scans to hold the image against: a vivid picture of something that real scans excite far more is
        no picture of it. The first also says where the grid lies of a network that follows the scan.
    mask
        The image is painted inside this scan's head or brain; elsewhere it stays air.
    state
        Where an earlier run with the same arguments stood; it is gone on with, exactly.
    device
        ``auto``, ``cpu``, ``cuda``, ``cuda:N`` or ``mps``.
    seed
        Of the noise at the start and of every transform.
    progress
        Told about every operator of every step, asked whether to stop, and shown the image as a `Map` a few
        times a second.
    parameters
        Choices of the recipe by their names; strings are converted.

    Raises
    ------
    MethodError
        There is no such channel or parameter, or neither layer nor target is named.
    ModelError
        There is no such layer, no operator graph, or nobody knows what the network takes.
    ViewerError
        There is no such device, or memory runs out.
    Cancelled
        ``progress`` said so. `Visualization` keeps its state for those who want to go on.
    """
    work = Visualization(
        model,
        layer,
        channel,
        direction=direction,
        target=target,
        unit=unit,
        recipe=recipe,
        scans=scans,
        mask=mask,
        device=device,
        seed=seed,
        **parameters,
    )
    return work.run(progress, state)
