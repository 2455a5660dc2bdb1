from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from viewer.methods.explain import explain
from viewer.models.loading import load_model
from viewer.number_format import format_number
from viewer.scans.load import load_scan

Run = Callable[..., Any]
ON_CPU = ("--device", "cpu", "--threads", 1)


@pytest.fixture
def explain_arguments(scan_file: Path, model_file: Path) -> tuple[object, ...]:
    return ("explain", scan_file, "--model", model_file, "--method", "gradient", *ON_CPU)


def test_the_map_lies_on_the_scan_in_the_file_s_own_order(
    run: Run, explain_arguments: tuple[object, ...], scan_file: Path, model_file: Path, tmp_path: Path
) -> None:
    path = tmp_path / "out.nii.gz"
    answer = run(*explain_arguments, "--target", "patient", "-o", path)
    assert answer.status == 0, answer.err
    assert answer.out == f"{path}\n"
    written, scan = nib.load(path), nib.load(scan_file)
    assert written.shape == scan.shape
    np.testing.assert_array_equal(written.affine, scan.affine)
    assert nib.aff2axcodes(written.affine) == ("L", "A", "S")
    expected = explain(load_model(model_file), load_scan(scan_file), "gradient", target=1, device="cpu")
    canonical = nib.as_closest_canonical(written).get_fdata(dtype=np.float32)
    np.testing.assert_allclose(canonical, expected.data, rtol=1e-5, atol=1e-9)
    assert canonical.any()


def test_the_sidecar_says_how_it_was_made(
    run: Run, explain_arguments: tuple[object, ...], tmp_path: Path
) -> None:
    path = tmp_path / "out.nii"
    answer = run(
        *explain_arguments, "--set", "sign=absolute", "--target", "min", "--seed", 3, "--json", "-o", path
    )
    report = json.loads(answer.out)
    written = json.loads((tmp_path / "out.json").read_text())
    assert report["map"] == str(path)
    for entries in (report, written):
        assert entries["method"] == "gradient"
        assert entries["parameters"] == {"sign": "absolute", "channels": "sum"}
        assert entries["target"] in ("control", "patient")
        assert entries["seed"] == 3
        assert entries["device"] == "cpu, 1 thread"
        assert entries["scan"]["name"] == "sub-01_T1w"
        assert len(entries["model"]["hash"]) == len(entries["scan"]["hash"]) == 64
    assert nib.load(path).get_fdata().min() >= 0


def test_a_map_far_from_its_sum_says_so_beside_its_name(
    run: Run, explain_arguments: tuple[object, ...], tmp_path: Path
) -> None:
    words = ["lrp-alpha-beta" if word == "gradient" else word for word in explain_arguments]
    answer = run(*words, "--set", "conserve=no", "-o", tmp_path / "out.nii")
    assert answer.status == 0, answer.err
    residual = json.loads((tmp_path / "out.json").read_text())["residual"]
    assert residual["relative"] > 0.1
    assert f"(residual {residual['relative']:.0%}): " in answer.err


def test_what_epsilon_took_is_told_and_is_no_residual(
    run: Run, explain_arguments: tuple[object, ...], tmp_path: Path
) -> None:
    words = ["lrp-epsilon" if word == "gradient" else word for word in explain_arguments]
    answer = run(*words, "--set", "epsilon=1", "-o", tmp_path / "out.nii")
    assert answer.status == 0, answer.err
    report = json.loads((tmp_path / "out.json").read_text())
    residual = report["residual"]
    assert residual["relative"] < 1e-4
    share = residual["absorbed"]["stabiliser"] / (residual["expected"] + sum(residual["absorbed"].values()))
    assert share > 0.1
    assert f"ε absorbed {format_number(100 * share, 2)}% of the output's relevance" in answer.err
    assert any(f"ε absorbed {format_number(100 * share, 2)}%" in note for note in report["notes"])


