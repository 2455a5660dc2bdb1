"""Camera pose of the box: fit, orbit, zoom and interpolation of a `Camera`."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from viewer.session.view import Camera

FloatArray = npt.NDArray[np.float64]
Outline = tuple[tuple[float, float], ...]

ANGLE = 26.0
MARGIN = 0.038
CENTRINGS = 8
TURN_STEP = 15
"""Degrees between the views of a full turn."""
STEEPEST = 89.0
CLOSEST, FARTHEST = 8.0, 0.25

PRESETS: dict[str, Camera] = {
    "home": Camera(),
    "left": Camera(azimuth=-90.0, elevation=0.0),
    "right": Camera(azimuth=90.0, elevation=0.0),
    "back": Camera(azimuth=0.0, elevation=0.0),
    "front": Camera(azimuth=180.0, elevation=0.0),
    "top": Camera(azimuth=0.0, elevation=STEEPEST),
    "bottom": Camera(azimuth=0.0, elevation=-STEEPEST),
    "corner": Camera(azimuth=145.0, elevation=22.0),
}


@dataclass(frozen=True, eq=False)
class CameraPose:
    """Position of the camera in mm and its field of view.

    The rows of ``axes``, shape (3, 3), are the unit vectors to the right and to the top of the screen and
    from the scene to the camera. ``tangents`` are those of half the field of view, horizontal and vertical.
    """

    position: FloatArray
    axes: FloatArray
    tangents: tuple[float, float]
    near: float
    far: float

    def to_camera_space(self, points: npt.ArrayLike) -> FloatArray:
        """Transform points in mm, shape (..., 3), to camera space: right, up and towards the camera."""
        rotated = (np.asarray(points, dtype=np.float64) - self.position) @ self.axes.T
        return np.asarray(rotated * np.array([1.0, 1.0, -1.0]))

    def project(self, points: npt.ArrayLike, width: float, height: float) -> FloatArray:
        """Project points in mm to pixels from the left and from the top: shape (..., 3) to (..., 2)."""
        eye = self.to_camera_space(points)
        plane = eye[..., :2] / eye[..., 2:] / np.array(self.tangents)
        return np.asarray((plane * np.array([1.0, -1.0]) + 1.0) / 2.0 * np.array([width, height]))

    def ray(self, x: float, y: float, width: float, height: float) -> tuple[FloatArray, FloatArray]:
        """Return the position of the camera and the unit direction of the ray through pixel (x, y)."""
        across = (2.0 * x / width - 1.0) * self.tangents[0]
        up = (1.0 - 2.0 * y / height) * self.tangents[1]
        direction = np.array([across, up, -1.0]) @ self.axes
        return self.position, direction / np.linalg.norm(direction)


def view_axes(azimuth: float, elevation: float) -> FloatArray:
    """Return unit vectors to the right, to the top and towards the camera, as rows; angles in degrees."""
    a, e = np.deg2rad(azimuth), np.deg2rad(elevation)
    right = (np.cos(a), np.sin(a), 0.0)
    up = (-np.sin(a) * np.sin(e), np.cos(a) * np.sin(e), np.cos(e))
    eye = (np.sin(a) * np.cos(e), -np.cos(a) * np.cos(e), np.sin(e))
    return np.array([right, up, eye])


def fit_pose(camera: Camera, corners: FloatArray, aspect: float) -> CameraPose:
    """Compute the closest pose that shows the whole box with a margin for the letters.

    The distance is that of the widest view along a full turn at this elevation, so that a turning box
    keeps its size; the box is centred in every view. Zoom narrows the field of view and keeps the distance.

    Parameters
    ----------
    camera
        Angles and zoom.
    corners
        The box's corners in mm, shape (8, 3).
    aspect
        Width of the picture over its height.
    """
    tangent = float(np.tan(np.deg2rad(ANGLE) / 2))
    tangents_at_zoom_1 = np.array([tangent * aspect, tangent])
    if aspect < 1.0:
        tangents_at_zoom_1 /= aspect
    with_margin = tangents_at_zoom_1 * (1.0 - 2.0 * MARGIN)
    centre = corners.mean(axis=0)
    azimuths = [camera.azimuth, *range(0, 360, TURN_STEP)]
    rotations = np.stack([view_axes(azimuth, camera.elevation) for azimuth in azimuths])
    distances, shifts = _fit_distances(rotations, corners - centre, with_margin)
    axes, distance, shift = rotations[0], float(distances.max()), shifts[0]
    rotated = (corners - centre) @ axes.T
    for _ in range(CENTRINGS):
        # Closer corners move further across the picture, so the centre is computed iteratively.
        projected = (rotated[:, :2] - shift) / (distance - rotated[:, 2:])
        shift = shift + distance * (projected.min(axis=0) + projected.max(axis=0)) / 2.0
    radius = float(np.linalg.norm(corners - centre, axis=1).max())
    position = centre + axes.T @ np.array([shift[0], shift[1], distance])
    tangents = tangents_at_zoom_1 / camera.zoom
    return CameraPose(
        position,
        axes,
        (float(tangents[0]), float(tangents[1])),
        max(distance - 2.0 * radius, 0.05 * distance),
        distance + 3.0 * radius,
    )


def turning_outline(corners: FloatArray, width: int, height: int) -> Outline:
    """Return the convex hull of the box in all views of a full turn, x and y in pixels.

    Elevation and zoom are the defaults, so items placed around the outline stay in place while the box turns.

    Parameters
    ----------
    corners
        The box's corners in mm, shape (8, 3).
    width, height
        Size of the picture, in pixels.
    """
    views = (replace(Camera(), azimuth=float(azimuth)) for azimuth in range(0, 360, TURN_STEP))
    projections = [fit_pose(view, corners, width / height).project(corners, width, height) for view in views]
    points = sorted({(float(x), float(y)) for x, y in np.concatenate(projections)})
    # Andrew's monotone chain: the lower half from the left to the right, the upper one back.
    hull: list[tuple[float, float]] = []
    for direction in (points, points[::-1]):
        chain: list[tuple[float, float]] = []
        for x, y in direction:
            while len(chain) > 1 and not _turns_left(chain[-2], chain[-1], (x, y)):
                chain.pop()
            chain.append((x, y))
        hull += chain[:-1]
    return tuple(hull)


def _turns_left(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> bool:
    return (b[0] - a[0]) * (c[1] - a[1]) > (b[1] - a[1]) * (c[0] - a[0])


def _fit_distances(
    axes: FloatArray, corners: FloatArray, tangents: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Compute the distances at which the corners just fit, (n,), and the centring shifts, (n, 2)."""
    rotated = corners @ axes.transpose(0, 2, 1)
    extent = rotated[:, :, 2:] * tangents
    low = (rotated[:, :, :2] - extent).min(axis=1)
    high = (rotated[:, :, :2] + extent).max(axis=1)
    return np.asarray(((high - low) / (2.0 * tangents)).max(axis=1)), (high + low) / 2.0


