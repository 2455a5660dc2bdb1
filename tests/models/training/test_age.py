"""Training on simulated people: repeatable, stoppable, loadable with a card that says how well it does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from viewer.errors import Cancelled
from viewer.fit.predict import predict
from viewer.models.loading import load_model
from viewer.models.training.age import (
    CLASSES,
    AgeScore,
    AgeTrainingOptions,
    evaluate_age,
    recalibrate_batch_norm,
    save_age,
    train_age,
)
from viewer.models.training.optimization import TrainedClassifier
from viewer.models.training.simulated_ageing import (
    AGE_BINS,
    AGE_GRID,
    EXAMPLE_PERSON,
    GreyMatterSimulator,
    draw_age,
)
from viewer.progress import Progress, ProgressStep
from viewer.scans.load import load_scan
from viewer.scans.scan import Scan

SHORT = AgeTrainingOptions(
    seed=3, people_counts=(1, 1, 1), steps=1, people_per_step=1, validation_interval=1, patience=1
)


@pytest.fixture(scope="module")
def trained() -> TrainedClassifier[AgeScore]:
    return train_age(SHORT)


@pytest.mark.slow
def test_the_same_seed_trains_the_same_network_and_keeps_the_global_random_state(
    trained: TrainedClassifier[AgeScore],
) -> None:
    torch.manual_seed(11)
    before = torch.random.get_rng_state()
    again = train_age(SHORT)
    assert torch.equal(torch.random.get_rng_state(), before)
    for name, tensor in trained.network.state_dict().items():
        assert torch.equal(tensor, again.network.state_dict()[name]), name
    assert trained.score == again.score


def test_training_can_be_cancelled() -> None:
    steps: list[ProgressStep] = []
    with pytest.raises(Cancelled):
        train_age(SHORT, Progress(steps.append, lambda: len(steps) > 3))
    assert len(steps) == 4


def test_the_score_counts_correct_answers() -> None:
    class Sums(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            total = x.flatten(1).sum(1)
            return torch.stack([total, 0 * total, -total], 1)

    low, high = (np.full((2, 2, 2), value, dtype=np.float32) for value in (-1.0, 1.0))
    network = Sums()
    score = evaluate_age(network, [[high, high, low], [low], [low, low]])
    assert score == AgeScore((2, 0, 2), (3, 1, 2))
    assert score.accuracy == pytest.approx(4 / 6)
    assert "2 of 3 (10 to 39 years)" in str(score)
    assert "66.7%" in str(score)


def test_batch_norm_is_recalibrated_on_all_bins_alike() -> None:
    norm = torch.nn.BatchNorm3d(1)
    norm.running_mean.fill_(7.0)
    levels = [[1.0, 2.0, 4.0], [3.0, 8.0, 10.0], [5.0, 6.0, 20.0]]
    people = [[np.full((2, 2, 2), level, dtype=np.float32) for level in group] for group in levels]
    recalibrate_batch_norm(norm.train(), people, people_per_step=1)
    assert norm.running_mean.item() == pytest.approx(np.mean(levels), rel=1e-6)
    spread = [np.repeat(column, 8).var(ddof=1) for column in np.transpose(levels)]
    assert norm.running_var.item() == pytest.approx(np.mean(spread), rel=1e-6)
    assert norm.momentum == 0.1
    assert norm.training


@pytest.mark.slow
def test_a_saved_network_can_be_loaded_and_run(trained: TrainedClassifier[AgeScore], tmp_path: Path) -> None:
    path = save_age(trained, SHORT, tmp_path, "little")
    model = load_model(path)
    assert model.card.classes == CLASSES
    assert model.card.source == (
        f"saliency-viewer train age --seed 3 --threads {torch.get_num_threads()} --name little"
    )
    assert "simulated" in model.card.description
    assert str(trained.score) in model.card.description
    data = np.random.default_rng(0).random(AGE_GRID.shape).astype(np.float32)
    found = predict(model, Scan(data, AGE_GRID, "map"))
    with torch.no_grad():
        expected = trained.network(torch.from_numpy(data)[None, None])[0]
    assert found.logits == pytest.approx(expected.tolist(), rel=1e-3, abs=1e-4)


@pytest.mark.slow
def test_the_shipped_network_names_the_bins_of_new_people() -> None:
    people, rng = GreyMatterSimulator(), np.random.default_rng(987654321)
    new = [
        [people.simulate_map(draw_age(number, rng), rng) for _ in range(3)] for number in range(len(AGE_BINS))
    ]
    score = evaluate_age(load_model("age-bins").module(), new)
    assert score.total == (3, 3, 3)
    assert score.accuracy > 0.72


def test_the_shipped_network_names_the_bin_of_the_built_in_map() -> None:
    model = load_model("age-bins")
    assert model.card.weights == model.hash
    found = predict(model, load_scan("simulated-grey-matter"))
    first, last = AGE_BINS[int(np.argmax(found.logits))]
    assert first <= EXAMPLE_PERSON[0] < last + 1
