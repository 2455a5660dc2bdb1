"""Off-screen OpenGL window, or a one-line error if OpenGL is not available."""

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
"""Paths of which at least one exists if Linux has a usable graphics card."""


def offscreen_window() -> Any:
    """Create an off-screen vtkRenderWindow.

    VTK tries X, EGL and OSMesa and aborts the process if none of them works, so they are tested first.

    Raises
    ------
    ViewerError
        VTK cannot create an OpenGL context on this machine.
    """
    class_name = find_window_class()
    if class_name is None:
        raise ViewerError("OpenGL", "is not available on this machine", _REMEDY)
    from vtkmodules import vtkRenderingOpenGL2
    from vtkmodules.vtkRenderingCore import vtkRenderWindow

    window: Any = getattr(vtkRenderingOpenGL2, class_name)() if class_name else vtkRenderWindow()
    window.SetOffScreenRendering(True)
    window.SetShowWindow(False)
    window.SetMultiSamples(0)
    window.SetAlphaBitPlanes(True)
    # Pixels are read from the render framebuffer; copying them to a display framebuffer is unnecessary.
    window.SetSwapBuffers(False)
    window.SetFrameBlitModeToNoBlit()
    return window


def find_window_class() -> str | None:
    """Return VTK's window class name, "" for VTK's own choice, or None if there is no OpenGL."""
    if not sys.platform.startswith("linux"):
        return ""
    preferred = os.environ.get(_NAMED, "")
    checks = {"vtkXOpenGLRenderWindow": _has_glx, _EGL: _has_egl, "vtkOSOpenGLRenderWindow": _has_osmesa}
    candidates = [preferred] if preferred in checks else list(checks)
    return next((name for name in candidates if checks[name]()), None)


def choose_fastest_driver() -> None:
    """Make VTK use the driver that starts fastest, unless the user chose one, and load it in the background.

    X uses the graphics card of its screen. Without a card EGL renders the same and starts faster. Only for a
    process whose OpenGL windows are all created here: VTK crashes if X and EGL windows are mixed.
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
    """Return whether there is a graphics card."""
    return any(Path(device).exists() for device in _CARDS)


def _load_library(*names: str) -> ctypes.CDLL | None:
    for name in names:
        try:
            return ctypes.CDLL(name)
        except OSError:
            continue
    return None


def _has_glx() -> bool:
    """Return whether there is an X display that offers GLX."""
    if not os.environ.get("DISPLAY"):
        return False
    x11, gl = _load_library("libX11.so.6"), _load_library("libGL.so.1", "libGLX.so.0")
    if x11 is None or gl is None:
        return False
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XOpenDisplay.argtypes = [ctypes.c_char_p]
    x11.XCloseDisplay.argtypes = [ctypes.c_void_p]
    display = x11.XOpenDisplay(None)
    if not display:
        return False
    gl.glXQueryExtension.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
    has_glx = bool(gl.glXQueryExtension(display, None, None))
    x11.XCloseDisplay(display)
    return has_glx


def _has_egl() -> bool:
    """Return whether EGL has a device, with the calls that VTK's window uses."""
    egl = _load_library("libEGL.so.1")
    if egl is None:
        return False
    egl.eglGetProcAddress.restype = ctypes.c_void_p
    egl.eglGetProcAddress.argtypes = [ctypes.c_char_p]
    query_address, platform_address = (
        egl.eglGetProcAddress(name) for name in (b"eglQueryDevicesEXT", b"eglGetPlatformDisplayEXT")
    )
    if not query_address or not platform_address:
        return False
    device, count = ctypes.c_void_p(), ctypes.c_int()
    query_devices = ctypes.CFUNCTYPE(ctypes.c_uint, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)(
        query_address
    )
    if not query_devices(1, ctypes.byref(device), ctypes.byref(count)) or not count.value:
        return False
    get_display = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_uint, ctypes.c_void_p, ctypes.c_void_p)(
        platform_address
    )
    display = get_display(_EGL_PLATFORM_DEVICE, device, None)
    egl.eglInitialize.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
    egl.eglInitialize.restype = ctypes.c_uint
    return bool(display) and bool(egl.eglInitialize(display, None, None))


def _has_osmesa() -> bool:
    return _load_library("libOSMesa.so.8", "libOSMesa.so.6", "libOSMesa.so") is not None
