"""Loading of a model from a file of any supported format or by name; its code runs only if it is trusted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from viewer.errors import ModelError
from viewer.files import exists, expand_user, is_folder
from viewer.models.architectures.registry import find_architecture, recognise_architecture
from viewer.models.formats import REMEDIES, ModelFormat, detect_format
from viewer.models.input_spec import InputChannel
from viewer.models.loading_networks import CONTENT_READERS, load_exported, load_network
from viewer.models.missing_card import REQUIRED_ENTRIES, MissingCardError, require_classes
from viewer.models.model import Model
from viewer.models.model_card import Card, find_card, parse_card, read_card
from viewer.models.monai_bundle import build_monai_network, read_bundle
from viewer.models.nnunet import channel_names
from viewer.models.nnunet_folder import is_nnunet_checkpoint, list_selectable_paths, read_results, select_fold
from viewer.models.output_meaning import output_counts
from viewer.models.safetensors_header import read_header
from viewer.models.state_dict import hash_state_dict, read_state_dict, verified_hash
from viewer.number_format import format_count
from viewer.resource_files import resource_path

if TYPE_CHECKING:
    import torch
    from torch import nn


def builtin_models() -> tuple[str, ...]:
    """Return the names of the built-in models."""
    folder = resource_path("models")
    if not is_folder(folder):
        return ()
    return tuple(sorted(path.name.removesuffix(".card.json") for path in folder.glob("*.card.json")))


def builtin_model_name(path: Path) -> str:
    """Return the name of the built-in model in this file; empty if it is not one."""
    name = path.name.removesuffix(".safetensors")
    return name if name in builtin_models() and path == resource_path(f"models/{name}.safetensors") else ""


def find_model(path_or_name: str | Path) -> Path:
    """Return the file of a model given by its path, or by the name of a built-in one.

    Raises
    ------
    ModelError
        There is neither such a file nor such a name.
    """
    path = expand_user(path_or_name, ModelError)
    if exists(path):
        return path
    name = str(path_or_name)
    if name in builtin_models():
        return resource_path(f"models/{name}.safetensors")
    if path.suffix or len(path.parts) > 1:
        raise ModelError(path, "file not found")
    raise ModelError(
        name,
        "is neither a file nor a built-in model",
        f"built-in models: {', '.join(builtin_models()) or 'none'}",
    )


WEIGHTS_ALONE = (
    "a weights file needs one: that of a known network, or FILE.py:FUNCTION next to it; torch.export.save "
    "saves the whole network"
)
"""Remedy if a card names no architecture."""


def load_model(
    path_or_name: str | Path,
    card: Card | str | Path | None = None,
    trust: bool = False,
    answer: str | int | None = None,
    fold: str | int | None = None,
) -> Model:
    """Load a model on the CPU, in evaluation mode, with frozen parameters.

    Parameters
    ----------
    path_or_name : str or Path
        A file (safetensors, a PyTorch state_dict or checkpoint, an exported program, ONNX, TorchScript), the
        folder of a MONAI bundle, an nnU-Net results folder or one of its folds, the name of a built-in model,
        or ``FILE.py:FUNCTION``.
    card : Card or str or Path, optional
        A card, or the path of one. The default is the one next to the file or inside it, or that of the
        published weights that the file's tensors match.
    trust : bool
        Whether files that contain code (TorchScript, Python) may run it.
    answer : str or int, optional
        For a network that returns several tensors, as with deep supervision: key or index of the one to
        explain. The default is the ``answer`` of the card, or the tensor that is clearly the prediction.
    fold : str or int, optional
        For an nnU-Net results folder: the fold whose network is loaded, such as 0 or "all". The default is
        the mean of the outputs of all folds, as nnU-Net predicts.

    Returns
    -------
    Model
        The network and its card.

    Raises
    ------
    ModelError
        The model cannot be loaded; the message names the file, the problem and the remedy.

    Examples
    --------
    >>> import viewer
    >>> model = viewer.load_model("demo")
    >>> model.card.classes
    ('no lesion', 'lesion')
    """
    if fold is not None:
        path_or_name = select_fold(find_model(path_or_name), fold)
    has_card = isinstance(card, Card)
    if answer is not None:
        card = _card_with_answer(path_or_name, card, trust, str(answer))
    model = _load(path_or_name, card, trust)
    model.has_given_card = has_card
    if model.card.covariates and model.layout is None:
        _accept_packed_input(model)
    _check_channels(model)
    spec = model.card.input
    if spec is not None and spec.channels > 1 and not spec.channel_names and model.path is not None:
        names = channel_names(model.path, spec.channels)
        model.card = replace(model.card, input=replace(spec, inputs=tuple(map(InputChannel, names))))
    return model


def _card_with_answer(
    path_or_name: str | Path, card: Card | str | Path | None, trust: bool, answer: str
) -> Card:
    """Return the network's card, with the tensor to explain.

    The card is the given one, the one next to the network, or one inside the file; if there is none, it
    contains only the answer.

    Raises
    ------
    ModelError
        The network cannot be loaded.
    """
    file, _, _ = str(path_or_name).rpartition(":")
    path = find_model(file if file.endswith(".py") else path_or_name)
    card_source = card or find_card(path)
    if card_source is None:
        self_describing = detect_format(path) in (ModelFormat.EXPORTED, *CONTENT_READERS)
        card_source = Card(path.stem) if self_describing else _load(path_or_name, None, trust).card
    return replace(
        read_card(Path(card_source)) if isinstance(card_source, str | Path) else card_source, answer=answer
    )


def _accept_packed_input(model: Model) -> None:
    """Make a network in Python take its images and the card's covariates as one tensor.

    Raises
    ------
    ModelError
        The network takes only an image, or its format does not allow changing its inputs.
    """
    from viewer.models.graph_module import GraphModule
    from viewer.models.input_layout import accept_packed_input, layout_from_card

    module = model.module()
    if model.no_graph_reason or isinstance(module, GraphModule):
        description = model.no_graph_reason or "an exported program of one input"
        raise ModelError(
            model.card.name,
            f"is {description}, but its card names covariates",
            "export it (torch.export) with the image and the numbers as its inputs",
        )
    model.layout = layout_from_card(module, model.card)
    accept_packed_input(module, model.layout)


def _check_channels(model: Model) -> None:
    """Refuse a card whose number of channels differs from the network's."""
    from viewer.models.graph_module import input_shape

    spec = model.card.input
    shape = input_shape(model.module())
    if spec is None:
        return
    if model.layout is not None:
        shape = (shape[0], model.layout.image_channels)
    if len(shape) < 2 or shape[1] in (None, spec.channels):
        return
    names = f" ({', '.join(spec.channel_names)})" if spec.channel_names else ""
    entry = "channel_names" if spec.channel_names else "channels"
    raise ModelError(
        model.card.name,
        f"takes {shape[1]} channel{'s' * (shape[1] != 1)}, but its card says {spec.channels}{names}",
        f"mend {entry!r} in its card",
    )


