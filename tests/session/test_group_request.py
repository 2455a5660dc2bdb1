"""A group analysis asks the same of the same functions as its command does."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest

from viewer.cli import main
from viewer.errors import ViewerError
from viewer.session.group_request import ErrorControl, GroupQuestion, GroupRequest

FOLDER = Path("/some where/maps")
REQUESTS = (
    GroupRequest(FOLDER, "net", "gradient"),
    GroupRequest(FOLDER, "net", "gradient", among="age=60..75", error_control=ErrorControl.FDR),
    GroupRequest(
        FOLDER,
        "net",
        "lrp-epsilon",
        GroupQuestion.CONTRAST,
        "dia gnosis",
        "AD",
        "CN",
        confounds=("age", "sex"),
        error_control=ErrorControl.TFCE,
        permutations=5000,
        atlas="/a/atlas.nii.gz",
        labels="/a/names.tsv",
        same_space=True,
    ),
    GroupRequest(FOLDER, "net", "gradient", GroupQuestion.SLOPE, "age", among="site=1"),
    GroupRequest(FOLDER, "net", "gradient", GroupQuestion.PERSON, person="sub-07", among="group=CN"),
)


@pytest.mark.parametrize("request_", REQUESTS, ids=[one.output for one in REQUESTS])
def test_the_command_calls_what_the_window_calls(
    request_: GroupRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[dict[str, Any]] = []

    def record(*given: Any, **words: Any) -> None:
        words.pop("progress", None)
        # What is not said is the default.
        words = {name: value for name, value in words.items() if value not in (None, "")}
        calls.append({"given": tuple(map(str, given))} | words)
        raise ViewerError("group", "nothing is computed")

    monkeypatch.setattr("viewer.cohorts.group.group", record)
    monkeypatch.setattr("viewer.cohorts.person_in_group.compare_with_group", record)
    with pytest.raises(ViewerError):
        request_.run()
    words = shlex.split(request_.command())
    assert words[0] == "saliency-viewer"
    assert main([*words[1:], "--quiet"]) == 1
    window, command = calls
    # The command names the defaults of seed and threshold, too.
    assert command.pop("seed", 0) == 0
    assert command.pop("threshold").amount == 99
    window["confounds"] = list(window.get("confounds", ()))
    command["confounds"] = list(command.get("confounds", ()))
    assert command == window
