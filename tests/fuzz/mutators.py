"""Ways to damage a file: bytes, texts, JSON, and what is packed in gzip and zip. All drawn from one seed."""

from __future__ import annotations

import gzip
import io
import json
import random
import struct
import warnings
import zipfile
import zlib
from typing import Any

LIVELY = (0, 1, 2, 4, 7, 8, 16, 31, 32, 63, 64, 127, 128, 192, 254, 255)
SIZES = (
    0,
    1,
    -1,
    2,
    255,
    256,
    32767,
    32768,
    65535,
    65536,
    2**31 - 1,
    2**31,
    2**32 - 1,
    2**62,
    2**63 - 1,
    -(2**63),
)
WORDS = (
    "", "0", "-1", "1e400", "-1e308", "NaN", "Infinity", "9" * 5000, "2.0", "n/a", "\0", "a" * 200_000,
    " " * 5000, "../" * 50, "/dev/zero", "~no-such-user-here/x", "\N{RIGHT-TO-LEFT OVERRIDE}",
    "\N{MINUS SIGN}1", '"', "'", "#", "\t", ",", ";", "\n", "\r", "$import os", "@l", "%x",
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2, 10**4, 2**31, 2**53, 2**62, 2**63, 10**400, -(10**400), 0.5, 1e308,
    -1e308, 1e-320, "", "x", "a" * 100_000, "\ud800", "\0", "../../x", "~no-such-user-here/x", "$import os",
    "@l", [], {}, [[]], [{}], [0] * 1000, {"": 0}, {"_target_": "os.system"}, ["\ud800"], [None],
    [1e308] * 16, [[1, 2], [3]],
)  # fmt: skip
NESTED = ("[" * 100_000, '{"a":' * 100_000, "[" * 900 + "]" * 900)


def damage_bytes(rng: random.Random, content: bytes, other: bytes) -> bytes:
    """One to five damages of bytes, most of them near the beginning, where headers are."""
    broken = bytearray(content)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 5))):
        _damage_once(rng, broken, other)
    return bytes(broken)


def _position(rng: random.Random, broken: bytearray) -> int:
    if not broken:
        return 0
    return rng.randrange(min(len(broken), rng.choice((64, 400, 2000, len(broken))) or 1))


def _damage_once(rng: random.Random, broken: bytearray, other: bytes) -> None:
    at = _position(rng, broken)
    kind = rng.randrange(11)
    if kind == 0 and broken:
        broken[at] ^= 1 << rng.randrange(8)
    elif kind in (1, 2) and broken:
        broken[at] = rng.choice(LIVELY)
    elif kind == 3:
        del broken[at if rng.random() < 0.5 else rng.randrange(len(broken) + 1) :]
    elif kind == 4:
        broken[at:at] = rng.randbytes(rng.choice((1, 2, 4, 100)))
    elif kind == 5:
        del broken[at : at + rng.choice((1, 2, 4, 8, 100))]
    elif kind in (6, 7):
        form = rng.choice("bhiq")
        size = struct.calcsize(form)
        value = rng.choice(SIZES) & ((1 << 8 * size) - 1)
        broken[at : at + size] = struct.pack(rng.choice("<>") + form.upper(), value)
    elif kind == 8:
        length = rng.choice((4, 16, 100))
        start = _position(rng, broken)
        broken[at : at + length] = broken[start : start + length]
    elif kind == 9 and other:
        start = rng.randrange(len(other))
        broken[at:] = other[start : start + len(broken)]
    else:
        broken[at:at] = broken[at : at + rng.choice((8, 64, 512))] * rng.choice((1, 3))


def damage_text(rng: random.Random, content: bytes, other: bytes) -> bytes:
    """Lines and words changed as no editor does."""
    text = content.decode("utf-8", "surrogateescape")
    for _ in range(rng.choice((1, 1, 2, 3))):
        lines = text.split("\n")
        at = rng.randrange(len(lines))
        kind = rng.randrange(9)
        if kind == 0:
            lines[at] = lines[at] + rng.choice(WORDS)
        elif kind == 1:
            lines[at:at] = [lines[at]] * rng.choice((1, 2, 500))
        elif kind == 2:
            del lines[at]
        elif kind in (3, 4):
            words = lines[at].replace("\t", " \t ").replace(",", " , ").split(" ")
            words[rng.randrange(len(words))] = rng.choice(WORDS)
            lines[at] = " ".join(words).replace(" \t ", "\t").replace(" , ", ",")
        elif kind == 5:
            lines[at] = lines[at].replace(rng.choice("\t,; "), rng.choice("\t,; "))
        elif kind == 6:
            lines[at] = lines[at] * rng.choice((2, 1000))
        elif kind == 7:
            rng.shuffle(lines)
        else:
            lines[at:at] = [rng.choice(WORDS)]
        text = "\n".join(lines)[:2_000_000]
    broken = text.encode("utf-8", "surrogateescape")
    if rng.random() < 0.15:
        broken = text.encode(rng.choice(("utf-16", "latin-1", "utf-32", "cp1252")), "replace")
    return damage_bytes(rng, broken, other) if rng.random() < 0.2 else broken


