"""The place a map can be held against: a mask, a region of an atlas, or lesions that were planted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from viewer.checks.localisation import Truth, truth_of
from viewer.checks.subject import Subject
from viewer.errors import ScanError

SHOWN = 6
"""Regions that an error names."""


def known_place(subject: Subject, mask: Path | None = None, region: str | None = None) -> Truth | None:
    """What is known of where the answer lies; None where nothing is.

    Parameters
    ----------
    subject
        Whose voxels it is carried onto; the built-in scan with lesions knows its own.
    mask
        The file of a mask or of an atlas; it is in a mask where the value is above zero.
    region
        Of an atlas, by its number, or by its name where a file beside the atlas gives names.

    Raises
    ------
    ScanError
        The file cannot be read, is no atlas of labels, has no such region, or lies elsewhere.
    """
    from viewer.scans.load import load_map, require_single_volume
    from viewer.scans.simulated_lesions import DEMONSTRATION, SIMULATED, plant_lesions

    if mask is not None and region is not None:
        return _region(subject, mask, region)
    if mask is not None:
        with require_single_volume():
            found = load_map(mask)
        assert found.grid is not None
        return truth_of(subject, found.data, found.grid, found.name)
    scan = subject.scan
    if str(scan.path) != SIMULATED:
        return None
    _, share = plant_lesions(scan.data, scan.grid, DEMONSTRATION)
    return truth_of(subject, share >= 0.5, scan.grid, "The simulated lesions")


def _region(subject: Subject, path: Path, asked: str) -> Truth:
    from viewer.scans.atlas import LabelAtlas, load_atlas
    from viewer.scans.atlas_space import MARK, space_mismatch

    atlas = load_atlas(path)
    if not isinstance(atlas, LabelAtlas):
        raise ScanError(path, "holds probabilities", "give an atlas of labels")
    for number, name in atlas.names.items():
        if asked == str(number) or asked.casefold() == name.casefold():
            doubt = space_mismatch(atlas, subject.scan)
            said = f"{name}{f' {MARK}' if doubt else ''} ({atlas.name})"
            return replace(truth_of(subject, atlas.labels == number, atlas.grid, said), doubt=doubt)
    known = [atlas.names[number] for number in sorted(atlas.names)]
    more = ", …" if len(known) > SHOWN else ""
    raise ScanError(path, f"has no region {asked!r}", f"there are {', '.join(known[:SHOWN])}{more}")
