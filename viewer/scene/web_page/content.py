"""Content of a page, as plain values: the scan, the box, maps with their levels, colours and shaders.

Arrays are indices into a `PackedArrays`. Everything that determines what is displayed where is computed here,
with the functions of the window: affines, planes and their letters, thresholds, colours and shader code. The
scripts only use it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from viewer.scans.atlas import Atlas
from viewer.scans.atlas_space import atlas_for_image
from viewer.scans.cluster_table import ClusterRow, format_regions
from viewer.scans.display_range import display_range
from viewer.scans.foreground import foreground_mask
from viewer.scans.grid import Grid
from viewer.scans.map import Map
from viewer.scans.origin import add_origin_to_name
from viewer.scans.scan import Scan
from viewer.scene.annotations import LENGTHS, MAX_BAR_SHARE
from viewer.scene.box import OUTER_SHADE, ROWS_PER_LINE
from viewer.scene.camera import ANGLE, CENTRINGS, PRESETS
from viewer.scene.camera import MARGIN as CAMERA_MARGIN
from viewer.scene.colormaps import (
    DARK,
    LIGHT,
    NEGATIVE_SHADE,
    POSITIVE_SHADE,
    BoxThemeColours,
    sign_colormaps,
)
from viewer.scene.isosurface import Surface, isosurface
from viewer.scene.render_data import COVER_REACH, COVER_SIGMA, BoxFrame, MapRenderData, ScanRenderData
from viewer.scene.slice_colormapping import lookup_table
from viewer.scene.slice_plane import Orientation, SlicePlane, slice_plane
from viewer.scene.slice_walls import (
    CORNER_REACH,
    CROSS_SHARE,
    RIM_MM,
    SOFT_MM,
    full_scale,
    shadow_level,
)
from viewer.scene.surface_actors import GLASS_CLEAR, OUTER_CLEAR, OUTER_OPACITY
from viewer.scene.text_labels import INSETS
from viewer.scene.web_page.levels import Body, Level, compute_level, level_thresholds
from viewer.scene.web_page.packing import PackedArrays
from viewer.scene.web_page.quantisation import QuantisedValues, quantise
from viewer.scene.web_page.shaders import SHADERS
from viewer.session.view import Convention, Sign, View, Walls

SCAN_ROOM = 4_200_000
MAPS_ROOM = 2_400_000
DRAWN_ROOM = 600_000
"""Bytes for the compressed values of the scan, of all maps, and of all smoothed maps (for drawing only)."""

SHADOW_STEPS = 4095
POSITION_STEPS = 65535
NORMAL_STEPS = 1023
LIGHT_STEPS = 255


def scan_content(scan: Scan, scan_data: ScanRenderData, view: View, arrays: PackedArrays) -> dict[str, Any]:
    """Return the values, grid, planes and box of the image that the view shows.

    Parameters
    ----------
    scan
        The image.
    scan_data
        Its render data.
    view
        The view.
    arrays
        Receives the values and the mask of the head.
    """
    mask = foreground_mask(scan.data)
    return {
        "name": scan.name,
        "grid": _grid_entry(scan.grid),
        "values": _values_entry(quantise(scan.data, SCAN_ROOM), arrays),
        "range": list(display_range(scan.data)),
        "planes": {
            str(convention): [
                _plane_entry(slice_plane(scan.grid, orientation, convention), scan_data.frame)
                for orientation in Orientation
            ]
            for convention in Convention
        },
        "box": _box_entry(scan_data.frame)
        | {
            "range": list(display_range(scan.data, mask)),
            "mask": arrays.add(mask.astype(np.uint8)),
            "glass": _mesh_entry(isosurface(scan_data.glass, 0.5), arrays),
        },
    }


def map_content(
    saliency_map: Map,
    scan: Scan,
    scan_data: ScanRenderData,
    view: View,
    arrays: PackedArrays,
    atlas: Atlas | None = None,
    page_maps: Sequence[Map] = (),
) -> dict[str, Any]:
    """Return a map: values shown under the mouse, drawn values, and threshold levels.

    Parameters
    ----------
    saliency_map
        The map, on a grid in space.
    scan, scan_data
        The scan under it, and its render data.
    view
        Threshold, sign, smoothing, clusters, colours and nesting are used.
    arrays
        Receives the values and the surfaces.
    atlas
        Atlas for the regions of the clusters.
    page_maps
        All maps of the page, which its name must distinguish and which share the available bytes.

    Raises
    ------
    ViewerError
        The map has no grid.
    """
    named_map = add_origin_to_name(saliency_map, scan, page_maps)
    render_data = MapRenderData.from_map(named_map, scan_data, view.smoothing)
    count = max(len(page_maps), 1)
    values = quantise(np.nan_to_num(saliency_map.data), MAPS_ROOM // count, exact_zero=True)
    drawn_values = values
    if view.smoothing > 0:
        drawn_values = quantise(render_data.volume.values, DRAWN_ROOM // count, exact_zero=True)
    threshold_steps, start = level_thresholds(render_data, view)
    placed_atlas = atlas_for_image(atlas, saliency_map) if atlas is not None else None
    sorted_values = render_data.sorted_values[view.sign]
    levels = [
        compute_level(render_data, replace(view, threshold=item), placed_atlas) for item in threshold_steps
    ]
    colours = sign_colormaps(view.hues)
    signs = [sign for sign in view.sign.signs if sign > 0 or render_data.signed]
    return {
        "name": named_map.name,
        "unit": render_data.unit,
        "smoothing": view.smoothing,
        "signs": signs,
        "grid": _grid_entry(render_data.volume.grid),
        "values": _values_entry(values, arrays),
        "drawn": _values_entry(drawn_values, arrays),
        "largest": sorted_values.largest,
        "absent": render_data.no_values_reasons[view.sign],
        "constant": render_data.constant_note,
        "range": list(view.display_range) if view.display_range else None,
        "voxelVolume": render_data.volume.grid.voxel_volume,
        "start": start,
        "levels": [_level_entry(item, render_data, drawn_values, view, arrays) for item in levels],
        "colours": {
            str(sign): {
                "body": colours.body(sign),
                "halo": colours.halo(sign),
                "table": lookup_table(colours.stops(sign), view.opacity, view.by_value).tolist(),
                "opaque": lookup_table(colours.stops(sign), 1.0).tolist(),
            }
            for sign in signs
        },
    }


def view_content(view: View, scan: Scan) -> dict[str, Any]:
    """Return the initial view of the page, and the constants with which the scripts draw like the window."""
    centre = [float(value) for value in scan.grid.centre]
    crosshair = centre if view.crosshair is None else list(scan.grid.nearest(view.crosshair))
    return {
        "theme": str(view.theme),
        "convention": str(view.convention),
        "crosshair": crosshair,
        "camera": asdict(view.camera),
        "presets": {name: asdict(camera) for name, camera in PRESETS.items()},
        "lens": {"angle": ANGLE, "margin": CAMERA_MARGIN, "centrings": CENTRINGS},
        "walls": {
            "follow": view.walls is Walls.CROSSHAIR,
            "at": list(view.walls_at) if view.walls_at else None,
        },
        "glass": view.glass,
        "nested": view.nested,
        "shadows": view.shadows,
        "overlay": view.overlay,
        "colourBar": view.colour_bar,
        "scaleBar": view.scale_bar,
        "themes": {"dark": _theme_entry(DARK), "light": _theme_entry(LIGHT)},
        "shades": {"1": POSITIVE_SHADE, "-1": NEGATIVE_SHADE},
        "shaders": SHADERS,
        "wall": {
            "rim": RIM_MM,
            "soft": SOFT_MM,
            "cornerReach": CORNER_REACH,
            "crossShare": CROSS_SHARE,
            "outerShade": OUTER_SHADE,
            "rowsPerLine": ROWS_PER_LINE,
            "coverSigma": COVER_SIGMA,
            "coverReach": COVER_REACH,
        },
        "glassSurface": {
            "outer": [OUTER_OPACITY, OUTER_CLEAR],
            "clear": GLASS_CLEAR,
        },
        "labels": {"insets": list(INSETS), "lengths": list(LENGTHS), "longest": MAX_BAR_SHARE},
        "steps": {
            "shadow": SHADOW_STEPS,
            "normal": NORMAL_STEPS,
            "light": LIGHT_STEPS,
        },
    }


def _grid_entry(grid: Grid) -> dict[str, Any]:
    return {
        "shape": list(grid.shape),
        "affine": grid.affine.ravel().tolist(),
        "inverse": np.linalg.inv(grid.affine).ravel().tolist(),
        "spacing": grid.spacing.tolist(),
        "codes": list(grid.axcodes),
    }


def _values_entry(values: QuantisedValues, arrays: PackedArrays) -> dict[str, Any]:
    return {
        "array": arrays.add(values.numbers),
        "step": values.step,
        "offset": values.offset,
        "exact": values.is_exact,
    }


def _plane_entry(plane: SlicePlane, frame: BoxFrame) -> dict[str, Any]:
    """Return a plane; its ``focus`` is the rectangle of the head, drawn as large as possible."""
    low = np.maximum(frame.low, 0)
    high = np.minimum(frame.high, frame.grid.shape)
    return {
        "focus": list(plane.crop_rectangle(low.tolist(), high.tolist())),
        "orientation": str(plane.orientation),
        "across": plane.horizontal_axis,
        "up": plane.vertical_axis,
        "through": plane.slice_axis,
        "acrossGrows": plane.index_grows_right,
        "upGrows": plane.index_grows_up,
        "letters": list(plane.side_letters),
        "axis": plane.axis_letter,
    }


def _box_entry(frame: BoxFrame) -> dict[str, Any]:
    return {
        "low": list(frame.low),
        "high": list(frame.high),
        "size": frame.size.tolist(),
        "corners": frame.corners.tolist(),
    }


def _theme_entry(colours: BoxThemeColours) -> dict[str, Any]:
    return asdict(colours)


def _level_entry(
    level: Level, render_data: MapRenderData, drawn_values: QuantisedValues, view: View, arrays: PackedArrays
) -> dict[str, Any]:
    is_empty = not np.isfinite(level.cutoff)
    largest = render_data.sorted_values[Sign.BOTH].largest
    largest_shadow = full_scale(largest, level.inner_isovalue) if not is_empty else 0.0
    return {
        "cutoff": None if is_empty else level.cutoff,
        "isovalue": None if is_empty else level.isovalue,
        "voxels": level.voxel_count,
        "bodies": [_body_entry(part, arrays) for part in level.bodies],
        "shadows": [arrays.add(_quantise_shadows(part, largest_shadow)) for part in level.shadows],
        "shadowAt": [
            shadow_level(level.isovalue, largest_shadow),
            shadow_level(level.inner_isovalue, largest_shadow),
        ],
        "omitted": None if level.removed_mask is None else arrays.add(level.removed_mask.astype(np.uint8)),
        "clusters": [_cluster_entry(row) for row in level.cluster_rows],
        "clusterCount": level.cluster_count,
    }


def _quantise_shadows(shadows: npt.NDArray[np.float32], full_scale_value: float) -> npt.NDArray[np.uint16]:
    """Return the projections quantised relative to ``full_scale_value``, shape (2, n, m)."""
    scale = SHADOW_STEPS / full_scale_value if full_scale_value > 0 else 0.0
    scaled = np.clip(shadows.astype(np.float64) * scale, 0, SHADOW_STEPS)
    return np.ascontiguousarray(np.rint(np.moveaxis(scaled, 2, 0)).astype(np.uint16))


def _body_entry(body: Body, arrays: PackedArrays) -> dict[str, Any]:
    entries = {"sign": body.sign, "outer": body.is_outer} | _mesh_entry(body.surface, arrays)
    if body.light_fractions is not None:
        entries["light"] = arrays.add(np.rint(body.light_fractions * LIGHT_STEPS).astype(np.uint8))
    return entries


def _mesh_entry(surface: Surface, arrays: PackedArrays) -> dict[str, Any]:
    """Return a surface; vertices are integer steps in its bounding box, normals steps of 1/1023 from −1."""
    vertices = surface.vertices.astype(np.float64)
    if surface.is_empty:
        vertices = np.zeros((1, 3))
    low = vertices.min(axis=0)
    step = np.maximum(vertices.max(axis=0) - low, 1e-9) / POSITION_STEPS
    positions = np.rint((vertices - low) / step).astype(np.uint16)
    normals = np.rint((surface.normals.astype(np.float64) + 1.0) * NORMAL_STEPS).astype(np.uint16)
    return {
        "low": low.tolist(),
        "step": step.tolist(),
        "places": arrays.add(np.ascontiguousarray(positions.T)),
        "normals": arrays.add(np.ascontiguousarray(normals.T)),
        "triangles": arrays.add(surface.triangles.astype(np.uint32).reshape(-1)),
    }


def _cluster_entry(row: ClusterRow) -> dict[str, Any]:
    cluster = row.cluster
    return {
        "number": row.number,
        "sign": cluster.sign,
        "voxels": cluster.voxels,
        "volume": cluster.volume,
        "peak": cluster.peak,
        "at": list(cluster.peak_mm),
        "mean": cluster.mean,
        "share": cluster.share,
        "region": row.region,
        "regions": format_regions(row.regions),
    }
