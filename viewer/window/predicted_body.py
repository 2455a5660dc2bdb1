"""Predicted body at the crosshair: found in the background, named, and outlined in slices and box."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from viewer.session.session import Session
from viewer.window.translation import fill

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from viewer.models.segmentation import PredictedBody, Segmentation
    from viewer.progress import Progress
    from viewer.scans.grid import Grid
    from viewer.scene.brain_outlines import Bytes
    from viewer.window.background_tasks import TaskRunner

PAUSE_MS = 80
"""Delay of the search after the last move of the crosshair; not every step of a drag starts one."""


@dataclass(frozen=True, eq=False)
class BodySearchResult:
    """Result of the search at one point: the body, if any, and the outlined volumes."""

    point: tuple[float, float, float]
    body: PredictedBody | None
    all_bodies_share: Bytes
    body_share: Bytes | None


class PredictedBodyFinder(QObject):
    """Finder of the predicted body at the crosshair, while it is active.

    Parameters
    ----------
    session
        Session whose crosshair and prediction are followed.
    tasks
        Runs the search.
    """

    changed = Signal()
    """Emitted when the body or its text changes."""

    outlines_changed = Signal(object, object)
    """Emitted with the volumes of all bodies and of the chosen one on the scan's grid; None for none."""

    def __init__(self, session: Session, tasks: TaskRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._tasks = tasks
        self._is_active = False
        self._class_index: int | None = None
        self._result: BodySearchResult | None = None
        self._request: object = None
        self._cached_share: tuple[Segmentation, Bytes] | None = None
        self._search_timer = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._search_timer.timeout.connect(self._start_search)
        session.subscribe(self._update, "crosshair", "prediction", "scan", "model")

    def set_active(self, is_active: bool, class_index: int | None) -> None:
        """Start or stop following the crosshair; ``class_index`` is the class to search for, None for any."""
        if (is_active, class_index) != (self._is_active, self._class_index):
            self._is_active, self._class_index = is_active, class_index
            self._update()

    @property
    def body(self) -> PredictedBody | None:
        """The body at the crosshair; None if there is none, or it is not found yet."""
        result = self._result
        return result.body if result is not None and result.point == self._session.crosshair else None

    @property
    def is_missing(self) -> bool:
        """Whether there is no body at the crosshair, or no segmentation to search."""
        if self._segmentation is None:
            return True
        result = self._result
        return result is not None and result.point == self._session.crosshair and result.body is None

    @property
    def text(self) -> str:
        """Name, size and place of the body, or why there is none."""
        if not self._is_active:
            return ""
        if self._segmentation is None:
            return self.tr("The network has not segmented this scan yet.")
        body = self.body
        if body is not None:
            x, y, z = body.point
            size = fill("{:,.1f} ml", body.millilitres)
            return self.tr("{}: the body of {} at {:z.0f}, {:z.0f}, {:z.0f} mm").format(
                body.name, size, x, y, z
            )
        if self.is_missing:
            return self.tr("No predicted body at the crosshair: click on one in a slice or in the box.")
        return self.tr("Looking for the body …")

    @property
    def _segmentation(self) -> Segmentation | None:
        prediction = self._session.prediction
        return None if prediction is None else prediction.segmentation

    def _update(self) -> None:
        self._request = None
        if self._is_active and self._segmentation is not None and self._session.scan is not None:
            self._search_timer.start()
        else:
            self._search_timer.stop()
            self._result = None
            self.outlines_changed.emit(None, None)
        self.changed.emit()

    def _start_search(self) -> None:
        segmentation, scan, point = self._segmentation, self._session.scan, self._session.crosshair
        if segmentation is None or scan is None:
            return
        request = self._request = object()
        cached = self._cached_share
        if cached is None or cached[0] is not segmentation:
            cached = None
        index, grid = self._class_index, scan.grid

        def find_body(progress: Progress) -> BodySearchResult:
            import numpy as np

            bodies = (
                cached[1] if cached else resample_mask_share(segmentation.foreground, segmentation.grid, grid)
            )
            # The voxel whose value is displayed; on a surface in the box, that of the body behind it.
            i, j, k = np.rint(grid.to_voxel(point))
            x, y, z = (float(value) for value in grid.to_world((i, j, k)))
            body = segmentation.find_body((x, y, z), index)
            body_share = None if body is None else resample_mask_share(body.mask, body.grid, grid)
            return BodySearchResult(point, body, bodies, body_share)

        def set_result(result: BodySearchResult) -> None:
            if request is not self._request:
                return
            self._result = result
            self._cached_share = segmentation, result.all_bodies_share
            self.outlines_changed.emit(result.all_bodies_share, result.body_share)
            self.changed.emit()

        self._tasks.run(find_body, self.tr("Looking for the predicted body"), set_result)


def resample_mask_share(mask: npt.NDArray[np.bool_], grid: Grid, target_grid: Grid) -> Bytes:
    """Return the share of a mask in every voxel of another grid, 0 to 255."""
    import numpy as np

    from viewer.scans.resample import resample
    from viewer.scene.brain_outlines import FULL

    share = resample(mask.astype(np.float32), grid, target_grid)
    return np.asarray(share * FULL).astype(np.uint8)
