"""Runs a study in the background and keeps what came of it: the network, its errors, its maps."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from viewer.session.study_config import StudyOptions, StudyTable
from viewer.window.study_work import Trained, add_map, maps_of, network_of, train, write_network

if TYPE_CHECKING:
    from viewer.jobs.worker import Job
    from viewer.models.model import Model
    from viewer.progress import Progress, ProgressStep
    from viewer.scans.map import Map
    from viewer.window.desk import Desk


class StudyRunner(QObject):
    """One study at a time. What was there before stays until a new network takes its place.

    Parameters
    ----------
    desk
        Does the work; errors are told as it tells them.
    """

    changed = Signal()
    """There is a network, or more is known of it, or there are more maps."""

    finished = Signal()
    """What was asked for is there."""

    running_changed = Signal(bool)
    stepped = Signal(object)
    """How far it is, a `Step`."""

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._trained: Trained | None = None
        self._saved: object = None
        self._job: Job[Any] | None = None
        self._title = ""
        self._place: tempfile.TemporaryDirectory[str] | None = None
        desk.doing_changed.connect(self._look)

    @property
    def trained(self) -> Trained | None:
        """The network with its study; None until one is trained."""
        return self._trained

    @property
    def running(self) -> bool:
        """Whether something is being done."""
        return self._job is not None

    @property
    def unsaved(self) -> bool:
        """Whether there is a network that goes with the window: it is in no file that a person chose."""
        trained = self._trained
        return trained is not None and not trained.lasting and trained.analysis.fit is not self._saved

    def map(self, accuracy: str) -> Map | None:
        """The map of an accuracy, if it is there."""
        if self._trained is None:
            return None
        return {str(name): map_ for name, map_ in maps_of(self._trained).items()}.get(accuracy)

    def begin(self, listing: StudyTable, choices: StudyOptions, accuracy: str) -> None:
        """Train a study, and make its maps."""
        folder, device = choices.folder or self._temporary(listing), self._desk.device

        def work(progress: Progress) -> Trained:
            return train(listing, choices, folder, device, accuracy, progress)

        self._run(work, self.tr("Training on {}").format(listing.name))

    def add(self, accuracy: str) -> None:
        """Make the map of a further accuracy."""
        trained = self._trained
        if trained is None:
            return

        def work(progress: Progress) -> Trained:
            return add_map(trained, accuracy, progress)

        self._run(work, self.tr("Mapping {}").format(trained.listing.name))

    def cancel(self) -> None:
        """Stop; what is there stays."""
        if self._job is not None:
            self._job.cancel()

    def save(self, path: Path) -> Job[Any] | None:
        """Write the network."""
        trained = self._trained
        if trained is None:
            return None

        def work(progress: Progress) -> Path:
            return write_network(trained, path)

        title = self.tr("Saving {}").format(path.name)
        said = self.tr("Saved {}")

        def done(to: Path) -> None:
            self._saved = trained.analysis.fit
            self._desk.said.emit(said.format(to))

        return self._desk.run(work, title, done, saves=True)

    def use(self) -> None:
        """Make the network the session's model."""
        trained = self._trained
        if trained is None:
            return

        def work(progress: Progress) -> Model:
            return network_of(trained)

        def done(model: Model) -> None:
            self._desk.show_model(model)
            if not trained.lasting:
                words = self.tr("The network lies in a temporary folder; save it to keep it.")
                self._desk.said.emit(words)

        self._desk.run_long(work, self.tr("Loading the network"), done)

    def close(self) -> None:
        """Give the temporary folder back, once nothing works in it any more."""
        if self._place is not None:
            self._trained = None
            self._place.cleanup()
            self._place = None

    def _run(self, work: Callable[[Progress], Trained], title: str) -> None:
        if self.running:
            return

        def done(trained: Trained) -> None:
            self._take(trained)
            self.finished.emit()

        def ended() -> None:
            self._job = None
            self.running_changed.emit(False)

        self._title = title
        self._job = self._desk.run_long(work, title, done, ended, self._take, makes=True)
        self.running_changed.emit(True)

    def _take(self, trained: Trained) -> None:
        self._trained = trained
        self.changed.emit()

    def _look(self) -> None:
        if self._job is None:
            return
        for doing in self._desk.doing:
            if doing.title == self._title and doing.step is not None:
                step: ProgressStep = doing.step
                self.stepped.emit(step)

    def _temporary(self, listing: StudyTable) -> Path:
        """A folder for the study: the same for the same one, so that its scans are not read again."""
        if self._place is None:
            self._place = tempfile.TemporaryDirectory(prefix="study-", ignore_cleanup_errors=True)
        if listing.simulated:
            return Path(self._place.name) / listing.simulated
        return Path(self._place.name) / f"{abs(hash(listing.table)):x}"
