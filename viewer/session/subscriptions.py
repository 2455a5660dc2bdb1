"""Subscriptions to named fields: listeners that are called after a change."""

from __future__ import annotations

from collections.abc import Callable

Listener = Callable[[], None]


class Subscriptions:
    """Listeners by the fields they are subscribed to.

    Parameters
    ----------
    fields
        Names of all fields.
    """

    def __init__(self, fields: frozenset[str]) -> None:
        self._fields = fields
        self._entries: list[tuple[frozenset[str], Listener]] = []

    def add(self, listener: Listener, *names: str) -> Callable[[], None]:
        """Call ``listener`` after changes of the named fields, or of any; return a function to unsubscribe.

        Raises
        ------
        ValueError
            Unknown field.
        """
        subscribed = frozenset(names) or self._fields
        unknown = subscribed - self._fields
        if unknown:
            raise ValueError(f"a session has no field {', '.join(sorted(unknown))}")
        entry = (subscribed, listener)
        self._entries.append(entry)

        def unsubscribe() -> None:
            if entry in self._entries:
                self._entries.remove(entry)

        return unsubscribe

    def notify(self, changed: set[str]) -> None:
        """Call every listener of a changed field once."""
        for subscribed, listener in tuple(self._entries):
            if subscribed & changed:
                listener()
