"""Letting torch.export work without a word: what it has to say about a network, an error says in one line."""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import TextIO

import torch


class OtherThreads:
    """A stream that takes what other threads write, and drops what this one does."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._dropped = threading.get_ident()

    def write(self, text: str) -> int:
        """Pass on or drop."""
        return len(text) if threading.get_ident() == self._dropped else self._stream.write(text)

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """No warnings, no log, no printing; and attention written out rather than as one opaque operator.

    Changes the whole process while it lasts: only one thread at a time may be in here.
    """
    log = logging.getLogger("torch")
    level = log.level
    fast = torch.backends.mha.get_fastpath_enabled()
    printed = sys.stderr
    try:
        log.setLevel(logging.CRITICAL + 1)
        torch.backends.mha.set_fastpath_enabled(False)
        sys.stderr = OtherThreads(printed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        sys.stderr = printed
        torch.backends.mha.set_fastpath_enabled(fast)
        log.setLevel(level)
