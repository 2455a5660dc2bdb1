"""A network of four images, like those for BraTS: from files to a map of each image and their sum."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
import torch
from torch import nn

from viewer.checks.check_maps import check
from viewer.checks.repeatability import noisy_input
from viewer.checks.report import make_report
from viewer.cli import main
from viewer.errors import ModelError, ScanError
from viewer.fit.predict import predict
from viewer.methods.explain import explain
from viewer.models.loading import load_model
from viewer.number_format import format_number
from viewer.scans.load import load_map, load_scan
from viewer.scans.multichannel_scan import MultichannelScan, make_multichannel_scan
from viewer.scans.origin import map_origin
from viewer.scene.figure import figure_metadata
from viewer.session.view import View

NAMES = ("T1", "T1c", "T2", "FLAIR")
SHAPE = (10, 11, 12)


class Tumour(nn.Module):
    """A small network of four images, whose order matters."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.first = nn.Conv3d(4, 6, 3, padding=1)
        self.head = nn.Linear(6, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(torch.relu(self.first(x)).mean((2, 3, 4)))  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The four images, the same in one file, and the network with its card."""
    folder = tmp_path_factory.mktemp("tumour")
    volumes = np.random.default_rng(5).uniform(1, 100, (4, *SHAPE)).astype(np.float32)
    affine = np.diag([2.0, 2.0, 2.0, 1.0])
    for name, volume in zip(NAMES, volumes, strict=True):
        nibabel.save(nibabel.Nifti1Image(volume, affine), folder / f"{name}.nii.gz")
    nibabel.save(nibabel.Nifti1Image(np.moveaxis(volumes, 0, -1), affine), folder / "four.nii.gz")
    network = Tumour().eval()
    program = torch.export.export(network, (torch.zeros(2, 4, *SHAPE),), strict=False)
    torch.export.save(program, folder / "tumour.pt2")
    card = {
        "name": "tumour",
        "classes": ["low", "high"],
        "input": {"placement": "field-of-view", "shape": SHAPE, "intensity": {"scaling": "maximum"}},
        "inputs": [{"name": name} for name in NAMES[:3]]
        + [{"name": "FLAIR", "intensity": {"scaling": "z-score"}}],
    }
    (folder / "tumour.card.json").write_text(json.dumps(card))
    return folder


def prepared(folder: Path) -> torch.Tensor:
    """What the network must be given, computed by hand."""
    images = [np.asarray(nibabel.load(folder / f"{name}.nii.gz").dataobj, np.float64) for name in NAMES]
    scaled = [image / image.max() for image in images[:3]]
    scaled.append((images[3] - images[3].mean()) / images[3].std())
    return torch.tensor(np.stack(scaled)[None], dtype=torch.float32)


def words(folder: Path, *names: str) -> list[str]:
    return [f"{name}={folder / name}.nii.gz" for name in names]


def test_each_image_goes_to_its_channel_with_its_own_intensities(folder: Path) -> None:
    model = load_model(folder / "tumour.pt2")
    shuffled = {name: folder / f"{name}.nii.gz" for name in ("FLAIR", "T2", "t1", "T1c")}
    shuffled["t1"] = folder / "T1.nii.gz"
    found = model.prepare(load_scan(shuffled))
    assert torch.allclose(found.tensor, prepared(folder), atol=1e-5)
    assert found.channels == NAMES


def test_four_files_and_one_file_of_four_volumes_are_the_same(folder: Path) -> None:
    model = load_model(folder / "tumour.pt2")
    one = predict(model, load_scan(folder / "four.nii.gz", channels=NAMES))
    four = predict(model, load_scan({name: folder / f"{name}.nii.gz" for name in NAMES}))
    assert one.logits == four.logits
    with torch.no_grad():
        np.testing.assert_allclose(four.logits, Tumour().eval()(prepared(folder))[0], atol=1e-5)


def test_every_image_has_its_map_and_they_sum_to_the_whole(folder: Path, tmp_path: Path) -> None:
    model = load_model(folder / "tumour.pt2")
    scan = load_scan({name: folder / f"{name}.nii.gz" for name in NAMES})
    found = explain(model, scan, "input-times-gradient", target="high")
    assert tuple(found.channels) == NAMES
    x = prepared(folder).requires_grad_()
    (slope,) = torch.autograd.grad(Tumour().eval()(x)[0, 1], x)
    oracle = (x * slope).detach().numpy()[0]
    for index, name in enumerate(NAMES):
        np.testing.assert_allclose(found.channels[name].data, oracle[index], atol=1e-6)
    np.testing.assert_allclose(found.data, oracle.sum(0), atol=1e-6)
    shares = {name: entry["share"] for name, entry in found.provenance.inputs["channels"].items()}
    sizes = np.abs(oracle).sum((1, 2, 3))
    np.testing.assert_allclose(list(shares.values()), sizes / sizes.sum(), rtol=1e-4)
    found.save(tmp_path / "map.nii.gz")
    again = load_map(tmp_path / "map_FLAIR.nii.gz")
    np.testing.assert_array_equal(again.data, found.channels["FLAIR"].data)
    told = json.loads((tmp_path / "map.json").read_text())["inputs"]["channels"]
    assert {name: entry["share"] for name, entry in told.items()} == shares


@pytest.mark.parametrize("as_one_file", [False, True])
def test_from_the_command_line(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], as_one_file: bool
) -> None:
    given = [str(folder / "four.nii.gz"), "--channels", ",".join(NAMES)] if as_one_file else []
    given = given or words(folder, "FLAIR", "T1", "T1c", "T2")
    model = ["--model", str(folder / "tumour.pt2")]
    assert main(["predict", *given, *model, "--json"]) == 0
    with torch.no_grad():
        logits = Tumour().eval()(prepared(folder))[0]
    np.testing.assert_allclose(json.loads(capsys.readouterr().out)["logits"], logits, atol=1e-5)
    out = tmp_path / "map.nii.gz"
    assert main(["explain", *given, *model, "--method", "deeplift", "-o", str(out)]) == 0
    answer = capsys.readouterr()
    names = [out.name, *(f"map_{name}.nii.gz" for name in NAMES)]
    assert {Path(line).name for line in answer.out.split()} == set(names)
    assert "share of |relevance|: T1 " in answer.err
    parts = [load_map(tmp_path / name).data for name in names[1:]]
    np.testing.assert_allclose(load_map(out).data, np.sum(parts, axis=0), atol=1e-6)


REFUSED: list[tuple[list[str], int, str]] = [
    (["T1"], 1, "tumour: takes 4 images (T1, T1c, T2, FLAIR), but one scan is one image"),
    (["T1", "T2"], 1, "tumour: lacks an image for T1c and FLAIR; it takes T1, T1c, T2 and FLAIR"),
]


@pytest.mark.parametrize(("names", "status", "line"), REFUSED)
def test_missing_images_are_named(
    folder: Path, capsys: pytest.CaptureFixture[str], names: list[str], status: int, line: str
) -> None:
    assert main(["predict", *words(folder, *names), "--model", str(folder / "tumour.pt2")]) == status
    answer = capsys.readouterr().err
    assert line in answer
    assert "Traceback" not in answer


def test_an_unknown_or_doubled_channel_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = ["--model", str(folder / "tumour.pt2")]
    given = words(folder, *NAMES)
    assert main(["predict", *given[:3], f"PET={folder / 'FLAIR'}.nii.gz", *model]) == 1
    assert "tumour: has no channel PET; it takes T1, T1c, T2 and FLAIR" in capsys.readouterr().err
    assert main(["predict", *given, given[0], *model]) == 2
    assert "the channel T1 is given twice" in capsys.readouterr().err
    assert main(["predict", *given[:1], str(folder / "T2.nii.gz"), *model]) == 2
    assert "name its channel of the model" in capsys.readouterr().err
    with pytest.raises(ScanError, match="holds 4 volumes, and 2 channels are named"):
        load_scan(folder / "four.nii.gz", channels=("T1", "T2"))


def test_an_image_on_another_grid_is_brought_by_its_affine(folder: Path) -> None:
    model = load_model(folder / "tumour.pt2")
    images = {name: load_scan(folder / f"{name}.nii.gz") for name in NAMES}
    flipped = np.asarray(nibabel.load(folder / "T2.nii.gz").dataobj)[::-1]
    affine = np.diag([-2.0, 2.0, 2.0, 1.0])
    affine[0, 3] = 2.0 * (SHAPE[0] - 1)
    padded = np.pad(flipped, ((0, 0), (0, 4), (0, 0)))
    nibabel.save(nibabel.Nifti1Image(padded, affine), folder / "moved.nii.gz")
    images["T2"] = load_scan(folder / "moved.nii.gz")
    scan = make_multichannel_scan(images)
    assert isinstance(scan, MultichannelScan)
    assert "T2 is on another grid than T1 and is mapped to it by its affine." in scan.notes
    assert torch.allclose(model.prepare(scan).tensor, prepared(folder), atol=1e-5)


def test_images_that_hardly_overlap_get_a_warning(folder: Path) -> None:
    model = load_model(folder / "tumour.pt2")
    images = {name: load_scan(folder / f"{name}.nii.gz") for name in NAMES}
    far: Any = nibabel.Nifti1Image(np.asarray(nibabel.load(folder / "T2.nii.gz").dataobj), np.eye(4))
    far.affine[:3, :3] = np.diag([2.0, 2.0, 2.0])
    far.affine[0, 3] = 16.0
    nibabel.save(far, folder / "far.nii.gz")
    images["T2"] = load_scan(folder / "far.nii.gz")
    fit = predict(model, make_multichannel_scan(images)).fit
    assert fit is not None
    view = next(one for one in fit.checks if one.name == "field of view")
    assert "T2 covers 20% of the field of view of T1" in view.sentence
    assert view.verdict == "unfit"  # the images of this test are smaller than a brain, too


def test_repeat_gives_one_scan_to_all(folder: Path, tmp_path: Path) -> None:
    entries = json.loads((folder / "tumour.card.json").read_text())
    card = tmp_path / "repeat.card.json"
    card.write_text(json.dumps(entries | {"repeat": True}))
    model = load_model(folder / "tumour.pt2", card=card)
    scan = load_scan(folder / "T1.nii.gz")
    x = model.prepare(scan).tensor
    assert torch.equal(x[:, 0], x[:, 1])
    assert not torch.allclose(x[:, 0], x[:, 3])  # its own intensities
    assert not explain(model, scan, "gradient").channels
    card.write_text(json.dumps(entries))
    with pytest.raises(ModelError, match="takes 4 images"):
        predict(load_model(folder / "tumour.pt2", card=card), scan)


def test_checks_take_all_images(folder: Path) -> None:
    model = load_model(folder / "tumour.pt2")
    scan = load_scan({name: folder / f"{name}.nii.gz" for name in NAMES})
    checked = check(model, scan, methods="input-times-gradient", kinds=("conservation", "repeatability"))
    assert checked.context.x.shape == (1, 4, *SHAPE)
    noise = noisy_input(checked.context, 0.05, 0) - checked.context.x
    assert all(bool(noise[0, channel].any()) for channel in range(4))
    assert {one.check for one in checked} == {"conservation", "repeatability"}
    page = make_report(checked.context, checked.explanations, checked.results, checked.notes)
    assert "Inputs: T1 T1, T1c T1c, T2 T2, FLAIR FLAIR" in page
    inputs = explain(model, scan, "input-times-gradient").provenance.inputs
    assert checked.explanations[0].inputs == inputs
    charts = [part for part in page.split("<svg")[1:] if ">T1c</text>" in part]
    assert len(charts) == 1
    for one in inputs["channels"].values():
        assert f">{format_number(100 * one['share'])}</text>" in charts[0]


def explained(folder: Path, out: Path, *more: str) -> list[str]:
    model = ["--model", str(folder / "tumour.pt2")]
    return ["explain", *words(folder, *NAMES), *model, *more, "-o", str(out)]


def test_files_that_the_user_did_not_name_are_not_replaced(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "map_FLAIR.nii.gz"
    nibabel.save(nibabel.Nifti1Image(np.ones(SHAPE, np.float32), np.eye(4)), own)
    before = own.read_bytes()
    line = "map_FLAIR.nii.gz: was not written with this map, and would be replaced; choose another name"
    # Even where the channel is written in other letters: the file has the name of the card's.
    given = [word.replace("FLAIR=", "flair=") for word in words(folder, *NAMES)]
    model = [
        "--model",
        str(folder / "tumour.pt2"),
        "--method",
        "gradient",
        "-o",
        str(tmp_path / "map.nii.gz"),
    ]
    for names in (given, words(folder, *NAMES)):
        assert main(["explain", *names, *model]) == 1
        assert line in capsys.readouterr().err
        assert own.read_bytes() == before
        assert sorted(path.name for path in tmp_path.iterdir()) == ["map_FLAIR.nii.gz"]
    whole = explain(
        load_model(folder / "tumour.pt2"),
        load_scan({name: folder / f"{name}.nii.gz" for name in NAMES}),
        "gradient",
    )
    with pytest.raises(ScanError, match="was not written with this map"):
        whole.save(tmp_path / "map.nii.gz")
    assert own.read_bytes() == before
    # The map of a single image under this name is the user's, too: it is not a part of another map.
    own.unlink()
    replace(whole, channels={}).save(own)
    before = own.read_bytes()
    assert main(["explain", *given, *model]) == 1
    assert own.read_bytes() == before


def test_maps_of_the_same_output_are_replaced(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "map.nii.gz"
    assert main(explained(folder, out, "--method", "gradient")) == 0
    assert main(explained(folder, out, "--method", "input-times-gradient")) == 0, capsys.readouterr().err
    assert json.loads((tmp_path / "map_T2.json").read_text())["method"] == "input-times-gradient"
    # A method that writes no map of an image leaves files of these names alone.
    for name in NAMES:
        (tmp_path / f"map_{name}.json").unlink()
    kept = (tmp_path / "map_T1.nii.gz").read_bytes()
    assert main(explained(folder, out, "--method", "grad-cam", "--layer", "first")) == 0
    assert (tmp_path / "map_T1.nii.gz").read_bytes() == kept


WORDS = [
    (
        "gradient",
        {},
        "the map is the sum over the network's 4 input channels",
        "which is the sum over T1, T1c",
    ),
    (
        "gradient",
        {"channels": "maximum"},
        "the map is, at each voxel, the steepest slope among the network's 4 input channels",
        "the slope of T1 where it is the steepest among T1, T1c, T2, FLAIR, and 0 elsewhere",
    ),
    ("occlusion", {"window": 24, "stride": 24}, "together, not a sum over them", ""),
    ("grad-cam", {}, "together, not a sum over them", ""),
]


@pytest.mark.parametrize(("method", "parameters", "whole", "part"), WORDS)
def test_notes_say_how_a_map_follows_from_the_channels(
    folder: Path, method: str, parameters: dict[str, object], whole: str, part: str
) -> None:
    scan = load_scan({name: folder / f"{name}.nii.gz" for name in NAMES})
    layer = "first" if method == "grad-cam" else None
    found = explain(load_model(folder / "tumour.pt2"), scan, method, target=1, layer=layer, **parameters)
    about = [note for note in found.provenance.notes if "input channels" in note]
    assert len(about) == 1
    assert whole in about[0]
    assert bool(found.channels) == bool(part)
    for one in found.channels.values():
        assert not any(note.startswith("the map is") for note in one.provenance.notes)
    if part:
        first = found.channels["T1"].provenance
        assert part in first.notes[0]
        assert first.channel == "T1"


def test_the_volumes_of_all_channels_are_named(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    volumes = "volumes 0 (T1), 1 (T1c), 2 (T2), 3 (FLAIR)"
    given = [str(folder / "four.nii.gz"), "--channels", ",".join(NAMES)]
    out = tmp_path / "map.nii.gz"
    model = ["--model", str(folder / "tumour.pt2"), "--target", "high"]
    assert main(["explain", *given, *model, "--method", "gradient", "-o", str(out)]) == 0
    assert f"Gradient, high, {volumes}: " in capsys.readouterr().err
    told = json.loads((tmp_path / "map.json").read_text())
    assert told["title"] == f"Gradient, high, {volumes}"
    assert "volume" not in told["scan"]
    assert [told["scan"]["channels"][name]["volume"] for name in NAMES] == [0, 1, 2, 3]
    scan = load_scan(folder / "four.nii.gz", channels=NAMES)
    described = json.loads(figure_metadata(scan, (), View())["Description"])["scan"]
    assert "volume" not in described
    assert [described["channels"][name]["volume"] for name in NAMES] == [0, 1, 2, 3]
    other = load_scan(dict.fromkeys(NAMES, folder / "T1.nii.gz"))
    origin = map_origin(load_map(out), other)
    # The first volume is the same image as the file T1.
    assert origin.other_scan_text == "of T1c=four, volume 1, T2=four, volume 2, FLAIR=four, volume 3"


BIDS = {
    "T1": "sub-01_T1w.nii.gz",
    "T1c": "sub-01_ce-gadolinium_T1w.nii.gz",
    "T2": "sub-01_T2w.nii.gz",
    "FLAIR": "sub-01_FLAIR.nii.gz",
}


@pytest.fixture
def person(folder: Path, tmp_path: Path) -> Path:
    """The four images in a person's folder of a BIDS dataset."""
    anat = tmp_path / "sub-01" / "anat"
    anat.mkdir(parents=True)
    for name, file in BIDS.items():
        shutil.copy(folder / f"{name}.nii.gz", anat / file)
    return tmp_path / "sub-01"


def test_the_images_of_a_bids_folder_are_found(
    folder: Path, person: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = ["--model", str(folder / "tumour.pt2")]
    with torch.no_grad():
        due = Tumour().eval()(prepared(folder))[0]
    for given in (person, person / "anat"):
        assert main(["predict", str(given), *model, "--json"]) == 0
        answer = capsys.readouterr()
        np.testing.assert_allclose(json.loads(answer.out)["logits"], due, atol=1e-5)
        listed = ", ".join(f"{name} {file}" for name, file in BIDS.items())
        assert f"T1: taken from {given}: {listed}." in answer.err
    loaded = load_scan(person, channels=NAMES)
    assert isinstance(loaded, MultichannelScan)
    again = make_multichannel_scan(loaded.images)
    assert again.notes == loaded.notes  # each once
    np.testing.assert_allclose(predict(load_model(folder / "tumour.pt2"), loaded).logits, due, atol=1e-5)


def test_a_bids_folder_that_leaves_a_choice_is_refused(
    folder: Path, person: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    anat = person / "anat"
    command = ["predict", str(person), "--model", str(folder / "tumour.pt2")]
    second = anat / "sub-01_run-2_T2w.nii.gz"
    shutil.copy(anat / BIDS["T2"], second)
    assert main(command) == 1
    line = "2 images could be T2 (…_T2w): sub-01_T2w.nii.gz, sub-01_run-2_T2w.nii.gz"
    assert f"{line}; name the file, as T2=FILE" in capsys.readouterr().err.replace(
        "sub-01_run-2_T2w.nii.gz, sub-01_T2w.nii.gz", "sub-01_T2w.nii.gz, sub-01_run-2_T2w.nii.gz"
    )
    second.unlink()
    (anat / BIDS["T1c"]).unlink()
    assert main(command) == 1
    assert "sub-01: has no image for T1c (ce-…_T1w): " in capsys.readouterr().err
    assert main(["slices", str(person), "-o", str(tmp_path / "a.png")]) == 1
    assert (
        "has 3 images (sub-01_FLAIR.nii.gz, sub-01_T1w.nii.gz, sub-01_T2w.nii.gz)" in capsys.readouterr().err
    )
    assert main(["predict", str(tmp_path), *command[2:]]) == 1
    assert f"is a dataset of 1 person; name the folder of one, such as {person}" in capsys.readouterr().err
    for number in (1, 2):
        shutil.copytree(anat, person / f"ses-{number}" / "anat")
    shutil.rmtree(anat)
    assert main(command) == 1
    assert "has 2 sessions (ses-1, ses-2); name the folder of one of them" in capsys.readouterr().err
    scan = load_scan(person / "ses-1", channels=("T1", "FLAIR"))
    assert isinstance(scan, MultichannelScan)
    assert [image.path for image in scan.images.values()] == [
        person / "ses-1" / "anat" / BIDS[name] for name in ("T1", "FLAIR")
    ]


def test_an_image_of_a_bids_folder_is_not_written_over(
    folder: Path, person: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image = person / "anat" / BIDS["T1"]
    before = image.read_bytes()
    words = [str(person), "--model", str(folder / "tumour.pt2"), "--method", "gradient", "-o", str(image)]
    assert main(["explain", *words]) == 2
    assert "is an input of this command and would be overwritten" in capsys.readouterr().err
    assert image.read_bytes() == before


def test_a_single_image_of_a_bids_folder_needs_no_name(person: Path) -> None:
    for name in ("T1c", "T2", "FLAIR"):
        (person / "anat" / BIDS[name]).unlink()
    scan = load_scan(person)
    assert scan.path == person / "anat" / BIDS["T1"]
    assert scan.notes == (f"taken from {person}: {BIDS['T1']}.",)
