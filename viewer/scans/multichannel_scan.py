"""Several images and covariates of one person, as the joint input of a network."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from viewer.errors import ScanError
from viewer.scans.grid import Grid
from viewer.scans.scan import Scan

FEW_SAMPLES = 24
"""Samples along each axis for measuring the overlap of two fields of view."""


@dataclass(frozen=True, eq=False)
class MultichannelScan(Scan):
    """Images of one person, one per channel, and covariates.

    As a scan it is the first image, on whose grid maps are shown; the others keep their own grids and are
    resampled to the network's by their affines. Created by `make_multichannel_scan`.

    Parameters
    ----------
    channels : tuple of str
        Name of each image; an empty name for a single image whose channel was not named.
    other_images : tuple of Scan
        The images after the first.
    covariates : mapping of str to float
        Values by name, in the units of the model's card.
    """

    channels: tuple[str, ...] = ("",)
    other_images: tuple[Scan, ...] = ()
    covariates: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        covariates = {name: float(value) for name, value in self.covariates.items()}
        object.__setattr__(self, "covariates", MappingProxyType(covariates))
        if len(self.channels) != len(self.other_images) + 1:
            raise ValueError(f"{len(self.channels)} names for {len(self.other_images) + 1} images")

    def __reduce__(self) -> tuple[Any, ...]:
        """Support pickling by reconstruction, as for a single scan."""
        values = [getattr(self, entry.name) for entry in fields(self)]
        values = [dict(value) if isinstance(value, Mapping) else value for value in values]
        return type(self), tuple(values), {"hash": self.hash} if "hash" in self.__dict__ else None

    def __repr__(self) -> str:
        covariates = (f"{name} {value:g}" for name, value in self.covariates.items())
        parts = ", ".join(filter(None, (*self.channels, *covariates)))
        return f"<MultichannelScan {self.name!r}: {f'{parts}; ' if parts else ''}{self.grid.size_text}>"

    @cached_property
    def first(self) -> Scan:
        """The first image as a single scan, with its own notes."""
        arguments = {entry.name: getattr(self, entry.name) for entry in fields(Scan)}
        if self.other_images:
            prefix = f"{self.channels[0]}: "
            own_notes = (note.removeprefix(prefix) for note in self.notes if note.startswith(prefix))
            arguments["notes"] = tuple(own_notes)
        return Scan(**arguments)

    @property
    def images(self) -> Mapping[str, Scan]:
        """Every image by channel name, in the given order."""
        return dict(zip(self.channels, (self.first, *self.other_images), strict=True))

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the names and hashes of all images, and of the covariates."""
        import hashlib

        hashes = [[name, image.hash] for name, image in self.images.items()]
        return hashlib.sha256(repr((hashes, sorted(self.covariates.items()))).encode()).hexdigest()


def find_image(scan: Scan, name: str) -> Scan | None:
    """Return the image of a channel; None if there is none. An empty name returns the scan itself."""
    if not name:
        return scan
    images = scan.images if isinstance(scan, MultichannelScan) else {}
    return next((image for channel, image in images.items() if channel.casefold() == name.casefold()), None)


def image_on_scan(scan: Scan, name: str) -> Scan:
    """Return the image of a channel on the grid of the first one, to be shown in its place.

    Voxels outside the image's own field of view get its smallest value.

    Raises
    ------
    ScanError
        The scan has no such image.
    """
    from viewer.scans.resample import resample

    image = find_image(scan, name)
    if image is None:
        channels = (
            [channel for channel in scan.images if channel] if isinstance(scan, MultichannelScan) else []
        )
        remedy = f"it has {', '.join(channels)}" if len(channels) > 1 else "it is a single image"
        raise ScanError(scan.name, f"has no image {name}", remedy)
    if image.grid.same_as(scan.grid):
        return image
    darkest = float(np.nanmin(image.data))
    return replace(
        image, data=resample(image.data, image.grid, scan.grid, fill_value=darkest), grid=scan.grid
    )


def list_inputs(scan: Scan) -> str:
    """Return the images by channel and the covariates as one line; empty for a single scan.

    For example ``T1 sub-01_T1w, FLAIR sub-01_FLAIR, age 71``.
    """
    if not isinstance(scan, MultichannelScan):
        return ""
    images = [f"{name} {image.name}" for name, image in scan.images.items() if name]
    return ", ".join([*images, *(f"{name} {value:g}" for name, value in scan.covariates.items())])


