"""The body at a point of the box is the cluster whose voxels are there."""

from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from tests.window.test_display_pipeline import Slow, bodies, head
from viewer.scans.clusters import clusters
from viewer.scans.grid import Grid
from viewer.scans.threshold import Threshold, ThresholdKind
from viewer.session.session import Session
from viewer.session.view import Sign
from viewer.window.cluster_tooltip import ClusterTooltip, label_clusters
from viewer.window.display_pipeline import DisplayPipeline


@pytest.mark.parametrize("flip", [(1, 1, 1), (-1, 1, 1), (1, -1, -1)])
def test_numbers_are_the_places_in_the_table_on_any_grid(flip: tuple[int, int, int]) -> None:
    turn = np.array([[0.9, 0.3, 0.0], [-0.3, 0.9, 0.1], [0.0, -0.1, 1.0]]) * flip
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = 2.0 * turn, (-10.0, 20.0, 5.0)
    shown = bodies(Grid((31, 35, 29), affine))
    found = label_clusters(shown.data, shown.grid, 0.5, Sign.BOTH, 0.0)
    table = clusters(shown.data, shown.grid, 0.5)
    assert [cluster.voxels for cluster in found.clusters] == [27, 8, 1]
    for number, cluster in enumerate(table, start=1):
        assert found.label_at(cluster.peak_mm) == number
        # A surface passes between voxels: beside the body it is still the body's.
        beside = cluster.peak_mm + 0.4 * affine[:3, 0]
        assert found.label_at(tuple(beside)) == number
    assert found.label_at((500.0, 0.0, 0.0)) == 0


def test_bodies_are_measured_when_asked_for_and_anew_after_a_change(qtbot: QtBot) -> None:
    session, slow = Session(), Slow()
    session.change(threshold=Threshold(ThresholdKind.VALUE, 1.5))
    display = DisplayPipeline(session, slow)
    naming = ClusterTooltip(session, display, slow)
    session.set_scan(head())
    session.add_map(bodies())
    slow.work()
    large = tuple(session.current_layer.map.grid.to_world((21, 18, 15)))
    assert naming.text_at(large) == ""
    assert naming.text_at(large) == ""
    assert len(slow.waiting) == 1
    with qtbot.waitSignal(naming.ready):
        slow.work()
    assert naming.text_at(large) == "Cluster 1 · 216 mm³"
    assert naming.text_at((0.0, 0.0, 0.0)) == ""
    session.change(smallest_cluster=100.0, sign=Sign.NEGATIVE)
    assert naming.text_at(large) == ""
    slow.work()
    assert naming.text_at(large) == ""
    assert not slow.waiting
