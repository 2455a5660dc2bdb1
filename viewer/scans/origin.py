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
    scan_relation, model_relation
        The relations. `Relation.NONE` is for a map computed without one, such as a feature visualization.
    scan_name, model_name
        Their names in the map's provenance; empty if it names none.
    current_scan_name
        Name of the current scan. Scans of several images are named by the images that differ.
    changed_covariates
        Covariates with other values when the map was computed, such as ``age 900, not 60``.
    """

    scan_relation: Relation = Relation.UNKNOWN
    model_relation: Relation = Relation.UNKNOWN
    scan_name: str = ""
    model_name: str = ""
    current_scan_name: str = ""
    changed_covariates: str = ""

    @property
    def is_from_other_scan(self) -> bool:
        """Whether the map is known to be of another scan; such maps are hidden until the user shows them."""
        return self.scan_relation is Relation.OTHER

    @property
    def other_scan_text(self) -> str:
        """Name of the other scan, such as ``of simulated-lesions``; empty unless it is another."""
        if not self.is_from_other_scan:
            return ""
        if self.scan_name in ("", self.current_scan_name):
            return f"of another scan named {self.scan_name}" if self.scan_name else "of another scan"
        return f"of {self.scan_name}"

    @property
    def other_model_text(self) -> str:
        """Name of the other network, such as ``by demo``; empty unless it is known to be another."""
        if self.model_relation is not Relation.OTHER:
            return ""
        return f"by {self.model_name}" if self.model_name else "by another network"

    @property
    def description(self) -> str:
        """Short description of an unknown or different origin; empty for the current scan and network."""
        unknown = ""
        if self.scan_relation is Relation.UNKNOWN and self.current_scan_name:
            unknown = f"said to be of {self.scan_name}" if self.scan_name else "scan unknown"
        return ", ".join(
            part
            for part in (self.other_scan_text, unknown, self.other_model_text, self.covariates_text)
            if part
        )

    @property
    def covariates_text(self) -> str:
        """Covariates of the map, such as ``with age 900, not 60``; empty if none has changed."""
        return f"with {self.changed_covariates}" if self.changed_covariates else ""

    @property
    def warning(self) -> str:
        """Sentences stating that the scan or covariates of the map are others; empty if neither is known."""
        scan_text = (
            f"This map is {self.other_scan_text}, not of {self.current_scan_name}."
            if self.is_from_other_scan
            else ""
        )
        covariate_text = f"This map was made {self.covariates_text}." if self.changed_covariates else ""
        return " ".join(part for part in (scan_text, covariate_text) if part)


def map_origin(map_: Map, scan: Scan | None, model_hash: str = "") -> Origin:
    """Compare the hashes in a map's provenance with the current scan and network.

    Parameters
    ----------
    map_
        The map.
    scan
        The current scan; None if there is none.
    model_hash
        SHA-256 of the loaded network; empty if there is none.
    """
    provenance = map_.provenance
    relation = _scan_relation(map_, scan)
    name, shown_name = _map_scan_name(map_), "" if scan is None else _current_scan_name(scan)
    if scan is not None and relation is Relation.OTHER:
        map_images, scan_images = _images_by_channel(provenance.scan), _images_by_channel(describe_scan(scan))
        if len(map_images) > 1 or len(scan_images) > 1:
            name, shown_name = (
                _name_differing_images(map_images, scan_images),
                _name_differing_images(scan_images, map_images),
            )
    return Origin(
        relation,
        _model_relation(map_, model_hash),
        name,
        _one_line(provenance.model.get("name")),
        shown_name,
        _changed_covariates(map_, scan),
    )


def add_origin_to_name(map_: Map, scan: Scan, displayed_maps: Sequence[Map] = ()) -> Map:
    """Return the map with its origin and warning in its name, as shown over a scan.

    The name is extended if the map is of another scan or has a large residual. Its network is added if the
    ``displayed_maps`` were computed by several networks.
    """
    network = _distinct_networks(displayed_maps).get(str(map_.provenance.model.get("hash")), "")
    origin = map_origin(map_, scan)
    details = (
        origin.other_scan_text,
        f"by {network}" if network else "",
        origin.covariates_text,
        map_.warning,
    )
    remarks = ", ".join(part for part in details if part)
    return replace(map_, name=f"{map_.name} ({remarks})") if remarks else map_


def origin_notes(map_: Map, scan: Scan | None, model_hash: str = "", model_name: str = "") -> tuple[str, ...]:
    """Return warnings on a map over a scan, one sentence each, for standard error.

    They cover another scan, network or covariates, a large residual, and a map that does not overlap the
    scan, so that no figure would show any part of it.
    """
    origin = map_origin(map_, scan, model_hash)
    notes = []
    if origin.is_from_other_scan:
        notes.append(f"this map is {origin.other_scan_text}, not of {origin.current_scan_name}")
    if origin.covariates_text:
        notes.append(f"this map was made {origin.covariates_text}")
    if origin.other_model_text:
        notes.append(f"this map was made {origin.other_model_text}, not by {model_name or 'this network'}")
    if map_.warning and map_.residual is not None:
        expected = format_number(map_.residual.expected, 4)
        sizes_text = f"; absolute values sum to {map_.residual.cancellation:.1g} times the output"
        notes.append(
            f"{map_.warning} ({map_.residual.kind}: {map_.provenance.sum_text} instead of {expected}"
            f"{sizes_text if map_.residual.is_cancelling else ''})"
        )
    if scan is not None and map_.data.any() and map_.grid is not None and not map_overlaps_scan(map_, scan):
        notes.append(f"no part of this map lies inside {scan.name}; bring both to one space")
    return tuple(notes)


def comparison_notes(maps: Sequence[Map]) -> tuple[str, ...]:
    """Return warnings on maps that are compared, one sentence each.

    They cover maps known to be of several scans, by several networks, or for several targets.
    """
    scans = list(_distinct_names([(map_.provenance.scan, _map_scan_name(map_)) for map_ in maps]).values())
    remarks = (f"the maps are of {_count_text(scans)} scans, {_join_names(scans)}",) if scans else ()
    return (*remarks, *model_and_target_notes(maps))


def model_and_target_notes(maps: Sequence[Map]) -> tuple[str, ...]:
    """Return warnings that maps are by several networks, or explain several targets.

    A target is an output of the network, in a region if the network has an output at every voxel. Maps
    whose provenance lacks an entry are ignored for it.
    """
    networks, targets = list(_distinct_networks(maps).values()), _distinct_targets(maps)
    remarks = (
        f"the maps are made by {_count_text(networks)} networks, {_join_names(networks)}" if networks else "",
        f"the maps explain {_count_text(targets)} targets, {_join_names(targets)}"
        if len(targets) > 1
        else "",
    )
    return tuple(note for note in remarks if note)


def _distinct_targets(maps: Sequence[Map]) -> list[str]:
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


def _distinct_networks(maps: Sequence[Map]) -> dict[str, str]:
    """Return the known networks of maps by hash, with their names; empty if there are fewer than two."""
    return _distinct_names(
        [(map_.provenance.model, _one_line(map_.provenance.model.get("name"))) for map_ in maps]
    )


def _distinct_names(named_records: Sequence[tuple[Mapping[str, object], str]]) -> dict[str, str]:
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


def _count_text(names: Sequence[str]) -> str:
    return "two" if len(names) == 2 else str(len(names))


def _join_names(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _map_scan_name(map_: Map) -> str:
    return _name_with_volumes(map_.provenance.scan)


def _one_line(name: object) -> str:
    """Return a name as one short line for a label; a name from a JSON file may be of any type."""
    return " ".join(name.split())[:MAX_NAME_LENGTH] if isinstance(name, str) else ""


def _current_scan_name(scan: Scan) -> str:
    """Return the current scan's name with its volumes, without the cost of its hash."""
    entries: dict[str, object] = {"name": scan.name, "volume": scan.volume}
    if isinstance(scan, MultichannelScan):
        entries["channels"] = {name: {"volume": image.volume} for name, image in scan.images.items()}
    return _name_with_volumes(entries)