def damage_json(rng: random.Random, content: bytes, other: bytes) -> bytes:
    """Values replaced, entries doubled, nested without end."""
    try:
        entries = json.loads(content)
    except ValueError:
        return damage_text(rng, content, other)
    kind = rng.randrange(10)
    if kind == 0:
        return damage_text(rng, content, other)
    for _ in range(rng.choice((1, 1, 2, 3))):
        entries = _replaced(rng, entries)
    text = json.dumps(entries)
    if kind == 1:
        at = text.find(":")
        text = text[: at + 1] + rng.choice(NESTED) + text[at + 1 :]
    elif kind == 2 and text.startswith("{"):
        text = text[:-1] + f", {text[1:-1] or '0'}" + "}"
    elif kind == 3:
        text = text.replace("1", rng.choice(("NaN", "1e999", "-Infinity", "1" * 5000)), 1)
    return text.encode()


def _replaced(rng: random.Random, entries: Any) -> Any:
    """One value somewhere in the tree replaced, removed or put under another name."""
    if isinstance(entries, dict) and entries and rng.random() < 0.9:
        key = rng.choice(list(entries))
        chosen = rng.random()
        if chosen < 0.55:
            return {**entries, key: _replaced(rng, entries[key])}
        if chosen < 0.8:
            return {**entries, key: rng.choice(VALUES)}
        kept = {name: value for name, value in entries.items() if name != key}
        return (
            kept if chosen < 0.9 else {**kept, rng.choice(("", "x", "\ud800", "view", "name")): entries[key]}
        )
    if isinstance(entries, list) and entries and rng.random() < 0.9:
        at = rng.randrange(len(entries))
        chosen = rng.random()
        if chosen < 0.6:
            return [*entries[:at], _replaced(rng, entries[at]), *entries[at + 1 :]]
        return entries * rng.choice((0, 2, 50)) if chosen < 0.8 else entries[:at]
    if isinstance(entries, str) and entries.startswith("{") and rng.random() < 0.8:
        return damage_json(rng, entries.encode(), b"").decode("utf-8", "replace")  # JSON within JSON
    return rng.choice(VALUES)


def damage(rng: random.Random, form: str, content: bytes, other: bytes) -> bytes:
    """A damaged copy of a file.

    Parameters
    ----------
    form
        "bytes", "text", "json", "safetensors", "gzip" or "zip".
    other
        Another file, of which parts may be spliced in.
    """
    if form in ("gzip", "zip", "safetensors") and rng.random() < 0.3:
        return damage_bytes(rng, content, other)
    ways = {
        "bytes": damage_bytes, "text": damage_text, "json": damage_json, "gzip": _damage_gzip,
        "zip": _damage_zip, "safetensors": _damage_safetensors,
    }  # fmt: skip
    try:
        return ways[form](rng, content, other)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, ValueError):
        return damage_bytes(rng, content, other)  # damaged before, so that it cannot be unpacked


def _damage_gzip(rng: random.Random, content: bytes, other: bytes) -> bytes:
    """What is packed damaged and packed again, or a bomb."""
    plain = gzip.decompress(content)
    if rng.random() < 0.05:
        return gzip.compress(plain[:352] + bytes(100 << 20), 9)
    packed = gzip.compress(damage_bytes(rng, plain, other), 1)
    return packed + rng.choice((b"", b"", b"garbage", bytes(9)))


def _damage_safetensors(rng: random.Random, content: bytes, other: bytes) -> bytes:
    """The header's JSON damaged, its length set right again."""
    length = int.from_bytes(content[:8], "little")
    header = damage_json(rng, content[8 : 8 + length], other)
    return struct.pack("<Q", len(header)) + header + content[8 + length :]


def _damage_zip(rng: random.Random, content: bytes, other: bytes) -> bytes:
    """The archive packed again with one member damaged, renamed, doubled or left out."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = [(entry, archive.read(entry)) for entry in archive.infolist()]
    at = rng.randrange(len(members))
    if rng.random() < 0.6:
        telling = [n for n, (entry, _) in enumerate(members) if entry.filename.endswith((".json", ".pkl"))]
        at = rng.choice(telling or [at])
    held = io.BytesIO()
    kind = rng.randrange(8)
    with zipfile.ZipFile(held, "w", zipfile.ZIP_STORED) as archive:
        for n, (entry, inner) in enumerate(members):
            name, data = entry.filename, inner
            if n == at:
                if kind == 0:
                    continue
                if kind == 1:
                    name = rng.choice(
                        ("../x", "/etc/x", "a:b", "x" * 600, "a\\b", name + "/x", "session.json")
                    )
                elif kind == 2 and name != members[0][0].filename:
                    name = members[0][0].filename
                else:
                    data = (damage_json if name.endswith(".json") else damage_bytes)(rng, inner, other)
            packing = zipfile.ZIP_DEFLATED if kind == 3 and n == at else zipfile.ZIP_STORED
            if kind == 4 and n == at and rng.random() < 0.1:
                data, packing = bytes(100 << 20), zipfile.ZIP_DEFLATED
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of doubled names
                archive.writestr(zipfile.ZipInfo(name), data, packing)
    packed = held.getvalue()
    return damage_bytes(rng, packed, other) if rng.random() < 0.1 else packed
