"""Parts are made anew when their state is another one, and only then."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from viewer.scene.change_tracking import ChangeTracker
from viewer.session.view import Camera, View


def test_a_part_that_was_never_made_has_to_be():
    assert ChangeTracker().update("walls", 1)


def test_plain_states_are_compared_by_value():
    changes = ChangeTracker()
    changes.update("walls", 1, 2.5, "left", (3, 4), Camera(30.0), View())
    assert not changes.update("walls", 1, 2.5, "left", (3, 4), Camera(30.0), View())
    assert changes.update("walls", 1, 2.5, "left", (3, 4), Camera(31.0), View())
    assert changes.update("walls", 1, 2.5, "left", (3, 4), Camera(31.0), replace(View(), glass=True))


def test_true_is_not_one():
    changes = ChangeTracker()
    changes.update("walls", 1)
    assert changes.update("walls", True)


def test_arrays_are_compared_by_identity():
    changes, values = ChangeTracker(), np.zeros(3)
    changes.update("walls", values)
    assert not changes.update("walls", values)
    assert changes.update("walls", values.copy())


def test_a_part_counts_as_made_once_it_was_asked_about():
    changes = ChangeTracker()
    changes.update("walls", 1)
    assert changes.update("walls", 2)
    assert not changes.update("walls", 2)
    assert changes.update("walls", 1)


def test_parts_are_apart_and_can_be_forgotten():
    changes = ChangeTracker()
    changes.update("walls", 1)
    changes.update("bodies", 1)
    changes.forget("walls")
    changes.forget("never made")
    assert changes.update("walls", 1)
    assert not changes.update("bodies", 1)
    changes.forget_all()
    assert changes.update("bodies", 1)
