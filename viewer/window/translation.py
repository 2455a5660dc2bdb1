"""Language of the window: English, or German from the files ``resources/translations/*_de.ts``.

Strings are marked as Qt's tools expect it: ``self.tr("…")`` in a widget, whose class is their context, and
`QCoreApplication.translate` elsewhere. The files are Qt Linguist's; ``pyside6-lupdate`` adds new strings to
that of the window. They are read as they are, so that no compiled copy of them can be out of date.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QObject, QSettings, QTranslator

from viewer.resource_files import resource_path

SETTING = "language"

METHODS, CHECKS = "methods", "checks"
"""Contexts of what methods and checks declare; their files have these names."""


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
        for path in paths:
            for context in ElementTree.parse(path).iter("context"):  # noqa: S314  shipped with the program
                name = context.findtext("name", "")
                for message in context.iter("message"):
                    self._add(name, message.findtext("source", ""), message.findtext("translation", ""))

    def _add(self, context: str, source: str, translation: str) -> None:
        if translation:
            self._by_context[context, source] = translation
            self._by_source.setdefault(source, translation)

    def translate(self, context: str, source: str, comment: str | None = None, number: int = -1) -> str:
        """Return the translation of a string; empty where there is none: Qt then takes the string itself."""
        return self._by_context.get((context, source)) or self._by_source.get(source, "")

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


def translate(context: str, text: str) -> str:
    """Return the translation of a text that no widget marks, or the text itself.

    The context is that of a module, or of what methods and checks declare.
    """
    return QCoreApplication.translate(context, text) if text else ""


def plane_name(name: str) -> str:
    """Return the name of an anatomical plane."""
    names = {
        "axial": translate("Planes", "axial"),
        "coronal": translate("Planes", "coronal"),
        "sagittal": translate("Planes", "sagittal"),
    }
    return names.get(name, name)
