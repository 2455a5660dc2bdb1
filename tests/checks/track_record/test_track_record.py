"""The track record: its scores against maps of known worth, intervals, ranks, and continued runs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from viewer.checks.track_record.estimate_text import format_estimate
from viewer.checks.track_record.make_record import (
    OWN,
    make_track_record,
    recorded_methods,
    track_record,
    user_network_plan,
)
from viewer.checks.track_record.markdown_table import to_markdown
from viewer.checks.track_record.plan import SLOW_METHODS, TrackRecordPlan, order_methods
from viewer.checks.track_record.record_form import is_valid_record
from viewer.checks.track_record.records_file import RecordsFile
from viewer.checks.track_record.scoring import score_method, scored_values
from viewer.checks.track_record.shipped import describe_record, explain_record
from viewer.checks.track_record.source_network import SourceNetwork, exchange_source
from viewer.checks.track_record.table import bootstrap_estimate, make_table
from viewer.checks.track_record.train_networks import NetworkTrainer, UserNetworkTrainer, simulate_task
from viewer.errors import Cancelled, MethodError, ModelError, ViewerError
from viewer.methods.base import Family
from viewer.methods.registry import find_method, list_methods
from viewer.models.input_spec import InputSpec
from viewer.models.loading import load_model
from viewer.models.model import Model
from viewer.models.model_card import Card
from viewer.models.training.known_sources import TASKS, Quantity, SourceSample
from viewer.models.training.train_source import SourceScore, SourceTrainingOptions
from viewer.progress import Progress

SMALL = TrackRecordPlan(
    tasks=("mean",),
    kinds=("plain",),
    seeds=2,
    fitting=16,
    validation=8,
    scans=1,
    slow_scans=1,
    training=SourceTrainingOptions(steps=2, batch_size=2, validation_interval=1),
    least_auc=0.0,
    least_reliance=0.0,
)
"""Networks that learn nothing in two steps, and whose maps count all the same."""


class Corner(torch.nn.Module):
    """The mean of the first 2³ voxels against that of all others, and the other way round."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        own = x[:, :, :2, :2, :2].mean((1, 2, 3, 4))
        return torch.stack([own, -own], 1)


def corner_network(name: str, label: int = 0) -> tuple[SourceNetwork, SourceSample]:
    brain = np.full((4, 4, 4), 0.5, dtype=np.float32)
    source = np.zeros(brain.shape, dtype=bool)
    source[:2, :2, :2] = True
    model = Model.from_module(Corner(), torch.zeros(1, 1, 4, 4, 4), Card("corner", classes=("a", "b")))

    def make_inputs(brains):  # type: ignore[no-untyped-def]
        return torch.from_numpy(np.stack(brains))[:, None]

    network = SourceNetwork(
        name, TASKS[0], model, SourceScore(1.0, 1.0, 1), make_inputs, lambda values: values[0, 0]
    )
    return network, SourceSample(brain, label, source, True)


def test_a_network_of_one_corner_has_its_whole_gradient_there() -> None:
    first, sample = corner_network("mean/own/0")
    second, _ = corner_network("mean/own/1")
    gradient = find_method("gradient")()
    methods = {first.name: gradient, second.name: gradient}
    found = score_method(methods, [first, second], [sample], Family.FUNCTION, 0, Progress())
    assert [row["network"] for row in found["rows"]] == [first.name, second.name]
    for row in found["rows"]:
        assert (row["mass"], row["AUC"], row["pointing"], row["chance"]) == (1, 1, 1, 8 / 64)
    assert found["agreement"] == [{"networks": [first.name, second.name], "sample": 0, "r": 1.0}]


def test_a_brain_that_the_network_takes_for_another_does_not_count() -> None:
    network, sample = corner_network("mean/own/0", label=1)
    method = find_method("gradient")()
    found = score_method({network.name: method}, [network], [sample], Family.FUNCTION, 0, Progress())
    assert found["rows"] == []


def test_of_contributions_what_is_below_zero_does_not_count() -> None:
    values = np.array([-2.0, 1.0])
    assert scored_values(values, Family.ATTRIBUTION).tolist() == [0, 1]
    assert scored_values(values, Family.FUNCTION).tolist() == [2, 1]


def test_sources_are_exchanged_with_the_brain_before() -> None:
    brains = [np.full((2, 1, 1), value, dtype=np.float32) for value in (1, 2, 3)]
    source = np.array([True, False]).reshape(2, 1, 1)
    assert [one.ravel().tolist() for one in exchange_source(brains, source)] == [[1, 3], [2, 1], [3, 2]]


