"""``channels``: a layer's channels by their relevance, as a table, JSON and CSV, and errors on one line."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def words(scan_file: Path, model_file: Path) -> tuple[object, ...]:
    return ("channels", scan_file, "--model", model_file, "--target", 1, "--device", "cpu", "--quiet")


def test_every_channel_is_listed_and_the_first_has_the_map_with_the_largest_sum(
    run: Callable[..., Any], words: tuple[object, ...], tmp_path: Path
) -> None:
    report = json.loads(run(*words, "--json").out)
    rows = report["channels"]
    assert sorted(row["channel"] for row in rows) == list(range(len(rows)))
    assert [row["share"] for row in rows] == sorted((row["share"] for row in rows), reverse=True)
    assert sum(row["share"] for row in rows) == pytest.approx(1)
    shown = run(*words, "--layer", report["layer"]).out
    assert shown.startswith(f"channels of {report['layer']}, relevance for {report['target']}")
    assert all(f"{row['relevance']:+.4g}" in shown for row in rows)
    answer = run(*words, "--top", 1, "--csv", tmp_path / "channels.csv")
    assert answer.out.strip() == str(tmp_path / "channels.csv")
    (line,) = csv.DictReader((tmp_path / "channels.csv").open())
    assert int(line["channel"]) == rows[0]["channel"]
    assert float(line["relevance"]) == pytest.approx(rows[0]["relevance"])
    explained = ("explain", *words[1:], "--method", "crp", "--layer", report["layer"], "--json")
    channel = ("--set", f"channel={rows[0]['channel']}", "-o", tmp_path / "map.nii.gz")
    made = json.loads(run(*explained, *channel).out)
    assert made["parameters"]["channel"] == str(rows[0]["channel"])
    held = made["residual"]["found"] + made["residual"].get("absorbed", {}).get("biases", 0)
    assert held == pytest.approx(rows[0]["relevance"], rel=0.02)


@pytest.mark.parametrize(
    ("more", "status", "message"),
    [
        (("--layer", "nowhere"), 1, "nowhere: the network has no such layer"),
        (("--set", "dense=epsilonn"), 1, "epsilonn"),
        (("--set", "channel=3"), 2, "explain --method crp shows one"),
        (("--set", "colour=3"), 2, "no parameter 'colour'"),
        (("--csv", "out.txt"), 2, "out.txt"),
    ],
)
def test_what_is_wrong_is_one_line(
    run: Callable[..., Any], words: tuple[object, ...], more: tuple[str, ...], status: int, message: str
) -> None:
    answer = run(*words, *more)
    assert answer.status == status
    assert answer.err.count("\n") == 1
    assert message in answer.err