def apply_to_images(scan: Scan, function: Callable[[Scan], Scan]) -> Scan:
    """Return a scan with a function, such as a shift or blur, applied to each of its images."""
    if not isinstance(scan, MultichannelScan):
        return function(scan)
    first = function(scan.first)
    others = tuple(map(function, scan.other_images))
    return replace(scan, data=first.data, grid=first.grid, stored=first.stored, other_images=others)


def make_multichannel_scan(
    images: Mapping[str, Scan] | Scan, covariates: Mapping[str, float] | None = None
) -> Scan:
    """Return images of one person, by channel, and covariates as one scan.

    A note lists the images on another grid than the first.

    Parameters
    ----------
    images
        Images by the names of the model's channels; or a single scan.
    covariates
        Values by the names of the model's covariates.

    Raises
    ------
    ScanError
        There is no image, one is not a scan or has several channels, two names differ in case only, or a
        covariate is not finite.
    """
    covariate_values = dict(covariates or {})
    check_covariates(covariate_values)
    if isinstance(images, MultichannelScan):
        replaced = {name.casefold() for name in covariate_values}
        kept = {name: value for name, value in images.covariates.items() if name.casefold() not in replaced}
        covariate_values = {**kept, **covariate_values}
        images = images.images
    elif isinstance(images, Scan):
        if not covariate_values:
            return images
        images = {"": images}
    if not isinstance(images, Mapping):
        kind = type(images).__name__  # type: ignore[unreachable]
        raise ScanError("scan", f"is a {kind}, not a scan", "give what load_scan returns")
    if not images:
        raise ScanError("scan", "has no image", "give one for each channel")
    check_names(tuple(images), "channel")
    invalid = next((name for name, image in images.items() if not isinstance(image, Scan)), None)
    if invalid is not None:
        kind = type(images[invalid]).__name__
        raise ScanError(invalid or "scan", f"is a {kind}, not a scan", "give what load_scan returns")
    nested = next((name for name, image in images.items() if isinstance(image, MultichannelScan)), None)
    if nested is not None:
        raise ScanError(nested, "has several channels itself", "give single images")
    names, scans = tuple(images), tuple(images.values())
    first = scans[0]
    notes = first.notes if len(scans) == 1 else _collect_notes(names, scans)
    return MultichannelScan(
        first.data, first.grid, first.name, notes, first.path, first.stored, first.volume,
        names, scans[1:], covariate_values,
    )  # fmt: skip


def check_names(names: Sequence[str], kind: str) -> None:
    """Raise ScanError if two names of one ``kind``, such as "channel", differ in case only.

    Raises
    ------
    ScanError
        There are two such names.
    """
    spellings: dict[str, str] = {}
    for name in names:
        first = spellings.setdefault(name.casefold(), name)
        if first != name:
            raise ScanError(name, f"the {kind} is given twice, as {first} and {name}", "give it once")


def check_covariates(covariates: Mapping[str, float]) -> None:
    """Raise ScanError for covariates that are given twice or are not finite numbers.

    Raises
    ------
    ScanError
        Two names differ in case only, or a value is not a finite number.
    """
    check_names(tuple(covariates), "covariate")
    for name, value in covariates.items():
        try:
            is_finite = math.isfinite(value)
        except (TypeError, ValueError, OverflowError):
            is_finite = False  # not a number, such as None or "1"
        if not is_finite:
            raise ScanError(name, f"is {value!r}", "it must be a finite number")


def _collect_notes(names: Sequence[str], scans: Sequence[Scan]) -> tuple[str, ...]:
    image_notes = [
        f"{name}: {line}" for name, image in zip(names, scans, strict=True) for line in image.notes
    ]
    grid_notes = [
        f"{name} is on another grid than {names[0]} and is mapped to it by its affine."
        for name, image in zip(names[1:], scans[1:], strict=True)
        if not image.grid.same_as(scans[0].grid)
    ]
    return (*image_notes, *grid_notes)


def covered_share(grid: Grid, other: Grid) -> float:
    """Return the share of a grid's field of view that is within another's, 0 to 1."""
    positions = [np.linspace(0, size - 1, min(size, FEW_SAMPLES)) for size in grid.shape]
    voxels: npt.NDArray[np.float64] = np.stack(np.meshgrid(*positions, indexing="ij"), -1).reshape(-1, 3)
    return float(other.contains(grid.to_world(voxels)).mean())
