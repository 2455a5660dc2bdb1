"""JSON lines that are appended by one or more runs: cut-off lines, damage, and files of another kind."""

from __future__ import annotations

import multiprocessing
import os
from pathlib import Path

import pytest

from viewer.errors import ViewerError
from viewer.json_lines import append_json_lines, read_json_lines

HEAD = {"about": 1}


def test_what_was_appended_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "some.jsonl"
    append_json_lines(path, [{"a": 1}], HEAD)
    append_json_lines(path, [{"a": 2}, {"a": "ü"}], HEAD)
    assert read_json_lines(path) == [HEAD, {"a": 1}, {"a": 2}, {"a": "ü"}]


def test_a_line_that_a_killed_run_left_unfinished_is_left_out_and_then_removed(tmp_path: Path) -> None:
    path = tmp_path / "some.jsonl"
    append_json_lines(path, [{"a": 1}], HEAD)
    with path.open("a") as file:
        file.write('{"a": 22')
    assert read_json_lines(path) == [HEAD, {"a": 1}]
    append_json_lines(path, [{"a": 3}], HEAD)
    assert read_json_lines(path) == [HEAD, {"a": 1}, {"a": 3}]


def test_an_empty_file_gets_its_head(tmp_path: Path) -> None:
    path = tmp_path / "some.jsonl"
    path.touch()
    assert read_json_lines(path) == []
    append_json_lines(path, [], HEAD)
    append_json_lines(path, [{"a": 1}], HEAD)
    assert read_json_lines(path) == [HEAD, {"a": 1}]


@pytest.mark.parametrize(
    "line",
    [
        "[" * 100_000,
        '{"a": NaN}',
        '{"a": 1e999}',
        "[1]",
        "",
        "text",
        '{"a": ' + "9" * 10_000 + "}",
        "\ufeff{}",
    ],
)
def test_a_damaged_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "some.jsonl"
    path.write_text(f'{{"about": 1}}\n{line}\n{{"a": 1}}\n')
    with pytest.raises(ViewerError, match=r"some\.jsonl, line 2: is damaged; remove it"):
        read_json_lines(path)


def test_a_file_of_another_kind_is_not_called_damaged(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("my own notes\nof two lines\n")
    with pytest.raises(ViewerError, match=r"notes\.txt: holds no records; choose another file"):
        read_json_lines(path)


def test_what_is_no_regular_file_or_too_large_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ViewerError, match="named pipe"):
        read_json_lines(tmp_path / "pipe")
    with (tmp_path / "large").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(ViewerError, match="too large"):
        read_json_lines(tmp_path / "large")
    (tmp_path / "latin").write_bytes(b'{"a": "\xe9"}\n')
    with pytest.raises(ViewerError, match="latin: holds no records"):
        read_json_lines(tmp_path / "latin")
    with pytest.raises(ViewerError, match="cannot be written"):
        append_json_lines(tmp_path / "none" / "some.jsonl", [{"a": 1}])


def _append(path: Path, start: int) -> None:
    for number in range(start, start + 50):
        append_json_lines(path, [{"a": number, "long": "x" * 20_000}], HEAD)


def test_two_runs_at_once_leave_whole_lines_and_one_head(tmp_path: Path) -> None:
    path = tmp_path / "some.jsonl"
    fork = multiprocessing.get_context("fork")
    runs = [fork.Process(target=_append, args=(path, start)) for start in (0, 50)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    head, *found = read_json_lines(path)
    assert head == HEAD
    assert sorted(entry["a"] for entry in found) == list(range(100))
