"""Preparation of a scan in steps, and the way back of a map to the scan as it was."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from viewer.errors import ScanError
from viewer.preparation.bias_field import correct_bias_field, estimate_bias_field
from viewer.preparation.brain_mask import BrainMask, extract_brain, read_brain_mask
from viewer.preparation.downsampling import smooth_to
from viewer.preparation.itk_image import import_simpleitk
from viewer.preparation.registration import Registration, measure_registration, register_to_template
from viewer.preparation.requirements import HasRequirements, Requirements, Skull, TargetSpace
from viewer.preparation.template import MNI152, Template, load_template
from viewer.preparation.transform_files import (
    read_registration,
    read_transform,
    transform_cautions,
    transform_kind,
)
from viewer.progress import Progress
from viewer.scans.grid import Grid
from viewer.scans.map import Map
from viewer.scans.multichannel_scan import MultichannelScan, change_images, make_multichannel_scan
from viewer.scans.provenance import describe_scan
from viewer.scans.resample import resample
from viewer.scans.scan import Scan, StoredOrientation
from viewer.scans.template_transform import TemplateTransform

Transform = Registration | npt.NDArray[np.float64] | str | Path
"""A registration, a matrix from the scan's mm to the template's mm (RAS+), or a file of one."""

LARGEST_SHARE_AT_EDGE = 0.10
"""Share of the brain's surface at the edge of the scan from which on the brain counts as cut off."""

T1_NAMES = ("t1", "t1w")
"""Names, in lower case, of the channel of a T1 image without contrast agent."""

TEMPLATE_MARGIN = 3.0
"""Distance in mm from the template's brain up to which a registered brain without its skull is kept."""

LARGEST_EXCESS = 0.005
"""Scale, as a share, by which a transform that should be rigid may change a length."""

MNI_CODE = 4
ALIGNED_CODE = 2
"""NIfTI's codes for a scan in MNI space, and for one that is aligned to another."""


