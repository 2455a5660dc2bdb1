"""Commands that are run as somebody without the checkout would run them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]


def call(
    *command: str | Path, cwd: Path, variables: Mapping[str, str] | None = None, timeout: float = 240
) -> str:
    """Run a command outside of the checkout; its output, or a failure that shows its errors."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    answer = subprocess.run(
        command,
        cwd=cwd,
        env=environment | dict(variables or {}),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    return answer.stdout
