"""The benchmark at a small size: every row has its peer, and both loops climb."""

from __future__ import annotations

import pytest

from viewer.commands.benchmarks import features


@pytest.mark.parametrize(("dimensions", "size"), [(2, (48, 48)), (3, (36, 36, 36))])
def test_rows(dimensions, size):
    rows = features.measure("small", dimensions, size, "relu1", 1)
    assert [row.name for row in rows] == ["small, default", "small, plain"]
    assert all(row.value > 0 and "the plain loop takes" in row.comparison for row in rows)
    assert ("lucent" in rows[0].comparison) == (dimensions == 2)
