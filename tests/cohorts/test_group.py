"""Group maps and statistics of a cohort's folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from cohort_grid import MAP_AFFINE, MAP_SHAPE, SPOT
from scipy import stats

import viewer
from viewer.cli import main
from viewer.cohorts.group import group
from viewer.errors import ScanError

Folder = Callable[..., Path]


def stacked(home: Path) -> np.ndarray:
    paths = sorted(home.rglob("*_relevance.nii.gz"))
    return np.stack([viewer.load_map(path).data for path in paths]).astype(np.float64)


def test_mean_sd_and_effect_are_those_of_the_maps(cohort_folder: Folder) -> None:
    home = cohort_folder()
    result = group(home, contrast="diagnosis:AD-CN", permutations=20)
    values = stacked(home)
    np.testing.assert_allclose(result.maps["mean"].data, values.mean(0), atol=1e-6)
    np.testing.assert_allclose(result.maps["sd"].data, values.std(0, ddof=1), atol=1e-6)
    difference = values[1::2].mean(0) - values[::2].mean(0)
    np.testing.assert_allclose(result.maps["effect"].data, difference, atol=1e-6)
    expected = stats.ttest_ind(values[1::2], values[::2], axis=0).statistic
    np.testing.assert_allclose(result.maps["t"].data[1:], expected[1:], rtol=1e-5)
    assert not result.maps["t"].data[0].any()
    assert result.effect == "mean of AD minus mean of CN (diagnosis)"
    share = result.maps["share"].data
    assert share.min() == 0
    assert share.max() <= 1
    assert share.sum() == pytest.approx(np.ceil(0.01 * values[0, 1:].size), rel=0.3)


def test_the_planted_region_is_found_and_nothing_else(cohort_folder: Folder) -> None:
    result = group(cohort_folder(), contrast="diagnosis", permutations=199, tfce=True)
    # In alphabetical order CN is the second group.
    assert result.effect == "mean of CN minus mean of AD (diagnosis)"
    found = result.maps["p-fwe"].data > -np.log10(0.05)
    planted = np.zeros(MAP_SHAPE, dtype=bool)
    planted[SPOT] = True
    assert found[SPOT].mean() > 0.7
    assert not found[~planted].any()
    assert result.maps["tfce"].data[SPOT].max() < 0
    assert result.smallest_p == pytest.approx(1 / 200)


def test_a_slope_and_its_confounds_are_those_of_least_squares(cohort_folder: Folder) -> None:
    home = cohort_folder()
    result = group(home, covariate="age", confounds=["diagnosis", "site"], permutations=5)
    values = stacked(home)
    index = np.arange(16)
    columns = [60 + index % 5, index % 2, index % 3, np.ones(16)]
    expected = np.linalg.lstsq(np.stack(columns, 1).astype(float), values.reshape(16, -1), rcond=None)[0][0]
    np.testing.assert_allclose(result.maps["effect"].data.ravel(), expected, atol=1e-5)


def test_regions_have_effects_with_their_intervals(cohort_folder: Folder, tmp_path: Path) -> None:
    home = cohort_folder()
    import nibabel as nib

    labels = np.ones(MAP_SHAPE, dtype=np.int16)
    labels[SPOT] = 2
    nib.save(nib.Nifti1Image(labels, MAP_AFFINE), tmp_path / "atlas.nii.gz")
    (tmp_path / "atlas.tsv").write_text("index\tname\n1\trest\n2\tspot\n")
    result = group(
        home,
        contrast="diagnosis:AD-CN",
        permutations=99,
        atlas=tmp_path / "atlas.nii.gz",
        labels=tmp_path / "atlas.tsv",
    )
    first = result.regions[0]
    assert (first.region, first.voxels) == ("spot", 8)
    means = stacked(home)[(slice(None), *SPOT)].mean((1, 2, 3))
    expected = stats.ttest_ind(means[1::2], means[::2])
    interval = expected.confidence_interval()
    assert (first.t, first.p) == pytest.approx((expected.statistic, expected.pvalue))
    assert (first.low, first.high) == pytest.approx((interval.low, interval.high))
    assert first.p_fwe == pytest.approx(0.01)


def test_maps_in_a_scanners_space_are_refused_unless_one_says_that_they_agree(cohort_folder: Folder) -> None:
    home = cohort_folder(codes=(1, 1))
    with pytest.raises(ScanError, match="is not in a common space"):
        group(home, permutations=1)
    assert group(home, permutations=1, same_space=True).participants


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"contrast": "sex"}, "sex: is not a column"),
        ({"contrast": "site"}, "site: has 3 values"),
        ({"contrast": "diagnosis:AD-MCI"}, "does not name two groups"),
        ({"covariate": "diagnosis"}, "'CN', which is not a number"),
        ({"contrast": "diagnosis", "confounds": ["diagnosis"]}, "cannot be tested with 16 participants"),
        ({"method": "lrp-zero"}, "has no maps of the method lrp-zero"),
    ],
)
def test_what_cannot_be_tested_is_told(cohort_folder: Folder, options: dict, problem: str) -> None:
    with pytest.raises(ScanError, match=problem):
        group(cohort_folder(), permutations=1, **options)


def test_the_command_writes_maps_that_open_as_any_other(
    cohort_folder: Folder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "ad"
    words = [
        "group",
        cohort_folder(),
        "--contrast",
        "diagnosis:AD-CN",
        "--permutations",
        19,
        "-o",
        out,
        "--json",
    ]
    assert main([str(word) for word in (*words, "-o", out)]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["smallest_p"] == pytest.approx(0.05)
    found = viewer.load_map(tmp_path / "ad_t.nii.gz")
    assert found.name == "t of mean of AD minus mean of CN (diagnosis), 16 scans"
    assert found.provenance.target == "AD"
    assert viewer.compare(found, viewer.load_map(tmp_path / "ad_effect.nii.gz")).pearson > 0.9


def test_a_folder_that_is_none_of_a_cohort_is_told(tmp_path: Path) -> None:
    with pytest.raises(ScanError, match=r"is not a cohort folder: it has no cohort\.json"):
        group(tmp_path)


def test_only_those_whom_a_filter_selects_are_in_the_group(cohort_folder: Folder) -> None:
    home = cohort_folder()
    result = group(home, among="diagnosis=AD", permutations=0)
    assert result.participants == tuple(f"sub-{index:02d}" for index in range(1, 16, 2))
    np.testing.assert_allclose(result.maps["mean"].data, stacked(home)[1::2].mean(0), atol=1e-6)
    assert result.left_out == ()
    assert result.maps["mean"].provenance.parameters["among"] == "diagnosis=AD"
    result = group(home, among="age=60..61", contrast="diagnosis:AD-CN", permutations=0)
    assert len(result.participants) == 7


@pytest.mark.slow
def test_the_threshold_of_each_control_shows_the_significant_voxels_and_no_others(
    cohort_folder: Folder,
) -> None:
    result = group(cohort_folder(), contrast="diagnosis:AD-CN", permutations=99, tfce=True)
    found = {one.correction: one for one in result.significance()}
    assert list(found) == ["FDR", "max-T", "TFCE"]
    assert found["TFCE"].voxels == result.significant
    for control, name in (("FDR", "p-fdr"), ("max-T", "p-fwe"), ("TFCE", "p-tfce")):
        one = found[control]
        assert one.threshold is not None
        shown = np.abs(result.maps[one.statistic].data) >= one.threshold
        np.testing.assert_array_equal(shown, 10.0 ** -result.maps[name].data.astype(float) <= 0.05 + 1e-6)
        assert str(one).startswith(f"{shown.sum():,} voxels have p ≤ 0.05 ({control})")
    nothing = group(cohort_folder(name="none", effect=0.0), contrast="diagnosis", permutations=99)
    told = nothing.significance()[1]
    assert told.threshold is None
    assert str(told).startswith("no voxel has p ≤ 0.05 (max-T); the smallest is 0.")


def write_column(home: Path, name: str, entries: list[str]) -> None:
    """Add a column to the participants of a cohort's folder."""
    path = home / "participants.tsv"
    head, *lines = path.read_text().splitlines()
    rows = [f"{line}\t{entry}" for line, entry in zip(lines, entries, strict=True)]
    path.write_text("\n".join([f"{head}\t{name}", *rows]) + "\n")


