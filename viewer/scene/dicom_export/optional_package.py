"""Import of highdicom, with a one-line error if it is missing."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from viewer.errors import ViewerError

INSTALL = 'pip install "saliency-viewer[dicom]"'


def import_highdicom() -> Any:
    """Return the package highdicom.

    Raises
    ------
    ViewerError
        highdicom, or a package that it needs, is not installed or broken.
    """
    try:
        for module in ("pm", "seg", "sc"):
            import_module(f"highdicom.{module}")
        return import_module("highdicom")
    except ModuleNotFoundError as error:
        missing = error.name or "highdicom"
        raise ViewerError("DICOM export", f"lacks the package {missing}", INSTALL) from error
    except Exception as error:  # importing a package may raise any exception
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ViewerError(
            "DICOM export",
            f"cannot use the package highdicom: {reason}",
            "reinstall it: pip install --force-reinstall highdicom",
        ) from error
