"""Provenance of a map (method, model, scan, parameters), and the residual of its sum."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from viewer.number_format import format_number

if TYPE_CHECKING:
    from viewer.scans.scan import Scan

LOUD_RESIDUAL = 0.1
"""Relative residual above which a warning is shown with the map's name."""

MIN_ABSORBED = 1e-4
"""Share of the output from which absorption by biases or ε is reported."""

OUTPUT_ROUNDING = 1e-5
"""Relative difference of two outputs up to which it is attributed to float32 rounding.

In a network of three layers, outputs for a scan and an equal baseline differed by 2.4e-6 of their size.
"""

CANCELLING = 1e3
"""Ratio of the sum of a map's |values| to its expected sum above which a note reports cancellation."""

NOT_MEASURED = "uncertainty not measured"
"""Uncertainty entry of a map of one network and one input."""

NOT_FINISHED = "not finished"
"""Note of an intermediate map shown while a method runs."""


@dataclass(frozen=True)
class AbsorbedRelevance:
    """Relevance that biases and the stabilizer ε absorb by a method's definition.

    In units of the model's output; negative if they add relevance. Bach et al. 2015, eq. 56 to 58.
    ``constants`` is the relevance of values that the network adds or concatenates to the image: class token,
    position embeddings, padding.
    """

    biases: float
    stabiliser: float
    constants: float = 0.0

    @property
    def total(self) -> float:
        """Sum of the absorbed relevance."""
        return self.biases + self.stabiliser + self.constants

    @property
    def parts(self) -> dict[str, float]:
        """Absorbed relevance by part; ``constants`` only if not zero."""
        parts = {"biases": self.biases, "stabiliser": self.stabiliser}
        return parts | ({"constants": self.constants} if self.constants else {})


PART_NAMES = {
    "biases": "biases",
    "stabiliser": "ε",
    "constants": "class tokens, positions and padding",
}
"""Names of the parts of `AbsorbedRelevance` in texts."""


@dataclass(frozen=True)
class Residual:
    """Difference of a map's sum from the sum expected for its method, measured on the model's own grid.

    ``kind`` is "completeness" (expected: f(x) − f(baseline)) or "conservation" (expected: f(x) minus the
    ``absorbed`` relevance); ``expected`` and ``found`` are the two sums, in units of the model's output.
    ``sizes`` is the sum of the map's |values|; None if unknown. ``rounding`` is the absolute value up to
    which ``found`` counts as 0 if 0 is ``expected``: the rounding error of the outputs whose difference is
    expected.
    """

    kind: str
    expected: float
    found: float
    absorbed: AbsorbedRelevance | None = None
    sizes: float | None = None
    rounding: float = 0.0

    def with_output_rounding(self, output_size: float) -> Residual:
        """Return the residual, with 0 expected if the expected sum is rounding of outputs of this size."""
        rounding = OUTPUT_ROUNDING * output_size
        if abs(self.expected) > rounding:
            return self
        return replace(self, expected=0.0, rounding=rounding)

    @property
    def explained_output(self) -> float:
        """Explained output: the expected sum plus the absorbed relevance."""
        absorbed = self.absorbed
        return self.expected if absorbed is None else self.expected + absorbed.total

    @property
    def absolute(self) -> float:
        """|found − expected|, in units of the model's output."""
        return abs(self.found - self.expected)

    @property
    def relative(self) -> float:
        """|found − expected| / |expected|; if 0 is expected, 0 for a sum of 0 or rounding, else infinite."""
        if not self.expected:
            return float("inf") if abs(self.found) > self.rounding else 0.0
        return self.absolute / abs(self.expected)

    @property
    def warning(self) -> str:
        """``residual 28%`` above `LOUD_RESIDUAL`, ``cancelling noise`` above `CANCELLING`; otherwise, the
        absorbed relevance if it exceeds the output.
        """
        warnings = [text for text in (self._residual_warning, self._cancelling_warning) if text]
        if not warnings and self.absorption_exceeds_output:
            return self.absorbed_text.removesuffix("'s relevance")
        return ", ".join(warnings)

    @property
    def cancellation(self) -> float:
        """Sum of the map's |values| divided by the |explained output|; 0 if unknown."""
        return (
            self.sizes / abs(self.explained_output)
            if self.sizes is not None and self.explained_output
            else 0.0
        )

    @property
    def _cancelling_warning(self) -> str:
        return "cancelling noise" if self.is_cancelling else ""

    @property
    def is_cancelling(self) -> bool:
        """Whether the map's values cancel: it may have the correct sum and still be noise."""
        return self.cancellation > CANCELLING

    @property
    def _residual_warning(self) -> str:
        if self.relative <= LOUD_RESIDUAL:
            return ""
        if not self.expected:
            return f"residual: the sum is {self.found:.2g} instead of 0"
        if self.relative < 10:
            return f"residual {self.relative:.0%}"
        return f"residual {self.relative:.2g} times the expected sum"

    @property
    def absorption_exceeds_output(self) -> bool:
        """Whether the absorbed or added relevance exceeds the output; values are then not shares of it."""
        return abs(self.explained_output - self.expected) > abs(self.explained_output)

    @property
    def absorbed_text(self) -> str:
        """``biases absorbed 42% and ε added 0.3% of the output's relevance``; else empty."""
        absorbed, output = self.absorbed, self.explained_output
        if absorbed is None:
            return ""
        parts = {PART_NAMES[name]: part for name, part in absorbed.parts.items()}
        if not output:
            parts_text = [f"{name} absorbed {format_number(part, 2)}" for name, part in parts.items() if part]
            return f"{_enumerate(parts_text)} where the output is 0" if parts_text else ""
        parts_text = [
            f"{name} {'absorbed' if share > 0 else 'added'} {format_number(100 * abs(share), 2)}%"
            for name, share in ((name, part / output) for name, part in parts.items())
            if abs(share) >= MIN_ABSORBED
        ]
        return f"{_enumerate(parts_text)} of the output's relevance" if parts_text else ""


