from __future__ import annotations

import pytest

from viewer.errors import MethodError
from viewer.methods.base import Target
from viewer.methods.targets import find_target

CLASSES = ("control", "Alzheimer's", "MCI")
LOGITS = (0.5, 2.0, -1.0)


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (None, 1), ("max", 1), ("min", 2), ("control", 0), ("mci", 2), ("alzheimer's", 1), (0, 0), ("2", 2),
    ],
)  # fmt: skip
def test_a_target_by_name_index_or_size(wanted: str | int | None, index: int) -> None:
    assert find_target(wanted, CLASSES, LOGITS) == Target(index, CLASSES[index])


def test_a_name_is_taken_before_an_index() -> None:
    assert find_target("1", ("2", "1", "0"), LOGITS).index == 1
    assert find_target(1, ("2", "0", "1"), LOGITS).index == 1


def test_class_may_be_named_max() -> None:
    assert find_target("max", ("max", "b", "c"), LOGITS).index == 0
    assert find_target(None, ("max", "b", "c"), LOGITS).index == 1


def test_names_that_differ_in_capitals_only_are_told_apart() -> None:
    assert find_target("a", ("A", "a", "b"), LOGITS).index == 1
    with pytest.raises(MethodError, match="no such class"):
        find_target("Ab", ("AB", "ab", "b"), LOGITS)


@pytest.mark.parametrize("wanted", ["Alzheimer", "3", 3, "-1", -1, "", "1.0", True])
def test_unknown_target_error_lists_the_outputs(wanted: str | int) -> None:
    with pytest.raises(MethodError) as caught:
        find_target(wanted, CLASSES, LOGITS)
    assert "its outputs are 0 control, 1 Alzheimer's, 2 MCI" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_similar_name_is_suggested() -> None:
    with pytest.raises(MethodError, match='did you mean "Alzheimer\'s"'):
        find_target("Alzheimer", CLASSES, LOGITS)
