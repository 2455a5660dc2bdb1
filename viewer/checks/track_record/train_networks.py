"""Training of the networks of a track record: the built-in kinds, or copies of the user's network."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from viewer.checks.track_record.plan import TrackRecordPlan
from viewer.checks.track_record.records_file import RecordsFile
from viewer.checks.track_record.source_network import SourceNetwork, exchange_source
from viewer.errors import ModelError
from viewer.models.training.known_sources import (
    GRID,
    Quantity,
    SourceSample,
    SourceSimulator,
    SourceTask,
    default_simulator,
    scale_brain,
    simulate_samples,
)
from viewer.models.training.train_source import LabelledTensors, SourceScore, train_on_source
from viewer.progress import Progress
from viewer.scans.simulated_lesions import Floats

if TYPE_CHECKING:
    import torch

    from viewer.models.model import Model
    from viewer.models.preprocessing import PreparedInput

FITTING, VALIDATION, TESTING = 1, 2, 3
"""Random number streams for the brains."""

LAYERS = {"plain": "7", "residual": "4.relu2", "transformer": "blocks.1.norm1"}
"""Layer for methods that need one: the last before the dense layer, or before the last attention."""


@dataclass(frozen=True, eq=False)
class TaskData:
    """Brains of a task: to train on, to validate on, and to explain."""

    training: list[SourceSample]
    validation: list[SourceSample]
    testing: list[SourceSample]


def simulate_task(
    simulator: SourceSimulator, task: SourceTask, plan: TrackRecordPlan, progress: Progress
) -> TaskData:
    """Simulate the brains of a task. Those to explain have a clear class, or a lesion."""
    third = 1 / 3
    fitting, threshold = simulate_samples(
        simulator, task, plan.fitting, plan.seed, FITTING, None, progress.subtask(0, third)
    )
    validation, _ = simulate_samples(
        simulator, task, plan.validation, plan.seed, VALIDATION, threshold, progress.subtask(third, 2 * third)
    )
    count = 4 * plan.scans + 4
    candidates, _ = simulate_samples(
        simulator, task, count, plan.seed, TESTING, threshold, progress.subtask(2 * third, 1)
    )
    has_lesion = task.quantity is Quantity.LESION
    clear = [
        sample for sample in candidates if sample.is_unambiguous and (sample.label == 1 or not has_lesion)
    ]
    return TaskData(fitting, validation, clear[: plan.scans])


class NetworkTrainer:
    """Trainer of networks of the built-in kinds, on brains at 6 mm.

    Parameters
    ----------
    plan
        The plan.
    folder
        Folder for the weights, from which an interrupted run is continued; None keeps none.
    """

    def __init__(self, plan: TrackRecordPlan, folder: Path | None = None) -> None:
        self._plan = plan
        self._folder = folder

    @cached_property
    def simulator(self) -> SourceSimulator:
        """Simulator of the brains on the networks' grid."""
        return default_simulator(GRID)

    def find_layer(self, kind: str) -> str | None:
        """Return the layer for methods that need one."""
        return LAYERS.get(kind)

    def build_network(self, kind: str, seed: int) -> torch.nn.Module:
        """Return an untrained network, in training mode."""
        from viewer.models.training.optimization import convert_to_channels_last
        from viewer.models.training.source_networks import NetworkKind, build_source_network

        network = build_source_network(NetworkKind(kind), self.simulator.grid.shape, seed).train()
        convert_to_channels_last(network)
        return network

    def make_logit_function(self) -> Callable[[torch.Tensor], torch.Tensor] | None:
        """Return a function that converts the networks' outputs to two logits; None if they are logits."""
        return None

    def make_inputs(self, brains: Sequence[Floats]) -> torch.Tensor:
        """Return brains as inputs of the networks."""
        from viewer.models.training.optimization import stack_batch

        return stack_batch([scale_brain(brain) for brain in brains])

    def to_volume(self, values: Floats) -> Floats:
        """Return a map of an input on the brain's voxels."""
        volume: Floats = values[0].sum(0)
        return volume

    def make_model(
        self, network: torch.nn.Module, task: SourceTask, name: str, example_input: torch.Tensor
    ) -> Model:
        """Return a trained network as an explainable model; ``example_input`` is one of its inputs."""
        from viewer.models.model import Model
        from viewer.models.model_card import Card

        return Model.from_module(network, example_input, Card(name=name, classes=task.classes))

    def train(
        self, task: SourceTask, kind: str, seed: int, data: TaskData, records: RecordsFile, progress: Progress
    ) -> SourceNetwork:
        """Train a network, or load its weights if they match the records.

        Raises
        ------
        ModelError
            The network was trained again, and its weights differ from those of the records.
        """
        name = f"{task.quantity}/{kind}/{seed}"
        key = f"network/{name}"
        network = self.build_network(kind, seed)
        path = None if self._folder is None else self._folder / f"{name.replace('/', '-')}.safetensors"
        record = records.records.get(key)
        if record is None or path is None or not _load_weights(network, path, record["weights"]):
            score = self._train(network, task, seed, data, progress)
            content = _serialise(network)
            digest = hashlib.sha256(content).hexdigest()
            if record is not None and record["weights"] != digest:
                problem = "was trained again, to other weights than those of its records"
                raise ModelError(
                    name, problem, "continue with the same machine and threads, or start a new file"
                )
            _write_weights(content, path)
            if record is None:
                entry = {
                    "auc": round(score.auc, 6),
                    "reliance": None if score.reliance is None else round(score.reliance, 6),
                    "steps": score.steps,
                    "learned": score.has_learned(self._plan.least_auc, self._plan.least_reliance),
                    "weights": digest,
                }
                records.add(key, entry)
        else:
            score = SourceScore(record["auc"], record["reliance"], record["steps"])
        example = self.make_inputs([data.training[0].brain])
        model = self.make_model(network.eval(), task, name, example)
        return SourceNetwork(
            name, task, model, score, self.make_inputs, self.to_volume, self.find_layer(kind)
        )

    def _train(
        self, network: torch.nn.Module, task: SourceTask, seed: int, data: TaskData, progress: Progress
    ) -> SourceScore:
        exchanged = None
        if task.quantity is not Quantity.LESION:
            brains = [sample.brain for sample in data.validation]
            exchanged = self.make_inputs(exchange_source(brains, self.simulator.ball(task.ball)))
        return train_on_source(
            network,
            self._make_labelled_tensors(data.training),
            self._make_labelled_tensors(data.validation),
            self._plan.training,
            seed,
            exchanged,
            progress,
            self.make_logit_function(),
        )

    def _make_labelled_tensors(self, samples: Sequence[SourceSample]) -> LabelledTensors:
        import torch

        inputs = self.make_inputs([sample.brain for sample in samples])
        return LabelledTensors(inputs, torch.tensor([sample.label for sample in samples]))


