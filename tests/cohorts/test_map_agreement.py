"""Agreement of mean maps of a cohort, and of published mean maps."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from cohort_grid import SPOT

import viewer
from viewer.cli import main
from viewer.cohorts.map_agreement import map_agreement
from viewer.errors import ScanError


def test_groups_are_compared_by_their_mean_maps(cohort_folder: Callable[..., Path]) -> None:
    home = cohort_folder(effect=20.0)
    (pair,) = map_agreement(home, groups="diagnosis")
    assert (pair.first, pair.second) == ("net, gradient, AD", "net, gradient, CN")
    assert (pair.first_count, pair.second_count) == (8, 8)
    paths = sorted(home.rglob("*_relevance.nii.gz"))
    values = np.stack([viewer.load_map(path).data for path in paths])
    ill, well = values[1::2].mean(0), values[::2].mean(0)
    inside = (ill != 0) | (well != 0)
    assert pair.pearson == pytest.approx(np.corrcoef(ill[inside], well[inside])[0, 1], abs=1e-6)
    assert ill[SPOT].mean() > 10 * well[SPOT].mean()
    assert pair.dice < 0.3


def test_a_single_mean_map_has_nothing_to_agree_with(cohort_folder: Callable[..., Path]) -> None:
    home = cohort_folder()
    with pytest.raises(ScanError, match="has maps of only one network and method"):
        map_agreement(home)
    with pytest.raises(ScanError, match="sex: is not a column of the participants"):
        map_agreement(home, groups="sex")


def test_the_command_writes_the_table(
    cohort_folder: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["group", cohort_folder(), "--agreement", "site", "-o", tmp_path / "all", "--json"]
    assert main([str(word) for word in words]) == 0
    report = json.loads(capsys.readouterr().out)
    assert len(report["pairs"]) == 3
    lines = (tmp_path / "all_agreement.tsv").read_text().splitlines()
    assert lines[0].split("\t")[:2] == ["first", "second"]
    assert len(lines) == 4


def test_published_mean_maps_agree_as_measured_before(real_data: Path) -> None:
    maps = {
        name: viewer.load_map(real_data / "maps" / f"mean_LRPmap_{name}_pos.nii.gz")
        for name in ("ADNI2_AD", "ADNI2_CN", "DELCODE_AD")
    }
    ill = viewer.compare(maps["ADNI2_AD"], maps["DELCODE_AD"])
    well = viewer.compare(maps["ADNI2_AD"], maps["ADNI2_CN"])
    assert (round(ill.pearson, 2), round(ill.dice, 2)) == (0.90, 0.73)
    assert (round(well.pearson, 2), round(well.dice, 2)) == (0.55, 0.21)
