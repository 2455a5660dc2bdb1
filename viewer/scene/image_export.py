"""Image files with resolution and metadata: PNG (W3C, third edition), SVG and PDF."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from viewer.scene.colormaps import Colour
from viewer.scene.text_labels import TextLabel

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def encode_png(pixels: npt.NDArray[np.uint8], dpi: float, metadata: Mapping[str, str]) -> bytes:
    """Encode a PNG file.

    Parameters
    ----------
    pixels
        Shape (height, width, 3) or (height, width, 4) with opacity, the top row first.
    dpi
        Pixels per inch.
    metadata
        PNG text keywords (Title, Software, ...) and their texts.
    """
    height, width, channels = pixels.shape
    per_metre = round(dpi / 0.0254)
    parts = [
        SIGNATURE,
        _encode_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, {3: 2, 4: 6}[channels], 0, 0, 0)),
        _encode_chunk(b"pHYs", struct.pack(">IIB", per_metre, per_metre, 1)),
    ]
    parts += [_encode_text_chunk(keyword, text) for keyword, text in metadata.items()]
    parts += [_encode_chunk(b"IDAT", zlib.compress(_filter_rows(pixels), 6)), _encode_chunk(b"IEND", b"")]
    return b"".join(parts)


def _encode_chunk(chunk_type: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + chunk_type + data + struct.pack(">I", zlib.crc32(chunk_type + data))


def _encode_text_chunk(keyword: str, text: str) -> bytes:
    """Encode a text as a tEXt chunk, or as iTXt if it has non-Latin-1 characters."""
    try:
        return _encode_chunk(b"tEXt", keyword.encode("latin-1") + b"\0" + text.encode("latin-1"))
    except UnicodeEncodeError:
        return _encode_chunk(b"iTXt", keyword.encode("latin-1") + b"\0\0\0\0\0" + text.encode("utf-8"))


def _filter_rows(pixels: npt.NDArray[np.uint8]) -> bytes:
    """Filter rows as differences from the row above (PNG filter 2), which compresses renderings best."""
    height, width, channels = pixels.shape
    rows = pixels.reshape(height, width * channels)
    lines = np.empty((height, 1 + width * channels), dtype=np.uint8)
    lines[:, 0] = 2
    lines[0, 1:] = rows[0]
    np.subtract(rows[1:], rows[:-1], out=lines[1:, 1:])
    return lines.tobytes()


Pixels = npt.NDArray[np.uint8]

MATPLOTLIB_SETTINGS: Any = {
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
    "svg.hashsalt": "saliency-viewer",
}
"""Settings of matplotlib that keep text as text and make the files reproducible."""

CAP_HEIGHT = 0.729
"""Cap height of matplotlib's font, DejaVu Sans, as a fraction of the font size."""


def encode_vector(
    file_format: str,
    pixels: Pixels,
    labels: Sequence[TextLabel],
    colour: Colour,
    dpi: float,
    metadata: Mapping[str, str],
) -> bytes:
    """Encode a file in the format "svg" or "pdf", with the picture's size at ``dpi``.

    Parameters
    ----------
    file_format
        File format.
    pixels
        uint8, shape (h, w, 3), or (h, w, 4) with straight (not premultiplied) opacity.
    labels, colour
        Text labels drawn over the pixels, and their colour.
    dpi
        Pixels per inch.
    metadata
        Metadata, as returned by `file_metadata`.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    height, width = pixels.shape[:2]
    with mpl.rc_context(MATPLOTLIB_SETTINGS):
        figure = Figure(figsize=(width / dpi, height / dpi), dpi=dpi, facecolor="none")
        axes = figure.add_axes((0, 0, 1, 1))
        axes.axis("off")
        axes.imshow(pixels, extent=(0, width, height, 0), aspect="auto", interpolation="none")
        for label in labels:
            axes.text(
                label.x,
                label.y + label.height / 2,
                label.text,
                color=colour,
                ha="center",
                va="baseline",
                fontsize=label.height / CAP_HEIGHT * 72 / dpi,
                fontweight="bold",
                parse_math=False,
            )
        file = io.BytesIO()
        figure.savefig(
            file, format=file_format, dpi=dpi, facecolor="none", metadata=file_metadata(file_format, metadata)
        )
    return file.getvalue()


def file_metadata(file_format: str, metadata: Mapping[str, str]) -> dict[str, Any]:
    """Return Title, Software, Description and Disclaimer under the keys of "png", "svg" or "pdf"."""
    if file_format == "png":
        return dict(metadata)
    if file_format == "svg":
        return {
            "Title": metadata["Title"],
            "Creator": metadata["Software"],
            "Description": metadata["Description"],
            "Rights": metadata["Disclaimer"],
            "Date": None,
        }
    return {
        "Title": metadata["Title"],
        "Creator": metadata["Software"],
        "Subject": metadata["Description"],
        "Keywords": metadata["Disclaimer"],
        "CreationDate": None,
    }
