"""Nearest scans of a cohort: by the features that the last layer gets, as scikit-learn ranks them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import viewer
from tests.cohorts.cohort_files import write_head, write_table
from viewer.cli import main
from viewer.cohorts.derivatives import Derivatives
from viewer.cohorts.map_maker import MapMaker
from viewer.cohorts.nearest_scans import cosine_distances, nearest
from viewer.cohorts.participants import read_participants
from viewer.cohorts.plan import CohortPlan, label_models, plan_entries
from viewer.cohorts.scan_features import read_features
from viewer.errors import ScanError
from viewer.methods.registry import find_method
from viewer.models.last_layer_features import NoFeaturesError, last_layer_features

COUNT = 5


@pytest.fixture(scope="module")
def cohort_folder(tmp_path_factory: pytest.TempPathFactory, model_file: Path) -> Path:
    """A folder with the maps of five scans, and the scans in ``data`` beside it."""
    home = tmp_path_factory.mktemp("nearest")
    participants = read_participants(write_table(home / "data", COUNT))
    plan = CohortPlan(
        label_models([str(model_file)], [None]), (find_method("gradient").from_parameters({}),), "patient"
    )
    derivatives = Derivatives(home / "maps")
    derivatives.write_metadata(plan, plan_entries(plan, [viewer.load_model(model_file)], {}), participants)
    maker = MapMaker(plan, derivatives)
    outcomes = [one for row in participants.rows for one in maker.make_maps(row)]
    assert [one.error for one in outcomes] == [""] * COUNT
    return home / "maps"


@pytest.fixture
def maps(cohort_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(cohort_folder, tmp_path / "maps"))


def features_by_hook(model_file: Path, scan: Path) -> np.ndarray:
    """Return what the module ``head`` is called with."""
    model = viewer.load_model(model_file)
    module, seen = model.module(), []
    handle = module.head.register_forward_hook(lambda _, given, __: seen.append(given[0].detach().numpy()))
    module(model.prepare(viewer.load_scan(scan)).tensor)
    handle.remove()
    return seen[0][0]


def test_the_features_are_what_the_last_layer_is_called_with(cohort_folder: Path, model_file: Path) -> None:
    found = read_features(cohort_folder / "sub-02" / "anat" / "sub-02_desc-small_features.json")
    expected = features_by_hook(model_file, cohort_folder.parent / "data" / "02.nii.gz")
    assert found.layer == "head"
    assert found.model_hash == viewer.load_model(model_file).hash
    np.testing.assert_allclose(found.values, expected, rtol=1e-5, atol=1e-6)


def test_participants_and_files_are_ranked_as_by_scikit_learn(
    cohort_folder: Path, model_file: Path, tmp_path: Path
) -> None:
    neighbours = pytest.importorskip("sklearn.neighbors")
    scans = [cohort_folder.parent / "data" / f"{index + 1:02d}.nii.gz" for index in range(COUNT)]
    rows = np.array([features_by_hook(model_file, path) for path in scans])
    search = neighbours.NearestNeighbors(n_neighbors=COUNT, metric="cosine").fit(rows)

    def check(found: viewer.cohorts.nearest_scans.NearestScans, own: np.ndarray, left_out: str) -> None:
        distances, order = search.kneighbors(own[None])
        expected = [(f"sub-{n + 1:02d}", d) for d, n in zip(distances[0], order[0], strict=True)]
        expected = [pair for pair in expected if pair[0] != left_out]
        assert [one.participant.label for one in found.neighbours] == [name for name, _ in expected]
        np.testing.assert_allclose(
            [one.distance for one in found.neighbours], [d for _, d in expected], atol=1e-6
        )

    check(nearest("sub-03", cohort_folder), rows[2], "sub-03")
    other = write_head(tmp_path / "other.nii.gz", 99, spot=True)
    check(nearest(other, cohort_folder), features_by_hook(model_file, other), "")
    # The file of a participant is not a neighbour of itself.
    check(nearest(scans[1], cohort_folder), rows[1], "sub-02")


def test_distances_of_zeros_and_of_opposite_directions() -> None:
    rows = np.array([[1, 0], [0, 3], [-2, 0], [0, 0]], dtype=np.float32)
    assert cosine_distances(np.array([5, 0], dtype=np.float32), rows).tolist() == [0, 1, 2, 1]


def test_the_command_prints_the_nearest_with_their_maps(
    cohort_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["nearest", "sub-01", "--cohort", str(cohort_folder), "-n", "2", "--among", "group=patient"]
    assert main([*arguments, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["scan"], told["layer"], told["compared"]) == ("sub-01", "head", 2)
    assert {one["participant"] for one in told["nearest"]} == {"sub-02", "sub-04"}
    assert all(Path(one["map"]).is_file() for one in told["nearest"])
    assert main(arguments) == 0
    shown = capsys.readouterr()
    assert shown.out.splitlines()[0].split() == ["participant", "distance", "group", "age", "map"]
    assert "nearest to sub-01 of 2 scans, by the cosine of the inputs of head" in shown.err


def test_a_folder_without_features_says_what_to_do(maps: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in maps.rglob("*_features.json"):
        path.unlink()
    assert main(["nearest", "sub-01", "--cohort", str(maps)]) == 1
    assert "has no features of scans from small; run the cohort again" in capsys.readouterr().err


def test_a_run_over_maps_that_are_there_adds_their_features(
    maps: Path, cohort_folder: Path, model_file: Path
) -> None:
    files = sorted(maps.rglob("*_features.json"))
    before = [path.read_bytes() for path in files]
    for path in files:
        path.unlink()
    plan = CohortPlan(
        label_models([str(model_file)], [None]), (find_method("gradient").from_parameters({}),), "patient"
    )
    rows = read_participants(cohort_folder.parent / "data" / "participants.tsv").rows
    maker = MapMaker(plan, Derivatives(maps))
    assert not any(one.computed or one.error for row in rows for one in maker.make_maps(row))
    assert [path.read_bytes() for path in files] == before


@pytest.mark.parametrize(
    "content", ["[]", '{"model": "a", "scan": "b", "layer": "c", "features": [1, NaN]}', '{"features": 3}']
)
def test_a_damaged_file_of_features_is_told(maps: Path, content: str) -> None:
    path = maps / "sub-02" / "anat" / "sub-02_desc-small_features.json"
    path.write_text(content)
    with pytest.raises(ScanError, match=r"sub-02_desc-small_features\.json: holds no"):
        nearest("sub-01", maps)


def test_a_network_that_sees_the_whole_scan_at_once_has_no_features() -> None:
    import torch

    network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(27**3, 2))
    model = viewer.Model.from_module(network, torch.zeros(1, 1, 27, 27, 27))
    scan = viewer.load_scan("mni152")
    from viewer.models.preprocessing import PreparedInput

    prepared = PreparedInput(torch.zeros(1, 1, 27, 27, 27), scan.grid)
    with pytest.raises(NoFeaturesError, match="too many to compare"):
        last_layer_features(model, prepared)


def test_the_features_of_a_convolution_and_of_an_ensemble() -> None:
    import torch

    torch.manual_seed(0)
    first, second = torch.nn.Conv3d(1, 4, 3), torch.nn.Conv3d(1, 3, 3)

    class TwoHeads(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = first, second
            self.one, self.other = torch.nn.Conv3d(4, 2, 1), torch.nn.Linear(3, 2)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.one(self.first(x)).mean((2, 3, 4)) + self.other(self.second(x).mean((2, 3, 4)))

    x = torch.randn(1, 1, 5, 5, 5)
    model = viewer.Model.from_module(TwoHeads(), x)
    from viewer.models.preprocessing import PreparedInput

    found = last_layer_features(model, PreparedInput(x, viewer.Grid((5, 5, 5), np.eye(4))))
    expected = [one(x).mean((0, 2, 3, 4)) for one in (first, second)]
    assert found.layer == "one, other"
    np.testing.assert_allclose(found.values, torch.cat(expected).detach().numpy(), rtol=1e-5, atol=1e-6)


def test_the_command_takes_the_numbers_of_a_scan(
    maps: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given: dict[str, object] = {}

    def noted(*words: object, **options: object) -> object:
        given.update(options)
        raise ScanError("scan", "was only noted")

    monkeypatch.setattr("viewer.cohorts.nearest_scans.nearest", noted)
    assert main(["nearest", "sub-02", "--cohort", str(maps), "--set-covariate", "age=71"]) == 1
    assert given["covariates"] == {"age": 71.0}
