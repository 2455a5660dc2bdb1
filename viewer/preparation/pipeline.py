"""Preparation of a scan, or of several images of one person, in steps; only requested steps are done."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

from viewer.errors import ViewerError
from viewer.preparation.brain_mask import BrainMask, find_stripped_brain, import_deepbet, read_brain_mask
from viewer.preparation.itk_image import import_simpleitk
from viewer.preparation.prepared import Prepared, StepRecord
from viewer.preparation.registration import Registration
from viewer.preparation.requirements import HasRequirements, Requirements, Skull, TargetSpace
from viewer.preparation.steps import (
    Transform,
    correct_bias,
    find_mask,
    move_to_template,
    register,
    remove_skull,
)
from viewer.preparation.template import MNI152, load_template
from viewer.preparation.transform_files import read_transform
from viewer.progress import Progress
from viewer.scans.grid import Grid
from viewer.scans.multichannel_scan import MultichannelScan, make_multichannel_scan
from viewer.scans.resample import resample
from viewer.scans.scan import Scan

T1_NAMES = ("t1", "t1w")
"""Names, in lower case, of the channel of a T1 image without contrast agent."""


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
    """Prepare a scan as requested: bias field, brain mask, registration to the template, grid.

    Parameters
    ----------
    scan : Scan
        A T1-weighted scan of a head.
    requirements : Requirements or Model, optional
        Requested preparation, or the network whose card states it; by default an affine registration to
        ``to``, with the skull.
    to : str
        Template, if there are no ``requirements``.
    mask : BrainMask, str or Path, optional
        Brain mask or its file, if known; otherwise it is computed.
    transform : Registration, numpy.ndarray, str or Path, optional
        Transform to the template, if known; otherwise it is computed. A matrix maps the scan's mm to the
        template's mm, RAS+; a file is read by `read_registration`.
    grid : Grid, optional
        Grid of the prepared scan, in the template's mm; by default that of the template.
    progress : Progress, optional
        Reports progress, and may cancel; the records of the finished steps are its partial results.

    Returns
    -------
    Prepared
        The prepared scan; its ``problems`` state what failed.

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
    required = requirements or Requirements(TargetSpace.AFFINE, template=to)
    if isinstance(scan, MultichannelScan):
        return _prepare_images(scan, required, mask, transform, grid, progress)
    needs_mask = (
        required.skull is Skull.REMOVED or (required.registers and transform is None) or mask is not None
    )
    needs_mask = needs_mask and (required.registers or required.needs_mask)
    _check_prerequisites(scan, required, needs_mask and mask is None, transform)
    if needs_mask and isinstance(mask, str | Path):
        given_mask: BrainMask | None = read_brain_mask(mask, scan)
    else:
        given_mask = mask if isinstance(mask, BrainMask) else None
    steps: list[StepRecord] = []
    current = scan
    if required.bias_corrected:
        current = correct_bias(current, steps, progress.subtask(0.0, 0.15))
        progress.report_partial(tuple(steps))
    brain_mask: BrainMask | None = None
    registration: Registration | None = None
    template = load_template(required.template) if required.registers or required.needs_mask else None
    if template is not None and needs_mask:
        brain_mask = find_mask(current, given_mask, template, steps, progress.subtask(0.15, 0.5))
        progress.report_partial(tuple(steps))
    if template is not None and required.registers:
        registration = register(
            current, brain_mask, transform, required.space, template, steps, progress.subtask(0.5, 0.95), scan
        )
        progress.report_partial(tuple(steps))
    if required.skull is Skull.REMOVED and brain_mask is not None:
        current = remove_skull(current, brain_mask, template, registration, steps)
    native = current
    if template is not None and registration is not None:
        current = move_to_template(current, registration, grid or template.grid, steps)
    progress.step(1.0, 1.0, "prepared")
    software = _software_versions(steps)
    return Prepared(scan, current, brain_mask, registration, tuple(steps), native, required, software)


def _check_prerequisites(
    scan: Scan, requirements: Requirements, needs_brain_extraction: bool, transform: Transform | None
) -> None:
    """Raise errors that would occur only after a long step: missing packages, an invalid transform file."""
    if needs_brain_extraction:
        try:
            import_deepbet()
        except ViewerError:
            if find_stripped_brain(scan) is None:
                raise
    if requirements.bias_corrected or (requirements.registers and transform is None):
        import_simpleitk()
    if isinstance(transform, str | Path) and requirements.registers:
        read_transform(Path(transform), scan)


def reference_channel(scan: MultichannelScan) -> str:
    """Return the channel by which a person's images are registered: the T1 without contrast agent.

    It is identified by name; if no name is in `T1_NAMES`, it is the first channel.
    """
    return next((name for name in scan.channels if name.casefold() in T1_NAMES), scan.channels[0])


def _prepare_images(
    scan: MultichannelScan,
    requirements: Requirements,
    mask: BrainMask | str | Path | None,
    transform: Transform | None,
    grid: Grid | None,
    progress: Progress,
) -> Prepared:
    """Prepare several images of one person; brain and transform are found in one and used for all."""
    name = reference_channel(scan)
    reference = scan.images[name]
    count = len(scan.channels)
    first = prepare(
        reference,
        requirements,
        mask=_resample_mask(mask, reference.grid) if isinstance(mask, BrainMask) else mask,
        transform=transform,
        grid=grid,
        progress=progress.subtask(0.0, 1.0 if count == 1 else 0.7),
    )
    prepared = {name: first}
    others = [channel for channel in scan.channels if channel != name]
    for number, channel in enumerate(others):
        image = scan.images[channel]
        subtask = progress.subtask(0.7 + 0.3 * number / len(others), 0.7 + 0.3 * (number + 1) / len(others))
        channel_mask = _resample_mask(first.mask, image.grid)
        registration = first.registration
        prepared[channel] = prepare(
            image, requirements, mask=channel_mask, transform=registration, grid=grid, progress=subtask
        )
    steps = [
        replace(step, parameters={"channel": channel, **step.parameters} if channel else step.parameters)
        for channel, result in prepared.items()
        for step in result.steps
        if channel == name or step.name not in ("brain-mask", "registration")
    ]
    scans = {channel: prepared[channel].scan for channel in scan.channels}
    native = {channel: prepared[channel].native for channel in scan.channels}
    return Prepared(
        scan,
        make_multichannel_scan(scans, scan.covariates),
        _resample_mask(first.mask, scan.grid),
        first.registration,
        tuple(steps),
        make_multichannel_scan(native, scan.covariates),
        requirements,
        first.software,
    )


def _resample_mask(mask: BrainMask | None, grid: Grid) -> BrainMask | None:
    """Return a brain mask on the grid of another image of the same person."""
    if mask is None or mask.grid.same_as(grid):
        return mask
    data = resample(mask.data.astype(np.float32), mask.grid, grid) > 0.5
    return BrainMask(data, grid, mask.method, mask.seconds, mask.notes)


def _software_versions(steps: Sequence[StepRecord]) -> dict[str, str]:
    """Return the versions of the packages that the steps used."""
    from importlib.metadata import PackageNotFoundError, version

    methods = {str(step.parameters.get("method", "")) for step in steps}
    packages = {"deepbet": "deepbet", "SimpleITK": "SimpleITK", "N4": "SimpleITK"}
    names = {package for method, package in packages.items() if method in methods}
    names |= {"nilearn"} if any("template" in step.parameters for step in steps) else set()
    versions = {}
    for name in sorted(names):
        with suppress(PackageNotFoundError):  # a given mask or transform may have been made elsewhere
            versions[name] = version(name)
    return versions
