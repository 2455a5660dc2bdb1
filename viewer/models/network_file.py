"""Network that a file describes by its operators, as a module."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

    from viewer.models.graph.graph import Shape
    from viewer.models.input_layout import InputLayout


@dataclass(frozen=True)
class NetworkFile:
    """Network that a file describes, as a module.

    Parameters
    ----------
    module
        Takes one tensor (N, C, spatial...), or its inputs by name; returns a tensor, or several by name. Its
        ``input_shape`` has None for sizes that the file leaves open.
    outputs
        Shape of each output; None if the file does not state it.
    layout
        The inputs, if there are several.
    other_files
        Files next to it that contain its weights.
    notes
        Remarks on it.
    """

    module: nn.Module
    outputs: Mapping[str, Shape | None]
    layout: InputLayout | None = None
    other_files: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()
