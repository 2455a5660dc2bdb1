"""Context of checks: a network, a scan and the explained output, and maps that explain it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt

from viewer.errors import MethodError
from viewer.methods.base import ExplanationRequest, Family, Method, Target
from viewer.methods.explain_sample import check_finite
from viewer.methods.input_gradient import compute_outputs, find_graph
from viewer.methods.make_references import make_references
from viewer.methods.reference_scans import References
from viewer.models.apply_preparation import PreparationChoice, apply_preparation, describe_preparation
from viewer.models.output_kind import OutputKind
from viewer.progress import Progress
from viewer.scans.map import Map
from viewer.scans.multichannel_scan import MultichannelScan, apply_to_images
from viewer.scans.provenance import NOT_MEASURED, Provenance, Residual
from viewer.scans.scan import Scan

if TYPE_CHECKING:
    import torch

    from viewer.models.fit_report import FitReport
    from viewer.models.model import Model
    from viewer.models.output_meaning import OutputMeaning
    from viewer.models.preprocessing import PreparedInput
    from viewer.models.uncertainty.prediction_spread import PredictionSpread
    from viewer.preparation.prepared import Prepared

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
T = TypeVar("T")

CHECK_METHOD = "check"
"""Name of the method in the provenance of maps that checks compute."""

MAX_BATCH = 32
ACTIVATION_FACTOR = 24
"""Approximate memory of a forward pass, as a multiple of the input's size."""


@dataclass(frozen=True, eq=False)
class OutputScores:
    """Outputs of a network for several inputs: the explained score S, and its class's probability if any."""

    scores: Doubles
    probabilities: Doubles | None


@dataclass(frozen=True, eq=False)
class CheckContext:
    """A network, a scan, and the output that is explained; runs the network on modified scans.

    Parameters
    ----------
    model, scan
        The network and the scan; checks modify neither.
    prepared
        The preprocessed scan and its grid.
    x
        The preprocessed scan on the device, (1, C, spatial...).
    target
        The explained output.
    output, meaning
        Outputs of the network, on the CPU: (1, outputs) or, for a dense prediction, (1, outputs,
        spatial...); and their meaning.
    foreground
        Mask of the head without the air, on the network's grid: bool, shape (spatial...).
    forward_pass_seconds
        Duration of one forward pass.
    seed
        Seed of all random draws.
    network_scan
        Scan or `Prepared` that ``prepared`` was made from; None for ``scan``.
    """

    model: Model
    scan: Scan
    prepared: PreparedInput
    x: torch.Tensor
    target: Target
    output: torch.Tensor
    meaning: OutputMeaning
    foreground: Mask
    forward_pass_seconds: float
    seed: int = 0
    network_scan: Scan | Prepared | None = None
    _cache: dict[object, Any] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of a map on the network's grid."""
        return tuple(self.x.shape[2:])

    @property
    def spacing(self) -> Doubles:
        """Voxel size of the network's grid in mm, along each axis."""
        return self.prepared.grid.spacing[: len(self.shape)]

    def make_changed_input(self, change: Callable[[Scan], Scan]) -> torch.Tensor:
        """Return the input for changed images, of ``x``'s shape; mask and transform stay the same."""
        import torch

        from viewer.scans.resample import resample

        source = self.scan if self.network_scan is None else self.network_scan
        if isinstance(source, Scan):
            prepared = self.model.prepare(apply_to_images(source, change))
        else:
            prepared = self.model.prepare(source.apply_to_images(change))
        if prepared.grid.same_as(self.prepared.grid):
            return prepared.tensor.to(self.x.device)
        # The change moved the head's bounding box, and the network's grid with it.
        channels = [
            resample(channel.numpy().reshape(prepared.grid.shape), prepared.grid, self.prepared.grid)
            for channel in prepared.tensor[0]
        ]
        return torch.from_numpy(np.stack(channels)).reshape(self.x.shape).to(self.x)

    @property
    def is_classification(self) -> bool:
        """Whether the target is a class of the whole scan, with a probability."""
        return self.output.dim() == 2 and self.meaning.kind is not OutputKind.VALUE

    @property
    def fixed_covariates_note(self) -> str:
        """Note that covariates were held at the person's own values; empty if there are none."""
        return covariates_note(self.scan)

    @cached_property
    def fit(self) -> FitReport:
        """Whether the scan is similar to the network's training scans."""
        from viewer.fit.check_fit import check_fit

        # Check the scan as prepared: the raw scan may not fit at all.
        preparation = (
            self.network_scan
            if self.network_scan is not None and not isinstance(self.network_scan, Scan)
            else "none"
        )
        return check_fit(
            self.model, self.scan, prepared=self.prepared, device=self.x.device, prepare=preparation
        )

    @cached_property
    def original_scores(self) -> tuple[float, float | None]:
        """S of the unmodified scan, and the class's probability."""
        batch = self._score_output(self.output)
        return float(batch.scores[0]), None if batch.probabilities is None else float(batch.probabilities[0])

    def score_inputs(
        self, make_input: Callable[[int], torch.Tensor], count: int, progress: Progress
    ) -> OutputScores:
        """Compute the outputs for ``count`` inputs of ``x``'s shape; ``make_input`` makes one by its number.

        Raises
        ------
        Cancelled
            When ``progress`` is cancelled.
        """
        import torch

        from viewer.jobs.memory import AdaptiveBatches, batch_size

        size = batch_size(ACTIVATION_FACTOR * self.x.nbytes, self.x.device, MAX_BATCH)
        batches: list[OutputScores] = []

        def run_batch(start: int, stop: int) -> torch.Tensor:
            progress.step(start, max(count, 1))
            inputs = torch.cat([make_input(number) for number in range(start, stop)])
            return compute_outputs(self.model, inputs, progress.without_reports())

        batches = [self._score_output(output) for output in AdaptiveBatches(count, size).run(run_batch)]
        progress.step(1, 1)
        probabilities = [batch.probabilities for batch in batches if batch.probabilities is not None]
        scores = np.concatenate([batch.scores for batch in batches]) if batches else np.zeros(0)
        return OutputScores(scores, np.concatenate(probabilities) if probabilities else None)

    def _score_output(self, output: torch.Tensor) -> OutputScores:
        output = output.detach().double().cpu()
        scores = self.target.score(output).numpy()
        has_probability = self.is_classification and self.target.subtracted_index is None
        probabilities = self.meaning.probabilities(output) if has_probability else None
        if probabilities is None:
            return OutputScores(scores, None)
        probability = probabilities[:, self.target.index]
        return OutputScores(scores, (probability if self.target.sign == 1 else 1 - probability).numpy())

    def load_references(self, method: Method, progress: Progress | None = None) -> References | None:
        """Return the reference scans that a method's parameters name; None if they name none.

        If the scan was prepared, they are prepared in the same way, which is reported to ``progress``.

        Raises
        ------
        ViewerError
            There are no such scans, or they cannot be prepared.
        """
        network_scan = self.scan if self.network_scan is None else self.network_scan
        grid = self.prepared.template_grid

        def prepare_references() -> References | None:
            references = make_references(method, self.model, self.x, grid, network_scan)
            if references is not None:
                references.prepare_all(progress or Progress())
            return references

        return self.cached(("references", method), prepare_references)

    def cached(self, key: object, compute: Callable[[], T]) -> T:
        """Return the result of ``compute``, computed once for all maps of this context."""
        if key not in self._cache:
            self._cache[key] = compute()
        result: T = self._cache[key]
        return result

    def is_cached(self, key: object) -> bool:
        """Return whether the result for a key has already been computed."""
        return key in self._cache

    def make_generator(self, *key: int) -> np.random.Generator:
        """Return a random generator seeded by this context's seed and the given numbers."""
        return np.random.default_rng([self.seed, *key])


