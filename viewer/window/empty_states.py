"""Sentences of panels that have nothing to show: what is missing, and what to do about it."""

from __future__ import annotations

from viewer.session.session import Session
from viewer.window.translation import translate


def no_map_reason(session: Session) -> str:
    """Return why no map is shown, and what to do."""
    layer = session.current_layer
    if layer is None:
        return translate("EmptyStates", "No map is shown. Compute one in Method, or open one.")
    if session.scan is None:
        return translate("EmptyStates", "The map is shown on its scan, which is not open. Open the scan.")
    if not layer.visible:
        return translate("EmptyStates", "The map is hidden. Click its eye in Maps to show it.")
    return translate("EmptyStates", "The map is not shown yet.")


def no_check_reason(session: Session) -> str:
    """Return which of scan, network and map a check still needs."""
    needs = translate("EmptyStates", "Checks need a scan, a network and a map.")
    if session.scan is None:
        return f"{needs} {translate('EmptyStates', 'Open a scan.')}"
    if session.model is None:
        return f"{needs} {translate('EmptyStates', 'Open a model.')}"
    return f"{needs} {translate('EmptyStates', 'Compute a map in Method, or open one.')}"
