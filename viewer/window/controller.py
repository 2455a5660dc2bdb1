"""Controller: runs the user's requests in the background (open files, predict, compute maps, save).

Results are delivered to the window's thread and put into the session.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from viewer.errors import ViewerError
from viewer.jobs.worker import Job
from viewer.progress import Progress
from viewer.session.session import Session
from viewer.window.background_tasks import BackgroundTasks, Result
from viewer.window.model_request import ModelRequest
from viewer.window.partial_map import PartialMap
from viewer.window.preload_libraries import NUMPY, TORCH, preload
from viewer.window.steadiness_check import SteadinessCheck
from viewer.window.translation import translate_count, translate_sentence

if TYPE_CHECKING:
    from viewer.models.missing_card import MissingCardError
    from viewer.models.model import Model
    from viewer.models.model_card import Card
    from viewer.models.output_selection import AmbiguousAnswerError
    from viewer.models.predict import Prediction
    from viewer.preparation.prepared import Prepared
    from viewer.scans.atlas import Atlas
    from viewer.scans.map import Map
    from viewer.scans.scan import Scan
    from viewer.scene.preload_process import Preloader
    from viewer.session.map_layer import MapLayer
    from viewer.session.session_io import SavedSession
    from viewer.session.snapshot import Snapshot
    from viewer.window.export_dialogs import FigureOptions
    from viewer.window.uncertainty_choice import UncertaintyChoice


IMAGES = ("scan", "map", "atlas")
"""File types of images, each of which can be opened as any of the others."""


class Controller(BackgroundTasks):
    """Handler of the user's requests, which puts results into the session.

    Parameters
    ----------
    session
        Session that receives the results.
    device
        "auto", "cpu", "cuda", "cuda:N" or "mps".
    preloader
        Results of the preload process.
    """

    computing_changed = Signal(bool)
    """Emitted with whether a map is being computed."""

    queue_changed = Signal(object)
    """Emitted with the queued maps: a tuple of (number, title)."""

    loading_changed = Signal(str)
    """Emitted with the name of the network that is being loaded; empty if there is none."""

    volume_choice_needed = Signal(object, int, bool)
    """Path of a file with several volumes, their number, and whether it was opened as a map."""

    trust_needed = Signal(object, str)
    """`ModelRequest` of a model file that would run its own code, and the kind of file."""

    replace_confirmation_needed = Signal(object)
    """Path of a session that would replace unsaved work."""

    output_choice_needed = Signal(object, object)
    """`ModelRequest` of a network that returns several tensors, and these tensors as `OutputCandidate`."""
    card_needed = Signal(object, object)
    """`ModelRequest` of a network whose card lacks required entries, and the `MissingCardError`."""

    table_opened = Signal(object)
    """Path of a table of the scans of a study."""

    cohort_opened = Signal(object)
    """Path of the folder of a cohort."""

    opened = Signal(object)
    """Path of a file that was opened."""

    device_changed = Signal(str)
    """Description of the device; known after the first prediction."""

    message = Signal(str)
    """Sentence for the status bar about a completed action."""

    def __init__(
        self,
        session: Session,
        device: str = "auto",
        parent: QObject | None = None,
        preloader: Preloader | None = None,
    ) -> None:
        super().__init__(parent)
        self.preloader = preloader
        self.session = session
        self.device = device
        self.steadiness = SteadinessCheck(session, self)
        self.on_map_computed: Callable[[Map], None] = lambda _: None
        """Called with each map as soon as it is computed, on the thread that computed it."""
        self._map_queue: list[tuple[int, str, Job[Any]]] = []
        self._model_request: ModelRequest | None = None
        self._model_job: Job[Any] | None = None

    # Opening

    def open_any(self, paths: Sequence[Path]) -> None:
        """Open files of any kind: scans before maps, so that maps have an underlying scan."""

        def detect_types(progress: Progress) -> list[tuple[Path, str]]:
            from viewer.scans.file_types import detect_file_type

            return [(path, str(detect_file_type(path))) for path in paths]

        def open_files(files: list[tuple[Path, str]]) -> None:
            for kind, open_file in self._openers().items():
                for path, file_kind in files:
                    if file_kind == kind:
                        open_file(path)

        self.run(detect_types, self.tr("Identifying the file"), open_files)

    def _openers(self) -> dict[str, Callable[[Path], object]]:
        """Return the function that opens each kind of file, scans before maps."""
        return {
            "scan": self.open_scan,
            "unknown": self.open_scan,
            "atlas": self.open_atlas if self.session.scan is not None else self.open_scan,
            "model": self.open_model,
            "map": self.open_map,
            "session": self.open_session,
            "table": self.table_opened.emit,
            "cohort": self.cohort_opened.emit,
        }

    def open_as(self, path: Path, expected_type: str, opener: Callable[[Path], object]) -> None:
        """Open a file that was chosen as a scan, a map, an atlas, a network or a session.

        An image is opened as chosen; any file that is clearly of another kind is opened as that kind.
        """

        def detect_type(progress: Progress) -> str:
            from viewer.scans.file_types import detect_file_type

            return str(detect_file_type(path))

        def open_file(kind: str) -> None:
            allowed = IMAGES if expected_type in IMAGES else (expected_type,)
            (opener if kind in (*allowed, "unknown") else self._openers()[kind])(path)

        self.run(detect_type, self.tr("Identifying the file"), open_file)

    def open_scan(self, path: Path | str, volume: int | None = None) -> None:
        """Read a scan (or a built-in one, by its name) and show it.

        From a BIDS folder, read the images that the network takes as input.
        """
        card = None if self.session.model is None else self.session.model.card

        def read_scan(progress: Progress) -> Scan:
            preloaded = None if self.preloader is None or volume is not None else self.preloader.scan(path)
            if preloaded is not None:
                return preloaded
            from viewer.models.bids_channels import bids_channels
            from viewer.scans.bids_folder import find_bids_images
            from viewer.scans.load import load_scan

            channels = bids_channels(card) if find_bids_images(Path(path)) else None
            loaded = load_scan(path, volume, channels=channels)
            # Computed here: the main thread needs it as soon as the scan is shown.
            _ = loaded.hash
            return loaded

        self._read_file(read_scan, path, self.show_scan, is_map=False, volume=volume)

    def open_images(
        self, images: Mapping[str, Path | Scan], covariates: Mapping[str, float], *, align: bool = False
    ) -> None:
        """Read a person's images by channel, and show them as one scan with the covariates.

        Without images, the current scan gets the covariates. ``align`` then aligns the images to the first
        one.
        """
        current = self.session.scan

        def read_images(progress: Progress) -> Scan:
            from viewer.scans.load import load_scan
            from viewer.scans.multichannel_scan import MultichannelScan, make_multichannel_scan

            if images:
                loaded = load_scan(images, covariates=covariates)
            else:
                assert current is not None
                first = current.first if isinstance(current, MultichannelScan) else current
                loaded = make_multichannel_scan(first, covariates)
            _ = loaded.hash
            return loaded

        def show_images(scan: Scan) -> None:
            self.show_scan(scan)
            if align:
                self.align_images()

        self.run(
            read_images, self.tr("Reading {}").format(", ".join(images) or self.tr("the scan")), show_images
        )

    def align_images(self) -> None:
        """Align the person's images to the first one, and show the result."""
        scan = self.session.scan
        if scan is None:
            return
        selected = scan

        def align_scan(progress: Progress) -> Scan:
            from viewer.preparation.align_images import align_images

            aligned = align_images(selected, progress)
            _ = aligned.hash
            return aligned

        def show_aligned(aligned: Scan) -> None:
            if self.session.scan is selected:
                self.show_scan(aligned)
                self.message.emit(" ".join(note for note in aligned.notes if note not in selected.notes))

        self.run_long(align_scan, self.tr("Aligning images"), show_aligned)

    def open_channels(
        self,
        path: Path,
        channels: Sequence[str],
        covariates: Mapping[str, float] | None = None,
        *,
        align: bool = False,
    ) -> None:
        """Read the volumes of one file as a person's images, and show them as one scan.

        ``align`` then aligns the images to the first one.
        """

        def read_channels(progress: Progress) -> Scan:
            from viewer.scans.load import load_scan

            loaded = load_scan(path, channels=channels, covariates=covariates)
            _ = loaded.hash
            return loaded

        def show_images(scan: Scan) -> None:
            self.opened.emit(path)
            self.show_scan(scan)
            if align:
                self.align_images()

        self.run(read_channels, self.tr("Reading {}").format(path.name), show_images)

    def show_scan(self, scan: Scan) -> None:
        """Show a scan, and run the network on it."""
        self.session.set_scan(scan)
        self._predict()

    def open_map(self, path: Path | str, volume: int | None = None) -> None:
        """Read a map and add it to the list."""

        def read_map(progress: Progress) -> Map:
            preloaded = None if self.preloader is None or volume is not None else self.preloader.map(path)
            if preloaded is not None:
                return preloaded
            from viewer.scans.load import load_map

            return load_map(path, volume)

        self._read_file(read_map, path, self.session.add_map, is_map=True, volume=volume)

    def _read_file(
        self,
        function: Callable[[Progress], Result],
        path: Path | str,
        on_done: Callable[[Result], Any],
        *,
        is_map: bool,
        volume: int | None,
    ) -> None:
        """Read a file; ask for the volume if it has several."""

        def read_file(progress: Progress) -> tuple[Result | None, int]:
            preload(NUMPY)
            from viewer.scans.load import VolumeNotChosen

            try:
                return function(progress), 0
            except VolumeNotChosen as error:
                if volume is not None:
                    raise
                return None, error.count

        def on_read(outcome: tuple[Result | None, int]) -> None:
            result, count = outcome
            if result is None:
                self.volume_choice_needed.emit(Path(path), count, is_map)
            else:
                self.opened.emit(Path(path))
                on_done(result)

        self.run(read_file, self.tr("Reading {}").format(Path(path).name), on_read)

    def open_model(
        self,
        path: Path | str,
        trust: bool = False,
        expected_hash: str = "",
        card: Card | None = None,
        output_name: str = "",
    ) -> None:
        """Load a network from a file, or a built-in one by its name, and run it on the scan.

        The user must confirm a file that runs code, unless ``trust`` is set, and complete its card, unless
        there is a ``card``. ``output_name`` is the tensor to explain if the network returns several; the user
        is asked for it if none is clearly the prediction. If there is an ``expected_hash``, a network with
        another hash is refused, because it has changed since the session was saved.
        """
        self._stop_loading()
        request = self._model_request = ModelRequest(Path(path), trust, expected_hash, card, output_name)

        def load_network(progress: Progress) -> Model | MissingCardError | AmbiguousAnswerError | str:
            from viewer.models.formats import executable_format

            kind = "" if trust else executable_format(Path(path))
            if kind:
                return kind
            preload(TORCH)
            from viewer.models.loading import load_model
            from viewer.models.missing_card import MissingCardError, missing_card_error
            from viewer.models.output_selection import AmbiguousAnswerError

            try:
                model = load_model(path, card=card, trust=trust, answer=output_name or None)
                missing_error = missing_card_error(model)
            except MissingCardError as error:
                missing_error = error
            except AmbiguousAnswerError as error:
                return error
            if missing_error is not None:
                return missing_error
            if expected_hash not in ("", model.hash):
                raise ViewerError(path, "has changed since the session was saved", "open it separately")
            return model

        def on_loaded(outcome: Model | MissingCardError | AmbiguousAnswerError | str) -> None:
            from viewer.models.output_selection import AmbiguousAnswerError

            if request is not self._model_request:
                return
            if isinstance(outcome, str):
                self.trust_needed.emit(request, outcome)
            elif isinstance(outcome, AmbiguousAnswerError):
                self.output_choice_needed.emit(request, outcome.candidates)
            elif isinstance(outcome, Exception):
                self.card_needed.emit(request, outcome)
            else:
                self.opened.emit(Path(path))
                self.show_model(outcome)

        def on_end() -> None:
            if request is self._model_request:
                self.loading_changed.emit("")

        name = Path(path).name
        self.loading_changed.emit(name)
        self._model_job = self.run_long(load_network, self.tr("Loading {}").format(name), on_loaded, on_end)

    def _stop_loading(self) -> None:
        """Stop loading the network that was requested before."""
        if self._model_job is not None:
            self._model_job.cancel()
        if self._model_request is not None:
            self.loading_changed.emit("")
        self._model_request = self._model_job = None

    def open_requested_model(self, request: ModelRequest) -> None:
        """Load a network as requested, with what the user has confirmed or added."""
        self.open_model(request.path, request.trust, request.expected_hash, request.card, request.output_name)

    def show_model(self, model: Model) -> None:
        """Set the network, and run it on the scan."""
        self.session.set_model(model)
        self._predict()

    def choose_output(self, label: str) -> None:
        """Reload the network to explain another of the tensors that it returns."""
        from viewer.models.unsaved_card import unsaved_card

        model = self.session.model
        if model is not None and model.path is not None:
            # It was trusted when it was opened.
            self.open_model(
                model.path, trust=True, expected_hash=model.hash, card=unsaved_card(model), output_name=label
            )

    def open_session(self, path: Path | str, confirmed: bool = False) -> None:
        """Read a session with all its files, and show it in place of the current one.

        If that would lose work, the user must confirm first, unless ``confirmed`` is set.
        """
        if not confirmed and self.has_unsaved_work:
            self.replace_confirmation_needed.emit(Path(path))
            return
        open_maps = {layer.map for layer in self.session.maps}

        def read_files(progress: Progress) -> tuple[SavedSession, Snapshot, list[str]]:
            from viewer.session.session_io import open_snapshot, read_session

            saved_session = read_session(Path(path))
            problems: list[str] = []
            return (
                saved_session,
                open_snapshot(saved_session, progress, problems, images_required=True),
                problems,
            )

        def restore_session(result: tuple[SavedSession, Snapshot, list[str]]) -> None:
            saved_session, snapshot, problems = result
            self.opened.emit(Path(path))
            self.restore(saved_session, snapshot, open_maps)
            if problems:
                self.failed.emit(
                    self.tr("Not everything could be opened"), "\n".join(map(translate_sentence, problems))
                )

        self.run(read_files, self.tr("Opening {}").format(Path(path).name), restore_session)

    def restore(
        self, saved_session: SavedSession | None, snapshot: Snapshot, known_maps: Collection[Map]
    ) -> None:
        """Show a saved session in place of the current one, and load its network.

        Unsaved maps that are not ``known_maps`` were added while the files were read, and are kept.
        """
        for _, _, job in self._map_queue:
            job.cancel()
        self._stop_loading()
        session, saved_model = self.session, saved_session.model if saved_session is not None else None
        added_maps = [layer.map for layer in session.maps if layer.is_unsaved and layer.map not in known_maps]
        model = session.model
        loaded_model = (
            model
            if saved_model is not None
            and model is not None
            and (model.hash, model.card.answer) == (saved_model.hash, saved_model.output_name)
            and saved_model.card in (None, model.card)
            else None
        )
        session.restore(replace(snapshot, model=loaded_model))
        for added_map in added_maps:
            session.add_map(added_map)
        if added_maps and snapshot.current is not None:
            session.select_map(snapshot.current)
        if saved_model is not None and loaded_model is None:
            self.open_model(
                saved_model.path,
                expected_hash=saved_model.hash,
                card=saved_model.card,
                output_name=saved_model.output_name,
            )
        else:
            self._predict()

    @property
    def has_unsaved_work(self) -> bool:
        """Whether there is unsaved or running work."""
        return self.is_computing or any(layer.is_unsaved for layer in self.session.maps)

    def open_atlas(self, path: Path, names_path: Path | None = None) -> None:
        """Read an atlas and the file with its region names, and use it for lookups."""

        def read_atlas(progress: Progress) -> Atlas:
            from viewer.scans.atlas import load_atlas

            return load_atlas(path, names_path, progress)

        def show_atlas(atlas: Atlas) -> None:
            self.opened.emit(path)
            self.session.set_atlas(atlas)
            self.message.emit(
                self.tr("Atlas {}, {}").format(atlas.name, translate_count(len(atlas.regions), "region"))
            )

        self.run(read_atlas, self.tr("Reading {}").format(path.name), show_atlas)

    def save_session(self, path: Path) -> Job[tuple[MapLayer, ...]]:
        """Write a session, which refers to its files or, as .session.zip, includes them."""
        snapshot = self.session.snapshot()
        prepared = snapshot.preparation
        mask_names: list[str] = []
        mask_file = prepared is not None and prepared.mask is not None and path.suffix != ".zip"

        def write_files(progress: Progress) -> tuple[MapLayer, ...]:
            from viewer.session.session_io import read_session, write_session

            layers = write_session(snapshot, path, progress)
            if mask_file:
                preparation = read_session(path).preparation
                if preparation is not None and preparation.mask is not None:
                    mask_names.append(Path(preparation.mask.path).name)
            return layers

        def on_saved(layers: tuple[MapLayer, ...]) -> None:
            self.session.mark_saved(layers)
            self._on_saved(path, layers)
            for name in mask_names:
                text = self.tr("Saved {}, and the brain mask in a second file, {}; keep both")
                self.message.emit(text.format(path, name))

        return self.run(write_files, self.tr("Saving {}").format(path.name), on_saved, saves_file=True)

    # Predictions and maps

    def show_preparation(self, prepared: Prepared | None) -> None:
        """Set the prepared scan, None for the scan as it was given, and run the network on it."""
        self.session.set_preparation(prepared)
        self._predict()

    def _predict(self) -> None:
        scan, model = self.session.scan, self.session.model
        preparation = self.session.preparation
        self.set_idle_work(None)
        self.steadiness.clear()
        if scan is None or model is None or not self._has_all_inputs(scan, model):
            return

        def run_network(progress: Progress) -> tuple[Prediction, str]:
            from viewer.fit.predict import predict
            from viewer.jobs.device import describe_device, select_device

            device = select_device(self.device)
            result = predict(model, scan, str(device), progress, prepare=preparation or "none")
            return result, describe_device(device)

        def show_prediction(outcome: tuple[Prediction, str]) -> None:
            prediction, device = outcome
            self.device_changed.emit(device)
            session = self.session
            if session.scan is scan and session.model is model and session.preparation is preparation:
                session.set_prediction(prediction)
                idle_work = self.steadiness.make_idle_work(scan, model, prediction, self.device, preparation)
                self.set_idle_work(idle_work)

        self.run_long(run_network, self.tr("Running {}").format(model.card.name), show_prediction)

    @staticmethod
    def _has_all_inputs(scan: Scan, model: Model) -> bool:
        """Return whether the scan has all images and covariates; the model panel says which are missing."""
        from viewer.models.preprocessing import describe_missing_inputs

        spec = model.card.input
        needs_channels = spec is not None and spec.channels > 1 and not spec.repeat
        if not needs_channels and not model.covariates:
            return True  # the prediction reports any other problem
        return not describe_missing_inputs(scan, model.card, model.covariates)

    def show_segmentation(self) -> None:
        """Add the network's segmentation, the class of every voxel, to the list of maps."""
        scan, model, prediction = self.session.scan, self.session.model, self.session.prediction
        if scan is None or model is None or prediction is None or prediction.segmentation is None:
            return
        segmentation = prediction.segmentation
        title = self.tr("Showing the prediction")

        def add_map(map_: Map) -> None:
            self.session.add_map(map_)

        self.run(lambda _: segmentation.as_map(scan, model), title, add_map)

    @property
    def is_computing(self) -> bool:
        """Whether a map is being computed."""
        return bool(self._map_queue)

    def compute(
        self,
        method: str,
        parameters: dict[str, Any],
        target: int | str | None,
        layer: str | None = None,
        region: str | None = None,
        uncertainty: UncertaintyChoice | None = None,
    ) -> None:
        """Compute a map of the scan by the model.

        ``target`` is a class or "A minus B", None for the predicted class; ``layer`` is a module's path, None
        for the method's choice; ``region`` is a part of a dense prediction in the syntax of
        `viewer.methods.region_parser`; ``uncertainty`` is what the map is repeated over.
        """
        scan, model = self.session.scan, self.session.model
        if scan is None or model is None:
            return

        prediction, preparation = self.session.prediction, self.session.preparation
        fit = None if prediction is None else prediction.fit

        def compute_maps(progress: Progress) -> tuple[Map, ...]:
            from viewer.methods.explain import explain

            compute = explain if uncertainty is None else uncertainty.make_explainer()
            computed_map = compute(
                model,
                scan,
                method,
                target=target,
                layer=layer,
                region=region,
                device=self.device,
                progress=progress,
                fit=fit,
                prepare=preparation or "none",
                **parameters,
            )
            maps = computed_map.split_channels()
            maps += () if computed_map.sd is None else (computed_map.sd,)
            for map_ in maps:
                self.on_map_computed(map_)
            return maps

        from viewer.methods.registry import find_method

        name = find_method(method).title
        job_number = self._last_job_number + 1

        partial_map = PartialMap(self.session)

        def show_partial(partial_result: Map) -> None:
            # Skip this one while the previous one is prepared for display: it would be replaced unseen.
            if all(task.is_long for task in self.tasks):
                partial_map.show(partial_result)

        def show_maps(maps: tuple[Map, ...]) -> None:
            from viewer.models.uncertainty.prediction_spread import recorded_spread

            partial_map.finish(maps[0])
            full_index = self.session.current
            for part_map in maps[1:]:
                self.session.add_map(part_map)
            if len(maps) > 1 and full_index is not None:
                self.session.select_map(full_index)
            spread, current = recorded_spread(maps[0].provenance), self.session.prediction
            if spread is not None and current is not None and current.has_same_outputs(prediction):
                self.session.set_prediction(replace(current, uncertainty=spread))

        def on_end() -> None:
            self._map_queue = [entry for entry in self._map_queue if entry[0] != job_number]
            self._emit_queue()
            # After `finish`, which puts the finished map in its place.
            QTimer.singleShot(0, self, partial_map.discard)

        title = self.tr("Computing {}").format(name)
        job = self.run_long(compute_maps, title, show_maps, on_end, show_partial, warn_if_lost=True)
        self._map_queue.append((job_number, name, job))
        self._emit_queue()

    def _emit_queue(self) -> None:
        self.computing_changed.emit(self.is_computing)
        self.queue_changed.emit(tuple((job_number, name) for job_number, name, _ in self._map_queue[1:]))

    def cancel_computing(self, job_number: int | None = None) -> None:
        """Cancel the current computation, or remove the one with that number from the queue."""
        for queued, _, job in self._map_queue:
            if job_number in (None, queued):
                job.cancel()
                return

    # Saving

    def save_map(self, index: int, path: Path) -> None:
        """Write a map as NIfTI in its scan's own voxel order, with its provenance as JSON beside it."""
        map_ = self.session.maps[index].map
        title, on_done = self.tr("Saving {}").format(path.name), partial(self._on_map_saved, map_)
        self.run(lambda _: map_.save(path), title, on_done, saves_file=True)

    def _on_map_saved(self, map_: Map, path: Path) -> None:
        self.session.set_map_file(map_, path.resolve())
        self._on_saved(path, None)

    def save_figure(self, path: Path, options: FigureOptions) -> None:
        """Write a picture of the box as it is shown now, with its provenance as metadata."""
        draw = self._make_figure_function(path, options)
        if draw is not None:
            title = self.tr("Saving {}").format(path.name)
            self.run(draw, title, partial(self._on_saved, path), saves_file=True)

    def draw_figure(self, options: FigureOptions, on_done: Callable[[bytes], Any]) -> None:
        """Draw the picture that `save_figure` writes, and call ``on_done`` with it as PNG."""
        from tempfile import TemporaryDirectory

        folder = TemporaryDirectory()
        draw = self._make_figure_function(Path(folder.name, "figure.png"), options)
        if draw is None:
            folder.cleanup()
            return

        def read_png(progress: Progress) -> bytes:
            with folder:
                return draw(progress).read_bytes()

        self.run(read_png, self.tr("Drawing the figure"), on_done)

    def _make_figure_function(self, path: Path, options: FigureOptions) -> Callable[[Progress], Path] | None:
        """Return a function that draws what is shown now; None if there is no scan."""
        scan, layers = self.session.scan, self.session.visible_layers
        if scan is None:
            return None
        maps = tuple(layer.map for layer in layers)
        kept = [(layer.map, layer.look) for layer in self.session.kept_layers if layer.look is not None]
        view, prepared = replace(self.session.view, theme=options.theme), self.session.preparation

        def draw_figure(progress: Progress) -> Path:
            from viewer.scene.figure import figure

            size, dpi = options.size, options.dpi
            others = kept if len(maps) == 1 else ()
            return figure(
                scan, maps, path, view, size, dpi, options.transparent, len(maps) > 1, prepared, others
            )

        return draw_figure

    def _on_saved(self, path: Path, result: object) -> None:
        self.message.emit(self.tr("Saved {}").format(path))
