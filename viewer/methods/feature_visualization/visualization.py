"""Feature visualization: the public function `features`, and runs that can be stopped and resumed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from viewer.errors import MethodError
from viewer.jobs.device import describe_device, select_device
from viewer.jobs.memory import out_of_memory_as_error
from viewer.methods.explain_provenance import software_versions
from viewer.methods.feature_visualization import METHOD
from viewer.methods.feature_visualization.image_canvas import make_canvas
from viewer.methods.feature_visualization.input_bounds import ImagePlacement, intensity_bounds, place_image
from viewer.methods.feature_visualization.objective import ActivationObjective, channel_weights
from viewer.methods.feature_visualization.optimizer import (
    OptimizationProblem,
    OptimizationRun,
    OptimizationState,
    run_steps,
)
from viewer.methods.feature_visualization.recipe import VisualizationRecipe, find_preset
from viewer.methods.feature_visualization.result import Feature, MeasuredActivation, describe_feature
from viewer.methods.feature_visualization.transforms import compute_voxel_axes
from viewer.methods.targets import find_target
from viewer.models.output_meaning import output_names
from viewer.progress import Progress
from viewer.scans.map import Map
from viewer.scans.provenance import Provenance

if TYPE_CHECKING:
    import torch

    from viewer.methods.feature_visualization.optimizer import OptimizationState
    from viewer.models.model import Model
    from viewer.scans.scan import Scan


SECONDS_BETWEEN_PREVIEWS = 0.4
"""Seconds between two intermediate images."""


class Visualization:
    """A visualization that can be stopped and resumed; the arguments are those of `features`.

    `run` does the long computations. After `Cancelled`, ``state`` is that of the last complete step,
    `feature` returns its image, and another `run` continues.
    """

    def __init__(
        self,
        model: Model,
        layer: str | None = None,
        channel: int | None = None,
        *,
        direction: Sequence[float] | None = None,
        target: str | int | None = None,
        unit: bool = False,
        recipe: str | VisualizationRecipe = "default",
        scans: Sequence[Scan] = (),
        mask: Scan | None = None,
        device: str | torch.device = "auto",
        seed: int = 0,
        **parameters: object,
    ) -> None:
        if layer is None and target is None:
            raise MethodError("features", "neither a layer nor a class is named", "name one of them")
        if layer is not None and target is not None:
            raise MethodError("features", "a layer and a class are named", "name one of them")
        if layer is None and (channel is not None or direction is not None or unit):
            raise MethodError("features", "a class has no channels", "name the layer that they belong to")
        self.model = model
        self.recipe = (find_preset(recipe) if isinstance(recipe, str) else recipe).with_parameters(parameters)
        self.seed = seed
        self._arguments = (layer, channel, None if direction is None else tuple(direction), target, unit)
        self._scans, self._mask, self._device = tuple(scans), mask, select_device(device)
        self._placement: ImagePlacement | None = None
        self._problem: OptimizationProblem | None = None
        self._run: OptimizationRun | None = None
        self._elapsed_seconds = 0.0
        self._notes: tuple[str, ...] = ()

    @property
    def state(self) -> OptimizationState | None:
        """Current state; None before the first step."""
        return None if self._run is None else self._run.state

    @property
    def has_started(self) -> bool:
        """Whether at least one step was taken."""
        return self._run is not None and self._run.steps_taken > 0

    def image(self) -> Map:
        """Return the current image, without measuring its activations.

        Raises
        ------
        MethodError
            `run` was not called yet.
        """
        if self._run is None:
            raise MethodError("features", "it has not been run", "call run first")
        return self._make_map(self._run, "stopped at")

    def run(self, progress: Progress | None = None, state: OptimizationState | None = None) -> Feature:
        """Continue to the recipe's last step, from a state or the current one, and return the result.

        Raises
        ------
        Cancelled
            Cancelled through ``progress``.
        """
        progress = progress or Progress()
        start_time = time.monotonic()
        last_preview = start_time
        progress.step(0, 1, "Capturing the network")

        def report_preview(run: OptimizationRun) -> None:
            nonlocal last_preview
            if time.monotonic() - last_preview > SECONDS_BETWEEN_PREVIEWS:
                progress.report_partial(self._make_map(run, "so far,"))
                last_preview = time.monotonic()

        try:
            with out_of_memory_as_error():
                problem = self.problem()
                if state is not None or self._run is None:
                    if state is not None and state.values.shape != problem.start().shape:
                        raise MethodError("features", "the state is of another run", "start without it")
                    self._run = OptimizationRun(problem, state)
                run_steps(self._run, self.recipe.steps, progress.subtask(0.01, 0.96), report_preview)
        finally:
            self._elapsed_seconds += time.monotonic() - start_time
        return self.feature(progress.subtask(0.96, 1.0))

    def feature(self, progress: Progress | None = None) -> Feature:
        """Return the current image and its activations.

        Raises
        ------
        MethodError
            `run` was not called yet.
        """
        progress = progress or Progress()
        if self._run is None or self._problem is None:
            raise MethodError("features", "it has not been run", "call run first")
        problem, run = self._problem, self._run
        initial = OptimizationRun(problem)
        images = {"start": initial.image(), "image": run.image()}
        activations: list[MeasuredActivation] = []
        with out_of_memory_as_error():
            count = len(images) + len(self._scans)
            for name, image in images.items():
                subtask = progress.subtask(
                    len(activations) / count, (len(activations) + 1) / count, "Measuring"
                )
                activations.append(self._measure(name, self._to_network_input(image), subtask))
            for scan in self._scans:
                subtask = progress.subtask(
                    len(activations) / count, (len(activations) + 1) / count, f"Measuring {scan.name}"
                )
                x = self.model.prepare(scan).tensor.to(self._device)
                activation = self._measure(scan.name, x, subtask)
                activations.append(
                    replace(activation, f=activation.peak)
                    if problem.objective.central_unit_only
                    else activation
                )
        start, achieved, *others = activations
        image_map = self._make_map(run, "stopped at")
        stopped = run.steps_taken < self.recipe.steps
        feature = Feature(image_map, achieved, start, tuple(others), run.state, stopped)
        provenance = replace(
            image_map.provenance, notes=(*image_map.provenance.notes, *describe_feature(feature))
        )
        return replace(feature, map=replace(image_map, provenance=provenance))

    def problem(self) -> OptimizationProblem:
        """Return the optimization problem, created once: the network is captured for the grid's size.

        Raises
        ------
        MethodError
            There is no such channel or class, or the mask does not overlap the grid.
        ModelError
            There is no such layer, no operator graph, or the network's input shape is unknown.
        """
        if self._problem is not None:
            return self._problem
        import torch

        self._placement = placement = place_image(self.model, self._scans)
        x = torch.zeros((1, *placement.shape), device=self._device)
        graph = self.model.graph(x)
        objective = self._make_objective(x)
        rank = len(placement.shape) - 1
        mask = self._resample_mask(placement)
        canvas = make_canvas(
            graph, objective, placement.shape[1:], self.recipe.block == "auto" and mask is None
        )
        spec = self.model.card.input
        bounds, notes = intensity_bounds(None if spec is None else spec.intensity, self.recipe.bounds)
        self._notes = (*placement.notes, *notes, *((canvas.note,) if canvas.note else ()))
        channels = 1 if placement.repeated else placement.shape[0]
        self._problem = OptimizationProblem(
            objective,
            canvas,
            self.recipe,
            bounds,
            compute_voxel_axes(placement.grid.affine, rank),
            channels,
            placement.shape[0] // channels,
            self.seed,
            x.new_zeros(()),
            None if mask is None else mask.to(self._device),
        )
        return self._problem

    def _make_objective(self, x: torch.Tensor) -> ActivationObjective:
        layer, channel, direction, target, unit = self._arguments
        graph = self.model.graph(x)
        if layer is None:
            shape = graph.by_name[graph.output].shape
            count = int((shape or (1, len(self.model.card.classes)))[1] or 0)
            output = find_target(target, output_names(self.model.card, count), [0.0] * count)
            return ActivationObjective(
                None, channel_weights(count, output.index, None, "class"), False, output.name
            )
        node = graph.resolve_layer(layer)
        if node not in graph.input_dependent:
            raise MethodError(f"layer {layer}", "it does not depend on the input", "name a later one")
        layer_shape = graph.by_name[node].shape
        if layer_shape is None or len(layer_shape) < 2 or layer_shape[1] is None:
            from viewer.models.graph.interpreter import run

            layer_shape = tuple(run(graph, x, output=node).shape)
        count = int(layer_shape[1] or 0)
        weights = channel_weights(count, channel, direction, f"layer {layer}")
        title = layer if channel is None else f"{layer}, channel {channel}"
        title += " in a direction" if direction is not None else ""
        return ActivationObjective(layer, weights, unit, title + (", the unit in the middle" if unit else ""))

    def _resample_mask(self, placement: ImagePlacement) -> torch.Tensor | None:
        """Return the mask on the network's grid, 1 inside, (spatial...)."""
        if self._mask is None:
            return None
        import torch

        from viewer.scans.foreground import foreground_mask
        from viewer.scans.resample import resample

        inside = resample(foreground_mask(self._mask.data), self._mask.grid, placement.grid, order=0)
        if not inside.any():
            raise MethodError(f"mask {self._mask.name}", "does not reach the network's grid")
        return torch.from_numpy(inside.reshape(placement.shape[1:]))

    def _to_network_input(self, image: torch.Tensor) -> torch.Tensor:
        """Place an image of the canvas on the whole grid, as the network's input."""
        problem, placement = self._problem, self._placement
        assert problem is not None
        assert placement is not None
        full = problem.canvas.to_grid(image, problem.bounds.background)
        return (
            full.repeat(1, problem.channel_repeats, *(1,) * (full.dim() - 2))
            if problem.channel_repeats > 1
            else full
        )

    def _measure(self, name: str, x: torch.Tensor, progress: Progress) -> MeasuredActivation:
        from viewer.models.graph.interpreter import run

        assert self._problem is not None
        objective = self._problem.objective
        graph = self.model.graph(x)
        activations = []
        for index in range(len(x)):
            subtask = progress.subtask(index / len(x), (index + 1) / len(x))
            values = run(graph, x[index : index + 1], subtask, objective.layer)
            activations.append((float(objective.activation(values)), float(objective.peak(values))))
        means, peaks = zip(*activations, strict=True)
        return MeasuredActivation(name, max(means), max(peaks))

    def _make_map(self, run: OptimizationRun, status: str) -> Map:
        """Return the current image on the network's grid, the mean over its channels.

        Before the last step its name includes the step, after the words ``status``.
        """
        problem, placement = self._problem, self._placement
        assert problem is not None
        assert placement is not None
        image = problem.canvas.to_grid(run.image(), problem.bounds.background)[0].mean(0)
        layer, channel, direction, _, unit = self._arguments
        options: dict[str, Any] = {"channel": channel, "unit": unit or None}
        options["direction"] = None if direction is None else list(direction)
        options["mask"] = None if self._mask is None else self._mask.name
        steps = self.recipe.steps
        state = f"{status} step {run.steps_taken} of {steps}" if run.steps_taken < steps else ""
        provenance = Provenance(
            method=METHOD,
            state=state,
            parameters={
                **{name: value for name, value in options.items() if value is not None},
                **self.recipe.values(),
            },
            target=problem.objective.title,
            layer=layer,
            seed=self.seed,
            model={"name": self.model.card.name, "hash": self.model.hash},
            seconds=round(self._elapsed_seconds, 3),
            device=describe_device(self._device),
            software=software_versions(),
            notes=(
                "an image optimized to activate the network, not a scan: its values are intensities of the "
                "network's input",
                *self._notes,
            ),
        )
        data = image.cpu().float().numpy().reshape(placement.grid.shape)
        name = f"Feature: {problem.objective.title}"
        return Map(np.array(data), placement.grid, f"{name} ({state})" if state else name, provenance)


