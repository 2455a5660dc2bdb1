"""Translation of sentences from the layers below the window, with their values already filled in.

Fit checks, checks of maps, notes and errors are plain English text: the command line prints them, files store
them, and other processes send them. The window finds the template of a sentence, and fills the sentence's
values into the translation of the template. Sentences from a file, or from a worker process of a cohort, are
therefore translated as well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial

FIELD = re.compile(r"\{(\d+)\}")
"""Field of a template, such as ``{0}``."""

MAX_KEPT = 5000
"""Maximum number of cached translations of sentences and their parts."""

DEEPEST = 5
"""Maximum depth of templates within the values of templates."""

MIN_LETTERS = 4
"""Minimum letters of a template, outside its fields, to accept any value; templates with fewer, such as
"{0} to {1}", accept only quantities and single words."""

FEW_LETTERS, MANY_WORDS = 16, 6
"""A template with fewer letters does not accept an untranslated value of so many words: the text is another
sentence, which only ends alike."""

_NUMBER = re.compile(
    r"(?<![\w.,])(?P<sign>[-+−±]?)(?P<whole>\d{1,3}(?:,\d{3})+|\d+)(?P<rest>\.\d+)?(?P<share>\s?%)?(?![\w,]*\d|\.\d|\w*\.\w)"
)
_BETWEEN = re.compile(r"(?<=\d),(?= [-+−]?\d)")
_UNITS = re.compile(r"\b(mm|ml|l|s|ms|SD|GB|MB|kB|x|min|h|T|Hz|years)\b")
_ENDS = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9+−-])")


class SentenceCatalogue:
    """Translations of sentences by the templates that they are made from.

    Parameters
    ----------
    templates
        Translation of every template. Fields are numbered in the order of the English template; in the
        translation they may stand in any order.
    decimal_point, group_separator
        Number format of the values.
    """

    def __init__(
        self, templates: Mapping[str, str], decimal_point: str = ",", group_separator: str = "."
    ) -> None:
        self._exact_translations = {
            source: text for source, text in templates.items() if not FIELD.search(source)
        }
        parsed = (
            SentenceTemplate(source, text) for source, text in templates.items() if FIELD.search(source)
        )
        # The template with the most letters of its own is the most specific.
        self._templates = sorted(
            parsed, key=lambda template: (-template.letter_count, -template.literal_length)
        )
        self._decimal_point, self._group_separator = decimal_point, group_separator
        self._cache: dict[str, str] = {}

    def translate(self, sentence: str) -> str:
        """Return the translation of sentences, or of a quantity; empty if no template matches."""
        if len(self._cache) >= MAX_KEPT:
            self._cache.clear()
        return self._translate_cached(sentence, 0)

    def format_numbers(self, text: str) -> str:
        """Return a text with its numbers written as in the language: "1,234.5" as "1.234,5"."""

        def format_match(match: re.Match[str]) -> str:
            integer = match["whole"].replace(",", self._group_separator)
            fraction = (match["rest"] or "").replace(".", self._decimal_point)
            return f"{match['sign']}{integer}{fraction}" + ("\u00a0%" if match["share"] else "")

        found = _NUMBER.sub(format_match, text)
        # A comma cannot separate numbers with decimal commas: [0.1, 0.2] is [0,1; 0,2].
        return found if found == text else _BETWEEN.sub(";", found)

    def _translate_cached(self, text: str, depth: int) -> str:
        """Return the cached or new translation of a text; empty if there is none."""
        if depth > DEEPEST or not text.strip():
            return ""
        if text not in self._cache:
            self._cache[text] = self._translate_uncached(text, depth)
        return self._cache[text]

    def _translate_uncached(self, text: str, depth: int) -> str:
        if _is_quantity(text):
            return self.format_numbers(text)
        translation = (
            self._translate_sentence(text, depth)
            or self._translate_parts(text, depth, require_all=False)
            or self._translate_after_name(text, depth)
        )
        if translation or not text[0].isspace():
            return translation
        stripped = text.lstrip()
        translation = self._translate_cached(stripped, depth)
        return text.removesuffix(stripped) + translation if translation else ""

    def _translate_after_name(self, text: str, depth: int) -> str:
        """Return a text with the part after a name translated, such as the problem after a file's name."""
        name, colon, problem = text.partition(": ")
        translation = self._translate_cached(problem, depth + 1) if colon else ""
        return f"{self._translate_cached(name, depth + 1) or name}: {translation}" if translation else ""

    def _translate_sentence(self, text: str, depth: int) -> str:
        """Return the translation of one sentence, with or without a capital letter and a full stop."""
        bodies = [text]
        if text.endswith("."):
            bodies.insert(0, text[:-1])
        if text[0].isupper():
            bodies += [body[:1].lower() + body[1:] for body in bodies]
        matched = next((body for body in bodies if body in self._exact_translations), text)
        translation = self._exact_translations.get(matched) or self._translate_parts(
            text, depth, require_all=True
        )
        if not translation:
            matched, translation = self._translate_by_template(bodies, depth)
        if not translation:
            return ""
        stop = "." if len(matched) < len(text) else ""
        return (translation[:1].upper() + translation[1:] if text[0].isupper() else translation) + stop

    def _translate_parts(self, text: str, depth: int, *, require_all: bool) -> str:
        """Return several sentences translated; empty if one (``require_all``) or all have no translation."""
        for parts, joint in ((text.split("\n"), "\n"), (_ENDS.split(text), " "), (text.split("; "), "; ")):
            if len(parts) > 1:
                translations = [self._translate_cached(part, depth + 1) for part in parts]
                if all(translations) if require_all else any(translations):
                    pieces = (
                        translation or part for translation, part in zip(translations, parts, strict=True)
                    )
                    return joint.join(pieces)
        return ""

    def _translate_by_template(self, candidates: list[str], depth: int) -> tuple[str, str]:
        """Return the form of a sentence that matches the best template, and the translation."""
        for template in self._templates:
            for body in candidates:
                values = template.match(body)
                if values is None or (
                    template.letter_count < MIN_LETTERS and not all(map(_is_short, values))
                ):
                    continue
                translations = [self._translate_cached(value, depth + 1) for value in values]
                if template.letter_count < FEW_LETTERS and any(map(_is_untranslated, values, translations)):
                    continue
                filled = [text or value for text, value in zip(translations, values, strict=True)]
                return body, FIELD.sub(partial(_field_value, filled), template.translation)
        return "", ""


