"""Export of the current view as a shell script that computes the maps and draws the figure."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from viewer.errors import ViewerError
from viewer.json_text import json_text
from viewer.models.unsaved_card import unsaved_card
from viewer.session.cli_export import describe_omissions, figure_command
from viewer.session.network_command import explain_command

if TYPE_CHECKING:
    from viewer.session.map_layer import MapLayer
    from viewer.session.session import Session

CARD_FILE = "map.card.json"


def figure_script(session: Session, output: str, size: tuple[int, int], dpi: float) -> str:
    """Return a script for ``sh`` that explains the scan and draws the box as currently shown.

    Maps that the open network computed for the open scan are recomputed, into ``map-1.nii.gz`` and so on;
    others are read from their files. A card that is in no file is part of the script. The script writes to
    the working directory.

    Raises
    ------
    ViewerError
        There is no scan; or it, the network or a map that cannot be recomputed is in no file.
    """
    lines, layers = [], []
    for number, layer in enumerate(session.visible_layers, start=1):
        command, drawn_layer = _map_command(session, layer, f"map-{number}.nii.gz")
        lines += [command] if command else []
        layers.append(drawn_layer)
    draw_command = figure_command(session, output, size, dpi, layers=layers)
    omitted = describe_omissions(session)
    lines = [*_card_lines(session, lines), *lines]
    return "\n".join(
        ["#!/bin/sh", "set -e", *([f"# {omitted}"] if omitted else []), *lines, draw_command, ""]
    )


def _card_lines(session: Session, commands: list[str]) -> list[str]:
    """Return the lines that write the network's card, if the commands need it and it is in no file."""
    card = None if session.model is None or not commands else unsaved_card(session.model)
    return [] if card is None else [f"cat > {CARD_FILE} <<'END'", json_text(card.as_json()).strip(), "END"]


def _map_command(session: Session, layer: MapLayer, output: str) -> tuple[str, MapLayer]:
    """Return the command that computes a map, "" if it is read from its file, and the layer to draw."""
    try:
        return explain_command(session, layer.map, output, CARD_FILE), replace(layer, file=Path(output))
    except ViewerError:
        if layer.file is None:
            raise
        return "", layer
