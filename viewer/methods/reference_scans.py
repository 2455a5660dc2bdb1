"""Reference scans, such as those of healthy people: read from files or folders, on the grid of a network.

A parameter declared with ``scans=True`` takes, beside its choices, a scan's file, a folder of scans, a list
of scans (a text file or a table), the name of a built-in scan and, from Python, a `Scan` or a list of scans.
They are prepared as the explained scan is, on its grid, one at a time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from viewer.errors import MethodError, ModelError, ScanError
from viewer.files import exists, expand_user, is_file, is_folder
from viewer.methods.patterns.samples import ScanSource, read_scan_list
from viewer.resource_files import BUILTIN_SCANS
from viewer.scans.file_types import ENDINGS, detect_image_format, find_sibling
from viewer.scans.grid import Grid
from viewer.scans.scan import Scan
from viewer.scans.space import Space, coordinate_space

if TYPE_CHECKING:
    import torch

    from viewer.models.model import Model

LISTS = (".txt", ".tsv", ".csv")
SECOND_FILES = {
    ".img": ".hdr", ".img.gz": ".hdr", ".brik": ".head", ".brik.gz": ".head", ".rec": ".par",
}  # fmt: skip
"""Extensions of files with the voxels of an image, and of the file with its header, which stands for both."""

CACHE_BYTES = 256 << 20
"""Memory for prepared references that are used again; the others are read again."""

LEAST_COVERED = 0.5
"""Share of the scan that a reference has to cover."""

NEARLY_COVERED = 0.98
"""Share of the scan from which on a reference counts as covering it."""

SAMPLED_POINTS = 20_000


def read_sources(value: object, subject: str) -> tuple[ScanSource, ...]:
    """Return the scans that a parameter's value names, in a fixed order; their voxels are not read.

    Raises
    ------
    MethodError
        There is no such file or folder, or no scan in it.
    ScanError
        A list of scans cannot be read, or names a file that does not exist.
    """
    if isinstance(value, Scan):
        return (value,)
    if isinstance(value, (list, tuple)):
        if not value:
            raise MethodError(subject, "the list of scans is empty")
        return tuple(source for entry in value for source in read_sources(entry, subject))
    text = str(value)
    if text in BUILTIN_SCANS:
        return (text,)
    path = expand_user(text, ScanError)
    if is_folder(path):
        return _read_folder(path, subject)
    if not exists(path):
        raise MethodError(subject, f"there is no scan {text}", "name a file or a folder of scans")
    return read_scan_list(path) if path.suffix.lower() in LISTS else (path,)


def _read_folder(folder: Path, subject: str) -> tuple[ScanSource, ...]:
    """Return the image files of a folder by name; the folder itself if it holds one scan as DICOM slices."""
    try:
        files = sorted(entry for entry in folder.iterdir() if is_file(entry) and entry.name[0] != ".")
    except OSError as error:
        raise MethodError(subject, f"the folder {folder} cannot be read ({error.strerror})") from error
    images = tuple(file for file in files if _is_image(file))
    if images:
        return images
    if any(_is_dicom_slice(file) for file in files):
        return (folder,)
    raise MethodError(
        subject,
        f"the folder {folder} holds no image files",
        "name a folder of them, or a text file with a path a line",
    )


def _is_image(file: Path) -> bool:
    """Return whether a file stands for an image by its extension, and is no slice of one."""
    name = file.name.lower()
    ending = next((one for one in ENDINGS if name.endswith(one)), "")
    if ending in ("", ".gz", ".dcm"):
        return False
    header = SECOND_FILES.get(ending)
    return header is None or find_sibling(file, (header, f"{header}.gz")) is None


def _is_dicom_slice(file: Path) -> bool:
    try:
        return detect_image_format(file) == "DICOM"
    except ScanError:
        return False


@dataclass(frozen=True, eq=False)
class References:
    """Reference scans as inputs of a network, each of one sample's shape: (1, C, spatial...), on the CPU.

    They are read when they are needed, and few are kept: memory does not grow with their number.
    """

    _loader: _Loader
    parameter: str = "baseline"
    _part: Callable[[torch.Tensor], torch.Tensor] | None = None

    @classmethod
    def from_sources(
        cls,
        sources: tuple[ScanSource, ...],
        model: Model,
        x: torch.Tensor,
        grid: Grid | None,
        scan: Scan | None,
        method: str,
        parameter: str,
    ) -> References:
        """Return the scans as references of an input ``x``; none is read yet.

        ``method`` and ``parameter`` name, in messages, what they were given to; see `make_references` for the
        rest.
        """
        loader = _Loader(model, tuple(x.shape), grid, scan, f"{method}, {parameter}", sources)
        return cls(loader, parameter)

    def __len__(self) -> int:
        return len(self._loader.sources)

    def load(self, number: int) -> torch.Tensor:
        """Return one reference.

        Raises
        ------
        ScanError, MethodError
            It cannot be read, or does not suit the scan or the network; the message names it.
        """
        return self._narrow(self._loader.load(number))

    def mean(self) -> torch.Tensor:
        """Return the mean of all references. Raises as `load`."""
        return self._narrow(self._loader.mean)

    def narrow(self, part: Callable[[torch.Tensor], torch.Tensor]) -> References:
        """Return the same references, each cut by ``part``: to a window, or to a slice of the scan."""
        return References(self._loader, self.parameter, lambda whole: part(self._narrow(whole)))

    def _narrow(self, whole: torch.Tensor) -> torch.Tensor:
        return whole if self._part is None else self._part(whole)

    @property
    def hash(self) -> str:
        """SHA-256 of the scans' hashes, whatever their order. Reads those that were not read yet."""
        hashes = sorted(entry["hash"] for entry in self._loader.describe())
        return hashlib.sha256("\n".join(hashes).encode()).hexdigest()

    def as_json(self) -> dict[str, Any]:
        """Return the parameter, and the scans with name, hash and path, for the provenance of a map."""
        return {"parameter": self.parameter, "hash": self.hash, "scans": self._loader.describe()}

    def notes(self) -> tuple[str, ...]:
        """Return notes for the reader of a map: which scans, and where they may not suit."""
        scans = self._loader.describe()
        if len(scans) == 1:
            line = f"{self.parameter}: the scan {scans[0]['name']} (SHA-256 {scans[0]['hash'][:12]})"
        else:
            names = ", ".join(entry["name"] for entry in scans[:3])
            more = f" and {len(scans) - 3} more" if len(scans) > 3 else ""
            line = f"{self.parameter}: {len(scans)} scans, {names}{more} (SHA-256 {self.hash[:12]})"
        return (line, *self._loader.notes())


