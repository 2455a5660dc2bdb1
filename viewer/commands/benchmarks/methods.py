"""How long explaining takes and how much memory, beside Captum where it is installed."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from viewer.commands.benchmarks.row import Row
from viewer.progress import Progress

if TYPE_CHECKING:
    import torch
    from torch import nn

    from viewer.models.model import Model

Shape = tuple[int, ...]
Way = Callable[[], "torch.Tensor"]

NETWORKS = ("eitel-3d", "adnet", "resnet-18-3d")
SIZES: tuple[Shape, ...] = ((96, 112, 96), (160, 192, 160))
STEPS = 8
EPSILON = 0.01
ASKED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("gradient", {}),
    ("guided-backprop", {}),
    ("integrated-gradients", {"steps": STEPS, "tolerance": 0.0, "rule": "riemann_middle"}),
    ("lrp-epsilon", {"epsilon": EPSILON, "relative": False, "bias": True}),
    ("deep-taylor", {}),
    ("deeplift", {}),
)
ROUNDS = 5
OURS, CAPTUM = "ours", "captum"
ALIKE = 1e-3
"""Maps that differ by more than this share of their largest value are not the same map."""

CHILD = (
    "import sys, json; from viewer.commands.benchmarks.methods import weigh; "
    "print(weigh(sys.argv[1], json.loads(sys.argv[2]), sys.argv[3], sys.argv[4]))"
)
STATUS = Path("/proc/self/status")
RESET = Path("/proc/self/clear_refs")


@dataclass(frozen=True)
class Setting:
    """One network with random weights, one input, and the same model for both sides."""

    network: nn.Module
    model: Model
    x: torch.Tensor


def run(progress: Progress) -> list[Row]:
    """Milliseconds of every method on three networks at two sizes, and MiB above the loaded model.

    Ours and Captum's in turns, so that a busy moment strikes both; what is told is the median of ours and
    the median of the ratios of a turn. Memory is the peak of the resident set in a process of its own, for
    one map, above what it held with the network loaded and its graph captured (Linux alone tells it).
    """
    return measure(progress, NETWORKS, SIZES, ROUNDS)


def measure(
    progress: Progress, networks: Sequence[str], sizes: Sequence[Shape], rounds: int, memory: bool = True
) -> list[Row]:
    """The rows of some networks at some sizes; ``rounds`` turns are counted, and one before them is not."""
    rows: list[Row] = []
    cases = [(name, shape) for shape in sizes for name in networks]
    total = len(cases) * len(ASKED)
    for place, (name, shape) in enumerate(cases):
        made = setting(name, shape)
        for number, (method, values) in enumerate(ASKED):
            title = f"{name} {'×'.join(map(str, shape))}: {method}"
            progress.step(place * len(ASKED) + number, total, title)
            rows += _times(title, made, method, values, rounds)
            if memory and RESET.exists():
                rows.append(_memory(title, name, shape, method))
    progress.step(1, 1, "Done")
    return rows


def setting(name: str, shape: Shape) -> Setting:
    """A registered architecture with the weights of seed 0, and a volume of noise; its graph is captured."""
    import torch

    from viewer.models.architectures.registry import find
    from viewer.models.model import Model

    with torch.random.fork_rng():
        torch.manual_seed(0)
        if name == "adnet":
            network = _widened(find(name, "benchmark").build({}, "benchmark"), shape)
        else:
            network = find(name, "benchmark").build({}, "benchmark")
        x = torch.rand(1, 1, *shape)
    model = Model.from_module(network, x)
    model.graph(x)
    return Setting(network, model, x)


def _widened(network: Any, shape: Shape) -> nn.Module:
    """ADnet for inputs of any size: its dense layer takes as many values as its convolutions leave."""
    import torch

    with torch.no_grad():
        left = network.embedding(torch.zeros(1, 1, *shape)).numel()
    network.f[0] = torch.nn.Linear(left, network.f[0].out_features)
    widened: nn.Module = network.eval()
    return widened


def our_way(made: Setting, method: str, values: dict[str, Any]) -> Way:
    """One map of ours."""
    from viewer.methods.method import Question, Target
    from viewer.methods.registry import find

    chosen = find(method).of(values)
    question = Question(made.model, made.x, Target(0, "0"))
    return lambda: chosen.explain(question).values


def captums_way(made: Setting, method: str) -> Way | None:
    """Captum's map of the same kind; None where it has none. Its rules are set as it needs them."""
    if find_spec("captum") is None:
        return None
    from captum import attr

    network, x = made.network, made.x

    def asked() -> torch.Tensor:
        return x.clone().requires_grad_(True)

    def of(kind: Any, **more: Any) -> Way:
        return lambda: kind(network).attribute(asked(), target=0, **more).detach()

    ways: dict[str, Callable[[], Way]] = {
        "gradient": lambda: of(attr.Saliency, abs=False),
        "guided-backprop": lambda: of(attr.GuidedBackprop),
        "integrated-gradients": lambda: of(
            attr.IntegratedGradients, n_steps=STEPS, method="riemann_middle", internal_batch_size=1
        ),
        "lrp-epsilon": lambda: _captums_lrp(made),
        "deeplift": lambda: of(attr.DeepLift),
    }
    return ways[method]() if method in ways else None


