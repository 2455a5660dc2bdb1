"""Cells of the matrix: one method on one network, judged by an oracle that is independent of the viewer."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from viewer.commands.benchmarks.network_matrix.case import NetworkCase
from viewer.errors import ViewerError

if TYPE_CHECKING:
    import torch

    from viewer.models.model import Model
    from viewer.scans.map import Map

CAPTURE, FORWARD = "capture", "forward"

METHODS: dict[str, dict[str, Any]] = {
    "gradient": {},
    "input-times-gradient": {},
    "integrated-gradients": {"baseline": "zero", "steps": 32, "max_steps": 32},
    "layer-integrated-gradients": {"baseline": "zero", "steps": 16, "tolerance": 0.0},
    "layer-conductance": {"baseline": "zero", "steps": 16, "tolerance": 0.0},
    "guided-backprop": {},
    "deconvnet": {},
    "deeplift": {"baseline": "zero"},
    "deeplift, blurred": {"baseline": "blurred"},
    "lrp": {},
    "lrp-0": {},
    "lrp-epsilon": {},
    "lrp-gamma": {},
    "lrp-alpha-beta": {},
    "deep-taylor": {},
    "grad-cam": {},
    "grad-cam-plus-plus": {},
    "guided-grad-cam": {},
    "hires-cam": {},
    "layer-cam": {},
    "fem": {},
    "attention-rollout": {},
    "gradient-attention": {},
    "occlusion": {},
    "fgsm": {},
}
"""Parameters of the method of each column of the matrix; the method's name precedes any comma.

Integrals use few steps, since refining them for the random networks would take minutes; the residual of each
map states the error of its sum.
"""

EXACT = 1e-5
"""Largest relative error of outputs and gradients in single precision; above it, double precision decides."""

PRECISE = 1e-6
"""Largest relative error of maps in double precision, which are stored in single precision."""

COMPLETENESS_ERROR = 1e-3
"""Largest relative error of the sum of a DeepLIFT map."""

CALM = 100.0
"""Largest ratio of the sum of |R| to the explained output of a calm map."""

TORCH_WORDS = re.compile(
    r"torch\.(?!autocast)|aten::|\bTensors?\b|tensor a|[Ff]ake|Dynamo|proxy|unbacked|guard|mat1|"
    r"non-singleton|Expected .* (?:but|to)|Error\b|autograd|expandable|storage|size mismatch|NoneType|"
    r"object has no|argument '|_C\b|dispatch|SymInt|must match the size|wrap_with|higher.order"
)
"""Words of torch's internal messages, which do not help a user."""


class CellVerdict(StrEnum):
    """Verdict on the map of a method for a network."""

    RIGHT = "right"
    CALM = "calm"
    TOLD = "told"
    REFUSED = "refused"
    WRONG = "wrong"
    TORCH_SENTENCE = "torch's sentence"
    TRACEBACK = "traceback"


@dataclass(frozen=True)
class MatrixCell:
    """One method on one network.

    Parameters
    ----------
    package, network, method
        Position in the matrix; ``method`` may also be "capture" or "forward".
    verdict
        Right: agrees with an oracle; calm: no oracle, but small values; told: the program states its residual
        or noise; refused: with a specific message; or one of the three that must not occur.
    error
        Relative error with respect to the oracle, or residual of the sum; None if there is neither.
    size
        Sum of |R| relative to the explained difference or output; None if there is no map.
    text
        Message of a refusal or an error, or notes.
    seconds
        Time in s.
    """

    package: str
    network: str
    method: str
    verdict: CellVerdict
    error: float | None = None
    size: float | None = None
    text: str = ""
    seconds: float = 0.0

    @property
    def has_valid_types(self) -> bool:
        """Whether every entry has its declared type; a cell that was read from a file may not."""
        texts = (self.package, self.network, self.method, self.text)
        optional = (one for one in (self.error, self.size) if one is not None)
        numbers = (self.seconds, *optional)
        return all(isinstance(one, str) for one in texts) and all(
            isinstance(one, int | float) for one in numbers
        )

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


