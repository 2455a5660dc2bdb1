"""What y may be."""

from __future__ import annotations

import numpy as np
import pytest

from viewer.errors import ModelError
from viewer.models.training.morch.cost import CostName
from viewer.models.training.morch.targets import class_targets, graded_targets


def test_graded_values_are_standardised():
    targets = graded_targets([1.0, 2.0, 6.0], "t")
    assert targets.Y.mean() == pytest.approx(0)
    assert targets.Y.std() == pytest.approx(1)
    np.testing.assert_allclose(targets.Y[0] * targets.deviation + targets.mean, [1, 2, 6])
    assert targets.cost is CostName.SQUARED_ERROR


def test_classes_are_ordered_by_name_and_numbers_by_size():
    two = class_targets(["rest", "active", "rest"], "t")
    assert two.classes == ("active", "rest")
    np.testing.assert_array_equal(two.Y, [[1, 0, 1]])
    three = class_targets(["10", "9", "1"], "t")
    assert three.classes == ("1", "9", "10")
    np.testing.assert_array_equal(three.Y, [[0, 0, 1], [0, 1, 0], [1, 0, 0]])
    np.testing.assert_array_equal(three.labels, [2, 1, 0])
    assert three.cost is CostName.CROSS_ENTROPY


def test_invalid_input_is_refused():
    with pytest.raises(ModelError, match=r"t.tsv: y is 3 for every scan"):
        graded_targets([3.0, 3.0], "t.tsv")
    with pytest.raises(ModelError, match=r"t.tsv: y has only one class, 'rest'"):
        class_targets(["rest", "rest"], "t.tsv")
