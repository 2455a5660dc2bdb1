"""Check whether a method can run on a model and scan, and on which layers, before it is started."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from viewer.methods.base import Requirement
    from viewer.models.model import Model
    from viewer.scans.scan import Scan


def unavailable_reason(
    method: str | None,
    model: Model | None,
    scan: Scan | None,
    layer: str | None = None,
    parameters: Mapping[str, Any] | None = None,
) -> str:
    """Return why this method cannot run now, as a sentence; empty if it can."""
    if scan is None:
        return "Open a scan first."
    if model is None:
        return "Open a model first."
    from viewer.models.preprocessing import describe_missing_inputs

    if model.card.input is None:
        return "The model's card does not describe its input, so no scan can be given to it."
    problem = describe_missing_inputs(scan, model.card, model.covariates)
    if problem:
        return f"The network {problem}."
    if method is None:
        return "Choose a method."
    from viewer.methods.base import Requirement
    from viewer.methods.registry import find_method

    requirements = find_method(method).requirements
    if Requirement.GRAPH in requirements and model.no_graph_reason:
        return f"This method follows the network's operators, and {model.no_graph_reason} does not show them."
    if Requirement.COHORT in requirements:
        return "This method learns from many scans; run it from the command line."
    if Requirement.LAYER in requirements and layer is None:
        return "This method explains a layer; choose one."
    return _missing_file_reason(requirements, model, parameters or {})


def _missing_file_reason(
    requirements: frozenset[Requirement], model: Model, parameters: Mapping[str, Any]
) -> str:
    """Return which required file is neither set nor next to the model; empty if none."""
    from viewer.methods.base import Requirement
    from viewer.methods.patterns.pattern_net import find_pattern_file as patterns_beside
    from viewer.models.training.generator_files import find_generators as generators_beside

    ending = (
        "and none are next to the network. Create them with saliency-viewer {}, or enter their file here."
    )
    needs_patterns = Requirement.PATTERNS in requirements and parameters.get("estimator") != "filter"
    if needs_patterns and not parameters.get("patterns") and patterns_beside(model) is None:
        return f"This method needs the network's patterns, {ending.format('patterns fit')}"
    if (
        Requirement.GENERATORS in requirements
        and not parameters.get("generators")
        and generators_beside(model) is None
    ):
        return f"This method needs generators, {ending.format('train generators')}"
    return ""


def leaf_modules(model: Model) -> tuple[tuple[str, str], ...]:
    """Return path and type of every leaf module of a network, in the network's order."""
    return tuple(
        (path, type(module).__name__)
        for path, module in model.module().named_modules()
        if path and not any(True for _ in module.children())
    )