def _name_with_volumes(scan: Mapping[str, object]) -> str:
    """Return a scan's name, with the volume index in a series: two volumes are two scans."""
    name, volumes = _one_line(scan.get("name")), describe_volumes(scan)
    return f"{name}, {volumes}" if name and volumes else name


def _scan_relation(map_: Map, scan: Scan | None) -> Relation:
    provenance = map_.provenance
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
        _is_registered_scan(map_, scan)
        or scan_hash == scan.hash
        or _shares_images(_images_by_channel(provenance.scan), _images_by_channel(describe_scan(scan)))
    ):
        return Relation.SAME
    return Relation.OTHER


def _is_registered_scan(map_: Map, scan: Scan) -> bool:
    """Return whether a scan is the map's scan, moved by the registration recorded in the map.

    Such a map is in the template's mm, so the scan on its file's grid would be elsewhere.
    """
    recorded = map_.provenance.preparation.get("scan_affine")
    if recorded is None or isinstance(scan, MultichannelScan):
        return False
    import numpy as np

    from viewer.scans.aligned_image import alignment_matrix, original_image

    alignment = alignment_matrix(scan)
    images = _images_by_channel(map_.provenance.scan).values()
    hashes = [map_.provenance.scan.get("hash"), *(image.get("hash") for image in images)]
    if alignment is None or original_image(scan).hash not in hashes:
        return False
    matrix = np.array(recorded, dtype=object)
    return matrix.shape == (4, 4) and bool(np.allclose(matrix.astype(np.float64), alignment, atol=1e-4))


