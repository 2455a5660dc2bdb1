"""How far a map is from the sum it must have."""

from __future__ import annotations

import math

from viewer.scans.map import Residual


def test_a_map_of_nothing_is_complete_where_nothing_is_due() -> None:
    assert Residual("completeness", 0.0, 0.0).relative == 0.0
    assert math.isinf(Residual("completeness", 0.0, 0.1).relative)
    assert Residual("completeness", -2.0, -1.0).relative == 0.5