def test_integrated_gradients_tell_their_residual(
    run: Run, scan_file: Path, model_file: Path, tmp_path: Path
) -> None:
    path = tmp_path / "out.nii.gz"
    words = ("explain", scan_file, "--model", model_file, "--method", "integrated-gradients", *ON_CPU)
    answer = run(*words, "--target", 1, "-o", path)
    assert answer.status == 0, answer.err
    residual = json.loads((tmp_path / "out.json").read_text())["residual"]
    assert residual["kind"] == "completeness"
    assert residual["relative"] < 0.01
    assert f"completeness residual {residual['relative']:.2%}" in answer.err


def test_the_network_s_own_grid(
    run: Run, explain_arguments: tuple[object, ...], scan_file: Path, tmp_path: Path
) -> None:
    path = tmp_path / "out.nii.gz"
    assert run(*explain_arguments, "--grid", "model", "-o", path).status == 0
    written, scan = nib.load(path), nib.load(scan_file)
    assert written.shape == (20, 20, 20)
    middles = [image.affine @ [*((np.array(image.shape) - 1) / 2), 1] for image in (written, scan)]
    np.testing.assert_allclose(middles[0], middles[1], atol=1e-4)
    codes = [(int(image.header["qform_code"]), int(image.header["sform_code"])) for image in (written, scan)]
    assert codes[0] == codes[1] == (1, 1)


def test_quiet_says_nothing_but_the_result(
    run: Run, explain_arguments: tuple[object, ...], tmp_path: Path
) -> None:
    answer = run(*explain_arguments, "--quiet", "-o", tmp_path / "out.nii.gz")
    assert (answer.status, answer.err) == (0, "")
    assert answer.out == f"{tmp_path / 'out.nii.gz'}\n"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--method", "gradiant"], "gradiant: no such method; did you mean gradient"),
        (["--set", "sign"], "--set sign: give PARAM=VALUE, such as steps=64"),
        (["--set", "sign=up"], "gradient, sign: no choice 'up'; choose signed, absolute"),
        (["--set", "steps=5"], "gradient: no parameter 'steps'; its parameters: sign"),
        (["--set", "sign=signed", "--set", "sign=signed"], "sign is set twice"),
        (["-o", "map.img"], "map.img: the name must end in .nii or .nii.gz"),
        (["-o", "nowhere/map.nii"], "nowhere/map.nii: there is no folder nowhere"),
        (
            ["--device", "gpu"],
            "argument --device: 'gpu' is not a device; choose auto, cpu, cuda, cuda:N or mps",
        ),
        (["--grid", "both"], "argument --grid: invalid choice: 'both'"),
        (["--threads", "0"], "argument --threads: 0 is out of range; choose 1 to 1024"),
    ],
)
def test_wrong_use_is_told_before_anything_is_read(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], line: str
) -> None:
    monkeypatch.chdir(tmp_path)
    usual = ["explain", "no.nii", "--model", "no.pt", "--method", "gradient", "-o", "map.nii.gz"]
    answer = run(*usual, *words)
    assert (answer.status, answer.out) == (2, "")
    assert line in answer.err
    assert answer.err.count("\n") == 1


