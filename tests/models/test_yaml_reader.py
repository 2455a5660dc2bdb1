"""Untrusted YAML: plain values are read, and all else is one line, in bounds of time and memory."""

from __future__ import annotations

import sys
from pathlib import Path
from types import FrameType

import pytest

from viewer.errors import ModelError
from viewer.models.yaml_reader import MAX_YAML_BYTES, read_yaml


def _write(folder: Path, content: str | bytes) -> Path:
    path = folder / "inference.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_plain_values_are_those_of_json(tmp_path: Path) -> None:
    content = """
imports: [$import glob]  # a comment
network_def:
  _target_: UNet
  channels: [4, 8]
  rate: 1.5e-3
  flag: true
  nothing:
0: zero
date: 2024-02-03
"""
    assert read_yaml(_write(tmp_path, content)) == {
        "imports": ["$import glob"],
        "network_def": {
            "_target_": "UNet",
            "channels": [4, 8],
            "rate": 0.0015,
            "flag": True,
            "nothing": None,
        },
        "0": "zero",
        "date": "2024-02-03",
    }


BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))

REFUSED: dict[str, tuple[str | bytes, str]] = {
    "an object": (
        "a: !!python/object/apply:os.system ['touch ran']",
        "is not YAML (could not determine a constructor",
    ),
    "a name": ("a: !!python/name:os.system", "is not YAML"),
    "a tag of one's own": ("a: !x y", "is not YAML"),
    "bytes": ("a: !!binary aGVsbG8=", "holds a value of the kind bytes"),
    "a set": ("a: !!set {b, c}", "holds a value of the kind set"),
    "pairs": ("a: !!pairs [b: c]", "holds a value of the kind tuple"),
    "a bomb of aliases": (BOMB, "uses the alias *a0"),
    "a circle": ("a: &a [*a]", "uses the alias *a"),
    "a merged alias": ("a: &a {b: 1}\nc: {<<: *a}", "uses the alias *a"),
    "deep lists": ("a: " + "[" * 20_000, "is nested in more than 50 levels"),
    "deep mappings": ("a: " + "{b: " * 20_000, "is nested in more than 50 levels"),
    "a text": ("hello", "holds no YAML mapping"),
    "a list": ("- 1", "holds no YAML mapping"),
    "nothing": ("", "holds no YAML mapping"),
    "two documents": ("a: 1\n---\nb: 2", "is not YAML (but found another document in line 2)"),
    "an entry twice": ("a: 1\na: 2", "has the entry 'a' twice"),
    "no number": ("a: .nan", "holds nan"),
    "infinity": ("a: [-.inf]", "holds -inf"),
    "a tab": ("a:\n\t- 1", "is not YAML (found character"),
    "a date that does not exist": ("a: 2024-02-31", "is not YAML"),
    "a number of base 60": ("a: !!int '1:x'", "is not YAML"),
    "a list as key": ("? [a]\n: b", "is not YAML"),
    "no text": (b"a: \xff\xfe\0", "is not YAML"),
    "half of a pair": ('a: "\\uD800"', "Unicode"),
    "a huge file": ("a: " + "x" * MAX_YAML_BYTES, "is too large for a configuration"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_all_else_is_refused_in_one_line(tmp_path: Path, case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    content, line = REFUSED[case]
    with pytest.raises(ModelError) as raised:
        read_yaml(_write(tmp_path, content))
    assert line in str(raised.value)
    assert "\n" not in str(raised.value)
    assert not (tmp_path / "ran").exists()


def test_the_largest_files_are_read_in_linear_time(tmp_path: Path) -> None:
    def calls(count: int) -> int:
        path = _write(tmp_path, "a: [" + ", ".join(["1"] * count) + "]")
        counted = 0

        def count_call(frame: FrameType, event: str, argument: object) -> None:
            nonlocal counted
            counted += event in ("call", "c_call")

        before = sys.getprofile()
        sys.setprofile(count_call)
        try:
            read_yaml(path)
        finally:
            sys.setprofile(before)
        return counted

    assert 2_000 < calls(2_000) < calls(20_000) < 11 * calls(2_000)