def orbit(camera: Camera, drag_right: float, drag_up: float) -> Camera:
    """Return the camera after a drag by ``drag_right`` and ``drag_up`` degrees (right and top positive)."""
    azimuth = (camera.azimuth - drag_right + 180.0) % 360.0 - 180.0
    elevation = min(max(camera.elevation - drag_up, -STEEPEST), STEEPEST)
    return replace(camera, azimuth=azimuth, elevation=elevation)


def zoom(camera: Camera, factor: float) -> Camera:
    """Return the camera with the box drawn ``factor`` times as large, within limits."""
    return replace(camera, zoom=min(max(camera.zoom * factor, FARTHEST), CLOSEST))


def interpolate_camera(start: Camera, end: Camera, fraction: float) -> Camera:
    """Interpolate between cameras from ``start`` (0) to ``end`` (1): eased, along the shorter rotation."""
    eased = min(max(fraction, 0.0), 1.0)
    eased = eased * eased * (3.0 - 2.0 * eased)
    turn = (end.azimuth - start.azimuth + 180.0) % 360.0 - 180.0
    azimuth = (start.azimuth + eased * turn + 180.0) % 360.0 - 180.0
    return Camera(
        azimuth=azimuth if fraction < 1.0 else end.azimuth,
        elevation=start.elevation + eased * (end.elevation - start.elevation),
        zoom=float(start.zoom * (end.zoom / start.zoom) ** eased),
    )