def by_brain(*groups: list[float]) -> dict[str, dict[int, float]]:
    return {f"mean/x/{place}": dict(enumerate(values)) for place, values in enumerate(groups)}


def test_an_interval_is_as_wide_as_networks_and_brains_differ() -> None:
    same = bootstrap_estimate(by_brain([0.4, 0.4], [0.4, 0.4]))
    assert (same.mean, same.low, same.high) == (pytest.approx(0.4),) * 3
    draw = np.random.default_rng(0)
    # The standard error of a mean of n normal values is 1/√n: of networks, ...
    networks = bootstrap_estimate(by_brain(*([value] for value in draw.normal(0, 1, 100))))
    assert (networks.high - networks.low) / 2 == pytest.approx(1.96 / 10, rel=0.15)
    # ... and of brains that all networks share.
    values = list(draw.normal(0, 1, 100))
    brains = bootstrap_estimate(by_brain(values, values, values))
    assert (brains.high - brains.low) / 2 == pytest.approx(1.96 / 10, rel=0.15)
    uneven = {"mean/x/0": {0: 0.1, 1: 0.2}, "mean/x/1": {3: 0.3}}
    assert bootstrap_estimate(uneven).mean == pytest.approx((0.15 + 0.3) / 2)
    assert bootstrap_estimate(uneven) == bootstrap_estimate(uneven)


def test_one_map_has_no_interval() -> None:
    found = bootstrap_estimate(by_brain([0.4]))
    assert found.as_json() == [pytest.approx(0.4), None, None]
    assert str(found) == format_estimate(found.as_json()) == "0.40"
    assert bootstrap_estimate(by_brain([0.4, 0.5])).low is not None
    assert bootstrap_estimate(by_brain([0.4], [0.5])).low is not None


def test_an_interval_of_few_networks_and_brains_is_too_narrow_as_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("viewer.checks.track_record.table.REPEATS", 200)

    def coverage(networks: int, brains: int) -> float:
        draw, held, times = np.random.default_rng(1), 0, 300
        for _ in range(times):
            shared = draw.normal(size=brains)
            values = (draw.normal() + shared + draw.normal(0, 0.5, brains) for _ in range(networks))
            found = bootstrap_estimate(by_brain(*(list(one) for one in values)))
            assert found.low is not None
            assert found.high is not None
            held += found.low <= 0 <= found.high
        return held / times

    assert coverage(2, 3) == pytest.approx(0.75, abs=0.07)
    assert coverage(10, 10) > 0.88


def row(network: str, mass: float) -> dict[str, Any]:
    return {"network": network, "sample": 0, "mass": mass, "AUC": 0.5, "pointing": 1.0, "chance": 0.02}


def records_of(*, learned: bool = True) -> dict[str, Any]:
    """Return records of two kinds; method c explains the second kind alone, d is not finished."""

    def maps(first: float, second: float) -> dict[str, Any]:
        rows = [row("mean/x/0", first), row("mean/x/1", second)]
        agreement = [{"networks": ["mean/x/0", "mean/x/1"], "sample": 0, "r": 0.25}]
        return {"rows": rows, "agreement": agreement, "seconds": 1.0}

    other = {"rows": [row("mean/y/0", 0.3)], "agreement": [], "seconds": 1.0}
    return {
        "network/mean/x/0": {"auc": 0.9, "reliance": 0.9, "steps": 1, "learned": True},
        "network/mean/x/1": {"auc": 0.6, "reliance": 0.9, "steps": 1, "learned": learned},
        "network/mean/y/0": {"auc": 0.9, "reliance": None, "steps": 1, "learned": True},
        "maps/mean/x/a": maps(0.2, 0.4),
        "maps/mean/y/a": other,
        "maps/mean/x/b": maps(0.6, 0.8),
        "maps/mean/y/b": other,
        "maps/mean/x/c": {"cannot": "c: has no layer"},
        "maps/mean/y/c": {"rows": [row("mean/y/0", 0.9)], "agreement": [], "seconds": 1.0},
        "maps/mean/x/d": maps(1, 1),
    }


PLAN = {"tasks": ["mean"], "kinds": ["x", "y"]}


def test_the_table_ranks_those_that_explain_every_network_and_leaves_out_what_is_unfinished() -> None:
    table = make_table(records_of(), PLAN)
    assert list(table["methods"]) == ["c", "b", "a"]
    assert [one["rank"] for one in table["methods"].values()] == [None, 1, 2]
    assert table["methods"]["b"]["all"]["mass"][0] == pytest.approx((0.6 + 0.8 + 0.3) / 3, abs=1e-4)
    assert table["methods"]["b"]["x"]["agreement"][0] == 0.25
    assert table["cannot"] == {"c": {"x": "c: has no layer"}}
    assert table["unfinished"] == ["d"]
    assert table["rests_on"]["networks"] == 3
    assert json.loads(json.dumps(table)) == table


