"""Choice of the query token whose attention is shown."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from viewer.window.combo_box import ComboBox

CLASS_TOKEN, MEAN, CROSSHAIR = "class", "mean", "@"
"""Queries; `CROSSHAIR` is followed by its position."""


class QueryRow(QWidget):
    """Label and combo box; ``changed`` is emitted when another token is chosen."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.combo = ComboBox()
        self.combo.setAccessibleName(self.tr("Query"))
        self.combo.setToolTip(self.tr("The token whose attention is shown"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(QLabel(self.tr("Query")))
        layout.addWidget(self.combo, 1)
        self.combo.currentIndexChanged.connect(lambda _: self.changed.emit())

    @property
    def follows_crosshair(self) -> bool:
        """Whether the query is the patch at the crosshair."""
        return bool(self.combo.currentData() == CROSSHAIR)

    def list_queries(self, has_class_token: bool) -> None:
        """List the available tokens; keep the selected one, or select the first, without a signal."""
        queries = {MEAN: self.tr("mean over all tokens"), CROSSHAIR: self.tr("patch at the crosshair")}
        if has_class_token:
            queries = {CLASS_TOKEN: self.tr("class token")} | queries
        selected = self.combo.currentData()
        self.combo.blockSignals(True)
        self.combo.clear()
        for query, text in queries.items():
            self.combo.addItem(text, query)
        self.combo.setCurrentIndex(max(self.combo.findData(selected), 0))
        self.combo.blockSignals(False)

    def query_text(self, crosshair: Sequence[float]) -> str:
        """Return the query in the form of the method ``attention``."""
        query = str(self.combo.currentData())
        return (
            query + ",".join(f"{coordinate:g}" for coordinate in crosshair) if query == CROSSHAIR else query
        )