def _load(path_or_name: str | Path, card: Card | str | Path | None, trust: bool) -> Model:
    given_card = read_card(Path(card)) if isinstance(card, str | Path) else card
    file, _, function = str(path_or_name).rpartition(":")
    if file.endswith(".py"):
        return _from_python(find_model(file), function, given_card, trust)
    path = find_model(path_or_name)
    kind = detect_format(path)
    if kind is ModelFormat.NNUNET or is_nnunet_checkpoint(path, kind):
        return _from_nnunet(path, given_card)
    if kind in (ModelFormat.SAFETENSORS, ModelFormat.CHECKPOINT, ModelFormat.LEGACY):
        return _from_weights(path, kind, given_card, trust)
    if kind is ModelFormat.BUNDLE:
        return _from_bundle(path, given_card)
    if kind is ModelFormat.EXPORTED:
        return load_exported(path, given_card)
    if kind in CONTENT_READERS:
        return load_network(path, kind, given_card)
    if kind is ModelFormat.TORCHSCRIPT:
        return _from_script(path, given_card, trust)
    raise unsupported_format_error(path, kind)


def unsupported_format_error(path: Path, kind: ModelFormat) -> ModelError:
    """Return the error for a format that cannot be loaded, with the remedy."""
    return ModelError(path, f"is {kind}, which cannot be loaded", REMEDIES[kind])