def _images_by_channel(scan: Mapping[str, object]) -> dict[str, Mapping[str, object]]:
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


def _name_differing_images(
    images: Mapping[str, Mapping[str, object]], others: Mapping[str, Mapping[str, object]]
) -> str:
    """Return the images that differ from the others in their channel, such as ``FLAIR=sub-01_FLAIR``."""
    return ", ".join(
        "=".join(part for part in (str(image.get("channel", "")), _name_with_volumes(image)) if part)
        for name, image in images.items()
        if name not in others or image.get("hash") != others[name].get("hash")
    )


def _changed_covariates(map_: Map, scan: Scan | None) -> str:
    """Return the covariates that differ from those of the map, such as ``age 900, not 60``."""
    map_covariates = map_.provenance.scan.get("covariates")
    if not isinstance(map_covariates, Mapping) or not isinstance(scan, MultichannelScan):
        return ""
    scan_covariates = {name.casefold(): value for name, value in scan.covariates.items()}
    return ", ".join(
        f"{_one_line(name)} {value:g}, not {scan_covariates[name.casefold()]:g}"
        for name, value in map_covariates.items()
        if isinstance(value, int | float) and scan_covariates.get(name.casefold(), value) != value
    )


def _model_relation(map_: Map, model_hash: str) -> Relation:
    provenance = map_.provenance
    if not provenance.model:
        return Relation.NONE if provenance.method else Relation.UNKNOWN
    recorded_hash = provenance.model.get("hash")
    if not model_hash or not isinstance(recorded_hash, str) or not recorded_hash:
        return Relation.UNKNOWN
    return Relation.SAME if recorded_hash == model_hash else Relation.OTHER


def map_overlaps_scan(map_: Map, scan: Scan) -> bool:
    """Return whether any nonzero voxel of a map lies inside a scan's grid, in mm.

    False for a map without a grid or with zeros only.
    """
    import numpy as np

    if map_.grid is None:
        return False
    # Plane by plane from the middle: the first plane usually decides, and little memory is needed.
    count = map_.grid.shape[0]
    for plane in sorted(range(count), key=lambda index: abs(index - count // 2)):
        voxels = np.argwhere(np.nan_to_num(map_.data[plane]))
        indices = np.insert(voxels, 0, plane, axis=1)
        if len(indices) and bool(np.any(scan.grid.contains(map_.grid.to_world(indices)))):
            return True
    return False