def _captums_lrp(made: Setting) -> Way:
    """LRP-ε on a copy whose every leaf but the rectifiers has a rule: Captum asks for one in 3D."""
    from copy import deepcopy

    from captum import attr
    from captum.attr._utils.lrp_rules import EpsilonRule
    from torch import nn

    network = deepcopy(made.network)
    moving = (nn.MaxPool3d, nn.Flatten, nn.Identity)
    leaves = [part for part in network.modules() if not list(part.children())]

    def way() -> torch.Tensor:
        # Captum takes the rules off again after every map.
        for part in leaves:
            if not isinstance(part, nn.ReLU):
                part.rule = EpsilonRule() if isinstance(part, moving) else EpsilonRule(EPSILON)
        found: torch.Tensor = attr.LRP(network).attribute(made.x.clone().requires_grad_(True), target=0)
        return found.detach()

    return way


def _times(title: str, made: Setting, method: str, values: dict[str, Any], rounds: int) -> list[Row]:
    import warnings

    ours, theirs = our_way(made, method, values), captums_way(made, method)
    own: list[float] = []
    ratios: list[float] = []
    said = "Captum has none" if find_spec("captum") is not None else "no peer is installed"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        first = ours()
        if theirs is not None:
            try:
                said = _compared(first, theirs())
            except (TypeError, ValueError, RuntimeError, AssertionError, AttributeError) as error:
                theirs, said = None, f"Captum refuses: {type(error).__name__}"
        for _ in range(rounds):
            own.append(_seconds(ours))
            if theirs is not None:
                ratios.append(_seconds(theirs) / own[-1])
    beside = f"Captum takes {median(ratios):.2f} times as long{said}" if ratios else said
    return [Row(title, 1000 * median(own), "ms", beside)]


def _compared(ours: torch.Tensor, theirs: torch.Tensor) -> str:
    away = float((ours - theirs).abs().max()) / max(float(ours.abs().max()), 1e-30)
    return "" if away <= ALIKE else f"; its map is another one (by {away:.1e} of the largest value)"


def _seconds(way: Way) -> float:
    began = time.perf_counter()
    way()
    return time.perf_counter() - began


def _memory(title: str, name: str, shape: Shape, method: str) -> Row:
    ours = _weighed(name, shape, method, OURS)
    theirs = _weighed(name, shape, method, CAPTUM) if find_spec("captum") is not None else None
    beside = "" if theirs is None else f"Captum {theirs:.0f} MiB"
    return Row(f"{title}, peak memory", float("nan") if ours is None else ours, "MiB", beside)


def _weighed(name: str, shape: Shape, method: str, whose: str) -> float | None:
    """What `weigh` says in a process of its own; None where that side gives no map."""
    ended = subprocess.run(  # noqa: S603
        [sys.executable, "-W", "ignore", "-c", CHILD, name, json.dumps(shape), method, whose],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
    )
    lines = ended.stdout.split()
    return float(lines[-1]) if ended.returncode == 0 and lines and lines[-1] != "None" else None


def weigh(name: str, shape: Sequence[int], method: str, whose: str) -> float | None:
    """MiB by which the resident set's peak, during one map, exceeds what this process held before it."""
    made = setting(name, tuple(shape))
    way = our_way(made, method, dict(ASKED)[method]) if whose == OURS else captums_way(made, method)
    if way is None:
        return None
    RESET.write_text("5", encoding="ascii")
    before = _resident("VmRSS")
    way()
    return (_resident("VmHWM") - before) / 1024


def _resident(field: str) -> int:
    """A line of the process's status, in KiB."""
    lines = STATUS.read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:"))
