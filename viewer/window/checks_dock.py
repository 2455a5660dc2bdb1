"""Checks panel of the current map: value, small plot, interpretation and limitations of each check."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QBrush, QColor, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QTreeWidgetItem,
    QWidget,
)

from viewer.methods.feature_visualization import is_feature_image
from viewer.session.session import Session
from viewer.window.chart_text import format_chart_numbers, translate_chart
from viewer.window.check_tasks import (
    REGION_CHECK,
    CheckRequest,
    CheckSelection,
    check_region_removal,
    run_map_checks,
    write_report,
)
from viewer.window.check_tree import CheckTree
from viewer.window.dock_panel import DockPanel, as_sentence, make_label, set_text
from viewer.window.empty_states import no_check_reason
from viewer.window.preparation_tasks import has_same_preparation
from viewer.window.status_bar import format_duration
from viewer.window.theme import ACCENT, theme_colours
from viewer.window.translation import CHECKS, translate, translate_sentence

if TYPE_CHECKING:
    from viewer.checks.base import CheckResult
    from viewer.jobs.worker import Job
    from viewer.progress import Progress
    from viewer.scans.map import Map
    from viewer.session.map_layer import MapLayer
    from viewer.window.controller import Controller
    from viewer.window.display_pipeline import DisplayPipeline
    from viewer.window.file_dialogs import FileDialogs

CHECK_ROLE = Qt.ItemDataRole.UserRole
QUESTION_ROLE = Qt.ItemDataRole.UserRole + 1
VERDICT_SYMBOLS = {"holds": "✓", "doubtful": "~", "fails": "✗", "open": "–"}
"""Symbol of each verdict, so that its colour is not the only cue."""

SLOW_CHECKS = ("sensitivity-n", "randomisation", "repeatability", "stability")
"""Checks that compute the map many times; not selected by default."""

MAX_PLOT_WIDTH, MIN_PLOT_WIDTH = 420, 180
PLOT_MARGINS = 24
"""Margins of the panel left and right of a plot, in pixels."""


class ChecksDock(DockPanel):
    """Panel that follows the session's current map. Results stay with their map, and are saved with it."""

    mask_requested = Signal()

    def __init__(
        self,
        session: Session,
        controller: Controller,
        display: DisplayPipeline,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("trust", "Trust", parent)
        self.setWindowTitle(self.tr("Trust"))
        self._session = session
        self._controller = controller
        self._display = display
        self._selections: dict[Map, CheckSelection] = {}
        self._mask_path: Path | None = None
        self._file_dialogs: FileDialogs | None = None
        self._job: Job[Any] | None = None
        self._status_label = make_label(role="quiet")
        self._covariates_label = make_label(role="quiet")
        self._covariates_label.setAccessibleName(self.tr("Covariates held fixed by the checks"))
        self._summary_label = make_label()
        self._summary_label.setAccessibleName(self.tr("Summary of the checks"))
        self.tree = self._make_tree()
        self._plot_label = QLabel()
        self._plot_label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._conclusion_label = make_label()
        self._details_label = make_label(role="quiet")
        self._limitations_label = make_label(role="quiet")
        self.check_button = QPushButton(self.tr("Check this map"))
        self.check_button.setProperty("role", "main")
        self.region_button = QPushButton(self.tr("Occlude region"))
        self.region_button.setToolTip(
            self.tr(
                "Occlude the region at the crosshair, at the current threshold, and run the network again"
            )
        )
        self.maps_button = QPushButton(self.tr("Add its maps to the list"))
        self.maps_button.setToolTip(self.tr("Add the maps that this check computed to the list of maps"))
        self.mask_button = QPushButton(self.tr("Mask …"))
        self.mask_button.setToolTip(
            self.tr("Choose a mask of the region known to be relevant, to compare it with the map")
        )
        self.report_button = QPushButton(self.tr("Report …"))
        self.report_button.setToolTip(self.tr("Save all results as one HTML page"))
        self._lay_out()
        session.subscribe(
            self._show,
            "preparation",
            "threshold",
            "sign",
            "smoothing",
            "current",
            "maps",
            "model",
            "scan",
            "theme",
        )
        self._show()

    def _make_tree(self) -> CheckTree:
        tree = CheckTree()
        tree.setAccessibleName(self.tr("Checks"))
        tree.setHeaderLabels([self.tr("Check"), self.tr("Number")])
        tree.currentItemChanged.connect(lambda *_: self._on_selection_changed())
        return tree

    def _lay_out(self) -> None:
        self.head.addWidget(self._summary_label)
        # The lines that come and go are below the list: its rows stay where the mouse is about to click.
        for widget in (
            self.tree,
            self._status_label,
            self._covariates_label,
            self._conclusion_label,
            self._plot_label,
            self._details_label,
        ):
            self.column.addWidget(widget)
        for low in (self.maps_button, self._limitations_label):
            self.column.addWidget(low)
        grid = QGridLayout()
        grid.setSpacing(6)
        grid.addWidget(self.check_button, 0, 0)
        grid.addWidget(self.report_button, 0, 1)
        grid.addWidget(self.region_button, 1, 0)
        grid.addWidget(self.mask_button, 1, 1)
        grid.setColumnStretch(0, 5)
        grid.setColumnStretch(1, 3)
        for button in (self.check_button, self.report_button, self.region_button, self.mask_button):
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.foot.setContentsMargins(12, 6, 12, 8)
        self.foot.addLayout(grid)
        self.check_button.clicked.connect(self.run)
        self.region_button.clicked.connect(self.occlude_region)
        self.maps_button.clicked.connect(self._add_maps)
        self.mask_button.clicked.connect(lambda: self.mask_requested.emit())
        self.report_button.clicked.connect(self.ask_report)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Draw the plot at the available width."""
        super().resizeEvent(event)
        self._show_selected_result()

    def fill_checks(self) -> None:
        """List the checks. Called after the window is shown, as their declarations need NumPy."""
        from viewer.checks import method_agreement
        from viewer.checks.runner import list_checks

        self.tree.clear()
        rows = [(entry.name, entry.title, entry.question) for entry in list_checks().values()]
        rows.append((method_agreement.NAME, method_agreement.TITLE, method_agreement.QUESTION))
        for name, title, question in (
            *rows,
            (REGION_CHECK, self.tr("This region"), self.region_button.toolTip()),
        ):
            item = QTreeWidgetItem([translate(CHECKS, title), ""])
            item.setData(0, CHECK_ROLE, name)
            item.setData(0, QUESTION_ROLE, translate(CHECKS, question))
            if name != REGION_CHECK:
                state = Qt.CheckState.Unchecked if name in SLOW_CHECKS else Qt.CheckState.Checked
                item.setCheckState(0, state)
            self.tree.addTopLevelItem(item)
        self._show()

    # Requests

    @property
    def selected_checks(self) -> tuple[str, ...]:
        """Names of the selected checks."""
        items = [self.tree.topLevelItem(row) for row in range(self.tree.topLevelItemCount())]
        return tuple(
            str(item.data(0, CHECK_ROLE))
            for item in items
            if item is not None
            and item.checkState(0) is Qt.CheckState.Checked
            and item.data(0, CHECK_ROLE) != REGION_CHECK
        )

    def results(self) -> tuple[CheckResult, ...]:
        """Return the known results of the current map, in the order of the list."""
        layer = self._session.current_layer
        return () if layer is None else layer.check_results

    def set_file_dialogs(self, files: FileDialogs) -> None:
        """Set the dialogs that ask for the report's path."""
        self._file_dialogs = files

    def set_mask(self, path: Path | None) -> None:
        """Compare maps with this mask from now on."""
        if path is not None:
            self._mask_path = path
            self.mask_button.setToolTip(self.tr("Maps are compared with {}").format(path.name))
            self._controller.message.emit(self.tr("Maps are compared with {}.").format(path.name))

    def _make_request(self) -> CheckRequest | None:
        session, layer = self._session, self._session.current_layer
        if session.model is None or session.scan is None or layer is None or layer.map.grid is None:
            return None
        if is_feature_image(layer.map) or session.origin(layer.map).is_from_other_scan:
            return None
        if not has_same_preparation(layer.map.provenance, session.preparation):
            return None
        others = tuple(other.map for other in session.maps if other is not layer)
        return CheckRequest(
            session.model, session.scan, layer.map, others, self._mask_path, session.preparation
        )

    def run(self) -> None:
        """Start the chosen checks, or stop the running ones; finished results stay."""
        if self._job is not None:
            self._job.cancel()
            return
        request, names, device = self._make_request(), self.selected_checks, self._controller.device
        if request is None or not names:
            return
        self._job = self._controller.run_long(
            lambda progress: run_map_checks(request, names, device, progress),
            self.tr("Checking {}").format(request.map.name),
            lambda _: None,
            self._on_end,
            lambda partial: self._on_partial(request, partial),
            warn_if_lost=True,
        )
        self._show()

    def occlude_region(self) -> None:
        """Occlude the cluster at the crosshair in the scan, at the current threshold."""
        request, prepared = self._make_request(), self._display.prepared_map
        if request is None or prepared is None:
            return
        view, point, device = self._session.view, self._session.crosshair, self._controller.device
        cutoff = prepared.render_data.sorted_values[view.sign].cutoff(view.threshold)
        displayed = replace(
            request.map, data=prepared.render_data.volume.values, grid=prepared.render_data.volume.grid
        )
        self._controller.run_long(
            lambda progress: check_region_removal(request, displayed, cutoff, point, device, progress),
            self.tr("Running the network without the region"),
            lambda result: self._on_partial(request, result),
        )

    def ask_report(self) -> None:
        """Ask for the path of the report."""
        layer = self._session.current_layer
        if self._file_dialogs is None or layer is None or layer.map not in self._selections:
            self._controller.message.emit(self.tr("Run the checks first: Trust > Check this map."))
            return
        name, file_filter = self._file_dialogs.suggest_name("report", ".html"), self.tr("Web pages (*.html)")
        path = self._file_dialogs.ask_save(self.tr("Save report"), name, file_filter)
        if path is not None:
            self.save_report(path)

    def save_report(self, path: Path) -> None:
        """Write the known results of the current map."""
        layer = self._session.current_layer
        if layer is None or layer.map not in self._selections:
            return
        from viewer.checks.stale_results import mark_stale

        checked_map, case, all_results = layer.map, self._selections[layer.map].case, self.results()
        results = tuple(mark_stale(result, self._stale_reason(result)) for result in all_results)

        def write_file(progress: Progress) -> Path:
            return write_report(path, case, results, progress)

        def on_saved(_path: Path) -> None:
            self._session.mark_checks_saved(checked_map, all_results)
            self._controller.message.emit(self.tr("The report was saved as {}.").format(path.name))

        self._controller.run(write_file, path.name, on_saved, saves_file=True)

    # Results

    def _on_partial(self, request: CheckRequest, partial: object) -> None:
        from viewer.checks.base import CheckResult
        from viewer.checks.stale_results import stamp_result

        if isinstance(partial, CheckSelection):
            self._selections[request.map] = partial
            message = self.tr("The checks take about {}.").format(format_duration(partial.estimate.seconds))
            set_text(self._status_label, message)
        elif isinstance(partial, CheckResult):
            self._session.add_check_result(
                request.map, stamp_result(partial, request.scan.hash, request.model.hash)
            )
            if partial.check == REGION_CHECK:
                self.select_check(REGION_CHECK)

    def _on_end(self) -> None:
        self._job = None
        self._show()

    def _add_maps(self) -> None:
        """Add the maps that the chosen check computed."""
        layer, result = self._session.current_layer, self._selected_result()
        selection = None if layer is None else self._selections.get(layer.map)
        if result is None or selection is None:
            return
        for name, values in result.maps:
            self._session.add_map(selection.case.to_map(values, name))

    # Showing

    def select_check(self, check_name: str) -> None:
        """Select a check to show its question and result."""
        for row in range(self.tree.topLevelItemCount()):
            item = self.tree.topLevelItem(row)
            if item is not None and item.data(0, CHECK_ROLE) == check_name:
                self.tree.setCurrentItem(item)

    def _selected_result(self) -> CheckResult | None:
        layer, item = self._session.current_layer, self.tree.currentItem()
        if layer is None or item is None:
            return None
        return results_by_check(layer).get(str(item.data(0, CHECK_ROLE)))

    def _show(self) -> None:
        listed_maps = {layer.map for layer in self._session.maps}
        for removed_map in [
            checked_map for checked_map in self._selections if checked_map not in listed_maps
        ]:
            del self._selections[removed_map]
        layer, is_running = self._session.current_layer, self._job is not None
        results = {} if layer is None else results_by_check(layer)
        set_text(self._summary_label, self._summary_text(results))
        self.head.setContentsMargins(12, 8 if results else 0, 12, 0)
        for row in range(self.tree.topLevelItemCount()):
            item = self.tree.topLevelItem(row)
            if item is not None:
                self._show_row(item, results.get(str(item.data(0, CHECK_ROLE))))
        self.tree.fit_rows()
        self.check_button.setText(self.tr("Stop") if is_running else self.tr("Check this map"))
        can_check = self._make_request() is not None
        self.check_button.setEnabled(can_check or is_running)
        self.region_button.setEnabled(can_check)
        self.report_button.setEnabled(bool(results) and layer is not None and layer.map in self._selections)
        set_text(self._covariates_label, self._fixed_covariates_text())
        if not is_running:
            set_text(self._status_label, "" if can_check else self._unavailable_reason(layer))
        self._show_selected_result()

    def _fixed_covariates_text(self) -> str:
        """Return the covariates that the checks hold fixed; empty if there are none."""
        scan, model = self._session.scan, self._session.model
        if scan is None or model is None or not model.covariates:
            return ""
        from viewer.checks.context import covariates_note

        return as_sentence(covariates_note(scan))

    def _unavailable_reason(self, layer: MapLayer | None) -> str:
        """Return why nothing can be checked."""
        if layer is not None and is_feature_image(layer.map):
            return self.tr(
                "This shows what a channel responds to in general, not this scan; it cannot be checked."
            )
        if layer is not None and self._session.origin(layer.map).is_from_other_scan:
            needs = self.tr("Checks need the scan that the map was computed from.")
            return f"{translate_sentence(self._session.origin(layer.map).warning)} {needs}"
        if layer is not None and not has_same_preparation(layer.map.provenance, self._session.preparation):
            return self.tr(
                "This map was computed from the scan prepared in another way; prepare the scan in the same "
                "way to check the map."
            )
        return no_check_reason(self._session)

    def _show_row(self, item: QTreeWidgetItem, result: CheckResult | None) -> None:
        if item.data(0, CHECK_ROLE) == REGION_CHECK:
            # This check has its own button; it is listed once there is a result.
            item.setHidden(result is None)
        question, title = str(item.data(0, QUESTION_ROLE)), item.text(0)
        if result is None:
            item.setText(1, "")
            item.setToolTip(0, question)
            item.setData(0, Qt.ItemDataRole.AccessibleTextRole, title)
            return
        verdict, colours = str(result.verdict), theme_colours(self._session.view.theme)
        verdict_colours = {
            "holds": colours.success,
            "doubtful": colours.warning,
            "fails": colours.error,
            "open": colours.quiet,
        }
        reason = self._stale_reason(result)
        headline = translate_sentence(result.headline)
        text = f"{headline} ({translate_sentence(reason)})" if reason else headline
        item.setText(1, f"{VERDICT_SYMBOLS[verdict]} {text}")
        item.setForeground(1, QBrush(QColor(colours.quiet if reason else verdict_colours[verdict])))
        item.setToolTip(0, f"{question}\n{verdict_name(verdict)}: {item.text(1)[2:]}")
        item.setData(
            0, Qt.ItemDataRole.AccessibleTextRole, f"{title}: {verdict_name(verdict)}, {item.text(1)[2:]}"
        )

    def _summary_text(self, results: dict[str, CheckResult]) -> str:
        if not results:
            return ""
        from viewer.checks.runner import summarise_results

        # Results for another scan, network or threshold are not evidence about the shown map.
        current = [result for result in results.values() if not self._stale_reason(result)]
        return translate_sentence(summarise_results(current, list_names=False))

    def _stale_reason(self, result: CheckResult) -> str:
        """Return why a result does not belong to the shown state; empty if it does."""
        from viewer.checks.stale_results import stale_reason

        session, prepared = self._session, self._display.prepared_map
        scan = "" if session.scan is None else session.scan.hash
        model = "" if session.model is None else session.model.hash
        cutoff = None
        if prepared is not None:
            cutoff = float(
                prepared.render_data.sorted_values[session.view.sign].cutoff(session.view.threshold)
            )
        return stale_reason(result, scan, model, cutoff)

    def _on_selection_changed(self) -> None:
        self._show_selected_result()
        # After the layout is updated: on a small screen there is little space below the list.
        QTimer.singleShot(0, self, self._scroll_to_result)

    def _scroll_to_result(self) -> None:
        if self._conclusion_label.isVisible():
            for widget in (self._plot_label, self._conclusion_label):
                if widget.isVisible():
                    self.area.ensureWidgetVisible(widget, 0, 4)

    def _show_selected_result(self) -> None:
        result = self._selected_result()
        # The first sentence is shown above the plot, the numbers below it.
        from viewer.checks.stale_results import mark_stale

        result = None if result is None else mark_stale(result, self._stale_reason(result))
        first, _, remainder = (
            ("", "", "") if result is None else split_sentence(translate_sentence(result.sentence))
        )
        set_text(self._conclusion_label, first)
        set_text(self._details_label, remainder)
        set_text(
            self._limitations_label,
            "" if result is None else self.tr("Limits: {}").format(translate(CHECKS, result.limits)),
        )
        self._plot_label.setVisible(result is not None and result.plot is not None)
        self.maps_button.setVisible(result is not None and bool(result.maps))
        if result is None or result.plot is None:
            return
        from viewer.checks.svg_charts import ChartColours, render_svg

        theme = theme_colours(self._session.view.theme)
        chart_colours = ChartColours(theme.text, theme.quiet, theme.border, ACCENT, theme.highlight)
        ratio = self.devicePixelRatioF()
        picture = QPixmap()
        width = max(min(self.area.viewport().width() - PLOT_MARGINS, MAX_PLOT_WIDTH), MIN_PLOT_WIDTH)
        svg = render_svg(translate_chart(result.plot), width, chart_colours, ratio)
        picture.loadFromData(QByteArray(format_chart_numbers(svg).encode()), "SVG")
        picture.setDevicePixelRatio(ratio)
        self._plot_label.setPixmap(picture)
        self._plot_label.setFixedHeight(QSize(picture.deviceIndependentSize().toSize()).height())
        self._plot_label.setAccessibleName(translate_sentence(result.sentence))


def verdict_name(verdict: str) -> str:
    """Return a verdict in words."""
    names = {
        "holds": translate("ChecksDock", "Supports the map"),
        "doubtful": translate("ChecksDock", "Doubtful"),
        "fails": translate("ChecksDock", "Does not support the map"),
        "open": translate("ChecksDock", "No verdict"),
    }
    return names[verdict]


def results_by_check(layer: MapLayer) -> dict[str, CheckResult]:
    """Return the results of a map by the name of the check."""
    return {result.check: result for result in layer.check_results}


def split_sentence(text: str) -> tuple[str, str, str]:
    """Split a text at the space after its first sentence, with the result of `str.partition`."""
    import re

    match = re.search(r"(?<=[.!?]) (?=[A-ZÄÖÜ])", text)
    return (text, "", "") if match is None else (text[: match.start()], " ", text[match.end() :])
