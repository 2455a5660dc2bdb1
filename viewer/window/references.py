"""None, True and False, kept alive on Pythons where PySide6 lets go of them.

PySide6 6.12.0 takes them to be immortal, as they are from Python 3.12 on, and answers them without a
reference of their own. On Python 3.11 every call that answers None, and every signal that is emitted, then
takes one reference away, and Python ends with "deallocating None" after some ten thousand of them.
6.11.3 is right. Where the loss is measured, they are given references that no session can use up.
"""

from __future__ import annotations

import ctypes
import sys

from PySide6.QtCore import QObject

PLENTY = 1 << 40
CALLS = 8


def loses_references() -> bool:
    """Whether calls into PySide6 take references from None on this Python."""
    tried = QObject()
    before = sys.getrefcount(None)
    for _ in range(CALLS):
        tried.setObjectName("")
    return sys.getrefcount(None) <= before - CALLS // 2


def keep_alive() -> None:
    """Give None, True, False and NotImplemented references in plenty, where they are needed."""
    if sys.implementation.name != "cpython" or sys.version_info >= (3, 12) or not loses_references():
        return
    for constant in (None, True, False, NotImplemented):
        # An object of CPython begins with its count of references.
        ctypes.c_ssize_t.from_address(id(constant)).value += PLENTY
