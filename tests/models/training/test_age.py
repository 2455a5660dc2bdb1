"""Training on simulated people: repeatable, stoppable, loadable with a card that says how well it does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from viewer.errors import Cancelled
from viewer.models.loading import load_model
from viewer.models.predict import predict
from viewer.models.training.age import (
    CLASSES,
    AgeCourse,
    AgeScore,
    AgeTrained,
    measure_age,
    save_age,
    train_age,
)
from viewer.models.training.ageing import GRID
from viewer.progress import Progress, Step
from viewer.scans.scan import Scan

SHORT = AgeCourse(seed=3, people=(1, 1, 1), steps=1, each=1, every=1, patience=1)


@pytest.fixture(scope="module")
def trained() -> AgeTrained:
    return train_age(SHORT)


def test_a_seed_trains_the_same_network_again_and_leaves_the_random_state_of_others(
    trained: AgeTrained,
) -> None:
    torch.manual_seed(11)
    before = torch.random.get_rng_state()
    again = train_age(SHORT)
    assert torch.equal(torch.random.get_rng_state(), before)
    for name, tensor in trained.network.state_dict().items():
        assert torch.equal(tensor, again.network.state_dict()[name]), name
    assert trained.score == again.score


def test_it_stops_when_asked() -> None:
    steps: list[Step] = []
    with pytest.raises(Cancelled):
        train_age(SHORT, Progress(steps.append, lambda: len(steps) > 3))
    assert len(steps) == 4


def test_a_score_is_what_was_counted() -> None:
    class Sums(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            total = x.flatten(1).sum(1)
            return torch.stack([total, 0 * total, -total], 1)

    low, high = (np.full((2, 2, 2), value, dtype=np.float32) for value in (-1.0, 1.0))
    network = Sums()
    score = measure_age(network, [[high, high, low], [low], [low, low]])
    assert score == AgeScore((2, 0, 2), (3, 1, 2))
    assert score.accuracy == pytest.approx(4 / 6)
    assert "2 of 3 (10 to 39 years)" in str(score)
    assert "66.7%" in str(score)


def test_what_is_saved_can_be_loaded_and_asked(trained: AgeTrained, tmp_path: Path) -> None:
    path = save_age(trained, SHORT, tmp_path, "little")
    model = load_model(path)
    assert model.card.classes == CLASSES
    assert model.card.source == "saliency-viewer train age --seed 3 --name little"
    assert "simulated" in model.card.description
    assert str(trained.score) in model.card.description
    data = np.random.default_rng(0).random(GRID.shape).astype(np.float32)
    found = predict(model, Scan(data, GRID, "map"))
    with torch.no_grad():
        expected = trained.network(torch.from_numpy(data)[None, None])[0]
    assert found.logits == pytest.approx(expected.tolist(), rel=1e-3, abs=1e-4)