def _from_weights(path: Path, kind: ModelFormat, given_card: Card | None, trust: bool) -> Model:
    state = read_state_dict(path)
    card = given_card or _find_own_card(path, kind) or _find_published_card(path, state)
    digest = verified_hash(path, card)
    if not card.architecture:
        raise ModelError(path, "its card lacks 'architecture'", WEIGHTS_ALONE)
    file, _, function = card.architecture.rpartition(":")
    if file.endswith(".py"):
        module = _build_from_python(path.parent / file, function, trust)
        load_state(module, state, path, card.architecture)
        return Model(module, require_classes(card, path), digest, path)
    module, card = load_registered(card, state, path)
    return Model(module, card, digest, path)


def load_registered(
    card: Card, state: Mapping[str, torch.Tensor], path: Path, name: str = ""
) -> tuple[nn.Module, Card]:
    """Build the network that a card names and load its weights; return it, and the card with all classes.

    Arguments that the card omits are inferred from the tensors' shapes and the number of classes. ``name`` is
    the network's name in error messages; by default, that of the architecture.

    Raises
    ------
    ModelError
        The card's arguments are not valid, or the tensors are those of another network.
    """
    import torch

    shapes = {key: tuple(tensor.shape) for key, tensor in state.items()}
    architecture = find_architecture(card.architecture, path)
    counts = output_counts(card)
    defaults = {"classes": counts[0]} if counts else {}
    arguments = architecture.resolve_arguments(
        {**defaults, **architecture.infer_arguments(shapes), **card.arguments}, path
    )
    with torch.device("meta"):
        module = architecture.build(arguments, path)
    outputs = arguments["classes"]
    if not card.classes:
        card = replace(card, classes=tuple(str(index) for index in range(int(str(outputs)))))
    elif outputs not in counts:
        raise ModelError(
            path,
            f"has {format_count(int(str(outputs)), 'output')}, but its card names "
            f"{format_count(len(card.classes), 'class', 'classes')}",
        )
    load_state(module, architecture.select_tensors(state, path), path, name or card.architecture)
    return module, card


def _from_bundle(path: Path, given_card: Card | None) -> Model:
    bundle = read_bundle(path)
    card_path = find_card(path)
    card = given_card or (read_card(card_path) if card_path is not None else bundle.card)
    state = read_state_dict(bundle.weights)
    digest = verified_hash(bundle.weights, card)
    if card.architecture:
        module, card = load_registered(card, state, bundle.weights, bundle.target)
    else:
        module, card = build_monai_network(bundle), require_classes(card, path)
        load_state(module, state, bundle.weights, bundle.target)
    return Model(module, card, digest, path)


def _from_nnunet(path: Path, given_card: Card | None) -> Model:
    results = read_results(path)
    card_path = find_card(path)
    card = given_card or (read_card(card_path) if card_path is not None else results.card)
    digest = verified_hash(results.checkpoints[0], card, results.checkpoints[1:])
    if not card.architecture:
        raise ModelError(path, "its card lacks 'architecture'", WEIGHTS_ALONE)
    networks: list[nn.Module] = []
    for checkpoint in results.checkpoints:
        network, card = load_registered(card, read_state_dict(checkpoint), checkpoint)
        networks.append(network)
    network = networks[0]
    if len(networks) > 1:
        from viewer.models.mean_of_networks import MeanOfNetworks

        network = MeanOfNetworks(networks).eval()
    model = Model(network, card, digest, path, notes=results.notes)
    model.selectable_paths = list_selectable_paths(path)
    return model


