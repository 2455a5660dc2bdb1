"""A network whose card was entered in the window and is in no file: scripts and sessions carry it."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import viewer
from viewer.errors import ViewerError
from viewer.models.loading import load_model
from viewer.models.model_card import Card, write_card
from viewer.models.unsaved_card import unsaved_card
from viewer.session.network_command import explain_command
from viewer.session.script import figure_script
from viewer.session.session import Session
from viewer.session.session_io import read_session

GRID = viewer.Grid((8, 9, 7), np.diag([4.0, 4.0, 4.0, 1.0]))


@pytest.fixture
def card() -> Card:
    from viewer.models.model_card import card_from_json

    place = {
        "placement": "field-of-view", "shape": [8, 9, 7], "axes": "RAS", "intensity": {"scaling": "none"},
    }  # fmt: skip
    return card_from_json({"name": "it's mine", "classes": ["a", "b"], "input": place}, "card")


@pytest.fixture
def network(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    module = nn.Sequential(nn.Conv3d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(2 * 6 * 7 * 5, 2))
    program = torch.export.export(module.eval(), (torch.zeros(1, 1, *GRID.shape),))
    path = tmp_path / "net.pt2"
    torch.export.save(program, path)
    return path


def session_of(network: Path, card: Card | None) -> Session:
    data = np.random.default_rng(1).random(GRID.shape, dtype=np.float32)
    scan_file = viewer.Map(data, GRID, "scan").save(network.with_name("scan.nii.gz"))
    session, scan, model = Session(), viewer.load_scan(scan_file), load_model(network, card)
    session.set_scan(scan)
    session.set_model(model)
    session.add_map(viewer.explain(model, scan, "gradient", target="b"))
    return session


def test_a_script_writes_the_card_and_runs(network: Path, card: Card, tmp_path: Path) -> None:
    session = session_of(network, card)
    script = figure_script(session, "figure.png", (160, 120), 100)
    program = tmp_path / "bin" / "saliency-viewer"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m viewer "$@"\n')
    program.chmod(0o755)
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["sh"], input=script, cwd=folder, env={**os.environ, "PATH": path},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    again = viewer.load_map(folder / "map-1.nii.gz")
    np.testing.assert_allclose(again.data, session.maps[0].map.data, atol=1e-6)
    assert (folder / "figure.png").is_file()


def test_a_line_alone_says_that_the_card_is_in_no_file(network: Path, card: Card) -> None:
    session = session_of(network, card)
    with pytest.raises(ViewerError, match="its card is in no file"):
        explain_command(session, session.maps[0].map, "map.nii.gz")


def test_a_card_beside_the_network_is_not_written_again(network: Path, card: Card) -> None:
    write_card(card, network.with_name("net.card.json"))
    for given in (None, card):
        session = session_of(network, given)
        assert unsaved_card(session.model) is None
        assert "--card" not in figure_script(session, "figure.png", (160, 120), 100)
    assert unsaved_card(load_model(network, replace(card, classes=("c", "d")))) is not None


def test_a_session_keeps_the_card(network: Path, card: Card, tmp_path: Path) -> None:
    session = session_of(network, card)
    viewer.explain(session.model, session.scan, "gradient", target="b").save(tmp_path / "m.nii.gz")
    for name in ("s.session.json", "s.session.zip"):
        path = viewer.save_session(session, tmp_path / name)
        opened = viewer.open_session(path)
        assert opened.model is not None
        assert opened.model.card == card
        assert unsaved_card(opened.model) is not None
    entries = json.loads((tmp_path / "s.session.json").read_text())
    entries["model"]["card"] = {"name": 3}
    (tmp_path / "s.session.json").write_text(json.dumps(entries))
    with pytest.raises(ViewerError, match="'model'"):
        read_session(tmp_path / "s.session.json")
