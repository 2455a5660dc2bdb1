"""Channels of a layer ranked by their relevance for one output: the public function `channels`."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from viewer.errors import MethodError
from viewer.jobs.heap import keep_freed_memory
from viewer.jobs.memory import out_of_memory_as_error
from viewer.methods.base import Attribution, ExplanationRequest, Target
from viewer.methods.cam import choose_default_layer
from viewer.methods.concept_relevance import ConceptRelevance, channel_sums
from viewer.methods.explain_checks import check_input, check_method
from viewer.methods.explain_inputs import pack_tensors
from viewer.methods.explain_sample import explain_sample
from viewer.methods.region_parser import parse_region
from viewer.methods.slicewise import resolve_slice_target
from viewer.models.apply_preparation import PreparationChoice, apply_preparation
from viewer.models.input_layout import read_covariates
from viewer.models.sliding_window import crop_window, make_sliding_windows
from viewer.number_format import format_count
from viewer.progress import Progress
from viewer.scans.atomic_write import atomic_write
from viewer.scans.scan import Scan

if TYPE_CHECKING:
    import torch

    from viewer.models.model import Model
    from viewer.preparation.prepared import Prepared

COLUMNS = ("channel", "relevance", "share")


@dataclass(frozen=True)
class ChannelRelevance:
    """Relevance of one channel of a layer.

    Parameters
    ----------
    channel
        Index of the channel, from 0.
    relevance
        Sum over the channel's positions, in units of the output; negative if it is evidence against the
        output.
    share
        |relevance| divided by its sum over all channels.
    """

    channel: int
    relevance: float
    share: float


@dataclass(frozen=True)
class ChannelTable:
    """Relevance of the channels of a layer for one output, the largest |relevance| first.

    Parameters
    ----------
    target
        Name of the output.
    layer
        The layer.
    rows
        One per channel.
    notes
        How the layer was chosen, and remarks on the numbers.
    """

    target: str
    layer: str
    rows: tuple[ChannelRelevance, ...]
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[ChannelRelevance]:
        return iter(self.rows)

    def as_json(self) -> dict[str, Any]:
        """Return plain values: target, layer, channels, and the notes, if any."""
        entries = {
            "target": self.target,
            "layer": self.layer,
            "channels": [asdict(row) for row in self.rows],
        }
        return entries | ({"notes": list(self.notes)} if self.notes else {})

    def save(self, path: str | Path) -> Path:
        """Write the table as CSV, atomically; return the path. Raises OSError."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows((row.channel, row.relevance, row.share) for row in self.rows)
        path = Path(path)
        with atomic_write(path) as file:
            file.write(text.getvalue().encode())
        return path