def _from_script(path: Path, given_card: Card | None, trust: bool) -> Model:
    from viewer.models.executable_models import load_torchscript

    card = require_classes(given_card or _require_card(path), path)
    digest = verified_hash(path, card)
    _check_trust(path, trust)
    return Model(load_torchscript(path), card, digest, path, no_graph_reason="TorchScript")


def _from_python(path: Path, function: str, given_card: Card | None, trust: bool) -> Model:
    card = require_classes(given_card or _require_card(path), path)
    module = _build_from_python(path, function, trust)
    return Model(module, card, hash_state_dict(module.state_dict()), path)


def _build_from_python(path: Path, function: str, trust: bool) -> nn.Module:
    from viewer.models.executable_models import load_python

    _check_trust(path, trust)
    return load_python(path, function)


def _check_trust(path: Path, trust: bool) -> None:
    if not trust:
        remedy = "use --trust only if you trust its source"
        raise ModelError(path, "runs its own code when loaded", remedy)


def _require_card(path: Path) -> Card:
    card_path = find_card(path)
    if card_path is None:
        raise MissingCardError(path, Card(path.stem), REQUIRED_ENTRIES)
    return read_card(card_path)


def _find_own_card(path: Path, kind: ModelFormat) -> Card | None:
    """Return the card next to the file, or the one inside it."""
    card_path = find_card(path)
    if card_path is not None:
        return read_card(card_path)
    if kind is ModelFormat.SAFETENSORS:
        content = read_header(path).metadata.get("card")
        if content is not None:
            return parse_card(content, path)
    return None


def _find_published_card(path: Path, state: Mapping[str, torch.Tensor]) -> Card:
    """Return the card of the published weights that these tensors match.

    Raises
    ------
    ModelError
        The weights are not known, or their preprocessing was not published.
    """
    architecture = recognise_architecture({name: tuple(tensor.shape) for name, tensor in state.items()})
    if architecture is not None and architecture.published is not None:
        return architecture.published
    card_name = path.with_name(f"{path.stem}.card.json").name
    if architecture is None:
        raise ModelError(
            path,
            "no card found, and the weights match no known network",
            f"describe the network in {card_name}",
        )
    partial_card = Card(path.stem, architecture=architecture.name)
    reason = f"no card found. The weights look like {architecture.name}"
    raise MissingCardError(path, partial_card, REQUIRED_ENTRIES, problem=reason)


def load_state(module: nn.Module, state: Mapping[str, torch.Tensor], path: Path, name: str) -> None:
    """Load weights into a network that was built on the meta device, and freeze it.

    ``num_batches_tracked`` of batch norms, which old files lack, may be missing: it is not used here.

    Raises
    ------
    ModelError
        A tensor is missing, unexpected or of another shape; the message names the first.
    """
    import torch

    expected_state = module.state_dict()
    complete = dict(state)
    for key, tensor in expected_state.items():
        if key not in state and key.endswith("num_batches_tracked"):
            complete[key] = torch.zeros((), dtype=torch.int64)
        elif key not in state:
            raise ModelError(path, f"does not match {name}: the tensor {key!r} is missing")
        elif state[key].shape != tensor.shape:
            shape, expected = tuple(state[key].shape), tuple(tensor.shape)
            raise ModelError(
                path, f"does not match {name}: {key!r} has the shape {shape}, expected {expected}"
            )
    for key in state:
        if key not in expected_state:
            raise ModelError(path, f"does not match {name}: it has an unexpected tensor {key!r}")
    typed = {
        key: tensor.to(expected_state[key].dtype).contiguous().requires_grad_(False)
        for key, tensor in complete.items()
    }
    module.load_state_dict(typed, assign=True)
    module.requires_grad_(False).eval()
