"""Origin of a map: whether its scan and network are the current ones, by the hashes in its provenance.

Lists, figures, comparisons and checks all use this module, so a map of another scan is labelled by the same
rule everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from viewer.number_format import format_number
from viewer.resource_files import BUILTIN_SCANS
from viewer.scans.multichannel_scan import MultichannelScan
from viewer.scans.provenance import describe_scan, describe_volumes

if TYPE_CHECKING:
    from viewer.scans.map import Map
    from viewer.scans.scan import Scan


MAX_NAME_LENGTH = 60
HASH_SHOWN = 8
"""Number of hash characters that distinguish two items of the same name."""


class Relation(StrEnum):
    """Relation of a map's scan or network to the current one: the same, another, none, or unknown."""

    SAME = "same"
    OTHER = "other"
    NONE = "none"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Origin:
    """Scan and network of a map, relative to the current ones.

    Parameters
    ----------
    scan, model
        The relations. `Relation.NONE` is for a map computed without one, such as a feature visualization.
    scan_name, model_name
        Their names in the map's provenance; empty if it names none.
    shown_scan
        Name of the current scan. Scans of several images are named by the images that differ.
    changed_covariates
        Covariates with other values when the map was computed, such as ``age 900, not 60``.
    """

    scan: Relation = Relation.UNKNOWN
    model: Relation = Relation.UNKNOWN
    scan_name: str = ""
    model_name: str = ""
    shown_scan: str = ""
    changed_covariates: str = ""

    @property
    def from_other_scan(self) -> bool:
        """Whether the map is known to be of another scan; such maps are hidden until the user shows them."""
        return self.scan is Relation.OTHER

    @property
    def of_scan(self) -> str:
        """Name of the other scan, such as ``of simulated-lesions``; empty unless it is another."""
        if not self.from_other_scan:
            return ""
        if self.scan_name in ("", self.shown_scan):
            return f"of another scan named {self.scan_name}" if self.scan_name else "of another scan"
        return f"of {self.scan_name}"

    @property
    def by_model(self) -> str:
        """Name of the other network, such as ``by demo``; empty unless it is known to be another."""
        if self.model is not Relation.OTHER:
            return ""
        return f"by {self.model_name}" if self.model_name else "by another network"

    @property
    def description(self) -> str:
        """Short description of an unknown or different origin; empty for the current scan and network."""
        unknown = ""
        if self.scan is Relation.UNKNOWN and self.shown_scan:
            unknown = f"said to be of {self.scan_name}" if self.scan_name else "scan unknown"
        return ", ".join(
            part for part in (self.of_scan, unknown, self.by_model, self.with_covariates) if part
        )

    @property
    def with_covariates(self) -> str:
        """Covariates of the map, such as ``with age 900, not 60``; empty if none has changed."""
        return f"with {self.changed_covariates}" if self.changed_covariates else ""

    @property
    def warning(self) -> str:
        """Sentences stating that the scan or covariates of the map are others; empty if neither is known."""
        scan_text = f"This map is {self.of_scan}, not of {self.shown_scan}." if self.from_other_scan else ""
        covariate_text = f"This map was made {self.with_covariates}." if self.changed_covariates else ""
        return " ".join(part for part in (scan_text, covariate_text) if part)


def origin_of(shown: Map, scan: Scan | None, model_hash: str = "") -> Origin:
    """Compare the hashes in a map's provenance with the current scan and network.

    Parameters
    ----------
    shown
        The map.
    scan
        The current scan; None if there is none.
    model_hash
        SHA-256 of the loaded network; empty if there is none.
    """
    provenance = shown.provenance
    relation = _scan_relation(shown, scan)
    name, shown_name = _scan_name(shown), "" if scan is None else _shown_name(scan)
    if scan is not None and relation is Relation.OTHER:
        map_images, scan_images = _images(provenance.scan), _images(describe_scan(scan))
        if len(map_images) > 1 or len(scan_images) > 1:
            name, shown_name = (
                _name_differing(map_images, scan_images),
                _name_differing(scan_images, map_images),
            )
    return Origin(
        relation,
        _model_relation(shown, model_hash),
        name,
        _one_line(provenance.model.get("name")),
        shown_name,
        _changed_covariates(shown, scan),
    )


def with_origin_in_name(shown: Map, scan: Scan, beside: Sequence[Map] = ()) -> Map:
    """Return the map with its origin and warning in its name, as shown over a scan.

    The name is extended if the map is of another scan or has a large residual. Its network is added if the
    maps shown ``beside`` it were computed by several networks.
    """
    network = _networks(beside).get(str(shown.provenance.model.get("hash")), "")
    origin = origin_of(shown, scan)
    details = (origin.of_scan, f"by {network}" if network else "", origin.with_covariates, shown.warning)
    remarks = ", ".join(part for part in details if part)
    return replace(shown, name=f"{shown.name} ({remarks})") if remarks else shown


