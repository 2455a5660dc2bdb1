"""Figures whose letters stay text: SVG and PDF, with the drawn picture inside as pixels."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import numpy.typing as npt

from viewer.scene.letters import Letter
from viewer.scene.palette import Colour
from viewer.scene.png import png

Pixels = npt.NDArray[np.uint8]

_CAP_HEIGHT = 0.72
"""Height of a capital letter over the size of its font: Helvetica's and Arial's."""


def svg(
    pixels: Pixels, letters: Sequence[Letter], colour: Colour, dpi: float, words: Mapping[str, str]
) -> bytes:
    """An SVG file of the picture's size at ``dpi``."""
    height, width = pixels.shape[:2]
    inked = "#" + "".join(f"{round(255 * part):02x}" for part in colour)
    held = base64.b64encode(png(pixels, dpi, {})).decode()
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width / dpi * 25.4:.3f}mm" '
        f'height="{height / dpi * 25.4:.3f}mm" viewBox="0 0 {width} {height}">',
        f"<title>{escape(words.get('Title', ''))}</title>",
        "<desc>" + escape("\n".join(f"{key}: {text}" for key, text in words.items())) + "</desc>",
        f'<image width="{width}" height="{height}" href="data:image/png;base64,{held}"/>',
        f'<g font-family="Helvetica, Arial, sans-serif" font-weight="bold" text-anchor="middle" '
        f"fill={quoteattr(inked)}>",
    ]
    for letter in letters:
        size = letter.height / _CAP_HEIGHT
        lines.append(
            f'<text x="{letter.x:.2f}" y="{letter.y + letter.height / 2:.2f}" font-size="{size:.2f}">'
            f"{escape(letter.text)}</text>"
        )
    return "\n".join([*lines, "</g>", "</svg>", ""]).encode()


def pdf(
    pixels: Pixels, letters: Sequence[Letter], colour: Colour, dpi: float, words: Mapping[str, str]
) -> bytes:
    """A PDF file (ISO 32000-1) of one page of the picture's size at ``dpi``."""
    height, width = pixels.shape[:2]
    point = 72.0 / dpi
    drawing = [f"q {width * point:.4f} 0 0 {height * point:.4f} 0 0 cm /Picture Do Q"]
    drawing.append("{:.3f} {:.3f} {:.3f} rg".format(*colour))
    for letter in letters:
        size = letter.height / _CAP_HEIGHT * point
        left = letter.x * point - _wide(letter.text) * size / 2
        base = (height - letter.y - letter.height / 2) * point
        drawing.append(f"BT /Bold {size:.3f} Tf {left:.3f} {base:.3f} Td ({_escaped(letter.text)}) Tj ET")
    picture = f"/Type /XObject /Subtype /Image /Width {width} /Height {height} /BitsPerComponent 8"
    seen = pixels.shape[2] == 4
    mask = " /SMask 7 0 R" if seen else ""
    info = " ".join(f"/{_INFO[key]} {_text(text)}" for key, text in words.items() if key in _INFO)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width * point:.4f} {height * point:.4f}] "
        f"/Contents 4 0 R /Resources << /XObject << /Picture 5 0 R >> /Font << /Bold 6 0 R >> >> >>".encode(),
        _stream("", "\n".join(drawing).encode()),
        _stream(f"{picture} /ColorSpace /DeviceRGB{mask}", np.ascontiguousarray(pixels[:, :, :3]).tobytes()),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold >>",
        _stream(f"{picture} /ColorSpace /DeviceGray", pixels[:, :, 3].tobytes()) if seen else b"null",
        f"<< {info} >>".encode("latin-1"),
    ]
    body, places = bytearray(b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n"), []
    for number, content in enumerate(objects, start=1):
        places.append(len(body))
        body += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
    start = len(body)
    body += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    body += b"".join(f"{place:010d} 00000 n \n".encode() for place in places)
    body += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R /Info 8 0 R >>\n".encode()
    body += f"startxref\n{start}\n%%EOF\n".encode()
    return bytes(body)


_INFO = {"Title": "Title", "Software": "Creator", "Description": "Subject", "Comment": "Keywords"}
_WIDTHS = {
    "L": 0.611, "R": 0.722, "A": 0.722, "P": 0.667, "S": 0.667, "I": 0.278, "m": 0.889, "e": 0.556,
    " ": 0.278, ".": 0.278, "-": 0.333, "+": 0.584,
}  # fmt: skip
"""Widths of Helvetica-Bold's letters over the size, from Adobe's font metrics; figures are 0.556."""


def _wide(text: str) -> float:
    return sum(_WIDTHS.get(letter, 0.556) for letter in text)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def _stream(entries: str, data: bytes) -> bytes:
    packed = zlib.compress(data, 6)
    head = f"<< {entries} /Filter /FlateDecode /Length {len(packed)} >>\nstream\n"
    return head.encode() + packed + b"\nendstream"


def _text(text: str) -> str:
    """A PDF string, as UTF-16 in hexadecimal digits."""
    return "<FEFF" + text.encode("utf-16-be").hex().upper() + ">"
