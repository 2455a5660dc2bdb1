"""Contents of a model file, and any reason to refuse it, read without torch and without loading it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from viewer.errors import ModelError
from viewer.models.architectures.registry import recognise_architecture
from viewer.models.checkpoint import describe_checkpoint
from viewer.models.formats import REMEDIES, ModelFormat, detect_format
from viewer.models.loading_networks import CONTENT_READERS
from viewer.models.model_card import Card, find_card, parse_card, read_card
from viewer.models.monai_bundle import read_bundle
from viewer.models.nnunet_folder import PLANS, is_nnunet_checkpoint, read_results
from viewer.models.output_meaning import decide_output, output_counts
from viewer.models.output_selection import select_output
from viewer.models.pt2.signature import (
    INPUTS_REMEDY,
    describe_unsupported_inputs,
    read_signature,
    read_tensor_info,
)
from viewer.models.safetensors_header import read_header
from viewer.models.tensor_info import TensorInfo, strip_prefixes, tensor_shapes


@dataclass(frozen=True)
class ModelInfo:
    """Contents of a model file.

    Parameters
    ----------
    path, format
        The file and its format.
    tensors
        The weights by the network's own names; empty if they are known only after loading.
    card, card_source
        The card and its source: the name of the card file, "metadata", or "published".
    looks_like
        The registered architecture that the weights match; empty for none.
    refusal
        Why it cannot be loaded; empty if it can.
    needs_trust
        Whether loading it runs code in it, which the user must allow.
    names
        Every global that a pickle in it refers to.
    metadata
        Other metadata in the file.
    notes
        Remarks for the user.
    """

    path: Path
    format: ModelFormat
    tensors: Mapping[str, TensorInfo] = field(default_factory=dict)
    card: Card | None = None
    card_source: str = ""
    looks_like: str = ""
    refusal: str = ""
    needs_trust: bool = False
    names: tuple[str, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def parameter_count(self) -> int:
        """Number of elements of the tensors; shared ones are counted once."""
        return sum(tensor.numel for tensor in self.tensors.values() if not tensor.shares_with)

    @property
    def output_guess(self) -> str:
        """Assumed meaning of the outputs if the card does not state it; otherwise empty."""
        card = self.card
        if card is None or card.output is not None or not card.classes:
            return ""
        guess = decide_output(card, output_counts(card)[0]).sentence.removeprefix("output: ")
        suffix = "" if card.registered or not guess else "; loading it shows whether it ends in another"
        return guess + suffix

    def as_json(self) -> dict[str, Any]:
        """Return plain values, without empty ones."""
        entries: dict[str, Any] = {"file": str(self.path), "format": str(self.format)}
        if self.card is not None:
            entries |= {"card": self.card.as_json(), "card_from": self.card_source}
        if self.output_guess:
            entries["output_guess"] = self.output_guess
        for name in ("looks_like", "refusal", "needs_trust"):
            if getattr(self, name):
                entries[name] = getattr(self, name)
        if self.tensors:
            entries["numbers"] = self.parameter_count
            entries["tensors"] = {
                name: {"dtype": tensor.dtype, "shape": list(tensor.shape)}
                for name, tensor in self.tensors.items()
            }
        for name in ("names", "notes"):
            if getattr(self, name):
                entries[name] = list(getattr(self, name))
        if self.metadata:
            entries["metadata"] = dict(self.metadata)
        return entries


def inspect(path: Path) -> ModelInfo:
    """Return the contents of a model file.

    Raises
    ------
    ModelError
        The file does not exist, is damaged or is not a model, or its card is invalid.
    """
    kind = detect_format(path)
    if kind is ModelFormat.NNUNET or is_nnunet_checkpoint(path, kind):
        return _inspect_nnunet(path)
    if kind is ModelFormat.SAFETENSORS:
        header = read_header(path)
        return _inspect_weights(path, kind, header.tensors, dict(header.metadata))
    if kind in (ModelFormat.CHECKPOINT, ModelFormat.LEGACY):
        checkpoint = describe_checkpoint(path, kind)
        names = strip_prefixes(list(checkpoint.tensors), drop_others=checkpoint.is_lightning)
        tensors = {name: checkpoint.tensors[original] for original, name in names.items()}
        info = _inspect_weights(path, kind, tensors, checkpoint.metadata, checkpoint.refusal_reason)
        return replace(info, names=checkpoint.global_names)
    if kind is ModelFormat.BUNDLE:
        return _inspect_bundle(path)
    if kind is ModelFormat.EXPORTED:
        return _inspect_exported(path)
    if kind in CONTENT_READERS:
        return _inspect_network(path, kind)
    card_path = find_card(path)
    card = read_card(card_path) if card_path is not None else None
    origin = card_path.name if card_path is not None else ""
    if kind in (ModelFormat.TORCHSCRIPT, ModelFormat.PYTHON):
        return ModelInfo(path, kind, card=card, card_source=origin, needs_trust=True)
    return ModelInfo(path, kind, card=card, card_source=origin, refusal=REMEDIES.get(kind, ""))


def _inspect_exported(path: Path) -> ModelInfo:
    """Describe an exported program. Only loading shows whether every operator is supported."""
    card_path = find_card(path)
    info = ModelInfo(path, ModelFormat.EXPORTED)
    if card_path is not None:
        info = replace(info, card=read_card(card_path), card_source=card_path.name)
    try:
        info = replace(info, tensors=read_tensor_info(path))
        inputs, outputs = read_signature(path)
    except ModelError as error:
        return replace(info, refusal=f"{error.problem} ({error.subject})")
    if unsupported := describe_unsupported_inputs(inputs):
        return replace(info, refusal=f"{unsupported}; {INPUTS_REMEDY}")
    counts = output_counts(info.card) if info.card is not None else ()
    try:
        requested = info.card.answer if info.card is not None else ""
        _, note = select_output(outputs, counts, requested or None, path)
    except ModelError as error:
        return replace(info, refusal=f"{error.problem}; {error.remedy}")
    return replace(info, notes=(note,) if note else ())


def _inspect_network(path: Path, kind: ModelFormat) -> ModelInfo:
    """Describe an ONNX or Keras file. Only loading shows whether its operators fit together."""
    card_path = find_card(path)
    info = ModelInfo(path, kind)
    if card_path is not None:
        info = replace(info, card=read_card(card_path), card_source=card_path.name)
    try:
        file = CONTENT_READERS[kind](path)
    except ModelError as error:
        return replace(info, refusal="; ".join(filter(None, (error.problem, error.remedy))))
    tensors = {
        name: TensorInfo(
            str(file.tensors[name].dtype).removeprefix("torch."), tuple(file.tensors[name].shape)
        )
        for name in file.tensors
        if name in file.weights
    }
    facts = {
        "inputs": ", ".join(value.text for value in file.inputs),
        "outputs": ", ".join(value.text for value in file.outputs),
        "operators": f"{len(file.nodes)} of opset {file.opset}" if file.opset else "",
        "written by": file.producer,
        "weights in": ", ".join(external_file.name for external_file in file.external_files),
    }
    return replace(info, tensors=tensors, metadata={name: text for name, text in facts.items() if text})


def _inspect_bundle(path: Path) -> ModelInfo:
    bundle = read_bundle(path)
    info = inspect(bundle.weights)
    architecture = bundle.card.architecture
    return ModelInfo(
        path=path,
        format=ModelFormat.BUNDLE,
        tensors=info.tensors,
        card=bundle.card,
        card_source="configs",
        looks_like=architecture,
        refusal=info.refusal,
        names=info.names,
        metadata={"network": bundle.target, "built by": architecture or "MONAI"},
        notes=bundle.notes,
    )


def _inspect_nnunet(path: Path) -> ModelInfo:
    results = read_results(path)
    card_path = find_card(path)
    description = results.checkpoint
    architecture = recognise_architecture(tensor_shapes(description.tensors))
    return ModelInfo(
        path=path,
        format=ModelFormat.NNUNET,
        tensors=description.tensors,
        card=results.card if card_path is None else read_card(card_path),
        card_source=PLANS if card_path is None else card_path.name,
        looks_like=architecture.name if architecture is not None else "",
        names=description.global_names,
        metadata={
            "folds": ", ".join(file.parent.name for file in results.checkpoints),
            **description.metadata,
        },
        notes=results.notes,
    )


def _inspect_weights(
    path: Path, kind: ModelFormat, tensors: dict[str, TensorInfo], metadata: dict[str, str], refusal: str = ""
) -> ModelInfo:
    card_path, embedded = find_card(path), metadata.pop("card", None)
    architecture = recognise_architecture(tensor_shapes(tensors)) if tensors else None
    card, origin = None, ""
    if card_path is not None:
        card, origin = read_card(card_path), card_path.name
    elif kind is ModelFormat.SAFETENSORS and embedded is not None:
        card, origin = parse_card(embedded, path), "metadata"
    elif architecture is not None and architecture.published is not None:
        card, origin = architecture.published, "published"
    return ModelInfo(
        path=path,
        format=kind,
        tensors=tensors,
        card=card,
        card_source=origin,
        looks_like=architecture.name if architecture is not None else "",
        refusal=refusal,
        metadata=metadata,
    )
