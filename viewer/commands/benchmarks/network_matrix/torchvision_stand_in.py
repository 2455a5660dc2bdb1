"""Empty modules in place of torchvision, for packages that import it but do not need it for networks."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.util
import sys
from collections.abc import MutableSequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any


class StandInClass(type):
    """Type of classes that have any class attribute, such as the members of an enumeration."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return f"{cls.__name__}.{name}"


class StandInModule(ModuleType):
    """Module whose attributes are all empty network classes."""

    __path__: MutableSequence[str]
    __version__ = "0"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        from torch import nn

        return StandInClass(name, (nn.Module,), {})


class StandInFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finder of torchvision and everything in it."""

    def find_spec(self, name: str, path: object, target: object = None) -> ModuleSpec | None:
        """Return a specification for torchvision only."""
        del path, target
        handled = name.partition(".")[0] == "torchvision"
        return importlib.util.spec_from_loader(name, self, is_package=True) if handled else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return an empty module."""
        module = StandInModule(spec.name)
        module.__path__ = []
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing."""


def install_stand_in() -> None:
    """Make torchvision importable in this process if it is missing or does not match the installed torch."""
    if any(isinstance(finder, StandInFinder) for finder in sys.meta_path):
        return
    try:
        importlib.import_module("torchvision")
    except (ImportError, RuntimeError):
        for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
            del sys.modules[name]
        sys.meta_path.append(StandInFinder())