def test_records_of_other_tasks_do_not_count() -> None:
    other = {
        "network/volume/x/0": {"auc": 0.9, "reliance": 0.9, "steps": 1, "learned": True},
        "maps/volume/x/a": {"rows": [row("volume/x/0", 0.9)], "agreement": [], "seconds": 1.0},
    }
    assert make_table(records_of() | other, PLAN) == make_table(records_of(), PLAN)


def test_rows_of_a_network_that_has_not_learned_do_not_count() -> None:
    table = make_table(records_of(learned=False), PLAN)
    assert table["methods"]["b"]["x"]["mass"][0] == pytest.approx(0.6)
    assert table["methods"]["b"]["x"]["agreement"] is None
    assert table["rests_on"]["networks"] == 2
    assert table["rests_on"]["networks_trained"] == 3
    assert "| mean/x/1 | 0.600 | 0.90 | no |" in to_markdown(table)


def test_a_line_says_score_interval_and_rank() -> None:
    table = make_table(records_of(), PLAN)
    line = describe_record("b", table)
    mean, low, high = table["methods"]["b"]["all"]["mass"]
    assert line == f"On known sources: {mean:.2f} [{low:.2f}, {high:.2f}], rank 1 of 2"
    assert describe_record("c", table) == "On known sources: 0.90, only on y networks"
    assert describe_record("fgsm", table) == ""
    assert "simulated" in explain_record("b", table)
    assert f"| `b` | 1 | {mean:.2f}" in to_markdown(table)


def test_records_are_taken_up_again_and_a_line_that_was_cut_off_is_not(tmp_path: Path) -> None:
    path = tmp_path / "some.jsonl"
    kept = RecordsFile(path, {"seed": 0})
    kept.add("a", {"value": 1})
    kept.add("b", {"value": 2})
    path.write_text(path.read_text()[:-5])
    again = RecordsFile(path, {"seed": 0})
    assert set(again.records) == {"a"}
    again.add("b", {"value": 3})
    assert RecordsFile(path, {"seed": 0}).records["b"]["value"] == 3
    with pytest.raises(ViewerError, match="other settings"):
        RecordsFile(path, {"seed": 1})
    (tmp_path / "text").write_text("something else")
    with pytest.raises(ViewerError, match="holds no records"):
        RecordsFile(tmp_path / "text", {})


DAMAGED = (
    {"key": "network/mean/own/0"},
    {"key": "network/mean/own/0", "auc": "x", "reliance": None, "steps": 1, "learned": True, "weights": ""},
    {"key": "network/mean/own/0", "auc": 2.0, "reliance": None, "steps": 1, "learned": True, "weights": ""},
    {"key": "maps/mean/own/gradient"},
    {"key": "maps/mean/own/gradient", "cannot": 3},
    {"key": "maps/mean/own/gradient", "rows": [3], "agreement": [], "seconds": 1},
    {"key": "maps/a/b/c", "rows": [row("a/b/c", 0.5) | {"sample": 10**9}], "agreement": [], "seconds": 1},
    {"key": "maps/mean/own/gradient", "rows": [row("a/b/c", -3)], "agreement": [], "seconds": 1},
    {"key": "maps/mean/own/gradient", "rows": [], "agreement": [{"networks": "ab"}], "seconds": 1},
    {"key": "maps/gradient", "cannot": "none"},
    {"key": "other/mean/own/gradient", "cannot": "none"},
)  # fmt: skip


@pytest.mark.parametrize("entry", DAMAGED, ids=range(len(DAMAGED)))
def test_a_line_that_is_no_record_is_named(tmp_path: Path, entry: dict[str, Any]) -> None:
    path = tmp_path / "some.jsonl"
    path.write_text(json.dumps({"about": {}}) + "\n" + json.dumps(entry) + "\n")
    with pytest.raises(ViewerError, match="line 2: is not a record; remove it, and it is computed again"):
        RecordsFile(path, {}, is_valid_record)


def test_every_record_that_is_made_has_the_form() -> None:
    for key, entry in records_of().items():
        whole = {"weights": "", **entry} if key.startswith("network/") else entry
        assert is_valid_record(key, whole), key


def test_a_file_that_cannot_be_written_is_told_before_anything_is_computed(tmp_path: Path) -> None:
    with pytest.raises(ViewerError, match="cannot be written"):
        RecordsFile(tmp_path / "none" / "some.jsonl", {})