def test_nothing_that_is_read_is_written_over(
    run: Run, scan_file: Path, model_file: Path, tmp_path: Path
) -> None:
    before = scan_file.read_bytes()
    link = tmp_path / "link.nii.gz"
    link.symlink_to(scan_file)
    for output in (scan_file, link):
        answer = run("explain", scan_file, "--model", model_file, "--method", "gradient", "-o", output)
        assert answer.status == 2
        assert "is an input of this command and would be overwritten" in answer.err
    assert scan_file.read_bytes() == before


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--target", "healthy"], "target healthy: the network has no such class; its outputs are 0 control"),
        (["--target", "2"], "target 2: the network has no such output"),
        (["--layer", "conv1"], "gradient: it has no use for the layer 'conv1'"),
        (["--device", "cuda:99"], "device cuda:99: "),
        (["--card", "no.card.json"], "no.card.json"),
    ],
)
def test_what_cannot_be_computed_is_one_line_and_no_file(
    run: Run, explain_arguments: tuple[object, ...], tmp_path: Path, words: list[str], line: str
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    answer = run(*explain_arguments, "-o", folder / "map.nii.gz", *words, "--quiet")
    assert (answer.status, answer.out) == (1, "")
    assert line in answer.err
    assert answer.err.count("\n") == 1
    assert list(folder.iterdir()) == []


def test_bad_input_is_one_line_each(run: Run, scan_file: Path, model_file: Path, tmp_path: Path) -> None:
    bad = {
        "text.nii.gz": b"not an image",
        "empty.nii.gz": b"",
        "cut.nii.gz": scan_file.read_bytes()[:200],
    }
    nib.save(nib.Nifti1Image(np.full((4, 4, 4), np.nan, np.float32), np.eye(4)), tmp_path / "nan.nii.gz")
    nib.save(nib.Nifti1Image(np.zeros((4, 4), np.float32), np.eye(4)), tmp_path / "flat.nii.gz")
    for name, content in bad.items():
        (tmp_path / name).write_bytes(content)
    for name in (*bad, "nan.nii.gz", "flat.nii.gz", "missing.nii.gz"):
        path = tmp_path / name
        words = ("explain", path, "--model", model_file, "--method", "gradient")
        answer = run(*words, "-o", tmp_path / "map.nii.gz", "--quiet")
        assert answer.status == 1, name
        assert str(path) in answer.err
        assert answer.err.count("\n") == 1
        assert not (tmp_path / "map.nii.gz").exists()


def test_weights_of_another_network_are_told(
    run: Run, scan_file: Path, model_file: Path, tmp_path: Path
) -> None:
    import torch
    from safetensors.torch import save_file

    other = tmp_path / "other.safetensors"
    save_file({"layer.weight": torch.zeros(3, 3)}, other)
    shutil.copy(model_file.with_name("small.card.json"), tmp_path / "other.card.json")
    words = ("explain", scan_file, "--model", other, "--method", "gradient", "-o", tmp_path / "map.nii.gz")
    answer = run(*words, "--quiet")
    assert answer.status == 1
    assert str(other) in answer.err
    assert answer.err.count("\n") == 1


def test_a_folder_that_may_not_be_written_to(
    run: Run, explain_arguments: tuple[object, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied", "map.nii.gz")

    monkeypatch.setattr("viewer.scans.save.atomic_write", refuse)
    answer = run(*explain_arguments, "-o", tmp_path / "map.nii.gz", "--quiet")
    assert answer.status == 1
    assert "Permission denied" in answer.err
    assert answer.err.count("\n") == 1


@pytest.mark.parametrize("name", ["sub-01_T1w.nii", "net.card.nii.gz"])
def test_a_json_that_was_not_named_is_refused_before_computing(
    run: Run,
    explain_arguments: tuple[object, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    described = tmp_path / f"{name.removesuffix('.gz').removesuffix('.nii')}.json"
    described.write_text('{"RepetitionTime": 2.0}')

    def explained(*_: object, **__: object) -> None:
        raise AssertionError("it was computed")

    monkeypatch.setattr("viewer.methods.explain.explain", explained)
    answer = run(*explain_arguments, "-o", tmp_path / name)
    assert answer.status == 1
    assert described.name in answer.err
    assert "choose another name for the map" in answer.err
    assert len(answer.err.strip().splitlines()) == 1
    assert described.read_text() == '{"RepetitionTime": 2.0}'
    assert not (tmp_path / name).exists()


@pytest.mark.slow
def test_a_scan_with_a_name_of_any_encoding(tmp_path: Path, scan_file: Path, model_file: Path) -> None:
    folder = os.fsencode(tmp_path)
    scan, out = folder + b"/M\xfcller.nii.gz", folder + b"/M\xfcller_map.nii.gz"
    shutil.copy(os.fsencode(scan_file), scan)
    made = subprocess.run(
        [
            sys.executable, "-m", "viewer", "explain", scan, "--model", model_file,
            "--method", "gradient", "--device", "cpu", "-o", out,
        ],
        capture_output=True, check=False, env=os.environ | {"PYTHONUTF8": "1"},
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    assert made.stdout == out + b"\n"
    written = json.loads(Path(os.fsdecode(folder + b"/M\xfcller_map.json")).read_bytes())
    assert os.fsencode(written["scan"]["path"]) == scan
    svg = out.replace(b".nii.gz", b".svg")
    figure = subprocess.run(
        [sys.executable, "-m", "viewer", "figure", scan, "--map", out, "--size", "96x80", "-o", svg],
        capture_output=True, check=False, env=os.environ | {"PYTHONUTF8": "1"},
    )  # fmt: skip
    assert figure.returncode == 0, figure.stderr


def test_a_class_whose_name_is_no_unicode_is_refused_at_the_card(
    run: Run, scan_file: Path, model_file: Path, tmp_path: Path
) -> None:
    card = json.loads(model_file.with_name("small.card.json").read_text())
    card["classes"] = ["control", "\ud800"]
    (tmp_path / "odd.card.json").write_text(json.dumps(card))
    answer = run(
        "explain", scan_file, "--model", model_file, "--card", tmp_path / "odd.card.json",
        "--method", "gradient", "-o", tmp_path / "out.nii",
    )  # fmt: skip
    assert answer.status == 1
    assert "odd.card.json: holds half of a surrogate pair; its strings must be Unicode" in answer.err


@pytest.mark.slow
def test_a_folder_of_scans_is_the_baseline(
    run: Run, scan_file: Path, model_file: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "healthy"
    folder.mkdir()
    image = nib.load(scan_file)
    for number in range(2):
        data = np.asarray(image.dataobj)[:, ::-1] + number
        nib.save(nib.Nifti1Image(data, image.affine), folder / f"sub-{number}.nii.gz")
    words = ("explain", scan_file, "--model", model_file, *ON_CPU, "-o", tmp_path / "out.nii.gz")
    for method, name in (("integrated-gradients", "baseline"), ("deeplift", "baseline"), ("lime", "fill")):
        quick = ("--set", "samples=20") if method == "lime" else ()
        answer = run(*words, "--method", method, "--set", f"{name}={folder}", *quick)
        assert answer.status == 0, answer.err
        assert f"{name}: 2 scans, sub-0, sub-1 (SHA-256 " in answer.err
        written = json.loads((tmp_path / "out.json").read_text())
        assert [entry["name"] for entry in written["references"]["scans"]] == ["sub-0", "sub-1"]
    (folder / "sub-1.nii.gz").write_bytes(b"damaged")
    answer = run(*words, "--method", "deeplift", "--set", f"baseline={folder}")
    assert answer.status != 0
    assert f"{folder / 'sub-1.nii.gz'}: " in answer.err
    answer = run(*words, "--method", "deeplift", "--set", "baseline=missing.nii.gz")
    assert answer.status == 2
    assert "deeplift, baseline: 'missing.nii.gz' is neither a choice nor a file; choose black" in answer.err


def test_occlusion_windows_may_differ_along_the_axes(
    run: Run, scan_file: Path, model_file: Path, tmp_path: Path
) -> None:
    words = ("explain", scan_file, "--model", model_file, "--method", "occlusion", *ON_CPU, "--json")
    out = ("-o", tmp_path / "map.nii.gz")
    cube = json.loads(run(*words, "--set", "window=8", "--set", "stride=8", *out).out)
    assert (cube["parameters"]["window"], cube["parameters"]["stride"]) == (8, 8)
    flat = json.loads(run(*words, "--set", "window=24,48,12 mm", "--set", "stride=12 mm", *out).out)
    assert flat["parameters"]["window"] == "24,48,12 mm"
    grid = load_model(model_file).prepare(load_scan(scan_file)).grid
    world = np.abs(grid.affine[:3, :3]).argmax(0)
    sizes = [
        min(round((24, 48, 12)[axis] / step), size)
        for axis, step, size in zip(world, grid.spacing, grid.shape, strict=True)
    ]
    assert any(f"windows of {'×'.join(map(str, sizes))} voxels" in note for note in flat["notes"])
    answer = run(*words, "--set", "window=8,9", *out)
    assert answer.status == 1
    assert "occlusion, window: 8,9 has 2 sizes; give 1 or 3: one for each axis" in answer.err
    assert run(*words, "--set", "window=wide", *out).status == 2
