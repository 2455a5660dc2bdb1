"""A headless Chromium that a test drives by the DevTools protocol over a pipe: no package is needed."""

from __future__ import annotations

import base64
import io
import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SECONDS = 90.0
OPTIONS = (
    "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--use-gl=angle", "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader", "--no-first-run", "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--force-color-profile=srgb",
    "--remote-debugging-pipe",
)  # fmt: skip
KEYS = {
    "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40, "PageUp": 33, "PageDown": 34,
    "Home": 36, "Tab": 9, "Enter": 13, " ": 32,
}  # fmt: skip


def find_chromium() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name)) is not None), None)


class Browser:
    """One page of Chromium. ``requests`` are the addresses it asked for, ``errors`` what its console said."""

    def __init__(self, folder: Path, size: tuple[int, int] = (1280, 800)) -> None:
        chromium = find_chromium()
        assert chromium is not None
        to_browser, self._out = os.pipe()
        self._in, from_browser = os.pipe()
        # The protocol reads descriptor 3 and writes 4; a shell moves the pipe's ends there.
        command = f'exec "$0" "$@" 3<&{to_browser} 4>&{from_browser}'
        self._process = subprocess.Popen(
            ["/bin/bash", "-c", command, chromium, *OPTIONS, f"--user-data-dir={folder}",
             f"--window-size={size[0]},{size[1]}", "about:blank"],
            pass_fds=(to_browser, from_browser), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(to_browser)
        os.close(from_browser)
        self._buffer = b""
        self._number = 0
        self._session = ""
        self.errors: list[str] = []
        self.requests: list[str] = []
        pages = self.call("Target.getTargets")["targetInfos"]
        target = next(one["targetId"] for one in pages if one["type"] == "page")
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")
        self.resize(*size)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and return its result; keep what is told meanwhile."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            found = self._read(end)
            if found.get("id") == self._number:
                assert "error" not in found, found["error"]
                return found["result"]
        raise TimeoutError(method)

    def _read(self, end: float) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._in], [], [], max(end - time.monotonic(), 0.0))
            if not ready:
                raise TimeoutError("the browser says nothing")
            self._buffer += os.read(self._in, 1 << 20)
        message, _, self._buffer = self._buffer.partition(b"\0")
        found = json.loads(message)
        said = found.get("params", {})
        if found.get("method") == "Runtime.exceptionThrown":
            self.errors.append(said["exceptionDetails"].get("exception", {}).get("description", str(said)))
        elif found.get("method") == "Runtime.consoleAPICalled" and said["type"] in ("error", "warning"):
            self.errors.append(str(said["args"]))
        elif found.get("method") == "Log.entryAdded" and said["entry"]["level"] in ("error", "warning"):
            self.errors.append(said["entry"]["text"])
        elif found.get("method") == "Network.requestWillBeSent":
            self.requests.append(said["request"]["url"])
        return found

    def open(self, path: Path) -> float:
        """Open a page and wait until it is ready; return the seconds."""
        begin = time.monotonic()
        self.call("Page.navigate", url=path.as_uri())
        while (state := self.evaluate("document.body && document.body.dataset.state")) != "ready":
            assert state != "failed", self.text("#failed")
            assert time.monotonic() < begin + SECONDS, self.errors
            time.sleep(0.02)
        return time.monotonic() - begin

    def evaluate(self, script: str) -> Any:
        """Return the value of an expression, of a promise when it is kept."""
        found = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def wait_until_idle(self) -> None:
        """Wait for two frames: what was changed is then painted."""
        self.evaluate(
            "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))"
        )

    def text(self, selector: str) -> str:
        return str(self.evaluate(f"document.querySelector({json.dumps(selector)}).textContent"))

    def resize(self, width: int, height: int) -> None:
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=False,
        )  # fmt: skip

    def reduce_motion(self) -> None:
        features = [{"name": "prefers-reduced-motion", "value": "reduce"}]
        self.call("Emulation.setEmulatedMedia", features=features)

    def rectangle(self, selector: str) -> tuple[float, float, float, float]:
        """Return left, top, width and height of an element in the window."""
        script = f"(r => [r.x, r.y, r.width, r.height])(document.querySelector({json.dumps(selector)})"
        left, top, width, height = self.evaluate(script + ".getBoundingClientRect())")
        return left, top, width, height

    def pixels(self, selector: str | None = None) -> np.ndarray:
        """Return the window's picture, or an element's, uint8, shape (h, w, 3)."""
        self.wait_until_idle()
        data = self.call("Page.captureScreenshot", format="png")["data"]
        picture = np.array(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB"))
        if selector is None:
            return picture
        left, top, width, height = (round(value) for value in self.rectangle(selector))
        return picture[top : top + height, left : left + width]

    def mouse(self, kind: str, x: float, y: float, **more: Any) -> None:
        """Send a mouse event: moved, pressed, released or wheel."""
        names = {"moved": "mouseMoved", "pressed": "mousePressed", "released": "mouseReleased"}
        pressed = {} if kind in ("moved", "wheel") else {"button": "left", "clickCount": 1}
        event = names.get(kind, "mouseWheel")
        self.call("Input.dispatchMouseEvent", type=event, x=x, y=y, **(pressed | more))
        self.wait_until_idle()

    def click(self, selector: str, x: float = 0.5, y: float = 0.5) -> None:
        """Click into an element, at a share of its width and height."""
        self.evaluate(f"document.querySelector({json.dumps(selector)}).scrollIntoView({{block: 'nearest'}})")
        left, top, width, height = self.rectangle(selector)
        place = left + x * width, top + y * height
        for kind in ("moved", "pressed", "released"):
            self.mouse(kind, *place)

    def press(self, key: str, *, shift: bool = False) -> None:
        """Press and release a key on whatever has the focus."""
        code = KEYS.get(key, ord(key.upper()) if len(key) == 1 else 0)
        text = {"text": key} if len(key) == 1 else {"text": "\r"} if key == "Enter" else {}
        common = {"key": key, "windowsVirtualKeyCode": code, "modifiers": 8 if shift else 0}
        self.call("Input.dispatchKeyEvent", type="keyDown", **common, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", **common)
        self.wait_until_idle()

    def close(self) -> None:
        try:
            self._session = ""
            self.call("Browser.close")
        except (TimeoutError, OSError):
            self._process.kill()
        self._process.wait(timeout=20)
        os.close(self._in)
        os.close(self._out)
