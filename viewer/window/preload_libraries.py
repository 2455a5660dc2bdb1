"""Loading of large shared libraries in the background, without blocking the GUI thread.

Python's ``import`` holds the global interpreter lock (GIL) while the system links a library, for a quarter
of a second in the case of PyTorch, and no other thread runs meanwhile. Opened here first, on a background
thread and without the lock, the library is already loaded when it is imported.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

TORCH = ("torch", "lib/libtorch_python.so")
NUMPY = ("numpy", "_core/_multiarray_umath.*.so")
VTK = (
    ("vtkmodules", "libvtkRenderingOpenGL2*.so"),
    ("vtkmodules", "libvtkFiltersCore*.so"),
)
SCIPY = (("scipy", "ndimage/_nd_image.*.so"), ("scipy", "linalg/_flapack.*.so"))


def preload(*libraries: Sequence[str]) -> None:
    """Open shared libraries and their dependencies, each given as a package and a glob pattern in its folder.

    A library that is missing or cannot be opened is skipped: the import that needs it reports the error.
    Does nothing on systems other than Linux, where linking is fast.
    """
    if not sys.platform.startswith("linux"):
        return
    # ctypes releases the GIL in calls to foreign functions, but not in the constructor of CDLL.
    dlopen = ctypes.CDLL(None).dlopen
    dlopen.argtypes = [ctypes.c_char_p, ctypes.c_int]
    dlopen.restype = ctypes.c_void_p
    for package, pattern in libraries:
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            continue
        for path in Path(spec.origin).parent.glob(pattern):
            dlopen(os.fsencode(path), os.RTLD_NOW | os.RTLD_LOCAL)
