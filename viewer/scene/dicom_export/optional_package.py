"""Import of highdicom, with one clear line where it is missing."""

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
        It, or a package that it needs, is not installed or is broken.
    """
    try:
        for part in ("pm", "seg", "sc"):
            import_module(f"highdicom.{part}")
        return import_module("highdicom")
    except ModuleNotFoundError as error:
        missing = error.name or "highdicom"
        raise ViewerError("DICOM export", f"lacks the package {missing}", INSTALL) from error
    except Exception as error:  # a package may fail by anything while it is imported
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ViewerError(
            "DICOM export",
            f"cannot use the package highdicom: {reason}",
            "reinstall it: pip install --force-reinstall highdicom",
        ) from error