@dataclass(frozen=True)
class StepRecord:
    """One step that was done: its name, parameters, results as plain values, and the seconds it took."""

    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    results: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0

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
        if self.mask is not None and self.mask.share_at_edge > LARGEST_SHARE_AT_EDGE:
            share = self.mask.share_at_edge
            found.append(f"the brain is cut off: {share:.0%} of its surface lie at the edge of the scan")
        # From the steps, which a session keeps, too.
        found += [line for step in self.steps for line in step.results.get("problems", ())]
        if self.registration is not None:
            found += self.registration.problems
        return tuple(found)

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences on what was done, and on why it must not be trusted, for the reader of a result."""
        done = f"the scan was prepared: {', '.join(dict.fromkeys(step.name for step in self.steps))}"
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
        moved = partial(_moved, registration=self.registration, grid=self.scan.grid)
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


def prepare(
    scan: Scan,
    requirements: Requirements | HasRequirements | None = None,
    *,
    to: str = MNI152,
    mask: BrainMask | str | Path | None = None,
    transform: Transform | None = None,
    grid: Grid | None = None,
    progress: Progress | None = None,
) -> Prepared:
    """Prepare a scan: bias field, brain mask, registration to the template, grid; only what is asked for.

    Parameters
    ----------
    scan : Scan
        A T1-weighted scan of a head.
    requirements : Requirements or Model, optional
        What is asked for, or the network whose card asks for it; by default an affine registration to
        ``to``, with the skull.
    to : str
        Template, if there are no ``requirements``.
    mask : BrainMask, str or Path, optional
        Brain mask, or its file, where it is known; else it is found.
    transform : Registration, numpy.ndarray, str or Path, optional
        Transform to the template, where it is known; else it is found. A matrix maps the scan's mm to the
        template's mm, RAS+; a file is read by `read_registration`.
    grid : Grid, optional
        Grid of the prepared scan, in the template's mm; by default that of the template.
    progress : Progress, optional
        Reports steps, and cancels; the records of the finished steps are its partial results.

    Returns
    -------
    Prepared
        Its ``problems`` say where it did not work.

    Raises
    ------
    ViewerError
        A package is not installed, or a file cannot be read.
    ScanError
        No brain is found in the scan.

    Examples
    --------
    >>> import numpy as np
    >>> import viewer
    >>> scan = viewer.load_scan("mni152")
    >>> prepared = viewer.prepare(scan, mask="mni152", transform=np.eye(4))
    >>> prepared.scan.grid.shape
    (197, 233, 189)
    """
    progress = progress or Progress()
    if isinstance(requirements, HasRequirements):
        requirements = requirements.requirements
    elif requirements is not None and not isinstance(requirements, Requirements):
        raise TypeError(f"requirements must be Requirements or a Model, not {type(requirements).__name__}")
    wanted = requirements or Requirements(TargetSpace.AFFINE, template=to)
    if isinstance(scan, MultichannelScan):
        return _prepare_images(scan, wanted, mask, transform, grid, progress)
    _check_before(scan, wanted, mask, transform)
    steps: list[StepRecord] = []
    current = scan
    if wanted.bias_corrected:
        current = _correct_bias(current, steps, progress.subtask(0.0, 0.15))
        progress.report_partial(tuple(steps))
    found_mask: BrainMask | None = None
    registration: Registration | None = None
    template = load_template(wanted.template) if wanted.registers or wanted.needs_mask else None
    needs_mask = wanted.skull is Skull.REMOVED or (wanted.registers and transform is None) or mask is not None
    if template is not None and needs_mask:
        found_mask = _find_mask(current, mask, template, steps, progress.subtask(0.15, 0.5))
        progress.report_partial(tuple(steps))
    if template is not None and wanted.registers:
        registration = _register(
            current, found_mask, transform, wanted.space, template, steps, progress.subtask(0.5, 0.95), scan
        )
        progress.report_partial(tuple(steps))
    if wanted.skull is Skull.REMOVED and found_mask is not None:
        current = _remove_skull(current, found_mask, template, registration, steps)
    native = current
    if template is not None and registration is not None:
        current = _move(current, registration, grid or template.grid, steps)
    progress.step(1.0, 1.0, "prepared")
    software = _software_versions(steps)
    return Prepared(scan, current, found_mask, registration, tuple(steps), native, wanted, software)


def _check_before(scan: Scan, wanted: Requirements, mask: object, transform: Transform | None) -> None:
    """Raise what would only be found after a long step: a package that is missing, a transform's bad file."""
    if wanted.bias_corrected or (wanted.registers and transform is None):
        import_simpleitk()
    if isinstance(transform, str | Path) and wanted.registers:
        read_transform(Path(transform), scan)


def reference_channel(scan: MultichannelScan) -> str:
    """Return the channel by which a person's images are registered: the T1 without contrast agent.

    Known by its name; where none has one of `T1_NAMES`, it is the first.
    """
    return next((name for name in scan.channels if name.casefold() in T1_NAMES), scan.channels[0])


def _prepare_images(
    scan: MultichannelScan,
    wanted: Requirements,
    mask: BrainMask | str | Path | None,
    transform: Transform | None,
    grid: Grid | None,
    progress: Progress,
) -> Prepared:
    """Prepare several images of one person: brain and transform are found in one, and used for all."""
    name = reference_channel(scan)
    reference = scan.images[name]
    count = len(scan.channels)
    first = prepare(
        reference,
        wanted,
        mask=_mask_on(mask, reference.grid) if isinstance(mask, BrainMask) else mask,
        transform=transform,
        grid=grid,
        progress=progress.subtask(0.0, 1.0 if count == 1 else 0.7),
    )
    found = {name: first}
    others = [channel for channel in scan.channels if channel != name]
    for number, channel in enumerate(others):
        image = scan.images[channel]
        part = progress.subtask(0.7 + 0.3 * number / len(others), 0.7 + 0.3 * (number + 1) / len(others))
        own = _mask_on(first.mask, image.grid)
        used = first.registration
        found[channel] = prepare(image, wanted, mask=own, transform=used, grid=grid, progress=part)
    steps = [
        replace(step, parameters={"channel": channel, **step.parameters} if channel else step.parameters)
        for channel, one in found.items()
        for step in one.steps
        if channel == name or step.name not in ("brain-mask", "registration")
    ]
    shown = {channel: found[channel].scan for channel in scan.channels}
    native = {channel: found[channel].native for channel in scan.channels}
    return Prepared(
        scan,
        make_multichannel_scan(shown, scan.covariates),
        _mask_on(first.mask, scan.grid),
        first.registration,
        tuple(steps),
        make_multichannel_scan(native, scan.covariates),
        wanted,
        first.software,
    )


