"""Maps panel: list of the computed and opened maps, and the provenance of the current one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from viewer.number_format import format_number
from viewer.scans.input_shares import SHARES_NOTE, input_shares
from viewer.scans.origin import Relation
from viewer.scene.colormaps import sign_colormaps, to_hex
from viewer.session.map_layer import MapLayer
from viewer.session.session import Session
from viewer.session.view import ColorMap
from viewer.window.dock_panel import DockPanel, ElidedLabel, as_sentence, make_label, set_text
from viewer.window.parameter_form import translate_label
from viewer.window.share_bars import ShareBars
from viewer.window.theme import make_icon, theme_colours
from viewer.window.translation import fill, format_numbers, translate_sentence

if TYPE_CHECKING:
    from viewer.scans.map import Map
    from viewer.scans.origin import Origin


MAX_VISIBLE_MAPS = 5
KEEP_SIZE, KEEP_ICON = QSize(24, 18), QSize(16, 16)


class ColourSwatch(QWidget):
    """Colours of a map: one, or one per sign."""

    def __init__(self, signed: bool) -> None:
        super().__init__()
        self._signs = (1, -1) if signed else (1,)
        self._colours: tuple[str, ...] = ()
        self.setFixedSize(14, 14)
        self.setToolTip(self.tr("Above and below zero") if signed else self.tr("Above zero"))

    @property
    def colours(self) -> tuple[str, ...]:
        """The colours of the signs, as ``#rrggbb``."""
        return self._colours

    def set_colormap(self, colormap: ColorMap) -> None:
        """Show the colours in which the map is drawn."""
        self._colours = tuple(to_hex(sign_colormaps(colormap).body(sign)) for sign in self._signs)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint a disc, in two halves for a signed map."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        box = self.rect().adjusted(1, 1, -1, -1)
        span = 360 * 16 // len(self._colours)
        for index, colour in enumerate(self._colours):
            painter.setBrush(QColor(colour))
            painter.drawPie(box, 90 * 16 + index * span, span)
        painter.end()


class MapRow(QWidget):
    """Row of the list: eye button, colours, name, and a short provenance."""

    eye_clicked = Signal()
    keep_clicked = Signal()

    def __init__(self, layer: MapLayer, icon_colour: str, origin: Origin) -> None:
        super().__init__()
        eye_button = QToolButton()
        eye_button.setIcon(make_icon("eye" if layer.visible else "eye-off", icon_colour))
        eye_button.setAutoRaise(True)
        eye_button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        eye_button.setToolTip(
            self.tr("Hide this map (Space)") if layer.visible else self.tr("Show this map (Space)")
        )
        label = self.tr("Hide {}") if layer.visible else self.tr("Show {}")
        eye_button.setAccessibleName(label.format(layer.map.name))
        eye_button.clicked.connect(lambda: self.eye_clicked.emit())
        is_kept = layer.look is not None
        keep_button = QToolButton()
        keep_button.setIcon(make_icon("keep" if is_kept else "keep-off", icon_colour))
        keep_button.setAutoRaise(True)
        keep_button.setFixedSize(KEEP_SIZE)
        keep_button.setIconSize(KEEP_ICON)
        keep_button.setStyleSheet("padding: 0;")
        keep_button.setCheckable(True)
        keep_button.setChecked(is_kept)
        keep_button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        keep_button.setToolTip(
            self.tr("Drawn with the other maps, with its own threshold and colours (K)")
            if is_kept
            else self.tr("Also draw it while another map is selected (K)")
        )
        keep_button.setAccessibleName(self.tr("Draw {} with the other maps").format(layer.map.name))
        keep_button.clicked.connect(lambda: self.keep_clicked.emit())
        name = ElidedLabel(layer.map.name)
        descriptions = (translate_sentence(origin.description), self._short_provenance(layer.map))
        description = ElidedLabel(" · ".join(part for part in descriptions if part))
        description.setProperty("role", "warning" if origin.is_from_other_scan else "quiet")
        text_column = QVBoxLayout()
        text_column.setSpacing(0)
        text_column.addWidget(name)
        if layer.map.warning:
            # On a separate line: a long warning would leave no room for the name.
            warning = ElidedLabel(translate_sentence(layer.map.warning))
            warning.setProperty("role", "warning")
            text_column.addWidget(warning)
        second = QHBoxLayout()
        second.setSpacing(4)
        second.addWidget(description, 1)
        second.addWidget(keep_button)
        text_column.addLayout(second)
        line = QHBoxLayout(self)
        line.setContentsMargins(5, 4, 6, 4)
        line.setSpacing(6)
        line.addWidget(eye_button)
        self.swatch = ColourSwatch(layer.map.signed)
        line.addWidget(self.swatch)
        line.addLayout(text_column, 1)

    def _short_provenance(self, map_: Map) -> str:
        provenance = map_.provenance
        if not provenance.method:
            computed = map_.path is None and bool(provenance.model)
            return self.tr("not an explanation") if computed else self.tr("from a file")
        # The name of a map computed here already contains its method and target.
        parts = [str(provenance.model.get("name", ""))]
        if map_.path is not None:
            parts = [", ".join(part for part in (provenance.method, provenance.target) if part)]
        residual = map_.residual
        if residual is not None and not map_.warning:
            zero_sum = self.tr("expected sum 0")
            parts.append(
                fill(self.tr("residual {:.2%}"), residual.relative) if residual.expected else zero_sum
            )
        return " · ".join(part for part in parts if part)


