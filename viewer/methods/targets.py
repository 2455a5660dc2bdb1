"""Targets, the explained scalars: a class's output, a regression's value, or a sum over a region.

For a regression with one output, the target is that output. If the outputs stand for values (bins), the
target is their expected value S = Σ p_k v_k under the softmax, which is differentiable: the gradient and
integrated gradients explain S itself. Methods that propagate relevance or multipliers from the outputs need a
sum of outputs to start from; they use each output times ∂S/∂z_k = p_k (v_k − S), the expected value
linearised at this scan, and a note says so. A single bin can also be the target.

"A minus B" is the difference of two outputs: evidence for one class over the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

import numpy as np

from viewer.errors import MethodError
from viewer.methods.base import Method, Requirement, Target
from viewer.methods.output_regions import (
    ComponentRegion,
    Mask,
    OutputRegion,
    Reduction,
    class_probability,
    is_everywhere,
)
from viewer.models.output_kind import OutputKind
from viewer.models.output_meaning import DECISION_THRESHOLD, OutputMeaning, output_names
from viewer.models.predict import count_voxels
from viewer.number_format import format_count

if TYPE_CHECKING:
    import torch

    from viewer.models.model_card import Card
    from viewer.scans.grid import Grid

LARGEST_OUTPUT = "max"
SMALLEST_OUTPUT = "min"
REGRESSION_VALUE = "value"
MINUS = " minus "
"""Separator of the names of two outputs whose difference is the target."""


def resolve_target(
    target: str | int | None,
    card: Card,
    output: torch.Tensor,
    meaning: OutputMeaning,
    region: OutputRegion,
    grid: Grid | None,
) -> tuple[Target, tuple[str, ...]]:
    """Return the explained scalar, and notes for the reader.

    Parameters
    ----------
    target
        As for `find_output`, including "A minus B"; for a regression also ``value``, the default (None). For
        a dense prediction, ``max`` and ``min`` are the classes with the most and the fewest voxels, and None
        is ``max``; if classes are mutually exclusive, None excludes the first, usually the background.
    card
        Names and kind of the outputs.
    output
        For one input: (1, outputs), or (1, outputs, spatial...) for a dense prediction.
    meaning
        Meaning of the outputs.
    region
        Region to sum over, for a dense prediction.
    grid
        Grid of the dense prediction; None if it has no position in space.

    Raises
    ------
    MethodError
        There is no such output, or the region is empty.
    """
    from viewer.models.model_card import ModelKind

    if output.dim() > 2:
        return _resolve_region_target(target, card, output, meaning, region, grid)
    value_wanted = target is None or (target == REGRESSION_VALUE and REGRESSION_VALUE not in card.classes)
    if card.kind is ModelKind.REGRESSION and value_wanted:
        if card.values and len(card.values) != output.shape[1]:
            raise MethodError(
                card.name,
                f"it has {format_count(output.shape[1], 'output')}, and its card names "
                f"{format_count(len(card.values), 'value')}",
                "correct the card, or name one output as the target",
            )
        if card.values:
            name = f"expected value in {card.unit}" if card.unit else "expected value"
            return Target(0, name, values=card.values), ()
        target = 0 if output.shape[1] == 1 else target
    resolved = find_output(target, card, output[0].double().tolist())
    if resolved.subtracted_index is not None:
        return resolved, (f"what is explained is the difference of two outputs, {resolved.name}",)
    if meaning.kind is OutputKind.MULTI_LABEL and target is None and output.shape[1] > 1:
        note = f"no label is named: {resolved.name} has the largest output; labels do not exclude each other"
        return resolved, (note,)
    return resolved, ()


def linearisation_notes(target: Target, method: Method) -> tuple[str, ...]:
    """Return a note if a method explains an expected value linearised in the outputs."""
    if not target.values or Requirement.GRAPH not in method.requirements:
        return ()
    return (
        "relevance starts from each output times the derivative of the expected value: it sums to the "
        "linearised expected value, not to the value itself",
    )


def _resolve_region_target(
    target: str | int | None,
    card: Card,
    output: torch.Tensor,
    meaning: OutputMeaning,
    region: OutputRegion,
    grid: Grid | None,
) -> tuple[Target, tuple[str, ...]]:
    import torch

    voxel_counts = count_voxels(output, meaning).double()
    if target is None and isinstance(region.unreduced, ComponentRegion):
        target = region.unreduced.find_class(output, meaning, grid)
    if target is None and meaning.kind is OutputKind.SOFTMAX and len(voxel_counts) > 1:
        target = 1 + int(voxel_counts[1:].argmax())
    if len(voxel_counts) == 1 and target in (None, LARGEST_OUTPUT) and len(card.classes) == 2:
        target = 1
    resolved = find_output(target, card, voxel_counts.tolist())
    if is_everywhere(region) and meaning.kind is OutputKind.VALUE:
        inside = region.compute_mask(output[0, resolved.index].float().cpu().numpy(), grid)
    else:
        shares = class_probability(output, resolved, meaning)
        inside = region.compute_mask(shares, grid, assigned_voxels(output, resolved, meaning))
    voxels = int(inside.sum())
    size = "" if grid is None else f", {voxels * grid.voxel_volume / 1000:.3g} ml"
    measure = "mean" if region.reduction is Reduction.MEAN else "sum"
    note = (
        f"what is explained is the {measure} of {resolved.name} over {format_count(voxels, 'voxel')} of the "
        f"prediction{size}"
    )
    if region.reduction is Reduction.NORMALISED:
        note += f"; the map of each voxel is divided by its expected sum, for a total of {voxels}"
    weights = torch.from_numpy(inside)
    if region.reduction is Reduction.MEAN:
        weights = weights.double() / voxels
    name = (
        resolved.name
        if resolved.subtracted_index is None
        else output_names(card, output.shape[1])[resolved.index]
    )
    body_note = (region.unreduced.describe(name),) if isinstance(region.unreduced, ComponentRegion) else ()
    notes = (note, *body_note, *((meaning.sentence,) if meaning.guess else ()))
    return replace(resolved, region=weights, normalised=region.reduction is Reduction.NORMALISED), notes


def assigned_voxels(output: torch.Tensor, target: Target, meaning: OutputMeaning) -> Mask | None:
    """Return the voxels (spatial...) of a dense prediction (1, outputs, spatial...) assigned to a class.

    With a softmax, these are the voxels where its output is the largest; otherwise, those where its
    probability exceeds the decision threshold. None if the outputs have no probability.
    """
    if meaning.kind is OutputKind.VALUE:
        return None
    if meaning.kind is OutputKind.SOFTMAX:
        return np.asarray((output[0].argmax(0) == target.index).cpu().numpy())
    return np.asarray(class_probability(output, target, meaning) > DECISION_THRESHOLD)


def find_output(target: str | int | None, card: Card, outputs: Sequence[float]) -> Target:
    """Find the requested output, as in `find_target`, or the difference of two, "A minus B".

    One output may stand for two classes.

    Raises
    ------
    MethodError
        There is no such output, or the two are the same one.
    """
    if isinstance(target, str) and MINUS in target and target not in card.classes:
        return _find_difference(target, card, outputs)
    if len(outputs) == 1 and len(card.classes) == 2:
        resolved = find_target(target, card.classes, (-outputs[0], outputs[0]))
        return Target(0, resolved.name, sign=1 if resolved.index else -1)
    return find_target(target, output_names(card, len(outputs)), outputs)


def _find_difference(target: str, card: Card, outputs: Sequence[float]) -> Target:
    """Find both outputs of "A minus B"; a name may itself contain " minus "."""
    parts = target.split(MINUS)
    problem: MethodError | None = None
    for count in range(1, len(parts)):
        names = MINUS.join(parts[:count]).strip(), MINUS.join(parts[count:]).strip()
        try:
            minuend, subtrahend = (find_output(name, card, outputs) for name in names)
        except MethodError as error:
            problem = problem or error
            continue
        if minuend.subtracted_index is not None or subtrahend.subtracted_index is not None:
            problem = problem or MethodError(
                f"target {target}", "is not the difference of two outputs", "name two different outputs"
            )
            continue
        if minuend.index == subtrahend.index and minuend.sign == subtrahend.sign:
            raise MethodError(f"target {target}", "is one output minus itself", "name two different outputs")
        if minuend.index == subtrahend.index:
            reason = "is a single output for both classes"
            raise MethodError(f"target {target}", reason, "name one of the two classes")
        return replace(
            minuend, name=f"{minuend.name}{MINUS}{subtrahend.name}", subtracted_index=subtrahend.index
        )
    assert problem is not None
    raise problem


def find_target(target: str | int | None, classes: Sequence[str], logits: Sequence[float]) -> Target:
    """Find the requested output.

    Parameters
    ----------
    target
        A class's name (as in the card; case is ignored where this is unambiguous), its index
        counted from 0, ``max`` or ``min`` for the largest or smallest output, or None for the largest.
    classes
        The names of the outputs; a name takes precedence over an index.
    logits
        The outputs for the input that is explained.

    Raises
    ------
    MethodError
        There is no such output.
    """
    count = len(logits)
    names = [classes[index] if index < len(classes) else str(index) for index in range(count)]
    if target is None or (target == LARGEST_OUTPUT and LARGEST_OUTPUT not in names):
        index = max(range(count), key=logits.__getitem__)
    elif target == SMALLEST_OUTPUT and SMALLEST_OUTPUT not in names:
        index = min(range(count), key=logits.__getitem__)
    else:
        index = _parse_index(target, names)
    return Target(index, names[index])


def _parse_index(target: str | int, names: Sequence[str]) -> int:
    if isinstance(target, str):
        exact = [index for index, name in enumerate(names) if name == target]
        similar = [index for index, name in enumerate(names) if name.casefold() == target.strip().casefold()]
        for matches in (exact, similar):
            if len(matches) == 1:
                return matches[0]
    number = _parse_number(target)
    if number is None:
        suggestions = get_close_matches(str(target), names, n=1)
        hint = f"did you mean {suggestions[0]!r}? " if suggestions else ""
        raise MethodError(f"target {target}", "the network has no such class", hint + _list_outputs(names))
    if not 0 <= number < len(names):
        raise MethodError(f"target {target}", "the network has no such output", _list_outputs(names))
    return number


def _parse_number(target: str | int) -> int | None:
    if isinstance(target, bool):
        return None
    try:
        return int(target)
    except ValueError:
        return None


def _list_outputs(names: Sequence[str]) -> str:
    listed = [f"{index} {name}" if name != str(index) else name for index, name in enumerate(names[:10])]
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return f"its outputs are {', '.join(listed)}{more}"
