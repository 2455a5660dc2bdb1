"""What this program is, and what it is not for."""

from __future__ import annotations

import platform

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from viewer.window.icons import pixmap
from viewer.window.panel import text
from viewer.window.theme import ACCENT


class About(QDialog):
    """Name, version, purpose, licence, the libraries' versions, and what to cite."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        from importlib.metadata import PackageNotFoundError, version

        try:
            number = version("saliency-viewer")
        except PackageNotFoundError:
            number = self.tr("from a checkout")
        self.setWindowTitle(self.tr("About Saliency Viewer"))
        picture = QLabel()
        picture.setPixmap(pixmap("app", ACCENT, 56))
        words = QVBoxLayout()
        words.addWidget(text("Saliency Viewer", "title"))
        words.addWidget(text(number, "quiet"))
        words.addWidget(
            text(self.tr("Shows why a neural network decides what it decides about a brain scan."))
        )
        words.addWidget(text(self.tr("Not for diagnosis."), "warning"))
        words.addWidget(
            text(self.tr("A map shows what a network used, not what is there. MIT licence."), "quiet")
        )
        libraries = text(", ".join(versions()), "quiet")
        libraries.setAccessibleName(self.tr("Versions"))
        words.addWidget(libraries)
        words.addWidget(
            text(self.tr("Please cite the method of a map (named in its panel) and this program."), "quiet")
        )
        words.addStretch(1)
        line = QHBoxLayout()
        line.setSpacing(16)
        line.addWidget(picture)
        line.addLayout(words, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 14)
        column.setSpacing(14)
        column.addLayout(line)
        column.addWidget(buttons)
        self.setMinimumWidth(420)
        # Lines that are wrapped ask for more height than they take.
        self.resize(420, self.heightForWidth(420))


def versions() -> tuple[str, ...]:
    """Return what is computed and drawn with, each with its version; what is not installed is left out."""
    from importlib.metadata import PackageNotFoundError, version

    found = [f"Python {platform.python_version()}"]
    for name, package in (
        ("Qt", "PySide6-Essentials"),
        ("VTK", "vtk"),
        ("torch", "torch"),
        ("NiBabel", "nibabel"),
    ):
        try:
            found.append(f"{name} {version(package)}")
        except PackageNotFoundError:
            continue
    return tuple(found)
