"""Map that is shown while it is computed: each state replaces the previous one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from viewer.scans.map import Map
    from viewer.session.session import Session


class PartialMap:
    """Place of one unfinished map in the session's list.

    Parameters
    ----------
    session
        The session whose scan is explained; states for another scan are not shown.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._scan = session.scan
        self._partial_map: Map | None = None

    def show(self, partial: Map) -> None:
        """Show a state in place of the previous one."""
        if self._session.scan is not self._scan:
            return
        if self._partial_map is None:
            self._session.add_map(partial)
        else:
            self._session.replace_map(self._partial_map, partial)
        self._partial_map = partial

    def finish(self, finished_map: Map) -> None:
        """Replace the last state with the finished map; append the map if that state was removed."""
        last, self._partial_map = self._partial_map, None
        if last is not None and any(layer.map is last for layer in self._session.maps):
            self._session.replace_map(last, finished_map)
        else:
            self._session.add_map(finished_map)

    def discard(self) -> None:
        """Remove the last state from the list, unless the finished map has replaced it."""
        last, self._partial_map = self._partial_map, None
        if last is not None:
            self._session.replace_map(last, None)
