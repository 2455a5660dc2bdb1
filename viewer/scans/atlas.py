"""Brain atlases: look up the region of a point in mm, and the overlap of a cluster with regions.

An atlas is a label image, or a probabilistic image with one volume per region. It may have any grid: points
are looked up through its affine. Its values do not say whether it is in the same space as the scan (MNI or
native); see `viewer.scans.atlas_space`.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from viewer.errors import ScanError
from viewer.files import is_file, open_regular
from viewer.json_text import printable
from viewer.progress import Progress
from viewer.scans.atlas_names import ENDINGS, REMEDY, RegionNames, read_names
from viewer.scans.file_types import image_stem, replace_ending
from viewer.scans.grid import Grid
from viewer.scans.load import count_volumes, load_map, open_image
from viewer.scans.safe_io import GZIP, MAX_RATIO, open_decompressed
from viewer.scans.scan import StoredOrientation

Doubles = npt.NDArray[np.float64]

MIN_EQUAL_NEIGHBOURS = 0.5
"""Minimum share of neighbouring voxel pairs with equal values in an atlas; scans have far fewer."""

EXACT = 1 << 24
"""From 2^24 on, not every whole number can be represented in 32-bit floating point."""

MAX_HEADER_BYTES = 1 << 20
PERCENT = 100.0


@dataclass(frozen=True)
class RegionShare:
    """A region, and the share of the requested points that lies in it, 0 to 1."""

    region: str
    share: float


class Atlas(Protocol):
    """Interface of atlases: look up regions at points in mm."""

    @property
    def name(self) -> str:
        """Name shown to the user."""

    @property
    def path(self) -> Path | None:
        """File of the atlas image."""

    @property
    def names_path(self) -> Path | None:
        """File of the region names."""

    @property
    def notes(self) -> tuple[str, ...]:
        """One sentence per repair made while reading the names."""

    @property
    def regions(self) -> tuple[str, ...]:
        """Names of all regions."""

    def region_shares(
        self, points: npt.ArrayLike, weights: npt.ArrayLike | None = None
    ) -> tuple[RegionShare, ...]:
        """Return the share of points in mm, shape (n, 3) or (3,), in each region, the largest first.

        ``weights`` has shape (n,). Points outside all regions belong to no share, so the shares may add up to
        less than 1; those of a probabilistic atlas are mean probabilities.
        """

    def region_centre(self, region: str) -> tuple[float, float, float] | None:
        """Return the point of a region, in mm, that is nearest to its centre; None if it has no voxels."""


@dataclass(frozen=True, eq=False)
class LabelAtlas:
    """Label image: the value of a voxel is the number of its region; 0 is background.

    ``labels`` has shape ``grid.shape``; ``names`` maps every number that occurs to its name; ``stored`` is
    the orientation in the file.
    """

    name: str
    grid: Grid
    labels: npt.NDArray[np.int32]
    names: dict[int, str]
    path: Path | None = None
    names_path: Path | None = None
    notes: tuple[str, ...] = ()
    stored: StoredOrientation | None = None

    def __repr__(self) -> str:
        count = len(self.names)
        return f"<LabelAtlas {self.name!r}: {count} region{'s' * (count != 1)}, {self.grid.size_text}>"

    @property
    def regions(self) -> tuple[str, ...]:
        """Names of all regions."""
        return tuple(self.names.values())

    def region_centre(self, region: str) -> tuple[float, float, float] | None:
        """Return the point of a region that is nearest to its centre; see `Atlas.region_centre`."""
        numbers = [number for number, name in self.names.items() if name == region]
        return _centre(np.isin(self.labels, numbers).astype(np.float32), self.grid)

    def region_shares(
        self, points: npt.ArrayLike, weights: npt.ArrayLike | None = None
    ) -> tuple[RegionShare, ...]:
        """Return the share of points in each region, by nearest voxel; see `Atlas.region_shares`."""
        positions, weight = _normalise_weights(points, weights)
        inside, voxels = _nearest_voxels(self.grid, positions)
        voxel_labels = self.labels[tuple(voxels.T)]
        numbers, indices = np.unique(voxel_labels, return_inverse=True)
        sums = np.bincount(indices, weight[inside], len(numbers))
        return _sort_shares(
            RegionShare(self.names[int(number)], float(share))
            for number, share in zip(numbers, sums, strict=True)
            if number
        )


@dataclass(frozen=True, eq=False)
class RegionProbability:
    """Probabilities of one region, 0 to 1, cropped to its bounding box, and the grid of that box."""

    region: str
    grid: Grid
    values: npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class ProbabilityAtlas:
    """Probabilistic atlas: one volume per region, all on one grid; ``stored`` as in `LabelAtlas`."""

    name: str
    volumes: tuple[RegionProbability, ...]
    path: Path | None = None
    names_path: Path | None = None
    notes: tuple[str, ...] = ()
    grid: Grid | None = None
    stored: StoredOrientation | None = None

    def __repr__(self) -> str:
        count = len(self.volumes)
        return f"<ProbabilityAtlas {self.name!r}: {count} region{'s' * (count != 1)}>"

    @property
    def regions(self) -> tuple[str, ...]:
        """Names of all regions."""
        return tuple(volume.region for volume in self.volumes)

    def region_centre(self, region: str) -> tuple[float, float, float] | None:
        """Return the centre of a region, weighted by probability; see `Atlas.region_centre`."""
        region_volume = next((volume for volume in self.volumes if volume.region == region), None)
        return None if region_volume is None else _centre(region_volume.values, region_volume.grid)

    def region_shares(
        self, points: npt.ArrayLike, weights: npt.ArrayLike | None = None
    ) -> tuple[RegionShare, ...]:
        """Return the mean probability of each region at the points; see `Atlas.region_shares`."""
        positions, weight = _normalise_weights(points, weights)
        shares = []
        for volume in self.volumes:
            inside, voxels = _nearest_voxels(volume.grid, positions)
            shares.append(RegionShare(volume.region, float(volume.values[tuple(voxels.T)] @ weight[inside])))
        return _sort_shares(shares)


def _centre(weights: npt.NDArray[np.float32], grid: Grid) -> tuple[float, float, float] | None:
    """Return the centre in mm of the voxel nearest to the centre of mass, of those above half the maximum."""
    if not weights.any():
        return None
    voxels = np.argwhere(weights >= weights.max() / 2)
    centre = np.average(voxels, axis=0, weights=weights[tuple(voxels.T)])
    nearest = voxels[np.argmin(np.linalg.norm(voxels - centre, axis=1))]
    x, y, z = (float(value) for value in grid.to_world(nearest))
    return x, y, z


def region_at(atlas: Atlas, point: npt.ArrayLike) -> str:
    """Return the (most probable) region at a point in mm; empty outside all regions."""
    shares = atlas.region_shares(point)
    return shares[0].region if shares else ""


def load_atlas(path: str | Path, labels: str | Path | None = None, progress: Progress | None = None) -> Atlas:
    r"""Read an atlas and the names of its regions.

    Parameters
    ----------
    path : str or Path
        Any image that `viewer.load_scan` reads: a label image, or several volumes with the probability (0 to
        1, or 0 to 100) of one region each.
    labels : str or Path, optional
        File of the region names: TSV, CSV, JSON, FSL's XML or a look-up table. By default, a file of the same
        name next to the image; without one, regions are named by their numbers.
    progress : Progress, optional
        Reports progress after every volume, and may cancel.

    Returns
    -------
    Atlas
        `LabelAtlas` or `ProbabilityAtlas`.

    Raises
    ------
    ScanError
        A file cannot be read, or is not an atlas.
    Cancelled
        ``progress`` was cancelled.

    Examples
    --------
    >>> import numpy as np
    >>> import viewer
    >>> labels = np.zeros((4, 5, 6))
    >>> labels[:2], labels[2:] = 1, 2
    >>> path = viewer.Map(labels, viewer.Grid((4, 5, 6), np.eye(4)), "halves").save("halves.nii")
    >>> written = path.with_suffix(".tsv").write_text("index\tname\n1\tleft\n2\tright\n")
    >>> viewer.load_atlas(path).regions
    ('left', 'right')
    """
    path = Path(path)
    count = count_volumes(path)
    names_path = find_names_file(path) if labels is None else Path(labels)
    names = RegionNames({}) if names_path is None else read_names(names_path)
    if count == 1:
        return _load_label_atlas(path, names, names_path)
    return _load_probability_atlas(path, count, names, names_path, progress or Progress())


def find_names_file(path: Path) -> Path | None:
    """Return the file with the region names next to an atlas image; None if there is none.

    For ``AAL.nii.gz`` this may be ``AAL.txt`` or, as distributed with AAL3, ``AAL.nii.txt``.
    """
    base_name = path.name[: -len(".gz")] if path.name.lower().endswith(".gz") else path.name
    for ending in ENDINGS:
        for candidate in (replace_ending(path, ending), path.with_name(base_name + ending)):
            if is_file(candidate) and candidate != path:
                return candidate
    return None


def _load_label_atlas(path: Path, names: RegionNames, names_path: Path | None) -> LabelAtlas:
    image = load_map(path)
    assert image.grid is not None
    values = image.data
    if (values != np.rint(values)).any() or (values < 0).any():
        raise ScanError(path, "has values that are not labels", "an atlas holds whole numbers from 0 on")
    if values.max() >= EXACT:
        raise ScanError(path, f"has labels of {EXACT:,} and more, which cannot be told apart")
    labels = values.astype(np.int32)
    present = np.flatnonzero(np.bincount(labels.reshape(-1)))
    region_names = {int(number): names.name_for_value(int(number)) for number in present if number}
    if not region_names:
        raise ScanError(path, "is zero everywhere, so it has no regions")
    if not names.names_by_number:
        _check_not_grey_values(labels, path)
    numbers = {number: names.number_for_value(number) for number in region_names}
    if names.names_by_number and not names.names_by_number.keys() & numbers.values():
        raise ScanError(path, "has no label in the file of region names", REMEDY)
    notes = names.notes
    if names_path is not None:
        notes += names.unnamed_note(numbers, names_path, "labels")
        if names.indexes_volumes is None:
            notes += _index_type_note(names, names_path)
    return LabelAtlas(image.name, image.grid, labels, region_names, path, names_path, notes, image.stored)


def _index_type_note(names: RegionNames, names_path: Path) -> tuple[str, ...]:
    """Return a note that the indices of an XML file without a known type are taken as voxel values.

    Raises
    ------
    ScanError
        The indices begin at 0, so they may number volumes, whose voxel values are one higher: every region
        would get the name of another.
    """
    if 0 in names.names_by_number:
        raise ScanError(
            names_path,
            "does not say in <type> whether its index is a voxel's value (Label) or one less (Probabilistic)",
            "add <type>Label</type> or <type>Probabilistic</type> to its header",
        )
    return (f"{names_path.name} has no known <type>; its indices are taken as voxel values (Label).",)


def _check_not_grey_values(labels: npt.NDArray[np.int32], path: Path) -> None:
    """Raise ScanError for an image without names whose neighbouring values differ as intensities do.

    Of the pairs of neighbouring non-zero voxels, 95 % have equal values in the AAL atlas, and 12 to 16 % in
    T1 scans stored as integers.
    """
    pairs = equal = 0
    for axis in range(labels.ndim):
        reordered = np.moveaxis(labels, axis, 0)
        labelled = (reordered[1:] != 0) & (reordered[:-1] != 0)
        pairs += int(np.count_nonzero(labelled))
        equal += int(np.count_nonzero(labelled & (reordered[1:] == reordered[:-1])))
    if pairs and equal < MIN_EQUAL_NEIGHBOURS * pairs:
        raise ScanError(
            path,
            f"looks like a scan, not an atlas: only {equal / pairs:.0%} of neighbouring voxels are equal",
            "if these are labels, give the file with their names",
        )


def _load_probability_atlas(
    path: Path, volume_count: int, names: RegionNames, names_path: Path | None, progress: Progress
) -> ProbabilityAtlas:
    probabilities: list[RegionProbability] = []
    grid: Grid | None = None
    stored: StoredOrientation | None = None
    with _DecompressedFile(path) as plain_path:
        for number in range(volume_count):
            progress.step(number, volume_count, f"Reading {path.name}")
            image = load_map(plain_path, number)
            assert image.grid is not None
            if (image.data < 0).any():
                raise ScanError(path, f"has values below 0 in volume {number}", "probabilities begin at 0")
            probabilities.append(
                _crop_region(names.name_for_volume(number, volume_count), image.grid, image.data)
            )
            grid, stored = image.grid, image.stored
    numbers = {number: names.number_for_volume(number, volume_count) for number in range(volume_count)}
    unnamed = () if names_path is None else names.unnamed_note(numbers, names_path, "volumes")
    highest = max(float(volume.values.max(initial=0.0)) for volume in probabilities)
    if not 0 < highest <= PERCENT:
        raise ScanError(path, f"has values up to {highest:g}", "probabilities are 0 to 1, or 0 to 100")
    if highest > 1:
        probabilities = [
            RegionProbability(probability.region, probability.grid, probability.values / np.float32(PERCENT))
            for probability in probabilities
        ]
    notes = names.notes + unnamed
    return ProbabilityAtlas(
        printable(image_stem(path)), tuple(probabilities), path, names_path, notes, grid, stored
    )


class _DecompressedFile:
    """Decompress a .nii.gz once: otherwise, reading a volume decompresses all volumes before it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> Path:
        path = self._path
        with open_regular(path, ScanError) as file:
            is_gzip = file.read(2) == GZIP
        if not is_gzip or not path.name.lower().endswith(".nii.gz"):
            return path
        source = open_image(path)
        claimed_size = (
            int(np.prod(source.shape)) * source.volume_count * source.dtype.itemsize + MAX_HEADER_BYTES
        )
        # The compressed data may be longer than the header claims; the excess is not written.
        self._folder = tempfile.TemporaryDirectory(prefix="saliency-viewer-atlas-")
        if shutil.disk_usage(self._folder.name).free < claimed_size:
            return path
        plain_path = Path(self._folder.name) / path.name[: -len(".gz")]
        with open_decompressed(path) as stream, plain_path.open("wb") as output:
            remaining = min(claimed_size, path.stat().st_size * MAX_RATIO)
            while remaining > 0 and (block := stream.read(min(remaining, 1 << 20))):
                remaining -= len(block)
                output.write(block)
        return plain_path

    def __exit__(self, *_: object) -> None:
        if self._folder is not None:
            self._folder.cleanup()