def test_a_covariate_that_is_the_same_for_all_has_no_slope(cohort_folder: Folder) -> None:
    home = cohort_folder()
    write_column(home, "scanner", ["3"] * 16)
    with pytest.raises(ScanError, match="scanner: is 3 for every participant, so it has no slope"):
        group(home, covariate="scanner", permutations=1)


@pytest.mark.parametrize("missing", ["NA", "NaN", "n/a", ""])
def test_missing_numbers_of_a_confound_leave_participants_out(cohort_folder: Folder, missing: str) -> None:
    home = cohort_folder()
    write_column(home, "education", [missing, missing, *(str(8 + index % 5) for index in range(14))])
    result = group(home, contrast="diagnosis", confounds=["education", "site"], permutations=0)
    assert result.left_out == ("sub-00", "sub-01")
    assert result.confounds == ("education (number)", "site (number)")
    assert result.maps["t"].provenance.parameters["confounds"] == "education (number), site (number)"
    assert "regressed out: education (number), site (number)" in result.sentences()


def test_words_among_the_numbers_of_a_confound_are_no_groups(cohort_folder: Folder) -> None:
    home = cohort_folder()
    write_column(home, "education", ["unknown", *(str(8 + index % 5) for index in range(15))])
    with pytest.raises(ScanError, match="sub-00: education is 'unknown', which is not a number"):
        group(home, contrast="diagnosis", confounds=["education"], permutations=0)
    write_column(home, "scanner", ["A", "B"] * 4 + ["B", "A"] * 4)
    result = group(home, contrast="diagnosis", confounds=["scanner"], permutations=0)
    assert result.confounds == ("scanner (2 groups)",)


