"""Loader of a ``.pt2`` file as an operator graph."""

from __future__ import annotations

from pathlib import Path

import torch

from viewer.errors import ModelError
from viewer.models.graph.dynamic_batch import make_batch_dynamic
from viewer.models.graph.graph import OperatorGraph
from viewer.models.graph.lowering.aten_call import module_paths
from viewer.models.graph.lowering.builder import GraphBuilder
from viewer.models.graph.lowering.functionalization import functionalize
from viewer.models.graph.lowering.registry import lower_calls
from viewer.models.pt2.archive import Pt2Archive
from viewer.models.pt2.json_value import parse_json_value
from viewer.models.pt2.program import Pt2Program
from viewer.models.pt2.weights import Pt2Weights


def load_pt2(path: str | Path) -> OperatorGraph:
    """Load the graph in a file written by ``torch.export.save``; nothing in the file is executed.

    The shape of the example it was exported with is ``graph.example_shape``; the labels of its outputs are
    the keys of ``graph.outputs``. A fixed batch is made dynamic where a run confirms that this is right.

    Raises
    ------
    ModelError
        A part of the file is damaged, unknown or refused; the message names it.
    """
    path = Path(path)
    with Pt2Archive(path) as archive:
        model = archive.model
        member = f"models/{model}.json"
        program = Pt2Program(parse_json_value(archive.text(member), f"{path}, {member}"))
        weights = Pt2Weights(archive, model)
        constants: dict[str, torch.Tensor] = {}
        parameters: set[str] = set()
        written = {f"%{program.input_name}": program.graph_input.name}
        for name, own, is_parameter, where in program.constants():
            constants[own] = weights.tensor(own, where)
            written[f"%{name}"] = own
            if is_parameter:
                parameters.add(own)
    try:
        calls, outputs = functionalize(program.calls(), program.outputs())
        builder = GraphBuilder(
            program.graph_input, program.example_shape, constants, parameters, written, module_paths(calls)
        )
        lower_calls(calls, builder)
        graph = builder.finish(outputs)
    except ModelError as error:
        named = error.subject.startswith(str(path))  # by what reads the file's entries
        subject = error.subject if named else f"{path}: {error.subject}"
        raise ModelError(subject, error.problem, error.remedy) from error
    return make_batch_dynamic(graph)
