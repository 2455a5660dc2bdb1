"""Provenance of a map: model, scan, prediction, software versions, and the notes for its reader."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from viewer.fit.relevance_share import relevance_shares
from viewer.methods.base import Method
from viewer.methods.slicewise import stacking_notes
from viewer.models.model_card import ModelKind
from viewer.models.output_meaning import output_counts
from viewer.models.predict import interpret_scores
from viewer.scans.map import Map
from viewer.scans.scan import Scan

if TYPE_CHECKING:
    import torch

    from viewer.methods.explain_sample import SampleResult
    from viewer.models.fit_report import FitReport
    from viewer.models.model import Model
    from viewer.models.model_card import Card
    from viewer.models.preprocessing import PreparedInput
    from viewer.preparation.prepared import Prepared


def warn_of_mismatch(
    fit: FitReport | None, method: Method, scan: Scan | None, prepared: PreparedInput | None = None
) -> tuple[str, ...]:
    """Return warnings if the scan may not fit the network, or the method's atlas may not fit the scan."""
    path = str(method.parameter_values().get("atlas", ""))
    warnings = (fit.sentence,) if fit is not None and fit.problems else ()
    if scan is None or not path:
        return warnings
    from viewer.scans.atlas import load_atlas
    from viewer.scans.atlas_space import space_mismatch

    atlas = load_atlas(path, str(method.parameter_values().get("labels", "")) or None)
    doubt = space_mismatch(atlas, scan, None if prepared is None else prepared.to_template)
    return (*warnings, doubt) if doubt else warnings


def describe_relevance(
    values: npt.NDArray[np.float32], prepared: PreparedInput | None, scan: Scan | Prepared | None
) -> tuple[dict[str, float], str]:
    """Return the shares of |relevance| in brain, skull and air, and a sentence on them.

    Empty if no brain mask is known, or if the map is zero. ``values`` are on the network's grid.
    """
    if prepared is None or scan is None or isinstance(scan, Scan) or scan.mask is None:
        return {}, ""
    relevance = Map(prepared.to_volume(values), prepared.grid, "relevance")
    try:
        shares = relevance_shares(relevance, scan.original, scan.mask.data)
    except ValueError:  # the map is zero everywhere
        return {}, ""
    return shares.as_json(), shares.sentence


def describe_model(model: Model) -> dict[str, Any]:
    """Return the network's name, hash and path as plain values."""
    entries = {"name": model.card.name, "hash": model.hash}
    return entries | ({"path": str(model.path)} if model.path is not None else {})


def describe_prediction(card: Card, results: list[SampleResult]) -> dict[str, Any]:
    """Return the network's prediction for a scan; empty unless there is a single one for the whole scan."""
    output = results[0].output
    is_single = len(results) == 1 and output.dim() == 2 and output.shape[1] in output_counts(card)
    has_several_values = card.kind is ModelKind.REGRESSION and not card.values and output.shape[1] > 1
    if not is_single or has_several_values or card.kind is ModelKind.SEGMENTATION:
        return {}
    return interpret_scores(card, output[0], results[0].meaning).as_json()


def software_versions() -> dict[str, str]:
    """Return the versions of the software that a map may depend on."""
    import torch

    from viewer.resource_files import version

    return {
        "saliency-viewer": version(),
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "numpy": np.__version__,
    }


def _conversion_notes(tensor: torch.Tensor, model_dtype: torch.dtype) -> tuple[str, ...]:
    """Return a note if a tensor's precision differs from the network's."""
    if tensor.dtype == model_dtype:
        return ()
    names = [str(dtype).removeprefix("torch.") for dtype in (tensor.dtype, model_dtype)]
    return (f"the tensor was converted from {names[0]} to {names[1]}, the precision of the network",)


def make_notes(
    model: Model,
    prepared: PreparedInput | None,
    results: list[SampleResult],
    input_tensor: torch.Tensor,
) -> tuple[str, ...]:
    """Return the notes for the reader of the map; ``input_tensor`` is the input before its conversion."""
    if prepared is None:
        notes = [*_conversion_notes(input_tensor, model.dtype)]
    else:
        notes = [*prepared.notes, *stacking_notes(prepared)]
    notes += model.notes
    for result in results:
        notes += result.attribution.notes
    return tuple(dict.fromkeys(notes))


def channels_note(method: Method, values: npt.NDArray[np.float32], images: int) -> str:
    """Return how the map combines the image channels of the network; empty if there is only one.

    ``values`` (N, C, spatial...) have one channel if the method makes no separate maps for the images.
    """
    if images < 2:
        return ""
    if values.shape[1] < images:
        return f"the map is of the network's {images} input channels together, not a sum over them"
    if getattr(method, "channels", "sum") == "maximum":
        return f"the map is, at each voxel, the steepest slope among the network's {images} input channels"
    return f"the map is the sum over the network's {images} input channels"


def channel_part_note(method: Method, name: str, names: Sequence[str]) -> str:
    """Return how the map of one image relates to the whole map."""
    channels = ", ".join(names)
    if getattr(method, "channels", "sum") == "maximum":
        return f"the slope of {name} where it is the steepest among {channels}, and 0 elsewhere"
    return f"the part of {name} in the map, which is the sum over {channels}"
