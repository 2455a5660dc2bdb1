"""How a map relates to the scan and the network that are shown, from the hashes in its provenance.

Everything that lists, draws, compares or checks a map asks here, so that a map of another brain is named
everywhere by the same rule.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from viewer.shipped import SCANS

if TYPE_CHECKING:
    from viewer.scans.map import Map
    from viewer.scans.scan import Scan

LONGEST_NAME = 60


class Relation(StrEnum):
    """Whether a map was made from what is shown: the same, another one, from none, or nobody knows."""

    SAME = "same"
    OTHER = "other"
    NONE = "none"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Origin:
    """Which scan and which network a map was made from, beside those that are shown.

    Parameters
    ----------
    scan, model
        The relations. `Relation.NONE` is a map that was made without one, such as a feature visualisation.
    scan_name, model_name
        What the map's provenance calls them; empty where it does not say.
    shown
        The name of the scan that is shown.
    """

    scan: Relation = Relation.UNKNOWN
    model: Relation = Relation.UNKNOWN
    scan_name: str = ""
    model_name: str = ""
    shown: str = ""

    @property
    def foreign(self) -> bool:
        """Whether the map is known to be of another scan: it is hidden until a person shows it."""
        return self.scan is Relation.OTHER

    @property
    def of_scan(self) -> str:
        """Name the other scan, such as ``of simulated-lesions``; empty unless the map is foreign."""
        if not self.foreign:
            return ""
        if self.scan_name in ("", self.shown):
            return f"of another scan named {self.scan_name}" if self.scan_name else "of another scan"
        return f"of {self.scan_name}"

    @property
    def by_model(self) -> str:
        """Name the other network, such as ``by demo``; empty unless it is known to be another one."""
        if self.model is not Relation.OTHER:
            return ""
        return f"by {self.model_name}" if self.model_name else "by another network"

    @property
    def words(self) -> str:
        """Tell in a few words what a person must know of the origin; empty where all is as it seems."""
        unknown = ""
        if self.scan is Relation.UNKNOWN and self.shown:
            unknown = f"said to be of {self.scan_name}" if self.scan_name else "scan unknown"
        return ", ".join(part for part in (self.of_scan, unknown, self.by_model) if part)

    @property
    def warning(self) -> str:
        """Tell in a sentence that the map is of another scan; empty where it is not known to be."""
        return f"This map is {self.of_scan}, not of {self.shown}." if self.foreign else ""


def origin_of(shown: Map, scan: Scan | None, model_hash: str = "") -> Origin:
    """Compare the hashes in a map's provenance with the scan and the network that are shown.

    Parameters
    ----------
    shown
        The map.
    scan
        The scan that is shown; None where there is none, to which nothing is related.
    model_hash
        SHA-256 of the network that is loaded; empty where there is none.
    """
    made = shown.provenance
    return Origin(
        _scan_relation(shown, scan),
        _model_relation(shown, model_hash),
        _with_volume(_one_line(made.scan.get("name")), made.scan.get("volume")),
        _one_line(made.model.get("name")),
        "" if scan is None else _with_volume(scan.name, scan.volume),
    )


def labelled(shown: Map, scan: Scan) -> Map:
    """Return the map as it is drawn over a scan: of another scan, or far from its sum, its name says so."""
    told = ", ".join(part for part in (origin_of(shown, scan).of_scan, shown.warning) if part)
    return replace(shown, name=f"{shown.name} ({told})") if told else shown


def notes_on(shown: Map, scan: Scan | None, model_hash: str = "", model_name: str = "") -> tuple[str, ...]:
    """Return what a person must know of a map over a scan, a sentence each, for standard error.

    That it was made from another scan or network, and that it lies nowhere in the scan, so that no picture
    would show anything of it.
    """
    from viewer.scans.overlap import overlaps

    origin = origin_of(shown, scan, model_hash)
    notes = []
    if origin.foreign:
        notes.append(f"this map is {origin.of_scan}, not of {origin.shown}")
    if origin.by_model:
        notes.append(f"this map was made {origin.by_model}, not by {model_name or 'this network'}")
    if scan is not None and shown.data.any() and shown.grid is not None and not overlaps(shown, scan):
        notes.append(f"no part of this map lies inside {scan.name}; bring both to one space")
    return tuple(notes)


def other_scans(first: Map, second: Map) -> bool:
    """Answer whether two maps are known to be of two different scans."""
    hashes = [one.provenance.scan.get("hash") for one in (first, second)]
    return all(hashes) and hashes[0] != hashes[1]


def _one_line(name: object) -> str:
    """Return a name as a label can have it: those of a JSON file may be anything."""
    return " ".join(name.split())[:LONGEST_NAME] if isinstance(name, str) else ""


def _with_volume(name: str, volume: object) -> str:
    """Return a scan's name, of a series with the number of the volume, as two volumes are two scans."""
    return f"{name}, volume {volume}" if name and isinstance(volume, int) else name


def _scan_relation(shown: Map, scan: Scan | None) -> Relation:
    made = shown.provenance
    if not made.scan:
        return Relation.NONE if made.method else Relation.UNKNOWN
    if scan is None:
        return Relation.UNKNOWN
    # A built-in scan is known by its name: the last bits of its voxels may differ between machines.
    if scan.path is not None and str(scan.path) in SCANS and made.scan.get("path") == str(scan.path):
        return Relation.SAME
    known = made.scan.get("hash")
    if not isinstance(known, str) or not known:
        # A study's map is of many scans, and laid over whatever is shown on purpose.
        return Relation.UNKNOWN if made.scan.get("name") else Relation.NONE
    return Relation.SAME if known == scan.hash else Relation.OTHER


def _model_relation(shown: Map, model_hash: str) -> Relation:
    made = shown.provenance
    if not made.model:
        return Relation.NONE if made.method else Relation.UNKNOWN
    known = made.model.get("hash")
    if not model_hash or not isinstance(known, str) or not known:
        return Relation.UNKNOWN
    return Relation.SAME if known == model_hash else Relation.OTHER
