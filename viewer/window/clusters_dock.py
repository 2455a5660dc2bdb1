"""Clusters panel: size, peak and region of every cluster of the current map; a click goes to the peak."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QHideEvent,
    QIcon,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPixmap,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from viewer.methods.feature_visualization import is_feature_image
from viewer.number_format import format_number, format_share
from viewer.session.session import Session
from viewer.window.dock_panel import MIN_DOCK_WIDTH, DockPanel, ElidedLabel, as_sentence, make_label, set_text
from viewer.window.empty_states import no_map_reason
from viewer.window.translation import fill, format_numbers, translate_count

if TYPE_CHECKING:
    from viewer.progress import Progress
    from viewer.scans.cluster_table import ClusterRow
    from viewer.window.background_tasks import TaskRunner
    from viewer.window.display_pipeline import DisplayPipeline

MAX_ROWS = 200
"""Maximum number of clusters in the table, with their regions; the CSV file has all of them."""

PAUSE_MS = 120
MIN_TABLE_HEIGHT = 36
ROW = 22
DOT = 8
SORT_KEYS: tuple[Callable[[ClusterRow], Any], ...] = (
    lambda row: row.cluster.peak,
    lambda row: row.cluster.volume,
    lambda row: row.cluster.share,
    lambda row: row.region.casefold(),
    lambda row: row.cluster.peak_mm,
    lambda row: row.cluster.mean,
)
"""Sort key of each column."""

SHARE, REGION, PEAK_AT = 2, 3, 4
NUMBERS = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


def make_colour_dot(colour: str) -> QIcon:
    """Return a disc in one colour."""
    pixmap = QPixmap(4 * DOT, 4 * DOT)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawEllipse(pixmap.rect())
    painter.end()
    return QIcon(pixmap)


def _format_short(value: float) -> str:
    """Format a value with few digits to leave room for names; the tool tip shows four digits."""
    text = f"{value:.3g}" if abs(value) >= 0.01 else f"{value:.2g}"
    return format_numbers(text.replace("-", "−"))


class EdgeElidingDelegate(QStyledItemDelegate):
    """Delegate that elides text cut off by the edge of its table: "S10" would be read as "S1".

    A number that does not fit becomes "…": "1…6" would be read as a number.
    """

    def __init__(self, table: QTableWidget) -> None:
        super().__init__(table)
        self._table = table

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw the cell into its visible part."""
        visible = QStyleOptionViewItem(option)
        visible.rect = option.rect & self._table.viewport().rect()
        if index.data(Qt.ItemDataRole.TextAlignmentRole) != NUMBERS or visible.rect == option.rect:
            super().paint(painter, visible, index)
            return
        self.initStyleOption(visible, index)
        style, table = self._table.style(), self._table
        text_width = style.subElementRect(QStyle.SubElement.SE_ItemViewItemText, visible, table).width()
        margin = style.pixelMetric(QStyle.PixelMetric.PM_FocusFrameHMargin, visible, table) + 1
        if visible.fontMetrics.horizontalAdvance(visible.text) > text_width - 2 * margin:
            visible.text = "…"
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, visible, painter, table)


class ClusterTableWidget(QTableWidget):
    """Cluster table; Enter goes to the selected cluster, Ctrl+C copies the table."""

    enter_pressed = Signal()
    copy_pressed = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Handle Enter and Ctrl+C."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_pressed.emit()
        elif Qt.Key(event.key()) in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.enter_pressed.emit()
        else:
            super().keyPressEvent(event)


