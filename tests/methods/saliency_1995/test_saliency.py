"""Maps out of values: what becomes of negative ones, what is told, and where the voxels lie."""

from __future__ import annotations

import re

import numpy as np
import pytest

from viewer.methods.saliency_1995.accuracy import Accuracy, Negative
from viewer.methods.saliency_1995.regions import cubes
from viewer.methods.saliency_1995.saliency import normalised_error, saliency_maps
from viewer.methods.saliency_1995.voxels import voxel_saliency


def test_maps_lie_where_the_scans_lie(matrix, fitted):
    fit = fitted()
    found = saliency_maps(fit, matrix, list(Accuracy), negative=Negative.KEEP, refits=4).maps
    values = voxel_saliency(fit, matrix, list(Accuracy))
    assert list(found) == list(Accuracy)
    for accuracy, map_ in found.items():
        assert map_.grid is matrix.grid
        np.testing.assert_array_equal(map_.data[matrix.mask], values[accuracy].astype(np.float32))
        assert (map_.data[~matrix.mask] == 0).all()
        told = map_.provenance.as_json()
        assert told["method"] == "saliency-1995"
        assert told["parameters"]["accuracy"] == str(accuracy)
        assert told["model"]["decay"] == 0.01


def test_negative_values_are_read_as_zero_unless_they_are_kept(matrix, fitted):
    fit = fitted("two", components=4)
    zero = saliency_maps(fit, matrix, [Accuracy.FIRST]).maps[Accuracy.FIRST]
    kept = saliency_maps(fit, matrix, [Accuracy.FIRST], negative=Negative.KEEP).maps[Accuracy.FIRST]
    below = int((kept.data < 0).sum())
    assert below > 0
    np.testing.assert_array_equal(zero.data, np.maximum(kept.data, 0))
    assert zero.provenance.notes == (f"{below} voxels without which the cost is smaller were set to zero.",)
    assert kept.provenance.notes == (f"{below} voxels without which the cost is smaller were kept.",)


def test_the_retrained_map_says_how_true_it_is(matrix, fitted):
    found = saliency_maps(fitted(decay=0.2), matrix, [Accuracy.RETRAINED, Accuracy.EXACT], refits=6).maps
    notes = " ".join(found[Accuracy.RETRAINED].provenance.notes)
    assert "weight decay of 0.2" in notes
    error = r"\d\.\d\de-\d\d"
    said = f"full re-fits: relative error {error} over the 3 largest voxels, {error} over 3 drawn at random"
    assert re.search(said, notes)
    assert found[Accuracy.RETRAINED].provenance.seed == 0
    assert "re-fits" not in " ".join(found[Accuracy.EXACT].provenance.notes)


def test_regions_show_their_value_on_all_of_their_voxels(matrix, fitted):
    regions = cubes(matrix, 6.0)
    map_ = saliency_maps(fitted(), matrix, [Accuracy.EXACT], regions=regions).maps[Accuracy.EXACT]
    inside = map_.data[matrix.mask]
    for number in range(len(regions.names)):
        assert np.ptp(inside[regions.labels == number]) == 0
    assert map_.provenance.parameters["regions"] == len(regions.names)


def test_errors_are_those_against_the_exact_map(matrix, fitted):
    fit = fitted()
    found = saliency_maps(fit, matrix, list(Accuracy), refits=4)
    values = voxel_saliency(fit, matrix, list(Accuracy), double=True)
    assert list(found.errors) == list(Accuracy)[:3]
    for accuracy, error in found.errors.items():
        expected = normalised_error(values[accuracy], values[Accuracy.EXACT])
        assert error == pytest.approx(expected, rel=1e-3)
    assert found.errors[Accuracy.SECOND_CROSS] < found.errors[Accuracy.SECOND] < found.errors[Accuracy.FIRST]
    assert len(found.check.voxels) == 4
    assert saliency_maps(fit, matrix, [Accuracy.FIRST]).errors == {}


def test_normalised_error_is_equation_11():
    assert normalised_error(np.array([1.0, 2.0]), np.array([1.0, 4.0])) == pytest.approx(4 / 17)
    assert normalised_error(np.ones(3), np.ones(3)) == 0
