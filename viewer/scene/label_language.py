"""Language of the texts within a picture, chosen by the caller."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class LabelLanguage:
    """Functions that translate texts within a picture; the default leaves them in English.

    Parameters
    ----------
    caption
        Translates a map's name, including remarks in brackets.
    sentence
        Translates other texts.
    numbers
        Formats the numbers in a text for the language: "0.5 mm" as "0,5 mm".
    """

    caption: Callable[[str], str] = str
    sentence: Callable[[str], str] = str
    numbers: Callable[[str], str] = str
