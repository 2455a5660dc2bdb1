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
        optional = (value for value in (self.error, self.size) if value is not None)
        numbers = (self.seconds, *optional)
        return all(isinstance(value, str) for value in texts) and all(
            isinstance(value, int | float) for value in numbers
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
    double_precision
        Whether to compute in double precision.
    """

    def __init__(self, case: NetworkCase, double_precision: bool = False) -> None:
        import torch

        from viewer.models.model import Model

        self._case = case
        self.network = case.make_network()
        if double_precision:
            self.network = self.network.double()
        dtype = next(
            (parameter.dtype for parameter in self.network.parameters() if parameter.is_floating_point()),
            torch.float32,
        )
        self.x = case.example_input().to(dtype)
        self.model: Model = Model.from_module(self.network, self.x, answer=case.answer)
        with torch.no_grad():
            output = self.run_network(self.x)
        self.has_voxel_outputs = output.dim() > 2
        self.region: np.ndarray[Any, Any] | None = None
        if self.has_voxel_outputs:
            self.region = np.zeros(output.shape[2:], dtype=np.float32)
            self.region[tuple(slice(size // 4, size - size // 4) for size in output.shape[2:])] = 1
        scores = [float(self.score(output, index)) for index in range(output.shape[1])]
        self.target = int(np.abs(scores).argmax())

    @cached_property
    def in_double_precision(self) -> NetworkMeasurement:
        """Measurement of the same network and target in double precision."""
        measurement = NetworkMeasurement(self._case, double_precision=True)
        measurement.target = self.target
        return measurement

    def run_network(self, x: torch.Tensor) -> torch.Tensor:
        """Return the explained output (N, outputs, ...) computed by the network itself."""
        from viewer.models.output_selection import flatten_outputs

        output = dict(flatten_outputs(self.network(x)))[self._case.output]
        return output if output.dim() > 1 else output.reshape(len(x), -1)

    def score(self, output: torch.Tensor, index: int | None = None) -> torch.Tensor:
        """Return the explained number: an output, or its sum over the region."""
        import torch

        scores = output[:, self.target if index is None else index].double()
        if self.region is None:
            return scores.sum()
        return (scores * torch.from_numpy(self.region)).sum()

    def explain(self, column: str, **parameters: Any) -> Map:
        """Return a method's map, computed by the public function."""
        from viewer.methods.explain import explain

        return explain(
            self.model, self.x, column.partition(",")[0], target=self.target, region=self.region,
            device="cpu", **{**METHODS.get(column, {}), **parameters},
        )  # fmt: skip

    def gradient(self) -> torch.Tensor:
        """Return the gradient of the explained number by automatic differentiation."""
        import torch

        leaf = self.x.clone().requires_grad_()
        (gradient,) = torch.autograd.grad(self.score(self.run_network(leaf)), leaf)
        return gradient


def measure_network(case: NetworkCase, columns: tuple[str, ...] = tuple(METHODS)) -> list[MatrixCell]:
    """Return the cells of one network."""
    cells: list[MatrixCell] = []

    def add_cell(column: str, judge: Callable[[], MatrixCell]) -> None:
        start = time.perf_counter()
        cells.append(
            replace(_judge_safely(case, column, judge), seconds=round(time.perf_counter() - start, 2))
        )

    measurements: list[NetworkMeasurement] = []

    def judge_capture() -> MatrixCell:
        measurements.append(NetworkMeasurement(case))
        reason = measurements[0].model.find_no_graph_reason(measurements[0].x)
        if reason:
            return _classify_refusal(_make_cell(case, CAPTURE, CellVerdict.REFUSED, text=reason))
        return _make_cell(case, CAPTURE, CellVerdict.RIGHT)

    add_cell(CAPTURE, judge_capture)
    if not measurements:
        return cells
    measurement = measurements[0]
    add_cell(FORWARD, lambda: _judge_forward(measurement, case))
    for column in columns:
        add_cell(column, lambda column=column: _judge(measurement, case, column))  # type: ignore[misc]
    return cells


def _make_cell(case: NetworkCase, column: str, verdict: CellVerdict, **details: Any) -> MatrixCell:
    return MatrixCell(case.package, case.name, column, verdict, **details)


def _judge_safely(case: NetworkCase, column: str, judge: Callable[[], MatrixCell]) -> MatrixCell:
    """Return the cell of ``judge``, or a cell for the error that it raises."""
    try:
        return judge()
    except ViewerError as error:
        return _classify_refusal(_make_cell(case, column, CellVerdict.REFUSED, text=str(error)))
    except Exception as error:  # noqa: BLE001  unexpected exceptions are counted
        return _make_cell(case, column, CellVerdict.TRACEBACK, text=f"{type(error).__name__}: {error}"[:300])


def _classify_refusal(cell: MatrixCell) -> MatrixCell:
    """Return a refusal, marked if its message is torch's own."""
    return replace(cell, verdict=CellVerdict.TORCH_SENTENCE) if is_torch_message(cell.text) else cell


def is_torch_message(text: str) -> bool:
    """Return whether a message is torch's own, without the source lines of a network that it quotes."""
    return TORCH_WORDS.search(re.sub(r" at \S+:\d+ \(.*?\)(?=[:;]|$)", "", text)) is not None


def _judge_forward(measurement: NetworkMeasurement, case: NetworkCase) -> MatrixCell:
    """Compare the outputs of the graph with the network's own, for one input and for a batch of two."""
    import torch

    pair = torch.cat([measurement.x, case.example_input(seed=5).to(measurement.x)])
    error = 0.0
    with torch.no_grad():
        repeat_error = _relative_error(
            measurement.run_network(measurement.x), measurement.run_network(measurement.x)
        )
        if repeat_error > EXACT:
            text = f"draws at random: two runs of the network itself differ by {repeat_error:.1g}"
            return _make_cell(case, FORWARD, CellVerdict.REFUSED, error=repeat_error, text=text)
        for x in (measurement.x, pair) if _supports_batches(measurement, pair) else (measurement.x,):
            expected = measurement.run_network(x)
            logits = measurement.model.logits(x)
            error = max(error, _relative_error(logits, expected))
    half_precision = measurement.x.dtype in (torch.bfloat16, torch.float16)
    if error <= (2e-2 if half_precision else EXACT):
        return _make_cell(case, FORWARD, CellVerdict.RIGHT, error=error)
    precise = measurement.in_double_precision
    with torch.no_grad():
        precise_error = _relative_error(precise.model.logits(precise.x), precise.run_network(precise.x))
    verdict = CellVerdict.RIGHT if precise_error <= PRECISE else CellVerdict.WRONG
    return _make_cell(case, FORWARD, verdict, error=error, text=f"{precise_error:.1e} in double precision")


def _supports_batches(measurement: NetworkMeasurement, pair: torch.Tensor) -> bool:
    """Return whether the network computes every sample of a batch independently."""
    batch_output = measurement.run_network(pair)
    return (
        len(batch_output) == 2
        and _relative_error(batch_output[:1], measurement.run_network(pair[:1])) < EXACT
    )


def _relative_error(values: torch.Tensor, expected: torch.Tensor) -> float:
    if values.shape != expected.shape:
        return float("inf")
    return float((values.double() - expected.double()).abs().max()) / max(float(expected.abs().max()), 1e-30)


def _judge(measurement: NetworkMeasurement, case: NetworkCase, column: str) -> MatrixCell:
    """Return the cell of a method."""
    method = column.partition(",")[0]
    if method == "occlusion":
        return _judge_occlusion(measurement, case)
    result = measurement.explain(column)
    values = result.data.astype(np.float64)
    if method in ("gradient", "input-times-gradient"):
        return _judge_gradient(measurement, case, column, values)
    size, residual = float(np.abs(values).sum()), result.provenance.residual
    notes = "; ".join(result.provenance.notes)
    if method in ("deeplift", "integrated-gradients"):
        return _judge_completeness(measurement, case, column, result)
    if residual is not None:
        ratio = size / abs(residual.explained_output) if residual.explained_output else float("inf")
        verdict = CellVerdict.CALM if ratio <= CALM and residual.relative <= 0.1 else CellVerdict.TOLD
        text = "; ".join(filter(None, (residual.warning, residual.absorbed_text, notes)))
        return _make_cell(case, column, verdict, error=residual.relative, size=ratio, text=text[:400])
    if not values.any() and not notes:
        return _make_cell(case, column, CellVerdict.WRONG, size=0.0, text="all zero, and it is not said")
    return _make_cell(case, column, CellVerdict.CALM, size=size, text=notes[:400])


def _judge_gradient(
    measurement: NetworkMeasurement, case: NetworkCase, column: str, values: np.ndarray[Any, Any]
) -> MatrixCell:
    """Compare with automatic differentiation; in double precision if rounding may switch a rectifier."""
    import torch

    def autograd_map(network_measurement: NetworkMeasurement) -> np.ndarray[Any, Any]:
        slope = network_measurement.gradient()
        return (slope if column == "gradient" else slope * network_measurement.x).double().numpy()

    def relative_error(gradient: np.ndarray[Any, Any], reference: np.ndarray[Any, Any]) -> float:
        return float(np.abs(gradient - reference).max()) / max(float(np.abs(reference).max()), 1e-30)

    def autograd_error(gradient: np.ndarray[Any, Any], network_measurement: NetworkMeasurement) -> float:
        try:
            return relative_error(gradient, autograd_map(network_measurement))
        except RuntimeError:
            # PyTorch cannot differentiate values that are later changed in place (MONAI's VarAutoEncoder).
            return float("inf")

    error = autograd_error(values, measurement)
    half_precision = measurement.x.dtype in (torch.bfloat16, torch.float16)
    if error <= (5e-2 if half_precision else EXACT):
        return _make_cell(case, column, CellVerdict.RIGHT, error=error)
    precise = measurement.in_double_precision
    gradient = precise.explain(column).data.astype(np.float64)
    precise_error = autograd_error(gradient, precise)
    text = f"{precise_error:.1e} in double precision"
    if precise_error > PRECISE:
        # Some networks detach values or define their own derivative; that of XCiT in timm is not the slope of
        # its outputs. Finite differences of the function decide.
        precise_error = _finite_difference_error(precise)
        if column == "input-times-gradient":
            slope = precise.explain("gradient").data.astype(np.float64)
            precise_error = max(precise_error, relative_error(gradient, slope * precise.x.double().numpy()))
        text = f"{text}, and {precise_error:.1e} from its finite difference"
    verdict = CellVerdict.RIGHT if precise_error <= PRECISE else CellVerdict.WRONG
    return _make_cell(case, column, verdict, error=error, text=text)


def _finite_difference_error(measurement: NetworkMeasurement) -> float:
    """Return the relative error of the gradient map along one direction, from finite differences."""
    import torch

    generator = torch.Generator().manual_seed(3)
    direction = torch.randn(measurement.x.shape, generator=generator, dtype=torch.float64)
    slope = torch.tensor(measurement.explain("gradient").data).double()
    derivative = float((slope * direction).sum())
    step = 1e-6 * direction
    with torch.no_grad():
        above, below = (
            measurement.score(measurement.run_network(measurement.x + offset)) for offset in (step, -step)
        )
    difference = float(above - below) / 2e-6
    # The tolerance is that for maps, which are stored in single precision.
    scale = max(float(slope.abs().max()) * float(direction.norm()), 1e-30)
    return abs(derivative - difference) / scale


def _judge_completeness(
    measurement: NetworkMeasurement, case: NetworkCase, column: str, result: Map
) -> MatrixCell:
    """Compare the sum of the map with the difference of the network's own outputs."""
    import torch

    from viewer.methods.baseline import gaussian_blur

    def output_difference(network_measurement: NetworkMeasurement) -> float:
        base = (
            gaussian_blur(network_measurement.x, 4.0)
            if "blurred" in column
            else torch.zeros_like(network_measurement.x)
        )
        with torch.no_grad():
            return float(
                network_measurement.score(network_measurement.run_network(network_measurement.x))
                - network_measurement.score(network_measurement.run_network(base))
            )

    output_rise, total = output_difference(measurement), float(result.data.sum(dtype=np.float64))
    ratio = float(np.abs(result.data).sum(dtype=np.float64)) / max(abs(output_rise), 1e-30)
    error = abs(total - output_rise) / max(abs(output_rise), 1e-30)
    notes = "; ".join(result.provenance.notes)
    limit = COMPLETENESS_ERROR if column.startswith("deeplift") else 1e-2
    if error <= limit:
        return _make_cell(case, column, CellVerdict.RIGHT, error=error, size=ratio, text=notes[:400])
    residual = result.provenance.residual
    if column == "integrated-gradients":
        reported = residual is not None and residual.relative > limit / 2
        verdict = CellVerdict.TOLD if reported else CellVerdict.WRONG
        return _make_cell(case, column, verdict, error=error, size=ratio, text=notes[:400])
    precise = measurement.in_double_precision
    precise_rise = output_difference(precise)
    # Values are stored in single precision: the sum before rounding is compared with the network, and the sum
    # after rounding with the sum before.
    precise_map = precise.explain(column)
    residual = precise_map.provenance.residual
    double_error = float("inf")
    if residual is not None:
        rounding = PRECISE * float(np.abs(precise_map.data).sum(dtype=np.float64))
        if abs(float(precise_map.data.sum(dtype=np.float64)) - residual.found) <= rounding:
            double_error = abs(residual.found - precise_rise) / max(abs(precise_rise), 1e-30)
    verdict = CellVerdict.TOLD if double_error <= limit else CellVerdict.WRONG
    text = f"{double_error:.1e} in double precision; {notes}"
    return _make_cell(case, column, verdict, error=error, size=ratio, text=text[:400])


def _judge_occlusion(measurement: NetworkMeasurement, case: NetworkCase) -> MatrixCell:
    """Compare the first window's effect with that of the network's own outputs."""
    import torch

    window = max(measurement.x.shape[2:]) // 2
    result = measurement.explain("occlusion", window=window, stride=window, fill="value")
    hidden = measurement.x.clone()
    hidden[(slice(None), slice(None), *(slice(0, window),) * (hidden.dim() - 2))] = 0
    with torch.no_grad():
        score = measurement.score(measurement.run_network(measurement.x))
        score_drop = float(score - measurement.score(measurement.run_network(hidden)))
    effect = float(result.data[(0,) * result.data.ndim])
    scale = max(abs(score_drop), 1e-3 * abs(float(score)), 1e-12)
    error = abs(effect - score_drop) / scale
    half_precision = measurement.x.dtype in (torch.bfloat16, torch.float16)
    verdict = CellVerdict.RIGHT if error <= (0.1 if half_precision else 1e-2) else CellVerdict.WRONG
    return _make_cell(
        case, "occlusion", verdict, error=error, text="" if error <= 1e-2 else f"{effect} for {score_drop}"
    )