def _enumerate(parts: list[str]) -> str:
    """Return texts as ``A``, ``A and B``, or ``A; B and C``: they may contain commas."""
    return " and ".join(part for part in ("; ".join(parts[:-1]), parts[-1]) if part)


MAPPING_FIELDS = (
    "parameters", "model", "scan", "references", "prediction", "fit", "preparation", "relevance", "inputs",
    "software", "uncertainty",
)  # fmt: skip


@dataclass(frozen=True)
class Provenance:
    """Everything needed to recompute a map, and the network's prediction for the scan.

    ``prediction`` has the classes, their ``logits`` and, for classification, their ``probabilities``; for
    regression, the ``value`` and its ``unit``. It is empty if the network has an output at every voxel.
    ``inputs`` has, by name, each of several ``channels`` and each of the ``covariates``: the ``sum`` of its
    relevance and its ``share`` of the total |relevance|; also of the ``image`` if there are covariates.
    ``preparation`` describes the preparation of the scan for the network: its steps, the ``affine`` from the
    scan's mm to the template's, hash and method of the brain mask, versions, and problems; it is empty if the
    scan was used unprepared. ``relevance`` has the shares of |relevance| in the ``brain``, ``skull`` and
    ``air`` if a brain mask is known.
    ``references`` are the reference scans of the map, with their hashes, if the method's parameters name
    scans.
    ``fit`` has the verdict of the fit check and its checks; it is empty if there was no scan.
    ``title`` is the name shown to the user, unless the user gave a ``name``. ``state`` describes an
    unfinished computation, such as "stopped at step 97 of 256"; it is empty for a finished one.
    ``channel`` is the image whose part of a map this is; it is empty for the map of all inputs.
    ``uncertainty`` describes the ``members`` whose ``statistic`` ("mean" or "sd") the map is: their ``kind``,
    ``seed`` and, in words, number (``of``); it is empty for the map of one network and one input.
    """

    method: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    target: str = ""
    region: str = ""
    layer: str | None = None
    seed: int | None = None
    model: Mapping[str, Any] = field(default_factory=dict)
    scan: Mapping[str, Any] = field(default_factory=dict)
    references: Mapping[str, Any] = field(default_factory=dict)
    prediction: Mapping[str, Any] = field(default_factory=dict)
    fit: Mapping[str, Any] = field(default_factory=dict)
    preparation: Mapping[str, Any] = field(default_factory=dict)
    relevance: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, Any] = field(default_factory=dict)
    residual: Residual | None = None
    seconds: float | None = None
    device: str | None = None
    software: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    title: str = field(default="", compare=False)
    state: str = ""
    channel: str = ""
    uncertainty: Mapping[str, Any] = field(default_factory=dict)
    name: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        for name in MAPPING_FIELDS:
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    def __reduce__(self) -> tuple[type[Provenance], tuple[Any, ...]]:
        """Support pickling by reconstruction from copies, as mapping proxies cannot be pickled."""
        values = (getattr(self, entry.name) for entry in fields(self))
        return Provenance, tuple(dict(value) if isinstance(value, Mapping) else value for value in values)

    @property
    def uncertainty_text(self) -> str:
        """Description of the uncertainty: ``mean of 20 dropout samples``, or that it was not measured.

        Empty if the map was not computed by a method.
        """
        if not self.method:
            return ""
        if not self.uncertainty:
            return NOT_MEASURED
        phrases = {"mean": "mean of", "sd": "standard deviation over"}
        statistic, members = self.uncertainty["statistic"], self.uncertainty["of"]
        return f"{phrases.get(statistic, statistic)} {members}"

    @property
    def sum_text(self) -> str:
        """``the map sums to 48.5``; with covariates, whose relevance is in no voxel, the terms of the sum:
        ``map 0.736 + age 47.76 = 48.5``. Empty without a residual.
        """
        if self.residual is None:
            return ""
        map_sum = self.residual.found
        entries = self.inputs.get("covariates")
        covariates = entries.items() if isinstance(entries, Mapping) else ()
        sums = {name: entry.get("sum") for name, entry in covariates if isinstance(entry, Mapping)}
        numbers = {name: value for name, value in sums.items() if isinstance(value, int | float)}
        total = format_number(map_sum, 4)
        if not numbers or len(numbers) < len(covariates):
            return f"the map sums to {total}"
        terms = {"map": map_sum - sum(numbers.values())} | numbers
        return f"{' + '.join(f'{name} {format_number(value, 4)}' for name, value in terms.items())} = {total}"

    def as_json(self) -> dict[str, Any]:
        """Return plain values for a JSON sidecar, without empty entries."""
        entries: dict[str, Any] = {}
        for name in self.__dataclass_fields__:
            value = getattr(self, name)
            if isinstance(value, Mapping):
                value = dict(value)
            if isinstance(value, Residual):
                residual_entries = {key: entry for key, entry in asdict(value).items() if entry is not None}
                if not value.rounding:
                    del residual_entries["rounding"]
                if value.absorbed is not None:
                    residual_entries["absorbed"] = value.absorbed.parts
                value = residual_entries | {"absolute": value.absolute, "relative": value.relative}
            if value not in (None, "", {}, ()):
                entries[name] = list(value) if isinstance(value, tuple) else value
        return entries


