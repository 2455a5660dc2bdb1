"""The table of methods against planted lesions: its scores, its order, and who is left out of it and why."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from viewer.commands.reproduce_figures import lesion_scores
from viewer.commands.reproduce_figures.lesion_scores import (
    LesionSample,
    ResumableTable,
    mean_scores,
    score_map,
    simulate_test_set,
    to_markdown,
)
from viewer.errors import Cancelled
from viewer.guide.lesion_scores import read_lesion_table
from viewer.methods.base import Requirement
from viewer.methods.registry import list_methods
from viewer.models.loading import load_model
from viewer.progress import Progress


def planted() -> LesionSample:
    """A brain of 1,000 voxels, eight of them lesion, and air around it."""
    scan = np.zeros((14, 14, 14), dtype=np.float32)
    scan[2:12, 2:12, 2:12] = 1.0
    truth = np.zeros(scan.shape, dtype=bool)
    truth[5:7, 5:7, 5:7] = True
    return LesionSample(scan, truth)


def test_a_map_of_the_truth_is_perfect_and_of_the_rest_is_nothing() -> None:
    one = planted()
    right, wrong = (
        score_map(one.lesion_mask.astype(float), one),
        score_map((~one.lesion_mask).astype(float), one),
    )
    assert [right[key] for key in lesion_scores.SCORE_NAMES.values()] == [1, 1, 1, 1]
    assert [wrong[key] for key in lesion_scores.SCORE_NAMES.values()] == [0, 0, 0, 0]


def test_air_and_what_is_below_zero_do_not_count() -> None:
    one = planted()
    values = one.lesion_mask.astype(float)
    loud = np.where(one.image == 0, 9.0, values)
    assert score_map(loud, one) == score_map(values, one)
    negative = np.where(one.lesion_mask, 1.0, -5.0)
    assert score_map(negative, one)["AUC"] == 1


def test_means_are_over_lesions() -> None:
    one = planted()
    half = one.lesion_mask.copy()
    half[5] = False
    shifted = np.where(half, 2.0, 0.0)
    shifted[10, 10, 8:12] = 1.0
    row = mean_scores([score_map(one.lesion_mask.astype(float), one), score_map(shifted, one)])
    assert row["lesions"] == 2
    assert row["overlap"] == pytest.approx((1 + 4 / 8) / 2)
    assert row["mass"] == pytest.approx((1 + 8 / 12) / 2, abs=1e-4)
    assert row["pointing game"] == 1


def test_the_table_is_in_order_and_says_who_could_not_run() -> None:
    row = {"lesions": 3, "overlap": 0.2, "AUC": 0.7, "pointing game": 0.5, "mass": 0.1, "seconds": 1.0}
    text = to_markdown(
        {"worse": row, "better": row | {"overlap": 0.6}, "absent": {"cannot": "absent: needs more"}}
    )
    lines = text.splitlines()
    assert lines[2].startswith("| better | 0.60 | 0.700 | 50% | 10% | 3 | 1.0 |")
    assert lines[3].startswith("| worse |")
    assert lines[-1] == "absent: needs more"
    assert {line.count("|") for line in lines[:4]} == {8}


def test_lesions_that_are_held_out_are_found_by_the_network_and_always_the_same() -> None:
    model = load_model(lesion_scores.MODEL)
    found, drawn = simulate_test_set(model, 2, 0, Progress())
    again, _ = simulate_test_set(model, 1, 0, Progress())
    assert drawn >= 2
    np.testing.assert_array_equal(found[0].image, again[0].image)
    assert not np.array_equal(found[0].lesion_mask, found[1].lesion_mask)
    for one in found:
        assert one.image.shape == one.lesion_mask.shape == (63, 75, 63)
        assert 10 < one.lesion_mask.sum() < 1000
        assert (one.image[one.lesion_mask] != 0).all()


def test_the_shipped_table_scores_every_method_on_all_lesions() -> None:
    counts = {
        name: row.cells["lesions"]
        for name, row in read_lesion_table().rows.items()
        if not name.startswith("(")
    }
    # The network has no attention.
    methods = [
        name for name, method in list_methods().items() if Requirement.ATTENTION not in method.requirements
    ]
    assert counts == dict.fromkeys(methods, str(lesion_scores.COUNT))


def test_the_command_writes_the_table(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    some = {name: list_methods()[name] for name in ("gradient", "lrp", "generated-difference")}
    monkeypatch.setattr(lesion_scores, "list_methods", lambda: some)
    monkeypatch.setattr(lesion_scores, "COUNT", 1)
    answer = run("reproduce", "lesion-scores", "-o", tmp_path, "--json", "--quiet")
    assert answer.status == 0
    numbers = json.loads(answer.out)
    assert numbers["lesions"] == 1
    assert "simulated" in numbers["notes"][0].lower()
    for name in ("gradient", "lrp", "generated-difference"):
        assert numbers[name]["AUC"] > 0.8
        assert numbers[name]["lesions"] == 1
    assert 0.2 < numbers["(random values)"]["AUC"] < 0.8
    assert "| lrp |" in (tmp_path / "lesion-scores.md").read_text()
    assert not (tmp_path / "lesion-scores.partial.json").exists()


def test_a_method_that_cannot_run_says_why() -> None:
    model = load_model("demo")
    method = list_methods()["generated-difference"].from_parameters({"generators": "no-such.safetensors"})
    (one,), _ = simulate_test_set(model, 1, 0, Progress())
    assert "no-such.safetensors" in lesion_scores.score_method(model, method, [one], 0, Progress())["cannot"]


@pytest.mark.slow
def test_an_interrupted_table_is_continued_from_its_last_map(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = {name: list_methods()[name] for name in ("gradient", "input-times-gradient", "grad-cam")}
    monkeypatch.setattr(lesion_scores, "list_methods", lambda: some)
    monkeypatch.setattr(lesion_scores, "COUNT", 2)
    names: list[str] = []
    real = lesion_scores.explain

    def breaking(model, scan, method, **others):  # type: ignore[no-untyped-def]
        names.append(method.name)
        if len(names) == 4:
            raise Cancelled
        return real(model, scan, method, **others)

    monkeypatch.setattr(lesion_scores, "explain", breaking)
    with pytest.raises(Cancelled):
        lesion_scores.lesion_scores(tmp_path, 0, Progress())
    made = lesion_scores.lesion_scores(tmp_path, 0, Progress())
    expected = ["gradient"] * 2 + ["input-times-gradient"] * 3 + ["grad-cam"] * 2
    assert names == expected
    monkeypatch.setattr(lesion_scores, "explain", real)
    whole = lesion_scores.lesion_scores(tmp_path, 0, Progress())
    for name in some:
        scores = {key: value for key, value in whole.numbers[name].items() if key != "seconds"}
        assert made.numbers[name].items() >= scores.items()
        assert scores["lesions"] == 2


def test_rows_of_something_else_are_not_taken_up(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    ResumableTable(path, {"seed": 0}).add("lrp", {"AUC": 1.0})
    assert ResumableTable(path, {"seed": 0}).rows == {"lrp": {"AUC": 1.0}}
    assert ResumableTable(path, {"seed": 1}).rows == {}
    path.write_text("{damaged")
    assert ResumableTable(path, {"seed": 0}).rows == {}


@pytest.mark.parametrize(
    "entries",
    ["damaged", [1], [{"AUC": 1.0}], [dict.fromkeys((*lesion_scores.SCORE_NAMES.values(), "seconds"), "1")]],
)
def test_damaged_maps_are_computed_again(tmp_path: Path, entries: object) -> None:
    path = tmp_path / "rows.json"
    path.write_text(json.dumps({"about": {}, "rows": {}, "maps": {"lrp": entries}}))
    assert ResumableTable(path, {}).map_scores == {}
