"""Networks of an image and numbers: the relevance of every input, from a module and a .pt2."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
import pytest
import torch
from torch import nn

from viewer.checks.check_maps import check
from viewer.cli import main
from viewer.errors import MethodError, ModelError
from viewer.fit.predict import predict
from viewer.methods.explain import explain
from viewer.models.covariate import Covariate
from viewer.models.input_spec import InputSpec, IntensityScaling, IntensitySpec
from viewer.models.loading import load_model
from viewer.models.model import Model
from viewer.models.model_card import Card
from viewer.number_format import format_number
from viewer.scans.grid import Grid
from viewer.scans.load import load_map
from viewer.scans.multichannel_scan import make_multichannel_scan
from viewer.scans.scan import Scan

SHAPE = (6, 7, 8)
AGE = Covariate("age", "years", mean=60.0, sd=10.0, scaling="z-score")
CARD = Card(
    "atrophy",
    classes=("control", "patient"),
    input=InputSpec(SHAPE, intensity=IntensitySpec(IntensityScaling.MAXIMUM)),
    covariates=(AGE, Covariate("sex")),
)
VALUES = {"age": 71.0, "sex": 1.0}


class Atrophy(nn.Module):
    """An image's features and two numbers meet in dense layers, whose rectifiers make them interact."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first = nn.Conv3d(1, 4, 3, padding=1)
        self.head = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 2))

    def forward(self, x: torch.Tensor, numbers: torch.Tensor) -> torch.Tensor:
        features = torch.relu(self.first(x)).mean((2, 3, 4))
        return self.head(torch.cat([features, numbers], 1))  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def scan() -> Scan:
    data = np.random.default_rng(4).uniform(0.1, 1, SHAPE)
    return Scan(data / data.max(), Grid(SHAPE, np.diag([3.0, 3.0, 3.0, 1.0])), "head")


def numbers() -> torch.Tensor:
    return torch.tensor([[1.1, 1.0]])


def from_module(_: Path) -> Model:
    return Model.from_module(Atrophy(), (torch.zeros(1, 1, *SHAPE), torch.zeros(1, 2)), CARD)


def from_exported(folder: Path) -> Model:
    path = folder / "atrophy.pt2"
    example = (torch.zeros(2, 1, *SHAPE), torch.zeros(2, 2))
    batch = torch.export.Dim("batch")
    program = torch.export.export(
        Atrophy().eval(), example, strict=False, dynamic_shapes=({0: batch}, {0: batch})
    )
    torch.export.save(program, path)
    return load_model(path, card=CARD)


SOURCES = pytest.mark.parametrize("make", [from_module, from_exported])
Make = Callable[[Path], Model]


@SOURCES
def test_the_prediction_takes_all_inputs(make: Make, tmp_path: Path, scan: Scan) -> None:
    said = predict(make(tmp_path), scan, covariates=VALUES)
    with torch.no_grad():
        due = Atrophy().eval()(torch.from_numpy(scan.data.copy())[None, None], numbers())[0]
    np.testing.assert_allclose(said.logits, due, atol=1e-5)


@SOURCES
def test_gradients_are_those_of_autograd_for_each_input(make: Make, tmp_path: Path) -> None:
    model = make(tmp_path)
    draw = torch.Generator().manual_seed(1)
    x = torch.randn(3, 1, *SHAPE, generator=draw)
    given = torch.randn(3, 2, generator=draw)
    leaves = x.clone().requires_grad_(), given.clone().requires_grad_()
    by_image, by_number = torch.autograd.grad(Atrophy().eval()(*leaves)[:, 1].sum(), leaves)
    found = explain(model, (x, given), "gradient", target=1)
    np.testing.assert_allclose(found.data, by_image.numpy(), atol=1e-7)
    told = found.provenance.inputs["covariates"]
    np.testing.assert_allclose(told["age"]["sum"], by_number[:, 0], atol=1e-6)
    np.testing.assert_allclose(told["sex"]["sum"], by_number[:, 1], atol=1e-6)