def test_a_contrast_needs_both_groups_among_those_with_all_values(cohort_folder: Folder) -> None:
    home = cohort_folder()
    write_column(home, "education", ["n/a", "12"] * 8)
    with pytest.raises(ScanError, match="diagnosis: has no participant of CN with all values"):
        group(home, contrast="diagnosis", confounds=["education"], permutations=0)


def test_an_analysis_is_not_saved_beside_the_files_of_another(
    cohort_folder: Folder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home, out = cohort_folder(), tmp_path / "ad"
    with_tfce = [str(word) for word in ("group", home, "--permutations", 1, "--tfce", "-o", out)]
    assert main(with_tfce) == 0
    assert main(with_tfce) == 0
    used = (tmp_path / "ad_participants.tsv").read_text().splitlines()
    assert used[:2] == ["participant\tuse", "sub-00\tused"]
    capsys.readouterr()
    assert main([str(word) for word in ("group", home, "--permutations", 1, "-o", out)]) == 1
    assert "files of another analysis exist: ad_tfce.nii.gz, ad_p-tfce.nii.gz" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("kind", "option"),
    [
        (("--person", "sub-03"), ("--confound", "age")),
        (("--person", "sub-03"), ("--tfce",)),
        (("--person", "sub-03"), ("--permutations", "99")),
        (("--person", "sub-03"), ("--atlas", "aal.nii.gz")),
        (("--agreement", "diagnosis"), ("--model", "net")),
        (("--agreement", "diagnosis"), ("--method", "gradient")),
    ],
)
def test_options_without_effect_are_refused(
    kind: tuple[str, ...], option: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["group", str(tmp_path), *kind, *option, "-o", str(tmp_path / "out")]) == 2
    assert f"{option[0]}: has no effect with {kind[0]}; leave it out" in capsys.readouterr().err


def test_sessions_of_one_person_are_told_as_no_independent_scans(cohort_folder: Folder) -> None:
    from viewer.cohorts.group_result import Significance, repeated_scans_note
    from viewer.cohorts.participants import Participant

    assert group(cohort_folder(), permutations=0).notes == ()
    rows = [Participant("01", {}, "a"), Participant("01", {}, "b"), Participant("02", {}, "a")]
    note = "1 person has several sessions, which are tested as independent scans: p is not valid"
    assert repeated_scans_note(rows) == note
    assert str(Significance("FDR", "t", 1, 0.02, 4.0)).startswith("1 voxel has p ≤ 0.05 (FDR)")


def test_maps_of_an_earlier_network_or_parameters_are_not_mixed_with_the_others(
    cohort_folder: Folder,
) -> None:
    home = cohort_folder()
    for index, path in enumerate(sorted(home.rglob("*_relevance.json"))):
        entries = json.loads(path.read_text())
        entries["model"] = {"name": "net", "hash": "old" if index < 3 else "new"}
        path.write_text(json.dumps(entries))
    plan = json.loads((home / "cohort.json").read_text())
    plan["models"]["net"]["hash"] = "new"
    (home / "cohort.json").write_text(json.dumps(plan))
    told = r"holds 3 maps of an earlier network or parameters \(sub-00, sub-01, sub-02\)"
    with pytest.raises(ScanError, match=told):
        group(home, permutations=0)
    plan["models"]["net"].pop("hash")
    plan["methods"]["gradient"] = {"sign": "absolute"}
    (home / "cohort.json").write_text(json.dumps(plan))
    with pytest.raises(ScanError, match="holds 16 maps of an earlier network or parameters"):
        group(home, permutations=0)
