"""Import of packages needed only for preparation, with a one-line error if they are missing."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from viewer.errors import ViewerError

INSTALL = 'pip install "saliency-viewer[prepare]"'


def import_optional(package: str, purpose: str) -> Any:
    """Return a package that the extra ``prepare`` installs.

    Parameters
    ----------
    package
        Name to import.
    purpose
        Its purpose, to follow "which" in the error: "finds the brain".

    Raises
    ------
    ViewerError
        The package is not installed, or its installation is broken.
    """
    try:
        return import_module(package)
    except ModuleNotFoundError as error:
        missing = error.name or package
        raise ViewerError(
            "preparation",
            f"lacks the package {missing}, which {purpose}",
            INSTALL,
        ) from error
    except Exception as error:  # importing a package may raise anything
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ViewerError(
            "preparation",
            f"cannot use the package {package}, which {purpose}: {reason}",
            f"reinstall it: pip install --force-reinstall {package}",
        ) from error