def test_records_of_another_card_are_not_taken_for_those_of_this_one(tmp_path: Path) -> None:
    first, path = own_model(), tmp_path / "some.jsonl"
    other = Model(first.module(), replace(first.card, input=InputSpec((10, 14, 12), axes="SAL")), first.hash)
    track_record(first, [], networks=1, brains=1, records=path)
    with pytest.raises(ViewerError, match="other settings"):
        track_record(other, [], networks=1, brains=1, records=path)


def test_slow_methods_come_last_and_all_but_those_of_a_second_network_take_part() -> None:
    names = list(recorded_methods())
    assert set(list_methods()) - set(names) == {"generated-difference"}
    ordered = order_methods(names)
    assert sorted(ordered) == sorted(names)
    assert set(ordered[-len(SLOW_METHODS) :]) == set(SLOW_METHODS)


@pytest.mark.slow
def test_a_run_that_was_cut_off_is_continued_with_the_same_numbers(tmp_path: Path) -> None:
    methods = ["gradient", "pattern-net", "attention"]
    whole = RecordsFile(None, SMALL.as_json())
    table = make_track_record(SMALL, whole, NetworkTrainer(SMALL), methods, Progress())
    path = tmp_path / "some.jsonl"
    asked = 0

    def cancelled() -> bool:
        nonlocal asked
        asked += 1
        return path.exists() and "maps/" in path.read_text()

    with pytest.raises(Cancelled):
        make_track_record(
            SMALL,
            RecordsFile(path, SMALL.as_json()),
            NetworkTrainer(SMALL, tmp_path / "networks"),
            methods,
            Progress(cancelled=cancelled),
        )
    half = RecordsFile(path, SMALL.as_json())
    assert 0 < len([key for key in half.records if key.startswith("maps/")]) < 3
    again = make_track_record(SMALL, half, NetworkTrainer(SMALL, tmp_path / "networks"), methods, Progress())
    for found in (table, again):
        for entry in found["methods"].values():
            entry.pop("seconds")
    assert again == table
    assert table["cannot"]["attention"]["plain"].startswith("attention: the network has no attention")
    assert table["methods"]["gradient"]["all"]["maps"] >= 1


def own_model(classes: int = 2) -> Model:
    network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(12 * 14 * 10, classes))
    card = Card("own", classes=("a", "b", "c")[:classes], input=InputSpec((10, 14, 12), axes="SAR"))
    return Model.from_module(network, torch.zeros(1, 1, 10, 14, 12), card)


@pytest.mark.slow
@pytest.mark.parametrize("classes", [1, 2])
def test_a_network_of_one_s_own_is_trained_on_its_own_grid_and_not_changed(classes: int) -> None:
    model = own_model(classes)
    before = model.logits(torch.ones(1, 1, 10, 14, 12))
    plan = replace(
        user_network_plan(seeds=1, scans=2), fitting=24, validation=16, least_auc=0.0, least_reliance=0.0
    )
    trainer = UserNetworkTrainer(model, plan)
    table = make_track_record(plan, RecordsFile(None, {}), trainer, ["gradient"], Progress())
    assert table["networks"][f"mean/{OWN}/0"]["auc"] > 0.6
    assert 1 <= table["methods"]["gradient"]["all"]["maps"] <= 2
    # Map and source have the same axes.
    brain = trainer.simulator.simulate_brain(np.random.default_rng(0))
    np.testing.assert_allclose(trainer.to_volume(trainer.make_inputs([brain]).numpy()), brain, atol=1e-4)
    assert torch.equal(model.logits(torch.ones(1, 1, 10, 14, 12)), before)


@pytest.mark.parametrize(
    ("outputs", "ending"), [(2, torch.nn.Softmax(1)), (2, torch.nn.LogSoftmax(1)), (1, torch.nn.Sigmoid())]
)
def test_a_network_that_ends_in_probabilities_is_trained_as_well_as_its_logits(
    outputs: int, ending: torch.nn.Module
) -> None:
    plan = user_network_plan(seeds=1, scans=2)
    task = next(one for one in TASKS if one.quantity is Quantity.MEAN)
    weights = []
    for last in (torch.nn.Identity(), ending):
        torch.manual_seed(0)
        layers = (torch.nn.Flatten(), torch.nn.Linear(12 * 14 * 10, outputs), last)
        card = Card("own", classes=("a", "b"), input=InputSpec((10, 14, 12), axes="SAR"))
        model = Model.from_module(torch.nn.Sequential(*layers), torch.zeros(1, 1, 10, 14, 12), card)
        trainer = UserNetworkTrainer(model, plan)
        data = simulate_task(trainer.simulator, task, plan, Progress())
        made = trainer.train(task, OWN, 0, data, RecordsFile(None, {}), Progress())
        before = model.module().state_dict()["1.weight"]
        (after,) = (value for name, value in made.model.module().state_dict().items() if "1.weight" in name)
        weights.append(after - before)
    assert weights[0].abs().max() > 0
    torch.testing.assert_close(weights[1], weights[0], rtol=1e-2, atol=1e-5)


