"""Training on simulated lesions: repeatable, stoppable, honest about what it measured, and loadable."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from viewer.errors import Cancelled, ModelError
from viewer.fit.predict import predict
from viewer.models.loading import load_model
from viewer.models.training import lesions
from viewer.models.training.brain_simulator import MNI_3MM, SLICE, SLICES, BrainSimulator, z_score
from viewer.models.training.lesions import (
    CLASSES,
    LesionScore,
    LesionStage,
    LesionTrainingOptions,
    evaluate_lesions,
    train_lesions,
)
from viewer.models.training.lesions_model_card import save_lesions
from viewer.models.training.optimization import TrainedClassifier
from viewer.progress import Progress, ProgressStep
from viewer.scans.grid import Grid
from viewer.scans.load import load_scan
from viewer.scans.simulated_lesions import LesionShape

SHORT = LesionTrainingOptions(
    brain_counts=(2, 1, 2),
    stages=(LesionStage(3, 1, 1e-3, cube_size=39), LesionStage(2, 1, 1e-3)),
    validation_interval=1,
    patience=1,
    seed=5,
)


@pytest.fixture(scope="module")
def trained() -> TrainedClassifier[LesionScore]:
    return train_lesions(SHORT)


@pytest.mark.slow
def test_the_same_seed_trains_the_same_network(trained: TrainedClassifier[LesionScore]) -> None:
    again = train_lesions(SHORT)
    for first, second in zip(trained.network.parameters(), again.network.parameters(), strict=True):
        assert torch.equal(first, second)
    assert trained.score == again.score


@pytest.mark.slow
def test_every_layer_learns(trained: TrainedClassifier[LesionScore]) -> None:
    from viewer.models.architectures.registry import find_architecture

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SHORT.seed)
        fresh = find_architecture("eitel-3d", "test").build({}, "test").state_dict()
    for name, tensor in trained.network.state_dict().items():
        assert not torch.equal(tensor, fresh[name]), name


def test_the_random_state_of_others_is_left_alone() -> None:
    torch.manual_seed(11)
    before = torch.random.get_rng_state()
    train_lesions(
        LesionTrainingOptions(brain_counts=(1, 1, 1), stages=(LesionStage(1, 1, 1e-3, cube_size=39),))
    )
    assert torch.equal(torch.random.get_rng_state(), before)


def test_progress_runs_from_nothing_to_everything_and_says_what_is_done() -> None:
    steps: list[ProgressStep] = []
    train_lesions(
        LesionTrainingOptions(brain_counts=(1, 1, 1), stages=(LesionStage(2, 1, 1e-3, cube_size=39),)),
        Progress(steps.append),
    )
    shares = [step.fraction for step in steps]
    assert shares == sorted(shares)
    assert shares[0] == 0.0
    assert shares[-1] >= 0.9
    assert {step.message.partition(" ")[0] for step in steps} == {"simulating", "cubes,", "testing"}


def test_training_can_be_cancelled() -> None:
    steps: list[ProgressStep] = []
    with pytest.raises(Cancelled):
        train_lesions(SHORT, Progress(steps.append, lambda: len(steps) > 3))
    assert len(steps) == 4


def test_the_score_counts_correct_answers() -> None:
    class Bright(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            top = x.amax((1, 2, 3, 4))
            return torch.stack([torch.ones_like(top), top], 1)

    dark, bright = (np.full((3, 3, 3), value, dtype=np.float32) for value in (0.0, 2.0))
    score = evaluate_lesions(Bright(), [(bright, dark), (bright, bright), (dark, dark), (bright, dark)])
    assert score == LesionScore(lesioned_count=4, true_positives=3, healthy_count=4, true_negatives=3)
    assert score.balanced_accuracy == 0.75
    assert "3 of 4 lesions" in str(score)
    assert "75.0%" in str(score)


@pytest.mark.slow
def test_what_is_saved_is_a_model_with_an_honest_card(
    trained: TrainedClassifier[LesionScore], tmp_path: Path
) -> None:
    path = save_lesions(trained, SHORT, tmp_path / "made", "little")
    assert sorted(entry.name for entry in path.parent.iterdir()) == ["little.card.json", "little.safetensors"]
    model = load_model(path)
    assert model.card.classes == CLASSES
    assert model.card.weights == model.hash
    assert model.card.licence == "MIT"
    assert str(trained.score) in model.card.description
    assert "simulated" in model.card.description
    assert model.card.source == (
        "saliency-viewer train lesions --kind both --seed 5 "
        f"--threads {torch.get_num_threads()} --name little"
    )
    scan = load_scan("mni152")
    prepared = model.prepare(scan)
    assert prepared.tensor.shape == (1, 1, *MNI_3MM.shape)
    assert not prepared.notes
    with torch.inference_mode():
        expected = trained.network(prepared.tensor)[0].tolist()
    assert predict(model, scan).logits == pytest.approx(expected, abs=1e-5)


def test_the_card_names_the_lesions_it_was_trained_on(
    trained: TrainedClassifier[LesionScore], tmp_path: Path
) -> None:
    save_lesions(trained, LesionTrainingOptions(shapes=(LesionShape.SQUARE,)), tmp_path, "sharp")
    card = json.loads((tmp_path / "sharp.card.json").read_text())
    assert "square and sharp" in card["description"]
    assert "round" not in card["description"]
    assert "--kind square" in card["source"]


def test_a_folder_that_cannot_be_written_is_one_clear_line(
    trained: TrainedClassifier[LesionScore], tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(ModelError, match="cannot be written") as caught:
        save_lesions(trained, SHORT, tmp_path / "taken", "little")
    assert "\n" not in str(caught.value)


FLAT = LesionTrainingOptions(
    shapes=(LesionShape.GAUSSIAN,),
    seed=2,
    dimensions=2,
    brain_counts=(1, 1, 1),
    stages=(LesionStage(2, 2, 1e-3, cube_size=64), LesionStage(1, 1, 1e-3)),
    validation_interval=1,
    patience=1,
)


@pytest.fixture(scope="module")
def few_slices() -> Iterator[None]:
    """Three slices a brain instead of 28."""
    with pytest.MonkeyPatch.context() as patched:
        affine = np.array(SLICES.affine)
        affine[2, 2] = 30.0
        patched.setattr(lesions, "SLICES", Grid((140, 192, 3), affine))
        yield


@pytest.fixture(scope="module")
def trained_slices(few_slices: None) -> TrainedClassifier[LesionScore]:
    return train_lesions(FLAT)


def test_slices_are_shown_with_and_without_one_at_a_time(
    trained_slices: TrainedClassifier[LesionScore], few_slices: None
) -> None:
    assert trained_slices.score.lesioned_count == trained_slices.score.healthy_count == 3
    assert "slices without" in str(trained_slices.score)
    again = train_lesions(FLAT)
    for first, second in zip(trained_slices.network.parameters(), again.network.parameters(), strict=True):
        assert torch.equal(first, second)


def test_a_lesion_in_a_slice_is_bright_and_in_its_plane() -> None:
    template = load_scan("mni152")
    simulator = BrainSimulator(template.data, template.grid, SLICES, lesion_options=FLAT.lesion_options)
    rng = np.random.default_rng(0)
    piece = simulator.simulate_brain(rng)[:, :, 14:15]
    alone = replace(simulator, grid=SLICE)
    for _ in range(20):
        sick, truth = alone.add_lesions(piece, rng)
        assert truth.shape == (140, 192, 1)
        inside = truth > 0.5 * truth.max()
        assert sick[inside].mean() > piece[inside].mean()
        radius = np.sqrt(inside.sum() / np.pi)
        assert 4 < radius < 14


def test_a_flat_network_is_shown_a_scan_in_slices(
    trained_slices: TrainedClassifier[LesionScore], tmp_path: Path
) -> None:
    model = load_model(save_lesions(trained_slices, FLAT, tmp_path, "flat"))
    assert "--dimensions 2" in model.card.source
    assert "axial slices" in model.card.description
    prepared = model.prepare(load_scan("mni152"))
    assert prepared.tensor.shape == (55, 1, 140, 192)
    assert prepared.grid.axcodes == ("R", "A", "S")
    assert prepared.grid.to_world((0, 0, 0))[2] == -40
    assert prepared.grid.to_world((0, 0, 54))[2] == 68
    inside = [cut[cut != 0] for cut in prepared.tensor.numpy()]
    assert max(abs(float(cut.mean())) for cut in inside) < 1e-4
    assert float(inside[20].std()) == pytest.approx(1, abs=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("form", list(LesionShape), ids=str)
def test_the_shipped_network_finds_lesions_in_slices_of_new_brains(form: LesionShape) -> None:
    model = load_model(f"lesions-{form}-2d")
    template = load_scan("mni152")
    whole = BrainSimulator(
        template.data, template.grid, SLICES, lesion_options=replace(FLAT, shapes=(form,)).lesion_options
    )
    alone = replace(whole, grid=SLICE)
    rng = np.random.default_rng(987654321)
    brain = whole.simulate_brain(rng)
    pairs = []
    for k in range(0, brain.shape[2], 2):
        piece = brain[:, :, k : k + 1]
        sick, _ = alone.add_lesions(piece, rng)
        pairs.append((z_score(sick)[:, :, 0], z_score(piece)[:, :, 0]))
    score = evaluate_lesions(model.module(), pairs)
    assert score.lesioned_count == 14
    assert score.balanced_accuracy > 0.9