@SOURCES
@pytest.mark.parametrize("method", ["integrated-gradients", "deeplift"])
def test_contributions_add_up_over_all_inputs_together(
    make: Make, tmp_path: Path, scan: Scan, method: str
) -> None:
    found = explain(make(tmp_path), scan, method, target=1, covariates=VALUES, baseline="zero")
    x = torch.from_numpy(scan.data.copy())[None, None]
    with torch.no_grad():
        network = Atrophy().eval()
        rise = float(network(x, numbers())[0, 1] - network(0 * x, 0 * numbers())[0, 1])
    told = found.provenance.inputs["covariates"]
    whole = float(found.data.sum(dtype=np.float64)) + told["age"]["sum"] + told["sex"]["sum"]
    assert whole == pytest.approx(rise, rel=1e-5 if method == "deeplift" else 0.01)
    assert found.residual is not None
    assert found.residual.found == pytest.approx(whole, rel=1e-5)
    assert told["age"]["value"] == 71.0
    assert 0 < told["age"]["share"] < 1
    image = found.provenance.inputs["image"]
    assert image["sum"] == pytest.approx(float(found.data.sum(dtype=np.float64)), rel=1e-4)
    assert image["share"] == pytest.approx(1 - told["age"]["share"] - told["sex"]["share"])


@pytest.mark.parametrize("method", ["lrp-0", "lrp-epsilon", "deep-taylor"])
def test_relevance_is_conserved_over_all_inputs_together(tmp_path: Path, scan: Scan, method: str) -> None:
    found = explain(from_module(tmp_path), scan, method, target=1, covariates=VALUES)
    assert found.residual is not None
    assert found.residual.relative < 1e-5
    told = found.provenance.inputs["covariates"].values()
    whole = float(found.data.sum(dtype=np.float64)) + sum(entry["sum"] for entry in told)
    assert whole == pytest.approx(found.residual.found, rel=1e-4)


def test_the_baseline_of_a_covariate_is_its_mean(tmp_path: Path, scan: Scan) -> None:
    found = explain(from_module(tmp_path), scan, "deeplift", target=1, covariates={"age": 60, "sex": 1})
    assert found.provenance.inputs["covariates"]["age"]["sum"] == 0


@SOURCES
def test_perturbations_hold_the_covariates_fixed(make: Make, tmp_path: Path, scan: Scan) -> None:
    found = explain(make(tmp_path), scan, "occlusion", target=1, covariates=VALUES)
    assert "the explanation is of the image only; held fixed: age 71, sex 1" in found.provenance.notes
    assert found.data.any()
    assert not found.provenance.inputs


@SOURCES
def test_a_missing_or_unknown_covariate_is_named(make: Make, tmp_path: Path, scan: Scan) -> None:
    model = make(tmp_path)
    with pytest.raises(
        ModelError, match=r"atrophy: needs a value for sex in addition to the image; give it with"
    ):
        predict(model, scan, covariates={"age": 71})
    with pytest.raises(ModelError, match="atrophy: has no covariate 'weight'; it takes age, sex"):
        predict(model, scan, covariates={**VALUES, "weight": 70})
    with pytest.raises(ModelError, match=r"needs a value for age \(years\), sex"):
        predict(model, scan)


def test_from_the_command_line(tmp_path: Path, scan: Scan, capsys: pytest.CaptureFixture[str]) -> None:
    from_exported(tmp_path)
    (tmp_path / "atrophy.card.json").write_text(json.dumps(CARD.as_json()))
    image = tmp_path / "head.nii.gz"
    nibabel.save(nibabel.Nifti1Image(scan.data, scan.affine), image)
    words = [str(image), "--model", str(tmp_path / "atrophy.pt2"), "--set-covariate", "age=71"]
    assert main(["predict", *words]) == 1
    assert "needs a value for sex in addition to the image" in capsys.readouterr().err
    words += ["--set-covariate", "sex=1"]
    assert main(["predict", *words, "--json"]) == 0
    with torch.no_grad():
        due = Atrophy().eval()(torch.from_numpy(scan.data.copy())[None, None], numbers())[0]
    np.testing.assert_allclose(json.loads(capsys.readouterr().out)["logits"], due, atol=1e-5)
    out = tmp_path / "map.nii.gz"
    assert main(["explain", *words, "--method", "deeplift", "-o", str(out)]) == 0
    assert "share of |relevance|: image " in capsys.readouterr().err
    told = json.loads((tmp_path / "map.json").read_text())
    given = (told["inputs"]["image"], *told["inputs"]["covariates"].values())
    assert sum(one["share"] for one in given) == pytest.approx(1)
    assert told["scan"]["covariates"] == VALUES
    assert told["inputs"]["covariates"]["age"]["unit"] == "years"
    assert main(["predict", *words, "--set-covariate", "age=old"]) == 2
    assert "--set-covariate age=old: 'old' is not a number" in capsys.readouterr().err