def covariates_note(scan: Scan) -> str:
    """Return a note that checks hold the covariates at the person's own values; empty without any."""
    if not isinstance(scan, MultichannelScan) or not scan.covariates:
        return ""
    values = ", ".join(f"{name} {value:g}" for name, value in scan.covariates.items())
    return f"the checks change and explain only the images; held fixed: {values}"


def make_context(
    model: Model,
    scan: Scan,
    target: str | int | None = None,
    region: object = None,
    device: str = "auto",
    seed: int = 0,
    progress: Progress | None = None,
    prepare: str | Prepared = "none",
) -> CheckContext:
    """Run the network on a scan; the arguments are those of `viewer.explain`.

    Raises
    ------
    ViewerError
        The scan cannot be preprocessed, there is no such device or target, or the network processes the scan
        in windows.
    """
    from viewer.jobs.device import select_device
    from viewer.methods.region_parser import parse_region
    from viewer.methods.targets import resolve_target
    from viewer.models.sliding_window import make_sliding_windows
    from viewer.scans.foreground import foreground_mask
    from viewer.scans.resample import resample

    progress = progress or Progress()
    progress.step(0, 1, "Preparing the scan")
    applies_card = prepare == PreparationChoice.CARD
    network_scan = apply_preparation(
        model, scan, prepare, progress.subtask(0, 0.8) if applies_card else progress
    )
    progress = progress.subtask(0.8, 1) if applies_card else progress
    native = scan if isinstance(network_scan, Scan) else network_scan.native
    prepared = model.prepare(network_scan)
    if prepared.covariates:
        # Checks change only the image; covariates such as age keep the person's values.
        model = model.with_fixed_covariates(prepared.covariates)
        prepared = model.prepare(network_scan)
    windows = make_sliding_windows(model.card.input, tuple(prepared.tensor.shape[2:]))
    if windows is not None:
        manner, remedy = "in windows", "check it on a scan of the window size"
        if windows.covers_grid:
            manner, remedy = "with mirroring", "remove 'mirror_axes' from a copy of its card"
        raise MethodError(
            model.card.name, f"it processes this scan {manner}, but checks need a single pass", remedy
        )
    if len(prepared.tensor) > 1:
        raise MethodError(
            model.card.name,
            "it processes this scan slice by slice, but checks need a single pass",
            "check a network that takes volumes, or a single slice",
        )
    x = prepared.tensor.to(select_device(device))
    # Captured in advance: otherwise the first method's duration would include the capture.
    find_graph(model, x)
    output = compute_outputs(model, x)
    progress.step(0.5, 1, "Running the network")
    started = time.monotonic()
    compute_outputs(model, x)
    seconds = time.monotonic() - started
    is_dense = output.dim() > 2
    grid = prepared.grid.resized((*output.shape[2:], 1)[:3]) if is_dense else None
    meaning = model.output_meaning(output, x)
    resolved, _ = resolve_target(target, model.card, output, meaning, parse_region(region), grid)
    foreground = resample(foreground_mask(native.data).astype(np.float32), native.grid, prepared.grid) >= 0.5
    foreground = foreground.reshape(tuple(x.shape[2:]))
    if not foreground.any():
        foreground = np.ones_like(foreground)
    return CheckContext(
        model,
        scan,
        prepared,
        x,
        resolved,
        output.detach().cpu(),
        meaning,
        foreground,
        seconds,
        seed,
        network_scan,
    )