@dataclass(eq=False)
class _Loader:
    """Reads references and prepares them; shared by all parts of an input."""

    model: Model
    shape: tuple[int, ...]
    grid: Grid | None
    scan: Scan | None
    subject: str
    sources: tuple[ScanSource, ...]
    _cache: dict[int, torch.Tensor] = field(default_factory=dict)
    _described: dict[int, dict[str, Any]] = field(default_factory=dict)
    _doubts: dict[int, str] = field(default_factory=dict)

    def load(self, number: int) -> torch.Tensor:
        """Return a whole reference; kept as long as there is room."""
        if number not in self._cache:
            tensor = self._prepare(number)
            # The first ones are kept, and the one read last, which is needed several times in a row.
            if self._cache and (len(self._cache) + 1) * tensor.nbytes > CACHE_BYTES:
                self._cache.popitem()
            self._cache[number] = tensor
        return self._cache[number]

    @cached_property
    def mean(self) -> torch.Tensor:
        """The mean of all, summed in float64."""
        total = self.load(0).double()
        for number in range(1, len(self.sources)):
            total += self.load(number)
        return (total / len(self.sources)).to(self.model.dtype)

    def describe(self) -> list[dict[str, Any]]:
        """Return name, hash and path of every scan."""
        for number in range(len(self.sources)):
            if number not in self._described:
                self.load(number)
        return [self._described[number] for number in range(len(self.sources))]

    def notes(self) -> tuple[str, ...]:
        """Return doubts about scans, and whether the explained scan is among them."""
        notes = [self._doubts[number] for number in sorted(self._doubts)]
        if len(notes) > 3:
            notes = [*notes[:3], f"so it is with {len(notes) - 3} more of these scans"]
        own = "" if self.scan is None else self.scan.hash
        if any(entry["hash"] == own for entry in self.describe()):
            notes.append(f"{self.subject.rpartition(', ')[2]}: the explained scan is among these scans")
        return tuple(notes)

    def _prepare(self, number: int) -> torch.Tensor:
        from viewer.models.preprocessing import prepare
        from viewer.scans.load import load_scan, require_single_volume
        from viewer.scans.provenance import describe_scan

        source = self.sources[number]
        if isinstance(source, tuple):
            scan = load_scan(*source)
        else:
            with require_single_volume():
                scan = source if isinstance(source, Scan) else load_scan(source)
        told = scan.path if scan.path is not None else scan.name
        covered = self._share_covered(scan)
        if covered < LEAST_COVERED:
            raise MethodError(
                f"{self.subject}: {told}",
                f"covers {covered:.0%} of the explained scan, and cannot be compared with it",
                "bring both to one space first",
            )
        try:
            tensor = prepare(scan, self.model.card, self.grid).tensor.to(self.model.dtype)
        except ModelError as error:
            raise MethodError(f"{self.subject}: {told}", error.problem, error.remedy) from error
        if self.grid is None and tensor.shape[2:] != self.shape[2:]:
            sizes = ["×".join(map(str, shape)) for shape in (tensor.shape[2:], self.shape[2:])]
            raise MethodError(
                f"{self.subject}: {told}",
                f"is {sizes[0]} voxels as the network's input, and the explained tensor is {sizes[1]}",
                "explain a scan: its references are brought to its grid",
            )
        self._described[number] = describe_scan(scan)
        doubt = self._doubt(scan, covered)
        if doubt:
            self._doubts[number] = f"{self.subject.rpartition(', ')[2]}: {doubt}"
        return tensor

    def _share_covered(self, scan: Scan) -> float:
        """Return the share of the network's grid inside the explained scan that lies inside a reference."""
        if self.grid is None or self.scan is None:
            return 1.0
        step = max(1, round((np.prod(self.grid.shape) / SAMPLED_POINTS) ** (1 / 3)))
        voxels = np.stack(np.meshgrid(*(np.arange(0, size, step) for size in self.grid.shape)), axis=-1)
        points = self.grid.to_world(voxels.reshape(-1, 3))
        points = points[self.scan.grid.contains(points)]
        return float(scan.grid.contains(points).mean()) if len(points) else 1.0

    def _doubt(self, scan: Scan, covered: float) -> str:
        """Return why a reference may not suit the explained scan; empty if nothing suggests it."""
        if covered < NEARLY_COVERED:
            return f"{scan.name} covers only {covered:.0%} of the explained scan; beyond it, it is empty"
        if self.scan is None or scan.grid.same_as(self.scan.grid):
            return ""
        spaces = [coordinate_space(one.grid, one.stored, one.path) for one in (scan, self.scan)]
        template = [space in (Space.MNI, Space.TALAIRACH) for space in spaces]
        if spaces[0] is spaces[1] or not any(template):
            return ""
        where = [
            f"in {space} space" if known else "not known to be in a template's space"
            for space, known in zip(spaces, template, strict=True)
        ]
        return f"{scan.name} is {where[0]}, and the explained scan is {where[1]}: they may not match"
