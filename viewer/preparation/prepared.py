"""A prepared scan, what was done to it, and the way back of a map to the scan as it was."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from viewer.errors import ScanError
from viewer.preparation.brain_mask import DEEPBET, LARGEST_SHARE_AT_EDGE, STRIPPED, BrainMask
from viewer.preparation.registration import REGISTRATION_METHOD, Registration, apply_registration
from viewer.preparation.requirements import Requirements
from viewer.scans.grid import Grid
from viewer.scans.map import Map
from viewer.scans.multichannel_scan import MultichannelScan, change_images, make_multichannel_scan
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
"""What each step did, by its name."""

GIVEN_DESCRIPTIONS = {
    "brain-mask": "brain mask given",
    "registration": "moved to the template by a given transform",
}
"""The same, of steps whose result was given."""

OWN_METHODS = (DEEPBET, STRIPPED, REGISTRATION_METHOD)


@dataclass(frozen=True)
class StepRecord:
    """One step that was done: its name, parameters, results as plain values, and the seconds it took."""

    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    results: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def description(self) -> str:
        """What was done, in plain words: ``brain found`` for the step ``brain-mask``."""
        given = self.name in GIVEN_DESCRIPTIONS and self.parameters.get("method") not in OWN_METHODS
        return (GIVEN_DESCRIPTIONS if given else STEP_DESCRIPTIONS).get(self.name, self.name)

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
    """Scan as a network wants it, and what was done to it.

    Parameters
    ----------
    original : Scan
        The scan as it was given.
    scan : Scan
        The prepared scan: on the template's grid, or the one asked for, if it was registered; else on its own
        grid.
    mask : BrainMask, optional
        The brain, on the grid of ``original``; None if it was not needed.
    registration : Registration, optional
        None if the scan was not registered.
    steps : tuple of StepRecord
        What was done, in order.
    native : Scan, optional
        The scan after all steps but the registration, on the grid of ``original``. None is ``scan``, where
        that lies on this grid.
    requirements : Requirements
        What was asked for.
    software : mapping of str to str
        Versions of the packages that did it.
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
            raise ValueError("the native scan lies on another grid than the original")

    @property
    def seconds(self) -> float:
        """Time that all steps took."""
        return sum(step.seconds for step in self.steps)

    @property
    def problems(self) -> tuple[str, ...]:
        """Sentences on why the preparation must not be trusted; empty if nothing speaks against it."""
        found: list[str] = []
        for step in self.steps:  # which a session keeps, too
            share = step.results.get("share_at_edge", 0.0)
            if share > LARGEST_SHARE_AT_EDGE:
                found.append(f"the brain is cut off: {share:.0%} of its surface lie at the edge of the scan")
            found += step.results.get("problems", ())
        if self.registration is not None:
            found += self.registration.problems
        return tuple(found)

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences on what was done, and on why it must not be trusted, for the reader of a result."""
        done = f"the scan was prepared: {', '.join(dict.fromkeys(step.description for step in self.steps))}"
        return (*((done,) if self.steps else ()), *self.problems)

    @property
    def template_transform(self) -> TemplateTransform | None:
        """Transform by which regions of an atlas are looked up at the original scan's mm, if there is one."""
        if self.registration is None:
            return None
        kind, grid = str(self.registration.kind), self.original.grid
        return TemplateTransform(self.registration.matrix, kind, self.problems, grid)

    @property
    def worked(self) -> bool:
        """Whether nothing speaks against the preparation."""
        return not self.problems

    def carry_back(self, prepared_map: Map) -> Map:
        """Return a map of the prepared scan on the grid of the scan as it was given.

        The map may lie on any grid in the space of the prepared scan, such as the network's. The inverse of
        the registration is exact, and the values are interpolated once (trilinear).

        Raises
        ------
        ScanError
            The map has no grid.
        """
        if prepared_map.grid is None:
            raise ScanError(prepared_map.name, "is a map of a bare tensor, which has no place in space")
        grid = self.grid_in_original(prepared_map.grid)
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

    def grid_in_original(self, grid: Grid) -> Grid:
        """Return a grid in the prepared scan's space at its place in the original scan's mm."""
        if self.registration is None:
            return grid
        return Grid(grid.shape, self.registration.inverse @ grid.affine)

    def grid_in_prepared(self, grid: Grid) -> Grid:
        """Return a grid in the original scan's mm at its place in the prepared scan's space."""
        if self.registration is None:
            return grid
        return Grid(grid.shape, self.registration.matrix @ grid.affine)

    def is_of(self, scan: Scan) -> bool:
        """Return whether it was made of the images of a scan; numbers about the person do not matter."""
        return scan is self.original or _image_hashes(scan) == _image_hashes(self.original)

    def with_scan(self, scan: Scan) -> Prepared:
        """Return the same preparation of the same images with other covariates."""
        numbers = scan.covariates if isinstance(scan, MultichannelScan) else {}
        prepared, native = (_with_covariates(one, numbers) for one in (self.scan, self.native))
        return replace(self, original=scan, scan=prepared, native=native)

    def change_images(self, change: Callable[[Scan], Scan]) -> Prepared:
        """Return the same preparation of changed images, such as noisy ones; nothing is found anew.

        ``change`` gets each image without bias field and skull, on its own grid.
        """
        native = change_images(self.native, change)
        if self.registration is None:
            return replace(self, scan=native, native=native)
        moved = partial(apply_registration, registration=self.registration, grid=self.scan.grid)
        return replace(self, scan=change_images(native, moved), native=native)

    def as_json(self) -> dict[str, Any]:
        """Return plain values: the steps, ``affine``, the mask's hash, versions, and problems if there are.

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


def _with_covariates(scan: Scan, numbers: Mapping[str, float]) -> Scan:
    """Return the images of a scan with these numbers in place of its own."""
    images = scan.images if isinstance(scan, MultichannelScan) else {"": scan}
    if list(images) == [""] and not numbers:
        return images[""]
    return make_multichannel_scan(images, numbers)
