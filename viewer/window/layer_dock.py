"""Layer panel: the layers of the network as a tree, and the channels or heads of the selected layer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QPushButton,
    QSplitter,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from viewer.errors import ViewerError
from viewer.session.session import Session
from viewer.session.view import Convention
from viewer.window.attention_heads import AttentionHeads, compute_attention_heads
from viewer.window.channel_ranking import ChannelRanking
from viewer.window.dock_panel import DockPanel, make_label, set_text
from viewer.window.layer_tasks import (
    CapturedNetwork,
    ChannelThumbnails,
    LayerRow,
    capture_network,
    compute_channel_map,
    layer_activations,
    make_channel_thumbnails,
)
from viewer.window.layer_tree import LAYER_ROLE, LayerTree, make_tree_item
from viewer.window.preparation_tasks import has_same_preparation
from viewer.window.query_row import QueryRow
from viewer.window.thumbnail_list import THUMBNAIL_SIZE, ThumbnailList
from viewer.window.translation import plane_name, translate_count, translate_sentence

if TYPE_CHECKING:
    from viewer.jobs.worker import Job
    from viewer.methods.channel_table import ChannelTable
    from viewer.models.activations import ActivationCache
    from viewer.progress import Progress
    from viewer.scans.map import Map
    from viewer.window.controller import Controller

STORE_BYTES = 256 * 2**20
MAX_EXPANDED_ROWS = 80
SMALL_FONT_SCALE = 0.88
CHANNELS_PERCENT = 46
"""Share of the height that the channels get when they are first shown."""


class CompactSplitter(QSplitter):
    """Splitter whose preferred size is its minimum size, as its parts have their own scroll bars."""

    def sizeHint(self) -> QSize:
        """Return the minimum size; the splitter grows with the panel."""
        return self.minimumSizeHint()


class LayerDock(DockPanel):
    """Panel that follows the session's model and scan; computes only while it is visible.

    Selecting a row shows its channels; only the button below makes it the layer of later maps
    (``layer_chosen``). A click on a channel, or Return, adds a map of the channel to the list: its activation
    or, if the channels are ordered by relevance, the relevance that passes through it. For an attention
    layer, the heads are shown for the query token chosen in ``query_row``.
    """

    layer_chosen = Signal(str)

    def __init__(self, session: Session, controller: Controller, parent: QWidget | None = None) -> None:
        super().__init__("layers", "Layers", parent)
        self.setWindowTitle(self.tr("Layers"))
        self._session = session
        self._controller = controller
        self._is_visible = False
        self._network: CapturedNetwork | None = None
        self._thumbnails: ChannelThumbnails | AttentionHeads | None = None
        self._thumbnail_problem = ""
        self._activation_cache: ActivationCache | None = None
        self._read_job: Job[Any] | None = None
        self._channel_job: Job[Any] | None = None
        self._pending_maps: set[tuple[str, int]] = set()
        self._selected_layer: tuple[str, str] | None = None
        self._message_label = make_label(role="quiet")
        self._message_label.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.tree = LayerTree()
        self.channel_list = ThumbnailList()
        self.query_row = QueryRow()
        self.ranking = ChannelRanking(controller, self)
        self.order_combo = self.ranking.order_combo
        self._channels_sized = False
        self._splitter = CompactSplitter(Qt.Orientation.Vertical)
        self._splitter.addWidget(self.tree)
        self._splitter.addWidget(self.channel_list)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setStretchFactor(0, 3)
        self._splitter.setStretchFactor(1, 2)
        self.explain_button = QPushButton(self.tr("Explain this layer"))
        self.explain_button.setToolTip(
            self.tr("Use this layer for the next maps; the Method panel shows it and can clear it")
        )
        self.explain_button.clicked.connect(lambda: self.layer_chosen.emit(self.layer))
        self.column.addWidget(self._message_label)
        self.column.addWidget(self._splitter, 1)
        self.column.addWidget(self.order_combo)
        self.column.addWidget(self.query_row)
        self.column.addWidget(self.explain_button)
        page_layout = self.page.layout()
        assert isinstance(page_layout, QVBoxLayout)
        page_layout.setContentsMargins(6, 6, 6, 6)
        page_layout.setStretch(0, 1)
        page_layout.setStretch(1, 0)
        # The timer lets the prediction, started by the same change, run first.
        self._read_timer = QTimer(self)
        self._read_timer.setSingleShot(True)
        self._read_timer.timeout.connect(self._read_layers)
        self.visibilityChanged.connect(self._on_visibility_changed)
        self.tree.itemSelectionChanged.connect(self._on_layer_selected)
        self.tree.itemClicked.connect(self._resume_stopped)
        self.channel_list.chosen.connect(self._show_as_map)
        self.query_row.changed.connect(self._show_thumbnails)
        self.ranking.changed.connect(self._show_thumbnails)
        self.order_combo.currentIndexChanged.connect(lambda: self.channel_list.setCurrentRow(-1))
        session.subscribe(self._reset, "model", "scan", "preparation")
        session.subscribe(self._show_thumbnails, "convention")
        session.subscribe(self._follow_crosshair, "crosshair")
        self._reset()

    @property
    def message(self) -> str:
        """Message above the tree: what is missing, in progress or shown."""
        return self._message_label.text()

    @property
    def layer(self) -> str:
        """Selected layer; empty if there is none."""
        items = self.tree.selectedItems()
        return str(items[0].data(0, LAYER_ROLE)) if items else ""

    def select_layer(self, layer: str | None) -> None:
        """Select a layer; clear the selection for None or a layer that is not in the tree."""
        if (layer or "") == self.layer:
            return
        for item in self._iterate_items():
            if layer and item.data(0, LAYER_ROLE) == layer:
                self.tree.setCurrentItem(item)
                return
        self.tree.clearSelection()

    # The tree

    def _on_visibility_changed(self, visible: bool) -> None:
        self._is_visible = visible
        if visible:
            self._read_timer.start(0)

    def _reset(self) -> None:
        """Clear the panel after the model or the scan has changed, and read the layers again."""
        for job in (self._read_job, self._channel_job):
            if job is not None:
                job.cancel()
        self._read_job = self._channel_job = None
        self._network = None
        self._pending_maps.clear()
        if self._activation_cache is not None:
            self._activation_cache.clear()
        self.tree.clear()
        self._clear_channels()
        self._splitter.hide()
        self.explain_button.setEnabled(False)
        if self._session.model is None:
            set_text(self._message_label, self.tr("Open a model to see its layers."))
        elif self._session.scan is None:
            set_text(self._message_label, self.tr("Open a scan to see the activations of the layers."))
        else:
            set_text(self._message_label, self.tr("Reading the layers …"))
            if self._is_visible:
                self._read_timer.start(0)

    def _read_layers(self) -> None:
        model, scan, preparation = self._session.model, self._session.scan, self._session.preparation
        if not self._is_visible or model is None or scan is None:
            return
        if self._network is not None or self._read_job is not None:
            return
        set_text(self._message_label, self.tr("Reading the layers …"))

        def capture(progress: Progress) -> CapturedNetwork | ViewerError:
            try:
                return capture_network(model, scan, progress, preparation)
            except ViewerError as error:
                return error

        def show_layers(outcome: CapturedNetwork | ViewerError) -> None:
            if self._read_job is not job:
                return
            if isinstance(outcome, ViewerError):
                set_text(self._message_label, self.tr("No layers can be shown. {}").format(outcome))
            else:
                self._network = outcome
                self._fill(outcome.rows)

        def on_end() -> None:
            if self._read_job is job and self._network is None:
                set_text(self._message_label, self.tr("Stopped. Open this panel again to read the layers."))
                self._read_timer.stop()
                QTimer.singleShot(0, clear_job)

        def clear_job() -> None:
            if self._read_job is job:
                self._read_job = None

        title = self.tr("Reading the layers of {}").format(model.card.name)
        self._read_job = job = self._controller.run_long(capture, title, show_layers, on_end)

    def _fill(self, rows: Sequence[LayerRow]) -> None:
        self.tree.setRootIsDecorated(any(row.children for row in rows))
        small_font = QFont(self.tree.font())
        small_font.setPointSizeF(small_font.pointSizeF() * SMALL_FONT_SCALE)
        self.tree.addTopLevelItems([make_tree_item(row, small_font) for row in rows])
        if sum(1 for _ in self._iterate_items()) <= MAX_EXPANDED_ROWS:
            self.tree.expandAll()
        self.tree.fit_columns()
        self._splitter.show()
        self.channel_list.hide()
        self._show_hint()
        if self._selected_layer is not None and self._network is not None:
            model, layer = self._selected_layer
            if model == self._network.model.hash:
                self.select_layer(layer)

    def _show_hint(self) -> None:
        if self._network is not None and self._network.prepared_input is None:
            text = self.tr(
                "The network processes this scan in windows, so no layer covers all of it. "
                "The selected layer can still be explained."
            )
        else:
            text = self.tr("Select a layer to see its channels, or to explain it.")
        set_text(self._message_label, text)

    def _iterate_items(self) -> Iterator[QTreeWidgetItem]:
        queue = [self.tree.topLevelItem(index) for index in range(self.tree.topLevelItemCount())]
        while queue:
            item = queue.pop(0)
            if item is not None:
                yield item
                queue += [item.child(index) for index in range(item.childCount())]

    # Channels of the selected layer

    def _resume_stopped(self) -> None:
        """Continue if the selected row is clicked after its channels or their ranking were stopped."""
        if self.layer and self._thumbnails is None and self._channel_job is None:
            self._compute_channels()
        elif self.ranking.is_stopped:
            self.ranking.rank()

    def _on_layer_selected(self) -> None:
        if self._channel_job is not None:
            self._channel_job.cancel()
            self._channel_job = None
        self._clear_channels()
        if self._network is None:
            return
        self._show_hint()
        self._selected_layer = (self._network.model.hash, self.layer)
        self.explain_button.setEnabled(bool(self.layer))
        self._compute_channels()

    def _compute_channels(self) -> None:
        network, layer = self._network, self.layer
        if network is None or network.prepared_input is None or not layer:
            return
        cache, prepared, device = (
            self._get_activation_cache(),
            network.prepared_input,
            self._controller.device,
        )
        set_text(self._message_label, self.tr("Computing {} …").format(layer))

        def compute_thumbnails(progress: Progress) -> ChannelThumbnails | AttentionHeads | ViewerError:
            try:
                heads = compute_attention_heads(network, layer, device, progress)
                return heads or make_channel_thumbnails(
                    layer_activations(network, layer, cache, device, progress), prepared, THUMBNAIL_SIZE
                )
            except ViewerError as error:
                return error

        def set_thumbnails(outcome: ChannelThumbnails | AttentionHeads | ViewerError) -> None:
            if network is not self._network or layer != self.layer:
                return
            if isinstance(outcome, ViewerError):
                self._thumbnail_problem = self.tr("{}: {}.").format(layer, outcome.problem)
            else:
                self._thumbnails = outcome
            if isinstance(outcome, AttentionHeads):
                self.query_row.list_queries(has_class_token=outcome.layout.num_prefix_tokens > 0)
                self.query_row.show()
                self._show_thumbnails()
            else:
                self.ranking.select(network, layer)

        def on_end() -> None:
            if self._channel_job is job:
                self._channel_job = None
                if network is self._network:
                    set_text(self._message_label, self.tr("Stopped. Click the layer to continue."))

        title = self.tr("Computing the channels of {}").format(layer)
        self._channel_job = job = self._controller.run_long(compute_thumbnails, title, set_thumbnails, on_end)

    def _get_activation_cache(self) -> ActivationCache:
        """Return the cache of activations, created on first use because it imports NumPy."""
        if self._activation_cache is None:
            from viewer.models.activations import ActivationCache

            self._activation_cache = ActivationCache(STORE_BYTES)
        return self._activation_cache

    def _clear_channels(self) -> None:
        self._thumbnails = None
        self._thumbnail_problem = ""
        self.ranking.clear()
        self.channel_list.clear()
        self.channel_list.hide()
        self.query_row.hide()

    @property
    def shows_channels(self) -> bool:
        """Whether the images are channels of a layer, not attention heads."""
        return isinstance(self._thumbnails, ChannelThumbnails)

    def channel_at(self, row: int) -> int:
        """Return the channel in a row of the list."""
        table = self.ranking.table
        return row if table is None else table.rows[row].channel

    def _follow_crosshair(self) -> None:
        if self.query_row.follows_crosshair and isinstance(self._thumbnails, AttentionHeads):
            self._show_thumbnails()

    def _show_thumbnails(self) -> None:
        """Show the thumbnails in the side convention of the slices."""
        if isinstance(self._thumbnails, AttentionHeads):
            self._show_heads(self._thumbnails)
        elif self.ranking.table is not None:
            self._show_ranking(self.ranking.table)
        else:
            self._show_by_number(self._thumbnails)

    def _show_by_number(self, thumbnails: ChannelThumbnails | None) -> None:
        """Show the channels by number; for a layer without images, only the reason."""
        text = self._thumbnail_problem
        if thumbnails is None:
            self.channel_list.hide()
        else:
            count = len(thumbnails.pixels)
            tool_tip = self.tr("Channel {}: click to show it, double-click to visualise it")
            numbers = [str(channel) for channel in range(count)]
            self._show_images(thumbnails, numbers, [tool_tip.format(channel) for channel in numbers])
            text = self.tr("{}: middle {} slice of {}. Click one to show it.")
            text = text.format(self.layer, plane_name(thumbnails.plane), translate_count(count, "channel"))
        if self.layer and (self.ranking.status or text):
            set_text(self._message_label, self.ranking.status or text)

    def _show_ranking(self, table: ChannelTable) -> None:
        """Show the channels by relevance; for a layer without images, only their captions."""
        order = [row.channel for row in table]
        tool_tip = self.tr("Channel {}: click to show the relevance through it, double-click to visualise it")
        tool_tips = [tool_tip.format(channel) for channel in order]
        thumbnails = self._thumbnails
        if isinstance(thumbnails, ChannelThumbnails):
            ordered = replace(thumbnails, pixels=thumbnails.pixels[order])
            self._show_images(ordered, self.ranking.captions(), tool_tips)
        else:
            self.channel_list.show_images(None, self.ranking.captions(), tool_tips)
        text = self.tr("{}: {} by relevance for {}. Click one to show the relevance through it.")
        set_text(
            self._message_label,
            text.format(table.layer, translate_count(len(order), "channel"), table.target),
        )

    def _show_heads(self, heads: AttentionHeads) -> None:
        """Show what the query attends to: the mean over the heads, and each head."""
        try:
            thumbnails = heads.thumbnails(self.query_row.query_text(self._session.crosshair), THUMBNAIL_SIZE)
        except ViewerError as error:
            self.channel_list.hide()
            set_text(
                self._message_label, self.tr("{}: {}.").format(self.layer, translate_sentence(error.problem))
            )
            return
        labels = [self.tr("mean"), *map(str, range(heads.count))]
        tool_tip = self.tr("Attention of head {}: click to show it")
        tool_tips = [self.tr("Mean over the heads: click to show it"), *map(tool_tip.format, labels[1:])]
        self._show_images(thumbnails, labels, tool_tips)
        text = self.tr("{}: what the query attends to, middle {} slice, {}. Click one to show it.")
        set_text(
            self._message_label,
            text.format(self.layer, plane_name(thumbnails.plane), translate_count(heads.count, "head")),
        )

    def _show_images(
        self, thumbnails: ChannelThumbnails, labels: Sequence[str], tool_tips: Sequence[str]
    ) -> None:
        radiological = self._session.view.convention is Convention.RADIOLOGICAL
        images = thumbnails.mirrored() if radiological else thumbnails.pixels
        self.channel_list.show_images(images, labels, tool_tips)
        if not self._channels_sized:
            self._channels_sized = True
            height = self._splitter.height() * CHANNELS_PERCENT // 100
            self._splitter.setSizes([self._splitter.height() - height, height])
            self.tree.scrollTo(self.tree.currentIndex())

    def _show_as_map(self, row: int) -> None:
        """Add a channel or head to the list of maps, or select it there if it is already listed."""
        if self._network is None or not self.layer or row < 0:
            return
        from viewer.methods.attention.attention_map import AttentionMap
        from viewer.models.activations import ACTIVATION_METHOD

        if isinstance(self._thumbnails, AttentionHeads):
            parameters = {
                "head": "mean" if row == 0 else str(row - 1),
                "query": self.query_row.query_text(self._session.crosshair),
            }
            if not self._select_map(self._network, AttentionMap.name, parameters):
                self._controller.compute(AttentionMap.name, parameters, None, self.layer)
        elif self.ranking.is_by_relevance:
            if self.ranking.table is not None:
                self._show_relevance(self._network, self.ranking.table, self.channel_at(row))
        elif not self._select_map(self._network, ACTIVATION_METHOD, {"channel": row}):
            self._compute_channel_map(self._network, row)

    def _show_relevance(self, network: CapturedNetwork, table: ChannelTable, channel: int) -> None:
        from viewer.methods.concept_relevance import ConceptRelevance

        method = ConceptRelevance(channel=str(channel))
        if not self._select_map(network, method.name, method.parameter_values(), table.target):
            self.ranking.compute_map(channel)

    def _select_map(
        self,
        network: CapturedNetwork,
        method: str,
        parameters: Mapping[str, object],
        target: str | None = None,
    ) -> bool:
        """Select the map of the selected layer with these parameters; return whether there is one.

        If ``target`` is given, only maps of this target for the whole scan, without a region, match.
        """
        for index, entry in enumerate(self._session.maps):
            provenance = entry.map.provenance
            if (
                (provenance.method, provenance.layer, provenance.parameters)
                == (method, self.layer, parameters)
                and (target is None or (provenance.target, provenance.region) == (target, ""))
                and provenance.model.get("hash") == network.model.hash
                and provenance.scan.get("hash") == network.scan.hash
                and has_same_preparation(provenance, network.preparation)
            ):
                self._session.select_map(index)
                return True
        return False

    def _compute_channel_map(self, network: CapturedNetwork, channel: int) -> None:
        layer = self.layer
        if (layer, channel) in self._pending_maps:
            return
        cache, device = self._get_activation_cache(), self._controller.device
        self._pending_maps.add((layer, channel))

        def add_map(computed_map: Map) -> None:
            if network is self._network:
                self._session.add_map(computed_map)

        def clear_pending() -> None:
            self._pending_maps.discard((layer, channel))

        self._controller.run_long(
            lambda progress: compute_channel_map(network, layer, channel, cache, device, progress),
            self.tr("Showing channel {} of {}").format(channel, layer),
            add_map,
            clear_pending,
        )
