"""Large shared libraries opened without keeping the window waiting.

Python's ``import`` holds the interpreter's lock while the system links a library, for a quarter of a second
in the case of PyTorch, and no other thread runs meanwhile. Opened here first, on a background thread and
without the lock, the library is there already when it is imported.
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
    """Open libraries, each given as a package and a pattern within its folder, with all they need.

    What is not there, or cannot be opened, is left to the import that needs it and that says why. Only
    Linux links so slowly that it is worth it.
    """
    if not sys.platform.startswith("linux"):
        return
    # Python lets go of its lock in calls of foreign functions, but not in ctypes' own way of opening.
    dlopen = ctypes.CDLL(None).dlopen
    dlopen.argtypes = [ctypes.c_char_p, ctypes.c_int]
    dlopen.restype = ctypes.c_void_p
    for package, pattern in libraries:
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            continue
        for path in Path(spec.origin).parent.glob(pattern):
            dlopen(os.fsencode(path), os.RTLD_NOW | os.RTLD_LOCAL)
