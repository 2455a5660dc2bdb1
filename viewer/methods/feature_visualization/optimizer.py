"""Optimisation loop: gradient ascent with Adam, with transforms, filters and bounds; it can be resumed."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from viewer.methods.feature_visualization.affine_resampling import wrap_pad
from viewer.methods.feature_visualization.image_canvas import Canvas
from viewer.methods.feature_visualization.image_filters import (
    denoise_total_variation,
    switching_bilateral_filter,
)
from viewer.methods.feature_visualization.objective import ActivationObjective
from viewer.methods.feature_visualization.parameterisation import IntensityBounds, SpectralImage, VoxelImage
from viewer.methods.feature_visualization.recipe import VisualizationRecipe
from viewer.methods.feature_visualization.transforms import draw_transform
from viewer.progress import Progress

if TYPE_CHECKING:
    import numpy.typing as npt
    import torch

BLOCK_MARGIN = 8
"""Periodic padding in voxels around a block for the filters."""

NOISE_STEP = 2**32 - 1
"""Step number for the random draw of the initial noise, not used by any step."""


@dataclass(frozen=True, eq=False)
class OptimizationState:
    """State of a run, from which it can be resumed exactly. ``scores`` are f at each step."""

    step: int
    values: torch.Tensor
    adam_state: dict[str, Any]
    scores: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class OptimizationProblem:
    """Objective, canvas, recipe and bounds of an optimisation.

    Parameters
    ----------
    objective, canvas, recipe, bounds
        Activation to maximize, optimized region, parameters, and range of intensities.
    voxel_axes
        (d, d): step along each voxel axis in mm.
    channels
        Number of channels of the image; the network gets them ``channel_repeats`` times.
    seed
        Seed of the noise and of every transform.
    like
        Tensor of the data type and device to compute with.
    mask
        (spatial...): 1 where the image is optimized, 0 where it stays air; None for everywhere.
    """

    objective: ActivationObjective
    canvas: Canvas
    recipe: VisualizationRecipe
    bounds: IntensityBounds
    voxel_axes: npt.NDArray[np.float64]
    channels: int
    channel_repeats: int
    seed: int
    like: torch.Tensor
    mask: torch.Tensor | None = None
    form: SpectralImage | VoxelImage = field(init=False)

    def __post_init__(self) -> None:
        spectral = self.recipe.image == "spectral"
        form = (
            SpectralImage(self.canvas.shape, self.voxel_axes, self.recipe.decay, self.like)
            if spectral
            else VoxelImage()
        )
        object.__setattr__(self, "form", form)

    def start(self) -> torch.Tensor:
        """Return the initial values: noise."""
        import torch

        generator = np.random.default_rng([self.seed, NOISE_STEP])
        noise = generator.standard_normal((1, self.channels, *self.canvas.shape))
        return self.form.start(self.recipe.noise * torch.from_numpy(noise).to(self.like))

    def image(self, values: torch.Tensor) -> torch.Tensor:
        """Return the image of the values, (1, channels, spatial...), in the network's intensities."""
        image = self.bounds.image(self.form.z(values))
        if self.mask is None:
            return image
        return self.mask * image + (1 - self.mask) * self.bounds.background

    def network_input(self, image: torch.Tensor, step: int) -> torch.Tensor:
        """Return the network's input in one step, (1, channels · repeat, spatial...)."""
        recipe, canvas = self.recipe, self.canvas
        if recipe.every or not recipe.has_transforms:
            padded = wrap_pad(image, canvas.pad_before, canvas.pad_after)
        else:
            view = draw_transform(recipe, self.voxel_axes, canvas.shape, self.seed, step)
            padded = view.apply(
                image, canvas.pad_before, canvas.pad_after, recipe.interpolation, canvas.padding_mode
            )
        return (
            padded
            if self.channel_repeats == 1
            else padded.repeat(1, self.channel_repeats, *(1,) * (padded.dim() - 2))
        )

    def compute_gradient(
        self, values: torch.Tensor, step: int, progress: Progress
    ) -> tuple[float, torch.Tensor]:
        """Compute f at this step, and the gradient of −(f − penalty) at the values."""
        import torch

        from viewer.methods.feature_visualization.redirected_relu import redirected_relu_rules
        from viewer.models.graph.backward import backward
        from viewer.models.graph.backward_rules import gradient_rules

        recipe = self.recipe
        layer_penalty = recipe.penalty if recipe.penalised == "layer" else 0.0
        with torch.enable_grad():
            leaf = values.detach().requires_grad_(True)
            image = self.image(leaf)
            network_input = self.network_input(image, step)
            result = backward(
                self.canvas.graph,
                network_input.detach(),
                lambda output: self.objective.gradient(output, self.canvas.unit_slices, layer_penalty),
                redirected_relu_rules if recipe.redirect else gradient_rules,
                progress,
                start=self.objective.layer,
            )
            outputs, output_gradients = [network_input], [-result.relevance.to(network_input)]
            if recipe.penalty and recipe.penalised == "image":
                outputs.append(recipe.penalty * image.abs().mean() / self.bounds.width)
                output_gradients.append(torch.ones_like(outputs[-1]))
            (gradient,) = torch.autograd.grad(outputs, leaf, output_gradients)
        return float(self.objective.activation(result.output, self.canvas.unit_slices)), gradient

    def apply_filters(self, values: torch.Tensor, step: int) -> torch.Tensor:
        """Apply transforms, filters and bounds to the image itself after a step; ``step`` counts from 1."""
        import torch

        recipe = self.recipe
        transforms = bool(recipe.every and recipe.has_transforms and step % recipe.every == 0)
        smooths = recipe.has_filters and step % recipe.smooth == 0
        clips = self.bounds.mode == "clip"
        if not (transforms or smooths or clips):
            return values
        with torch.no_grad():
            image = self.bounds.image(self.form.z(values))
            if transforms:
                image = self._transform_image(image, step)
            if smooths:
                image = self._smooth_image(image)
            return self.form.values(self.bounds.z(self.bounds.clip(image)))

    def _transform_image(self, image: torch.Tensor, step: int) -> torch.Tensor:
        """Transform the image itself; air fills in from outside, as in the paper."""
        view = draw_transform(self.recipe, self.voxel_axes, self.canvas.shape, self.seed, step)
        zeros = (0,) * len(self.canvas.shape)
        outside = "wrap" if self.canvas.padding_mode == "wrap" else "zeros"
        shifted = image - self.bounds.background
        return view.apply(shifted, zeros, zeros, self.recipe.interpolation, outside) + self.bounds.background

    def _smooth_image(self, image: torch.Tensor) -> torch.Tensor:
        recipe, span = self.recipe, self.bounds.width
        wraps = self.canvas.padding_mode == "wrap"
        margin = (BLOCK_MARGIN if wraps else 0,) * len(self.canvas.shape)
        image = wrap_pad(image, margin, margin)
        if recipe.variation:
            image = denoise_total_variation(image, recipe.variation * span)
        if recipe.bilateral:
            image = switching_bilateral_filter(
                image, recipe.bilateral * span, recipe.reach, recipe.impulse * span
            )
        inner = tuple(
            slice(start, start + size) for start, size in zip(margin, self.canvas.shape, strict=True)
        )
        return image[(slice(None), slice(None), *inner)]