class NetworkMeasurement:
    """Measurement of one network: its outputs, and the map of every method.

    Parameters
    ----------
    case
        The network.
    double
        Whether to compute in double precision.
    """

    def __init__(self, case: NetworkCase, double: bool = False) -> None:
        import torch

        from viewer.models.model import Model

        self._case = case
        self.network = case.make()
        if double:
            self.network = self.network.double()
        dtype = next(
            (one.dtype for one in self.network.parameters() if one.is_floating_point()), torch.float32
        )
        self.x = case.input().to(dtype)
        self.model: Model = Model.from_module(self.network, self.x, answer=case.answer)
        with torch.no_grad():
            output = self.run_network(self.x)
        self.dense = output.dim() > 2
        self.region: np.ndarray[Any, Any] | None = None
        if self.dense:
            self.region = np.zeros(output.shape[2:], dtype=np.float32)
            self.region[tuple(slice(size // 4, size - size // 4) for size in output.shape[2:])] = 1
        scores = [float(self.score(output, index)) for index in range(output.shape[1])]
        self.target = int(np.abs(scores).argmax())

    @cached_property
    def precise(self) -> NetworkMeasurement:
        """Measurement of the same network and target in double precision."""
        made = NetworkMeasurement(self._case, double=True)
        made.target = self.target
        return made

    def run_network(self, x: torch.Tensor) -> torch.Tensor:
        """Return the explained output (N, outputs, ...) computed by the network itself."""
        from viewer.models.output_selection import flatten_outputs

        answer = dict(flatten_outputs(self.network(x)))[self._case.output]
        return answer if answer.dim() > 1 else answer.reshape(len(x), -1)

    def score(self, output: torch.Tensor, index: int | None = None) -> torch.Tensor:
        """Return the explained number: an output, or its sum over the region."""
        import torch

        own = output[:, self.target if index is None else index].double()
        if self.region is None:
            return own.sum()
        return (own * torch.from_numpy(self.region)).sum()

    def explain(self, column: str, **more: Any) -> Map:
        """Return a method's map, computed by the public function."""
        from viewer.methods.explain import explain

        return explain(
            self.model, self.x, column.partition(",")[0], target=self.target, region=self.region,
            device="cpu", **{**METHODS.get(column, {}), **more},
        )  # fmt: skip

    def gradient(self) -> torch.Tensor:
        """Return the gradient of the explained number by automatic differentiation."""
        import torch

        leaf = self.x.clone().requires_grad_()
        (answer,) = torch.autograd.grad(self.score(self.run_network(leaf)), leaf)
        return answer


def measure_network(case: NetworkCase, columns: tuple[str, ...] = tuple(METHODS)) -> list[MatrixCell]:
    """Return the cells of one network."""
    found: list[MatrixCell] = []

    def add(column: str, judge: Callable[[], MatrixCell]) -> None:
        began = time.perf_counter()
        found.append(replace(_guard(case, column, judge), seconds=round(time.perf_counter() - began, 2)))

    made: list[NetworkMeasurement] = []

    def capture() -> MatrixCell:
        made.append(NetworkMeasurement(case))
        reason = made[0].model.why_no_graph(made[0].x)
        if reason:
            return _refusal(_cell(case, CAPTURE, CellVerdict.REFUSED, text=reason))
        return _cell(case, CAPTURE, CellVerdict.RIGHT)

    add(CAPTURE, capture)
    if not made:
        return found
    measured = made[0]
    add(FORWARD, lambda: _judge_forward(measured, case))
    for column in columns:
        add(column, lambda column=column: _judge(measured, case, column))  # type: ignore[misc]
    return found


def _cell(case: NetworkCase, column: str, verdict: CellVerdict, **more: Any) -> MatrixCell:
    return MatrixCell(case.package, case.name, column, verdict, **more)


def _guard(case: NetworkCase, column: str, judge: Callable[[], MatrixCell]) -> MatrixCell:
    """Return the cell of ``judge``, or a cell for the error that it raises."""
    try:
        return judge()
    except ViewerError as error:
        return _refusal(_cell(case, column, CellVerdict.REFUSED, text=str(error)))
    except Exception as error:  # noqa: BLE001  unexpected exceptions are counted
        return _cell(case, column, CellVerdict.TRACEBACK, text=f"{type(error).__name__}: {error}"[:300])


def _refusal(cell: MatrixCell) -> MatrixCell:
    """Return a refusal, marked if its message is torch's own."""
    return replace(cell, verdict=CellVerdict.TORCH_SENTENCE) if has_torch_words(cell.text) else cell


def has_torch_words(text: str) -> bool:
    """Return whether a message is torch's own, without the source lines of a network that it quotes."""
    return TORCH_WORDS.search(re.sub(r" at \S+:\d+ \(.*?\)(?=[:;]|$)", "", text)) is not None


def _judge_forward(measured: NetworkMeasurement, case: NetworkCase) -> MatrixCell:
    """Compare the outputs of the graph with the network's own, for one input and for a batch of two."""
    import torch

    pair = torch.cat([measured.x, case.input(seed=5).to(measured.x)])
    error = 0.0
    with torch.no_grad():
        drawn = _relative(measured.run_network(measured.x), measured.run_network(measured.x))
        if drawn > EXACT:
            said = f"draws at random: two runs of the network itself differ by {drawn:.1g}"
            return _cell(case, FORWARD, CellVerdict.REFUSED, error=drawn, text=said)
        for x in (measured.x, pair) if _takes_batches(measured, pair) else (measured.x,):
            expected = measured.run_network(x)
            answer = measured.model.logits(x)
            error = max(error, _relative(answer, expected))
    half = measured.x.dtype in (torch.bfloat16, torch.float16)
    if error <= (2e-2 if half else EXACT):
        return _cell(case, FORWARD, CellVerdict.RIGHT, error=error)
    precise = measured.precise
    with torch.no_grad():
        exact = _relative(precise.model.logits(precise.x), precise.run_network(precise.x))
    verdict = CellVerdict.RIGHT if exact <= PRECISE else CellVerdict.WRONG
    return _cell(case, FORWARD, verdict, error=error, text=f"{exact:.1e} in double precision")


def _takes_batches(measured: NetworkMeasurement, pair: torch.Tensor) -> bool:
    """Return whether the network computes every sample of a batch independently."""
    together = measured.run_network(pair)
    return len(together) == 2 and _relative(together[:1], measured.run_network(pair[:1])) < EXACT


def _relative(values: torch.Tensor, expected: torch.Tensor) -> float:
    if values.shape != expected.shape:
        return float("inf")
    return float((values.double() - expected.double()).abs().max()) / max(float(expected.abs().max()), 1e-30)


def _judge(measured: NetworkMeasurement, case: NetworkCase, column: str) -> MatrixCell:
    """Return the cell of a method."""
    method = column.partition(",")[0]
    if method == "occlusion":
        return _judge_occlusion(measured, case)
    result = measured.explain(column)
    values = result.data.astype(np.float64)
    if method in ("gradient", "input-times-gradient"):
        return _judge_gradient(measured, case, column, values)
    size, residual = float(np.abs(values).sum()), result.provenance.residual
    notes = "; ".join(result.provenance.notes)
    if method in ("deeplift", "integrated-gradients"):
        return _judge_completeness(measured, case, column, result)
    if residual is not None:
        ratio = size / abs(residual.output) if residual.output else float("inf")
        verdict = CellVerdict.CALM if ratio <= CALM and residual.relative <= 0.1 else CellVerdict.TOLD
        text = "; ".join(filter(None, (residual.warning, residual.absorbed_text, notes)))
        return _cell(case, column, verdict, error=residual.relative, size=ratio, text=text[:400])
    if not values.any() and not notes:
        return _cell(case, column, CellVerdict.WRONG, size=0.0, text="all zero, and it is not said")
    return _cell(case, column, CellVerdict.CALM, size=size, text=notes[:400])


def _judge_gradient(
    measured: NetworkMeasurement, case: NetworkCase, column: str, values: np.ndarray[Any, Any]
) -> MatrixCell:
    """Compare with automatic differentiation; in double precision if rounding may switch a rectifier."""
    import torch

    def expected(one: NetworkMeasurement) -> np.ndarray[Any, Any]:
        slope = one.gradient()
        return (slope if column == "gradient" else slope * one.x).double().numpy()

    def away(shown: np.ndarray[Any, Any], due: np.ndarray[Any, Any]) -> float:
        return float(np.abs(shown - due).max()) / max(float(np.abs(due).max()), 1e-30)

    def away_from_autograd(shown: np.ndarray[Any, Any], one: NetworkMeasurement) -> float:
        try:
            return away(shown, expected(one))
        except RuntimeError:
            # PyTorch cannot differentiate values that are later changed in place (MONAI's VarAutoEncoder).
            return float("inf")

    error = away_from_autograd(values, measured)
    half = measured.x.dtype in (torch.bfloat16, torch.float16)
    if error <= (5e-2 if half else EXACT):
        return _cell(case, column, CellVerdict.RIGHT, error=error)
    precise = measured.precise
    shown = precise.explain(column).data.astype(np.float64)
    exact = away_from_autograd(shown, precise)
    text = f"{exact:.1e} in double precision"
    if exact > PRECISE:
        # Some networks detach values or define their own derivative; that of XCiT in timm is not the slope of
        # its outputs. Finite differences of the function decide.
        exact = _finite_difference_error(precise)
        if column == "input-times-gradient":
            slope = precise.explain("gradient").data.astype(np.float64)
            exact = max(exact, away(shown, slope * precise.x.double().numpy()))
        text = f"{text}, and {exact:.1e} from its finite difference"
    verdict = CellVerdict.RIGHT if exact <= PRECISE else CellVerdict.WRONG
    return _cell(case, column, verdict, error=error, text=text)


def _finite_difference_error(measured: NetworkMeasurement) -> float:
    """Return the relative error of the gradient map along one direction, from finite differences."""
    import torch

    draw = torch.Generator().manual_seed(3)
    direction = torch.randn(measured.x.shape, generator=draw, dtype=torch.float64)
    slope = torch.tensor(measured.explain("gradient").data).double()
    shown = float((slope * direction).sum())
    step = 1e-6 * direction
    with torch.no_grad():
        above, below = (measured.score(measured.run_network(measured.x + s)) for s in (step, -step))
    due = float(above - below) / 2e-6
    # The tolerance is that for maps, which are stored in single precision.
    scale = max(float(slope.abs().max()) * float(direction.norm()), 1e-30)
    return abs(shown - due) / scale


def _judge_completeness(
    measured: NetworkMeasurement, case: NetworkCase, column: str, result: Map
) -> MatrixCell:
    """Compare the sum of the map with the difference of the network's own outputs."""
    import torch

    from viewer.methods.baseline import gaussian_blur

    def rise(one: NetworkMeasurement) -> float:
        base = gaussian_blur(one.x, 4.0) if "blurred" in column else torch.zeros_like(one.x)
        with torch.no_grad():
            return float(one.score(one.run_network(one.x)) - one.score(one.run_network(base)))

    due, total = rise(measured), float(result.data.sum(dtype=np.float64))
    ratio = float(np.abs(result.data).sum(dtype=np.float64)) / max(abs(due), 1e-30)
    error = abs(total - due) / max(abs(due), 1e-30)
    notes = "; ".join(result.provenance.notes)
    limit = COMPLETENESS_ERROR if column.startswith("deeplift") else 1e-2
    if error <= limit:
        return _cell(case, column, CellVerdict.RIGHT, error=error, size=ratio, text=notes[:400])
    residual = result.provenance.residual
    if column == "integrated-gradients":
        stated = residual is not None and residual.relative > limit / 2
        verdict = CellVerdict.TOLD if stated else CellVerdict.WRONG
        return _cell(case, column, verdict, error=error, size=ratio, text=notes[:400])
    precise = measured.precise
    exact = rise(precise)
    # Values are stored in single precision: the sum before rounding is compared with the network, and the sum
    # after rounding with the sum before.
    shown = precise.explain(column)
    residual = shown.provenance.residual
    double_error = float("inf")
    if residual is not None:
        rounding = PRECISE * float(np.abs(shown.data).sum(dtype=np.float64))
        if abs(float(shown.data.sum(dtype=np.float64)) - residual.found) <= rounding:
            double_error = abs(residual.found - exact) / max(abs(exact), 1e-30)
    verdict = CellVerdict.TOLD if double_error <= limit else CellVerdict.WRONG
    text = f"{double_error:.1e} in double precision; {notes}"
    return _cell(case, column, verdict, error=error, size=ratio, text=text[:400])


def _judge_occlusion(measured: NetworkMeasurement, case: NetworkCase) -> MatrixCell:
    """Compare the first window's effect with that of the network's own outputs."""
    import torch

    window = max(measured.x.shape[2:]) // 2
    result = measured.explain("occlusion", window=window, stride=window, fill="value")
    hidden = measured.x.clone()
    hidden[(slice(None), slice(None), *(slice(0, window),) * (hidden.dim() - 2))] = 0
    with torch.no_grad():
        whole = measured.score(measured.run_network(measured.x))
        due = float(whole - measured.score(measured.run_network(hidden)))
    shown = float(result.data[(0,) * result.data.ndim])
    scale = max(abs(due), 1e-3 * abs(float(whole)), 1e-12)
    error = abs(shown - due) / scale
    half = measured.x.dtype in (torch.bfloat16, torch.float16)
    verdict = CellVerdict.RIGHT if error <= (0.1 if half else 1e-2) else CellVerdict.WRONG
    return _cell(case, "occlusion", verdict, error=error, text="" if error <= 1e-2 else f"{shown} for {due}")
