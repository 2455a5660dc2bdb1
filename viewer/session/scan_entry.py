"""Entry of a session for its scan: one image, or several by channel, and covariates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from viewer.errors import ViewerError
from viewer.scans.aligned_image import original_image, replace_affine
from viewer.session.file_reference import FileReference
from viewer.session.schema import SavedSession

if TYPE_CHECKING:
    from viewer.scans.scan import Scan


def scan_entry(scan: Scan, file_entry: Callable[[Path], dict[str, Any]]) -> dict[str, Any]:
    """Return the entry of a scan; ``file_entry`` returns the entry that names a file.

    An aligned image has its ``aligned_affine``, and the hash of the original image. Images after the first
    are in ``images``, covariates in ``covariates``.
    """
    from viewer.scans.multichannel_scan import MultichannelScan

    if not isinstance(scan, MultichannelScan):
        return _image_entry(scan, file_entry)
    entry = _image_entry(scan.first, file_entry)
    if scan.channels[0]:
        entry["name"] = scan.channels[0]
    if scan.other_images:
        entry["images"] = [
            {"name": name, **_image_entry(image, file_entry)}
            for name, image in zip(scan.channels[1:], scan.other_images, strict=True)
        ]
    if scan.covariates:
        entry["covariates"] = dict(scan.covariates)
    return entry


def _image_entry(image: Scan, file_entry: Callable[[Path], dict[str, Any]]) -> dict[str, Any]:
    if image.path is None:
        raise ViewerError(image.name, "has no file that a session could refer to")
    volume = {} if image.volume is None else {"volume": image.volume}
    original = original_image(image)
    alignment = {} if original is image else {"aligned_affine": image.grid.affine.tolist()}
    return {**file_entry(image.path), "hash": original.hash, **volume, **alignment}


def open_scan_entry(saved: SavedSession) -> Scan | None:
    """Open the scan of a session, with all its images; None if it has none.

    Raises
    ------
    ViewerError
        A file cannot be read, or has changed.
    """
    from viewer.scans.multichannel_scan import make_multichannel_scan

    if saved.scan is None:
        return None
    images = {reference.name: _open_image(reference) for reference in (saved.scan, *saved.scan_images)}
    if saved.scan.name or len(images) > 1:
        return make_multichannel_scan(images, saved.covariates)
    return make_multichannel_scan(images[""], saved.covariates)


def _open_image(reference: FileReference) -> Scan:
    from viewer.scans.load import load_scan

    image = load_scan(reference.path, reference.volume)
    if reference.hash not in ("", image.hash):
        raise changed_file_error(reference)
    return image if reference.affine is None else replace_affine(image, np.array(reference.affine))


def changed_file_error(reference: FileReference) -> ViewerError:
    """Return the error that a file has changed since the session was saved."""
    return ViewerError(reference.path, "has changed since the session was saved", "open it separately")


def without_files_in(scan: Scan, folder: Path) -> Scan:
    """Return the scan without the paths of images in a folder that will be removed."""
    from viewer.scans.multichannel_scan import MultichannelScan

    def without_path_in_folder(image: Scan) -> Scan:
        in_folder = image.path is not None and image.path.is_relative_to(folder)
        return replace(image, path=None) if in_folder else image

    without_path = without_path_in_folder(scan)
    if isinstance(without_path, MultichannelScan):
        return replace(
            without_path, other_images=tuple(map(without_path_in_folder, without_path.other_images))
        )
    return without_path
