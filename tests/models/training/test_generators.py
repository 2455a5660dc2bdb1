"""Generators: they begin alike, learn to keep and to turn, and are kept in a checked file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from viewer.errors import Cancelled, MethodError, ModelError
from viewer.methods.adversarial.generator_difference import GeneratedDifference
from viewer.methods.base import ExplanationRequest, Target
from viewer.models.model import Model
from viewer.models.model_card import Card
from viewer.models.output_kind import OutputKind
from viewer.models.training.brain_simulator import BrainSimulator
from viewer.models.training.generator_curriculum import check_exclusive_classes
from viewer.models.training.generator_data import SimulatedScanSampler, plant_lesions
from viewer.models.training.generator_files import GENERATORS_SUFFIX, PairCard, load_pair, save_pair
from viewer.models.training.generator_network import GeneratorPair
from viewer.models.training.generators import (
    GeneratorScore,
    GeneratorStage,
    LossWeights,
    TrainedPair,
    class_margin,
    evaluate_generators,
    generator_loss,
    train_generators,
)
from viewer.progress import Progress, ProgressStep
from viewer.scans.grid import Grid

SHAPE = (1, 14, 12, 13)


class Bright(nn.Module):
    """Says whether there is a bright spot: the largest local mean against a level."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(4.0))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        top = nn.functional.avg_pool3d(x, 3, 1).amax((1, 2, 3, 4))
        value = self.scale * (top - 2.0)
        return torch.stack([-value, value], 1)


PLACES = ((4, 4, 4), (9, 7, 8), (5, 8, 9), (9, 4, 5))


def scan(rng: np.random.Generator) -> torch.Tensor:
    """A noisy head, three times of four with a bright spot in one of a few places."""
    x = torch.from_numpy(rng.normal(1, 0.1, (1, *SHAPE)).astype(np.float32))
    x[:, :, :1] = 0
    if rng.random() < 0.75:
        a, b, c = PLACES[int(rng.integers(len(PLACES)))]
        x[0, 0, a - 1 : a + 2, b - 1 : b + 2, c - 1 : c + 2] += 1.5
    return x


@pytest.fixture(scope="module")
def model() -> Model:
    torch.set_num_threads(1)
    return Model.from_module(Bright(), torch.zeros(1, *SHAPE))


def few(rng: np.random.Generator) -> torch.Tensor:
    return torch.cat([scan(rng) for _ in range(4)])


@pytest.fixture(scope="module")
def trained(model: Model) -> TrainedPair:
    stages = GeneratorStage(180, 5e-3, few, warmup_share=0.9), GeneratorStage(40, 1e-3, few)
    return train_generators(model.logits, SHAPE, stages, 3)


@pytest.fixture(scope="module")
def begun(model: Model) -> TrainedPair:
    """A pair after two steps, for what does not depend on how well it does."""
    return train_generators(model.logits, SHAPE, (GeneratorStage(2, 5e-3, few),), 3)


def test_untrained_both_give_the_scan_back_and_have_the_same_weights() -> None:
    pair = GeneratorPair(2, 2)
    x = torch.randn(2, 2, 11, 9)
    similar, adversarial = pair(x)
    assert torch.equal(similar, x)
    assert torch.equal(adversarial, x)
    for first, second in zip(pair.similar.parameters(), pair.adversarial.parameters(), strict=True):
        assert torch.equal(first, second)
        assert first is not second


@pytest.mark.slow
def test_they_keep_and_turn_and_differ_at_the_spot(
    model: Model, trained: TrainedPair, tmp_path: Path
) -> None:
    rng = np.random.default_rng(77)
    scans = [scan(rng) for _ in range(12)]
    assert evaluate_generators(trained.pair, model.logits, scans).preserved >= 11
    sick = [x for x in scans if int(model.logits(x).argmax()) == 1]
    assert len(sick) >= 6
    assert evaluate_generators(trained.pair, model.logits, sick).changed >= len(sick) - 1
    hits = 0
    for x in sick:
        similar, adversarial = trained.pair(x)
        apart = (similar - adversarial).abs()[0, 0]
        bright = nn.functional.avg_pool3d(x, 3, 1, 1)[0, 0] > 1.6
        hits += bool(bright.flatten()[apart.argmax()])
        assert float(apart[x[0, 0] == 0].max()) == 0
    assert hits >= len(sick) - 1
    path = save_pair(trained.pair, card_of(model), tmp_path / f"net{GENERATORS_SUFFIX}")
    question = ExplanationRequest(model, sick[0], Target(1, "bright"))
    notes = GeneratedDifference(generators=str(path)).explain(question).notes
    assert "g_s keeps the prediction, g_a changes it" in notes[0]


