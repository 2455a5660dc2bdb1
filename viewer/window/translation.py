"""Language of the window: English, or German from the files ``resources/translations/*_de.ts``.

Strings are marked as Qt's tools expect it: ``self.tr("…")`` in a widget, whose class is their context, and
`QCoreApplication.translate` elsewhere. The files are Qt Linguist's; ``pyside6-lupdate`` adds new strings to
that of the window. They are read as they are, so that no compiled copy of them can be out of date.
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
"""Contexts of what methods and checks declare; their files have these names."""

SENTENCES = "sentences"
"""Context of sentences that are made below the window; its strings are templates with numbered fields."""

CAPTION = re.compile(r"(?P<name>.*?)(?: \((?P<remarks>[^()]+)\))?(?: \[(?P<unit>[^\[\]]+)\])?")
"""A map's name, what is said of it, and its unit."""

NUMBERS = "numbers"
"""Context of texts in which nothing but their numbers is translated."""


class Language(StrEnum):
    """Language that is chosen for the window; ``SYSTEM`` is the desktop's, or English where it is another."""

    SYSTEM = "system"
    ENGLISH = "en"
    GERMAN = "de"


class LinguistTranslator(QTranslator):
    """Translator that reads Qt Linguist's source files (``.ts``).

    A string that is missing in its own context is looked up in the others: widgets of derived classes and
    declarations of other packages name contexts that nobody wrote.

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

        A ``comment`` is what is looked up in place of the string, which is the answer where that is missing.
        """
        if context == SENTENCES:
            return self._sentences.translate(source) or source
        if context == NUMBERS:
            return self._sentences.format_numbers(source)
        known = comment or source
        return self._by_context.get((context, known)) or self._by_source.get(known, source)

    def isEmpty(self) -> bool:
        """Return whether there is no translation at all."""
        return not self._by_context


def chosen_language(settings: QSettings | None, argument: str | None = None) -> Language:
    """Return the language that the command line or the settings name; the system's where neither does."""
    named = argument or str(settings.value(SETTING, "") if settings is not None else "")
    return Language(named) if named in list(Language) else Language.SYSTEM


def resolve_language(language: Language, system: QLocale | None = None) -> Language:
    """Return English or German; of `Language.SYSTEM`, what the desktop's first language is."""
    if language is not Language.SYSTEM:
        return language
    first = next(iter((system or QLocale.system()).uiLanguages()), "")
    return Language.GERMAN if first.partition("-")[0].partition("_")[0] == "de" else Language.ENGLISH


def translation_files(language: Language) -> list[Path]:
    """Return the files of a language; none of English, in which the program is written."""
    return sorted(resource_path("translations").glob(f"*_{language}.ts"))


def install_translators(app: QCoreApplication, language: Language) -> None:
    """Let an application speak a language; widgets that exist already keep their texts."""
    language = resolve_language(language)
    paths = translation_files(language)
    if not paths:
        return
    # Qt's own buttons and dialogs. Its translator is asked first, and knows none of this program's contexts.
    app.installTranslator(LinguistTranslator(paths, app))
    of_qt = QTranslator(app)
    if of_qt.load(f"qtbase_{language}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        app.installTranslator(of_qt)


def set_number_locale(language: Language) -> None:
    """Let spin boxes that are made from now on write numbers as the language does, whatever the system's.

    Otherwise a German window says "0,5" beside a box with "0.5", and 1,000 permutations are one.
    """
    QLocale.setDefault(QLocale(str(resolve_language(language))))


def translate(context: str, text: str, known_as: str | None = None) -> str:
    """Return the translation of a text that no widget marks, or the text itself.

    The context is that of a module, or of what methods and checks declare. ``known_as`` is what the
    translations have instead of the text; it is not shown where there is none.
    """
    return QCoreApplication.translate(context, text, known_as) if text else ""


def translate_sentence(text: str) -> str:
    """Return the translation of a sentence that was made below the window, or the sentence itself."""
    return translate(SENTENCES, text)


def translate_count(count: int, one: str, many: str = "") -> str:
    """Return a number of things in the window's language, see `viewer.number_format.format_count`."""
    return translate_sentence(format_count(count, one, many))


def translate_caption(text: str) -> str:
    """Return a map's caption whose remarks in brackets and unit are translated: "a map (residual 28%)"."""
    found = CAPTION.fullmatch(text)
    if found is None:
        return text
    remarks, unit = found["remarks"] or "", found["unit"] or ""
    whole = translate_sentence(remarks)
    if whole == remarks:
        whole = ", ".join(map(translate_sentence, remarks.split(", ")))
    if not any(map(str.isalpha, remarks)):
        whole = remarks
    unit = translate_sentence(unit) if unit else ""
    return found["name"] + (f" ({whole})" if whole else "") + (f" [{unit}]" if unit else "")


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
