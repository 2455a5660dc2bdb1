"""What a session's file says of the method's form is checked entry by entry."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from viewer.errors import ViewerError
from viewer.session.method_settings import MethodSettings
from viewer.session.session import Session
from viewer.session.session_io import open_snapshot, read_session, save_session


def test_it_is_written_and_read_again(tmp_path: Path) -> None:
    settings = MethodSettings(
        "smoothgrad", {"samples": 7, "noise": 0.5, "statistic": "mean", "on": True}, 1, "conv", "all"
    )
    session = Session()
    session.set_method_settings(settings)
    path = save_session(session, tmp_path / "a.session.json")
    assert open_snapshot(read_session(path)).method_settings == settings


def test_a_session_that_does_not_say_has_the_default(tmp_path: Path) -> None:
    path = save_session(Session(), tmp_path / "a.session.json")
    entries = json.loads(path.read_text())
    del entries["method"]
    path.write_text(json.dumps(entries))
    assert read_session(path).method_settings == MethodSettings()


@pytest.mark.parametrize(
    ("entry", "named"),
    [
        ([], "method"),
        ({"name": 3}, "method"),
        ({"region": ["all"]}, "method"),
        ({"target": -1}, "method.target"),
        ({"target": True}, "method.target"),
        ({"layer": 2}, "method.layer"),
        ({"parameters": []}, "method.parameters"),
        ({"parameters": {"samples": None}}, "method.parameters.samples"),
        ({"parameters": {"noise": float("nan")}}, "method.parameters.noise"),
        ({"parameters": {"layers": {"a": 1}}}, "method.parameters.layers"),
    ],
)
def test_an_entry_that_makes_no_sense_is_named(tmp_path: Path, entry: Any, named: str) -> None:
    path = save_session(Session(), tmp_path / "a.session.json")
    path.write_text(json.dumps(json.loads(path.read_text()) | {"method": entry}))
    with pytest.raises(ViewerError, match=rf"its entry '{named}' is invalid"):
        read_session(path)
