"""Immutable state of a session, for saving and restoring."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from viewer.session.map_layer import MapLayer
from viewer.session.method_settings import MethodSettings
from viewer.session.view import View

if TYPE_CHECKING:
    from viewer.models.model import Model
    from viewer.preparation.prepared import Prepared
    from viewer.scans.atlas import Atlas
    from viewer.scans.scan import Scan
    from viewer.session.cohort_view import CohortView


@dataclass(frozen=True, eq=False)
class Snapshot:
    """State of a session at one moment, as it is saved. Later changes of the session do not affect it."""

    scan: Scan | None
    model: Model | None
    maps: tuple[MapLayer, ...]
    current: int | None
    atlas: Atlas | None
    view: View
    method_settings: MethodSettings = field(default_factory=MethodSettings)
    preparation: Prepared | None = None
    cohort: CohortView | None = None

    @classmethod
    def empty(cls) -> Snapshot:
        """Return a snapshot without scan, model or maps, in the default view."""
        return cls(None, None, (), None, None, View())
