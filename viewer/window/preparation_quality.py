"""Quality of a preparation: picture, measures with their usual values, and signs of failures."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from viewer.session.session import Session
from viewer.window.combo_box import ComboBox
from viewer.window.dock_panel import make_label, set_text
from viewer.window.preparation_picture_view import PreparationPictureDialog, PreparationPictureView
from viewer.window.translation import translate_sentence

if TYPE_CHECKING:
    from viewer.preparation.prepared import Prepared
    from viewer.scene.preparation_picture import PreparationPicture
    from viewer.session.view import Convention
    from viewer.window.background_tasks import TaskRunner


class PreparationQuality(QWidget):
    """Part of the preparation panel that shows whether it worked; hidden until there is a result.

    Parameters
    ----------
    session
        Session whose left-right convention the picture follows.
    tasks
        Runs the rendering of the picture.
    """

    def __init__(self, session: Session, tasks: TaskRunner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._tasks = tasks
        self._prepared: Prepared | None = None
        self.kind = ComboBox()
        self.kind.setAccessibleName(self.tr("Picture of the preparation"))
        self.picture = PreparationPictureView(tasks)
        self.picture.setAccessibleName(self.tr("Slices of the prepared scan"))
        self.picture.setToolTip(self.tr("Click or press Return to enlarge"))
        self._legend = make_label(role="quiet")
        self.problems = make_label(role="warning")
        self._numbers = make_label()
        self._numbers.setTextFormat(Qt.TextFormat.PlainText)
        self._numbers.setAccessibleName(self.tr("Numbers of the preparation"))
        self._question = make_label(self.tr("Does this look right?"), "section")
        self._failures = make_label("\n".join(f"• {text}" for text in self.failures()))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(6)
        # The picture comes first: it shows most, and a long text above would push it out of view.
        result_widgets = (self.picture, self.kind, self._legend, self.problems, self._numbers)
        for widget in (*result_widgets, self._question, self._failures):
            column.addWidget(widget)
        self.kind.currentIndexChanged.connect(self._render)
        self.picture.activated.connect(self.enlarge)
        session.subscribe(self._render, "convention")
        self.setVisible(False)

    def failures(self) -> tuple[str, ...]:
        """Return the signs of the usual failures, one text each."""
        return (
            self.tr(
                "Upside down or rotated: the outline's narrow front or its brain stem points elsewhere than "
                "the head's. The file's header may be wrong."
            ),
            self.tr(
                "Brain cut off: the head ends at a straight edge inside the outline. The scan does not cover "
                "the whole brain."
            ),
            self.tr(
                "Wrong mask: the dashed line runs through the bright scalp, leaves out parts of the brain, "
                "or encloses holes in it. Choose a mask file instead."
            ),
        )

    def set_prepared(self, prepared: Prepared | None) -> None:
        """Show the quality of a preparation; None hides it."""
        if prepared is self._prepared:
            return
        self._prepared = prepared
        self.kind.blockSignals(True)
        selected = self.kind.currentData()
        self.kind.clear()
        if prepared is not None:
            from viewer.scene.preparation_picture import possible_pictures

            labels = self._labels()
            for kind in possible_pictures(prepared):
                self.kind.addItem(labels[kind][0], str(kind))
            self.kind.setCurrentIndex(max(self.kind.findData(selected), 0))
            self._show_numbers(prepared)
        self.kind.blockSignals(False)
        self.setVisible(prepared is not None)
        for widget in (self.kind, self.picture, self._legend, self._question, self._failures):
            widget.setVisible(self.kind.count() > 0)
        self._render()

    def _labels(self) -> dict[str, tuple[str, str]]:
        """Return name and legend of every picture."""
        return {
            "outline": (
                self.tr("Outline of the template"),
                self.tr("Yellow line: outline of the template's brain, over the registered scan."),
            ),
            "checkerboard": (
                self.tr("Checkerboard"),
                self.tr("Grey squares: scan. Bluish squares: template. Edges should continue across them."),
            ),
            "mask": (
                self.tr("Brain mask"),
                self.tr("Dashed pink line: the brain mask, over the scan."),
            ),
        }

    def _show_numbers(self, prepared: Prepared) -> None:
        from viewer.preparation.usual_quality import quality_numbers

        lines = [
            "{} {}: {}\n    {}".format(
                "✓" if number.good else "✗",
                *map(translate_sentence, (number.name, number.value, number.usual)),
            )
            for number in quality_numbers(prepared)
        ]
        set_text(self._numbers, "\n".join(lines))

    def _render_function(self) -> partial[PreparationPicture] | None:
        prepared, kind = self._prepared, self.kind.currentData()
        if prepared is None or kind is None:
            return None
        return partial(render_picture, prepared, str(kind), self._session.view.convention)

    def _render(self) -> None:
        kind = self.kind.currentData()
        set_text(self._legend, "" if kind is None else self._labels()[str(kind)][1])
        self.picture.set_render(self._render_function())

    def enlarge(self) -> None:
        """Show the enlarged picture in a separate window."""
        render = self._render_function()
        if render is not None:
            PreparationPictureDialog(self._tasks, self.kind.currentText(), render, self.window()).show()


def render_picture(prepared: Prepared, kind: str, convention: Convention, width: int) -> PreparationPicture:
    """Render the picture of a preparation; the import is local because it loads NumPy."""
    from viewer.scene.preparation_picture import PictureKind, render_preparation

    return render_preparation(prepared, PictureKind(kind), width, convention)
