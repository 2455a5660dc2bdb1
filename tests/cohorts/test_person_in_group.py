"""One person's map against those of a cohort."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import viewer
from viewer.cohorts.cohort_folder import read_cohort_folder
from viewer.cohorts.person_in_group import compare_with_group
from viewer.cohorts.single_case import single_case_t, single_case_test
from viewer.errors import ScanError


def test_t_is_that_of_crawford_and_howell() -> None:
    values = np.random.default_rng(0).normal(5, 2, (12, 40))
    found = single_case_t(values)
    others = values[1:]
    expected = (values[0] - others.mean(0)) / (others.std(0, ddof=1) * np.sqrt(1 + 1 / 11))
    np.testing.assert_allclose(found[0], expected, rtol=1e-10)
    # The same as the t of two groups, one of which has one member.
    pooled = stats.ttest_ind(values[:1], others, axis=0).statistic
    np.testing.assert_allclose(found[0], pooled, rtol=1e-8)


def test_the_corrected_p_is_exact_under_exchange() -> None:
    hits = 0
    for seed in range(100):
        values = np.random.default_rng(seed).standard_t(3, (20, 60))
        found = single_case_test(lambda block, v=values: v[:, block], 20, 60, 4)
        assert found.p is not None
        hits += bool(found.p.min() <= 0.05)
    assert hits <= 10  # 5 are expected


def test_where_the_others_do_not_vary_there_is_no_t() -> None:
    values = np.zeros((6, 2))
    values[5, 0] = 3.0
    assert single_case_t(values)[5, 0] == 0.0


def test_a_planted_difference_of_a_participant_is_found(cohort_folder: Callable[..., Path]) -> None:
    home = cohort_folder()
    path = next(iter((home / "sub-03" / "anat").glob("*.nii.gz")))
    own = viewer.load_map(path)
    data = own.data.copy()
    data[5, 5, 5] += 40
    replace(own, data=data).save(path)
    result = compare_with_group(home, "sub-03", among="diagnosis=CN")
    assert result.effect == "sub-03 minus the mean of 8 others"
    t = np.abs(result.maps["t"].data)
    assert np.unravel_index(t.argmax(), t.shape) == (5, 5, 5)
    assert result.smallest_p == pytest.approx(1 / 9)


def test_a_participants_own_map_is_not_among_the_others(
    cohort_folder: Callable[..., Path], tmp_path: Path
) -> None:
    home = cohort_folder()
    paths = {row.label: path for row, path in read_cohort_folder(home).find_map_paths("netGradient").items()}
    by_label = compare_with_group(home, "sub-03")
    by_file = compare_with_group(home, paths["sub-03"])
    assert by_file.effect.endswith("minus the mean of 15 others")
    np.testing.assert_array_equal(by_file.maps["t"].data, by_label.maps["t"].data)
    # Elsewhere, and of the same scan: the map of a participant all the same.
    for label, path in paths.items():
        own = viewer.load_map(path)
        replace(own, provenance=replace(own.provenance, scan={"hash": label})).save(path)
    copied = viewer.load_map(paths["sub-03"]).save(tmp_path / "copied.nii.gz")
    assert compare_with_group(home, copied).effect == "copied minus the mean of 15 others"


def test_a_map_of_another_question_is_refused(cohort_folder: Callable[..., Path], tmp_path: Path) -> None:
    home = cohort_folder()
    first = next(iter(read_cohort_folder(home).find_map_paths("netGradient").values()))
    own = viewer.load_map(first)
    alike = own.save(tmp_path / "alike.nii.gz")
    assert compare_with_group(home, alike).participants[-1] == "alike"
    other = replace(own, provenance=replace(own.provenance, target="CN")).save(tmp_path / "other.nii.gz")
    with pytest.raises(ScanError, match="differs from the cohort's maps in target"):
        compare_with_group(home, other)
    with pytest.raises(ScanError, match="selects no participant"):
        compare_with_group(home, "sub-03", among="diagnosis=MCI")
    with pytest.raises(ScanError, match="has 3 others to compare with"):
        compare_with_group(home, "sub-03", among="age=61")
    with pytest.raises(ScanError, match="does not name a group of participants"):
        compare_with_group(home, "sub-03", among="sex=F")


def test_z_has_the_probability_of_t_and_its_share_beyond_95_percent(
    cohort_folder: Callable[..., Path],
) -> None:
    result = compare_with_group(cohort_folder(), "sub-03", among="diagnosis=CN")
    t, z = (result.maps[name].data.astype(float) for name in ("t", "z"))
    np.testing.assert_allclose(stats.norm.sf(np.abs(z)), stats.t.sf(np.abs(t), 7), rtol=1e-4)
    np.testing.assert_array_equal(np.sign(z), np.sign(t))
    beyond, voxels = result.count_beyond_95()
    assert voxels == np.count_nonzero(t)
    assert beyond == np.count_nonzero(np.abs(t) >= stats.t.ppf(0.975, 7))
    share = result.sentences()[1]
    assert share.startswith(f"|z| is 1.96 or more at {beyond:,} of {voxels:,} voxels, ")
    assert share.endswith("; 5 % are expected by chance")


def test_another_session_of_the_person_is_not_among_the_others(
    cohort_folder: Callable[..., Path],
) -> None:
    home = cohort_folder()
    paths = {row.label: path for row, path in read_cohort_folder(home).find_map_paths("netGradient").items()}
    table = home / "participants.tsv"
    head, first, second, *others = [line.split("\t", 1) for line in table.read_text().splitlines()]
    for session, label in (("1", "sub-00"), ("2", "sub-01")):
        own = home / "sub-00" / f"ses-{session}" / "anat" / paths["sub-00"].name
        own.parent.mkdir(parents=True)
        viewer.load_map(paths[label]).save(own.with_name(own.name.replace("sub-00", f"sub-00_ses-{session}")))
    rows = [["sub-00\tses-1", first[1]], ["sub-00\tses-2", second[1]], *([f"{a}\tn/a", b] for a, b in others)]
    table.write_text("\n".join("\t".join(row) for row in [["participant_id\tsession_id", head[1]], *rows]))
    assert compare_with_group(home, "sub-00_ses-1").effect == "sub-00_ses-1 minus the mean of 14 others"