class UserNetworkTrainer(NetworkTrainer):
    """Trainer of copies of the user's network, on brains on its own grid, preprocessed as its card says.

    All weights are fine-tuned; batch norms keep their statistics.

    Raises
    ------
    ModelError
        The network does not take one image of a scan, or does not have one or two outputs; from `simulator`
        on also if its outputs differ from its card's, or are per slice or per voxel.
    """

    def __init__(self, model: Model, plan: TrackRecordPlan, folder: Path | None = None) -> None:
        super().__init__(plan, folder)
        card = model.card
        if card.input is None or model.layout is not None or card.input.channels != 1:
            raise ModelError(card.name, "does not take one image of a scan", "choose another network")
        if len(card.classes) not in (1, 2):
            raise _output_count_error(card.name, len(card.classes))
        if not any(True for _ in model.module().parameters()):
            raise ModelError(card.name, "has no weights that can be trained", "choose another network")
        self._model = model

    @cached_property
    def simulator(self) -> SourceSimulator:
        """Simulator of the brains on the grid of the network's input of the template."""
        _ = self._output_count  # rejects unsuitable networks before brains are simulated
        return default_simulator(self._template_input.grid)

    def find_layer(self, kind: str) -> str | None:
        """Return None: the last layer is not known."""
        return None

    def build_network(self, kind: str, seed: int) -> torch.nn.Module:
        """Return a copy of the network, whose weights can be trained, with two logits.

        Raises
        ------
        ModelError
            The output has no gradient with respect to the weights.
        """
        import torch

        from viewer.models.training.source_networks import TwoLogits

        network = copy.deepcopy(self._model.module())
        for parameter in network.parameters():
            parameter.requires_grad_(parameter.is_floating_point())
        if self._output_count == 1:
            network = torch.nn.Sequential(network, TwoLogits())
        if not network(self._template_input.tensor.to(self._model.dtype)).requires_grad:
            problem = "has an output without a gradient for its weights, and cannot be trained"
            raise ModelError(self._model.card.name, problem, "choose another network")
        return network

    def make_logit_function(self) -> Callable[[torch.Tensor], torch.Tensor] | None:
        """Return the inverse of the network's final softmax or sigmoid; None if it has none.

        The loss has its own softmax: computed from probabilities, it would hardly separate right from wrong
        classes.
        """
        import torch

        x = self._template_input.tensor.to(self._model.dtype)
        with torch.no_grad():
            logits = self._model.logits(x)
            outputs = self._model.module()(x).reshape(logits.shape)
        if logits.shape[1] == 2 and torch.allclose(outputs, logits.softmax(1), atol=1e-5):
            return _log_of_softmax
        if torch.allclose(outputs, logits.sigmoid(), atol=1e-5):
            return _logits_of_one_probability if logits.shape[1] == 1 else _logit
        return None

    def make_inputs(self, brains: Sequence[Floats]) -> torch.Tensor:
        """Return brains, preprocessed as the network's card requires."""
        import torch

        return torch.cat([self._prepare(brain).tensor for brain in brains]).to(self._model.dtype)

    def to_volume(self, values: Floats) -> Floats:
        """Return a map of an input on the brain's voxels."""
        volume: Floats = self._prepared_brain.to_volume(values)
        return volume

    @cached_property
    def _template_input(self) -> PreparedInput:
        from viewer.scans.load import load_scan

        prepared = self._model.prepare(load_scan("mni152"))
        if prepared.slices > 1 or prepared.tensor.dim() != 5:
            problem = "takes slices, but tasks with a known source need volumes"
            raise ModelError(self._model.card.name, problem, "choose a network of three dimensions")
        return prepared

    @cached_property
    def _output_count(self) -> int:
        """Number of outputs for the template, whatever the card names."""
        import torch

        with torch.no_grad():
            shape = self._model.logits(self._template_input.tensor.to(self._model.dtype)).shape
        if len(shape) > 2:
            problem = "has an output for every voxel, but tasks with a known source have one class per scan"
            raise ModelError(self._model.card.name, problem, "choose a network that classifies")
        if shape[1] not in (1, 2):
            raise _output_count_error(self._model.card.name, shape[1])
        return shape[1]

    @cached_property
    def _prepared_brain(self) -> Any:
        return self._prepare(self.simulator.simulate_brain(np.random.default_rng(self._plan.seed)))

    def _prepare(self, brain: Floats) -> Any:
        from viewer.scans.scan import Scan

        return self._model.prepare(Scan(brain, self.simulator.grid, "simulated brain"))