class TwoImages(nn.Module):
    """Two images as two arguments, and one number without an axis of columns."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(2)
        self.first = nn.Conv3d(2, 3, 3)
        self.head = nn.Linear(3, 2)

    def forward(self, age: torch.Tensor, t1: torch.Tensor, flair: torch.Tensor) -> torch.Tensor:
        features = self.first(torch.cat([t1, flair], 1)).tanh().mean((2, 3, 4))
        return self.head(features) * age[:, None]  # type: ignore[no-any-return]


def test_inputs_may_come_in_any_order_and_number() -> None:
    draw = torch.Generator().manual_seed(1)
    given = torch.rand(2, generator=draw), *torch.rand(2, 2, 1, *SHAPE, generator=draw).unbind()
    network = TwoImages().eval()
    model = Model.from_module(network, {"age": given[0], "t1": given[1], "flair": given[2]})
    leaves = [one.clone().requires_grad_() for one in given]
    slopes = torch.autograd.grad(network(*leaves)[:, 0].sum(), leaves)
    found = explain(model, given, "gradient", target=0)
    np.testing.assert_allclose(found.data, torch.cat(slopes[1:], 1).numpy(), atol=1e-7)
    np.testing.assert_allclose(found.provenance.inputs["covariates"]["age"]["sum"], slopes[0], atol=1e-6)


@SOURCES
def test_checks_hold_the_covariates_fixed(make: Make, tmp_path: Path, scan: Scan) -> None:
    person = make_multichannel_scan(scan, VALUES)
    checked = check(make(tmp_path), person, methods="lrp-epsilon", kinds=("conservation", "randomisation"))
    assert checked.context.x.shape == (1, 1, *SHAPE)
    with torch.no_grad():
        due = Atrophy().eval()(torch.from_numpy(scan.data.copy())[None, None], numbers())[0]
    assert float(checked.context.output.max()) == pytest.approx(float(due.max()), abs=1e-5)
    assert all(one.verdict != "open" for one in checked)


def test_a_reference_scan_has_the_mean_of_the_covariates(scan: Scan, tmp_path: Path) -> None:
    other = Scan(np.random.default_rng(5).uniform(0.1, 1, SHAPE), scan.grid, "healthy")
    model = from_module(tmp_path)
    images = [one.data / one.data.max() for one in (scan, other)]
    whole, healthy = (torch.from_numpy(data)[None, None] for data in images)
    with torch.no_grad():
        outputs = [Atrophy()(whole, numbers())[0, 1], Atrophy()(healthy, torch.zeros(1, 2))[0, 1]]
        held = [outputs[0], Atrophy()(healthy, numbers())[0, 1]]
    for method in ("integrated-gradients", "deeplift"):
        found = explain(model, scan, method, target=1, device="cpu", covariates=VALUES, baseline=[other] * 2)
        assert found.residual is not None
        assert found.residual.expected == pytest.approx(float(outputs[0] - outputs[1]), rel=1e-4)
        assert found.residual.relative < 0.01
    window = {"window": 8, "stride": 8, "fill": other}
    found = explain(model, scan, "occlusion", target=1, device="cpu", covariates=VALUES, **window)
    np.testing.assert_allclose(found.data, np.full(SHAPE, float(held[0] - held[1])), rtol=1e-3)


class ImagesAndAge(nn.Module):
    """Two images and an age, each of its own argument."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.first = nn.Conv3d(1, 2, 3)
        self.second = nn.Conv3d(1, 2, 3)
        self.head = nn.Linear(5, 2)

    def forward(self, t1: torch.Tensor, flair: torch.Tensor, age: torch.Tensor) -> torch.Tensor:
        parts = [layer(x).relu().mean((2, 3, 4)) for layer, x in ((self.first, t1), (self.second, flair))]
        return self.head(torch.cat([*parts, age[:, None]], 1))  # type: ignore[no-any-return]


def two_images() -> dict[str, torch.Tensor]:
    draw = torch.Generator().manual_seed(5)
    return {
        "flair": torch.rand(1, 1, *SHAPE, generator=draw),
        "t1": torch.rand(1, 1, *SHAPE, generator=draw),
        "age": torch.tensor([1.1]),
    }


