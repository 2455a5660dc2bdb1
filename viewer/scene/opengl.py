"""An off-screen OpenGL window, or one clear line that says why there is none."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path
from typing import Any

from viewer.errors import ViewerError

_REMEDY = "install a graphics driver, or Mesa's software OpenGL (Debian: libegl1 libgl1-mesa-dri)"
_EGL_PLATFORM_DEVICE = 0x313F
_NAMED = "VTK_DEFAULT_OPENGL_WINDOW"
_EGL = "vtkEGLRenderWindow"
_CARDS = ("/dev/dri", "/proc/driver/nvidia", "/dev/dxg")
"""One of these is there where Linux has a graphics card to draw with."""


def offscreen_window() -> Any:
    """A new vtkRenderWindow that never shows on a screen.

    VTK tries X, EGL and OSMesa, and takes the whole process down where none of them works; so they are
    looked for first.

    Raises
    ------
    ViewerError
        This machine has no OpenGL that VTK could use.
    """
    found = find_window_class()
    if found is None:
        raise ViewerError("OpenGL", "this machine offers none that could draw the box", _REMEDY)
    from vtkmodules import vtkRenderingOpenGL2
    from vtkmodules.vtkRenderingCore import vtkRenderWindow

    window: Any = getattr(vtkRenderingOpenGL2, found)() if found else vtkRenderWindow()
    window.SetOffScreenRendering(True)
    window.SetShowWindow(False)
    window.SetMultiSamples(0)
    window.SetAlphaBitPlanes(True)
    # Pictures are read from where they are drawn: copying them to where a screen would show them is waste.
    window.SetSwapBuffers(False)
    window.SetFrameBlitModeToNoBlit()
    return window


def find_window_class() -> str | None:
    """The name of VTK's window class to use, "" for VTK's own choice, None where there is no OpenGL."""
    if not sys.platform.startswith("linux"):
        return ""
    named = os.environ.get(_NAMED, "")
    checks = {"vtkXOpenGLRenderWindow": _has_glx, _EGL: _has_egl, "vtkOSOpenGLRenderWindow": _has_osmesa}
    wanted = [named] if named in checks else list(checks)
    return next((name for name in wanted if checks[name]()), None)


def choose_ready_driver() -> None:
    """Have VTK draw with what is ready first, unless somebody chose, and load it; off the window's thread.

    X draws with the card that its screen hangs on. Without a card EGL draws the same and is ready sooner.
    Only for a process whose OpenGL windows are all made here: VTK crashes where one is X's and another EGL's.
    """
    if (
        sys.platform.startswith("linux")
        and _NAMED not in os.environ
        and not has_graphics_card()
        and _has_egl()
    ):
        os.environ[_NAMED] = _EGL
    find_window_class()


def has_graphics_card() -> bool:
    """Whether there is a graphics card."""
    return any(Path(place).exists() for place in _CARDS)


def _library(*names: str) -> ctypes.CDLL | None:
    for name in names:
        try:
            return ctypes.CDLL(name)
        except OSError:
            continue
    return None


def _has_glx() -> bool:
    """Whether there is an X display that answers and offers GLX."""
    if not os.environ.get("DISPLAY"):
        return False
    x11, gl = _library("libX11.so.6"), _library("libGL.so.1", "libGLX.so.0")
    if x11 is None or gl is None:
        return False
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XOpenDisplay.argtypes = [ctypes.c_char_p]
    x11.XCloseDisplay.argtypes = [ctypes.c_void_p]
    display = x11.XOpenDisplay(None)
    if not display:
        return False
    gl.glXQueryExtension.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
    found = bool(gl.glXQueryExtension(display, None, None))
    x11.XCloseDisplay(display)
    return found


def _has_egl() -> bool:
    """Whether EGL has a device, as VTK's window asks for one."""
    egl = _library("libEGL.so.1")
    if egl is None:
        return False
    egl.eglGetProcAddress.restype = ctypes.c_void_p
    egl.eglGetProcAddress.argtypes = [ctypes.c_char_p]
    query, platform = (
        egl.eglGetProcAddress(name) for name in (b"eglQueryDevicesEXT", b"eglGetPlatformDisplayEXT")
    )
    if not query or not platform:
        return False
    device, count = ctypes.c_void_p(), ctypes.c_int()
    ask = ctypes.CFUNCTYPE(ctypes.c_uint, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)(query)
    if not ask(1, ctypes.byref(device), ctypes.byref(count)) or not count.value:
        return False
    display_of = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_uint, ctypes.c_void_p, ctypes.c_void_p)(platform)
    display = display_of(_EGL_PLATFORM_DEVICE, device, None)
    egl.eglInitialize.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
    egl.eglInitialize.restype = ctypes.c_uint
    return bool(display) and bool(egl.eglInitialize(display, None, None))


def _has_osmesa() -> bool:
    return _library("libOSMesa.so.8", "libOSMesa.so.6", "libOSMesa.so") is not None