def exported_model(tmp_path: Path) -> Model:
    """A network in an exported program, whose card scales every scan by itself."""
    shape = (10, 14, 12)
    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(10 * 14 * 12, 2)).eval()
    torch.export.save(torch.export.export(network, (torch.zeros(1, 1, *shape),)), tmp_path / "own.pt2")
    card = {
        "name": "own",
        "classes": ["a", "b"],
        "input": {
            "placement": "field-of-view", "shape": shape, "axes": "SAR",
            "intensity": {"scaling": "z-score", "over": "nonzero"},
        },
    }  # fmt: skip
    (tmp_path / "own.card.json").write_text(json.dumps(card))
    return load_model(tmp_path / "own.pt2")


def test_an_exported_program_is_trained_on_scans_that_are_scaled_by_themselves(tmp_path: Path) -> None:
    model = exported_model(tmp_path)
    before = model.logits(torch.ones(1, 1, 10, 14, 12))
    plan = replace(
        user_network_plan(seeds=1, scans=4), fitting=64, validation=32, least_auc=0.0, least_reliance=0.0
    )
    table = make_track_record(
        plan, RecordsFile(None, {}), UserNetworkTrainer(model, plan), ["gradient"], Progress()
    )
    assert table["networks"][f"mean/{OWN}/0"]["auc"] > 0.6
    assert 1 <= table["methods"]["gradient"]["all"]["maps"] <= 4
    assert torch.equal(model.logits(torch.ones(1, 1, 10, 14, 12)), before)


def test_what_cannot_be_trained_for_two_classes_says_why() -> None:
    with pytest.raises(ModelError, match="has 3 outputs"):
        UserNetworkTrainer(own_model(3), SMALL)
    bare = Model.from_module(Corner(), torch.zeros(1, 1, 4, 4, 4))
    with pytest.raises(ModelError, match="does not take one image"):
        UserNetworkTrainer(bare, SMALL)


def test_records_of_other_weights_are_not_continued(tmp_path: Path) -> None:
    records = RecordsFile(None, {})
    other = {"auc": 0.9, "reliance": 0.9, "steps": 1, "learned": True, "weights": "of another machine"}
    records.add("network/mean/plain/0", other)
    trainer = NetworkTrainer(replace(SMALL, seeds=1), tmp_path)
    with pytest.raises(ModelError, match="mean/plain/0: was trained again, to other weights"):
        make_track_record(replace(SMALL, seeds=1), records, trainer, ["gradient"], Progress())
    assert not list(tmp_path.iterdir())


class NoGradient(torch.nn.Module):
    """Two outputs of a layer that is kept from autograd."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(12 * 14 * 10, 2)

    @torch.no_grad()
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.layer(x.flatten(1))
        return found


def trainer_of(network: torch.nn.Module) -> UserNetworkTrainer:
    card = Card("own", classes=("a", "b"), input=InputSpec((10, 14, 12), axes="SAR"))
    return UserNetworkTrainer(Model.from_module(network, torch.zeros(1, 1, 10, 14, 12), card), SMALL)


def test_what_does_not_answer_once_for_a_scan_is_refused_before_brains_are_simulated() -> None:
    with pytest.raises(ModelError, match="has an output for every voxel"):
        _ = trainer_of(torch.nn.Conv3d(1, 2, 3)).simulator
    with pytest.raises(ModelError, match="takes slices"):
        _ = UserNetworkTrainer(load_model("lesions-square-2d"), SMALL).simulator
    with pytest.raises(ModelError, match="cannot be trained"):
        trainer_of(NoGradient()).build_network(OWN, 0)


def test_one_output_for_two_classes_becomes_two_logits() -> None:
    network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(12 * 14 * 10, 1))
    x = torch.randn(3, 1, 10, 14, 12)
    made = trainer_of(network).build_network(OWN, 0)(x)
    torch.testing.assert_close(made[:, 1:] - made[:, :1], network(x))


def test_a_method_that_is_not_there_is_named() -> None:
    with pytest.raises(MethodError, match="no such method"):
        track_record(own_model(), ["no-such"])
    with pytest.raises(ViewerError, match="no such task"):
        track_record(own_model(), ["gradient"], tasks=("size",))
