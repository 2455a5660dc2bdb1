"""Order of a layer's channels in the layer panel: by number, or by relevance for the target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from viewer.errors import ViewerError
from viewer.window.combo_box import ComboBox
from viewer.window.translation import error_sentence

if TYPE_CHECKING:
    from viewer.jobs.worker import Job
    from viewer.methods.channel_table import ChannelTable
    from viewer.progress import Progress
    from viewer.window.controller import Controller
    from viewer.window.layer_tasks import CapturedNetwork

NUMBER, RELEVANCE = "number", "relevance"


class ChannelRanking(QObject):
    """Ranking of the channels of the selected layer; ``changed`` is emitted when its table or status changes.

    Parameters
    ----------
    controller
        Ranks the channels in the background.
    """

    changed = Signal()

    def __init__(self, controller: Controller, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._controller = controller
        self._job: Job[Any] | None = None
        self._selected_layer: tuple[CapturedNetwork, str] | None = None
        self._target: tuple[int | str | None, str | None] = (None, None)
        self._requested_maps: set[tuple[str, int]] = set()
        self.table: ChannelTable | None = None
        """The ranking; None until it is computed, and while the channels are ordered by number."""
        self.status = ""
        """Reason why there is no ranking; empty if there is one, or if none is requested."""
        self.order_combo = ComboBox()
        self.order_combo.setAccessibleName(self.tr("Order of the channels"))
        self.order_combo.addItem(self.tr("By number: activation"), NUMBER)
        self.order_combo.addItem(self.tr("By relevance for the target"), RELEVANCE)
        self.order_combo.setToolTip(
            self.tr(
                "By number: a click shows a channel's activation. By relevance: the channels most relevant "
                "to the target of the Method panel come first, and a click shows the relevance that passes "
                "through a channel (CRP)"
            )
        )
        self.order_combo.hide()
        self.order_combo.currentIndexChanged.connect(self.rank)
        controller.computing_changed.connect(self._forget_requests)

    @property
    def is_by_relevance(self) -> bool:
        """Whether ordering by relevance is selected."""
        return bool(self.order_combo.currentData() == RELEVANCE)

    @property
    def is_stopped(self) -> bool:
        """Whether the requested ranking was stopped or failed."""
        return bool(self.status) and self._job is None

    def set_target(self, target: int | str | None, region: str | None) -> None:
        """Set the output to explain, None for the predicted one, and the region of a dense output."""
        if self._target != (target, region):
            self._target = (target, region)
            self.rank()

    def select(self, network: CapturedNetwork, layer: str) -> None:
        """Select a layer, and rank its channels if ordering by relevance is selected."""
        self._selected_layer = network, layer
        self.order_combo.show()
        self.rank()

    def clear(self) -> None:
        """Clear the selected layer, and stop ranking."""
        self._selected_layer = self.table = None
        self.status = ""
        self._cancel()
        self.order_combo.hide()

    def captions(self) -> list[str]:
        """Return each ranked channel's number and, below it, its share with the sign of its relevance."""
        rows = () if self.table is None else self.table.rows
        return [f"{row.channel}\n{row.share if row.relevance >= 0 else -row.share:+.0%}" for row in rows]

    def compute_map(self, channel: int) -> None:
        """Compute the relevance that passes through a channel, unless it is already being computed."""
        from viewer.methods.concept_relevance import ConceptRelevance

        if self.table is None or (self.table.layer, channel) in self._requested_maps:
            return
        self._requested_maps.add((self.table.layer, channel))
        target, region = self._target
        parameters = {"channel": str(channel)}
        self._controller.compute(ConceptRelevance.name, parameters, target, self.table.layer, region)

    def _forget_requests(self, is_computing: bool) -> None:
        if not is_computing:
            self._requested_maps.clear()

    def _cancel(self) -> None:
        job, self._job = self._job, None
        if job is not None:
            job.cancel()

    def rank(self) -> None:
        """Rank the channels of the selected layer if ordering by relevance is selected."""
        self._cancel()
        self.table, self.status = None, ""
        if not self.is_by_relevance or self._selected_layer is None:
            self.changed.emit()
            return
        (network, layer), (target, region) = self._selected_layer, self._target
        requested = self._selected_layer, self._target
        device = self._controller.device
        self.status = self.tr("Ranking the channels of {} …").format(layer)

        def compute_table(progress: Progress) -> ChannelTable | ViewerError:
            from viewer.methods.channel_table import channels

            try:
                return channels(
                    network.model,
                    network.scan,
                    layer,
                    target=target,
                    region=region,
                    device=device,
                    progress=progress,
                    prepare=network.preparation or "none",
                )
            except ViewerError as error:
                return error

        def set_outcome(outcome: ChannelTable | ViewerError) -> None:
            if not self.is_by_relevance or (self._selected_layer, self._target) != requested:
                return
            if isinstance(outcome, ViewerError):
                self.status = self.tr("No ranking: {}").format(error_sentence(outcome))
            else:
                self.table, self.status = outcome, ""
            self.changed.emit()

        def clear_job() -> None:
            if self._job is job:
                self._job = None
                self.status = self.tr("Stopped. Click the layer to continue.")
                self.changed.emit()

        title = self.tr("Ranking the channels of {}").format(layer)
        self._job = job = self._controller.run_long(compute_table, title, set_outcome, clear_job)
        self.changed.emit()