def _mask_on(mask: BrainMask | None, grid: Grid) -> BrainMask | None:
    """Return a brain mask on the grid of another image of the same person."""
    if mask is None or mask.grid.same_as(grid):
        return mask
    data = resample(mask.data.astype(np.float32), mask.grid, grid) > 0.5
    return BrainMask(data, grid, mask.method, mask.seconds, mask.notes)


def _image_hashes(scan: Scan) -> tuple[tuple[str, str], ...]:
    images = scan.images if isinstance(scan, MultichannelScan) else {"": scan}
    return tuple((name, image.hash) for name, image in images.items())


def _with_covariates(scan: Scan, numbers: Mapping[str, float]) -> Scan:
    """Return the images of a scan with these numbers in place of its own."""
    images = scan.images if isinstance(scan, MultichannelScan) else {"": scan}
    if list(images) == [""] and not numbers:
        return images[""]
    return make_multichannel_scan(images, numbers)


def _software_versions(steps: Sequence[StepRecord]) -> dict[str, str]:
    """Return the versions of the packages that the steps used."""
    from importlib.metadata import PackageNotFoundError, version

    methods = {str(step.parameters.get("method", "")) for step in steps}
    used = {"deepbet": "deepbet", "SimpleITK": "SimpleITK", "N4": "SimpleITK"}
    names = {package for method, package in used.items() if method in methods}
    names |= {"nilearn"} if any("template" in step.parameters for step in steps) else set()
    found = {}
    for name in sorted(names):
        with suppress(PackageNotFoundError):  # a mask or transform given may have been made elsewhere
            found[name] = version(name)
    return found


def _correct_bias(scan: Scan, steps: list[StepRecord], progress: Progress) -> Scan:
    begin = time.perf_counter()
    bias = estimate_bias_field(scan, progress)
    corrected = _changed(scan, correct_bias_field(scan, bias), "its bias field was corrected by N4")
    results = {"field_ratio": round(bias.spread, 4)}
    steps.append(StepRecord("bias-field", {"method": "N4"}, results, time.perf_counter() - begin))
    return corrected


def _find_mask(
    scan: Scan,
    given: BrainMask | str | Path | None,
    template: Template,
    steps: list[StepRecord],
    progress: Progress,
) -> BrainMask:
    if given is None:
        found = extract_brain(scan, progress, template)
    elif isinstance(given, BrainMask):
        if not given.grid.same_as(scan.grid):
            raise ScanError("brain mask", f"lies on another grid than {scan.name}")
        found = given
    else:
        found = read_brain_mask(given, scan)
    results: dict[str, Any] = {
        "ml": round(found.volume, 1),
        "share_at_edge": round(found.share_at_edge, 4),
    }
    # Where a mask was given, someone has looked at it.
    if given is None:
        results |= {key: list(said) for key in ("notes", "problems") if (said := getattr(found, key))}
    steps.append(StepRecord("brain-mask", {"method": found.method}, results, found.seconds))
    return found


