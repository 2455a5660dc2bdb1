"""The layer tree: rows in the network's order, channels the right way round, one of them as a map."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QTreeWidgetItem, QWidget
from pytestqt.qtbot import QtBot

import viewer
from tests.window.conftest import MakeWindow
from viewer.errors import Cancelled, ModelError
from viewer.methods.feature_visualization.recipe import VisualizationRecipe
from viewer.models.activations import compute_activations
from viewer.models.loading import load_model
from viewer.models.model import Model
from viewer.models.preprocessing import PreparedInput
from viewer.progress import Progress
from viewer.scans.grid import Grid
from viewer.scans.load import load_scan
from viewer.session.view import Convention
from viewer.window import layer_dock, layer_tasks
from viewer.window.layer_tasks import LayerRow, make_channel_thumbnails, make_layer_rows
from viewer.window.layer_tree import abbreviate_count
from viewer.window.main import MainWindow

LONG = 30_000


@pytest.fixture
def window(qtbot: QtBot, make_window: MakeWindow, scan_file: Path, model_file: Path) -> MainWindow:
    """A window with a scan and a network, and the layers in front."""
    window = make_window()
    window.controller.open_scan(scan_file)
    window.controller.open_model(model_file)
    qtbot.waitUntil(lambda: window.session.prediction is not None, timeout=LONG)
    assert not items(window)
    window.layer_dock.raise_()
    return window


@pytest.fixture
def filled(qtbot: QtBot, window: MainWindow) -> MainWindow:
    """The window once the tree is there."""
    qtbot.waitUntil(lambda: bool(items(window)), timeout=LONG)
    return window


def items(window: MainWindow) -> list[QTreeWidgetItem]:
    tree = window.layer_dock.tree
    found = [tree.topLevelItem(place) for place in range(tree.topLevelItemCount())]
    for item in found:
        found += [item.child(place) for place in range(item.childCount())]
    return found


def chosen(qtbot: QtBot, window: MainWindow, layer: str) -> None:
    """Choose a layer and wait for its channels."""
    window.layer_dock.select_layer(layer)
    qtbot.waitUntil(lambda: window.layer_dock.channel_list.count() > 0, timeout=LONG)


class Block(torch.nn.Module):
    """Two convolutions, one activation that is called twice, and a sum that is in no module."""

    def __init__(self) -> None:
        super().__init__()
        self.first = torch.nn.Conv3d(1, 2, 3, padding=1)
        self.second = torch.nn.Conv3d(2, 2, 3, padding=1)
        self.act = torch.nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.act(self.first(x))
        return self.act(self.second(y) + y)


class Small(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.block = Block()
        self.out = torch.nn.Linear(2, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.out(self.block(x).mean((2, 3, 4)))


def every(rows: tuple[LayerRow, ...]) -> Iterator[LayerRow]:
    for row in rows:
        yield row
        yield from every(row.children)


def test_every_operator_is_asked_for_by_a_name_that_means_it_alone() -> None:
    x = torch.zeros(1, 1, 4, 5, 6)
    graph = Model.from_module(Small().eval(), x).graph(x)
    tree = make_layer_rows(graph)
    assert tree[0].name == "block"
    assert {row.name for row in tree} >= {"block", "out"}
    block = tree[0]
    assert block.layer == "block"
    assert block.size == "2×4×5×6"
    assert block.parameters == (27 + 1) * 2 + (54 + 1) * 2
    assert [child.name for child in block.children if child.operator == "conv"] == ["first", "second"]
    operators = [row for row in every(tree) if row.operator]
    places = [graph.resolve_layer(row.layer) for row in operators]
    assert len(set(places)) == len(places)
    assert [graph.by_name[place].operator for place in places] == [row.operator for row in operators]
    calls = [row.layer for row in operators if row.operator == "relu"]
    assert calls == ["block.act@0", "block.act"]


@pytest.mark.parametrize(
    ("count", "expected"),
    [(0, ""), (216, "216"), (1728, "1.7k"), (55_296, "55k"), (2_100_000, "2.1M"), (3 * 10**9, "3.0G")],
)
def test_counts_are_short(count: int, expected: str) -> None:
    assert abbreviate_count(count) == expected


AXES = {
    "RAS": np.diag([1.0, 1, 1, 1]),
    "LAS": np.diag([-1.0, 1, 1, 1]),
    "LIA": np.array([[-1.0, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 1]]),
    "SRP": np.array([[0, 1.0, 0, 0], [0, 0, -1, 0], [1, 0, 0, 0], [0, 0, 0, 1]]),
}


@pytest.mark.parametrize("axes", list(AXES))
def test_pictures_are_upright_whatever_the_axes(axes: str) -> None:
    shape = (7, 9, 11)
    grid = Grid(shape, AXES[axes])
    assert "".join(grid.axcodes) == axes
    places = np.stack(np.meshgrid(*[np.arange(n) for n in shape], indexing="ij"), axis=-1)
    world = grid.to_world(places)
    values = np.stack([world[..., 0], world[..., 1]]).astype(np.float32)
    found = make_channel_thumbnails(values, PreparedInput(torch.zeros(1, 1, *shape), grid), 64)
    assert found.plane == "axial"
    to_right, to_front = found.pixels.astype(int)
    assert (np.diff(to_right, axis=1) > 0).all()
    assert (np.diff(to_front, axis=0) < 0).all()
    assert (np.diff(found.mirrored()[0].astype(int), axis=1) < 0).all()


def test_a_coronal_network_has_coronal_pictures() -> None:
    grid = Grid((6, 8, 1), np.array([[0, -1.0, 0, 0], [0, 0, 1, 0], [-1, 0, 0, 0], [0, 0, 0, 1]]))
    assert "".join(grid.axcodes) == "ILA"
    values = grid.to_world(np.stack(np.meshgrid(range(6), range(8), [0], indexing="ij"), -1))[:, :, 0]
    found = make_channel_thumbnails(
        values[..., [0, 2]].transpose(2, 0, 1).astype(np.float32),
        PreparedInput(torch.zeros(1, 1, 6, 8), grid),
        64,
    )
    assert found.plane == "coronal"
    assert (np.diff(found.pixels[0].astype(int), axis=1) > 0).all()
    assert (np.diff(found.pixels[1].astype(int), axis=0) < 0).all()


def test_a_layer_without_space_has_no_pictures() -> None:
    grid = Grid((4, 4, 4), np.eye(4))
    with pytest.raises(ModelError, match="its output is not spatial"):
        make_channel_thumbnails(np.zeros(8, np.float32), PreparedInput(torch.zeros(1, 1, 4, 4, 4), grid), 64)


def test_rows_choice_channels_and_map(qtbot: QtBot, filled: MainWindow) -> None:
    window, session = filled, filled.session
    dock, method = window.layer_dock, window.method_dock
    rows = {item.data(0, layer_dock.LAYER_ROLE): item for item in items(window)}
    assert rows["conv1"].text(0) == "conv1 · conv"
    assert rows["conv1"].text(2) == "224"
    assert not dock.channel_list.isVisible()

    assert not dock.explain_button.isEnabled()
    chosen(qtbot, window, "conv1")
    method.choose_method("grad-cam")
    # Looking at a layer does not make it the layer of the next map.
    assert method.layer is None
    assert method.clear_layer_button.isHidden()
    qtbot.mouseClick(dock.explain_button, Qt.MouseButton.LeftButton)
    assert method.layer == "conv1"
    assert not method.clear_layer_button.isHidden()
    graph = session.model.graph(session.model.prepare(session.scan).tensor)
    count = graph.by_name[graph.resolve_layer("conv1")].shape[1]
    assert dock.channel_list.count() == count
    assert f"axial slice of {count} channels" in dock.message
    assert not session.maps

    dock.channel_list.setFocus()
    dock.channel_list.setCurrentRow(2)
    qtbot.keyClick(dock.channel_list, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(session.maps) == 1, timeout=LONG)
    shown = session.current_layer.map
    assert shown.provenance.method == "activation"
    assert (shown.provenance.layer, shown.provenance.parameters) == ("conv1", {"channel": 2})
    assert shown.grid.same_as(session.scan.grid)
    values = compute_activations(session.model, session.model.prepare(session.scan).tensor, "conv1")[2]
    assert values.min() <= shown.data.min() < shown.data.max() <= values.max()
    qtbot.waitUntil(
        lambda: window.display.prepared_map is not None and window.display.prepared_map.map is shown,
        timeout=LONG,
    )

    place = dock.channel_list.visualItemRect(dock.channel_list.item(0)).center()
    qtbot.mouseClick(dock.channel_list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.waitUntil(lambda: len(session.maps) == 2, timeout=LONG)
    dock.channel_list.setCurrentRow(2)
    qtbot.keyClick(dock.channel_list, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: session.current == 0, timeout=LONG)
    assert len(session.maps) == 2

    dock.select_layer(None)
    assert not dock.channel_list.isVisible()
    assert not dock.explain_button.isEnabled()
    assert method.layer == "conv1"
    method.clear_layer_button.click()
    assert method.layer is None
    assert method.clear_layer_button.isHidden()


@pytest.mark.slow
def test_a_double_click_shows_no_channel(qtbot: QtBot, filled: MainWindow) -> None:
    filled.feature_visualizer.recipe = VisualizationRecipe().with_parameters({"steps": 2})
    chosen(qtbot, filled, "relu1")
    channels, session = filled.layer_dock.channel_list, filled.session
    session.change(crosshair=(3.0, 6.0, 9.0))
    place = channels.visualItemRect(channels.item(1)).center()
    qtbot.mouseClick(channels.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseDClick(channels.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.waitUntil(lambda: bool(session.maps) and not filled.controller.tasks, timeout=LONG)
    qtbot.wait(QApplication.doubleClickInterval() + 100)
    qtbot.waitUntil(lambda: not filled.controller.tasks, timeout=LONG)
    assert [one.map.provenance.method for one in session.maps] == ["feature-visualization"]
    # A click alone shows the channel, and Return does.
    place = channels.visualItemRect(channels.item(0)).center()
    qtbot.mouseClick(channels.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.waitUntil(lambda: len(session.maps) == 2, timeout=LONG)
    assert session.current_layer.map.provenance.parameters == {"channel": 0}
    # The crosshair was in the image's middle, and is back where a person had it.
    assert session.crosshair == (3.0, 6.0, 9.0)
    qtbot.keyClick(channels, Qt.Key.Key_Right)
    qtbot.keyClick(channels, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(session.maps) == 3, timeout=LONG)
    assert session.current_layer.map.provenance.parameters == {"channel": 1}
    # The image is chosen in the list: the crosshair goes there, and back.
    middle = tuple(map(float, session.maps[0].map.grid.centre))
    session.select_map(0)
    assert session.crosshair == pytest.approx(middle)
    session.select_map(1)
    assert session.crosshair == (3.0, 6.0, 9.0)


def test_the_chosen_layer_is_explained(qtbot: QtBot, filled: MainWindow) -> None:
    filled.method_dock.choose_method("grad-cam")
    chosen(qtbot, filled, "conv2")
    qtbot.mouseClick(filled.layer_dock.explain_button, Qt.MouseButton.LeftButton)
    filled.method_dock.compute()
    qtbot.waitUntil(lambda: len(filled.session.maps) == 1, timeout=LONG)
    assert filled.session.current_layer.map.provenance.layer == "conv2"
    assert filled.session.current_layer.map.name.endswith(", layer conv2")


def by_relevance(qtbot: QtBot, window: MainWindow) -> list[int]:
    """Choose the order by relevance, and return the channels once they are ranked."""
    dock = window.layer_dock
    dock.order_combo.setFocus()
    qtbot.keyClick(dock.order_combo, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: "by relevance for" in dock.message, timeout=LONG)
    return [dock.channel_at(row) for row in range(dock.channel_list.count())]


def test_channels_by_relevance_and_the_map_through_one(qtbot: QtBot, filled: MainWindow) -> None:
    dock, session = filled.layer_dock, filled.session
    chosen(qtbot, filled, "relu2")
    numbers = [dock.channel_list.item(row).text() for row in range(dock.channel_list.count())]
    assert numbers == [str(number) for number in range(len(numbers))]
    shown = by_relevance(qtbot, filled)
    table = viewer.channels(session.model, session.scan, "relu2", device="cpu")
    assert shown == [row.channel for row in table]
    assert f"relu2: {len(shown)} channels by relevance for {table.target}" in dock.message
    first = table.rows[0]
    share = math.copysign(first.share, first.relevance)
    assert dock.channel_list.item(0).text() == f"{first.channel}\n{share:+.0%}"
    assert not dock.channel_list.item(0).icon().isNull()
    place = dock.channel_list.visualItemRect(dock.channel_list.item(0)).center()
    qtbot.mouseClick(dock.channel_list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.waitUntil(lambda: len(session.maps) == 1, timeout=LONG)
    provenance = session.current_layer.map.provenance
    assert (provenance.method, provenance.layer) == ("crp", "relu2")
    assert provenance.parameters["channel"] == str(first.channel)
    assert session.current_layer.map.name.startswith(f"Concept relevance (CRP), channel {first.channel}, ")
    dock.channel_list.setCurrentRow(1)
    qtbot.keyClick(dock.channel_list, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(session.maps) == 2, timeout=LONG)
    qtbot.waitUntil(lambda: not filled.controller.is_computing, timeout=LONG)
    dock.channel_list.setCurrentRow(0)
    qtbot.keyClick(dock.channel_list, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: session.current == 0, timeout=LONG)
    assert len(session.maps) == 2
    qtbot.keyClick(dock.order_combo, Qt.Key.Key_Up)
    qtbot.waitUntil(lambda: "axial slice" in dock.message, timeout=LONG)
    assert [dock.channel_list.item(row).text() for row in range(dock.channel_list.count())] == numbers


@pytest.mark.slow
def test_the_ranking_follows_the_target(qtbot: QtBot, filled: MainWindow) -> None:
    dock, session = filled.layer_dock, filled.session
    chosen(qtbot, filled, "relu2")
    by_relevance(qtbot, filled)
    predicted = session.prediction.best
    other = next(index for index in range(len(session.model.card.classes)) if index != predicted)
    name = session.model.card.classes[other]
    target = filled.method_dock.findChild(QWidget, "target")
    target.setCurrentIndex(target.findData(other))
    qtbot.waitUntil(lambda: f"by relevance for {name}" in dock.message, timeout=LONG)
    table = viewer.channels(session.model, session.scan, "relu2", target=other, device="cpu")
    shown = [dock.channel_at(row) for row in range(dock.channel_list.count())]
    assert shown == [row.channel for row in table]
    qtbot.keyClick(dock.channel_list, Qt.Key.Key_Home)
    qtbot.keyClick(dock.channel_list, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(session.maps) == 1, timeout=LONG)
    assert session.current_layer.map.provenance.target == name


def test_channels_of_a_dense_layer_are_ranked_without_pictures(qtbot: QtBot, filled: MainWindow) -> None:
    dock = filled.layer_dock
    last = next(row for row in reversed(items(filled)) if "linear" in row.text(0))
    dock.select_layer(last.data(0, layer_dock.LAYER_ROLE))
    qtbot.waitUntil(lambda: "its output is not spatial" in dock.message, timeout=LONG)
    shown = by_relevance(qtbot, filled)
    assert len(shown) == len(filled.session.model.card.classes)
    assert dock.channel_list.isVisible()
    assert dock.channel_list.item(0).icon().isNull()
    assert dock.channel_list.item(0).text() == f"{filled.session.prediction.best}\n+100%"


@pytest.mark.slow
def test_another_scan_keeps_the_layer(qtbot: QtBot, filled: MainWindow, scan_file: Path) -> None:
    chosen(qtbot, filled, "conv2")
    before = filled.session.scan
    filled.controller.open_scan(scan_file)
    qtbot.waitUntil(lambda: filled.session.scan is not before, timeout=LONG)
    assert not filled.layer_dock.channel_list.count()
    qtbot.waitUntil(lambda: filled.layer_dock.channel_list.count() > 0, timeout=LONG)
    assert filled.layer_dock.layer == "conv2"


def test_sides_follow_the_slices(qtbot: QtBot, filled: MainWindow) -> None:
    dock = filled.layer_dock
    chosen(qtbot, filled, "conv1")

    def picture() -> np.ndarray:
        image = dock.channel_list.item(1).icon().pixmap(dock.channel_list.iconSize()).toImage()
        rows = [[image.pixelColor(x, y).red() for x in range(image.width())] for y in range(image.height())]
        return np.array(rows)

    neurological = picture()
    filled.session.change(convention=Convention.RADIOLOGICAL)
    assert (picture() == neurological[:, ::-1]).all()
    assert (picture() != neurological).any()


def test_a_layer_behind_the_flattening_says_so(qtbot: QtBot, filled: MainWindow) -> None:
    dock = filled.layer_dock
    last = next(row for row in reversed(items(filled)) if "linear" in row.text(0))
    dock.select_layer(last.data(0, layer_dock.LAYER_ROLE))
    qtbot.waitUntil(lambda: "its output is not spatial" in dock.message, timeout=LONG)
    assert not dock.channel_list.isVisible()
    assert not filled.file_actions.error_boxes


@pytest.mark.slow
def test_a_network_without_a_graph_says_why(qtbot: QtBot, window: MainWindow) -> None:
    model = window.session.model
    opaque = Model(model.module(), model.card, model.hash, None, "TorchScript")
    window.session.set_model(opaque)
    dock = window.layer_dock
    qtbot.waitUntil(lambda: dock.message.startswith("No layers can be shown"), timeout=LONG)
    assert "TorchScript gives no operator graph" in dock.message
    assert not items(window)
    assert not window.file_actions.error_boxes
    window.method_dock.choose_method("grad-cam")
    assert "TorchScript" in window.method_dock.unavailable_reason


class Held:
    """Stands in for the work on a layer: goes on until it is told to stop."""

    def __init__(self) -> None:
        self.begun, self.ended = threading.Event(), threading.Event()

    def __call__(self, *arguments: object) -> object:
        progress = next(one for one in arguments if isinstance(one, Progress))
        self.begun.set()
        try:
            while True:
                progress.raise_if_cancelled()
                threading.Event().wait(0.005)
        except Cancelled:
            self.ended.set()
            raise


class HeldRanking(Held):
    """Stands in for the ranking of channels, whose progress is given by name."""

    def __call__(self, *arguments: object, **options: object) -> object:
        return super().__call__(*arguments, *options.values())


def test_stopping_and_beginning_anew(
    qtbot: QtBot, filled: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, dock = Held(), filled.layer_dock
    with monkeypatch.context() as patch:
        patch.setattr(layer_dock, "layer_activations", held)
        dock.select_layer("conv1")
        qtbot.waitUntil(held.begun.is_set, timeout=LONG)
        assert dock.message == "Computing conv1 …"
        filled.cancel()
        qtbot.waitUntil(lambda: dock.message.startswith("Stopped"), timeout=LONG)
    assert held.ended.is_set()
    place = dock.tree.visualItemRect(dock.tree.selectedItems()[0]).center()
    qtbot.mouseClick(dock.tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.waitUntil(lambda: dock.channel_list.count() > 0, timeout=LONG)


def test_a_ranking_that_was_stopped_goes_on_at_a_click(
    qtbot: QtBot, filled: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    dock, held = filled.layer_dock, HeldRanking()
    chosen(qtbot, filled, "relu2")
    with monkeypatch.context() as patch:
        patch.setattr("viewer.methods.channel_table.channels", held)
        dock.order_combo.setFocus()
        qtbot.keyClick(dock.order_combo, Qt.Key.Key_Down)
        qtbot.waitUntil(held.begun.is_set, timeout=LONG)
        assert dock.message == "Ranking the channels of relu2 …"
        filled.cancel()
        qtbot.waitUntil(lambda: dock.message == "Stopped. Click the layer to continue.", timeout=LONG)
    place = dock.tree.visualItemRect(dock.tree.selectedItems()[0]).center()
    qtbot.mouseClick(dock.tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.waitUntil(lambda: "by relevance for" in dock.message, timeout=LONG)


def test_another_layer_stops_the_one_before(
    qtbot: QtBot, filled: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, dock = Held(), filled.layer_dock
    with monkeypatch.context() as patch:
        patch.setattr(layer_dock, "layer_activations", held)
        dock.select_layer("conv1")
        qtbot.waitUntil(held.begun.is_set, timeout=LONG)
    chosen(qtbot, filled, "conv2")
    assert held.ended.is_set()
    assert dock.message.startswith("conv2")


def test_closing_while_the_layers_are_read(
    qtbot: QtBot, make_window: MakeWindow, scan_file: Path, model_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held()
    monkeypatch.setattr(layer_dock, "capture_network", held)
    window = make_window()
    window.controller.open_scan(scan_file)
    window.controller.open_model(model_file)
    window.layer_dock.raise_()
    qtbot.waitUntil(held.begun.is_set, timeout=LONG)
    window.close()
    assert held.ended.is_set()
    assert not items(window)
    assert not [thread for thread in threading.enumerate() if thread.name == "worker" and thread.is_alive()]


def test_windows_are_noticed(scan_file: Path, model_file: Path) -> None:
    model, scan = load_model(model_file), load_scan(scan_file)
    assert layer_tasks.capture_network(model, scan, Progress()).prepared_input is not None
    wanted = replace(
        model.card.input, shape=(), window=(16, 16, 16), placement="foreground", spacing=(4, 4, 4)
    )
    inside = layer_tasks.capture_network(
        Model(model.module(), replace(model.card, input=wanted), model.hash), scan, Progress()
    )
    assert inside.prepared_input is None
    assert [row.size for row in inside.rows if row.name == "conv1"] == ["8×16×16×16"]


def test_a_network_in_windows_shows_rows_and_no_channels(
    qtbot: QtBot, filled: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = layer_tasks.capture_network(filled.session.model, filled.session.scan, Progress())
    windowed = layer_tasks.CapturedNetwork(inside.model, inside.scan, None, inside.rows)
    monkeypatch.setattr(layer_dock, "capture_network", lambda *_: windowed)
    filled.session.set_model(filled.session.model)
    dock = filled.layer_dock
    qtbot.waitUntil(lambda: "in windows" in dock.message, timeout=LONG)
    dock.select_layer("conv1")
    dock.explain_button.click()
    filled.method_dock.choose_method("grad-cam")
    assert filled.method_dock.layer == "conv1"
    assert not dock.channel_list.count()
