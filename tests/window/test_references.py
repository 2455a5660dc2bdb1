"""The window outlives any number of calls into Qt."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
MANY = """
from PySide6.QtCore import QObject, Signal
from viewer.window.app import application
class Sender(QObject):
    sent = Signal(object)
application()
sender = Sender()
sender.sent.connect(lambda value: None)
for _ in range(100_000):
    sender.sent.emit(None)
    sender.setObjectName("")
print("alive")
"""


def test_none_and_true_outlive_a_hundred_thousand_signals() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", MANY], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.strip() == "alive"