class OptimizationRun:
    """Optimization that can be run step by step.

    Parameters
    ----------
    problem
        Problem to solve.
    state
        State of an earlier run of the same problem; None to begin with noise.
    """

    def __init__(self, problem: OptimizationProblem, state: OptimizationState | None = None) -> None:
        import torch

        self._problem = problem
        start = problem.start() if state is None else state.values.to(problem.like)
        self._values = start.detach().clone()
        self._optimizer = torch.optim.Adam([self._values], lr=problem.recipe.rate)
        self._step = 0
        self._scores: list[float] = []
        if state is not None:
            self._optimizer.load_state_dict(copy.deepcopy(state.adam_state))
            self._step, self._scores = state.step, list(state.scores)

    @property
    def steps_taken(self) -> int:
        """Number of steps taken."""
        return self._step

    @property
    def state(self) -> OptimizationState:
        """Copy of the current state."""
        adam = copy.deepcopy(self._optimizer.state_dict())
        return OptimizationState(self._step, self._values.clone(), adam, tuple(self._scores))

    def image(self) -> torch.Tensor:
        """Return the current image, (1, channels, spatial...) of the canvas."""
        import torch

        with torch.no_grad():
            return self._problem.image(self._values)

    def take_step(self, progress: Progress) -> float:
        """Take one step; return f from before the step."""
        score, gradient = self._problem.compute_gradient(self._values, self._step, progress)
        self._values.grad = gradient
        self._optimizer.step()
        self._step += 1
        self._values.copy_(self._problem.apply_filters(self._values, self._step))
        self._scores.append(score)
        return score


def run_steps(
    run: OptimizationRun,
    steps: int,
    progress: Progress,
    on_step: Callable[[OptimizationRun], None] | None = None,
) -> None:
    """Take steps until ``steps`` are taken; ``on_step`` is called after each.

    Raises
    ------
    Cancelled
        Cancelled through ``progress``, between two operators of a step; the run can be resumed from its
        state, which is that after the last complete step.
    """
    first_step = run.steps_taken
    total = max(steps - first_step, 1)
    while run.steps_taken < steps:
        step = run.steps_taken
        message = f"Step {step + 1} of {steps}"
        subtask = progress.subtask((step - first_step) / total, (step + 1 - first_step) / total).with_message(
            message
        )
        run.take_step(subtask)
        if on_step is not None:
            on_step(run)
