"""Maps made ready to be checked: by a method, or from a file whose provenance says how to make it again."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from viewer.checks.compare import correlation
from viewer.checks.subject import Case, Subject, summed
from viewer.errors import ScanError, ViewerError
from viewer.methods.method import Family, Method, Question
from viewer.progress import Progress
from viewer.scans.map import Map
from viewer.scans.origin import Relation, origin_of

SAME = 0.999
"""The correlation from which a file's map counts as the one that its provenance describes."""


def case_of_method(
    subject: Subject, method: Method, layer: str | None = None, progress: Progress | None = None
) -> Case:
    """The method's map of the subject.

    Raises
    ------
    MethodError
        The method cannot explain this network.
    Cancelled
        When ``progress`` says so.
    """
    progress = progress or Progress()
    began = time.monotonic()
    question = Question(subject.model, subject.x, subject.target, layer, subject.seed, progress)
    answer = method.explain(question)
    values = summed(answer.values)
    seconds = time.monotonic() - began
    return Case(
        subject, method.title, values, method, layer, "", answer.residual, seconds, tuple(answer.notes)
    )


def case_of_map(subject: Subject, found: Map, progress: Progress | None = None) -> Case:
    """A map from a file or a list, carried onto the network's voxels.

    Where its provenance names this network, this scan and a method, it is made again, so that what follows
    is not a matter of resampling; where that gives another map, or none, the file's own values are checked,
    and what needs the method says why it cannot be done.

    Raises
    ------
    ScanError
        The map lies nowhere, is empty, or does not lie where the scan lies.
    Cancelled
        When ``progress`` says so.
    """
    plain = case_as_it_is(subject, found)
    if plain.why:
        return plain
    from viewer.methods.registry import find

    made = found.provenance
    try:
        method = find(made.method).of(made.parameters)
        case = case_of_method(subject, method, made.layer, progress)
    except ViewerError as error:
        return replace(plain, why=f"it could not be made again ({error})")
    alike = correlation(_as_carried(case, found), found.data)
    if not alike >= SAME:
        said = f"made again, it comes out otherwise (correlation {alike:.3f})"
        return replace(plain, why=said, notes=(said,))
    said = f"made again as its provenance says, it comes out the same (correlation {alike:.4f})"
    return Case(
        subject, found.name, case.values, method, made.layer, "", case.residual, case.seconds, (said,)
    )


def case_as_it_is(subject: Subject, found: Map) -> Case:
    """A map carried onto the network's voxels and not made again.

    Raises
    ------
    ScanError
        The map lies nowhere, is empty, or does not lie where the scan lies.
    """
    from viewer.scans.resample import resample

    if found.grid is None:
        raise ScanError(found.name, "is a map of a bare tensor, which has no place in space")
    carried = resample(np.nan_to_num(found.data), found.grid, subject.prepared.grid)
    if not carried.any():
        raise ScanError(found.name, "is zero wherever the network looks", "is it a map of this scan?")
    foreign = why_foreign(subject, found)
    why = foreign or _why_not(subject, found)
    made = found.provenance
    return Case(
        subject,
        found.name,
        carried.reshape(subject.shape),
        why=why,
        residual=found.residual,
        seconds=made.seconds or 0.0,
        kind=_family(made.method),
        foreign=foreign,
    )


def _as_carried(case: Case, found: Map) -> np.ndarray:
    """The new map on the voxels of the file."""
    from viewer.scans.resample import resample

    assert found.grid is not None
    grid = case.subject.prepared.grid
    return resample(case.values.reshape(grid.shape), grid, found.grid)


def _family(method: str) -> Family | None:
    """The family of a method by its name; None where there is no such method."""
    from viewer.methods.registry import methods

    known = methods().get(method)
    return None if known is None else known.family


def why_foreign(subject: Subject, found: Map) -> str:
    """Tell why a map is known not to explain this output of this network for this scan; empty else.

    A map that does not say what it was made from is not known to be foreign.
    """
    origin = origin_of(found, subject.scan, subject.model.hash)
    made = found.provenance
    if origin.model is Relation.OTHER:
        return "the map was made from another network"
    if origin.from_other_scan:
        return "the map was made from another scan"
    if made.method and not made.target:
        return "the map explains no output"
    if made.target and made.target != subject.target.name:
        return f"the map explains {made.target}, not {subject.target.name}"
    return ""


def _why_not(subject: Subject, found: Map) -> str:
    """Why a map cannot be made again; empty where it can."""
    made = found.provenance
    if not made.method:
        return "the map does not say which method made it"
    if made.model.get("hash") != subject.model.hash:
        return "the map does not say which network it was made from"
    if made.seed is not None and made.seed != subject.seed:
        return f"the map was drawn with the seed {made.seed}, and the checks with {subject.seed}"
    return ""
