from __future__ import annotations

import pytest

from viewer.scans.region_side import region_side


@pytest.mark.parametrize(
    ("name", "side"),
    [
        ("Thalamus_L", -1),
        ("Thalamus_R ?", 1),
        ("Left-Thalamus-Proper", -1),
        ("ctx-rh-insula", 1),
        ("7Networks_LH_Vis_1", -1),
        ("Right Amygdala", 1),
        ("Vermis_4_5", 0),
        ("Brain-Stem", 0),
        ("Rolandic", 0),
        ("", 0),
    ],
)
def test_the_side_is_read_from_the_names_of_common_atlases(name: str, side: int) -> None:
    assert region_side(name) == side