@dataclass(frozen=True, eq=False)
class Explanation:
    """A map of a scan, on the network's own grid.

    Parameters
    ----------
    context
        The network, the scan and the output that it explains.
    name
        Name of the map.
    values
        float32, shape ``context.shape``, summed over channels.
    method, layer
        The method and layer to recompute it with; None if this is not possible.
    unavailable_reason
        Why it cannot be recomputed; empty if it can.
    residual
        Difference from the sum that the method guarantees, if any.
    seconds
        Duration of its computation.
    notes
        Notes for the reader.
    recorded_family
        The family of the method, if it is known but the map cannot be recomputed.
    foreign_reason
        Why the map does not explain this context's output; empty if it does, or if this is unknown.
    sum_text
        The sum of a file's map with its terms, from its provenance (`Provenance.sum_text`).
    inputs
        Relevance of each of several inputs, as in `Provenance.inputs`.
    uncertainty
        What is known about the uncertainty of map and prediction, or that it was not measured.
    spread
        Spread of the predictions over an ensemble, dropout samples or small moves; None if not measured.
    """

    context: CheckContext
    name: str
    values: Floats
    method: Method | None = None
    layer: str | None = None
    unavailable_reason: str = ""
    residual: Residual | None = None
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    recorded_family: Family | None = None
    foreign_reason: str = ""
    sum_text: str = ""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    uncertainty: str = NOT_MEASURED
    spread: PredictionSpread | None = None

    @property
    def family(self) -> Family | None:
        """Family of its method, if known."""
        return self.recorded_family if self.method is None else self.method.family

    @property
    def is_signed(self) -> bool:
        """Whether a positive value means that a voxel supports the output.

        Gradients, signals and adversarial changes show importance by their magnitude alone.
        """
        return self.family not in (Family.FUNCTION, Family.SIGNAL, Family.ADVERSARIAL)

    @property
    def importance(self) -> Doubles:
        """Importance of each voxel for the output: its value in a signed map, else its magnitude."""
        values = self.values.astype(np.float64)
        return values if self.is_signed else np.abs(values)

    def head_problem(self) -> str:
        """Return why the importance of voxels in the head cannot be compared; empty if it can."""
        importance = self.importance[self.context.foreground]
        if not np.isfinite(importance).all():
            return "the map has values that are not finite"
        if not importance.any():
            return "the map is zero within the head"
        return "" if np.ptp(importance) > 0 else "the map is constant within the head"

    def recompute(
        self,
        progress: Progress,
        *,
        x: torch.Tensor | None = None,
        model: Model | None = None,
        target: Target | None = None,
        seed: int | None = None,
    ) -> Floats:
        """Recompute the map with the given changes, shape ``context.shape``.

        Raises
        ------
        MethodError
            It cannot be recomputed, or its values are not finite.
        Cancelled
            When ``progress`` is cancelled.
        """
        if self.method is None:
            raise MethodError(self.name, self.unavailable_reason or "it cannot be recomputed")
        context = self.context
        request = ExplanationRequest(
            model or context.model,
            context.x if x is None else x,
            target or context.target,
            self.layer,
            context.seed if seed is None else seed,
            progress,
            references=context.load_references(self.method, progress),
        )
        return sum_channels(self.method, self.method.explain(request).values)

    def to_map(self, values: Floats, name: str) -> Map:
        """Return values on the network's grid as a map that can be shown over the scan."""
        context = self.context
        grid = context.prepared.grid
        provenance = Provenance(
            method=CHECK_METHOD,
            model={"name": context.model.card.name, "hash": context.model.hash},
            scan={"name": context.scan.name, "hash": context.scan.hash},
            preparation=describe_preparation(context.network_scan),
            notes=(f"computed by a check of {self.name}",),
        )
        return Map(values.reshape(grid.shape), grid, name, provenance)


def sum_channels(method: Method, values: torch.Tensor) -> Floats:
    """Sum a method's values (1, C, spatial...) over channels; MethodError if they are not finite."""
    total = values.detach().to("cpu").float()[0].sum(dim=0)
    check_finite(method, total)
    return np.asarray(total.numpy(), dtype=np.float32)