def features(
    model: Model,
    layer: str | None = None,
    channel: int | None = None,
    *,
    direction: Sequence[float] | None = None,
    target: str | int | None = None,
    unit: bool = False,
    recipe: str | VisualizationRecipe = "default",
    scans: Sequence[Scan] = (),
    mask: Scan | None = None,
    state: OptimizationState | None = None,
    device: str | torch.device = "auto",
    seed: int = 0,
    progress: Progress | None = None,
    **parameters: object,
) -> Feature:
    """Compute the image that maximally activates a part of a network (Eitel et al. 2021; Olah et al. 2017).

    Parameters
    ----------
    model : Model
        The network; it is not changed.
    layer : str, optional
        Module path or operator name. None to maximize a class, ``target``.
    channel : int, optional
        Channel of the layer. Without it and without ``direction``, the mean of all channels is maximized.
    direction : sequence of float, optional
        Weights of all channels, one number per channel, normalized to length 1.
    target : str or int, optional
        Name or index of a class, if no layer is named: its output before any softmax.
    unit : bool
        Maximize the central unit of the layer, not the spatial mean.
    recipe : str or VisualizationRecipe
        Name of a preset (``"default"``, ``"paper"``, ``"plain"``), or a recipe.
    scans : sequence of Scan
        Real scans whose activations are compared with the image's: if they are far larger, the image does not
        show what the network responds to. If the network's grid follows the scan, the first also places it.
    mask : Scan, optional
        The image is optimized inside this scan's head or brain; elsewhere it stays air.
    state : OptimizationState, optional
        State of an earlier run with the same arguments, which is continued exactly.
    device : str or torch.device
        ``"auto"``, ``"cpu"``, ``"cuda"``, ``"cuda:N"`` or ``"mps"``.
    seed : int
        Seed of the initial noise and of every transform.
    progress : Progress, optional
        Updated for every operator of every step, checked for cancellation, and given the image as a `Map` a
        few times a second.
    **parameters : object
        Parameters of the recipe by name; strings are converted.

    Returns
    -------
    Feature
        ``map`` is the image on the network's grid, in the network's intensities; further fields are the
        activations of the image and of the scans.

    Raises
    ------
    MethodError
        There is no such channel or parameter, or neither layer nor target is named.
    ModelError
        There is no such layer, no operator graph, or the network's input shape is unknown.
    ViewerError
        There is no such device, or memory runs out.
    Cancelled
        Cancelled through ``progress``. A `Visualization` keeps its state and can be resumed.

    Examples
    --------
    >>> import viewer
    >>> model = viewer.load_model("digits-convolutional")
    >>> feature = viewer.features(model, target="3", recipe="plain", steps=4)
    >>> feature.map.data.shape
    (28, 28, 1)
    """
    visualization = Visualization(
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
    return visualization.run(progress, state)
