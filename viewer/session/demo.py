"""The demonstration that the program opens with: a scan, a network, and a map that is there at once."""

from __future__ import annotations

from pathlib import Path

from viewer.shipped import shipped

SCAN = "simulated-lesions"
MODEL = "demo"
MAP = "demo/map.nii.gz"


def demo_files() -> tuple[str, str, Path | None]:
    """The scan's name, the model's name, and the path of the shipped map of the one by the other.

    The path is None where the program was installed without its demonstration.
    """
    path = shipped(MAP)
    return SCAN, MODEL, path if path.is_file() else None
