"""Read the steps of a worked case: every sentence of its numbered lists is an order or what is then seen."""

from __future__ import annotations

import re
from dataclasses import dataclass

from viewer.guide.markdown import prose

_ITEM = re.compile(r"^\d+\. (.*(?:\n {3}\S.*)*)", re.MULTILINE)
_LINK = re.compile(r"\[([^\]]+)\]\([^)]+\)")
_SENTENCE = re.compile(r"(?:\"[^\"]*\"|\*[^*]*\*|`[^`]*`|[^.])+\.(?= |$)")
_NAME = r"\*([^*]+)\*"
_QUOTED = re.compile(r'"([^"]+)"')
_PAIR = re.compile(rf"{_NAME} to (?:{_NAME}|`([^`]+)`)")
_JOINED = r"(?:, | and |, and )"

_FORMS = {
    "menu": rf"Choose {_NAME}",
    "panel": r"Open the (\w+) panel",
    "set": rf"Set {_PAIR.pattern}(?:{_JOINED}{_PAIR.pattern})*",
    "threshold": r"Set the threshold to `([^`]+)`",
    "tick": rf"Tick {_NAME}(?:{_JOINED}{_NAME})*",
    "untick": rf"Untick {_NAME}(?:{_JOINED}{_NAME})*",
    "press": rf"Press {_NAME}",
    "key": r"Press the key `([^`]+)`",
    "save": r"Save it as `([^`]+)`",
    "says": rf"The (\w+) panel says {_QUOTED.pattern}(?:{_JOINED}{_QUOTED.pattern})*",
    "lists": r"The (\w+) panel lists (two|three|four) maps",
    "status": rf"The status bar says {_QUOTED.pattern}",
    "hint": rf"The box says {_QUOTED.pattern}",
    "row": rf"Click {_NAME} in the list",
    "first": r"Click the first row",
    "wheel": r"Turn the wheel over the box (\w+) notches (up|down)",
    "drag": r"Drag in the box",
}


@dataclass(frozen=True)
class Step:
    """One sentence of a case.

    Parameters
    ----------
    kind
        Its form, such as ``press``.
    words
        What it names: controls, values, files, or texts that are seen.
    text
        The sentence.
    """

    kind: str
    words: tuple[str, ...]
    text: str


def read_steps(page: str) -> list[Step]:
    """Return the steps of a page's numbered lists, in order.

    Raises
    ------
    ValueError
        A sentence has none of the forms.
    """
    found = []
    for item in _ITEM.findall(prose(page)):
        plain = _LINK.sub(r"\1", " ".join(item.split()))
        sentences = [one.strip() for one in _SENTENCE.findall(plain)]
        if " ".join(sentences) != plain:
            raise ValueError(f"not sentences: {plain}")
        found += [_read(one) for one in sentences]
    return found


def _read(sentence: str) -> Step:
    for kind, form in _FORMS.items():
        match = re.fullmatch(form + r"\.", sentence)
        if match is None:
            continue
        if kind == "set":
            words = tuple(part for pair in _PAIR.findall(sentence) for part in (pair[0], pair[1] or pair[2]))
        elif kind in ("tick", "untick"):
            words = tuple(re.findall(_NAME, sentence))
        elif kind == "says":
            words = (match[1], *_QUOTED.findall(sentence))
        else:
            words = tuple(match.groups())
        return Step(kind, words, sentence)
    raise ValueError(f"no order and nothing that is seen: {sentence}")


def ending_files(page: str) -> list[str]:
    """Return the files that a case has written where it ends, as its last section names them."""
    return re.findall(r"`([\w-]+(?:\.\w+)+)`", page.partition("## Where it ends")[2])
