"""Caption of a presentation in large type: the map, what the network predicts, and the scan."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from viewer.models.fit_report import FitVerdict
from viewer.number_format import format_number
from viewer.scans.origin import with_origin_in_name
from viewer.session.session import Session
from viewer.window.theme import theme_colours
from viewer.window.translation import fill, format_numbers

if TYPE_CHECKING:
    from viewer.models.predict import Prediction
    from viewer.window.box_view import BoxView

MARGIN, TOP = 24, 52
"""Distance from the left, and from the top, where hints are shown."""
LARGE_PT, SMALL_PT = 26, 16
TITLE_HEIGHT = 24
"""Of the title of a compared box, in pixels."""


class PresentationCaption(QLabel):
    """Text in the upper left corner of the box, hidden at first; it follows the session.

    Parameters
    ----------
    session
        Session that is described.
    box
        Box view over which it is shown.
    """

    def __init__(self, session: Session, box: BoxView) -> None:
        super().__init__(box)
        self._session, self._box = session, box
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName(self.tr("Caption"))
        self.hide()
        session.subscribe(self._fill, "current", "maps", "scan", "prediction", "model", "theme")

    def toggle(self) -> None:
        """Show the caption, or hide it."""
        self.setVisible(self.isHidden())
        self._fill()

    def place(self) -> None:
        """Fit into the box, which has another size or title."""
        # The lower corners hold the scale bar and the colour bar.
        self.setMaximumWidth(max(self._box.width() - 2 * MARGIN, 1))
        self.adjustSize()
        self.move(MARGIN, TOP + (TITLE_HEIGHT if self._box.title else 0))

    def _fill(self) -> None:
        if self.isHidden():
            return
        colours = theme_colours(self._session.view.theme)
        lines = caption_lines(self._session)
        sizes = (LARGE_PT, *[SMALL_PT] * (len(lines) - 1))
        # Names come from files: they are shown as they are, never as markup.
        self.setText(
            "".join(
                f'<div style="font-size:{size}pt; color:{colours.text}">{escape(line)}</div>'
                for size, line in zip(sizes, lines, strict=True)
            )
        )
        self.place()


def caption_lines(session: Session) -> list[str]:
    """Return the name of the shown map, the prediction and the scan, a line each, without empty ones."""
    layer, scan = session.current_layer, session.scan
    shown = layer.map if layer is not None and layer.visible else None
    name = "" if shown is None or scan is None else with_origin_in_name(shown, scan).name
    network = "" if session.model is None else session.model.card.name
    prediction = "" if session.prediction is None else prediction_line(session.prediction)
    told = f"{network}: {prediction}" if network and prediction else prediction
    return [line for line in (name, told, "" if scan is None else scan.name) if line]


def prediction_line(prediction: Prediction) -> str:
    """Return a prediction in a few words; of a scan that does not fit the network, that alone."""
    if prediction.fit is not None and prediction.fit.verdict is FitVerdict.UNFIT:
        return "no prediction: the scan does not fit the network"
    if prediction.present:
        named = zip(prediction.classes, prediction.probabilities, strict=True)
        shares = [fill("{} {:.1%}", name, share) for name, share in named]
        return ", ".join(shares[index] for index in prediction.present)
    if prediction.value is not None:
        return f"{format_numbers(format_number(prediction.value))} {prediction.unit}".strip()
    return ""
