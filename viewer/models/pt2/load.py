"""Loader of a ``.pt2`` file as an operator graph."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from viewer.errors import ModelError
from viewer.models.graph.dynamic_batch import make_batch_dynamic
from viewer.models.graph.graph import GraphInput, OperatorGraph
from viewer.models.graph.lowering.aten_call import list_module_paths
from viewer.models.graph.lowering.builder import GraphBuilder
from viewer.models.graph.lowering.functionalization import functionalize
from viewer.models.graph.lowering.registry import lower_calls
from viewer.models.input_layout import HELD, InputLayout
from viewer.models.pt2.archive import Pt2Archive
from viewer.models.pt2.arguments import (
    add_arguments,
    make_covariate_placeholder,
    make_input_layout,
    make_packed_input,
)
from viewer.models.pt2.json_value import parse_json_value
from viewer.models.pt2.program import Pt2Program
from viewer.models.pt2.weights import Pt2Weights


@dataclass(frozen=True)
class Pt2Network:
    """Network of an exported program.

    Parameters
    ----------
    graph
        Graph of one input tensor: the program's only input, or all of them in the ``layout``.
    layout
        Layout of the program's inputs if there are several.
    fixed_covariates_graph
        Graph that takes only the images and holds the numbers in the constant `HELD`; None without numbers.
    """

    graph: OperatorGraph
    layout: InputLayout | None = None
    fixed_covariates_graph: OperatorGraph | None = None


def load_pt2(path: str | Path) -> OperatorGraph:
    """Load the graph in a file written by ``torch.export.save``, as `load_pt2_network` does."""
    return load_pt2_network(path).graph


def load_pt2_network(path: str | Path) -> Pt2Network:
    """Load the network in a file written by ``torch.export.save``; nothing in the file is executed.

    The shape of the example it was exported with is ``graph.example_shape``; the labels of its outputs are
    the keys of ``graph.outputs``. A fixed batch is made dynamic if a run confirms the outputs.

    Raises
    ------
    ModelError
        A part of the file is damaged, unknown or refused; the message names it.
    """
    path = Path(path)
    with Pt2Archive(path) as archive:
        model = archive.model_name
        member = f"models/{model}.json"
        program = Pt2Program(parse_json_value(archive.read_text(member), f"{path}, {member}"))
        weights = Pt2Weights(archive, model)
        constants: dict[str, torch.Tensor] = {}
        parameters: set[str] = set()
        value_names: dict[str, str] = {}
        for name, key, is_parameter, entry in program.read_constants():
            constants[key] = weights.tensor(key, entry)
            value_names[f"%{name}"] = key
            if is_parameter:
                parameters.add(key)
    try:
        layout = make_input_layout(program, path) if len(program.inputs) > 1 else None
        calls, outputs = functionalize(program.read_calls(), program.read_outputs())

        def build_graph(has_fixed_covariates: bool) -> OperatorGraph:
            input_spec = make_packed_input(program, layout, has_fixed_covariates)
            graph_input = GraphInput("input", input_spec.shape, input_spec.dtype)
            names = (
                {**value_names, f"%{input_spec.name}": graph_input.name} if layout is None else value_names
            )
            values = (
                {**constants, HELD: make_covariate_placeholder(layout, input_spec.dtype)}
                if has_fixed_covariates
                else constants
            )
            builder = GraphBuilder(
                graph_input, input_spec.example_shape, values, parameters, names, list_module_paths(calls)
            )
            if layout is not None:
                add_arguments(builder, program, layout, has_fixed_covariates)
            lower_calls(calls, builder)
            return builder.finish(outputs)

        graph = build_graph(has_fixed_covariates=False)
        held_graph = (
            build_graph(has_fixed_covariates=True) if layout is not None and layout.covariate_count else None
        )
    except ModelError as error:
        names_path = error.subject.startswith(str(path))  # errors about the file's entries name it
        subject = error.subject if names_path else f"{path}: {error.subject}"
        raise ModelError(subject, error.problem, error.remedy) from error
    held_graph = None if held_graph is None else make_batch_dynamic(held_graph)
    return Pt2Network(make_batch_dynamic(graph), layout, held_graph)
