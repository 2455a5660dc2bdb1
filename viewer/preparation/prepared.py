"""Prepared scan, the record of its preparation, and the mapping of maps back to the original scan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from viewer.errors import ScanError
from viewer.preparation.brain_mask import DEEPBET, MAX_SHARE_AT_EDGE, STRIPPED, BrainMask
from viewer.preparation.registration import REGISTRATION_METHOD, Registration, apply_registration
from viewer.preparation.requirements import Requirements
from viewer.scans.grid import Grid
from viewer.scans.map import Map
from viewer.scans.multichannel_scan import MultichannelScan, apply_to_images, make_multichannel_scan
from viewer.scans.provenance import describe_scan
from viewer.scans.resample import resample
from viewer.scans.scan import Scan
from viewer.scans.template_transform import TemplateTransform

STEP_DESCRIPTIONS = {
    "bias-field": "bias field corrected",
    "brain-mask": "brain found",
    "registration": "registered to the template",
    "skull": "skull removed",
    "grid": "resampled",
}
"""Description of each finished step, by name."""

GIVEN_DESCRIPTIONS = {
    "brain-mask": "brain mask given",
    "registration": "moved to the template by a given transform",
}
"""Description of steps whose result was given by the user."""

OWN_METHODS = (DEEPBET, STRIPPED, REGISTRATION_METHOD)


@dataclass(frozen=True)
class StepRecord:
    """One finished step: its name, parameters, results as plain values, and computation time in seconds."""

    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    results: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def description(self) -> str:
        """Description in plain words, such as ``brain found`` for the step ``brain-mask``."""
        is_given = self.name in GIVEN_DESCRIPTIONS and self.parameters.get("method") not in OWN_METHODS
        return (GIVEN_DESCRIPTIONS if is_given else STEP_DESCRIPTIONS).get(self.name, self.name)

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "name": self.name,
            "parameters": dict(self.parameters),
            "results": dict(self.results),
            "seconds": round(self.seconds, 3),
        }


@dataclass(frozen=True, eq=False)
class Prepared:
    """Scan prepared for a network, and the record of its preparation.

    Parameters
    ----------
    original : Scan
        The scan before preparation.
    scan : Scan
        The prepared scan: on the template's or the requested grid if it was registered, else on its own grid.
    mask : BrainMask, optional
        Brain mask on the grid of ``original``; None if it was not needed.
    registration : Registration, optional
        Transform to the template; None if the scan was not registered.
    steps : tuple of StepRecord
        Finished steps, in order.
    native : Scan, optional
        The scan after all steps except registration, on the grid of ``original``. None for ``scan`` itself,
        which must then be on this grid.
    requirements : Requirements
        Requested preparation.
    software : mapping of str to str
        Versions of the packages used.
    """

    original: Scan
    scan: Scan
    mask: BrainMask | None = None
    registration: Registration | None = None
    steps: tuple[StepRecord, ...] = ()
    native: Scan = field(default=None)  # type: ignore[assignment]
    requirements: Requirements = field(default_factory=Requirements)
    software: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.native is None:
            object.__setattr__(self, "native", self.scan)  # type: ignore[unreachable]
        if not self.native.grid.same_as(self.original.grid):
            raise ValueError("the native scan is on another grid than the original")

    @property
    def seconds(self) -> float:
        """Computation time of all steps in seconds."""
        return sum(step.seconds for step in self.steps)

    @property
    def problems(self) -> tuple[str, ...]:
        """Reasons not to trust the preparation, as sentences; empty if there are none."""
        problems: list[str] = []
        for step in self.steps:  # the steps are also kept in sessions
            share = step.results.get("share_at_edge", 0.0)
            if share > MAX_SHARE_AT_EDGE:
                problems.append(
                    f"the brain is cut off: {share:.0%} of its surface lies at the edge of the scan"
                )
            problems += step.results.get("problems", ())
        if self.registration is not None:
            problems += self.registration.problems
        return tuple(problems)

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences on the preparation and its problems, for the reader of a result."""
        summary = (
            f"the scan was prepared: {', '.join(dict.fromkeys(step.description for step in self.steps))}"
        )
        return (*((summary,) if self.steps else ()), *self.problems)

    @property
    def template_transform(self) -> TemplateTransform | None:
        """Transform for looking up atlas regions at the original scan's mm; None if it was not registered."""
        if self.registration is None:
            return None
        kind, grid = str(self.registration.kind), self.original.grid
        return TemplateTransform(self.registration.matrix, kind, self.problems, grid)

    @property
    def is_successful(self) -> bool:
        """Whether the preparation has no problems."""
        return not self.problems

    def resample_to_original(self, prepared_map: Map) -> Map:
        """Return a map of the prepared scan on the grid of the original scan.

        The map may be on any grid in the space of the prepared scan, such as the network's. The inverse of
        the registration is exact, and the values are interpolated once (trilinear).

        Raises
        ------
        ScanError
            The map has no grid.
        """
        if prepared_map.grid is None:
            raise ScanError(prepared_map.name, "is a map of a bare tensor, which has no spatial coordinates")
        grid = self.grid_to_original(prepared_map.grid)
        data = resample(prepared_map.data, grid, self.original.grid)
        provenance = replace(
            prepared_map.provenance, scan=describe_scan(self.original), preparation=self.as_json()
        )
        return replace(
            prepared_map,
            data=data,
            grid=self.original.grid,
            stored=self.original.stored,
            provenance=provenance,
            path=None,
            volume=None,
        )

    def grid_to_original(self, grid: Grid) -> Grid:
        """Transform a grid from the prepared scan's space to the original scan's mm."""
        if self.registration is None:
            return grid
        return Grid(grid.shape, self.registration.inverse @ grid.affine)

    def grid_to_prepared(self, grid: Grid) -> Grid:
        """Transform a grid from the original scan's mm to the prepared scan's space."""
        if self.registration is None:
            return grid
        return Grid(grid.shape, self.registration.matrix @ grid.affine)

    def matches_scan(self, scan: Scan) -> bool:
        """Return whether the images of a scan were prepared; covariates are ignored."""
        return scan is self.original or _image_hashes(scan) == _image_hashes(self.original)

    def with_scan(self, scan: Scan) -> Prepared:
        """Return the same preparation of the same images with other covariates."""
        covariates = scan.covariates if isinstance(scan, MultichannelScan) else {}
        prepared, native = (_with_covariates(image, covariates) for image in (self.scan, self.native))
        return replace(self, original=scan, scan=prepared, native=native)

    def apply_to_images(self, function: Callable[[Scan], Scan]) -> Prepared:
        """Return the same preparation of changed images, such as noisy ones, without repeating its steps.

        ``function`` is applied to each image after all steps except registration, on the image's own grid.
        """
        native = apply_to_images(self.native, function)
        if self.registration is None:
            return replace(self, scan=native, native=native)
        move_image = partial(apply_registration, registration=self.registration, grid=self.scan.grid)
        return replace(self, scan=apply_to_images(native, move_image), native=native)

    def as_json(self) -> dict[str, Any]:
        """Return plain values: the steps, ``affine``, the mask's hash, versions, and problems if any.

        ``affine`` maps the original scan's mm to the template's mm, RAS+.
        """
        entries: dict[str, Any] = {"steps": [step.as_json() for step in self.steps]}
        if self.registration is not None:
            entries |= {
                "affine": self.registration.matrix.tolist(),
                "kind": str(self.registration.kind),
                "template": self.registration.template,
            }
        if self.mask is not None:
            entries["mask"] = {"method": self.mask.method, "hash": self.mask.hash}
        if self.software:
            entries["software"] = dict(self.software)
        return entries | ({"problems": list(self.problems)} if self.problems else {})


def _image_hashes(scan: Scan) -> tuple[tuple[str, str], ...]:
    images = scan.images if isinstance(scan, MultichannelScan) else {"": scan}
    return tuple((name, image.hash) for name, image in images.items())


def _with_covariates(scan: Scan, covariates: Mapping[str, float]) -> Scan:
    """Return the images of a scan with other covariates."""
    images = scan.images if isinstance(scan, MultichannelScan) else {"": scan}
    if list(images) == [""] and not covariates:
        return images[""]
    return make_multichannel_scan(images, covariates)
