"""The explanations, one file a family; a method is a declaration and one function.

The package can be called: ``viewer.methods()`` is the registry, name to method.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from viewer.methods.method import Method


class _Callable(ModuleType):
    """A package is an attribute of the one above it, so that no function can have its name there."""

    def __call__(self) -> dict[str, type[Method]]:
        """Name to method, in the order in which the window lists them."""
        from viewer.methods.registry import methods

        return methods()


sys.modules[__name__].__class__ = _Callable
