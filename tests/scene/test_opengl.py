"""Where there is no OpenGL, one line says so, and nothing crashes."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from viewer.errors import ViewerError
from viewer.scene import opengl

SCRIPT = """
from viewer.errors import ViewerError
from viewer.scene.opengl import _has_osmesa
from viewer.scene.box import BoxScene
try:
    BoxScene()
except ViewerError as error:
    print(error)
else:
    print("drawn", _has_osmesa())
"""


def test_none_is_a_clear_error(monkeypatch):
    monkeypatch.setattr(opengl, "find_window_class", lambda: None)
    with pytest.raises(ViewerError, match=r"OpenGL: is not available on this machine; install"):
        opengl.offscreen_window()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="EGL's vendors are listed so on Linux only")
@pytest.mark.parametrize("named", ["", "vtkEGLRenderWindow", "vtkXOpenGLRenderWindow"])
def test_a_machine_whose_egl_has_no_driver_does_not_crash(named, tmp_path):
    env = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "VTK_DEFAULT_OPENGL_WINDOW")}
    env["__EGL_VENDOR_LIBRARY_FILENAMES"] = str(tmp_path / "none.json")
    if named:
        env["VTK_DEFAULT_OPENGL_WINDOW"] = named
    done = subprocess.run([sys.executable, "-c", SCRIPT], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "is not available on this machine" in done.stdout or done.stdout.strip() == "drawn True"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere VTK has one window alone")
@pytest.mark.parametrize(
    ("named", "card", "egl", "chosen"),
    [
        (None, False, True, "vtkEGLRenderWindow"),
        (None, True, True, None),
        (None, False, False, None),
        ("vtkXOpenGLRenderWindow", False, True, "vtkXOpenGLRenderWindow"),
    ],
)
def test_without_a_card_the_window_takes_what_starts_sooner(monkeypatch, named, card, egl, chosen):
    name = "VTK_DEFAULT_OPENGL_WINDOW"
    # Set first, so that whatever is set later is taken back.
    monkeypatch.setenv(name, named or "")
    if named is None:
        monkeypatch.delenv(name)
    monkeypatch.setattr(opengl, "has_graphics_card", lambda: card)
    monkeypatch.setattr(opengl, "_has_egl", lambda: egl)
    opengl.choose_fastest_driver()
    assert os.environ.get(name) == chosen