def largest_residual(residuals: Iterable[Residual | None]) -> Residual | None:
    """Return the residual with the largest relative size; None if there is none."""
    return max(
        (entry for entry in residuals if entry is not None),
        key=lambda residual: residual.relative,
        default=None,
    )


def describe_scan(scan: Scan) -> dict[str, Any]:
    """Return the scan's name, hash, path and volume as plain values; for several images, those of each.

    An image that was aligned to the first has the matrix of its ``alignment``, from the mm of its file.
    """
    from viewer.scans.aligned_image import alignment_matrix
    from viewer.scans.multichannel_scan import MultichannelScan

    entries: dict[str, Any] = {"name": scan.name, "hash": scan.hash}
    is_single = not isinstance(scan, MultichannelScan) or len(scan.images) == 1
    origin = {"path": scan.path and str(scan.path), "volume": scan.volume if is_single else None}
    entries |= {name: value for name, value in origin.items() if value is not None}
    alignment = None if isinstance(scan, MultichannelScan) else alignment_matrix(scan)
    if alignment is not None:
        entries["alignment"] = alignment.tolist()
    if isinstance(scan, MultichannelScan):
        entries["channels"] = {name: describe_scan(image) for name, image in scan.images.items()}
        if scan.covariates:
            entries["covariates"] = dict(scan.covariates)
    return entries


def describe_volumes(scan: Mapping[str, Any]) -> str:
    """Return the volumes of a scan in words; empty if its files hold one volume each.

    Parameters
    ----------
    scan
        Entries of `describe_scan`, or of a map's provenance.

    Returns
    -------
    str
        ``volume 3``; for several images, with their channel names: ``volumes 0 (T1), 1 (FLAIR)``.
    """
    channels = scan.get("channels")
    if not isinstance(channels, Mapping) or len(channels) < 2:
        volume = scan.get("volume")
        return f"volume {volume}" if isinstance(volume, int) else ""
    volumes = {
        str(name): image["volume"]
        for name, image in channels.items()
        if isinstance(image, Mapping) and isinstance(image.get("volume"), int)
    }
    listed = ", ".join(f"{volume} ({name})" for name, volume in volumes.items())
    return f"volume{'s' * (len(volumes) > 1)} {listed}" if listed else ""
