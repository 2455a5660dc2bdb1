"""PNG with its resolution and some words in it (W3C PNG, third edition), from pixels alone."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def png(pixels: npt.NDArray[np.uint8], dpi: float, words: Mapping[str, str]) -> bytes:
    """A whole PNG file.

    Parameters
    ----------
    pixels
        Shape (height, width, 3) or (height, width, 4) with opacity, the top row first.
    dpi
        Pixels per inch, for those who print it.
    words
        What is written into it as text: keywords of PNG (Title, Software, ...) and their texts.
    """
    height, width, channels = pixels.shape
    per_metre = round(dpi / 0.0254)
    parts = [
        SIGNATURE,
        _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, {3: 2, 4: 6}[channels], 0, 0, 0)),
        _chunk(b"pHYs", struct.pack(">IIB", per_metre, per_metre, 1)),
    ]
    parts += [_words(keyword, text) for keyword, text in words.items()]
    parts += [_chunk(b"IDAT", zlib.compress(_filtered(pixels), 6)), _chunk(b"IEND", b"")]
    return b"".join(parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _words(keyword: str, text: str) -> bytes:
    """Latin letters as tEXt; whatever has others as iTXt."""
    try:
        return _chunk(b"tEXt", keyword.encode("latin-1") + b"\0" + text.encode("latin-1"))
    except UnicodeEncodeError:
        return _chunk(b"iTXt", keyword.encode("latin-1") + b"\0\0\0\0\0" + text.encode("utf-8"))


def _filtered(pixels: npt.NDArray[np.uint8]) -> bytes:
    """Rows as differences from the row above (filter 2), which renderings pack best with."""
    height, width, channels = pixels.shape
    rows = pixels.reshape(height, width * channels)
    lines = np.empty((height, 1 + width * channels), dtype=np.uint8)
    lines[:, 0] = 2
    lines[0, 1:] = rows[0]
    np.subtract(rows[1:], rows[:-1], out=lines[1:, 1:])
    return lines.tobytes()
