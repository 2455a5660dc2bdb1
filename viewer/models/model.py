"""Model: a network with its card, ready to be explained."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from viewer.errors import ModelError
from viewer.models.model_card import Card, ModelKind
from viewer.models.output_meaning import LINEAR, Ending, OutputMeaning, decide_output, output_counts
from viewer.scans.multichannel_scan import MultichannelScan
from viewer.scans.scan import Scan

if TYPE_CHECKING:
    import torch

    from viewer.models.covariate import Covariate
    from viewer.models.graph.graph import OperatorGraph
    from viewer.models.graph.lowering.aten_call import CaptureError
    from viewer.models.input_layout import InputLayout
    from viewer.models.output_selection import OutputCandidate
    from viewer.models.preprocessing import PreparedInput
    from viewer.preparation.prepared import Prepared
    from viewer.preparation.requirements import Requirements

    Preprocessing = Callable[[Scan | Prepared, Card], PreparedInput]


class Model:
    """Network, its card, and the source of both. The network is never changed.

    Parameters
    ----------
    module : torch.nn.Module
        A private copy in evaluation mode, with frozen parameters.
    card : Card
        Architecture, outputs and input of the network.
    hash : str
        SHA-256 of the weights file, or of the weights themselves for a module from memory.
    path : Path, optional
        The weights file, if any.
    no_graph_reason : str
        Why it has no operator graph, such as "TorchScript"; empty if it may have one.
    notes : tuple of str
        Remarks on all its outputs, such as which of several is explained.
    layout : InputLayout, optional
        Images and numbers that the network takes, if it has several inputs; it then takes them as one tensor
        (N, C + K, spatial...): the channels of the images, and one for each number.

    Attributes
    ----------
    output_candidates : tuple of OutputCandidate
        Tensors that the network returns, once they are known.
    answer : str
        Label of the one that is explained.
    has_given_card : bool
        Whether the card was given when the network was loaded, instead of being read with its file.
    selectable_paths : tuple of Path
        For a folder of several networks: the paths that can be opened, the folder and each single network.

    Examples
    --------
    >>> import torch
    >>> import viewer
    >>> network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(8, 2))
    >>> model = viewer.Model.from_module(network, torch.zeros(1, 1, 2, 2, 2))
    >>> model.card.classes
    ('0', '1')
    """

    def __init__(
        self,
        module: torch.nn.Module,
        card: Card,
        hash: str,  # noqa: A002  the standard term
        path: Path | None = None,
        no_graph_reason: str = "",
        notes: tuple[str, ...] = (),
        layout: InputLayout | None = None,
    ) -> None:
        self.card = card
        self.hash = hash
        self.path = path
        self.no_graph_reason = no_graph_reason
        self.notes = notes
        self.output_candidates: tuple[OutputCandidate, ...] = ()
        self.answer = ""
        self.has_given_card = False
        self.selectable_paths: tuple[Path, ...] = ()
        self.layout = layout
        self._has_fixed_covariates = False
        self._fixed_covariates_models: dict[tuple[float, ...], Model] = {}
        self._preprocess: Preprocessing | None = None
        self._modules = {"cpu": module}
        self._device_lock = threading.Lock()
        self._graphs: dict[tuple[object, ...], OperatorGraph] = {}
        self._ending: Ending | None = None
        self._capture_errors: dict[tuple[object, ...], CaptureError] = {}
        self._capture_lock = threading.Lock()

    def __repr__(self) -> str:
        return f"<Model {self.card.name!r}: {self.card.kind}, {', '.join(self.card.classes)}>"

    @property
    def requirements(self) -> Requirements:
        """Preparation of a scan that its card requires. Raises ModelError as `card_requirements` does."""
        from viewer.models.card_requirements import card_requirements

        return card_requirements(self.card)

    @classmethod
    def from_module(
        cls,
        module: torch.nn.Module,
        example: torch.Tensor | Sequence[torch.Tensor] | Mapping[str, torch.Tensor],
        card: Card | None = None,
        answer: str | int | None = None,
    ) -> Self:
        """Return a model of any module: a copy of it and its weights; the module is not changed.

        Later changes to the module do not affect the model, and the hash stays that of the copy.

        Parameters
        ----------
        module
            Takes one tensor (N, C, spatial...), or images and numbers (N, K), and returns (N, outputs), (N,),
            or (N, outputs, spatial...), by itself or among others in a tuple, list or dictionary.
        example
            Example input; if there are several inputs, one for each argument of ``forward``, in order or by
            name. The order of the inputs is that of ``forward``, whatever the order of a mapping.
        card
            Card of the model; without one, classes are numbered and tensors are used unchanged.
        answer
            Key or index from 0 of the output to explain, if there are several. None selects that of the card
            or the one that is clearly the prediction, and a note names it.

        Raises
        ------
        ModelError
            The module cannot be copied, takes inputs other than images of one size and numbers, does not
            accept the example, or the output to explain is ambiguous.
        """
        from viewer.models.from_module import convert_examples, copy_module, resolve_output
        from viewer.models.input_layout import match_channels, order_covariates
        from viewer.models.state_dict import hash_state_dict

        module_copy = copy_module(module)
        x, layout = convert_examples(module_copy, example)
        if layout is not None:
            order_covariates(layout, card, type(module).__name__)  # checks that the card fits
        digest = hash_state_dict(module_copy.state_dict())
        requested = card.answer or None if answer is None and card is not None else answer
        outputs, note, selection = resolve_output(
            module_copy, x, output_counts(card) if card is not None else (), requested
        )
        if card is None:
            card = Card(
                name=type(module).__name__,
                classes=tuple(str(index) for index in range(outputs.shape[1])),
                kind=ModelKind.SEGMENTATION if outputs.dim() > 2 else ModelKind.CLASSIFICATION,
            )
        channel_note = ""
        if layout is not None:
            card, channel_note = match_channels(layout, card)
        model = cls(module_copy, card, digest, notes=tuple(filter(None, (note, channel_note))), layout=layout)
        model.output_candidates, model.answer = selection
        return model

    @property
    def covariates(self) -> tuple[Covariate, ...]:
        """Numbers that the network takes in addition to images, in its order."""
        from viewer.models.input_layout import order_covariates

        if self.layout is None or self._has_fixed_covariates:
            return ()
        return order_covariates(self.layout, self.card, self.card.name)

    def pack_inputs(self, image: torch.Tensor, covariates: Mapping[str, float] | None = None) -> torch.Tensor:
        """Return an image (N, C, spatial...) and covariates by name as the tensor that the network takes.

        Raises
        ------
        ModelError
            A covariate is missing or unknown.
        """
        import torch

        from viewer.models.input_layout import append_covariates, covariate_values

        required = self.covariates
        values = covariate_values(required, covariates or {}, self.card.name)
        return append_covariates(image, torch.tensor([values])) if required else image

    def with_fixed_covariates(self, values: Sequence[float]) -> Model:
        """Return the network for images only, with fixed values of its covariates; weights are shared.

        ``values`` are scaled for the network, in the order of `covariates`.
        """
        import torch

        from viewer.models.input_layout import fix_covariates

        key = tuple(values)
        if key not in self._fixed_covariates_models:
            model = self.with_module(fix_covariates(self.module(), torch.tensor([key], dtype=self.dtype)))
            model._has_fixed_covariates = True
            # Only the last one is kept, because capturing its graph is slow.
            self._fixed_covariates_models.clear()
            self._fixed_covariates_models[key] = model
        return self._fixed_covariates_models[key]

    def with_module(self, module: torch.nn.Module) -> Model:
        """Return a model of another module with the same card, hash and inputs."""
        model = Model(module, self.card, self.hash, self.path, self.no_graph_reason, self.notes, self.layout)
        model._has_fixed_covariates = self._has_fixed_covariates
        return model

    def with_preprocessing(self, preprocess: Preprocessing) -> Model:
        """Return the same network, sharing its graphs, with another preprocessing of scans.

        ``preprocess`` takes the scan, or the prepared scan, and the card.
        """
        model = copy.copy(self)
        model._preprocess = preprocess
        return model

    @property
    def dtype(self) -> torch.dtype:
        """Dtype of the network's weights."""
        from viewer.models.from_module import module_dtype

        return module_dtype(self._modules["cpu"])

    def module(self, device: torch.device | str = "cpu") -> torch.nn.Module:
        """Return the network on a device; it is copied there once, and shared."""
        key = str(device)
        with self._device_lock:
            if key not in self._modules:
                self._modules[key] = copy.deepcopy(self._modules["cpu"]).to(device)
            return self._modules[key]

    def logits(self, x: torch.Tensor) -> torch.Tensor:
        """Compute the outputs before any softmax, shape (N, classes, ...); differentiable in ``x`` only.

        The registered architectures end in logits. For any other network a final softmax or sigmoid is
        omitted, in its operator graph or, without one, while it runs; for TorchScript it is part of the
        outputs. For a regression it is always part of them: the value is the network's own output.
        A network that normalises with batch statistics is run one sample at a time.
        """
        if self.card.registered or self.no_graph_reason or self._includes_final_activation:
            chunks = self._split_batch(x)
            return _concatenate([self._select_output(self._run(chunk), chunk) for chunk in chunks])
        if not self.find_no_graph_reason(x):
            from viewer.models.graph.interpreter import run

            graph = self.graph(x)
            if graph.input.shape[0] in (None, len(x)):
                return run(graph, x)
        from viewer.models.ending_tracer import EndingTracer

        outputs = []
        for chunk in self._split_batch(x):
            ending = EndingTracer(self.module(x.device).buffers())
            with ending:
                raw_output = self._select_output(self._run(chunk), chunk)
                output, name = ending.find_input(raw_output)
            self._ending = Ending(name, range=ending.find_range(raw_output))
            outputs.append(output)
        return _concatenate(outputs)

    def _run(self, x: torch.Tensor) -> object:
        """Return everything that the network returns for ``x``. Raises ModelError if it rejects ``x``."""
        from viewer.models.network_errors import network_errors

        with network_errors(self.card.name, x):
            return self.module(x.device)(x)

    def _split_batch(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Return the whole batch, or single samples if a layer uses batch statistics."""
        mixes_samples = len(x) > 1 and any(
            _mixes_samples(submodule) for submodule in self.module(x.device).modules()
        )
        return tuple(x[index : index + 1] for index in range(len(x))) if mixes_samples else (x,)

    def _select_output(self, output: object, x: torch.Tensor) -> torch.Tensor:
        """Return the tensor (N, outputs, ...) to explain among all that the network returns.

        Raises
        ------
        ModelError
            The choice is ambiguous.
        """
        import torch

        from viewer.models.output_selection import OutputCandidate, flatten_outputs, select_output

        if not isinstance(output, torch.Tensor):
            tensors = dict(flatten_outputs(output))
            candidates = [OutputCandidate(label, tuple(tensor.shape)) for label, tensor in tensors.items()]
            selected, note = select_output(
                candidates, output_counts(self.card), self.card.answer or None, self.card.name
            )
            self._add_note(note)
            self.output_candidates, self.answer = tuple(candidates), selected.label
            output = tensors[selected.label]
        return output.unsqueeze(1) if output.shape == x.shape[:1] else output

    def _add_note(self, note: str) -> None:
        """Add a note for users of the outputs."""
        if note and note not in self.notes:
            self.notes = (*self.notes, note)

    def output_meaning(self, outputs: torch.Tensor, x: torch.Tensor) -> OutputMeaning:
        """Return the meaning of the ``outputs`` (N, outputs, ...) that `logits` returned for ``x``.

        Raises
        ------
        ModelError
            The card contradicts the network.
        """
        return decide_output(self.card, outputs.shape[1], self._find_ending(x), outputs)

    @property
    def _includes_final_activation(self) -> bool:
        """Whether a final softmax or sigmoid is part of the explained function."""
        return self.card.kind is ModelKind.REGRESSION and not self.card.values

    def _find_ending(self, x: torch.Tensor) -> Ending:
        """Return the ending of the network for inputs like ``x``."""
        import torch

        if self._ending is None and (self.card.registered or self._includes_final_activation):
            self._ending = LINEAR
        if self._ending is None and self.no_graph_reason:
            from viewer.models.torchscript_ending import torchscript_ending

            self._ending = torchscript_ending(self.module())
        if self._ending is None:
            self.find_no_graph_reason(x)  # sets it
        if self._ending is None:
            with torch.no_grad():
                self.logits(x[:1].clone())  # sets it, too
        assert self._ending is not None
        return self._ending

    def find_no_graph_reason(self, x: torch.Tensor) -> str:
        """Return why the network has no operator graph for inputs like ``x``; empty if it has one."""
        from viewer.models.graph.lowering.aten_call import CaptureError

        if self.no_graph_reason:
            return self.no_graph_reason
        try:
            self.graph(x)
        except CaptureError as error:
            return f"{error.subject} {error.problem}"
        return ""

    def graph(self, x: torch.Tensor) -> OperatorGraph:
        """Return the operator graph for inputs with the size, precision and device of ``x``.

        It ends before a final softmax or sigmoid, except for a regression. It is captured once per size, and
        shared.

        Raises
        ------
        ModelError
            The network has no graph; the message gives the reason.
        """
        import torch

        from viewer.models.graph.capture import capture
        from viewer.models.graph.ending import find_ending
        from viewer.models.graph.lowering.aten_call import CaptureError
        from viewer.models.graph.passes import keep_one_output, list_output_candidates, strip_final_activation
        from viewer.models.graph_module import GraphModule

        if self.no_graph_reason:
            raise ModelError(
                self.card.name,
                f"{self.no_graph_reason} gives no operator graph",
                "use a method that needs none",
            )
        kind = (tuple(x.shape[1:]), x.dtype)
        with self._capture_lock:
            if kind in self._capture_errors:
                # Raise the stored error: some methods call this hundreds of times.
                cached_error = self._capture_errors[kind]
                raise CaptureError(cached_error.subject, cached_error.problem, cached_error.remedy)
            if kind not in self._graphs:
                network = self.module()
                if isinstance(network, GraphModule):
                    captured = network.graph_for(x.shape[1])
                else:
                    example = torch.zeros((1, *x.shape[1:]), dtype=x.dtype)
                    try:
                        captured = capture(network, example)
                    except CaptureError as error:
                        self._capture_errors[kind] = error.with_traceback(None)
                        raise
                has_several = len(captured.outputs) > 1  # otherwise it is selected already
                candidates = list_output_candidates(captured)
                requested = self.card.answer or None if has_several else None
                captured, note = keep_one_output(
                    captured, output_counts(self.card), self.card.name, requested
                )
                self._add_note(note)
                if has_several:
                    self.output_candidates, self.answer = candidates, next(iter(captured.outputs))
                keeps_ending = self._includes_final_activation
                self._ending = LINEAR if keeps_ending else find_ending(captured)
                prepared_graph = captured if keeps_ending else strip_final_activation(captured)
                self._graphs[kind] = prepared_graph
            if x.device.type == "cpu":
                return self._graphs[kind]
            device_key = (*kind, str(x.device))
            if device_key not in self._graphs:
                self._graphs[device_key] = self._graphs[kind].to(x.device)
            return self._graphs[device_key]

    @property
    def captured_graphs(self) -> tuple[OperatorGraph, ...]:
        """Operator graphs that have already been captured."""
        return tuple(self._graphs.values())

    def prepare(self, scan: Scan | Prepared) -> PreparedInput:
        """Return the scan on the network's grid, with the intensities that the card specifies.

        A scan that was already prepared (`viewer.prepare`) is registered to the template.

        Raises
        ------
        ModelError
            The card lacks the grid or the intensities, or the scan cannot be resampled to the grid.
        """
        from viewer.models.input_layout import covariate_values
        from viewer.models.preprocessing import prepare

        prepared = (self._preprocess or prepare)(scan, self.card)
        notes = (*prepared.notes, *self.notes)
        if self._has_fixed_covariates:
            return replace(prepared, tensor=prepared.tensor.to(self.dtype), notes=notes)
        original = scan if isinstance(scan, Scan) else scan.original
        covariates = original.covariates if isinstance(original, MultichannelScan) else {}
        values = covariate_values(self.covariates, covariates, self.card.name)
        tensor = self.pack_inputs(prepared.tensor.to(self.dtype), covariates)
        return replace(prepared, tensor=tensor, notes=notes, covariates=values)


def _concatenate(outputs: list[torch.Tensor]) -> torch.Tensor:
    """Concatenate the outputs for parts of a batch."""
    import torch

    return torch.cat(outputs) if len(outputs) > 1 else outputs[0]


def _mixes_samples(module: torch.nn.Module) -> bool:
    """Return whether a layer is a batch norm without stored statistics, which uses those of the batch."""
    name = getattr(module, "original_name", type(module).__name__)  # class name before scripting
    return "BatchNorm" in name and getattr(module, "running_mean", None) is None