def origin_notes(
    shown: Map, scan: Scan | None, model_hash: str = "", model_name: str = ""
) -> tuple[str, ...]:
    """Return warnings on a map over a scan, one sentence each, for standard error.

    They cover another scan, network or covariates, a large residual, and a map that does not overlap the
    scan, so that no figure would show any part of it.
    """
    origin = origin_of(shown, scan, model_hash)
    notes = []
    if origin.from_other_scan:
        notes.append(f"this map is {origin.of_scan}, not of {origin.shown_scan}")
    if origin.with_covariates:
        notes.append(f"this map was made {origin.with_covariates}")
    if origin.by_model:
        notes.append(f"this map was made {origin.by_model}, not by {model_name or 'this network'}")
    if shown.warning and shown.residual is not None:
        expected = format_number(shown.residual.expected, 4)
        sizes_text = f"; absolute values sum to {shown.residual.cancellation:.1g} times the output"
        notes.append(
            f"{shown.warning} ({shown.residual.kind}: {shown.provenance.sum_text} instead of {expected}"
            f"{sizes_text if shown.residual.cancels else ''})"
        )
    if scan is not None and shown.data.any() and shown.grid is not None and not overlaps(shown, scan):
        notes.append(f"no part of this map lies inside {scan.name}; bring both to one space")
    return tuple(notes)


def notes_on_several(maps: Sequence[Map]) -> tuple[str, ...]:
    """Return warnings on maps that are compared, one sentence each.

    They cover maps known to be of several scans, by several networks, or for several targets.
    """
    scans = list(_several([(map_.provenance.scan, _scan_name(map_)) for map_ in maps]).values())
    remarks = (f"the maps are of {_counted(scans)} scans, {_listed(scans)}",) if scans else ()
    return (*remarks, *notes_on_models_and_targets(maps))


def notes_on_models_and_targets(maps: Sequence[Map]) -> tuple[str, ...]:
    """Return warnings that maps are by several networks, or explain several targets.

    A target is an output of the network, in a region if the network has an output at every voxel. Maps
    whose provenance lacks an entry are ignored for it.
    """
    networks, targets = list(_networks(maps).values()), _targets(maps)
    remarks = (
        f"the maps are made by {_counted(networks)} networks, {_listed(networks)}" if networks else "",
        f"the maps explain {_counted(targets)} targets, {_listed(targets)}" if len(targets) > 1 else "",
    )
    return tuple(note for note in remarks if note)


def _targets(maps: Sequence[Map]) -> list[str]:
    """Return the distinct known targets of maps, with their regions where these differ."""
    pairs = list(
        dict.fromkeys(
            (provenance.target, provenance.region) for provenance in (map_.provenance for map_ in maps)
        )
    )
    pairs = [(target, region) for target, region in pairs if target]
    regions = {region for _, region in pairs}
    return list(
        dict.fromkeys(
            _one_line(f"{target} ({region})" if region and len(regions) > 1 else target)
            for target, region in pairs
        )
    )


def _networks(maps: Sequence[Map]) -> dict[str, str]:
    """Return the known networks of maps by hash, with their names; empty if there are fewer than two."""
    return _several([(map_.provenance.model, _one_line(map_.provenance.model.get("name"))) for map_ in maps])


def _several(named_records: Sequence[tuple[Mapping[str, object], str]]) -> dict[str, str]:
    """Return the names of scans or networks in provenances by hash; empty if there are fewer than two.

    If two have the same name, or none, the first characters of their hashes are added.
    """
    names_by_hash = {str(record["hash"]): name for record, name in named_records if record.get("hash")}
    if len(names_by_hash) < 2:
        return {}
    names = list(names_by_hash.values())
    return {
        key: name if name and names.count(name) == 1 else f"{name or 'unnamed'} ({key[:HASH_SHOWN]})"
        for key, name in names_by_hash.items()
    }


def _counted(names: Sequence[str]) -> str:
    return "two" if len(names) == 2 else str(len(names))


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _scan_name(shown: Map) -> str:
    return _with_volumes(shown.provenance.scan)


def _one_line(name: object) -> str:
    """Return a name as one short line for a label; a name from a JSON file may be of any type."""
    return " ".join(name.split())[:MAX_NAME_LENGTH] if isinstance(name, str) else ""


def _shown_name(scan: Scan) -> str:
    """Return the current scan's name with its volumes, without the cost of its hash."""
    entries: dict[str, object] = {"name": scan.name, "volume": scan.volume}
    if isinstance(scan, MultichannelScan):
        entries["channels"] = {name: {"volume": image.volume} for name, image in scan.images.items()}
    return _with_volumes(entries)


def _with_volumes(scan: Mapping[str, object]) -> str:
    """Return a scan's name, with the volume index in a series: two volumes are two scans."""
    name, volumes = _one_line(scan.get("name")), describe_volumes(scan)
    return f"{name}, {volumes}" if name and volumes else name