def test_the_classifier_is_left_as_it_was(model: Model, begun: TrainedPair) -> None:
    assert float(model.module().scale) == 4.0
    assert model.module().scale.grad is None
    assert begun.steps == 2


def test_the_same_seed_trains_the_same_pair_and_keeps_the_global_random_state(model: Model) -> None:
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    first, again, other = (
        train_generators(model.logits, SHAPE, (GeneratorStage(3, 1e-3, scan),), seed).pair
        for seed in (1, 1, 2)
    )
    assert torch.equal(torch.random.get_rng_state(), before)
    for a, b in zip(first.parameters(), again.parameters(), strict=True):
        assert torch.equal(a, b)
    assert not torch.equal(first.similar.down[0].weight, other.similar.down[0].weight)


def test_an_averaged_stage_ends_with_the_mean_of_its_steps(model: Model) -> None:
    after = [
        train_generators(model.logits, SHAPE, (GeneratorStage(count, 1e-3, scan),), 1).pair
        for count in (1, 2, 3)
    ]
    found = train_generators(
        model.logits, SHAPE, (GeneratorStage(3, 1e-3, scan, averages_weights=True),), 1
    ).pair
    for mean, *each in zip(found.parameters(), *(pair.parameters() for pair in after), strict=True):
        torch.testing.assert_close(mean, torch.stack(each).mean(0))
        assert not torch.equal(each[0], each[2]) or not each[0].any()


def test_it_says_how_far_it_is_and_stops_when_told(model: Model) -> None:
    steps: list[ProgressStep] = []
    with pytest.raises(Cancelled):
        train_generators(
            model.logits,
            SHAPE,
            (GeneratorStage(50, 1e-3, scan),),
            0,
            Progress(steps.append, lambda: len(steps) > 2),
        )
    assert [step.message for step in steps] == ["step 1 of 50", "step 2 of 50", "step 3 of 50"]


def test_the_loss_is_that_of_its_parts(model: Model) -> None:
    rng = np.random.default_rng(1)
    x = torch.cat([scan(rng) for _ in range(5)])
    pair = GeneratorPair(1, 3)
    said = model.logits(x)
    own = class_margin(said, said.argmax(1))
    assert set(said.argmax(1).tolist()) == {0, 1}
    # A new pair gives the scans back: nothing is lost, and all is still to be turned.
    found = generator_loss(
        pair, model.logits, x, LossWeights(preserved_prediction=2, changed_prediction=3), margin=1.5
    )
    assert float(found) == pytest.approx(3, rel=1e-5)
    with torch.no_grad():
        pair.adversarial.out.bias.fill_(0.5)
    moved = generator_loss(
        pair,
        model.logits,
        x,
        LossWeights(
            preserved_prediction=0,
            changed_prediction=0,
            distance_to_input=7,
            distance_between_outputs=10,
            distance_between_weights=4,
        ),
    )
    assert float(moved) == pytest.approx(10 * 0.5 + 4 * 0.25, rel=1e-5)
    with torch.no_grad():
        pair.similar.out.bias.fill_(-0.25)
        similar, adversarial = pair(x)
        after = [class_margin(model.logits(image), said.argmax(1)) for image in (similar, adversarial)]
    kept = ((own - after[0]).clamp(min=0) / own.clamp(min=1)).mean()
    turned = ((1 + after[1]).clamp(min=0).log1p() / (1 + own).log1p()).mean()
    both = generator_loss(
        pair,
        model.logits,
        x,
        LossWeights(
            preserved_prediction=2,
            changed_prediction=3,
            distance_to_input=0,
            distance_between_outputs=0,
            distance_between_weights=0,
        ),
    )
    assert float(both) == pytest.approx(float(2 * kept + 3 * turned), rel=1e-5)
    near = generator_loss(
        pair,
        model.logits,
        x,
        LossWeights(
            preserved_prediction=0,
            changed_prediction=0,
            distance_to_input=7,
            distance_between_outputs=0,
            distance_between_weights=0,
        ),
    )
    assert float(near) == pytest.approx(7 * 0.25, rel=1e-5)


