"""Reference scans, such as those of healthy people, read from files or folders, on the grid of a network.

A parameter declared with ``scans=True`` accepts, besides its choices, a scan's file, a folder of scans, a
list of scans (a text file or a table), the name of a built-in scan, images of one person by channel
(``T1=FILE,FLAIR=FILE``) and, from Python, a `Scan` or a list of scans. They are prepared in the same way as
the explained scan, on its grid, one at a time, with registration and skull stripping if it had these.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from viewer.errors import MethodError, ModelError, ScanError
from viewer.methods.scan_sources import SEVERAL_REMEDY, ScanSource, image_names, load_source
from viewer.progress import Progress
from viewer.scans.grid import Grid
from viewer.scans.multichannel_scan import MultichannelScan
from viewer.scans.scan import Scan
from viewer.scans.space import Space, coordinate_space

if TYPE_CHECKING:
    import torch

    from viewer.models.model import Model
    from viewer.preparation.prepared import Prepared
    from viewer.preparation.requirements import Requirements

CACHE_BYTES = 256 << 20
"""Memory for caching prepared references; the others are read again when needed."""

MIN_COVERED = 0.5
"""Minimum share of the scan that a reference must cover."""

NEARLY_COVERED = 0.98
"""Share of the scan from which a reference counts as covering it."""

SAMPLED_POINTS = 20_000


@dataclass(frozen=True, eq=False)
class References:
    """Reference scans as inputs of a network, each in the shape (1, C, spatial...) of a sample, on the CPU.

    They are read when needed and only a few are kept, so that memory does not grow with their number.
    """

    _loader: _Loader
    parameter: str = "baseline"
    _crop: Callable[[torch.Tensor], torch.Tensor] | None = None

    @classmethod
    def from_sources(
        cls,
        sources: tuple[ScanSource, ...],
        model: Model,
        x: torch.Tensor,
        grid: Grid | None,
        explained_scan: Scan | Prepared | None,
        method: str,
        parameter: str,
    ) -> References:
        """Return the scans as references of an input ``x``; none is read yet.

        ``method`` and ``parameter`` appear in messages; see `make_references` for the other arguments.
        """
        requirements = (
            None
            if explained_scan is None or isinstance(explained_scan, Scan)
            else explained_scan.requirements
        )
        scan = (
            explained_scan
            if explained_scan is None or isinstance(explained_scan, Scan)
            else explained_scan.scan
        )
        hashes = (
            ()
            if explained_scan is None or scan is None
            else (scan.hash, _unprepared_scan(explained_scan).hash)
        )
        if requirements is not None and not (
            requirements.registers or requirements.needs_mask or requirements.bias_corrected
        ):
            requirements = None
        subject = f"{method}, {parameter}"
        return cls(
            _Loader(model, tuple(x.shape), grid, scan, subject, sources, hashes, requirements), parameter
        )

    def __len__(self) -> int:
        return len(self._loader.sources)

    def load(self, index: int) -> torch.Tensor:
        """Return one reference.

        Raises
        ------
        ScanError, MethodError
            The reference cannot be read, or does not suit the scan or the network; the message names it.
        """
        return self._apply_crop(self._loader.load(index))

    def prepare_all(self, progress: Progress) -> None:
        """Prepare all scans if the explained one was prepared; each may take half a minute.

        Raises
        ------
        ViewerError
            As for `load`, or a package for the preparation is missing.
        Cancelled
            When ``progress`` is cancelled.
        """
        self._loader.prepare_all(progress)

    def mean(self) -> torch.Tensor:
        """Return the mean of all references. Raises the errors of `load`."""
        return self._apply_crop(self._loader.mean)

    def narrow(self, crop: Callable[[torch.Tensor], torch.Tensor]) -> References:
        """Return the same references, each cropped by ``crop`` to a window or to a slice of the scan."""
        return References(self._loader, self.parameter, lambda tensor: crop(self._apply_crop(tensor)))

    def _apply_crop(self, tensor: torch.Tensor) -> torch.Tensor:
        return tensor if self._crop is None else self._crop(tensor)

    @property
    def hash(self) -> str:
        """SHA-256 of the scans' hashes, independent of their order. Reads scans that were not read yet."""
        hashes = sorted(entry["hash"] for entry in self._loader.describe())
        return hashlib.sha256("\n".join(hashes).encode()).hexdigest()

    def as_json(self) -> dict[str, Any]:
        """Return the parameter, and the scans with name, hash and path, for the provenance of a map.

        For each prepared scan, ``preparation`` has the applied steps and the ``hash`` of the result.
        """
        return {"parameter": self.parameter, "hash": self.hash, "scans": self._loader.describe()}

    def notes(self) -> tuple[str, ...]:
        """Return notes for the reader of a map: the scans, and reasons why they may not suit."""
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
    """Loader that reads and prepares references, shared by all parts of an input."""

    model: Model
    shape: tuple[int, ...]
    grid: Grid | None
    scan: Scan | None
    subject: str
    sources: tuple[ScanSource, ...]
    explained_hashes: tuple[str, ...] = ()
    """Hashes of the explained scan: as prepared, and as given."""

    requirements: Requirements | None = None
    """Preparation applied to every scan first; None for none."""

    _cache: dict[int, torch.Tensor] = field(default_factory=dict)
    _descriptions: dict[int, dict[str, Any]] = field(default_factory=dict)
    _warnings: dict[int, tuple[str, ...]] = field(default_factory=dict)

    def load(self, index: int) -> torch.Tensor:
        """Return a whole reference, which is cached as long as there is room."""
        return self._load_cached(index, Progress())

    def _load_cached(self, index: int, progress: Progress) -> torch.Tensor:
        if index not in self._cache:
            tensor = self._prepare(index, progress)
            # Keep the first ones and the one read last, which is needed several times in a row.
            if self._cache and (len(self._cache) + 1) * tensor.nbytes > CACHE_BYTES:
                self._cache.popitem()
            self._cache[index] = tensor
        return self._cache[index]

    def prepare_all(self, progress: Progress) -> None:
        """Prepare all scans if a preparation is required."""
        count = len(self.sources) if self.requirements is not None else 0
        # The intermediate results of a preparation are not maps.
        progress = progress.map_partial(lambda _: None)
        for index in range(count):
            message = f"preparing reference scan {index + 1} of {count}"
            subtask = progress.subtask(index / count, (index + 1) / count).with_message(message)
            subtask.step(0.0)
            if index not in self._descriptions:
                self._load_cached(index, subtask)

    @cached_property
    def mean(self) -> torch.Tensor:
        """Mean of all references, summed in float64."""
        total = self.load(0).double()
        for index in range(1, len(self.sources)):
            total += self.load(index)
        return (total / len(self.sources)).to(self.model.dtype)

    def describe(self) -> list[dict[str, Any]]:
        """Return name, hash and path of every scan."""
        for index in range(len(self.sources)):
            if index not in self._descriptions:
                self.load(index)
        return [self._descriptions[index] for index in range(len(self.sources))]

    def notes(self) -> tuple[str, ...]:
        """Return doubts about scans, and whether the explained scan is among them."""
        notes = [doubt for index in sorted(self._warnings) for doubt in self._warnings[index]]
        if len(notes) > 3:
            notes = [*notes[:3], f"similar notes apply to {len(notes) - 3} more of these scans"]
        parameter = self.subject.rpartition(", ")[2]
        if self.requirements is not None:
            notes = [f"{parameter}: prepared in the same way as the explained scan", *notes]
        described = self.describe()
        hashes = {entry["hash"] for entry in described}
        hashes |= {entry["preparation"]["hash"] for entry in described if "preparation" in entry}
        if hashes.intersection(self.explained_hashes):
            notes.append(f"{parameter}: the explained scan is among these scans")
        return tuple(notes)

    def _prepare(self, index: int, progress: Progress) -> torch.Tensor:
        from viewer.models.preprocessing import prepare
        from viewer.preparation.prepared_scan_cache import prepared_scan_cache
        from viewer.scans.provenance import describe_scan

        scan = load_source(self.sources[index], self.model.card)
        label = scan.path if scan.path is not None else scan.name
        described, doubts = describe_scan(scan), []
        if self.requirements is not None:
            try:
                result = prepared_scan_cache().prepare(scan, self.requirements, progress)
            except ScanError as error:
                raise MethodError(f"{self.subject}: {label}", error.problem, error.remedy) from error
            described |= {"preparation": {"hash": result.scan.hash, **result.record}}
            doubts = [f"{scan.name}: {problem}" for problem in result.problems]
            scan = result.scan
        covered = self._coverage(scan)
        if covered < MIN_COVERED:
            raise MethodError(
                f"{self.subject}: {label}",
                f"covers {covered:.0%} of the explained scan, and cannot be compared with it",
                "bring both into the same space first",
            )
        try:
            tensor = prepare(scan, self.model.card, self.grid).tensor.to(self.model.dtype)
        except ModelError as error:
            single_image = not isinstance(scan, MultichannelScan) or len(scan.channels) == 1
            needs_more = single_image and len(image_names(self.model.card)) > 1
            remedy = SEVERAL_REMEDY if needs_more else error.remedy
            raise MethodError(f"{self.subject}: {label}", error.problem, remedy) from error
        if self.grid is None and tensor.shape[2:] != self.shape[2:]:
            sizes = ["×".join(map(str, shape)) for shape in (tensor.shape[2:], self.shape[2:])]
            raise MethodError(
                f"{self.subject}: {label}",
                f"is {sizes[0]} voxels as the network's input, and the explained tensor is {sizes[1]}",
                "explain a scan: its references are resampled to its grid",
            )
        self._descriptions[index] = described
        doubts += filter(None, [self._suitability_warning(scan, covered)])
        if doubts:
            parameter = self.subject.rpartition(", ")[2]
            self._warnings[index] = tuple(f"{parameter}: {doubt}" for doubt in doubts)
        return tensor

    def _coverage(self, scan: Scan) -> float:
        """Return the share of the network's grid inside the explained scan that a reference covers."""
        if self.grid is None or self.scan is None:
            return 1.0
        step = max(1, round((np.prod(self.grid.shape) / SAMPLED_POINTS) ** (1 / 3)))
        voxels = np.stack(np.meshgrid(*(np.arange(0, size, step) for size in self.grid.shape)), axis=-1)
        points = self.grid.to_world(voxels.reshape(-1, 3))
        points = points[self.scan.grid.contains(points)]
        return float(scan.grid.contains(points).mean()) if len(points) else 1.0

    def _suitability_warning(self, scan: Scan, coverage: float) -> str:
        """Return why a reference may not suit the explained scan; empty if nothing suggests it."""
        if coverage < NEARLY_COVERED:
            return f"{scan.name} covers only {coverage:.0%} of the explained scan; the rest is empty"
        if self.scan is None or scan.grid.same_as(self.scan.grid):
            return ""
        spaces = [coordinate_space(item.grid, item.stored, item.path) for item in (scan, self.scan)]
        template = [space in (Space.MNI, Space.TALAIRACH) for space in spaces]
        if spaces[0] is spaces[1] or not any(template):
            return ""
        labels = [
            f"in {space} space" if in_template else "not known to be in a template's space"
            for space, in_template in zip(spaces, template, strict=True)
        ]
        return f"{scan.name} is {labels[0]}, and the explained scan is {labels[1]}: they may not match"


def _unprepared_scan(scan: Scan | Prepared) -> Scan:
    return scan if isinstance(scan, Scan) else scan.original
