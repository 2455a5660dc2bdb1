"""Study panel: training of a network on a table of scans (Mørch 1995), quality of its fit, and its maps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from viewer.scans.threshold import Threshold, ThresholdKind
from viewer.session.session import Session
from viewer.session.study_config import StudyTable
from viewer.session.view import Sign
from viewer.window.dock_panel import DockPanel, as_sentence, make_label, set_text
from viewer.window.file_dialogs import find_file_dialogs
from viewer.window.study_results import FitQualityView, MapSelector
from viewer.window.study_tasks import StudyRunner, compute_fit_quality, find_peak, load_underlay
from viewer.window.task_progress import TaskProgress
from viewer.window.translation import translate_count, translate_sentence

if TYPE_CHECKING:
    from viewer.jobs.worker import Job
    from viewer.methods.morch_1995.study_plan import StudyPlan
    from viewer.progress import Progress
    from viewer.scans.scan import Scan
    from viewer.window.controller import Controller
    from viewer.window.study_dialog import StudyDialog
    from viewer.window.study_tasks import TrainedStudy

DISPLAY_THRESHOLD = Threshold(ThresholdKind.PERCENTILE, 99.0)
DISPLAY_SMOOTHING = 6.0
"""Full width at half maximum in mm."""

MIN_CLUSTER_MM3 = 1000.0
"""Minimum cluster volume in mm³: smaller clusters are below the resolution of PET."""

NETWORK_FILTER = "safetensors (*.safetensors)"


class StudyDock(DockPanel):
    """Panel of a `StudyRunner` that shows the map of the selected accuracy."""

    def __init__(self, session: Session, controller: Controller, parent: QWidget | None = None) -> None:
        super().__init__("study", "Study", parent)
        self.setWindowTitle(self.tr("Study"))
        self._session = session
        self._controller = controller
        self.runner = StudyRunner(controller, self)
        self._dialog: StudyDialog | None = None
        self._displayed_study = ""
        self._name_label = make_label(role="title")
        self._about_label = make_label(role="quiet")
        self._progress = TaskProgress(self.tr("Progress of the study"))
        self._progress.cancel_button.setObjectName("cancel-study")
        self.map_selector = MapSelector()
        self.approximations = self.map_selector.approximations
        self.fit_view = FitQualityView()
        self._notes_label = make_label(role="quiet")
        self._set_up_button = self._make_button(
            self.tr("Set up …"), self.tr("Choose a study and its training settings")
        )
        self._use_button = self._make_button(
            self.tr("Use as model"), self.tr("Use this network for all other methods, on any scan.")
        )
        self._save_button = self._make_button(
            self.tr("Save …"), self.tr("The network as safetensors, with its card")
        )
        self._lay_out()
        self._progress.cancel_requested.connect(self.runner.cancel)
        self.approximations.chosen.connect(self.show_approximation)
        self.map_selector.underlay_combo.activated.connect(self.show_underlay)
        self._set_up_button.clicked.connect(self.open_dialog)
        self._use_button.clicked.connect(self.runner.use_as_model)
        self._save_button.clicked.connect(lambda: self.ask_save_network())
        self.runner.changed.connect(self._fill)
        self.runner.finished.connect(self._show_maps)
        self.runner.running_changed.connect(self._show_running)
        self.runner.progress_changed.connect(self._progress.show_step)
        controller.table_opened.connect(self.open_table)
        session.subscribe(self._follow_current_map, "current")
        self._show_running(False)
        self._fill()

    def _make_button(self, text: str, tool_tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(tool_tip)
        return button

    def _lay_out(self) -> None:
        widgets: tuple[QWidget, ...] = (
            self._name_label,
            self._about_label,
            self._progress,
            self.map_selector,
            self.fit_view,
            self._notes_label,
        )
        for widget in widgets:
            self.column.addWidget(widget)
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        for button in (self._set_up_button, self._use_button, self._save_button):
            buttons.addWidget(button)
        self.foot.setContentsMargins(12, 8, 12, 12)
        self.foot.addLayout(buttons)

    # Setup and saving

    @property
    def dialog(self) -> StudyDialog:
        """Dialog of the study's settings, created once so that it keeps them."""
        if self._dialog is None:
            from viewer.window.study_dialog import StudyDialog

            self._dialog = StudyDialog(self._controller, self.window())
            self._dialog.train_requested.connect(self.start)
            self.runner.running_changed.connect(self._dialog.set_busy)
            self._dialog.set_busy(self.runner.is_running)
            self._dialog.read_scans()
        return self._dialog

    def open_dialog(self) -> None:
        """Open the study dialog."""
        self.dialog.show()
        self.dialog.raise_()
        self.dialog.activateWindow()

    def open_table(self, path: Path) -> None:
        """Open the study dialog with a table of scans."""
        self.open_dialog()
        self.dialog.open_table(path)

    def start(self, study_table: StudyTable, plan: StudyPlan, folder: Path | None = None) -> None:
        """Train a study, and raise the panel to show its progress."""
        self.show()
        self.raise_()
        self.map_selector.select_template(bool(study_table.simulated_study))
        self.runner.start(study_table, plan, folder, self.approximations.selected)

    def ask_save_network(self) -> Job[Any] | None:
        """Ask for a file and write the network; return the job, or None without a network or a file."""
        trained = self.runner.trained
        if trained is None:
            return None
        name = f"{'-'.join(Path(trained.study_table.name).stem.split())}.safetensors"
        path = find_file_dialogs(self).ask_save(self.tr("Save network"), name, NETWORK_FILTER)
        if path is None:
            return None
        return self.runner.save(path if path.suffix == ".safetensors" else Path(f"{path}.safetensors"))

    def shut_down(self) -> None:
        """Close the runner when the window is closed."""
        self.runner.close()

    # Map

    def show_approximation(self, name: str) -> None:
        """Show the map of an accuracy; compute it first if it is missing."""
        self._select(name)
        map_ = self.runner.map(name)
        if map_ is None:
            self.runner.add_map(name)
            return
        for index, layer in enumerate(self._session.maps):
            if layer.map is map_:
                self._session.select_map(index)
                return
        self._session.add_map(map_)

    def show_underlay(self) -> None:
        """Show the selected underlay: the template or the mean of the scans."""
        trained = self.runner.trained
        if trained is not None:
            self._load_underlay(trained, None)

    def _show_maps(self) -> None:
        """Show the selected map; the first maps of a study come with its underlay and display settings."""
        trained = self.runner.trained
        if trained is None:
            return
        if self._dialog is not None:
            self._dialog.set_simulated_files(trained.study_table)
        if self._displayed_study == trained.study_table.title:
            self.show_approximation(self.approximations.selected)
        else:
            self._displayed_study = trained.study_table.title
            self._load_underlay(trained, self.approximations.selected)

    def _load_underlay(self, trained: TrainedStudy, accuracy: str | None) -> None:
        template = self.map_selector.uses_template
        map_ = None if accuracy is None else self.runner.map(accuracy)

        def load_underlay_and_peak(progress: Progress) -> tuple[Scan, tuple[float, float, float] | None]:
            return load_underlay(trained, template), None if map_ is None else find_peak(map_)

        def show_underlay(result: tuple[Scan, tuple[float, float, float] | None]) -> None:
            scan, peak = result
            self._controller.show_scan(scan)
            if accuracy is None:
                return
            self._session.change(
                threshold=DISPLAY_THRESHOLD,
                smoothing=DISPLAY_SMOOTHING,
                smallest_cluster=MIN_CLUSTER_MM3,
                largest_clusters=0,
                sign=Sign.POSITIVE,
                glass=False,
                nested=False,
                crosshair=peak,
            )
            self.show_approximation(accuracy)

        self._controller.run(
            load_underlay_and_peak, self.tr("Reading the image below the map"), show_underlay
        )

    def _follow_current_map(self) -> None:
        """Select the accuracy of the current map if it is one of the study's maps."""
        layer = self._session.current_layer
        for name in self.approximations.names:
            if layer is not None and self.runner.map(name) is layer.map:
                self._select(name)

    def _select(self, name: str) -> None:
        self.approximations.select(name)
        if self.runner.trained is not None:
            self.map_selector.show_score(self.runner.trained)

    # Display

    def _fill(self) -> None:
        trained = self.runner.trained
        for widget in (self.map_selector, self.fit_view):
            widget.setVisible(trained is not None)
        for button in (self._use_button, self._save_button):
            button.setEnabled(trained is not None)
        if trained is None:
            set_text(self._name_label, "")
            set_text(
                self._about_label,
                self.tr(
                    "Trains a network on a table of scans and maps its saliency. "
                    "Set up opens a table, or simulates a study."
                ),
            )
            set_text(self._notes_label, "")
            return
        analysis = trained.analysis
        matrix, sizes = analysis.cohort.matrix, analysis.fit.objective.sizes
        set_text(self._name_label, trained.study_table.title)
        singular, plural = self.tr("{} of {}, {}, {}, {} {} unit"), self.tr("{} of {}, {}, {}, {} {} units")
        text = (singular if sizes.hidden == 1 else plural).format(
            translate_count(matrix.scan_count, "scan"),
            translate_count(len(trained.study_table.subjects), "subject"),
            translate_count(matrix.voxel_count, "voxel"),
            translate_count(sizes.components, "component"),
            sizes.hidden,
            analysis.fit.objective.activation,
        )
        set_text(self._about_label, as_sentence(text))
        self.fit_view.set_quality(compute_fit_quality(analysis))
        set_text(self._notes_label, "\n".join(map(translate_sentence, analysis.cohort.notes)))
        self.map_selector.set_study(trained)

    def _show_running(self, is_running: bool) -> None:
        self._progress.set_running(is_running)
        self._set_up_button.setEnabled(not is_running)
