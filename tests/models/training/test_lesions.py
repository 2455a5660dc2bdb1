"""Training on simulated lesions: repeatable, stoppable, honest about what it measured, and loadable."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from viewer.errors import Cancelled, ModelError
from viewer.models.loading import load_model
from viewer.models.predict import predict
from viewer.models.training.lesions import CLASSES, Course, Score, Stage, Trained, measure, train
from viewer.models.training.lesions_card import save
from viewer.models.training.simulate import MNI_3MM
from viewer.progress import Progress, Step
from viewer.scans.reading import load_scan
from viewer.scans.simulated import Form

SHORT = Course(
    brains=(2, 1, 2), stages=(Stage(3, 1, 1e-3, cube=39), Stage(2, 1, 1e-3)), every=1, patience=1, seed=5
)


@pytest.fixture(scope="module")
def trained() -> Trained:
    return train(SHORT)


def test_a_seed_trains_the_same_network_again(trained: Trained) -> None:
    again = train(SHORT)
    for first, second in zip(trained.network.parameters(), again.network.parameters(), strict=True):
        assert torch.equal(first, second)
    assert trained.score == again.score


def test_every_layer_learns(trained: Trained) -> None:
    from viewer.models.architectures.registry import find

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SHORT.seed)
        fresh = find("eitel-3d", "test").build({}, "test").state_dict()
    for name, tensor in trained.network.state_dict().items():
        assert not torch.equal(tensor, fresh[name]), name


def test_the_random_state_of_others_is_left_alone() -> None:
    torch.manual_seed(11)
    before = torch.random.get_rng_state()
    train(Course(brains=(1, 1, 1), stages=(Stage(1, 1, 1e-3, cube=39),)))
    assert torch.equal(torch.random.get_rng_state(), before)


def test_progress_runs_from_nothing_to_everything_and_says_what_is_done() -> None:
    steps: list[Step] = []
    train(Course(brains=(1, 1, 1), stages=(Stage(2, 1, 1e-3, cube=39),)), Progress(steps.append))
    shares = [step.fraction for step in steps]
    assert shares == sorted(shares)
    assert shares[0] == 0.0
    assert shares[-1] >= 0.9
    assert {step.what.partition(" ")[0] for step in steps} == {"simulating", "cubes,", "testing"}


def test_it_stops_when_asked() -> None:
    steps: list[Step] = []
    with pytest.raises(Cancelled):
        train(SHORT, Progress(steps.append, lambda: len(steps) > 3))
    assert len(steps) == 4


def test_a_score_is_what_was_counted() -> None:
    class Bright(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            top = x.amax((1, 2, 3, 4))
            return torch.stack([torch.ones_like(top), top], 1)

    dark, bright = (np.full((3, 3, 3), value, dtype=np.float32) for value in (0.0, 2.0))
    score = measure(Bright(), [(bright, dark), (bright, bright), (dark, dark), (bright, dark)])
    assert score == Score(with_lesions=4, found=3, without=4, cleared=3)
    assert score.balanced_accuracy == 0.75
    assert "3 of 4 lesions" in str(score)
    assert "75.0%" in str(score)


def test_what_is_saved_is_a_model_with_an_honest_card(trained: Trained, tmp_path: Path) -> None:
    path = save(trained, SHORT, tmp_path / "made", "little")
    assert sorted(entry.name for entry in path.parent.iterdir()) == ["little.card.json", "little.safetensors"]
    model = load_model(path)
    assert model.card.classes == CLASSES
    assert model.card.weights == model.hash
    assert model.card.licence == "MIT"
    assert str(trained.score) in model.card.description
    assert "simulated" in model.card.description
    assert model.card.source == "saliency-viewer train lesions --kind both --seed 5 --name little"
    scan = load_scan("mni152")
    prepared = model.prepare(scan)
    assert prepared.tensor.shape == (1, 1, *MNI_3MM.shape)
    assert not prepared.notes
    with torch.inference_mode():
        expected = trained.network(prepared.tensor)[0].tolist()
    assert predict(model, scan).logits == pytest.approx(expected, abs=1e-5)


def test_the_card_names_the_lesions_it_was_trained_on(trained: Trained, tmp_path: Path) -> None:
    save(trained, Course(forms=(Form.SQUARE,)), tmp_path, "sharp")
    card = json.loads((tmp_path / "sharp.card.json").read_text())
    assert "square and sharp" in card["description"]
    assert "round" not in card["description"]
    assert "--kind square" in card["source"]


def test_a_folder_that_cannot_be_written_is_one_clear_line(trained: Trained, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(ModelError, match="cannot be written") as caught:
        save(trained, SHORT, tmp_path / "taken", "little")
    assert "\n" not in str(caught.value)
