"""Import of the packages that only preparation needs, with one clear line where they are missing."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from viewer.errors import ViewerError


def import_optional(package: str, purpose: str) -> Any:
    """Return a package that the extra ``prepare`` installs.

    Parameters
    ----------
    package
        Name to import.
    purpose
        What it is needed for, to continue "which": "finds the brain".

    Raises
    ------
    ViewerError
        It is not installed.
    """
    try:
        return import_module(package)
    except ModuleNotFoundError as error:
        missing = error.name or package
        raise ViewerError(
            "preparation",
            f"lacks the package {missing}, which {purpose}",
            'pip install "saliency-viewer[prepare]"',
        ) from error
