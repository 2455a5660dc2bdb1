"""Entry of a session for the preparation of its scan: transform, brain mask and steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from viewer.errors import ScanError
from viewer.session.archive import file_hash
from viewer.session.scan_entry import changed_file_error

if TYPE_CHECKING:
    from viewer.preparation.brain_mask import BrainMask
    from viewer.preparation.prepared import Prepared
    from viewer.scans.scan import Scan
    from viewer.session.saved_preparation import SavedPreparation


def preparation_entry(prepared: Prepared, mask_entry: dict[str, Any] | None) -> dict[str, Any]:
    """Return the entry of a preparation; ``mask_entry`` names the file of its brain mask, if it has one."""
    requirements = prepared.requirements
    entry: dict[str, Any] = {
        "requirements": {
            "space": str(requirements.space),
            "skull": str(requirements.skull),
            "bias_corrected": requirements.bias_corrected,
            "template": requirements.template,
        },
        "steps": [step.as_json() for step in prepared.steps],
        "software": dict(prepared.software),
    }
    registration = prepared.registration
    if registration is not None:
        grid = prepared.scan.grid
        entry["registration"] = {
            "affine": registration.matrix.tolist(),
            "kind": str(registration.kind),
            "dice": registration.dice,
            "correlation": registration.correlation,
            "coverage": registration.coverage,
            "seconds": registration.seconds,
            "template": registration.template,
            "method": registration.method,
        }
        entry["grid"] = {"shape": list(grid.shape), "affine": grid.affine.tolist()}
    if prepared.mask is not None and mask_entry is not None:
        entry["mask"] = {**mask_entry, "name": prepared.mask.method}
    return entry


def write_mask(prepared: Prepared, path: Path) -> Path:
    """Write the brain mask as an image on the grid of the scan's file. Raises ScanError."""
    from viewer.scans.save import save_volume

    assert prepared.mask is not None
    return save_volume(prepared.mask.data, prepared.original.stored, path, "brain mask")


def save_mask_file(prepared: Prepared, folder: Path, stem: str) -> Path:
    """Write a brain mask to a folder and return its file; an identical file is reused, others are kept.

    Raises
    ------
    ScanError, OSError
        It cannot be written.
    """
    with TemporaryDirectory(prefix="saliency-viewer-mask-") as temp_folder:
        new_file = write_mask(prepared, Path(temp_folder) / "mask.nii.gz")
        for number in count(1):
            path = folder / f"{stem}-mask{'' if number == 1 else number}.nii.gz"
            if not (path.exists() or path.is_symlink()):
                return write_mask(prepared, path)
            if path.is_file() and file_hash(path) == file_hash(new_file):
                return path
    raise AssertionError("count() ends")


def preparation_entries(
    prepared: Prepared | None,
    save_mask: Callable[[Prepared], Path],
    file_entry: Callable[[Path], dict[str, Any]],
    hash_file: Callable[[Path], str] = file_hash,
) -> dict[str, Any]:
    """Return the entry ``preparation`` of a session, in a dictionary that is empty if there is none.

    ``save_mask`` writes the brain mask and returns its file, ``file_entry`` returns the entry that names a
    file. Raises OSError.
    """
    if prepared is None:
        return {}
    if prepared.mask is None:
        return {"preparation": preparation_entry(prepared, None)}
    file = save_mask(prepared)
    return {"preparation": preparation_entry(prepared, {**file_entry(file), "hash": hash_file(file)})}


def open_preparation(saved: SavedPreparation | None, scan: Scan | None) -> Prepared | None:
    """Prepare the scan of a session again with its saved transform and mask; neither is recomputed.

    Raises
    ------
    ViewerError
        The mask's file cannot be read, has changed, or a package is missing for the bias field.
    """
    if saved is None or scan is None:
        return None
    from viewer.preparation.pipeline import prepare

    mask = None if saved.mask is None else _open_mask(saved, scan)
    prepared = prepare(scan, saved.requirements, mask=mask, transform=saved.registration, grid=saved.grid)
    # As done originally: the mask's and the transform's own methods, times and versions.
    return replace(prepared, steps=saved.steps, software=saved.software)


def _open_mask(saved: SavedPreparation, scan: Scan) -> BrainMask:
    from viewer.preparation.brain_mask import BrainMask, read_brain_mask

    reference = saved.mask
    assert reference is not None
    brain_mask = read_brain_mask(reference.path, scan)
    try:
        if reference.hash not in ("", file_hash(Path(reference.path))):
            raise changed_file_error(reference)
    except OSError as error:
        raise ScanError(reference.path, f"cannot be read ({error.strerror})") from error
    seconds = next((step.seconds for step in saved.steps if step.name == "brain-mask"), 0.0)
    return BrainMask(brain_mask.data, scan.grid, reference.name or brain_mask.method, seconds)
