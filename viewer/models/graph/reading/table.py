"""Every ATen operator that can be read, and the reading of a list of calls."""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType

from viewer.models.graph.operators.passed import PASSED
from viewer.models.graph.reading import (
    attention,
    linear,
    norms,
    pointwise,
    pools,
    reductions,
    shapes,
    sizes,
)
from viewer.models.graph.reading.call import Call
from viewer.models.graph.reading.draft import Draft
from viewer.models.graph.reading.passed import passed
from viewer.models.graph.reading.translator import Translations

TRANSLATIONS: Translations = MappingProxyType(
    {
        target: translator
        for family in (linear, pools, pointwise, norms, shapes, reductions, attention, sizes)
        for target, translator in family.TRANSLATIONS.items()
    }
)
"""ATen operator to what reads it."""


def readable(target: str) -> bool:
    """Whether an operator can be read."""
    return target in TRANSLATIONS or target in PASSED or target in sizes.CHECKS


def read(calls: Iterable[Call], draft: Draft) -> None:
    """Add what some calls do to a draft, in order.

    Raises
    ------
    CaptureError
        One of them cannot be read; the line names it, its module and its source.
    """
    for call in calls:
        if call.target in sizes.CHECKS:
            continue
        draft.begin(call)
        translator = TRANSLATIONS.get(call.target, passed)
        try:
            names = translator(call, draft)
        except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError) as error:
            # Only a file that was tampered with says what makes no sense to torch itself.
            raise call.refused(f"makes no sense: {str(error).partition(chr(10))[0]}") from error
        draft.end((names,) if isinstance(names, str) else names)
