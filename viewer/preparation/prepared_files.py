"""Files of a prepared scan: mask, transform, prepared scan and the record of the steps."""

from __future__ import annotations

from pathlib import Path

from viewer.errors import ScanError
from viewer.files import is_folder
from viewer.json_text import json_text, to_json_value
from viewer.preparation.pipeline import Prepared
from viewer.preparation.transform_files import write_registration
from viewer.scans.atomic_write import atomic_write
from viewer.scans.save import save_volume


def write_prepared(prepared: Prepared, folder: Path) -> dict[str, Path]:
    """Write the files of a prepared scan into a folder, which is made if it is missing.

    Returns
    -------
    Paths by what they hold: ``mask``, ``transform``, ``itk``, ``prepared`` and ``steps``; only those that
    there are.

    Raises
    ------
    ScanError
        A file cannot be written, or would replace the scan.
    """
    if not is_folder(folder):
        try:
            folder.mkdir(parents=True)
        except OSError as error:
            raise ScanError(folder, f"cannot be made ({error.strerror or error})") from error
    name = prepared.original.name.replace("/", "_") or "scan"
    files = {"prepared": folder / f"{name}_prepared.nii.gz", "steps": folder / f"{name}_preparation.json"}
    if prepared.registration is not None:
        stem = f"{name}_to-{prepared.registration.template}"
        files |= {"transform": folder / f"{stem}.json", "itk": folder / f"{stem}.tfm"}
    if prepared.mask is not None:
        files["mask"] = folder / f"{name}_mask.nii.gz"
    _check_not_scan(prepared, files)
    if prepared.mask is not None:
        mask = prepared.mask.data
        save_volume(mask, prepared.original.stored, files["mask"], f"brain mask, {prepared.mask.method}")
    if prepared.registration is not None:
        write_registration(prepared.registration, prepared.original, files["transform"], files["itk"])
    save_volume(prepared.scan.data, prepared.scan.stored, files["prepared"], "prepared scan")
    text = json_text(to_json_value(prepared.as_json()))
    try:
        with atomic_write(files["steps"]) as file:
            file.write(text.encode())
    except OSError as error:
        raise ScanError(files["steps"], f"cannot be written ({error.strerror or error})") from error
    return files


def _check_not_scan(prepared: Prepared, files: dict[str, Path]) -> None:
    given = prepared.original.path
    for path in files.values():
        if given is not None and given.exists() and path.exists() and path.samefile(given):
            raise ScanError(path, "is the scan that is prepared", "choose another folder")
