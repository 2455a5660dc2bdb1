"""Locate the files shipped with the program: demonstration, icons, built-in models and scans."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from viewer.errors import ViewerError

GREY_MATTER = "simulated-grey-matter"
MNI_SCANS = ("mni152", "simulated-lesions", GREY_MATTER)
"""Built-in scans in MNI space: the template, the demonstration's scan, and a scan for ``age-bins``."""

BUILTIN_SCANS = (*MNI_SCANS, "simulated-head")
"""Names of the built-in scans; ``simulated-head`` is oriented as a scanner delivers it."""


def resource_path(name: str) -> Path:
    """Return the path of a file under ``resources/``, in the installed package or in a checkout."""
    path = Path(__file__).parent / "resources" / name
    return path if path.exists() else Path(__file__).parent.parent / "resources" / name


def version() -> str:
    """Return the program's version; "0+unknown" in a checkout that was never installed."""
    # Imported here, as it takes a tenth of the time of --help.
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("saliency-viewer")
    except PackageNotFoundError:
        return "0+unknown"


def template_path() -> Path:
    """Return the path of nilearn's MNI152 T1 template, 1 mm, skull-stripped.

    It is located without importing nilearn, which would take a second.
    """
    spec = importlib.util.find_spec("nilearn")
    if spec is not None and spec.origin is not None:
        folder = Path(spec.origin).parent / "datasets" / "data"
        for path in sorted(folder.glob("mni_icbm152_t1_tal_nlin_sym_09a_converted*.nii.gz")):
            return path
    raise ViewerError("mni152", "nilearn's copy of the template is missing", "install nilearn again")
