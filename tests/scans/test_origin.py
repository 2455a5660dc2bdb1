"""A map is told from those of another scan and another network by the hashes in its provenance."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from viewer.scans.grid import Grid
from viewer.scans.map import Map
from viewer.scans.multichannel_scan import make_multichannel_scan
from viewer.scans.origin import (
    Origin,
    Relation,
    add_origin_to_name,
    comparison_notes,
    map_origin,
    origin_notes,
)
from viewer.scans.provenance import Provenance, Residual, describe_scan
from viewer.scans.scan import Scan

GRID = Grid((4, 5, 6), np.diag([2.0, 2.0, 2.0, 1.0]))
MODEL = "a" * 64


def scan(value: float = 1.0, name: str = "mine", path: Path | None = None) -> Scan:
    return Scan(np.full(GRID.shape, value, np.float32), GRID, name, path=path)


def made_of(other: Scan, model: str = MODEL) -> Map:
    made = Provenance(
        method="gradient",
        model={"name": "demo", "hash": model},
        scan={"name": other.name, "hash": other.hash, "path": str(other.path)},
    )
    return Map(np.ones(GRID.shape, np.float32), GRID, "Gradient, lesion", made)


def test_a_map_of_the_same_scan_and_network_needs_no_words() -> None:
    origin = map_origin(made_of(scan()), scan(), MODEL)
    assert (origin.scan_relation, origin.model_relation, origin.description) == (
        Relation.SAME,
        Relation.SAME,
        "",
    )
    assert not origin.is_from_other_scan


def test_a_map_of_another_scan_is_named_by_it() -> None:
    origin = map_origin(made_of(scan(2.0, "simulated-lesions")), scan(), MODEL)
    assert origin.is_from_other_scan
    assert origin.description == "of simulated-lesions"
    assert origin.warning == "This map is of simulated-lesions, not of mine."


def test_another_scan_of_the_same_name_is_told_apart() -> None:
    origin = map_origin(made_of(scan(2.0)), scan(), MODEL)
    assert origin.is_from_other_scan
    assert origin.description == "of another scan named mine"


def test_a_map_of_another_network_is_named_by_it_and_not_foreign() -> None:
    origin = map_origin(made_of(scan()), scan(), "b" * 64)
    assert origin.description == "by demo"
    assert not origin.is_from_other_scan


def test_without_a_network_nothing_is_said_of_it() -> None:
    assert map_origin(made_of(scan()), scan(), "").description == ""


def test_a_map_without_a_sidecar_is_of_an_unknown_scan() -> None:
    found = Map(np.ones(GRID.shape, np.float32), GRID, "spmMotor")
    origin = map_origin(found, scan(), MODEL)
    assert (origin.scan_relation, origin.description, origin.is_from_other_scan) == (
        Relation.UNKNOWN,
        "scan unknown",
        False,
    )


def test_a_scan_that_is_only_named_is_a_guess_and_called_so() -> None:
    found = replace(made_of(scan()), provenance=Provenance(method="gradient", scan={"name": "mine"}))
    origin = map_origin(found, scan(), MODEL)
    assert (origin.scan_relation, origin.description) == (Relation.UNKNOWN, "said to be of mine")


def test_a_feature_is_made_of_no_scan_and_belongs_over_any() -> None:
    feature = Map(np.ones(GRID.shape, np.float32), GRID, "Feature", Provenance(method="features"))
    origin = map_origin(feature, scan(), MODEL)
    assert (origin.scan_relation, origin.description) == (Relation.NONE, "")


def test_a_map_of_a_study_is_of_many_scans_and_belongs_over_any() -> None:
    made = Provenance(method="saliency-1995", scan={"scans": ["a", "b"], "voxels": 100})
    origin = map_origin(Map(np.ones(GRID.shape, np.float32), GRID, "saliency", made), scan(), MODEL)
    assert (origin.scan_relation, origin.description) == (Relation.NONE, "")


def test_a_built_in_scan_is_known_by_its_name_whatever_its_last_bits() -> None:
    there = scan(1.0, "simulated-lesions", Path("simulated-lesions"))
    here = scan(1.0000001, "simulated-lesions", Path("simulated-lesions"))
    assert there.hash != here.hash
    assert map_origin(made_of(there), here).scan_relation is Relation.SAME


def test_before_a_scan_is_shown_nothing_is_foreign_and_nothing_is_said() -> None:
    origin = map_origin(made_of(scan(2.0, "other")), None, MODEL)
    assert (origin.is_from_other_scan, origin.description) == (False, "")


@pytest.mark.parametrize("name", [None, 3, ["a"], "two\nlines", "x" * 500])
def test_names_in_a_file_may_be_anything(name: object) -> None:
    made = Provenance(method="gradient", scan={"name": name, "hash": "c" * 64})
    origin = map_origin(Map(np.ones(GRID.shape, np.float32), GRID, "odd", made), scan(), MODEL)
    assert origin.is_from_other_scan
    assert "\n" not in origin.description
    assert len(origin.description) < 100


def test_drawn_over_another_scan_the_name_says_so() -> None:
    found = made_of(scan(2.0, "simulated-lesions"))
    assert add_origin_to_name(found, scan()).name == "Gradient, lesion (of simulated-lesions)"
    own = made_of(scan())
    assert add_origin_to_name(own, scan()) is own


def test_notes_name_scan_and_network_that_are_others() -> None:
    found = made_of(scan(2.0, "simulated-lesions"))
    assert origin_notes(found, scan(), "b" * 64, "ADnet") == (
        "this map is of simulated-lesions, not of mine",
        "this map was made by demo, not by ADnet",
    )
    assert origin_notes(made_of(scan()), scan(), MODEL) == ()


def test_two_maps_are_of_two_scans_only_where_both_say_so() -> None:
    first, second = made_of(scan()), made_of(scan(2.0, "other"))
    assert comparison_notes((first, second)) == ("the maps are of two scans, mine and other",)
    assert comparison_notes((first, first)) == ()
    assert comparison_notes((first, Map(np.ones(GRID.shape, np.float32), GRID, "unknown"))) == ()


def test_two_maps_by_two_networks_are_told_by_their_names_or_hashes() -> None:
    first, second = made_of(scan()), made_of(scan(), "b" * 64)
    other = replace(second, provenance=replace(second.provenance, model={"name": "ADnet", "hash": "b" * 64}))
    assert comparison_notes((first, other)) == ("the maps are made by two networks, demo and ADnet",)
    assert comparison_notes((first, second)) == (
        "the maps are made by two networks, demo (aaaaaaaa) and demo (bbbbbbbb)",
    )
    assert comparison_notes((first, first)) == ()
    assert add_origin_to_name(first, scan(), (first, other)).name == "Gradient, lesion (by demo)"
    assert add_origin_to_name(first, scan(), (first, first)) is first


def test_two_maps_of_two_targets_are_told_where_both_say_so() -> None:
    def of(target: str, region: str = "") -> Map:
        found = made_of(scan())
        return replace(found, provenance=replace(found.provenance, target=target, region=region))

    assert comparison_notes((of("control"), of("ad"))) == ("the maps explain two targets, control and ad",)
    assert comparison_notes((of("ad"), of("ad"))) == ()
    assert comparison_notes((of("ad"), of(""))) == ()
    assert comparison_notes((of("tumour", "all"), of("tumour", "above:0.5"))) == (
        "the maps explain two targets, tumour (all) and tumour (above:0.5)",
    )


def test_a_large_residual_is_noted() -> None:
    made = replace(made_of(scan()).provenance, residual=Residual("completeness", 2.0, 1.0))
    found = replace(made_of(scan()), provenance=made)
    assert origin_notes(found, scan()) == ("residual 50% (completeness: the map sums to 1 instead of 2)",)


def test_an_origin_of_nothing_says_nothing() -> None:
    assert Origin().description == ""


def test_two_volumes_of_a_series_are_two_scans_and_named_by_their_numbers() -> None:
    first, second = (replace(scan(value, "bold"), volume=number) for number, value in enumerate((1.0, 2.0)))
    made = Provenance(method="gradient", scan={"name": "bold", "hash": first.hash, "volume": 0})
    found = Map(np.ones(GRID.shape, np.float32), GRID, "map", made)
    assert map_origin(found, second).warning == "This map is of bold, volume 0, not of bold, volume 1."


def several(images: dict[str, Scan], covariates: dict[str, float] | None = None) -> Scan:
    return make_multichannel_scan(images, covariates)


def made_of_several(other: Scan) -> Map:
    made = Provenance(method="gradient", model={"name": "demo", "hash": MODEL}, scan=describe_scan(other))
    return Map(np.ones(GRID.shape, np.float32), GRID, "Gradient, lesion", made)


T1, FLAIR, T2 = scan(1.0, "t1"), scan(2.0, "flair"), scan(3.0, "t2")
PAIR = several({"T1": T1, "FLAIR": FLAIR})


@pytest.mark.parametrize(
    ("now", "words"),
    [
        ({"T1": T1, "FLAIR": FLAIR}, ""),
        ({"flair": FLAIR, "t1": T1}, ""),
        ({"T1": T1}, ""),
        ({"": FLAIR}, ""),
        ({"T1": T1, "FLAIR": T1}, "This map is of FLAIR=flair, not of FLAIR=t1."),
        ({"T1": FLAIR, "FLAIR": T1}, "This map is of T1=t1, FLAIR=flair, not of T1=flair, FLAIR=t1."),
        ({"T1": T1, "FLAIR": T2}, "This map is of FLAIR=flair, not of FLAIR=t2."),
        ({"T1": T1, "T2": T2}, "This map is of FLAIR=flair, not of T2=t2."),
        ({"": T2}, "This map is of T1=t1, FLAIR=flair, not of t2."),
    ],
)
def test_images_count_by_their_channel(now: dict[str, Scan], words: str) -> None:
    origin = map_origin(made_of_several(PAIR), several(now), MODEL)
    assert origin.warning == words
    assert origin.is_from_other_scan == bool(words)


def test_changed_covariates_are_told() -> None:
    found = made_of_several(several({"": T1}, {"age": 900.0, "sex": 1.0}))
    now = several({"": T1}, {"Age": 60.0, "sex": 1.0})
    origin = map_origin(found, now, MODEL)
    assert (origin.scan_relation, origin.description) == (Relation.SAME, "with age 900, not 60")
    assert origin_notes(found, now, MODEL) == ("this map was made with age 900, not 60",)
    assert add_origin_to_name(found, now).name == "Gradient, lesion (with age 900, not 60)"
    # A figure of the image alone asks for no numbers.
    assert map_origin(found, T1, MODEL).warning == ""
    assert map_origin(found, several({"": T1}, {"age": 900.0, "sex": 1.0}), MODEL).description == ""
