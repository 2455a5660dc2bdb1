"""The icons: a few strokes each, drawn in the colour of the theme."""

from __future__ import annotations

from PySide6.QtCore import QByteArray
from PySide6.QtGui import QIcon, QPixmap

_LIDS = "M1.5 8s2.4-4.5 6.5-4.5S14.5 8 14.5 8 12.1 12.5 8 12.5 1.5 8 1.5 8z"
STROKES = {
    "eye": f'<path d="{_LIDS}"/><circle cx="8" cy="8" r="2"/>',
    "eye-off": f'<path d="{_LIDS}" opacity=".45"/><path d="M3 13.5 13 2.5"/>',
    "open": '<path d="M1.8 12.8V3.5h4l1.5 1.8h6.9v7.5z"/>',
    "save": '<path d="M2.5 2.5h8.8l2.2 2.2v8.8h-11zM5 2.5v3.6h5.2V2.5M4.6 13.5V9.2h6.8v4.3"/>',
    "remove": '<path d="M3 4.5h10M6.2 4.5V2.7h3.6v1.8M4.3 4.5l.6 8.8h6.2l.6-8.8M6.7 7v4M9.3 7v4"/>',
    "cancel": '<path d="M4 4l8 8M12 4l-8 8"/>',
    "app": '<path d="M8 1.8 14 5v6L8 14.2 2 11V5zM2 5l6 3.2L14 5M8 8.2v6"/>',
}


def pixmap(name: str, colour: str, size: int) -> QPixmap:
    """An icon as pixels, ``size`` by ``size``, with strokes of ``colour`` (``#rrggbb``)."""
    drawing = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" viewBox="0 0 16 16" '
        f'fill="none" stroke="{colour}" stroke-width="1.3" stroke-linecap="round" stroke-linejoin="round">'
        f"{STROKES[name]}</svg>"
    )
    picture = QPixmap()
    picture.loadFromData(QByteArray(drawing.encode()), "SVG")
    return picture


def icon(name: str, colour: str) -> QIcon:
    """An icon that is sharp at the usual and at twice the usual pixel density."""
    result = QIcon()
    for size in (16, 32):
        result.addPixmap(pixmap(name, colour, size))
    return result