def _log_of_softmax(outputs: torch.Tensor) -> torch.Tensor:
    # Below the smallest float, neither logarithm nor gradient is finite.
    import torch

    return outputs.clamp(min=torch.finfo(outputs.dtype).tiny).log()


def _logit(outputs: torch.Tensor) -> torch.Tensor:
    import torch

    return outputs.logit(eps=torch.finfo(outputs.dtype).eps)


def _logits_of_one_probability(outputs: torch.Tensor) -> torch.Tensor:
    """Return two logits from the two outputs that `TwoLogits` makes from one probability."""
    import torch

    half = 0.5 * _logit(outputs[:, 1:] - outputs[:, :1])
    return torch.cat([-half, half], 1)


def _output_count_error(name: str, count: int) -> ModelError:
    problem = f"has {count} outputs, but tasks with a known source have two classes"
    return ModelError(name, problem, "choose a network with one or two outputs")


def _serialise(network: torch.nn.Module) -> bytes:
    """Return the weights as the content of a safetensors file."""
    from safetensors.torch import save

    return save({name: tensor.detach().contiguous() for name, tensor in network.state_dict().items()})


def _write_weights(content: bytes, path: Path | None) -> None:
    """Write a file of weights; nothing without a path."""
    from viewer.scans.atomic_write import atomic_write

    if path is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(path) as file:
        file.write(content)


def _load_weights(network: torch.nn.Module, path: Path, digest: str) -> bool:
    """Load the weights if the file exists and has this SHA-256; return whether they were loaded."""
    from safetensors.torch import load

    if not path.is_file():
        return False
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != digest:
        return False
    network.load_state_dict(load(content))
    return True
