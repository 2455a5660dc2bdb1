"""Firefox under a virtual display, driven by its Marionette protocol: without a display it has no WebGL."""

from __future__ import annotations

import base64
import io
import json
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

SECONDS = 120.0
PREFERENCES = {
    "webgl.force-enabled": True,
    "webgl.out-of-process": False,
    "security.sandbox.content.level": 0,
    "app.update.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "browser.shell.checkDefaultBrowser": False,
}


def find_firefox() -> str | None:
    if shutil.which("xvfb-run") is None:
        return None
    return next((path for name in ("firefox-esr", "firefox") if (path := shutil.which(name))), None)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Firefox:
    """One window of Firefox."""

    def __init__(self, folder: Path) -> None:
        firefox = find_firefox()
        assert firefox is not None
        port = free_port()
        told = PREFERENCES | {"marionette.port": port}
        lines = [f'user_pref("{name}", {json.dumps(value)});' for name, value in told.items()]
        (folder / "user.js").write_text("\n".join(lines))
        screen = "-screen 0 1400x1000x24"
        self._process = subprocess.Popen(
            ["xvfb-run", "-a", "-s", screen, firefox, "--marionette", "--no-remote", "--profile", str(folder),
             "about:blank"],
            env={**os.environ, "HOME": str(folder), "LIBGL_ALWAYS_SOFTWARE": "1"},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._number = 0
        self._stream = self._connect(port).makefile("rwb")
        self._read()
        self.call("WebDriver:NewSession")
        self.call("WebDriver:SetWindowRect", width=1280, height=900)

    def _connect(self, port: int) -> socket.socket:
        end = time.monotonic() + SECONDS
        while True:
            try:
                found = socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
            except OSError:
                assert time.monotonic() < end, "Firefox does not start"
                time.sleep(0.2)
            else:
                return found

    def _read(self) -> Any:
        digits = b""
        while (byte := self._stream.read(1)) != b":":
            digits += byte
        return json.loads(self._stream.read(int(digits)))

    def call(self, name: str, **parameters: Any) -> Any:
        self._number += 1
        message = json.dumps([0, self._number, name, parameters]).encode()
        self._stream.write(f"{len(message)}:".encode() + message)
        self._stream.flush()
        _, _, error, found = self._read()
        assert error is None, error
        return found

    def evaluate(self, script: str) -> Any:
        return self.call("WebDriver:ExecuteScript", script=f"return {script}", args=[])["value"]

    def open(self, path: Path) -> None:
        """Open a page and wait until it is ready."""
        self.call("WebDriver:Navigate", url=path.as_uri())
        end = time.monotonic() + SECONDS
        while self.evaluate("document.body.dataset.state") == "loading":
            assert time.monotonic() < end
            time.sleep(0.1)

    def pixels(self) -> np.ndarray:
        """Return the window's picture, uint8, shape (h, w, 3)."""
        time.sleep(1.0)
        data = self.call("WebDriver:TakeScreenshot", full=False)["value"]
        return np.array(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB"))

    def close(self) -> None:
        self.call("Marionette:Quit", flags=["eForceQuit"])
        self._stream.close()
        self._process.wait(timeout=30)