@keep_freed_memory()
def channels(
    model: Model,
    scan_or_tensor: Scan | torch.Tensor,
    layer: str | None = None,
    *,
    target: str | int | None = None,
    region: object = None,
    top: int | None = None,
    device: str | torch.device = "auto",
    progress: Progress | None = None,
    prepare: str | Prepared = "none",
    **parameters: object,
) -> ChannelTable:
    """Rank the channels of a layer by their relevance for one output.

    The relevance of a channel is the sum of the LRP relevance of its positions, with the rules of the method
    "crp" (Achtibat et al. 2023). ``viewer.explain(..., "crp", layer=..., channel=...)`` computes the map of a
    channel. If the network processes the scan in windows, the relevance is summed over all windows, each of
    which explains its share of the output.

    Parameters
    ----------
    model : Model
        The network; it is not modified.
    scan_or_tensor : Scan or torch.Tensor
        A scan, or a tensor (1, C, spatial...) in the form that the network expects. For a network that
        processes slices, the relevance is summed over all slices.
    layer : str, optional
        Path of a module or name of an operator. The default is the layer that Grad-CAM uses by default.
    target : str or int, optional
        The output, as in `viewer.explain`. The default is the largest.
    region : object
        For a dense prediction, the region to sum the class's outputs over, as in `viewer.explain`.
    top : int, optional
        Number of channels to keep.
    device : str or torch.device
        ``"auto"``, ``"cpu"``, ``"cuda"``, ``"cuda:N"`` or ``"mps"``.
    progress : Progress, optional
        Receives the progress, and can cancel the computation.
    prepare : str or Prepared
        As for `viewer.explain`.
    **parameters : object
        Rules: parameters of the method "crp", other than ``channel``.

    Returns
    -------
    ChannelTable
        The largest |relevance| first; in units of the output.

    Raises
    ------
    MethodError
        There is no such target, region or rule.
    ModelError
        There is no such layer, or the scan cannot be preprocessed for the network.
    ScanError
        The preparation finds no brain, or ``prepare`` belongs to another scan.
    ValueError
        ``prepare`` is an unknown string.
    Cancelled
        ``progress`` was cancelled.

    Examples
    --------
    >>> import viewer
    >>> scan, model = viewer.load_scan("simulated-lesions"), viewer.load_model("demo")
    >>> table = viewer.channels(model, scan, "relu5", target="lesion", top=3)
    >>> (table.target, table.layer, len(table))
    ('lesion', 'relu5', 3)
    """
    if "channel" in parameters:
        raise MethodError("channels", "has no parameter 'channel'", "use the method crp for a channel's map")
    progress = progress or Progress()
    method = _ChannelSums.from_parameters(parameters)
    check_method(method, model, layer)
    chosen_region = None if region is None else parse_region(region)

    from viewer.jobs.device import select_device

    chosen_device = select_device(device)
    start, grid, prepared = 0.0, None, None
    if isinstance(scan_or_tensor, Scan):
        start = 0.5 if prepare == PreparationChoice.CARD else 0.02
        source = apply_preparation(model, scan_or_tensor, prepare, progress.subtask(0, start))
        prepared = model.prepare(source)
        x = prepared.tensor.to(model.dtype)
    else:
        if prepare != PreparationChoice.NONE:
            raise MethodError("prepare", "a bare tensor cannot be prepared", "give a scan")
        x = check_input(pack_tensors(model, scan_or_tensor, None)).to(model.dtype)
        if len(x) > 1:
            raise MethodError("channels", f"there are {len(x)} samples", "give a single sample")
    network = model
    if model.covariates:
        images = x.shape[1] - len(model.covariates)
        network = model.with_fixed_covariates(read_covariates(x, images)[0].tolist())
        x = x[:, :images]
    remaining = progress.subtask(start, 1.0)
    if prepared is not None and prepared.slices > 1:
        with out_of_memory_as_error():
            target = resolve_slice_target(target, model, prepared, chosen_device, remaining.subtask(0, 0.1))
        remaining = remaining.subtask(0.1, 1)
    why = ""
    if layer is None:
        windows = make_sliding_windows(model.card.input, tuple(x.shape[2:]))
        sample = x[:1] if windows is None else crop_window(x[:1], next(windows.slices()))
        graph = network.graph(sample)
        layer, why = choose_default_layer(graph, ExplanationRequest(network, sample, Target(0, "")))
    results = []
    for index in range(len(x)):
        if prepared is not None:
            grid = prepared.select_slice(index).grid
        results.append(
            explain_sample(
                method,
                network,
                x[index : index + 1],
                target=target,
                region=chosen_region,
                layer=layer,
                seed=0,
                grid=grid,
                device=chosen_device,
                progress=remaining.subtask(index / len(x), (index + 1) / len(x)),
            )
        )
    sums = sum(result.attribution.values[0].double() for result in results)
    notes = dict.fromkeys(note for result in results for note in result.attribution.notes)
    if len(x) > 1:
        notes[f"the sum over {format_count(len(x), 'slice')}"] = None
    return ChannelTable(
        ", ".join(dict.fromkeys(result.target.name for result in results)),
        layer,
        _rank_channels(sums.tolist())[:top],  # type: ignore[union-attr]  # there is at least one sample
        ((f"{layer} is {why}",) if why else ()) + tuple(notes),
    )


def _rank_channels(sums: list[float]) -> tuple[ChannelRelevance, ...]:
    """Return the channels by descending |relevance|."""
    total = sum(map(abs, sums))
    rows = (
        ChannelRelevance(channel, value, abs(value) / total if total else 0.0)
        for channel, value in enumerate(sums)
    )
    return tuple(sorted(rows, key=lambda row: -row.share))


@dataclass(frozen=True)
class _ChannelSums(ConceptRelevance):
    """Method that returns the relevance of every channel, (1, channels), instead of a map."""

    def explain(self, request: ExplanationRequest) -> Attribution:
        """Compute the relevance of the channels of ``request.layer``."""
        _, relevance, notes = self.layer_relevance(request)
        return Attribution(channel_sums(relevance, request.x)[None], None, notes)
