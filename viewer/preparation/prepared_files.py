"""Files of a prepared scan: mask, transform, prepared scan and the record of the steps."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from viewer.errors import ScanError
from viewer.files import is_file, is_folder
from viewer.json_text import json_text, to_json_value
from viewer.preparation.prepared import Prepared
from viewer.preparation.transform_files import write_registration
from viewer.scans.atomic_write import atomic_write
from viewer.scans.file_types import read_json_object
from viewer.scans.save import save_volume
from viewer.scans.scan import Scan


def write_prepared(prepared: Prepared, folder: Path) -> dict[str, Path]:
    """Write the files of a prepared scan into a folder, which is created if it is missing.

    Returns
    -------
    Paths by content: ``mask``, ``transform``, ``itk``, ``prepared`` and ``steps``; only files that were
    written.

    Raises
    ------
    ScanError
        A file cannot be written, or would replace the scan or a file not written by an earlier preparation.
    """
    template = "" if prepared.registration is None else prepared.registration.template
    files = prepared_paths(prepared.original, folder, template, has_mask=prepared.mask is not None)
    check_prepared_paths(files)
    _check_not_scan(prepared, files)
    if not is_folder(folder):
        try:
            folder.mkdir(parents=True)
        except OSError as error:
            raise ScanError(folder, f"cannot be created ({error.strerror or error})") from error
    if prepared.mask is not None:
        mask = prepared.mask.data
        save_volume(mask, prepared.original.stored, files["mask"], f"brain mask, {prepared.mask.method}")
    if prepared.registration is not None:
        write_registration(prepared.registration, prepared.original, files["transform"], files["itk"])
    save_volume(prepared.scan.data, prepared.scan.stored, files["prepared"], "prepared scan")
    file_record = {"files": sorted(path.name for path in files.values())}
    text = json_text(to_json_value(prepared.as_json() | file_record))
    try:
        with atomic_write(files["steps"]) as file:
            file.write(text.encode())
    except OSError as error:
        raise ScanError(files["steps"], f"cannot be written ({error.strerror or error})") from error
    return files


def prepared_paths(scan: Scan, folder: Path, template: str, *, has_mask: bool) -> dict[str, Path]:
    """Return the paths of a scan's prepared files, as in `write_prepared`.

    Parameters
    ----------
    scan
        The original scan, whose name begins the file names.
    folder
        Folder of the files.
    template
        Name of the template that it is registered to; empty if it is not registered.
    has_mask
        Whether there is a brain mask.
    """
    name = scan.name.replace("/", "_") or "scan"
    files = {"prepared": folder / f"{name}_prepared.nii.gz", "steps": folder / f"{name}_preparation.json"}
    if template:
        stem = f"{name}_to-{template}"
        files |= {"transform": folder / f"{stem}.json", "itk": folder / f"{stem}.tfm"}
    if has_mask:
        files["mask"] = folder / f"{name}_mask.nii.gz"
    return files


def check_prepared_paths(files: Mapping[str, Path]) -> None:
    """Raise ScanError if a file exists that was not written by an earlier preparation of this scan name.

    The record of the steps lists the files written with it.
    """
    try:
        record = read_json_object(files["steps"]) if is_file(files["steps"]) else {}
    except ScanError:
        record = {}
    listed = record.get("files")
    written_names = listed if isinstance(listed, list) and "steps" in record else []
    for path in files.values():
        if path.is_symlink() or (path.exists() and path.name not in written_names):
            problem = "was not written by an earlier preparation, and would be replaced"
            raise ScanError(path, problem, "choose another folder")


def _check_not_scan(prepared: Prepared, files: dict[str, Path]) -> None:
    scan_path = prepared.original.path
    for path in files.values():
        if scan_path is not None and scan_path.exists() and path.exists() and path.samefile(scan_path):
            raise ScanError(path, "is the scan being prepared", "choose another folder")