def test_inputs_by_name_keep_the_order_of_the_network_s_arguments() -> None:
    given = two_images()
    model = Model.from_module(ImagesAndAge(), given)
    inputs = given["t1"], given["flair"], given["age"]
    leaves = [one.clone().requires_grad_() for one in inputs]
    by_t1, by_flair, by_age = torch.autograd.grad(ImagesAndAge().eval()(*leaves)[0, 1], leaves)
    found = explain(model, inputs, "gradient", target=1)
    np.testing.assert_allclose(found.data[:, 0], by_t1[:, 0].numpy(), atol=1e-7)
    np.testing.assert_allclose(found.data[:, 1], by_flair[:, 0].numpy(), atol=1e-7)
    np.testing.assert_allclose(found.provenance.inputs["covariates"]["age"]["sum"], by_age, atol=1e-7)


def test_unknown_and_missing_names_of_inputs_are_refused() -> None:
    given = two_images()
    with pytest.raises(ModelError, match=r"^ImagesAndAge: has no input 't2'; it takes t1, flair, age$"):
        Model.from_module(ImagesAndAge(), {**given, "t2": given["t1"]})
    del given["flair"]
    with pytest.raises(
        ModelError, match=r"^ImagesAndAge: lacks an example for 'flair'; it takes t1, flair, age$"
    ):
        Model.from_module(ImagesAndAge(), given)


def test_a_covariate_is_refused_beside_the_tensors_that_have_it() -> None:
    given = two_images()
    inputs = given["t1"], given["flair"], given["age"]
    model = Model.from_module(ImagesAndAge(), inputs)
    line = "^covariates: age is given by name and in the tensors; give each number once$"
    with pytest.raises(MethodError, match=line):
        explain(model, inputs, covariates={"age": 5.0})
    packed = torch.cat([*inputs[:2], torch.full((1, 1, *SHAPE), 1.1)], 1)
    with pytest.raises(MethodError, match=line):
        explain(model, packed, covariates={"age": 5.0})


def test_tensors_of_unequal_shapes_are_refused_in_one_line() -> None:
    given = two_images()
    inputs = given["t1"], given["flair"], given["age"]
    model = Model.from_module(ImagesAndAge(), inputs)
    with pytest.raises(MethodError, match=r"^input: has unequal shapes \(t1 1×1×6×7×8, flair 1×1×6×7×7"):
        explain(model, (inputs[0], inputs[1][..., :7], inputs[2]))
    with pytest.raises(MethodError, match=r"^input: 1×2 is given as 'age'; give \(N,\)$"):
        explain(model, (*inputs[:2], torch.ones(1, 2)))
    with pytest.raises(MethodError, match=r"^input: 1 tensor is given; the network takes 3$"):
        explain(model, inputs[:1])


def test_the_sum_is_told_with_the_terms_of_the_covariates(
    tmp_path: Path, scan: Scan, capsys: pytest.CaptureFixture[str]
) -> None:
    from_exported(tmp_path)
    (tmp_path / "atrophy.card.json").write_text(json.dumps(CARD.as_json()))
    image, out = tmp_path / "head.nii.gz", tmp_path / "map.nii.gz"
    nibabel.save(nibabel.Nifti1Image(scan.data, scan.affine), image)
    words = [str(image), "--model", str(tmp_path / "atrophy.pt2")]
    words += ["--set-covariate", "age=71", "--set-covariate", "sex=1"]
    assert main(["explain", *words, "--method", "deeplift", "--set", "baseline=zero", "-o", str(out)]) == 0
    told = json.loads((tmp_path / "map.json").read_text())
    own = float(nibabel.load(out).get_fdata().sum())
    sums = {name: entry["sum"] for name, entry in told["inputs"]["covariates"].items()}
    whole = own + sums["age"] + sums["sex"]
    assert abs(sums["age"]) > 0.01  # what the map alone does not sum to
    line = f"map {format_number(own, 4)} + age {format_number(sums['age'], 4)} + sex "
    line += f"{format_number(sums['sex'], 4)} = {format_number(whole, 4)}"
    assert line in capsys.readouterr().err
    assert line in told["notes"]
    found = load_map(out)
    assert found.provenance.sum_text == line
    report = check(load_model(tmp_path / "atrophy.pt2"), make_multichannel_scan(scan, VALUES), found,
                   kinds=("conservation",), target=told["target"])  # fmt: skip
    assert [one.sentence for one in report] == [f"Map{line[3:]}, as it should."]
    assert main(["info", str(out)]) == 0
    assert line in capsys.readouterr().out
