"""Pictures of a dragged threshold: the bodies alone are drawn, over walls that stand still."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from viewer.scans.threshold import Threshold
from viewer.scene.camera import Pose
from viewer.scene.changes import Changes
from viewer.scene.content import Frame
from viewer.scene.front import reached
from viewer.scene.palette import NEGATIVE_SHADE, POSITIVE_SHADE
from viewer.scene.stage import Stage
from viewer.scene.still import Probed, StillWalls
from viewer.scene.surface import Surface
from viewer.scene.walls import Shading
from viewer.session.view import View

Pixels = npt.NDArray[np.uint8]

_SHADES = ((-1, NEGATIVE_SHADE), (1, POSITIVE_SHADE))
_ANY = Threshold()


class Standing:
    """Lays the walls aside as soon as nothing but the threshold moves between two pictures."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._changes = Changes()
        self._threshold = _ANY
        self._walls: StillWalls | None = None
        self._veil: Pixels | None = None

    @property
    def stands(self) -> bool:
        """Whether walls are laid aside."""
        return self._walls is not None

    def forget(self) -> None:
        """Let go of them."""
        self._changes.forget_all()
        self._walls = self._veil = None

    def picture(
        self,
        view: View,
        content: Sequence[Any],
        bodies: Sequence[Surface],
        frame: Frame,
        seen: Pose,
        size: tuple[int, int],
    ) -> Pixels | None:
        """The picture with other bodies; None where everything is to be drawn.

        Parameters
        ----------
        view
            What is asked for.
        content
            All that the walls carry, besides what the view says.
        bodies
            As they are cut now.
        frame, seen, size
            The box, from where it is seen, and width and height in pixels.
        """
        moved, self._threshold = view.threshold != self._threshold, view.threshold
        if self._changes.concern("walls", *content, *size, replace(view, threshold=_ANY)):
            self._walls = self._veil = None
            return None
        if self._walls is None and not moved:
            return None
        part = reached(bodies, frame, seen, *size)
        if part is None:
            return None
        if self._walls is None:
            self._walls = self._laid_aside(seen, size)
        picture = self._walls.at([at for at, _ in self._stage.shading.thrown])
        self._stage.front.over(picture, seen, part, self._veil)
        return picture

    def _laid_aside(self, seen: Pose, size: tuple[int, int]) -> StillWalls:
        """Draw the walls without bodies and without shadows, and then where their shadows would be."""
        stage, shading = self._stage, self._stage.shading
        with stage.borrowed():
            for body in stage.bodies:
                body.actor.VisibilityOff()
            glass = bool(stage.glass.actor.GetVisibility())
            self._veil = stage.front.drawn(seen, (0, 0, *size), *size).copy() if glass else None
            stage.shade(replace(shading, at=Shading.at, share=Shading.share))
            lit = bare = np.ascontiguousarray(stage.drawn(*size))
            if shading.cross:
                stage.cross(None)
                bare = np.ascontiguousarray(stage.drawn(*size))
        with stage.borrowed():
            for body in (*stage.bodies, stage.glass):
                body.actor.VisibilityOff()
            stage.blacken_ground()
            probed = [
                Probed(self._probed(sign, False, size), self._probed(sign, True, size), colour)
                for sign, colour in _SHADES
                if sign in shading.signs
            ]
        return StillWalls(lit, bare, probed, [share for _, share in shading.thrown], self._veil)

    def _probed(self, sign: int, width: bool, size: tuple[int, int]) -> Pixels:
        for wall in self._stage.walls:
            wall.set_probe(sign, width)
        return self._stage.drawn(*size).copy()