def _crop_region(region: str, grid: Grid, values: npt.NDArray[np.float32]) -> RegionProbability:
    spans = []
    for axis in range(3):
        present = np.flatnonzero(values.any(axis=tuple(other for other in range(3) if other != axis)))
        first, last = (int(present[0]), int(present[-1]) + 1) if present.size else (0, 1)
        spans.append(slice(first, last))
    cropped = np.array(values[tuple(spans)])
    affine = np.array(grid.affine)
    affine[:3, 3] = grid.to_world([span.start for span in spans])
    return RegionProbability(region, Grid(cropped.shape, affine), cropped)


def _normalise_weights(points: npt.ArrayLike, weights: npt.ArrayLike | None) -> tuple[Doubles, Doubles]:
    """Return points, shape (n, 3), and weights, shape (n,), that add up to 1."""
    positions = np.asarray(points, dtype=np.float64).reshape(-1, 3)
    weight = np.ones(len(positions)) if weights is None else np.asarray(weights, dtype=np.float64).reshape(-1)
    total = float(weight.sum())
    return positions, weight / total if total > 0 else weight


def _nearest_voxels(grid: Grid, points: Doubles) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.intp]]:
    """Return which points lie inside the grid, and the voxel indices of those."""
    nearest = np.floor(grid.to_voxel(points) + 0.5).astype(np.intp)
    inside = np.asarray(((nearest >= 0) & (nearest < np.array(grid.shape))).all(axis=1))
    return inside, nearest[inside]


def _sort_shares(shares: Iterable[RegionShare]) -> tuple[RegionShare, ...]:
    positive = [share for share in shares if share.share > 0]
    return tuple(sorted(positive, key=lambda share: (-share.share, share.region)))
