"""A network that is given only as a .pt2 goes from its file to the figure, by the command line alone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.image import imread

from viewer.models.loading import load_model
from viewer.scans.load import load_map

Run = Callable[..., Any]


@pytest.fixture(scope="module")
def pt2_file(model_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small network as torch.export saves it; the card beside it names no architecture."""
    import torch

    module = load_model(model_file).module().eval()
    path = tmp_path_factory.mktemp("exported") / "only.pt2"
    torch.export.save(torch.export.export(module, (torch.zeros(1, 1, 20, 20, 20),)), path)
    card = json.loads(model_file.with_suffix(".card.json").read_text())
    del card["architecture"], card["arguments"]
    path.with_suffix(".card.json").write_text(json.dumps(card))
    return path


def test_its_map_is_that_of_the_weights_file(
    run: Run, scan_file: Path, model_file: Path, pt2_file: Path, tmp_path: Path
) -> None:
    found = {}
    for name, model in (("pt2", pt2_file), ("weights", model_file)):
        path = tmp_path / f"{name}.nii.gz"
        answer = run(
            "explain", scan_file, "--model", model, "--method", "lrp-epsilon", "--device", "cpu", "-o", path
        )
        assert answer.status == 0, answer.err
        found[name] = load_map(path).data
    assert np.abs(found["weights"]).max() > 0
    np.testing.assert_allclose(found["pt2"], found["weights"], rtol=1e-4, atol=1e-6)

    figure = tmp_path / "figure.png"
    answer = run(
        "figure", scan_file, "--map", tmp_path / "pt2.nii.gz", "-o", figure,
        "--percentile", 90, "--size", "320x240",
    )  # fmt: skip
    assert answer.status == 0, answer.err
    picture = imread(figure)[:, :, :3]
    assert picture.shape == (240, 320, 3)
    coloured = picture.max(axis=2) - picture.min(axis=2) > 0.3
    assert coloured.mean() > 0.005, "no body stands in the box"


def test_without_its_card_the_error_says_what_is_missing(
    run: Run, scan_file: Path, pt2_file: Path, tmp_path: Path
) -> None:
    alone = tmp_path / "alone.pt2"
    shutil.copy(pt2_file, alone)
    answer = run("predict", scan_file, "--model", alone)
    assert answer.status == 1
    assert len(answer.err.strip().splitlines()) == 1
    assert "card" in answer.err
