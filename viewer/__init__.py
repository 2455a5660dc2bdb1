"""Saliency Viewer: why a neural network decides what it decides about a brain scan.

Everything the window does can be done from here. Importing this package costs next to nothing: what a name
needs is imported when the name is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from viewer.methods.explain import explain
    from viewer.methods.features.feature import features
    from viewer.methods.patterns.fit import fit_patterns
    from viewer.methods.registry import methods
    from viewer.models.loading import load_model
    from viewer.models.model import Model
    from viewer.scans.atlas import load_atlas
    from viewer.scans.map import Map
    from viewer.scans.reading import load_map, load_scan
    from viewer.scans.scan import Scan
    from viewer.scene.figure import figure
    from viewer.scene.movie import movie
    from viewer.scene.slices_figure import slices_figure

    __version__: str

__all__ = [
    "Map",
    "Model",
    "Scan",
    "__version__",
    "explain",
    "features",
    "figure",
    "fit_patterns",
    "load_atlas",
    "load_map",
    "load_model",
    "load_scan",
    "methods",
    "movie",
    "slices_figure",
]

_HOMES = {
    "Map": "viewer.scans.map",
    "Model": "viewer.models.model",
    "Scan": "viewer.scans.scan",
    "explain": "viewer.methods.explain",
    "features": "viewer.methods.features.feature",
    "figure": "viewer.scene.figure",
    "fit_patterns": "viewer.methods.patterns.fit",
    "load_atlas": "viewer.scans.atlas",
    "load_map": "viewer.scans.reading",
    "load_model": "viewer.models.loading",
    "load_scan": "viewer.scans.reading",
    "methods": "viewer.methods",
    "movie": "viewer.scene.movie",
    "slices_figure": "viewer.scene.slices_figure",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return import_module("viewer.shipped").version()
    if name not in _HOMES:
        raise AttributeError(f"module 'viewer' has no attribute {name!r}")
    home = import_module(_HOMES[name])
    return home if name == "methods" else getattr(home, name)


def __dir__() -> list[str]:
    return list(__all__)
