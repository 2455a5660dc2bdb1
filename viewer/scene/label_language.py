"""Language of the texts within a picture, which whoever draws it decides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class LabelLanguage:
    """Functions that translate texts within a picture; the default leaves them in English.

    Parameters
    ----------
    caption
        Translates a map's name with what is said of it in brackets.
    sentence
        Translates other words.
    numbers
        Writes the numbers in a text as in the language: "0.5 mm" as "0,5 mm".
    """

    caption: Callable[[str], str] = str
    sentence: Callable[[str], str] = str
    numbers: Callable[[str], str] = str