def _scan_relation(shown: Map, scan: Scan | None) -> Relation:
    provenance = shown.provenance
    if not provenance.scan:
        return Relation.NONE if provenance.method else Relation.UNKNOWN
    if scan is None:
        return Relation.UNKNOWN
    # A built-in scan is identified by its name: the last bits of its voxels may differ between machines.
    if (
        scan.path is not None
        and str(scan.path) in BUILTIN_SCANS
        and provenance.scan.get("path") == str(scan.path)
    ):
        return Relation.SAME
    scan_hash = provenance.scan.get("hash")
    if not isinstance(scan_hash, str) or not scan_hash:
        # A study's map is of many scans, and may be overlaid on any of them.
        return Relation.UNKNOWN if provenance.scan.get("name") else Relation.NONE
    if (
        _lies_as_registered(shown, scan)
        or scan_hash == scan.hash
        or _shares_images(_images(provenance.scan), _images(describe_scan(scan)))
    ):
        return Relation.SAME
    return Relation.OTHER


def _lies_as_registered(shown: Map, scan: Scan) -> bool:
    """Return whether a scan is the map's scan, moved by the registration recorded in the map.

    Such a map is in the template's mm, so the scan on its file's grid would be elsewhere.
    """
    recorded = shown.provenance.preparation.get("scan_affine")
    if recorded is None or isinstance(scan, MultichannelScan):
        return False
    import numpy as np

    from viewer.scans.aligned_image import alignment_matrix, original_image

    alignment = alignment_matrix(scan)
    images = _images(shown.provenance.scan).values()
    hashes = [shown.provenance.scan.get("hash"), *(image.get("hash") for image in images)]
    if alignment is None or original_image(scan).hash not in hashes:
        return False
    matrix = np.array(recorded, dtype=object)
    return matrix.shape == (4, 4) and bool(np.allclose(matrix.astype(np.float64), alignment, atol=1e-4))


def _images(scan: Mapping[str, object]) -> dict[str, Mapping[str, object]]:
    """Return the images in a scan's entries by lower-case channel; the channel of a single scan is empty."""
    channels = scan.get("channels")
    if not isinstance(channels, Mapping):
        return {"": scan}
    return {
        str(name).casefold(): {**image, "channel": _one_line(name)}
        for name, image in channels.items()
        if isinstance(image, Mapping)
    }


def _shares_images(
    map_images: Mapping[str, Mapping[str, object]], scan_images: Mapping[str, Mapping[str, object]]
) -> bool:
    """Return whether the images of the map, or of the current scan, are all among those of the other.

    Images are matched by channel: the same file in another channel is another input. If no channel name
    occurs on both sides, as for a single image, they are matched by hash only. Covariates, such as age, do
    not make another scan.
    """
    from collections import Counter

    map_hashes, scan_hashes = (
        {name: str(image.get("hash")) for name, image in images.items()}
        for images in (map_images, scan_images)
    )
    if map_hashes.keys() & scan_hashes.keys():
        return map_hashes.items() <= scan_hashes.items() or scan_hashes.items() <= map_hashes.items()
    map_counts, scan_counts = Counter(map_hashes.values()), Counter(scan_hashes.values())
    return bool(map_counts) and (map_counts <= scan_counts or scan_counts <= map_counts)


def _name_differing(
    images: Mapping[str, Mapping[str, object]], others: Mapping[str, Mapping[str, object]]
) -> str:
    """Return the images that differ from the others in their channel, such as ``FLAIR=sub-01_FLAIR``."""
    return ", ".join(
        "=".join(part for part in (str(image.get("channel", "")), _with_volumes(image)) if part)
        for name, image in images.items()
        if name not in others or image.get("hash") != others[name].get("hash")
    )


def _changed_covariates(shown: Map, scan: Scan | None) -> str:
    """Return the covariates that differ from those of the map, such as ``age 900, not 60``."""
    map_covariates = shown.provenance.scan.get("covariates")
    if not isinstance(map_covariates, Mapping) or not isinstance(scan, MultichannelScan):
        return ""
    scan_covariates = {name.casefold(): value for name, value in scan.covariates.items()}
    return ", ".join(
        f"{_one_line(name)} {value:g}, not {scan_covariates[name.casefold()]:g}"
        for name, value in map_covariates.items()
        if isinstance(value, int | float) and scan_covariates.get(name.casefold(), value) != value
    )


def _model_relation(shown: Map, model_hash: str) -> Relation:
    provenance = shown.provenance
    if not provenance.model:
        return Relation.NONE if provenance.method else Relation.UNKNOWN
    recorded_hash = provenance.model.get("hash")
    if not model_hash or not isinstance(recorded_hash, str) or not recorded_hash:
        return Relation.UNKNOWN
    return Relation.SAME if recorded_hash == model_hash else Relation.OTHER


def overlaps(shown: Map, scan: Scan) -> bool:
    """Return whether any nonzero voxel of a map lies inside a scan's grid, in mm.

    False for a map without a grid or with zeros only.
    """
    import numpy as np

    if shown.grid is None:
        return False
    # Plane by plane from the middle: the first plane usually decides, and little memory is needed.
    count = shown.grid.shape[0]
    for plane in sorted(range(count), key=lambda index: abs(index - count // 2)):
        voxels = np.argwhere(np.nan_to_num(shown.data[plane]))
        indices = np.insert(voxels, 0, plane, axis=1)
        if len(indices) and bool(np.any(scan.grid.contains(shown.grid.to_world(indices)))):
            return True
    return False
