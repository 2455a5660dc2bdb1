"""Fit the patterns of a network to scans, one scan at a time."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from viewer.errors import MethodError, ModelError
from viewer.files import expand_user
from viewer.progress import Progress

if TYPE_CHECKING:
    import torch

    from viewer.methods.patterns.estimators import RunningSums
    from viewer.methods.patterns.layers import NeuronLayer
    from viewer.methods.patterns.pattern_io import PatternOrigin, Patterns
    from viewer.methods.patterns.samples import PatternSample
    from viewer.methods.scan_sources import ScanSource
    from viewer.models.graph.graph import OperatorGraph
    from viewer.models.model import Model

SUBJECT = "patterns"
SECONDS_BETWEEN_SAVES = 20.0
"""Maximum time between saves, and so the most work that an interrupted fit can lose."""


def fit_patterns(
    model: Model,
    scans: Iterable[ScanSource | torch.Tensor],
    path: str | Path | None = None,
    *,
    padding: str = "count",
    double: bool = False,
    device: str | torch.device = "auto",
    progress: Progress | None = None,
) -> Patterns:
    """Fit the patterns of convolutions, dense layers and sums of branches (Kindermans et al. 2017, eq. 7).

    Parameters
    ----------
    model : Model
        The network; it is not modified. Batch norms are folded first.
    scans : iterable of Scan, str, Path or torch.Tensor
        Scans, files, or tensors (N, C, spatial...), used as they are. A repeated scan counts once.
    path : str or Path, optional
        File to write the patterns to. While fitting, FILE.partial beside it holds the current sums; an
        interrupted fit resumes from it, with exactly the same result.
    padding : {"count", "skip"}
        Whether patches that overlap a convolution's zero padding count.
    double : bool
        Run the network and correlate in float64; slower. Sums are always float64.
    device : str or torch.device
        ``"auto"``, ``"cpu"``, ``"cuda"``, ``"cuda:N"`` or ``"mps"``.
    progress : Progress, optional
        Receives the progress after every operator, and can cancel the fit.

    Returns
    -------
    Patterns
        One pattern per neuron and layer, for the methods "pattern-net" and "pattern-attribution".

    Raises
    ------
    MethodError
        The network has layers that cannot have patterns (the message names one), or there are no scans.
    ModelError
        A scan cannot be preprocessed, or FILE.partial belongs to another network or other settings.
    Cancelled
        ``progress`` was cancelled.

    Examples
    --------
    >>> import torch
    >>> import viewer
    >>> network = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.ReLU(), torch.nn.Linear(3, 2))
    >>> x = torch.randn(64, 4, generator=torch.Generator().manual_seed(0))
    >>> model = viewer.Model.from_module(network, x[:1])
    >>> patterns = viewer.fit_patterns(model, [x], "small.patterns.safetensors")
    >>> len(patterns.layers)
    2
    """
    from viewer.jobs.device import select_device
    from viewer.methods.patterns.estimators import estimate_patterns
    from viewer.methods.patterns.layers import PaddingMode
    from viewer.methods.patterns.pattern_io import PatternOrigin, Patterns
    from viewer.methods.patterns.samples import iterate_samples

    if padding not in tuple(PaddingMode):
        raise MethodError(SUBJECT, f"no padding {padding!r}", f"choose {' or '.join(PaddingMode)}")
    progress = progress or Progress()
    sources = tuple(scans)
    selected_device = select_device(device)
    target = expand_user(path, ModelError) if path is not None else None
    partial_path = target.with_name(f"{target.name}.partial") if target is not None else None
    fitting = _PatternFit(PatternOrigin(model.card.name, model.hash, PaddingMode(padding)))
    for index, sample in enumerate(iterate_samples(model, sources)):
        subtask = progress.subtask(min(index / len(sources), 1.0), min((index + 1) / len(sources), 1.0))
        subtask.step(0.0, 1.0, sample.name)
        graph, layers = fitting.layers_for(model, sample, selected_device, double)
        if index == 0 and partial_path is not None and partial_path.exists():
            fitting.resume(partial_path, layers)
        if sample.hash in fitting.included_hashes:
            continue
        fitting.add_sample(sample, graph, layers, subtask)
        if partial_path is not None and time.monotonic() - fitting.last_save_time > SECONDS_BETWEEN_SAVES:
            fitting.save(partial_path)
    if not fitting.sums:
        raise MethodError(SUBJECT, "there are no scans to learn them from")
    layer_patterns = tuple(estimate_patterns(layer, fitting.sums[layer.key]) for layer in fitting.last_layers)
    patterns = Patterns(fitting.origin, layer_patterns)
    if target is not None and partial_path is not None:
        patterns.save(target)
        partial_path.unlink(missing_ok=True)
    progress.step(1.0, 1.0, "Done")
    return patterns


@dataclass
class _PatternFit:
    """Current sums, and the scans they came from."""

    origin: PatternOrigin
    sums: dict[str, RunningSums] = field(default_factory=dict)
    last_save_time: float = field(default_factory=time.monotonic)
    last_layers: Sequence[NeuronLayer] = ()
    _sample_shape: object = None
    _graph: OperatorGraph | None = None

    @property
    def included_hashes(self) -> frozenset[str]:
        """Hashes of the scans in the sums."""
        return frozenset(digest for _, digest in self.origin.scans)

    def layers_for(
        self, model: Model, sample: PatternSample, device: torch.device, double: bool
    ) -> tuple[OperatorGraph, Sequence[NeuronLayer]]:
        """Return the graph for a sample's size, on the device, and its layers."""
        import torch

        from viewer.methods.patterns.graph_layers import find_layers
        from viewer.models.graph.batch_norm_folding import fold_batch_norms

        sample_shape = tuple(sample.x.shape[1:])
        if self._graph is None or sample_shape != self._sample_shape:
            graph = fold_batch_norms(model.graph(sample.x))
            precision = torch.float64 if double else sample.x.dtype
            self._graph, self._sample_shape = graph.to(device, precision), sample_shape
            self.last_layers = find_layers(self._graph, SUBJECT)
            self.origin = replace(self.origin, dtype=str(precision).removeprefix("torch."))
        return self._graph, self.last_layers

    def add_sample(
        self, sample: PatternSample, graph: OperatorGraph, layers: Sequence[NeuronLayer], progress: Progress
    ) -> None:
        """Run the network on a sample and add the values of its layers to the sums."""
        from viewer.methods.patterns.estimators import RunningSums
        from viewer.methods.patterns.graph_layers import Visitor, run_with_visitors

        def make_visitor(layer: NeuronLayer) -> Visitor:
            def add_to_sums(inputs: Sequence[torch.Tensor], output: torch.Tensor) -> None:
                if layer.key not in self.sums:
                    self.sums[layer.key] = RunningSums.empty(layer, inputs, output)
                self.sums[layer.key].add(layer, inputs, output, self.origin.padding)

            return add_to_sums

        constant = next(iter(graph.constants.values()))
        x = sample.x.to(constant.device, graph.input.dtype)
        visitors = {layer.node.name: (layer.input_count, make_visitor(layer)) for layer in layers}
        run_with_visitors(graph, x, visitors, progress)
        self.origin = replace(self.origin, scans=(*self.origin.scans, (sample.name, sample.hash)))

    def save(self, path: Path) -> None:
        """Write the current sums."""
        from viewer.methods.patterns.pattern_io import save_sums

        save_sums(path, self.origin, self.sums)
        self.last_save_time = time.monotonic()

    def resume(self, path: Path, layers: Sequence[NeuronLayer]) -> None:
        """Resume from the sums of an earlier fit.

        Raises
        ------
        ModelError
            The sums belong to another network, or were computed with other settings.
        """
        from viewer.methods.patterns.pattern_io import load_sums

        origin, sums = load_sums(path, layers)
        if replace(origin, scans=()) != replace(self.origin, model=origin.model, scans=()):
            raise ModelError(
                path, "is of another network or other settings", "delete it to fit from the beginning"
            )
        self.origin, self.sums = origin, sums
