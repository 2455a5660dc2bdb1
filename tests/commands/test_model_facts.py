"""The model facts as the command line shows them."""

from __future__ import annotations

import json

import pytest

from viewer.cli import main


def test_info_shows_the_model_facts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", "demo"]) == 0
    table = capsys.readouterr().out.partition("Model facts")[2]
    assert "\npopulation " in table
    assert "\nskull" in table
    assert main(["info", "demo", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)["model_facts"]
    assert facts["skull"] == "removed"
    assert facts["licence"]