def _field_value(values: list[str], field: re.Match[str]) -> str:
    return values[int(field[1])]


class SentenceTemplate:
    """Template with its translation; it matches the sentences that were made from it."""

    def __init__(self, source: str, translation: str) -> None:
        self.translation = translation
        self._literals = FIELD.split(source)[::2]
        self._longest_literal = max(self._literals, key=len)
        self._first_literal, *self._middle_literals, self._last_literal = self._literals
        self.letter_count = sum(letter.isalpha() for piece in self._literals for letter in piece)
        self.literal_length = sum(map(len, self._literals))

    def match(self, text: str) -> tuple[str, ...] | None:
        """Return the filled-in values; None if the text was not made from this template.

        Each value is as short as possible. The time is linear in the length of the text, which may come from
        a file: a regular expression would try every way to place the pieces.
        """
        if self._longest_literal not in text or not text.startswith(self._first_literal):
            return None
        values, begin = [], len(self._first_literal)
        for piece in self._middle_literals:
            end = text.find(piece, begin)
            if end < 0:
                return None
            values.append(text[begin:end])
            begin = end + len(piece)
        end = len(text) - len(self._last_literal)
        if end < begin or not text.endswith(self._last_literal):
            return None
        return (*values, text[begin:end])


def _is_quantity(text: str) -> bool:
    """Return whether a text is a number, or several, with their units."""
    remainder = _UNITS.sub("", text)
    return any(letter.isdigit() for letter in remainder) and not any(letter.isalpha() for letter in remainder)


def _is_short(text: str) -> bool:
    """Return whether a text is a quantity or a single word, such as a file's name."""
    return " " not in text or _is_quantity(text)


def _is_untranslated(value: str, translation: str) -> bool:
    """Return whether a value is a whole sentence without a translation."""
    return not translation and len(value.split()) >= MANY_WORDS
