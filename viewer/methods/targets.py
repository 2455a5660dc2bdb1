"""Which of a network's outputs is explained."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from viewer.errors import MethodError
from viewer.methods.method import Target

LARGEST = "max"
SMALLEST = "min"


def find_target(wanted: str | int | None, classes: Sequence[str], logits: Sequence[float]) -> Target:
    """The output that is meant.

    Parameters
    ----------
    wanted
        A class's name (as the card has it; capitals do not matter where that leaves one class), its index
        counted from 0, ``max`` or ``min`` for the largest or smallest output, or None for the largest.
    classes
        The names of the outputs; a name is taken before an index.
    logits
        The outputs for the input that is explained.

    Raises
    ------
    MethodError
        No output is meant by that.
    """
    count = len(logits)
    names = [classes[index] if index < len(classes) else str(index) for index in range(count)]
    if wanted is None or (wanted == LARGEST and LARGEST not in names):
        index = max(range(count), key=logits.__getitem__)
    elif wanted == SMALLEST and SMALLEST not in names:
        index = min(range(count), key=logits.__getitem__)
    else:
        index = _index(wanted, names)
    return Target(index, names[index])


def _index(wanted: str | int, names: Sequence[str]) -> int:
    if isinstance(wanted, str):
        exact = [index for index, name in enumerate(names) if name == wanted]
        alike = [index for index, name in enumerate(names) if name.casefold() == wanted.strip().casefold()]
        for found in (exact, alike):
            if len(found) == 1:
                return found[0]
    number = _number(wanted)
    if number is None:
        near = get_close_matches(str(wanted), names, n=1)
        said = f"did you mean {near[0]!r}? " if near else ""
        raise MethodError(f"target {wanted}", "the network has no such class", said + _outputs(names))
    if not 0 <= number < len(names):
        raise MethodError(f"target {wanted}", "the network has no such output", _outputs(names))
    return number


def _number(wanted: str | int) -> int | None:
    if isinstance(wanted, bool):
        return None
    try:
        return int(wanted)
    except ValueError:
        return None


def _outputs(names: Sequence[str]) -> str:
    shown = [f"{index} {name}" if name != str(index) else name for index, name in enumerate(names[:10])]
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return f"its outputs are {', '.join(shown)}{more}"
