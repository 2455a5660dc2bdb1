"""The table of clusters against nilearn's and SciPy's, and its CSV read back."""

from __future__ import annotations

import csv
import io

import nibabel as nib
import numpy as np
import pytest
from scipy import ndimage

from viewer.scans.atlas import LabelAtlas
from viewer.scans.cluster_table import COLUMNS, cluster_table, to_csv, to_json
from viewer.scans.clusters import clusters, clusters_with_voxels
from viewer.scans.grid import Grid
from viewer.scans.threshold import SortedValues, Threshold, ThresholdKind


@pytest.fixture
def smooth() -> np.ndarray:
    data = ndimage.gaussian_filter(np.random.default_rng(8).normal(size=(28, 26, 24)), 2)
    return (10 * data / np.abs(data).max()).astype(np.float32)


def test_as_nilearn_has_them(smooth, placement):
    """Nilearn joins by faces, edges do not count: a threshold at which both ways give the same bodies."""
    from nilearn.reporting import get_clusters_table

    level = 6.0
    faces = ndimage.label(smooth > level)[1]
    assert faces == ndimage.label(smooth > level, np.ones((3, 3, 3)))[1] > 1
    image = nib.Nifti1Image(smooth, placement)
    theirs = get_clusters_table(image, level, two_sided=False, min_distance=1000)
    theirs = theirs[theirs["Cluster ID"].astype(str).str.isdigit()]
    grid = Grid(smooth.shape, placement)
    ours = cluster_table(smooth, grid, level, sign=1)
    by_peak = sorted(ours, key=lambda row: -row.cluster.peak)
    assert len(by_peak) == len(theirs)
    for row, (_, line) in zip(
        by_peak, theirs.sort_values("Peak Stat", ascending=False).iterrows(), strict=True
    ):
        assert row.cluster.peak == pytest.approx(line["Peak Stat"], abs=0.005)
        np.testing.assert_allclose(row.cluster.peak_mm, line[["X", "Y", "Z"]].astype(float), atol=0.06)
        # Nilearn multiplies the lengths of a voxel's edges, which is its volume where nothing is sheared.
        edges = row.cluster.voxels * float(np.prod(grid.spacing))
        assert edges == pytest.approx(float(line["Cluster Size (mm3)"]), abs=1)


@pytest.mark.parametrize("sign", [-1, 0, 1])
def test_voxels_of_every_cluster_as_scipy_labels_them(smooth, placement, sign):
    grid = Grid(smooth.shape, placement)
    located = clusters_with_voxels(smooth, grid, 4.0, sign, 3.0)
    assert [cluster for cluster, _ in located] == clusters(smooth, grid, 4.0, sign, 3.0)
    assert len(located) > 2
    for cluster, voxels in located:
        labels, _ = ndimage.label(cluster.sign * smooth >= 4.0, np.ones((3, 3, 3)))
        own = labels.reshape(-1)[voxels[0]]
        np.testing.assert_array_equal(np.flatnonzero(labels.reshape(-1) == own), voxels)
        assert len(voxels) == cluster.voxels


def test_regions_at_the_peak_and_of_the_body(placement):
    grid = Grid((12, 12, 12), placement)
    data = np.zeros(grid.shape, np.float32)
    data[3:7, 5, 5] = 1, 2, 5, 1
    data[9, 9, 9] = -4
    labels = np.zeros(grid.shape, np.int32)
    labels[:5], labels[5:8] = 1, 2
    atlas = LabelAtlas("halves", grid, labels, {1: "low", 2: "high"})
    first, second = cluster_table(data, grid, 1.0, atlas=atlas)
    assert (first.number, first.region) == (1, "high")
    assert [(part.region, part.share) for part in first.regions] == [("high", 0.5), ("low", 0.5)]
    assert (second.number, second.region, second.regions) == (2, "", ())
    assert to_json([first])[0]["regions"] == [
        {"name": "high", "share": 0.5},
        {"name": "low", "share": 0.5},
    ]


def test_csv_comes_back(smooth):
    grid = Grid(smooth.shape, np.diag([-2.0, 2, 2, 1]))
    rows = cluster_table(
        smooth, grid, SortedValues(smooth).cutoff(Threshold(ThresholdKind.TOP, 30)), min_volume=16
    )
    table = list(csv.DictReader(io.StringIO(to_csv(rows), newline="")))
    assert tuple(table[0]) == COLUMNS
    assert len(table) == len(rows) > 2
    for line, row in zip(table, rows, strict=True):
        assert int(line["voxels"]) == row.cluster.voxels
        assert float(line["peak"]) == pytest.approx(row.cluster.peak)
        assert float(line["peak_x_mm"]) == pytest.approx(row.cluster.peak_mm[0], abs=1e-3)
        assert float(line["share"]) == pytest.approx(row.cluster.share, rel=1e-5)
    assert sum(row.cluster.voxels for row in rows) <= SortedValues(smooth).count_above(
        SortedValues(smooth).raw_cutoff(Threshold(ThresholdKind.TOP, 30))
    )


def test_names_with_commas_and_quotes_stay_whole():
    grid = Grid((4, 4, 4), np.eye(4))
    data = np.zeros(grid.shape, np.float32)
    data[1, 1, 1] = 1
    atlas = LabelAtlas("odd", grid, np.ones(grid.shape, np.int32), {1: 'gyrus, "upper"'})
    rows = cluster_table(data, grid, 0.5, atlas=atlas)
    assert next(csv.DictReader(io.StringIO(to_csv(rows))))["region"] == 'gyrus, "upper"'
