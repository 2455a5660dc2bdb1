"""Maps out of values: what becomes of negative ones, what is told, and where the voxels lie."""

from __future__ import annotations

import re

import numpy as np
import pytest

from viewer.methods.morch_1995.approximation import Approximation, NegativeValues
from viewer.methods.morch_1995.region_saliency import make_cubes
from viewer.methods.morch_1995.saliency_maps import compute_saliency_maps, normalised_error
from viewer.methods.morch_1995.voxel_saliency import compute_voxel_saliency


def test_maps_lie_where_the_scans_lie(matrix, fitted):
    fit = fitted()
    found = compute_saliency_maps(
        fit, matrix, list(Approximation), negative=NegativeValues.KEEP, refits=4
    ).maps
    values = compute_voxel_saliency(fit, matrix, list(Approximation))
    assert list(found) == list(Approximation)
    for approximation, map_ in found.items():
        assert map_.grid is matrix.grid
        np.testing.assert_array_equal(map_.data[matrix.mask], values[approximation].astype(np.float32))
        assert (map_.data[~matrix.mask] == 0).all()
        report = map_.provenance.as_json()
        assert report["method"] == "saliency-1995"
        assert report["parameters"]["accuracy"] == str(approximation)
        assert report["model"]["decay"] == 0.01


def test_negative_values_are_read_as_zero_unless_they_are_kept(matrix, fitted):
    fit = fitted("two", components=4)
    zero = compute_saliency_maps(fit, matrix, [Approximation.FIRST]).maps[Approximation.FIRST]
    kept = compute_saliency_maps(fit, matrix, [Approximation.FIRST], negative=NegativeValues.KEEP).maps[
        Approximation.FIRST
    ]
    below = int((kept.data < 0).sum())
    assert below > 0
    np.testing.assert_array_equal(zero.data, np.maximum(kept.data, 0))
    assert zero.provenance.notes == (f"Set to zero: {below} voxels without which the cost is smaller.",)
    assert kept.provenance.notes == (f"Kept: {below} voxels without which the cost is smaller.",)


def test_the_retrained_map_says_how_true_it_is(matrix, fitted):
    found = compute_saliency_maps(
        fitted(decay=0.2), matrix, [Approximation.RETRAINED, Approximation.EXACT], refits=6
    ).maps
    notes = " ".join(found[Approximation.RETRAINED].provenance.notes)
    assert "weight decay of 0.2" in notes
    error = r"\d\.\d\de-\d\d"
    said = f"full re-fits: relative error {error} over the 3 largest voxels, {error} over 3 drawn at random"
    assert re.search(said, notes)
    assert found[Approximation.RETRAINED].provenance.seed == 0
    assert "re-fits" not in " ".join(found[Approximation.EXACT].provenance.notes)


def test_regions_show_their_value_on_all_of_their_voxels(matrix, fitted):
    regions = make_cubes(matrix, 6.0)
    map_ = compute_saliency_maps(fitted(), matrix, [Approximation.EXACT], regions=regions).maps[
        Approximation.EXACT
    ]
    inside = map_.data[matrix.mask]
    for number in range(len(regions.names)):
        assert np.ptp(inside[regions.labels == number]) == 0
    assert map_.provenance.parameters["regions"] == len(regions.names)


def test_errors_are_those_against_the_exact_map(matrix, fitted):
    fit = fitted()
    found = compute_saliency_maps(fit, matrix, list(Approximation), refits=4)
    values = compute_voxel_saliency(fit, matrix, list(Approximation), double=True)
    assert list(found.errors) == list(Approximation)[:3]
    for approximation, error in found.errors.items():
        expected = normalised_error(values[approximation], values[Approximation.EXACT])
        assert error == pytest.approx(expected, rel=1e-3)
    assert (
        found.errors[Approximation.SECOND_CROSS]
        < found.errors[Approximation.SECOND]
        < found.errors[Approximation.FIRST]
    )
    assert len(found.refit_check.voxels) == 4
    assert compute_saliency_maps(fit, matrix, [Approximation.FIRST]).errors == {}


def test_normalised_error_is_equation_11():
    assert normalised_error(np.array([1.0, 2.0]), np.array([1.0, 4.0])) == pytest.approx(4 / 17)
    assert normalised_error(np.ones(3), np.ones(3)) == 0