def test_the_margin_is_over_the_largest_other_class() -> None:
    logits = torch.tensor([[3.0, 1.0, 2.5], [0.0, 4.0, 1.0]])
    assert class_margin(logits, torch.tensor([0, 0])).tolist() == [0.5, -4.0]
    assert class_margin(logits, torch.tensor([1, 1])).tolist() == [-2.0, 3.0]
    assert class_margin(logits, torch.tensor([2, 1])).tolist() == [-0.5, 3.0]


def test_every_voxel_receives_the_global_maximum() -> None:
    torch.manual_seed(0)
    pair = GeneratorPair(1, 3)
    with torch.no_grad():
        pair.similar.out.weight.normal_()
    x = torch.ones(1, 1, 96, 8, 8)
    there = x.clone()
    there[..., :4, :4, :4] = 5
    with torch.no_grad():
        change = (pair.similar(there) - pair.similar(x)).abs()[0, 0]
    assert float(change[64:].max()) > 1e-4  # far beyond what convolutions reach


def test_changes_may_be_made_before_they_are_to_be_few(model: Model) -> None:
    """The weights of changes grow from zero: a single step of an eased stage is one without them."""
    x = scan(np.random.default_rng(3))
    free = LossWeights(distance_to_input=0, distance_between_outputs=0)
    dear = LossWeights(distance_to_input=50, distance_between_outputs=500)
    pairs = [
        train_generators(
            model.logits,
            SHAPE,
            (GeneratorStage(2, 1e-3, lambda _: x, warmup_share=eased, loss_weights=weights),),
            1,
        ).pair
        for weights, eased in ((free, 0.0), (dear, 1.0), (dear, 0.0))
    ]
    first, eased, punished = (pair.adversarial.out.weight.detach() for pair in pairs)
    assert not torch.equal(first, punished)
    once = [
        train_generators(
            model.logits,
            SHAPE,
            (GeneratorStage(1, 1e-3, lambda _: x, warmup_share=eased, loss_weights=weights),),
            1,
        ).pair
        for weights, eased in ((free, 0.0), (dear, 1.0))
    ]
    assert torch.equal(once[0].adversarial.out.weight, once[1].adversarial.out.weight)
    assert not torch.equal(first, eased)


def test_the_generator_score_counts_predictions() -> None:
    assert str(GeneratorScore(5, 4, 3)) == "on 5 scans, g_s keeps 4 predictions and g_a changes 3"


def test_simulated_scans_come_as_cubes_around_the_lesion() -> None:
    grid = Grid((24, 26, 22), np.diag([4.0, 4.0, 4.0, 1.0]))
    template = np.zeros(grid.shape, dtype=np.float32)
    template[3:-3, 3:-3, 3:-3] = 100.0
    simulator = BrainSimulator(template, grid, grid)
    brain = template + np.random.default_rng(0).normal(0, 1, grid.shape).astype(np.float32) * (template > 0)
    made = plant_lesions(simulator, [brain, brain], 5, np.random.default_rng(1), Progress())
    assert len(made) == 5
    for one in made:
        changed = np.abs(one.lesioned - one.healthy)
        assert changed[tuple(one.lesion_voxels.T)].min() > 1
        assert not (one.lesioned[brain == 0]).any()
    source = SimulatedScanSampler(made, cube_size=12, batch_size=6, healthy_share=0.0)
    first, again = (source(np.random.default_rng(4)) for _ in range(2))
    assert first.shape == (6, 1, 12, 12, 12)
    assert torch.equal(first, again)
    assert (first.abs().amax((1, 2, 3, 4)) > 1).all()
    whole = SimulatedScanSampler(made, healthy_share=1.0)(np.random.default_rng(4))
    assert whole.shape == (1, 1, *grid.shape)
    np.testing.assert_array_equal(whole[0, 0], made[0].healthy)


