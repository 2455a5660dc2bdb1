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
        self.kind_combo = ComboBox()
        self.kind_combo.setAccessibleName(self.tr("Picture of the preparation"))
        self.picture_view = PreparationPictureView(tasks)
        self.picture_view.setAccessibleName(self.tr("Slices of the prepared scan"))
        self.picture_view.setToolTip(self.tr("Click or press Return to enlarge"))
        self._legend_label = make_label(role="quiet")
        self.problems_label = make_label(role="warning")
        self._numbers_label = make_label()
        self._numbers_label.setTextFormat(Qt.TextFormat.PlainText)
        self._numbers_label.setAccessibleName(self.tr("Numbers of the preparation"))
        self._question_label = make_label(self.tr("Does this look right?"), "section")
        self._failures_label = make_label("\n".join(f"• {text}" for text in self.failure_signs()))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(6)
        # The picture comes first: it shows most, and a long text above would push it out of view.
        result_widgets = (
            self.picture_view,
            self.kind_combo,
            self._legend_label,
            self.problems_label,
            self._numbers_label,
        )
        for widget in (*result_widgets, self._question_label, self._failures_label):
            column.addWidget(widget)
        self.kind_combo.currentIndexChanged.connect(self._render)
        self.picture_view.activated.connect(self.open_enlarged)
        session.subscribe(self._render, "convention")
        self.setVisible(False)

    def failure_signs(self) -> tuple[str, ...]:
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
        self.kind_combo.blockSignals(True)
        selected = self.kind_combo.currentData()
        self.kind_combo.clear()
        if prepared is not None:
            from viewer.scene.preparation_picture import available_picture_kinds

            labels = self._picture_labels()
            for kind in available_picture_kinds(prepared):
                self.kind_combo.addItem(labels[kind][0], str(kind))
            self.kind_combo.setCurrentIndex(max(self.kind_combo.findData(selected), 0))
            self._show_numbers(prepared)
        self.kind_combo.blockSignals(False)
        self.setVisible(prepared is not None)
        for widget in (
            self.kind_combo,
            self.picture_view,
            self._legend_label,
            self._question_label,
            self._failures_label,
        ):
            widget.setVisible(self.kind_combo.count() > 0)
        self._render()

    def _picture_labels(self) -> dict[str, tuple[str, str]]:
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
        from viewer.preparation.usual_quality import quality_measures

        lines = [
            "{} {}: {}\n    {}".format(
                "✓" if number.is_acceptable else "✗",
                *map(translate_sentence, (number.name, number.value, number.usual_range)),
            )
            for number in quality_measures(prepared)
        ]
        set_text(self._numbers_label, "\n".join(lines))

    def _make_render_function(self) -> partial[PreparationPicture] | None:
        prepared, kind = self._prepared, self.kind_combo.currentData()
        if prepared is None or kind is None:
            return None
        return partial(render_picture, prepared, str(kind), self._session.view.convention)

    def _render(self) -> None:
        kind = self.kind_combo.currentData()
        set_text(self._legend_label, "" if kind is None else self._picture_labels()[str(kind)][1])
        self.picture_view.set_render_function(self._make_render_function())

    def open_enlarged(self) -> None:
        """Show the enlarged picture in a separate window."""
        render = self._make_render_function()
        if render is not None:
            PreparationPictureDialog(self._tasks, self.kind_combo.currentText(), render, self.window()).show()


def render_picture(prepared: Prepared, kind: str, convention: Convention, width: int) -> PreparationPicture:
    """Render the picture of a preparation; the import is local because it loads NumPy."""
    from viewer.scene.preparation_picture import PictureKind, render_preparation

    return render_preparation(prepared, PictureKind(kind), width, convention)
