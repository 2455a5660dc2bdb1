"""Benchmark rendering: from a change of threshold, crosshair or camera to pixels."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from statistics import median
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt

from viewer.commands.benchmarks.measurement import BenchmarkResult
from viewer.progress import Progress
from viewer.scans.grid import Grid

if TYPE_CHECKING:
    from viewer.scans.map import Map
    from viewer.scans.scan import Scan

SIZE = (1280, 800)
ROUNDS = 24
SHAPE = (197, 233, 189)

Pixels = npt.NDArray[np.uint8]
T = TypeVar("T")
Drawing = Callable[[int], object]


def run(progress: Progress) -> list[BenchmarkResult]:
    """Measure at 1 mm and 1280 by 800 pixels: median of 24 in ms, interleaved to even out other load.

    The comparison is a script with PyVista (``ImageData.contour`` of the whole volume, ``smooth``, normals,
    and a new rendering), and nilearn and napari if they are installed.
    """
    from viewer.scans.threshold import Threshold, ThresholdKind
    from viewer.scene.box import BoxScene
    from viewer.scene.isosurface import isosurface
    from viewer.scene.render_data import MapRenderData, ScanRenderData
    from viewer.scene.slice_plane import Orientation
    from viewer.session.view import Camera, Theme, View, Walls

    if find_spec("pyvista") is None:
        missing = 'not measured: pyvista is not installed; pip install "saliency-viewer[test]"'
        return [BenchmarkResult("threshold to painted pixels", float("nan"), "ms", missing)]
    progress.step(0, 6, "prepare")
    scan, saliency = _make_example_images()
    thresholds = np.quantile(saliency.data[saliency.data > 0], np.linspace(0.985, 0.998, ROUNDS)).tolist()
    scan_data, preparing_scan = _time_call(lambda: ScanRenderData.from_scan(scan))
    map_data, preparing_map = _time_call(lambda: MapRenderData.from_map(saliency, scan_data))
    scene = BoxScene()
    scene.set_scan(scan_data)
    scene.set_map(map_data)
    view = View(theme=Theme.LIGHT)

    def view_at_threshold(n: int) -> View:
        return replace(view, threshold=Threshold(ThresholdKind.VALUE, thresholds[n]))

    paint = _make_painter()

    def render_at_threshold(n: int, coarse: bool = False) -> object:
        scene.set_coarse(coarse)
        scene.set_view(view_at_threshold(n))
        return paint(scene.render(*SIZE))

    def render_at_half_size(n: int) -> object:
        scene.set_coarse(True)
        scene.set_view(view_at_threshold(n))
        width, height = SIZE
        return paint(scene.render(width // 2, height // 2, with_labels=False), scene.label_sprites(2.0))

    def time_second_frame(n: int) -> float:
        """Return the time of the second frame of a camera drag, which fills the cache of the walls."""
        scene.set_coarse(True)
        for step in (n, n + 1):
            scene.set_view(replace(view_at_threshold(step), camera=Camera(azimuth=100.0 + n)))
            _, seconds = _time_call(lambda: scene.render(*SIZE))
        return seconds

    def render_unchanged(n: int) -> object:
        return scene.render(*SIZE)

    def render_rotated(n: int) -> object:
        scene.set_view(replace(view_at_threshold(ROUNDS // 2), camera=Camera(azimuth=35.0 + n)))
        return scene.render(*SIZE)

    def render_at_crosshair(n: int) -> object:
        point = (float(n - 12), float(2 * n - 30), float(n))
        scene.set_view(replace(view_at_threshold(ROUNDS // 2), walls=Walls.CROSSHAIR, crosshair=point))
        return scene.render(*SIZE)

    pipeline = _PyVistaPipeline(scan, saliency, thresholds)
    progress.step(1, 6, "threshold, and the plain pipeline")
    ours, theirs = _time_alternately(render_at_threshold, pipeline.render_at_threshold)
    progress.step(3, 6, "threshold, map at 2 mm")
    (coarse,) = _time_alternately(lambda n: render_at_threshold(n, coarse=True))
    (half,) = _time_alternately(render_at_half_size)
    beginning = median(time_second_frame(n) for n in range(5))
    progress.step(4, 6, "camera and crosshair")
    scene.set_coarse(False)
    (turning,) = _time_alternately(render_rotated)
    crossing, same = _time_alternately(render_at_crosshair, render_unchanged)
    progress.step(5, 6, "surface, picture at rest")
    cutting, plain_cutting = _time_alternately(
        lambda n: isosurface(map_data.volume, thresholds[n]), pipeline.extract_surface
    )
    pipeline.close()
    (resting,) = _time_alternately(lambda n: scene.render(*SIZE, supersample=2))
    scene.close()
    slicing = _time_alternately(*_make_slice_computations(scan, saliency, thresholds[ROUNDS // 2]))
    return [
        BenchmarkResult(
            "threshold to painted pixels", ours, "ms", f"{theirs / ours:.1f} times the plain pipeline's pace"
        ),
        BenchmarkResult(
            "the same, map at 2 mm", coarse, "ms", f"{theirs / coarse:.1f} times the plain pipeline's pace"
        ),
        BenchmarkResult(
            "the same, and half the size",
            half,
            "ms",
            f"{theirs / half:.1f} times; drawn so where pictures take more than 16 ms",
        ),
        BenchmarkResult(
            "the second picture of a drag", beginning, "ms", "the walls are laid aside for those that follow"
        ),
        BenchmarkResult(
            "threshold to pixels, plain pipeline", theirs, "ms", "pyvista contour, smooth, normals"
        ),
        *_measure_libraries(progress, scan, saliency, thresholds, coarse),
        BenchmarkResult(
            "surface alone", cutting, "ms", f"{plain_cutting / cutting:.1f} times the pace of the next row"
        ),
        BenchmarkResult(
            "flying edges, the whole volume", plain_cutting, "ms", "VTK's own: how fast this machine is today"
        ),
        BenchmarkResult("camera to pixels", turning, "ms"),
        BenchmarkResult(
            "crosshair to pixels", crossing, "ms", f"{crossing - same:+.1f} ms to the same view again"
        ),
        BenchmarkResult("picture at rest, 2 x 2 samples", resting, "ms"),
        *(
            BenchmarkResult(f"{orientation} slice and map as pixels", seconds, "ms")
            for orientation, seconds in zip(Orientation, slicing, strict=True)
        ),
        BenchmarkResult("scan prepared, in the background", preparing_scan, "ms"),
        BenchmarkResult("map prepared, in the background", preparing_map, "ms"),
    ]


def _make_slice_computations(scan: Scan, map_: Map, threshold: float) -> list[Drawing]:
    """Return the computations before a slice is painted, per orientation; each round takes another slice."""
    from viewer.scans.display_range import display_range
    from viewer.scene.colormaps import NEGATIVE_HEX, POSITIVE_HEX
    from viewer.scene.slice_colormapping import lookup_table, map_colours, to_grey
    from viewer.scene.slice_plane import Orientation, SlicePlane, slice_plane
    from viewer.session.view import Convention

    limits = display_range(scan.data)
    largest = float(map_.data.max())
    ramps = lookup_table(POSITIVE_HEX, 0.8), lookup_table(NEGATIVE_HEX, 0.8)

    def compute_slice(plane: SlicePlane, n: int) -> object:
        point = (float(n - 12), float(2 * n - 30), float(n))
        grey = to_grey(plane.extract_slice(scan.data, point), *limits)
        return grey, map_colours(plane.extract_slice(map_.data, point), threshold, largest, *ramps)

    planes = [slice_plane(scan.grid, orientation, Convention.NEUROLOGICAL) for orientation in Orientation]
    return [partial(compute_slice, plane) for plane in planes]


class _PyVistaPipeline:
    """Slices and one surface in a PyVista plotter."""

    def __init__(self, scan: Scan, map_: Map, thresholds: list[float]) -> None:
        import pyvista

        self._thresholds = thresholds
        affine = scan.affine
        self._volume = pyvista.ImageData(
            dimensions=map_.data.shape, spacing=tuple(np.diag(affine)[:3]), origin=tuple(affine[:3, 3])
        )
        anatomy = self._volume.copy()
        self._volume.point_data["map"] = map_.data.ravel(order="F")
        anatomy.point_data["scan"] = scan.data.ravel(order="F")
        self._plotter: Any = pyvista.Plotter(off_screen=True, window_size=list(SIZE))
        for normal in ("x", "y", "z"):
            self._plotter.add_mesh(anatomy.slice(normal=normal), cmap="gray", show_scalar_bar=False)
        self._plotter.show(auto_close=False)
        self._surface_actor: Any = None

    def render_at_threshold(self, n: int) -> object:
        body = self._volume.contour([self._thresholds[n]], scalars="map").smooth(n_iter=14)
        if self._surface_actor is not None:
            self._plotter.remove_actor(self._surface_actor, render=False)
        self._surface_actor = self._plotter.add_mesh(body.compute_normals(), color="orange", render=False)
        return self._plotter.screenshot(return_img=True)

    def extract_surface(self, n: int) -> object:
        """Extract the surface with VTK only, from the whole volume."""
        from vtkmodules.vtkFiltersCore import vtkFlyingEdges3D

        edges = vtkFlyingEdges3D()
        edges.SetInputData(self._volume)
        edges.SetInputArrayToProcess(0, 0, 0, 0, "map")
        edges.ComputeScalarsOff()
        edges.SetValue(0, self._thresholds[n])
        edges.Update()
        return edges.GetOutput()

    def close(self) -> None:
        self._plotter.close()


def _make_painter() -> Callable[..., object]:
    """Return a function that paints picture and text as the window does, in the same pixel format."""
    from PySide6.QtGui import QImage, QPainter

    screen = QImage(*SIZE, QImage.Format.Format_RGB32)

    def to_qimage(pixels: Pixels, pixel_format: QImage.Format) -> QImage:
        rows, columns = pixels.shape[:2]
        return QImage(pixels.data, columns, rows, 4 * columns, pixel_format)

    def paint(pixels: Pixels, labels: Iterable[tuple[Pixels, int, int]] = ()) -> object:
        painter = QPainter(screen)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(screen.rect(), to_qimage(pixels, QImage.Format.Format_RGBX8888))
        for label, left, top in labels:
            painter.drawImage(left, top, to_qimage(label, QImage.Format.Format_RGBA8888))
        painter.end()
        return screen

    return paint


def _measure_libraries(
    progress: Progress, scan: Scan, saliency: Map, thresholds: list[float], box_milliseconds: float
) -> list[BenchmarkResult]:
    """Measure other libraries in three rounds, since they are far slower; missing ones are noted."""
    from viewer.commands.benchmarks import rendering_libraries

    rows = []
    used_thresholds = thresholds[:: ROUNDS // 3]
    stat_map = rendering_libraries.nilearn_stat_map(scan, saliency, SIZE)
    volume = rendering_libraries.vispy_isosurface(saliency, SIZE)
    for name, drag in (
        ("nilearn: plot_stat_map", stat_map),
        ("napari: vispy's iso-surface", None if volume is None else volume.render_at_threshold),
    ):
        if drag is None:
            progress.step(5, 6, f"{name} is not installed and left out")
            continue
        milliseconds = median([_time_call(partial(drag, threshold))[1] for threshold in used_thresholds][1:])
        times = f"the box is {milliseconds / box_milliseconds:.0f} times as fast"
        rows.append(BenchmarkResult(f"{name}, threshold to pixels", milliseconds, "ms", times))
    if volume is not None:
        volume.close()
    return rows


def _time_call(function: Callable[[], T]) -> tuple[T, float]:
    start = time.perf_counter()
    result = function()
    return result, 1e3 * (time.perf_counter() - start)


def _time_alternately(*functions: Drawing) -> tuple[float, ...]:
    """Return the median time of each function in ms; they alternate, and the first round is not counted."""
    all_times: list[list[float]] = [[] for _ in functions]
    for n in (0, *range(ROUNDS)):
        for function, times in zip(functions, all_times, strict=True):
            times.append(_time_call(partial(function, n))[1])
    return tuple(median(times[1:]) for times in all_times)


def _make_example_images() -> tuple[Scan, Map]:
    """Return a head and a smooth map at 1 mm, on the grid of the MNI152 template."""
    from scipy.ndimage import gaussian_filter

    from viewer.scans.map import Map
    from viewer.scans.scan import Scan

    affine = np.eye(4)
    affine[:3, 3] = (-98.0, -134.0, -72.0)
    grid = Grid(SHAPE, affine)
    axes = np.ogrid[tuple(slice(-1, 1, complex(n)) for n in SHAPE)]
    radius = np.sqrt(sum((axis / 0.8) ** 2 for axis in axes))
    noise = np.random.default_rng(0).standard_normal(SHAPE, dtype=np.float32)
    smooth: npt.NDArray[np.float32] = gaussian_filter(noise, 4.0)
    smooth = np.maximum(smooth / smooth.max() * np.clip((1.0 - radius) / 0.2, 0.0, 1.0), 0.0)
    head = np.where(radius < 1.0, 140.0 - 60.0 * radius + 60.0 * smooth, 0.0)
    return Scan(head.astype(np.float32), grid, "head"), Map(smooth.astype(np.float32), grid, "smooth")