def _register(
    scan: Scan,
    mask: BrainMask | None,
    given: Transform | None,
    space: TargetSpace,
    template: Template,
    steps: list[StepRecord],
    progress: Progress,
    original: Scan,
) -> Registration:
    cautions: tuple[str, ...] = ()
    if isinstance(given, Registration):
        found = given
    elif isinstance(given, np.ndarray):
        kind = transform_kind(given)
        found = measure_registration(scan, mask, given, kind, template, method="given")
    elif given is not None:
        found = read_registration(given, scan, mask, template)
        cautions = transform_cautions(Path(given), original.hash)
    else:
        assert mask is not None
        found = register_to_template(scan, mask, str(space), progress, template)
    if given is not None:
        cautions = (*cautions, *_freedom_problems(found, space))
    results: dict[str, Any] = {
        "dice": found.dice if np.isfinite(found.dice) else None,
        "correlation": found.correlation,
        "coverage": found.coverage,
        "rotation": found.rotation,
    }
    results |= {"problems": list(cautions)} if cautions else {}
    parameters = {"kind": str(found.kind), "template": found.template, "method": found.method}
    steps.append(StepRecord("registration", parameters, results, found.seconds))
    return found


def _freedom_problems(found: Registration, space: TargetSpace) -> tuple[str, ...]:
    """Return a sentence if a given transform changes the head in more ways than what is asked for."""
    scales = np.array(found.scales)
    if space is TargetSpace.RIGID:
        excess, does = float(np.abs(scales - 1).max()), "also scales"
    elif space is TargetSpace.SIMILARITY:
        excess, does = float(scales.max() / scales.min() - 1), "scales unevenly"
    else:
        return ()
    if excess < LARGEST_EXCESS:
        return ()
    return (f"the transform {does} ({excess:.0%}), and the network needs {space}".replace("%", " %"),)


def _remove_skull(
    scan: Scan,
    mask: BrainMask,
    template: Template | None,
    registration: Registration | None,
    steps: list[StepRecord],
) -> Scan:
    """Set all but the brain to 0; of a registered brain also what lies beyond the template's.

    Brain masks end anywhere in the brain stem, and the template and those who trained on it at a fixed place.
    """
    begin = time.perf_counter()
    keep, results = mask.data, {}
    if template is not None and registration is not None:
        beyond = _beyond_template(scan.grid, template, registration)
        cut = keep & beyond
        results = {
            "beyond_template_ml": round(float(np.count_nonzero(cut)) * scan.grid.voxel_volume / 1000, 1)
        }
        keep = keep & ~beyond
    bare = _changed(scan, np.where(keep, scan.data, np.float32(0)), "its skull was removed")
    steps.append(StepRecord("skull", {}, results, time.perf_counter() - begin))
    return bare


def _beyond_template(grid: Grid, template: Template, registration: Registration) -> npt.NDArray[np.bool_]:
    """Return which voxels of a scan's grid lie farther from the template's brain than `TEMPLATE_MARGIN`."""
    from scipy.ndimage import distance_transform_edt

    depth = distance_transform_edt(~template.brain, sampling=template.grid.spacing)
    near = (depth <= TEMPLATE_MARGIN).astype(np.float32)
    moved = Grid(template.grid.shape, registration.inverse @ template.grid.affine)
    return np.asarray(resample(near, moved, grid) < 0.5)


def _move(scan: Scan, registration: Registration, grid: Grid, steps: list[StepRecord]) -> Scan:
    """Resample to the template's space, and record the step."""
    begin = time.perf_counter()
    found = _moved(scan, registration, grid)
    parameters = {"shape": list(grid.shape), "interpolation": "trilinear"}
    steps.append(StepRecord("grid", parameters, {}, time.perf_counter() - begin))
    return found


def _moved(scan: Scan, registration: Registration, grid: Grid) -> Scan:
    """Resample to the template's space; smoothed before where the new voxels are larger."""
    smooth = smooth_to(scan.data, scan.grid, float(grid.spacing.min()))
    moved = Grid(scan.grid.shape, registration.matrix @ scan.grid.affine)
    data = resample(smooth, moved, grid)
    codes = (ALIGNED_CODE, ALIGNED_CODE) if registration.kind == "rigid" else (MNI_CODE, MNI_CODE)
    note = f"it was moved to {registration.template} by a transform ({registration.kind})"
    return Scan(data, grid, scan.name, (*scan.notes, note), None, StoredOrientation(grid, codes=codes))


def _changed(scan: Scan, data: Any, note: str) -> Scan:
    return Scan(data, scan.grid, scan.name, (*scan.notes, note), None, scan.stored)