# The file, and the method


def card_of(model: Model) -> PairCard:
    return PairCard(model.card.name, model.hash, 1, 3, (8, 16, 32), "trained on noise")


def test_saved_generators_can_be_loaded(model: Model, begun: TrainedPair, tmp_path: Path) -> None:
    path = save_pair(begun.pair, card_of(model), tmp_path / "made" / f"net{GENERATORS_SUFFIX}")
    pair, card = load_pair(path)
    assert card == card_of(model)
    x = scan(np.random.default_rng(2))
    for first, second in zip(pair(x), begun.pair(x), strict=True):
        torch.testing.assert_close(first, second)
    assert not any(parameter.requires_grad for parameter in pair.parameters())


def test_the_map_and_both_images_come_from_the_file(model: Model, begun: TrainedPair, tmp_path: Path) -> None:
    path = save_pair(begun.pair, card_of(model), tmp_path / f"net{GENERATORS_SUFFIX}")
    x = scan(np.random.default_rng(6))
    question = ExplanationRequest(model, x, Target(1, "bright"))
    found = {
        image: GeneratedDifference(generators=str(path), image=image).explain(question)
        for image in ("difference", "signed", "similar", "adversarial")
    }
    similar, adversarial = found["similar"].values, found["adversarial"].values
    torch.testing.assert_close(similar, begun.pair(x)[0].detach())
    torch.testing.assert_close(found["difference"].values, (similar - adversarial).abs())
    torch.testing.assert_close(found["signed"].values, adversarial - similar)
    assert "g_s keeps the prediction, g_a does not change it" in found["difference"].notes[0]
    assert found["difference"].notes[1] == "trained on noise"


def test_generators_of_another_network_are_refused(model: Model, begun: TrainedPair, tmp_path: Path) -> None:
    x = scan(np.random.default_rng(6))
    question = ExplanationRequest(model, x, Target(1, "bright"))
    with pytest.raises(MethodError, match="needs generators for Bright"):
        GeneratedDifference().explain(question)
    other = PairCard("other", "0" * 64, 1, 3, (8, 16, 32))
    path = save_pair(begun.pair, other, tmp_path / "other.safetensors")
    with pytest.raises(MethodError, match=r"another network \(other\)"):
        GeneratedDifference(generators=str(path)).explain(question)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "{",
        "[1]",
        '{"channels": 1, "dimensions": 3, "widths": [8, 9999]}',
        '{"channels": 1, "dimensions": 7, "widths": [8, 16]}',
        '{"channels": true, "dimensions": 3, "widths": [8, 16]}',
        '{"channels": 1, "dimensions": 3, "widths": 8}',
        json.dumps({"channels": 1, "dimensions": 3, "widths": [8, 16]}),
    ],
)
def test_damaged_files_are_one_clear_line(tmp_path: Path, header: str | None) -> None:
    path = tmp_path / "net.safetensors"
    metadata = None if header is None else {"generators": header}
    save_file({"weight": torch.zeros(2)}, path, metadata)
    with pytest.raises(ModelError) as caught:
        load_pair(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


def test_no_file_and_no_safetensors_are_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("not weights")
    for name in ("absent", "text"):
        with pytest.raises(ModelError) as caught:
            load_pair(tmp_path / name)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("output", ["sigmoid", "multi-label"])
def test_a_network_that_does_not_choose_a_class_is_refused(output: str) -> None:
    """Its answer has no other class to be turned to, and the largest output decides nothing."""
    classes = ("patient",) if output == "sigmoid" else ("a", "b")
    network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(8, len(classes)))
    card = Card("net", classes=classes, output=OutputKind(output))
    model = Model.from_module(network, torch.zeros(1, 1, 2, 2, 2), card)
    with pytest.raises(ModelError, match="does not choose one of several classes"):
        check_exclusive_classes(model)
