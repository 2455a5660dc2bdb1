"""Base classes of explanation methods: `Method`, its parameters, its request and its result.

A method is a frozen dataclass. Its fields are its parameters, declared with `parameter`; the window's form,
the command line's options, the table in the README and the tests all read that declaration. Torch is imported
only inside ``explain``, so that declarations can be read without it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from enum import StrEnum
from inspect import get_annotations
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from viewer.errors import MethodError
from viewer.parameters import Parameter as Parameter
from viewer.parameters import parameter as parameter
from viewer.progress import Progress
from viewer.scans.provenance import Residual, largest_residual

if TYPE_CHECKING:
    import torch

    from viewer.methods.reference_scans import References
    from viewer.models.model import Model
    from viewer.scans.grid import Grid
    from viewer.scans.template_transform import TemplateTransform


class Family(StrEnum):
    """Kind of result of a method; results are compared within a family, not across families."""

    FUNCTION = "function"
    SIGNAL = "signal"
    ATTRIBUTION = "attribution"
    ACTIVATION = "activation"
    PERTURBATION = "perturbation"
    ADVERSARIAL = "adversarial"
    NETWORK = "whole network"


class Requirement(StrEnum):
    """What a method requires of a model."""

    FORWARD = "forward"
    GRADIENT = "gradient"
    GRAPH = "graph"
    LAYER = "layer"
    COHORT = "cohort"
    PATTERNS = "patterns"
    GENERATORS = "generators"
    ATTENTION = "attention"


@dataclass(frozen=True)
class Target:
    """Explained scalar S: an output before any softmax, or a function of the outputs.

    For a dense prediction, S is the sum of the class's outputs over ``region``: None for the whole output,
    otherwise a tensor that broadcasts against the output's spatial axes (1 inside and 0 outside, or any
    weights). For a regression whose outputs stand for ``values``, S is their expected value under the softmax
    of the outputs, Σ p_k v_k, and ``index`` is not used. ``sign`` is −1 for the first of two classes that
    share one output: the lower the output, the more likely the class. With ``subtracted_index``, the index of
    another class, S is the difference of the two outputs: evidence for one class over the other.
    ``normalised`` gives every voxel of the region the same share in methods that decompose the output
    (`equal_share_factor`).
    """

    index: int
    name: str
    region: torch.Tensor | None = None
    values: tuple[float, ...] = ()
    sign: int = 1
    subtracted_index: int | None = None
    normalised: bool = False

    def output_gradient(self, output: torch.Tensor) -> torch.Tensor:
        """Return ∂S/∂output at ``output`` (N, classes, spatial...), in the same shape.

        For one class: ``sign`` (times the region's weights) at the class's outputs and 0 elsewhere; with
        ``subtracted_index``, the negative weights at the outputs of that class. For an expected value:
        p_k (v_k − S), its derivative with respect to the k-th output.
        """
        import torch

        if self.values:
            shares, meanings = self._probabilities_and_values(output)
            return shares * (meanings - (shares * meanings).sum(1, keepdim=True))
        mask = torch.zeros_like(output)
        weights = 1.0 if self.region is None else self.region.to(output)
        mask[:, self.index] = self.sign * weights
        if self.subtracted_index is not None:
            mask[:, self.subtracted_index] = -weights
        return mask

    def equal_share_factor(self, contributions: torch.Tensor) -> torch.Tensor:
        """Return a factor for contributions to S (N, classes, spatial...) that gives voxels equal shares.

        The factor is the region's weight divided by the voxel's sum of contributions: the map of each voxel
        is normalised by its sum before the maps are added (Chlebus et al. 2019). This is the sum that the map
        should have; maps of methods whose biases absorb relevance have other sums. A voxel whose sum is 0
        gets no share.
        """
        sums = contributions.sum(1, keepdim=True)
        weights = 1.0 if self.region is None else self.region.to(contributions)
        return weights * sums.reciprocal().where(sums != 0, sums)

    def score(self, output: torch.Tensor) -> torch.Tensor:
        """Compute S for every sample: shape (N,)."""
        if self.values:
            shares, meanings = self._probabilities_and_values(output)
            return (shares * meanings).sum(1)
        scores = output[:, self.index] if self.sign == 1 else -output[:, self.index]
        scores = scores if self.subtracted_index is None else scores - output[:, self.subtracted_index]
        weighted = scores if self.region is None else scores * self.region.to(output)
        return weighted.flatten(1).sum(1) if weighted.dim() > 1 else weighted

    def _probabilities_and_values(self, output: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the outputs' softmax and the value of each output."""
        return output.softmax(1), output.new_tensor(self.values)


@dataclass(frozen=True)
class ExplanationRequest:
    """Input of a method: a network, an input tensor and the target to explain.

    ``x`` has the shape (N, C, spatial...) and is on the device to compute on; it is never modified.
    ``layer`` is a module path for methods that need one. ``seed`` makes random draws reproducible.
    ``grid`` gives the positions of the voxels of ``x`` in mm, in its own axis order; None for a bare tensor.
    ``references`` are the reference scans named by a parameter of the method, if any.
    ``to_template`` maps these mm to the template's if the scan was registered to it.
    """

    model: Model
    x: torch.Tensor
    target: Target
    layer: str | None = None
    seed: int = 0
    progress: Progress = field(default_factory=Progress)
    grid: Grid | None = None
    references: References | None = None
    to_template: TemplateTransform | None = None


@dataclass(frozen=True)
class Attribution:
    """Result of a method: values of ``x``'s shape (or of a layer's map), in the output's units.

    ``residual`` is set if the method guarantees the sum of the values; ``notes`` are messages about this
    result for the reader. Values are never rescaled here: scaling is left to the display.
    """

    values: torch.Tensor
    residual: Residual | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Method(ABC):
    """Base class of explanation methods."""

    name: ClassVar[str]
    title: ClassVar[str]
    family: ClassVar[Family]
    requirements: ClassVar[frozenset[Requirement]]
    accepts_layer: ClassVar[bool] = False
    normalises_regions: ClassVar[bool] = False
    """Whether the method decomposes the output, so that the maps of a region's voxels can be normalised."""
    explains_covariates: ClassVar[bool] = False
    """Whether the method explains covariates together with the image; otherwise they are held fixed."""
    source: ClassVar[str]
    description: ClassVar[str]
    limitations: ClassVar[str]
    not_for: ClassVar[str] = ""
    """When not to use the method, and what to use instead: one or two sentences, shown in the guide."""

    @abstractmethod
    def explain(self, request: ExplanationRequest) -> Attribution:
        """Compute the attribution map of one request.

        `Cancelled` is raised when ``request.progress`` is cancelled.
        """

    def per_window(self) -> Method:
        """Return the method whose maps are summed if the network is run in windows."""
        return self

    def finish_windows(self, total: torch.Tensor, request: ExplanationRequest) -> torch.Tensor:
        """Compute the map from the sum of the windows' maps made by `per_window`."""
        return total

    @classmethod
    def parameters(cls) -> tuple[Parameter, ...]:
        """Return the declared parameters: the method's own in declaration order, then the inherited ones."""
        declared = []
        class_annotations = get_annotations(cls)
        for entry in sorted(fields(cls), key=lambda entry: entry.name not in class_annotations):
            if entry.default is MISSING:
                raise TypeError(f"{cls.__name__}.{entry.name} has no default")
            kind = type(entry.default)
            declared.append(Parameter(entry.name, kind, entry.default, **entry.metadata))
        return tuple(declared)

    @classmethod
    def from_parameters(cls, values: Mapping[str, object]) -> Self:
        """Return the method with some parameters set, from strings or typed values.

        Raises
        ------
        MethodError
            A name is not a parameter, or a value is not allowed.
        """
        parameters = {entry.name: entry for entry in cls.parameters()}
        for name in values:
            if name not in parameters:
                names = ", ".join(parameters) if parameters else "none"
                raise MethodError(cls.name, f"no parameter {name!r}", f"its parameters: {names}")
        return cls(
            **{name: _parse_value(parameters[name], value, cls.name) for name, value in values.items()}
        )

    @property
    def map_title(self) -> str:
        """Title of the map, with any parameter that distinguishes the maps of the method."""
        return self.title

    def parameter_values(self) -> dict[str, Any]:
        """Return the current parameter values as plain values; scans as their paths or names."""
        return {entry.name: _plain_value(getattr(self, entry.name)) for entry in fields(self)}


def _parse_value(parameter: Parameter, value: object, method: str) -> Any:
    """Convert and check a value; for a parameter that takes scans: a choice, a path, or scans and paths.

    Raises
    ------
    MethodError
        The value is not allowed, or a file does not exist.
    """
    from viewer.scans.scan import Scan

    if parameter.sizes:
        from viewer.methods.perturbation.window_size import WindowSize

        return WindowSize.parse(value, f"{method}, {parameter.name}").value
    if not parameter.scans or (isinstance(value, str) and value in parameter.choices):
        return parameter.parse(value, method)
    if isinstance(value, (list, tuple)):
        parts = (_parse_value(parameter, entry, method) for entry in value)
        return tuple(
            entry for parsed in parts for entry in (parsed if isinstance(parsed, tuple) else (parsed,))
        )
    if isinstance(value, Scan):
        return (value,)
    subject = f"{method}, {parameter.name}"
    if not isinstance(value, (str, Path)):
        raise MethodError(subject, f"{type(value).__name__} is not a scan", "give a file, a folder or a scan")
    from viewer.methods.scan_sources import is_source

    if not is_source(str(value)):
        choices = ", ".join((*parameter.choices, "a file or a folder of scans"))
        raise MethodError(subject, f"{str(value)!r} is neither a choice nor a file", f"choose {choices}")
    return str(value)


def _plain_value(value: Any) -> Any:
    """Return a parameter's value for a JSON file."""
    from viewer.scans.scan import Scan

    if isinstance(value, tuple):
        parts = [_plain_value(entry) for entry in value]
        return parts[0] if len(parts) == 1 else parts
    if isinstance(value, Scan):
        return value.name if value.path is None else str(value.path)
    return value


@dataclass(frozen=True)
class PerSampleMethod(Method):
    """Base class of methods that explain each sample independently."""

    def explain(self, request: ExplanationRequest) -> Attribution:
        """Compute the maps of the samples one by one; keep the residual with the largest relative size."""
        import torch

        count = len(request.x)
        results = []
        for index in range(count):
            subtask = request.progress.subtask(index / count, (index + 1) / count)
            results.append(
                self.explain_sample(replace(request, x=request.x[index : index + 1], progress=subtask))
            )
        request.progress.step(1, 1, self.title)
        worst = largest_residual(result.residual for result in results)
        notes = tuple(dict.fromkeys(note for result in results for note in result.notes))
        return Attribution(torch.cat([result.values for result in results]), worst, notes)

    @abstractmethod
    def explain_sample(self, request: ExplanationRequest) -> Attribution:
        """Compute the map of one sample (1, C, spatial...)."""
