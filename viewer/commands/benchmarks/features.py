"""Benchmark a step of feature visualization against a plain loop, and lucent if installed."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from statistics import median
from typing import TYPE_CHECKING

from viewer.commands.benchmarks.measurement import BenchmarkResult, time_call
from viewer.progress import Progress

if TYPE_CHECKING:
    from viewer.methods.feature_visualization.recipe import VisualizationRecipe
    from viewer.models.model import Model

LAYERS_3D = ("relu1", "relu3", "relu5")
LAYER_2D = "relu5"
SIZE_3D = (96, 112, 96)
SIZE_2D = (224, 224)
CHANNEL = 3
ROUNDS = 5
STEPS = 3


def run(progress: Progress) -> list[BenchmarkResult]:
    """Measure the milliseconds per step for one channel of three layers in 3D and one in 2D.

    The plain loop is autograd through the module up to the layer, with Adam on all voxels of the grid. Ours
    is timed with the default preset, with all its transforms and filters, and with the plain preset. The
    loops alternate, so that other load affects all of them; reported are the medians of ours and of the
    paired ratios.
    """
    rows: list[BenchmarkResult] = []
    cases = [(3, SIZE_3D, layer) for layer in LAYERS_3D] + [(2, SIZE_2D, LAYER_2D)]
    for index, (dimensions, size, layer) in enumerate(cases):
        name = f"eitel-{dimensions}d {'×'.join(map(str, size))}: {layer}"
        progress.step(index, len(cases), name)
        rows += measure(name, dimensions, size, layer, ROUNDS)
    progress.step(1, 1, "Done")
    return rows


def measure(
    name: str, dimensions: int, size: tuple[int, ...], layer: str, rounds: int
) -> list[BenchmarkResult]:
    """Measure one layer: the default and the plain preset, each against the plain loop and lucent."""
    from viewer.methods.feature_visualization.recipe import PRESETS

    model = make_model(dimensions, size)
    loop = make_plain_loop(model, size, layer)
    peer, missing = find_lucent_loop(model, layer) if dimensions == 2 else (None, "")
    loops = {title: make_viewer_loop(model, layer, PRESETS[title]) for title in ("default", "plain")}
    for call in (loop, *loops.values()):
        call()
    times: dict[str, list[float]] = {title: [] for title in loops}
    ratios: dict[str, list[float]] = {title: [] for title in loops}
    peer_ratios: dict[str, list[float]] = {title: [] for title in loops}
    for _ in range(rounds):
        loop_time = time_call(loop)
        peer_time = None if peer is None else time_call(peer)
        for title, call in loops.items():
            times[title].append(time_call(call))
            ratios[title].append(loop_time / times[title][-1])
            if peer_time is not None:
                peer_ratios[title].append(peer_time / times[title][-1])
    rows = []
    for title in loops:
        text = f"the plain loop takes {median(ratios[title]):.2f} times as long"
        if peer_ratios[title]:
            text += f", lucent {median(peer_ratios[title]):.2f} times"
        elif missing:
            text += f"; lucent {missing}"
        rows.append(
            BenchmarkResult(f"{name}, {title}", 1000 * median(times[title]) / STEPS, "ms a step", text)
        )
    return rows


def make_model(dimensions: int, size: tuple[int, ...]) -> Model:
    """Return the paper's architecture with the weights of seed 0; its card declares only the grid."""
    import torch

    from viewer.models.architectures.registry import find_architecture
    from viewer.models.input_spec import InputSpec
    from viewer.models.model import Model
    from viewer.models.model_card import Card

    with torch.random.fork_rng():
        torch.manual_seed(0)
        module = find_architecture(f"eitel-{dimensions}d", "benchmark").build({}, "benchmark")
    card = Card("benchmark", classes=("a", "b"), input=InputSpec(size))
    return Model.from_module(module, torch.zeros(1, 1, *size), card)


def make_viewer_loop(model: Model, layer: str, recipe: VisualizationRecipe) -> Callable[[], object]:
    """Return a function that runs `STEPS` of our steps; one-time preparation is done before."""
    from viewer.methods.feature_visualization.optimizer import OptimizationRun
    from viewer.methods.feature_visualization.visualization import Visualization

    problem = Visualization(model, layer, CHANNEL, recipe=recipe, device="cpu").problem()
    optimization = OptimizationRun(problem)
    progress = Progress()

    def run_steps() -> None:
        for _ in range(STEPS):
            optimization.take_step(progress)

    return run_steps


def make_plain_loop(model: Model, size: tuple[int, ...], layer: str) -> Callable[[], object]:
    """Return a function that runs `STEPS` steps of autograd through the module up to the layer, with Adam."""
    import torch
    from torch import nn

    layers = model.module()
    assert isinstance(layers, nn.Sequential)
    names = [name for name, _ in layers.named_children()]
    truncated = layers[: names.index(layer) + 1]
    image = torch.randn(1, 1, *size, requires_grad=True)
    adam = torch.optim.Adam([image], lr=0.03)

    def run_steps() -> None:
        for _ in range(STEPS):
            adam.zero_grad()
            loss = -truncated(image)[:, CHANNEL].mean()
            loss.backward()
            adam.step()

    return run_steps


def find_lucent_loop(model: Model, layer: str) -> tuple[Callable[[], object] | None, str]:
    """Return a function that runs as many steps of lucent with its defaults, or the reason why there is none.

    Lucent 0.1.8 uses names that kornia has since moved, and imports IPython and torchvision: it may be
    installed but not run.
    """
    if find_spec("lucent") is None:
        return None, "is not installed"
    try:
        make_loop = make_lucent_loop(model, layer)
        make_loop()
    except (ImportError, AttributeError) as error:
        return None, f"does not run with what is installed beside it ({error})"
    return make_loop, ""


def make_lucent_loop(model: Model, layer: str) -> Callable[[], object]:
    """Return a function that runs `STEPS` steps of lucent."""
    from copy import deepcopy

    import torch

    param, render = import_module("lucent.optvis.param"), import_module("lucent.optvis.render")

    class GreyscaleNetwork(torch.nn.Module):
        """Network that takes the mean of lucent's three colour channels."""

        def __init__(self) -> None:
            super().__init__()
            self.net = deepcopy(model.module())

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            output: torch.Tensor = self.net(x.mean(1, keepdim=True))
            return output

    grey = GreyscaleNetwork().eval()

    def run_steps() -> None:
        render.render_vis(
            grey,
            f"net_{layer}:{CHANNEL}",
            lambda: param.image(SIZE_2D[0]),
            thresholds=(STEPS,),
            show_image=False,
            progress=False,
            preprocess=False,
        )

    return run_steps