class ClustersDock(DockPanel):
    """Panel that follows the shown map and its threshold; measures on a background thread.

    Nothing is measured while the panel is hidden, nor while the threshold is being dragged.
    """

    atlas_requested = Signal()
    csv_requested = Signal()

    def __init__(
        self,
        session: Session,
        display: DisplayPipeline,
        tasks: TaskRunner,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("clusters", "Clusters", parent)
        self.setWindowTitle(self.tr("Clusters"))
        self._session = session
        self._display = display
        self._tasks = tasks
        self._rows: tuple[ClusterRow, ...] = ()
        self._displayed_rows: list[ClusterRow] = []
        self._request: object = None
        self._is_outdated = True
        self._measure_timer = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._measure_timer.timeout.connect(self._measure)
        self.table = self._make_table()
        self._summary_label = make_label(role="quiet")
        self._atlas_label = ElidedLabel("")
        self._atlas_label.setProperty("role", "quiet")
        self._warning_label = make_label(role="warning")
        self._atlas_button = QPushButton(self.tr("Atlas …"))
        self._copy_button = QPushButton(self.tr("Copy"))
        self._csv_button = QPushButton(self.tr("CSV …"))
        self._lay_out()
        display.map_changed.connect(lambda _: self._schedule_measurement())
        session.subscribe(
            self._schedule_measurement, "threshold", "sign", "smallest_cluster", "largest_clusters"
        )
        session.subscribe(self._on_atlas_changed, "atlas")
        session.subscribe(lambda: self._fill_table(self._rows), "hues")
        session.subscribe(self._show_no_rows_reason, "scan", "current", "maps")
        self._show_atlas()
        self._fill_table(())

    def _make_table(self) -> ClusterTableWidget:
        table = ClusterTableWidget(0, len(SORT_KEYS))
        table.setAccessibleName(self.tr("Clusters"))
        table.setHorizontalHeaderLabels(
            [self.tr("Peak"), self.tr("mm³"), "%", self.tr("Region"), self.tr("Peak at"), self.tr("Mean")]
        )
        tool_tips = (
            self.tr("Value farthest from zero"),
            self.tr("Volume, from whole voxels"),
            self.tr("Share of the map's sum of |values|"),
            self.tr("Region at the peak"),
            self.tr("Position of the peak in mm"),
            self.tr("Mean value"),
        )
        for column, tool_tip in enumerate(tool_tips):
            header_item = table.horizontalHeaderItem(column)
            assert header_item is not None
            header_item.setToolTip(tool_tip)
        table.verticalHeader().hide()
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setShowGrid(False)
        table.setWordWrap(False)
        # The side is at the end of a region's name and has to stay visible.
        table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        table.setIconSize(QSize(DOT, DOT))
        table.verticalHeader().setDefaultSectionSize(ROW)
        table.verticalHeader().setMinimumSectionSize(ROW)
        table.setTabKeyNavigation(False)
        table.setMinimumHeight(MIN_TABLE_HEIGHT)
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        for column in range(len(SORT_KEYS)):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionsClickable(True)
        header.setSortIndicatorShown(True)
        header.setSortIndicator(SHARE, Qt.SortOrder.DescendingOrder)
        header.setMinimumSectionSize(30)
        # The tool tips show what does not fit into a panel of the usual width.
        for position, column in enumerate((PEAK_AT, SHARE), 1):
            header.moveSection(header.visualIndex(column), position)
        table.setItemDelegate(EdgeElidingDelegate(table))
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        # Scrolling moves the painted pixels, and with them an ellipsis away from the edge.
        table.horizontalScrollBar().valueChanged.connect(lambda _: table.viewport().update())
        return table

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        for button in (self._atlas_button, self._copy_button, self._csv_button):
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            buttons.addWidget(button)
        self._atlas_button.setToolTip(self.tr("Open a label or probability image that names the regions"))
        self._copy_button.setToolTip(self.tr("Copy the whole table, for a spreadsheet"))
        self._csv_button.setToolTip(self.tr("Save the whole table as CSV"))
        self.foot.setContentsMargins(12, 8, 12, 8)
        self.foot.addWidget(self._summary_label)
        self.foot.addWidget(self.table, 1)
        self.foot.addWidget(self._warning_label)
        self.foot.addWidget(self._atlas_label)
        self.foot.addLayout(buttons)
        # The table has its own scroll bar, so the scroll area of the panel is not needed.
        self.area.hide()
        self.widget().setMinimumWidth(MIN_DOCK_WIDTH)
        self.table.cellClicked.connect(lambda row, _: self.go_to_row(row))
        self.table.horizontalHeader().sortIndicatorChanged.connect(lambda *_: self._fill_table(self._rows))
        self.table.enter_pressed.connect(lambda: self.go_to_row(self.table.currentRow()))
        self.table.copy_pressed.connect(self.copy)
        self._atlas_button.clicked.connect(lambda: self.atlas_requested.emit())
        self._copy_button.clicked.connect(self.copy)
        self._csv_button.clicked.connect(lambda: self.csv_requested.emit())

    # Public interface

    @property
    def rows(self) -> tuple[ClusterRow, ...]:
        """Clusters of the last measurement."""
        return self._rows

    def go_to_row(self, index: int) -> None:
        """Move the crosshair to the peak of the cluster in this row of the table."""
        if 0 <= index < len(self._displayed_rows):
            self._session.change(crosshair=self._displayed_rows[index].cluster.peak_mm)

    def copy(self) -> None:
        """Copy the table to the clipboard, with tabs between its columns."""
        if not self._rows:
            return
        import csv
        import io

        from viewer.scans.cluster_table import to_csv

        lines = csv.reader(io.StringIO(to_csv(self._rows), newline=""))
        QGuiApplication.clipboard().setText("\n".join("\t".join(line) for line in lines) + "\n")

    # Updates

    def showEvent(self, event: QShowEvent) -> None:
        """Measure what changed while the panel was hidden."""
        super().showEvent(event)
        if self._is_outdated:
            self._measure()

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop measuring."""
        super().hideEvent(event)
        self._measure_timer.stop()

    def _schedule_measurement(self) -> None:
        self._is_outdated = True
        self._request = None
        if self._display.prepared_map is None:
            self._fill_table(())
        elif self.isVisible():
            self._measure_timer.start()

    def _on_atlas_changed(self) -> None:
        self._show_atlas()
        self._schedule_measurement()

    def _show_atlas(self) -> None:
        atlas = self._session.atlas
        text = self.tr("No atlas is open: regions have no names.")
        tool_tip = self.tr("Open an atlas to name the regions.")
        if atlas is not None:
            text = f"{atlas.name}, {translate_count(len(atlas.regions), 'region')}"
            tool_tip = self.tr("The atlas must be in the same space as the map.")
        self._show_warning()
        self._atlas_label.setText(text)
        self._atlas_label.setToolTip(tool_tip)
        self.table.setColumnHidden(REGION, atlas is None)

    def _show_warning(self) -> None:
        """Show why region names may be wrong: because of the atlas's space, or of the sides they name."""
        from viewer.scans.atlas_space import atlas_warning
        from viewer.scans.region_side import side_warnings

        atlas = self._session.atlas
        warnings = [atlas_warning(atlas), *(side_warnings(self._rows) if atlas is not None else ())]
        set_text(self._warning_label, " ".join(as_sentence(warning) for warning in warnings if warning))

    def _measure(self) -> None:
        prepared = self._display.prepared_map
        self._is_outdated = False
        if prepared is None:
            self._fill_table(())
            return
        request = self._request = object()
        view, atlas, content = self._session.view, self._session.atlas, prepared.render_data
        cutoff = content.sorted_values[view.sign].cutoff(view.threshold)

        def measure(progress: Progress) -> list[ClusterRow] | None:
            from viewer.scans.cluster_table import cluster_table

            if request is not self._request:
                # A newer request is waiting.
                return None
            volume = content.volume
            return cluster_table(
                volume.values, volume.grid, cutoff, view.sign.number, view.smallest_cluster, atlas, progress,
                MAX_ROWS, view.largest_clusters,
            )  # fmt: skip

        def show_rows(rows: list[ClusterRow] | None) -> None:
            if rows is not None and request is self._request:
                self._fill_table(tuple(rows))

        self._tasks.run(measure, self.tr("Measuring clusters"), show_rows)

    # Showing

    def _show_no_rows_reason(self) -> None:
        if not self._rows:
            set_text(self._summary_label, self._summary_text(()))

    def _fill_table(self, rows: tuple[ClusterRow, ...]) -> None:
        self._rows = rows
        self._show_warning()
        header = self.table.horizontalHeader()
        # The clusters with the largest shares are listed, in the requested order.
        sorted_rows = self._displayed_rows = sorted(
            rows[:MAX_ROWS],
            key=SORT_KEYS[header.sortIndicatorSection()],
            reverse=header.sortIndicatorOrder() == Qt.SortOrder.DescendingOrder,
        )
        from viewer.scene.colormaps import sign_colormaps, to_hex

        hues = sign_colormaps(self._session.view.hues)
        icons = {sign: make_colour_dot(to_hex(hues.body(sign))) for sign in (1, -1)}
        self.table.clearContents()
        self.table.setRowCount(len(sorted_rows))
        for index, row in enumerate(sorted_rows):
            for column, item in enumerate(self._make_items(row, icons[row.cluster.sign])):
                self.table.setItem(index, column, item)
        for button in (self._copy_button, self._csv_button):
            button.setEnabled(bool(rows))
        self.table.setVisible(bool(rows))
        set_text(self._summary_label, self._summary_text(rows))

    def _make_items(self, row: ClusterRow, icon: QIcon) -> list[QTableWidgetItem]:
        from viewer.scene.slice_plane import format_point

        cluster = row.cluster
        peak_position = format_point(cluster.peak_mm)
        peak, mean = (QTableWidgetItem(_format_short(value)) for value in (cluster.peak, cluster.mean))
        peak.setIcon(icon)
        volume = QTableWidgetItem(fill("{:,.0f}", cluster.volume))
        share = QTableWidgetItem(format_numbers(format_share(cluster.share, unit="")))
        # Whole millimetres fit into a narrow column; the tool tip has the tenths.
        short_position = " ".join(
            f"{part[0]}{float(part[2:]):z.0f}" for part in peak_position.removesuffix(" mm").split("  ")
        )
        position, region = QTableWidgetItem(short_position), QTableWidgetItem(row.region)
        for item in (peak, mean, volume, share):
            item.setTextAlignment(NUMBERS)
        tool_tip = self._tool_tip(row, peak_position)
        items = [peak, volume, share, region, position, mean]
        for item in items:
            item.setToolTip(tool_tip)
        description = fill(
            self.tr("Cluster {}: {}, peak {:.3g} at {}"),
            row.number,
            row.region,
            cluster.peak,
            format_numbers(peak_position),
        )
        peak.setData(Qt.ItemDataRole.AccessibleTextRole, description)
        return items

    def _tool_tip(self, row: ClusterRow, peak_position: str) -> str:
        from viewer.scans.cluster_table import format_regions
        from viewer.scene.slice_plane import format_point

        cluster = row.cluster
        lines = [
            self.tr("Peak {} at {}").format(
                format_numbers(format_number(cluster.peak, 4)), format_numbers(peak_position)
            ),
            self.tr("Centre of mass {}").format(format_numbers(format_point(cluster.centre_mm))),
            fill(
                self.tr("{}, {:,.0f} mm³, mean {}"),
                translate_count(cluster.voxels, "voxel"),
                cluster.volume,
                format_numbers(format_number(cluster.mean, 4)),
            ),
        ]
        if row.regions:
            lines.append(format_numbers(format_regions(row.regions[:5])))
        return "\n".join(lines)

    def _summary_text(self, rows: tuple[ClusterRow, ...]) -> str:
        if not rows:
            layer = self._session.current_layer
            if layer is not None and layer.visible and is_feature_image(layer.map):
                return self.tr("This is an image, not a map: it has no clusters.")
            prepared = self._display.prepared_map
            if prepared is None:
                return no_map_reason(self._session)
            reason = prepared.render_data.no_values_reasons[self._session.view.sign]
            if reason:
                return as_sentence(f"the map {reason}")
            return self.tr("Nothing reaches the threshold.")
        share = format_numbers(format_share(sum(row.cluster.share for row in rows)))
        provenance = (
            None if self._session.current_layer is None else self._session.current_layer.map.provenance
        )
        activation = provenance is not None and provenance.method == "activation"
        quantity = self.tr("the activation") if activation else self.tr("all relevance")
        text = self.tr("1 cluster holds {} of {}.").format(share, quantity)
        if len(rows) > 1:
            text = fill(self.tr("{:,} clusters hold {} of {}."), len(rows), share, quantity)
        if len(rows) > MAX_ROWS:
            text += " " + self.tr("The {} with the largest shares are listed.").format(MAX_ROWS)
        prepared = self._display.prepared_map
        if prepared is not None and prepared.smoothing > 0:
            text += " " + fill(
                self.tr("Measured on the map smoothed by {:g} mm, not on its original values."),
                prepared.smoothing,
            )
        if prepared is not None and prepared.render_data.constant_note:
            text += " " + as_sentence(f"the map {prepared.render_data.constant_note}")
        return text
