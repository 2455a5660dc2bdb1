"""The figures of Kindermans et al. 2017: what the paper says of them holds."""

from __future__ import annotations

import numpy as np
import pytest

from viewer.commands.reproduce_figures import kindermans_2017
from viewer.progress import Progress


@pytest.mark.slow
def test_the_pattern_stays_where_the_filter_turns(tmp_path) -> None:
    made = kindermans_2017.toy(tmp_path, 0, Progress())
    assert [path.name for path in made.files] == ["kindermans-2.png"]
    assert made.files[0].read_bytes().startswith(b"\x89PNG")
    filters = []
    for panel in made.numbers.values():
        np.testing.assert_allclose(panel["pattern a"], [1, 0], atol=1e-5)
        assert panel["filter w"][0] == 1
        filters.append(panel["filter w"][1])
        np.testing.assert_allclose(panel["gradient, share of the second input"], _share(filters[-1]))
        assert panel["lrp-0, share of the second input"] > 0.2
        for name in ("pattern-net", "pattern-attribution"):
            assert panel[f"{name}, share of the second input"] < 0.05
    assert abs(filters[0] - filters[1]) > 0.5


def _share(second: float) -> float:
    return round(abs(second) / (1 + abs(second)), 6)


@pytest.mark.slow
def test_learned_directions_leave_less_behind_than_filters(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(kindermans_2017, "BRAINS", {"patterns": 6, "v": 6, "correlation": 6})
    made = kindermans_2017.estimators(tmp_path, 0, Progress())
    assert made.files[0].is_file()
    assert "Simulated" in made.notes[0]
    first = made.numbers["conv in conv1"]
    assert first["random"] < first["S_w"] < first["S_a"]
    assert made.numbers["conv in conv2"]["S_a+-"] > made.numbers["conv in conv2"]["S_w"] + 0.3
