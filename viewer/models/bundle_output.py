"""What a MONAI bundle's outputs mean, from the transforms that its configuration lists after the network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from viewer.models.output import OutputKind

POSTPROCESSING = ("postprocessing", "postprocessing_transforms", "postprocess", "post_transform")


def output_of(entries: Mapping[str, Any], count: int) -> OutputKind | None:
    """Return what ``count`` outputs mean, or None where the configuration does not tell.

    ``Activationsd`` says it outright. Without it, ``AsDiscreted`` with ``argmax`` chooses one of several
    classes, and with a ``threshold`` it decides each output by itself.
    """
    listed = next((entries[name] for name in POSTPROCESSING if name in entries), None)
    transforms = listed.get("transforms") if isinstance(listed, dict) else None
    apart = OutputKind.SIGMOID if count == 1 else OutputKind.MULTI_LABEL
    for transform in transforms if isinstance(transforms, list) else ():
        given = transform if isinstance(transform, dict) else {}
        target = str(given.get("_target_", "")).rpartition(".")[2]
        if given.get("_disabled_") is True or target not in ("Activationsd", "AsDiscreted"):
            continue
        if given.get("softmax") is True or given.get("argmax") is True:
            return OutputKind.SOFTMAX
        if given.get("sigmoid") is True or isinstance(given.get("threshold"), int | float):
            return apart
    return None
