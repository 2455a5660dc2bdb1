"""Language of the window: English, or German from the files ``resources/translations/*_de.ts``.

Strings are marked as Qt's tools expect it: ``self.tr("…")`` in a widget, whose class is their context, and
`QCoreApplication.translate` elsewhere. The files are in Qt Linguist's format; ``pyside6-lupdate`` adds new
strings to the file of the window. They are read directly, so no compiled copy can be out of date.
"""

from __future__ import annotations

import re
from enum import StrEnum
from numbers import Real
from pathlib import Path
from string import Formatter
from typing import Any

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QObject, QSettings, QTranslator

from viewer.errors import ViewerError
from viewer.number_format import format_count
from viewer.resource_files import resource_path
from viewer.window.sentence_catalogue import SentenceCatalogue

SETTING = "language"

METHODS, CHECKS = "methods", "checks"
"""Contexts of the strings declared by methods and checks; their files have these names."""

SENTENCES = "sentences"
"""Context of sentences from the layers below the window; its strings are templates with numbered fields."""

CAPTION = re.compile(r"(?P<name>.*?)(?: \((?P<remarks>[^()]+)\))?(?: \[(?P<unit>[^\[\]]+)\])?")
"""Name, remarks and unit in the caption of a map."""

NUMBERS = "numbers"
"""Context of texts in which only the numbers are localised."""


class Language(StrEnum):
    """Language chosen for the window; ``SYSTEM`` is the desktop's, or English if it is not available."""

    SYSTEM = "system"
    ENGLISH = "en"
    GERMAN = "de"


class LinguistTranslator(QTranslator):
    """Translator that reads Qt Linguist's source files (``.ts``).

    A string that is missing in its own context is looked up in the others: widgets of derived classes and
    declarations of other packages name contexts that the files do not have.

    Parameters
    ----------
    paths
        The files.
    """

    def __init__(self, paths: list[Path], parent: QObject | None = None) -> None:
        super().__init__(parent)
        # Not needed in English, nor before the first paint.
        from xml.etree import ElementTree

        self._by_context: dict[tuple[str, str], str] = {}
        self._by_source: dict[str, str] = {}
        sentences: dict[str, str] = {}
        for path in paths:
            for context in ElementTree.parse(path).iter("context"):  # noqa: S314  shipped with the program
                name = context.findtext("name", "")
                for message in context.iter("message"):
                    source, text = message.findtext("source", ""), message.findtext("translation", "")
                    if name == SENTENCES:
                        sentences[source] = text
                    else:
                        self._add(name, source, text)
        self._sentences = SentenceCatalogue(sentences)

    def _add(self, context: str, source: str, translation: str) -> None:
        if translation:
            self._by_context[context, source] = translation
            self._by_source.setdefault(source, translation)

    def translate(self, context: str, source: str, comment: str | None = None, number: int = -1) -> str:
        """Return the translation of a string, or the string itself: PySide shows nothing for an empty one.

        A ``comment`` is looked up instead of the string; if it is missing, the string is returned.
        """
        if context == SENTENCES:
            return self._sentences.translate(source) or source
        if context == NUMBERS:
            return self._sentences.format_numbers(source)
        key = comment or source
        return self._by_context.get((context, key)) or self._by_source.get(key, source)

    def isEmpty(self) -> bool:
        """Return whether there is no translation at all."""
        return not self._by_context


def find_chosen_language(settings: QSettings | None, language_argument: str | None = None) -> Language:
    """Return the language given on the command line or in the settings; else that of the system."""
    name = language_argument or str(settings.value(SETTING, "") if settings is not None else "")
    return Language(name) if name in list(Language) else Language.SYSTEM


def resolve_language(language: Language, system: QLocale | None = None) -> Language:
    """Return English or German; for `Language.SYSTEM`, German if it is the desktop's first language."""
    if language is not Language.SYSTEM:
        return language
    first = next(iter((system or QLocale.system()).uiLanguages()), "")
    return Language.GERMAN if first.partition("-")[0].partition("_")[0] == "de" else Language.ENGLISH


def translation_files(language: Language) -> list[Path]:
    """Return the files of a language; none for English, the source language."""
    return sorted(resource_path("translations").glob(f"*_{language}.ts"))


def install_translators(app: QCoreApplication, language: Language) -> None:
    """Set the language of an application; existing widgets keep their texts."""
    language = resolve_language(language)
    paths = translation_files(language)
    if not paths:
        return
    # For Qt's own buttons and dialogs. It is searched first, but has none of this program's contexts.
    app.installTranslator(LinguistTranslator(paths, app))
    of_qt = QTranslator(app)
    if of_qt.load(f"qtbase_{language}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        app.installTranslator(of_qt)


def set_number_locale(language: Language) -> None:
    """Set the number format of spin boxes created from now on to that of the language.

    With the system's, a German window could show "0,5" beside a box with "0.5", and read 1,000 as one.
    """
    QLocale.setDefault(QLocale(str(resolve_language(language))))


def translate(context: str, text: str, lookup_text: str | None = None) -> str:
    """Return the translation of a text that is not marked in a widget, or the text itself.

    The context is that of a module, or of the strings declared by methods and checks. ``lookup_text`` is
    looked up instead of the text; the text is returned if there is no translation.
    """
    return QCoreApplication.translate(context, text, lookup_text) if text else ""


def translate_sentence(text: str) -> str:
    """Return the translation of a sentence from the layers below the window, or the sentence itself."""
    return translate(SENTENCES, text)


def translate_count(count: int, singular: str, plural: str = "") -> str:
    """Return a count with its noun in the window's language, see `viewer.number_format.format_count`."""
    return translate_sentence(format_count(count, singular, plural))


def translate_caption(text: str) -> str:
    """Return a map's caption with its remarks in brackets and its unit translated: "a map (residual 28%)"."""
    match = CAPTION.fullmatch(text)
    if match is None:
        return text
    remarks, unit = match["remarks"] or "", match["unit"] or ""
    translated = translate_sentence(remarks)
    if translated == remarks:
        translated = ", ".join(map(translate_sentence, remarks.split(", ")))
    if not any(map(str.isalpha, remarks)):
        translated = remarks
    unit = translate_sentence(unit) if unit else ""
    return match["name"] + (f" ({translated})" if translated else "") + (f" [{unit}]" if unit else "")


def error_sentence(error: ViewerError) -> str:
    """Return `ViewerError.sentence` in the window's language."""
    return error.sentence(translate_sentence)


def format_numbers(text: str) -> str:
    """Return a text whose numbers are written as in the window's language, such as "0,5" for "0.5"."""
    return translate(NUMBERS, text)


class _Filler(Formatter):
    """Formatter that writes numbers as in the window's language."""

    def format_field(self, value: Any, format_spec: str) -> Any:
        text = super().format_field(value, format_spec)
        return format_numbers(text) if isinstance(value, Real) else text


def fill(template: str, *values: object) -> str:
    """Return ``template.format(*values)`` with numbers as in the window's language."""
    return _Filler().vformat(template, values, {})


def plane_name(name: str) -> str:
    """Return the name of an anatomical plane."""
    names = {
        "axial": translate("Planes", "axial"),
        "coronal": translate("Planes", "coronal"),
        "sagittal": translate("Planes", "sagittal"),
    }
    return names.get(name, name)
