"""Benchmark a change of threshold in other programs: nilearn, and napari's renderer vispy."""

from __future__ import annotations

import os
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from viewer.scans.map import Map
    from viewer.scans.scan import Scan

INCH = 100


def nilearn_stat_map(scan: Scan, map_: Map, size: tuple[int, int]) -> Callable[[float], object] | None:
    """Return a function that draws three slices by ``plot_stat_map``; None without nilearn or matplotlib."""
    if find_spec("nilearn") is None or find_spec("matplotlib") is None:
        return None
    import matplotlib.figure
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from nibabel.nifti1 import Nifti1Image
    from nilearn import plotting

    image: Any = Nifti1Image
    scan_image, map_image = (image(source.data, scan.affine) for source in (scan, map_))

    def render_at_threshold(threshold: float) -> object:
        figure = matplotlib.figure.Figure((size[0] / INCH, size[1] / INCH), dpi=INCH)
        canvas: Any = FigureCanvasAgg(figure)
        plotting.plot_stat_map(
            map_image,
            bg_img=scan_image,
            threshold=threshold,
            figure=figure,
            cut_coords=(0, 0, 0),
            display_mode="ortho",
        )
        canvas.draw()
        return np.asarray(canvas.buffer_rgba())

    return render_at_threshold


class VispyIsosurface:
    """napari's isosurface of a volume: vispy's ray caster with a threshold, in an off-screen window."""

    def __init__(self, map_: Map, size: tuple[int, int]) -> None:
        app, scene = import_module("vispy.app"), import_module("vispy.scene")
        os.environ.setdefault("EGL_PLATFORM", "surfaceless")
        app.use_app("egl")
        self._canvas: Any = scene.SceneCanvas(size=size, show=False)
        view = self._canvas.central_widget.add_view()
        self._volume = scene.visuals.Volume(map_.data, parent=view.scene, method="iso", threshold=0.0)
        view.camera = scene.cameras.TurntableCamera(parent=view.scene, fov=26.0)

    def render_at_threshold(self, threshold: float) -> object:
        """Change the threshold, and draw."""
        self._volume.threshold = threshold
        return self._canvas.render()

    def close(self) -> None:
        """Release the OpenGL context."""
        self._canvas.close()


def vispy_isosurface(map_: Map, size: tuple[int, int]) -> VispyIsosurface | None:
    """Return a `VispyIsosurface`; None if vispy or the PyOpenGL it needs is not installed."""
    missing = any(find_spec(name) is None for name in ("vispy", "OpenGL"))
    return None if missing else VispyIsosurface(map_, size)