class MapList(QListWidget):
    """List of maps that emits signals for Delete, Space and K."""

    delete_pressed = Signal()
    space_pressed = Signal()
    keep_pressed = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Emit `delete_pressed` on Delete or Backspace, `space_pressed` on Space, `keep_pressed` on K."""
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.delete_pressed.emit()
        elif key == Qt.Key.Key_Space:
            self.space_pressed.emit()
        elif key == Qt.Key.Key_K and not event.modifiers():
            self.keep_pressed.emit()
        else:
            super().keyPressEvent(event)


class MapsDock(DockPanel):
    """Panel of the session's maps."""

    open_requested = Signal()
    save_requested = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__("maps", "Maps", parent)
        self.setWindowTitle(self.tr("Maps"))
        self._session = session
        self.map_list = MapList()
        self.map_list.setAccessibleName(self.tr("Maps"))
        self.map_list.setMinimumWidth(0)
        self.map_list.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.map_list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._empty_label = make_label(
            self.tr("No map yet. Select a method and compute one, or open a file."), "quiet"
        )
        self._provenance_label = make_label(role="quiet")
        self._origin_label = make_label(role="warning")
        self._residual_label = make_label()
        self._shares_title_label = make_label(self.tr("Share of |relevance|"), "quiet")
        self.share_bars = ShareBars()
        self._open_button = QPushButton(self.tr("Open …"))
        self._save_button = QPushButton(self.tr("Save …"))
        self._remove_button = QPushButton(self.tr("Remove"))
        buttons = QHBoxLayout()
        buttons.setSpacing(4)
        for button in (self._open_button, self._save_button, self._remove_button):
            button.setProperty("role", "narrow")
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            # Widths in proportion to the texts: in equal ones, the longest text would be cut off.
            buttons.addWidget(button, button.fontMetrics().horizontalAdvance(button.text()))
        self.column.addWidget(self.map_list)
        self.column.addWidget(self._empty_label)
        self.column.addLayout(buttons)
        self.column.addWidget(self._origin_label)
        self.column.addWidget(self._shares_title_label)
        self.column.addWidget(self.share_bars)
        self.column.addWidget(self._residual_label)
        self.column.addWidget(self._provenance_label)
        self.map_list.currentRowChanged.connect(self._on_row_chosen)
        self.map_list.delete_pressed.connect(self.remove_map)
        self.map_list.space_pressed.connect(self._toggle_current_visibility)
        self.map_list.keep_pressed.connect(self.toggle_kept)
        self.map_list.itemDoubleClicked.connect(lambda _: self.rename_map())
        self._open_button.clicked.connect(lambda: self.open_requested.emit())
        self._save_button.clicked.connect(lambda: self.save_requested.emit())
        self._remove_button.clicked.connect(self.remove_map)
        session.subscribe(self._fill, "maps", "theme", "scan", "model")
        session.subscribe(self._show_current, "current")
        session.subscribe(self._show_colours, "current", "maps", "hues")
        self._fill()

    def remove_map(self) -> None:
        """Remove the current map from the session."""
        if self._session.current is not None:
            self._session.remove_map(self._session.current)

    def rename_map(self) -> None:
        """Ask for a new name of the current map."""
        from PySide6.QtWidgets import QInputDialog

        index, layer = self._session.current, self._session.current_layer
        if index is None or layer is None:
            return
        title, label = self.tr("Rename map"), self.tr("Name in lists, legends, figures and files:")
        name, accepted = QInputDialog.getText(self, title, label, text=layer.map.name)
        if accepted and name.strip():
            self._session.rename_map(index, name)

    def toggle_kept(self) -> None:
        """Toggle whether the current map is also drawn while another one is selected."""
        if self._session.current is not None:
            self._toggle_kept(self._session.current)

    def _toggle_kept(self, index: int) -> None:
        self._session.keep_map(index, self._session.maps[index].look is None)

    def _toggle_current_visibility(self) -> None:
        if self._session.current is not None:
            self._toggle_visibility(self._session.current)

    def _toggle_visibility(self, index: int) -> None:
        self._session.set_visible(index, not self._session.maps[index].visible)

    def _on_row_chosen(self, row: int) -> None:
        if row >= 0:
            self._session.select_map(row)

    def _fill(self) -> None:
        ink = theme_colours(self._session.view.theme).text
        self.map_list.blockSignals(True)
        self.map_list.clear()
        for index, layer in enumerate(self._session.maps):
            origin = self._session.origin(layer.map)
            row = MapRow(layer, ink, origin)
            row.eye_clicked.connect(lambda index=index: self._toggle_visibility(index))
            row.keep_clicked.connect(lambda index=index: self._toggle_kept(index))
            item = QListWidgetItem()
            item.setSizeHint(QSize(10, row.sizeHint().height()))
            texts = (layer.map.name, *map(translate_sentence, (layer.map.warning, origin.description)))
            accessible_text = ", ".join(part for part in texts if part)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, accessible_text)
            self.map_list.addItem(item)
            self.map_list.setItemWidget(item, row)
        self.map_list.blockSignals(False)
        if self._session.maps:
            # Rows with a warning have one more line. There is always room for a second map.
            heights = [self.map_list.sizeHintForRow(row) for row in range(self.map_list.count())]
            visible = [*heights, heights[0]][: max(2, min(len(heights), MAX_VISIBLE_MAPS))]
            self.map_list.setFixedHeight(sum(visible) + 6)
        self.map_list.setVisible(bool(self._session.maps))
        self._empty_label.setVisible(not self._session.maps)
        self._show_colours()
        self._show_current()

    def _show_colours(self) -> None:
        """Show the colours of each map: its own if it is kept, else those of the current one."""
        for index, layer in enumerate(self._session.maps):
            row = self.map_list.itemWidget(self.map_list.item(index))
            if isinstance(row, MapRow):
                look = layer.look if index != self._session.current else None
                row.swatch.set_colormap(self._session.view.hues if look is None else look.hues)

    def _show_current(self) -> None:
        current = self._session.current
        self.map_list.blockSignals(True)
        self.map_list.setCurrentRow(-1 if current is None else current)
        self.map_list.blockSignals(False)
        self._save_button.setEnabled(current is not None)
        self._remove_button.setEnabled(current is not None)
        layer = self._session.current_layer
        set_text(self._origin_label, "" if layer is None else self._origin_text(layer))
        set_text(self._residual_label, "" if layer is None else self._residual_text(layer.map))
        self.share_bars.set_shares(() if layer is None else input_shares(layer.map.provenance.inputs))
        self._shares_title_label.setVisible(bool(self.share_bars.shares))
        set_text(self._provenance_label, "" if layer is None else self._provenance_text(layer.map))

    def _origin_text(self, layer: MapLayer) -> str:
        """Return warnings about the map's scan and network; empty if both are the current ones."""
        origin = self._session.origin(layer.map)
        lines = [translate_sentence(origin.warning)] if origin.warning else []
        if layer.hidden_for_scan:
            lines.append(self.tr("It is hidden; click the eye beside its name to show it."))
        if origin.other_model_text:
            lines.append(
                self.tr("It was made {}, not by the loaded network.").format(
                    translate_sentence(origin.other_model_text)
                )
            )
        if origin.scan_relation is Relation.UNKNOWN and origin.current_scan_name:
            unknown_scan = self.tr("This map does not record which scan it was computed from.")
            guess = self.tr("This map names {} as its scan, which cannot be verified.")
            lines.append(guess.format(origin.scan_name) if origin.scan_name else unknown_scan)
        return " ".join(lines)

    def _parameter_text(self, name: str, value: object) -> str:
        if isinstance(value, bool):
            value = self.tr("yes") if value else self.tr("no")
        return ": ".join(format_numbers(translate_label(str(text))) for text in (name, value))

    def _residual_text(self, map_: Map) -> str:
        residual = map_.residual
        if residual is None:
            return ""
        no_share, text = (
            self.tr("{}; it should add up to 0."),
            self.tr("{}; it should add up to {} ({} % off)."),
        )
        total = translate_sentence(map_.provenance.sum_text)
        expected = format_numbers(format_number(residual.expected, 4))
        total = f"{total[:1].upper()}{total[1:]}"
        if not residual.expected:
            return no_share.format(total)
        return text.format(total, expected, format_numbers(format_number(100 * residual.relative, 2)))

    def _provenance_text(self, map_: Map) -> str:
        provenance = map_.provenance
        lines = []
        if provenance.method:
            values = ", ".join(
                self._parameter_text(name, value)
                for name, value in provenance.parameters.items()
                if value != ""
            )
            lines.append(f"{provenance.method} ({values})" if values else provenance.method)
        if provenance.target:
            lines.append(self.tr("Target: {}").format(provenance.target))
        if provenance.uncertainty_text:
            lines.append(as_sentence(provenance.uncertainty_text))
        if provenance.seconds is not None:
            device = translate_sentence(provenance.device or "cpu")
            lines.append(fill(self.tr("{:.1f} s on {}"), provenance.seconds, device))
        # The bars already show the content of this note.
        notes = [note for note in provenance.notes if not note.startswith(SHARES_NOTE)]
        lines += map(translate_sentence, (*notes, *map_.notes))
        if not provenance.method and map_.path is not None:
            lines.insert(0, self.tr("File: {}").format(map_.path.name))
        return "\n".join(lines)
