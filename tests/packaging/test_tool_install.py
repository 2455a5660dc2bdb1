"""The wheel, installed by uv and by pipx into an environment of its own with all it needs, opens its window.

Every package is downloaded or copied, and PyTorch is the build that the tests run with; times are printed.
"""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from tests.packaging.outside_checkout import call
from viewer.commands.desktop_files import PLACES

pytestmark = pytest.mark.slow

OPENING_SECONDS = 120
CPU_INDEX = "https://download.pytorch.org/whl/cpu"


def find_tool(name: str) -> str:
    """Return the path of an installer; the test is skipped where there is none."""
    found = shutil.which(name, path=os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]]))
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def links_of_pip() -> list[str]:
    """Return the folders of wheels that pip is configured to use."""
    answer = subprocess.run(
        [sys.executable, "-m", "pip", "config", "get", "global.find-links"],
        capture_output=True,
        text=True,
        check=False,
    )
    return answer.stdout.split()


def install(tool: str, wheel: Path, home: Path) -> Path:
    """Install the wheel as a person would; return the program that is then in the PATH."""
    torch = importlib.metadata.version("torch")
    constraint = home / "constraints.txt"
    constraint.write_text(f"torch=={torch}\n")
    links = links_of_pip()
    is_local = any(Path(link).is_dir() and list(Path(link).glob(f"torch-{torch}-*")) for link in links)
    # PyPI's build for Linux brings gigabytes of CUDA.
    index = ["--extra-index-url", CPU_INDEX] if torch.endswith("+cpu") and not is_local else []
    found = [word for link in links for word in ("--find-links", link)]
    variables = {"HOME": str(home), "PATH": f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    if tool == "uv":
        variables |= {
            "UV_TOOL_DIR": str(home / "tools"), "UV_TOOL_BIN_DIR": str(home / "bin"),
            "UV_CACHE_DIR": str(home / "cache"),
        }  # fmt: skip
        words = ["tool", "install", "--python", sys.executable, "--constraints", str(constraint)]
        call(find_tool(tool), *words, *found, *index, wheel, cwd=home, variables=variables, timeout=1800)
    else:
        variables |= {"PIPX_HOME": str(home / "tools"), "PIPX_BIN_DIR": str(home / "bin")}
        pip_words = " ".join(["--constraint", str(constraint), "--no-cache-dir", *found, *index])
        words = ["install", "--python", sys.executable, f"--pip-args={pip_words}"]
        call(find_tool(tool), *words, wheel, cwd=home, variables=variables, timeout=1800)
    return home / "bin/saliency-viewer"


@contextmanager
def x_server() -> Iterator[str]:
    """Start a screen of 1280 by 800; its name."""
    reading, writing = os.pipe()
    # By default it starts anew when its last client leaves, and refuses others meanwhile.
    words = ["-screen", "0", "1280x800x24", "-nolisten", "tcp", "-noreset"]
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), *words],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    try:
        with os.fdopen(reading) as pipe:
            number = pipe.readline().strip()
        assert number, "Xvfb did not start"
        yield f":{number}"
    finally:
        server.terminate()
        server.wait(10)


def shows_bodies(display: str) -> bool:
    """Return whether the screen shows the demonstration: orange bodies, and the brain on the walls."""
    from PIL import ImageGrab

    pixels = np.asarray(ImageGrab.grab(xdisplay=display).convert("RGB"), dtype=float)
    red, green, blue = np.moveaxis(pixels, -1, 0)
    orange = (red > 120) & (red > 1.5 * green) & (green > 1.5 * blue)
    grey = (np.abs(red - green) < 12) & (np.abs(green - blue) < 12) & (red > 120)
    return bool(orange.mean() > 0.002 and grey.mean() > 0.03)


@pytest.mark.skipif(shutil.which("Xvfb") is None, reason="there is no Xvfb to open the window on")
@pytest.mark.parametrize("tool", ["uv", "pipx"])
@pytest.mark.timeout(3600)
def test_the_installed_program_opens_its_window(
    tool: str, wheel: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    find_tool(tool)
    start = time.monotonic()
    program = install(tool, wheel, tmp_path)
    installed = time.monotonic() - start
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "QT_", "VTK_", "XDG_", "WAYLAND_", "PYOPENGL_"))
    }
    environment |= {"HOME": str(tmp_path / "home"), "QT_QPA_PLATFORM": "xcb"}
    with x_server() as display:
        opened = []
        # The first start compiles Python's files.
        for _ in range(2):
            start = time.monotonic()
            window = subprocess.Popen([program], cwd=tmp_path, env=environment | {"DISPLAY": display})
            try:
                while not shows_bodies(display):
                    assert window.poll() is None, "the program ended by itself"
                    assert time.monotonic() - start < OPENING_SECONDS, "no demonstration was shown"
                    time.sleep(0.25)
                opened.append(time.monotonic() - start)
            finally:
                window.terminate()
                window.wait(20)
    size = sum(path.lstat().st_size for path in (tmp_path / "tools").rglob("*") if path.is_file())
    with capsys.disabled():
        print(
            f"\n{tool}: installed in {installed:.0f} s, {size / 1e9:.1f} GB; demonstration shown after "
            f"{opened[0]:.1f} s at the first start, {opened[1]:.1f} s at the second"
        )
    data = {"HOME": str(tmp_path / "home"), "XDG_DATA_HOME": str(tmp_path / "data")}
    call(program, "install-desktop", cwd=tmp_path, variables=data)
    entry = (tmp_path / "data" / PLACES["saliency-viewer.desktop"]).read_text()
    assert f'Exec="{program}" %f\n' in entry
