"""Every text can be written to every terminal, and a closed stream is not an error."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def command(*words: str, closed: str = "", **environment: str) -> subprocess.CompletedProcess[bytes]:
    line = f'exec "$0" -m viewer "$@" {closed}'
    return subprocess.run(
        ["/bin/sh", "-c", line, sys.executable, *words],
        capture_output=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
    )


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_letters_that_an_encoding_lacks_are_escaped(encoding):
    answer = command("methods", PYTHONIOENCODING=encoding)
    assert (answer.returncode, answer.stderr) == (0, b"")
    text = answer.stdout.decode(encoding)
    assert "integrated-gradients" in text
    assert "\\u" in text or "\\xb7" in text


def test_closed_streams_are_no_error(tmp_path):
    assert command("methods", closed=">&-").stderr == b""
    assert command("methods", closed="2>&-").returncode == 0
    answer = command("info", str(tmp_path / "none.nii"), closed=">&- 2>&- <&-")
    assert answer.returncode == 1
