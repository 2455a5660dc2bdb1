"""Names of channels from the ``dataset.json`` that nnU-Net keeps with a trained network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from viewer.models.loading import load_model
from viewer.models.nnunet import channel_names

NAMES = {"0": "T1c", "1": "T1", "2": "T2", "3": "FLAIR"}


@pytest.mark.parametrize("entry", ["channel_names", "modality"])
@pytest.mark.parametrize("folder", [".", "fold_0"])
def test_names_are_found_beside_the_weights_and_above_a_fold(tmp_path: Path, entry: str, folder: str) -> None:
    (tmp_path / folder).mkdir(exist_ok=True)
    (tmp_path / "dataset.json").write_text(json.dumps({entry: NAMES, "labels": {"background": 0}}))
    assert channel_names(tmp_path / folder / "net.pt", 4) == ("T1c", "T1", "T2", "FLAIR")
    assert channel_names(tmp_path / folder / "net.pt", 3) == ()


@pytest.mark.parametrize("content", ["", "[]", '{"channel_names": 4}', '{"channel_names": {"0": 1, "1": 2}}'])
def test_another_program_s_file_gives_no_names(tmp_path: Path, content: str) -> None:
    (tmp_path / "dataset.json").write_text(content)
    assert channel_names(tmp_path / "net.pt", 2) == ()


def test_a_loaded_network_has_them_in_its_card(tmp_path: Path) -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(4 * 8, 2)).eval()
    path = tmp_path / "net.pt2"
    torch.export.save(torch.export.export(network, (torch.zeros(1, 4, 2, 2, 2),)), path)
    wanted: dict[str, Any] = {"placement": "field-of-view", "shape": [2, 2, 2], "channels": 4}
    wanted["intensity"] = {"scaling": "none"}
    (tmp_path / "net.card.json").write_text(json.dumps({"name": "n", "classes": ["a", "b"], "input": wanted}))
    (tmp_path / "dataset.json").write_text(json.dumps({"channel_names": NAMES}))
    card = load_model(path).card
    assert card.input is not None
    assert card.input.channel_names == ("T1c", "T1", "T2", "FLAIR")
