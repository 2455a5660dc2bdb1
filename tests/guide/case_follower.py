"""Follow a worked case in a window: find what a step names, operate it, and look for what is then seen."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QModelIndex, QPoint, QRect, Qt, QTimer
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QLabel,
    QListView,
    QMenu,
    QScrollArea,
    QStyle,
    QStyleOptionButton,
    QStyleOptionViewItem,
    QTabBar,
    QTableView,
    QWidget,
)

from tests.guide.case_hands import Hands
from tests.guide.case_steps import Step
from tests.window.controls import plain
from viewer.window.main import MainWindow

PATIENCE = 300.0
"""Seconds that a step may take: maps and checks are computed meanwhile."""

INTERVAL_MS = 40
NUMBERS = ("no", "one", "two", "three", "four", "five")
Acts = Iterator[None]


class StepError(AssertionError):
    """A step names what is not there, or says what is not seen."""


class CaseFollower:
    """Takes the steps of a case one after the other, while the window's event loop runs.

    Parameters
    ----------
    window
        The window, with all its parts built.
    hands
        What clicks and types.
    folder
        Where files are saved.
    after
        Called with each step that was taken, such as for a picture of the screen.
    """

    def __init__(
        self,
        window: MainWindow,
        hands: Hands,
        folder: Path,
        after: Callable[[int, Step], object] = lambda number, step: None,
    ) -> None:
        self._window = window
        self._hands = hands
        self._folder = folder
        self._after = after
        self._panel: QWidget = window

    def follow(self, steps: list[Step]) -> None:
        """Take all steps.

        Raises
        ------
        StepError
            One cannot be taken; the message names it.
        """
        acts = self._all(steps)
        failed: list[Exception] = []
        timer = QTimer(interval=INTERVAL_MS)

        def advance() -> None:
            try:
                if next(acts, acts) is acts:
                    timer.stop()
            except Exception as error:  # noqa: BLE001  raised below, outside the event loop
                failed.append(error)
                timer.stop()
                for widget in QApplication.topLevelWidgets():
                    if isinstance(widget, (QDialog, QMenu)):
                        widget.close()

        timer.timeout.connect(advance)
        timer.start()
        while timer.isActive():
            QApplication.processEvents()
            time.sleep(0.002)
        if failed:
            raise failed[0]

    def _all(self, steps: list[Step]) -> Acts:
        for number, step in enumerate(steps):
            try:
                yield from getattr(self, f"_take_{step.kind}")(*step.words)
                # What the step began is begun before the next one is read.
                yield from self._pause(0.4)
                self._after(number, step)
            except StepError as error:
                self._after(number, Step("failed", (), step.text))
                raise StepError(f"{step.text} {error}") from None

    # Time

    def _until(self, there: Callable[[], object], missing: Callable[[], str]) -> Acts:
        end = time.monotonic() + PATIENCE
        while not there():
            if time.monotonic() > end:
                raise StepError(missing())
            yield

    def _pause(self, seconds: float) -> Acts:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            yield

    # Orders

    def _take_menu(self, path: str) -> Acts:
        names = path.split(" > ")
        bar = self._window.menuBar()
        action = next((one for one in bar.actions() if plain(one.text()) == names[0]), None)
        if action is None:
            raise StepError(f"no menu {names[0]}")
        self._hands.click(bar, bar.actionGeometry(action).center())
        for name in names[1:]:
            menu = action.menu()
            assert isinstance(menu, QMenu)
            yield from self._until(menu.isVisible, lambda: "the menu did not open")
            # Real menus take a click only once the mouse has moved on them.
            yield from self._pause(0.3)
            action = next((one for one in menu.actions() if plain(one.text()) == plain(name)), None)
            if action is None or action.text().endswith("…") != name.endswith("…"):
                raise StepError(f"no entry {name}; there are {[plain(one.text()) for one in menu.actions()]}")
            if not action.isEnabled():
                raise StepError("the entry cannot be chosen")
            self._hands.click(menu, menu.actionGeometry(action).center())
        yield from self._until(lambda: not menu.isVisible(), lambda: "the menu stays open")

    def _panel_named(self, title: str) -> Acts:
        (dock,) = (one for one in self._window.docks if one.windowTitle() == title)
        if dock.visibleRegion().isEmpty():
            bars = [bar for bar in self._window.findChildren(QTabBar) if bar.isVisible()]
            tabs = [(bar, n) for bar in bars for n in range(bar.count()) if bar.tabText(n) == title]
            if not tabs:
                raise StepError("the panel has no tab")
            bar, number = tabs[0]
            self._hands.click(bar, bar.tabRect(number).center())
            yield from self._until(lambda: not dock.visibleRegion().isEmpty(), lambda: "it stays hidden")
        self._panel = dock

    def _take_panel(self, title: str) -> Acts:
        if title not in {dock.windowTitle() for dock in self._window.docks}:
            raise StepError("no such panel")
        yield from self._panel_named(title)

    def _take_set(self, *words: str) -> Acts:
        for label, value in zip(words[::2], words[1::2], strict=True):
            yield from self._until(
                lambda label=label: self._labelled(label), lambda label=label: self._nothing(label)
            )
            editor = self._labelled(label)
            assert editor is not None
            yield from self._enter(editor, value)

    def _take_threshold(self, value: str) -> Acts:
        (editor,) = (
            one
            for one in self._scope().findChildren(QAbstractSpinBox)
            if one.accessibleName() == "Threshold amount"
        )
        yield from self._enter(editor, value)

    def _enter(self, editor: QWidget, value: str) -> Acts:
        yield from self._until(editor.isEnabled, lambda: "it cannot be changed")
        yield from self._reveal(editor)
        if isinstance(editor, QComboBox):
            place = editor.findText(value)
            yield from self._until(lambda: editor.findText(value) >= 0, lambda: f"no entry {value}")
            place = editor.findText(value)
            self._hands.click(editor, editor.rect().center())
            view = editor.view()
            yield from self._until(view.isVisible, lambda: "the list did not open")
            # A list takes no click while the one that opened it could become a double click.
            yield from self._pause(QApplication.doubleClickInterval() / 1000 + 0.3)
            index = editor.model().index(place, editor.modelColumn())
            view.scrollTo(index)
            self._hands.click(view.viewport(), view.visualRect(index).center())
            yield from self._until(
                lambda: editor.currentText() == value and not view.isVisible(),
                lambda: f"the list stays at {editor.currentText()}",
            )
            return
        self._hands.click(editor, QPoint(12, editor.height() // 2))
        yield from self._pause(0.2)
        self._hands.type(editor, value)
        yield from self._pause(0.3)

    def _take_tick(self, *names: str, wanted: bool = True) -> Acts:
        for name in names:
            box = next((one for one in self._buttons() if plain(one.text()) == name), None)
            if isinstance(box, QCheckBox):
                yield from self._until(box.isEnabled, lambda: "it cannot be ticked")
                yield from self._reveal(box)
                if box.isChecked() is not wanted:
                    option = QStyleOptionButton()
                    option.initFrom(box)
                    indicator = box.style().subElementRect(
                        QStyle.SubElement.SE_CheckBoxIndicator, option, box
                    )
                    self._hands.click(box, indicator.center())
                yield from self._until(lambda box=box: box.isChecked() is wanted, lambda: "it stays")
            else:
                yield from self._tick_row(name, wanted)

    def _take_untick(self, *names: str) -> Acts:
        yield from self._take_tick(*names, wanted=False)

    def _tick_row(self, name: str, wanted: bool) -> Acts:
        view, index = self._item(name)
        state = Qt.CheckState.Checked if wanted else Qt.CheckState.Unchecked

        def ticked() -> bool:
            return Qt.CheckState(index.data(Qt.ItemDataRole.CheckStateRole)) == state

        yield from self._reveal(view, view.visualRect(index))
        if not ticked():
            option = QStyleOptionViewItem()
            option.initFrom(view)
            option.rect = view.visualRect(index)
            option.features = QStyleOptionViewItem.ViewItemFeature.HasCheckIndicator
            mark = view.style().subElementRect(QStyle.SubElement.SE_ItemViewItemCheckIndicator, option, view)
            self._hands.click(view.viewport(), mark.center())
        yield from self._until(ticked, lambda: "its tick stays")

    def _take_press(self, name: str) -> Acts:
        def find_button() -> QAbstractButton | None:
            return next((one for one in self._buttons() if plain(one.text()) == plain(name)), None)

        yield from self._until(find_button, lambda: f"no such button; there are {sorted(self._names())}")
        button = find_button()
        assert button is not None
        if button.text().endswith("…") != name.endswith("…"):
            raise StepError(f"it is called {button.text()}")
        yield from self._until(button.isEnabled, lambda: "it cannot be pressed")
        yield from self._reveal(button)
        self._hands.click(button, button.rect().center())

    def _take_key(self, name: str) -> Acts:
        self._hands.key(self._window.box, name)
        yield from self._pause(0.3)

    def _take_save(self, name: str) -> Acts:
        path = self._folder / name

        def dialog() -> QWidget | None:
            found = QApplication.activeModalWidget()
            return found if isinstance(found, QFileDialog) else None

        def ready() -> bool:
            focused = QApplication.focusWidget()
            return focused is not None and focused.objectName() == "fileNameEdit"

        yield from self._until(dialog, lambda: "no dialog asks for a file")
        yield from self._until(ready, lambda: "the dialog does not take the name of a file")
        yield from self._pause(0.5)
        focused = QApplication.focusWidget()
        assert focused is not None
        self._hands.type(focused, str(path), "Return")
        yield from self._until(lambda: path.is_file() and path.stat().st_size, lambda: "no file was written")

    def _take_row(self, name: str) -> Acts:
        yield from self._until(lambda: self._items(name), lambda: self._nothing(name))
        view, index = self._item(name)
        view.scrollTo(index)
        yield from self._reveal(view, view.visualRect(index))
        place = view.visualRect(index)
        self._hands.click(view.viewport(), QPoint(place.left() + 12, place.center().y()))

    def _take_first(self) -> Acts:
        (table,) = (one for one in self._scope().findChildren(QTableView) if one.isVisible())
        self._hands.click(table.viewport(), table.visualRect(table.model().index(0, 0)).center())
        yield

    def _take_wheel(self, number: str, direction: str) -> Acts:
        notches = NUMBERS.index(number)
        self._hands.wheel(self._window.box, notches if direction == "up" else -notches)
        yield from self._pause(0.5)

    def _take_drag(self) -> Acts:
        box = self._window.box
        camera = self._window.session.view.camera
        middle = box.rect().center()
        self._hands.drag(box, middle, middle + QPoint(120, 30))
        yield from self._until(
            lambda: self._window.session.view.camera != camera, lambda: "the box does not turn"
        )

    # What is seen

    def _take_says(self, title: str, *texts: str) -> Acts:
        yield from self._panel_named(title)
        for text in texts:
            yield from self._until(
                lambda text=text: any(text in one for one in self._texts()),
                lambda: f"it says {[one for one in self._texts() if one]}",
            )

    def _take_lists(self, title: str, number: str) -> Acts:
        yield from self._panel_named(title)
        (view,) = (one for one in self._scope().findChildren(QListView) if one.isVisible())
        wanted = NUMBERS.index(number)
        yield from self._until(
            lambda: view.model().rowCount() == wanted, lambda: f"it lists {view.model().rowCount()}"
        )

    def _take_status(self, text: str) -> Acts:
        status = self._window.status

        def texts() -> list[str]:
            return [status.currentMessage(), *(one.text() for one in status.findChildren(QLabel))]

        yield from self._until(
            lambda: any(text in one for one in texts()), lambda: f"the status bar says {texts()}"
        )

    def _take_hint(self, text: str) -> Acts:
        hint = self._window.presentation.hint_label
        yield from self._until(
            lambda: hint.isVisible() and text in hint.text(), lambda: f"it says {hint.text()}"
        )

    # Finding

    def _scope(self) -> QWidget:
        dialog = QApplication.activeModalWidget()
        return self._panel if dialog is None or isinstance(dialog, QFileDialog) else dialog

    def _buttons(self) -> list[QAbstractButton]:
        return [one for one in self._scope().findChildren(QAbstractButton) if one.isVisible()]

    def _names(self) -> set[str]:
        return {plain(one.text()) for one in self._buttons() if one.text()}

    def _nothing(self, name: str) -> str:
        return f"{name} is not among {[one for one in self._texts() if one]}"

    def _labelled(self, name: str) -> QWidget | None:
        """Return the visible control that a label stands beside, or that has this name."""
        for form in self._scope().findChildren(QFormLayout):
            for row in range(form.rowCount()):
                label = form.itemAt(row, QFormLayout.ItemRole.LabelRole)
                field = form.itemAt(row, QFormLayout.ItemRole.FieldRole)
                if label is None or field is None:
                    continue
                words, editor = label.widget(), field.widget()
                if isinstance(words, QLabel) and words.text() == name and editor is not None:
                    return editor if editor.isVisible() else None
        named = [one for one in self._scope().findChildren(QWidget) if one.accessibleName() == name]
        return next((one for one in named if one.isVisible() and not isinstance(one, QLabel)), None)

    def _items(self, name: str) -> list[tuple[QAbstractItemView, QModelIndex]]:
        """Return the entries of visible lists that begin with a name, those of whole words first."""
        found = []
        for view in self._scope().findChildren(QAbstractItemView):
            if view.isVisible() and view.model() is not None:
                found += [(view, index) for index in _below(view, QModelIndex()) if _is_named(index, name)]
        return found

    def _item(self, name: str) -> tuple[QAbstractItemView, QModelIndex]:
        found = self._items(name)
        if not found:
            raise StepError(self._nothing(name))
        return found[0]

    def _texts(self) -> list[str]:
        """Return everything that can be read in the current panel."""
        texts = []
        for one in self._scope().findChildren(QWidget):
            if not one.isVisible():
                continue
            if isinstance(one, (QLabel, QAbstractButton, QAbstractSpinBox)):
                texts.append(one.text())
            elif isinstance(one, QComboBox):
                texts.append(one.currentText())
            elif isinstance(one, QAbstractItemView) and one.model() is not None:
                texts += [
                    " ".join(str(index.siblingAtColumn(n).data() or "") for n in range(8)).strip()
                    for index in _below(one, QModelIndex())
                ]
            else:
                texts.append(one.accessibleDescription())
        return [" ".join(text.split()) for text in texts]

    def _reveal(self, widget: QWidget, part: QRect | None = None) -> Acts:
        """Scroll the panel until a control, or a part of it, is seen."""
        area = widget.parentWidget()
        while area is not None and not (isinstance(area, QScrollArea) and area.widget() is not None):
            area = area.parentWidget()
        if isinstance(area, QScrollArea):
            centre = (part or widget.rect()).center()
            place = widget.mapTo(area.widget(), centre)
            area.ensureVisible(place.x(), place.y(), 0, 30)
            yield from self._pause(0.2)


def _below(view: QAbstractItemView, parent: QModelIndex) -> Iterator[QModelIndex]:
    model = view.model()
    for row in range(model.rowCount(parent)):
        index = model.index(row, 0, parent)
        yield index
        yield from _below(view, index)


def _is_named(index: QModelIndex, name: str) -> bool:
    return str(index.data() or "").partition(" · ")[0] == name
