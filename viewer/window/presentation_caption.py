"""Caption of a presentation in large type: the map, what the network predicts, and the scan."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QLabel

from viewer.models.fit_report import FitVerdict
from viewer.number_format import format_number, format_probability
from viewer.scans.origin import add_origin_to_name
from viewer.session.session import Session
from viewer.window.theme import theme_colours
from viewer.window.translation import fill, format_numbers, translate_caption

if TYPE_CHECKING:
    from viewer.models.predict import Prediction
    from viewer.scans.map import Map
    from viewer.window.box_view import BoxView
    from viewer.window.display_pipeline import DisplayPipeline

MARGIN, TOP = 24, 52
"""Distance from the left, and from the top, where hints are shown, in pixels."""
LARGE_PT, SMALL_PT = 26, 16
MAX_NAMED = 4
"""Maximum number of classes in the caption."""
TITLE_HEIGHT = 24
"""Height of the title of a compared box, in pixels."""


class PresentationCaption(QLabel):
    """Text in the upper left corner of the box, hidden at first; it follows the session.

    Parameters
    ----------
    session
        Session that is described.
    box
        Box view over which it is shown.
    display
        Source of the drawn map, which may not be the current one while that is prepared.
    """

    def __init__(self, session: Session, box: BoxView, display: DisplayPipeline) -> None:
        super().__init__(box)
        self._session, self._box, self._display = session, box, display
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setWordWrap(True)
        self.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName(self.tr("Caption"))
        self.hide()
        display.map_changed.connect(self._fill)
        session.subscribe(self._fill, "current", "maps", "scan", "prediction", "model", "theme")

    def toggle(self) -> None:
        """Show the caption, or hide it."""
        self.setVisible(self.isHidden())
        self._fill()

    def update_layout(self) -> None:
        """Adapt to a new size or title of the box."""
        self._fill()

    def _fill(self) -> None:
        if self.isHidden():
            return
        colours = theme_colours(self._session.view.theme)
        prepared = self._display.prepared_map
        name, prediction, scan = make_caption_lines(self._session, None if prepared is None else prepared.map)
        # The lower corners hold the scale bar and the colour bar.
        width = max(self._box.width() - 2 * MARGIN, 1)
        # The prediction is shown in full, on several lines if it is long.
        of_scan = SMALL_PT if name or prediction else LARGE_PT
        lines = (
            (self._elide_line(name, LARGE_PT, width), LARGE_PT),
            (prediction, SMALL_PT if name else LARGE_PT),
            (self._elide_line(scan, of_scan, width), of_scan),
        )
        # Names come from files: they are shown as they are, never as markup.
        self.setText(
            "".join(
                f'<div style="font-size:{size}pt; color:{colours.text}">{escape(line)}</div>'
                for line, size in lines
                if line
            )
        )
        self.setFixedWidth(width)
        self.setFixedHeight(max(self.heightForWidth(width), 1))
        self.move(MARGIN, TOP + (TITLE_HEIGHT if self._box.title else 0))

    def _elide_line(self, line: str, size: int, width: int) -> str:
        """Return a line, elided in the middle if it is too long."""
        font = self.font()
        font.setPointSize(size)
        return QFontMetrics(font).elidedText(line, Qt.TextElideMode.ElideMiddle, width)


def make_caption_lines(session: Session, drawn_map: Map | None = None) -> tuple[str, str, str]:
    """Return the name of the map, the prediction and the name of the scan; each is empty if missing.

    ``drawn_map`` is the map that is still drawn while the current one is prepared.
    """
    layer, scan = session.current_layer, session.scan
    map_ = layer.map if layer is not None and layer.visible else None
    # A renamed map has the same voxels.
    if map_ is not None and drawn_map is not None and not np.may_share_memory(map_.data, drawn_map.data):
        map_ = drawn_map
    name = "" if map_ is None or scan is None else translate_caption(add_origin_to_name(map_, scan).name)
    network = "" if session.model is None else session.model.card.name
    prediction = "" if session.prediction is None else describe_prediction(session.prediction)
    line = f"{network}: {prediction}" if network and prediction else prediction
    return name, line, "" if scan is None else scan.name


def describe_prediction(prediction: Prediction) -> str:
    """Return a prediction in a few words; for a scan that does not fit the network, only that fact."""
    if prediction.fit is not None and prediction.fit.verdict is FitVerdict.UNFIT:
        return QCoreApplication.translate(
            "PresentationCaption", "no prediction: the scan does not fit the network"
        )
    if prediction.value is not None:
        return f"{format_numbers(format_number(prediction.value))} {prediction.unit}".strip()
    if prediction.probabilities:
        pairs = zip(prediction.classes, prediction.probabilities, strict=True)
        texts = [f"{name} {format_numbers(format_probability(share))}" for name, share in pairs]
        texts = [texts[index] for index in prediction.predicted_indices] or texts
    elif prediction.volumes:
        sizes = zip(prediction.classes, prediction.volumes, strict=True)
        texts = [fill("{} {:.3g} ml", name, volume / 1000) for name, volume in sizes]
    else:
        numbers = zip(prediction.classes, prediction.logits, strict=False)
        texts = [fill("{}: {:.4g}", name, value) for name, value in numbers]
    return ", ".join(texts[:MAX_NAMED]) + (", …" if len(texts) > MAX_NAMED else "")
