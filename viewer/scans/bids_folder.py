"""Images of one person in a folder of a BIDS dataset, found by their file names.

File names follow the Brain Imaging Data Structure: ``sub-01_ses-2_ce-gadolinium_T1w.nii.gz`` has entities
(``sub``, ``ses``, ``ce``) and a suffix (``T1w``) that states the kind of image.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from viewer.errors import ScanError
from viewer.files import is_file, is_folder

NAME = re.compile(r"sub-[A-Za-z0-9+]+(?:_[a-z]+-[A-Za-z0-9+]+)*_([A-Za-z0-9]+)\.nii(?:\.gz)?")
DATA_TYPES = ("anat", "pet")
"""Subfolders of a person's or session's folder that are searched."""

MAX_ENTRIES = 10_000
"""Maximum number of entries of a folder that are read."""

SUFFIXES = {
    "t1": "T1w", "t1n": "T1w", "t1c": "T1w", "t1ce": "T1w", "t1gd": "T1w", "t1wce": "T1w", "t2": "T2w",
    "t2f": "FLAIR", "t2flair": "FLAIR", "pd": "PDw",
}  # fmt: skip
"""BIDS suffix of channels and modalities with other names."""

ENHANCED = frozenset({"t1c", "t1ce", "t1gd", "t1wce"})
"""Channels and modalities that are contrast-enhanced (entity ``ce``)."""


@dataclass(frozen=True)
class BidsImage:
    """One image: its file, its suffix, and whether it is contrast-enhanced."""

    path: Path
    suffix: str
    is_contrast_enhanced: bool


def find_bids_images(folder: Path) -> tuple[BidsImage, ...]:
    """Return the images in a person's or session's folder, or in its ``anat`` or ``pet`` subfolder.

    The result is empty for any other folder.

    Raises
    ------
    ScanError
        There are several sessions, or the folder is that of a whole dataset.
    """
    if not is_folder(folder):
        return ()
    folders = [folder, *(folder / name for name in DATA_TYPES)]
    images = [image for subfolder in folders for image in _list_images(subfolder)]
    if images:
        return tuple(sorted(images, key=lambda image: image.path.name))
    sessions = [name for name in _list_names(folder) if name.startswith("ses-")]
    sessions = [name for name in sessions if find_bids_images(folder / name)]
    if len(sessions) > 1:
        listed = ", ".join(sessions[:8]) + (", …" if len(sessions) > 8 else "")
        raise ScanError(folder, f"has {len(sessions)} sessions ({listed})", "name the folder of one of them")
    if sessions:
        return find_bids_images(folder / sessions[0])
    subjects = [name for name in _list_names(folder) if name.startswith("sub-") and is_folder(folder / name)]
    if subjects:
        problem = f"is a dataset of {len(subjects)} {'person' if len(subjects) == 1 else 'people'}"
        raise ScanError(folder, problem, f"name the folder of one, such as {folder / subjects[0]}")
    return ()


def choose_bids_images(
    folder: Path, images: Sequence[BidsImage], channels: Mapping[str, str]
) -> dict[str, Path]:
    """Return the file of each channel.

    Parameters
    ----------
    folder
        The folder, for messages.
    images
        The images found in it.
    channels
        Modality of each channel by channel name, such as "T1w"; if it is empty, the channel name is used.
        The name of a single channel may also be empty: then there must be a single image.

    Raises
    ------
    ScanError
        A channel has no matching image, or several.
    """
    paths = {}
    for name, modality in channels.items():
        kind = modality or name
        matching = [image for image in images if not kind or _matches_modality(image, kind)]
        if len(matching) != 1:
            listed = ", ".join(image.path.name for image in matching or images)
            requested = f"{name} ({_describe_file_pattern(kind)})" if name else _describe_file_pattern(kind)
            remedy = f"name the file, as {name}=FILE" if len(channels) > 1 else "name the file"
            problem = (
                f"{len(matching)} images could be {requested}"
                if matching
                else f"has no image for {requested}"
            )
            raise ScanError(folder, f"{problem}: {listed}", remedy)
        paths[name] = matching[0].path
    return paths


def _matches_modality(image: BidsImage, modality: str) -> bool:
    normalised = re.sub(r"[\W_]", "", modality).casefold()
    suffix = SUFFIXES.get(normalised, normalised)
    return image.suffix.casefold() == suffix.casefold() and image.is_contrast_enhanced is (
        normalised in ENHANCED
    )


def _describe_file_pattern(modality: str) -> str:
    """Return the file name pattern of a channel, for messages."""
    normalised = re.sub(r"[\W_]", "", modality).casefold()
    if not modality:
        return "the image"
    suffix = SUFFIXES.get(normalised, modality)
    return f"ce-…_{suffix}" if normalised in ENHANCED else f"…_{suffix}"


def _list_names(folder: Path) -> list[str]:
    try:
        return sorted(entry.name for entry in islice(folder.iterdir(), MAX_ENTRIES))
    except OSError as error:
        raise ScanError(folder, f"cannot be read ({error.strerror or error})") from error


def _list_images(folder: Path) -> list[BidsImage]:
    if not is_folder(folder):
        return []
    images = []
    for name in _list_names(folder):
        match = NAME.fullmatch(name)
        if match and is_file(folder / name):
            images.append(BidsImage(folder / name, match[1], "_ce-" in name))
    return images
