"""Samples that patterns are fitted to: scans from a list or a table, or tensors, one at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from viewer.errors import ScanError
from viewer.files import expand_user, is_file, read_regular
from viewer.resource_files import BUILTIN_SCANS
from viewer.scans.scan import Scan

if TYPE_CHECKING:
    import torch

    from viewer.models.model import Model

MAX_LIST_BYTES = 16 << 20
TABLES = (".tsv", ".csv")


@dataclass(frozen=True, eq=False)
class PatternSample:
    """One input of the network: its name, the SHA-256 of its source, and the tensor."""

    name: str
    hash: str
    x: torch.Tensor


ScanSource = Scan | Path | str | tuple[Path, int]
"""A scan, the file or name of one, or a file and the index of one of its volumes."""


def iterate_samples(model: Model, sources: Iterable[ScanSource | torch.Tensor]) -> Iterator[PatternSample]:
    """Yield scans preprocessed as the model's card says; for a tensor (N, C, spatial...), every sample.

    Raises
    ------
    ScanError
        A scan cannot be read.
    ModelError
        A scan cannot be preprocessed for the network.
    """
    import torch

    from viewer.models.state_dict import hash_state_dict
    from viewer.scans.load import load_scan, require_single_volume

    for number, source in enumerate(sources, start=1):
        if isinstance(source, torch.Tensor):
            for index in range(len(source)):
                x = source[index : index + 1].detach()
                yield PatternSample(f"tensor {number}.{index}", hash_state_dict({"x": x}), x)
            continue
        if isinstance(source, tuple):
            scan = load_scan(*source)
        else:
            with require_single_volume():
                scan = source if isinstance(source, Scan) else load_scan(source)
        yield PatternSample(scan.name, scan.hash, model.prepare(scan).tensor)


def read_scan_list(path: Path) -> tuple[ScanSource, ...]:
    """Return the scans named in a text file with one path per line, or a table with a column ``scan``.

    Paths are relative to the list's own folder; empty lines and those that begin with # are ignored. A volume
    of a series is read where the table has a column ``volume``.

    Raises
    ------
    ScanError
        The list cannot be read, is empty, or names a file that does not exist.
    """
    try:
        lines = (
            read_regular(path, MAX_LIST_BYTES, ScanError, "a list of scans").decode("utf-8-sig").splitlines()
        )
    except UnicodeDecodeError as error:
        raise ScanError(path, "is no list of scans", "give a text file with a path a line") from error
    found: Sequence[tuple[int, str, str]]
    if path.suffix.lower() in TABLES:
        found = _read_table(path, lines)
    else:
        found = [(number, line.strip(), "") for number, line in enumerate(lines, 1) if line.strip()]
        found = [entry for entry in found if not entry[1].startswith("#")]
    if not found:
        raise ScanError(path, "names no scans", "give one path a line")
    return tuple(_parse_source(path, number, name, volume) for number, name, volume in found)


def _read_table(path: Path, lines: Sequence[str]) -> list[tuple[int, str, str]]:
    import csv

    try:
        rows = list(csv.reader(lines, delimiter="," if path.suffix.lower() == ".csv" else "\t"))
    except csv.Error as error:
        raise ScanError(path, f"is no table ({error})") from error
    heads = [head.strip() for head in rows[0]] if rows else []
    if "scan" not in heads:
        raise ScanError(path, "has no column 'scan'", "name the column that holds the files")
    at, volume = heads.index("scan"), heads.index("volume") if "volume" in heads else None
    return [
        (number, row[at].strip(), row[volume].strip() if volume is not None and volume < len(row) else "")
        for number, row in enumerate(rows[1:], 2)
        if at < len(row) and row[at].strip()
    ]


def _parse_source(path: Path, number: int, name: str, volume: str) -> ScanSource:
    if name in BUILTIN_SCANS:
        return name
    file = expand_user(name, ScanError)
    file = file if file.is_absolute() else path.parent / file
    if not is_file(file):
        raise ScanError(f"{path}, line {number}", f"scan not found: {file}")
    if volume in ("", "n/a"):
        return file
    if not volume.isdecimal():
        raise ScanError(f"{path}, line {number}", f"volume is {volume!r}", "give a whole number from 0")
    return file, int(volume)
