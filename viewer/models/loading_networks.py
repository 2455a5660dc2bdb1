"""Loading of files that describe a whole network: exported programs, ONNX and Keras."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from viewer.errors import ModelError
from viewer.models.formats import ModelFormat
from viewer.models.missing_card import REQUIRED_ENTRIES, MissingCardError, require_classes
from viewer.models.model import Model
from viewer.models.model_card import Card, find_card, read_card
from viewer.models.output_meaning import output_counts
from viewer.models.output_selection import OutputCandidate, select_output
from viewer.models.state_dict import verified_hash
from viewer.number_format import format_count

if TYPE_CHECKING:
    from viewer.models.graph.graph import Shape
    from viewer.models.onnx.onnx_file import OnnxFile


def _read_onnx(path: Path) -> OnnxFile:
    from viewer.models.onnx.onnx_file import read_onnx

    return read_onnx(path)


def _read_keras(path: Path) -> OnnxFile:
    from viewer.models.keras.read import read_keras

    return read_keras(path)


CONTENT_READERS: Mapping[ModelFormat, Callable[[Path], OnnxFile]] = MappingProxyType(
    {ModelFormat.ONNX: _read_onnx, ModelFormat.KERAS: _read_keras, ModelFormat.HDF5: _read_keras}
)
"""Readers of files that describe a network, in the operators of ONNX, by format."""


def load_network(path: Path, kind: ModelFormat, given_card: Card | None) -> Model:
    """Load a network of one of the formats of `CONTENT_READERS`; nothing in the file is executed.

    Raises
    ------
    ModelError
        The file is damaged or uses something unsupported, or its card is missing or invalid.
    """
    from viewer.models.graph_module import example_shape
    from viewer.models.input_layout import accept_packed_input, match_channels, order_covariates
    from viewer.models.onnx.build import build_network

    card_source, card = _resolve_card(path, given_card)
    network = build_network(CONTENT_READERS[kind](path), card, path)
    digest = verified_hash(path, card, network.other_files)
    candidates = [
        OutputCandidate(label if len(network.outputs) > 1 else "", shape or ())
        for label, shape in network.outputs.items()
    ]
    selected, note = select_output(candidates, output_counts(card), card.answer or None, path)
    shape = selected.shape or None
    card = _number_classes(card, shape)
    if card_source is None:
        is_dense = None if shape is None else len(shape) > 2
        raise MissingCardError(path, card, REQUIRED_ENTRIES, example_shape(network.module), is_dense)
    channel_note = ""
    if network.layout is not None:
        order_covariates(network.layout, card, str(path))  # checks that the card fits
        card, channel_note = match_channels(network.layout, card)
        accept_packed_input(network.module, network.layout)
    notes = (*network.notes, *filter(None, (note, channel_note)))
    card = require_classes(card, path)
    counts = output_counts(card)
    if shape is not None and len(shape) > 1 and shape[1] is not None and counts and shape[1] not in counts:
        raise ModelError(
            path,
            f"has {format_count(shape[1], 'output')}, but its card names "
            f"{format_count(len(card.classes), 'class', 'classes')}",
        )
    model = Model(network.module, card, digest, path, notes=notes, layout=network.layout)
    model.output_candidates, model.answer = tuple(candidates), selected.label
    return model


def load_exported(path: Path, given_card: Card | None) -> Model:
    """Load an exported program (``.pt2``); nothing in the file is executed.

    Raises
    ------
    ModelError
        A part of the file is damaged, unknown or refused, or its card is missing or invalid.
    """
    from viewer.models.graph.passes import keep_one_output, list_output_candidates
    from viewer.models.graph_module import GraphModule
    from viewer.models.input_layout import match_channels, order_covariates
    from viewer.models.pt2.load import load_pt2_network

    card_source, card = _resolve_card(path, given_card)
    digest = verified_hash(path, card)
    exported = load_pt2_network(path)
    held_graph = exported.fixed_covariates_graph
    candidates = list_output_candidates(exported.graph)
    graph, note = keep_one_output(exported.graph, output_counts(card), path, card.answer or None)
    if held_graph is not None:
        held_graph, _ = keep_one_output(held_graph, output_counts(card), path, card.answer or None)
    shape = graph.by_name[graph.output].shape
    card = _number_classes(card, shape)
    if card_source is None:
        is_dense = None if shape is None else len(shape) > 2
        image = (graph if held_graph is None else held_graph).example_shape
        raise MissingCardError(path, card, REQUIRED_ENTRIES, image, is_dense)
    channel_note = ""
    if exported.layout is not None:
        order_covariates(exported.layout, card, str(path))  # checks that the card fits
        card, channel_note = match_channels(exported.layout, card)
    notes = tuple(filter(None, (note, channel_note)))
    network = GraphModule(graph, path, held_graph)
    model = Model(network, require_classes(card, path), digest, path, notes=notes, layout=exported.layout)
    model.output_candidates, model.answer = candidates, next(iter(graph.outputs))
    return model


def _resolve_card(path: Path, given_card: Card | None) -> tuple[Card | Path | None, Card]:
    """Return the source of a network's card, and the card; an empty one if there is none."""
    source = given_card or find_card(path)
    return source, read_card(source) if isinstance(source, Path) else source or Card(path.stem)


def _number_classes(card: Card, shape: Shape | None) -> Card:
    """Return the card with numbered classes if it names none and the shape of the output is known."""
    if card.classes or shape is None or len(shape) < 2 or shape[1] is None:
        return card
    return replace(card, classes=tuple(str(index) for index in range(shape[1])))
