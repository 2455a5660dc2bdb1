"""Lowering of recurrent layers, unrolled into dense layers, gates, sums and products."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from viewer.models.graph.lowering.aten_call import AtenCall
from viewer.models.graph.lowering.builder import GraphBuilder, Lowerings, make_lowering_table

MAX_STEPS = 1024
"""Longest sequence that is unrolled."""

GATES = {"lstm": 4, "gru": 3, "rnn_tanh": 1, "rnn_relu": 1}
"""Number of values that a layer computes for each of its hidden units, by kind."""


@dataclass(frozen=True)
class RecurrentWeights:
    """Names of the weights of one layer in one direction: of the input, of the state, and their biases."""

    input_weight: str
    state_weight: str
    input_bias: str | None
    state_bias: str | None


@dataclass(frozen=True)
class RecurrentState:
    """Names of a layer's state: the hidden units and, for an LSTM, the cells; both (N, units)."""

    hidden: str
    cell: str | None = None


class RecurrentLayer:
    """Builder of one layer in one direction."""

    def __init__(
        self,
        builder: GraphBuilder,
        kind: str,
        weights: RecurrentWeights,
        hidden_size: int,
        batch_size: int | None,
    ) -> None:
        self._builder = builder
        self._kind = kind
        self._weights = weights
        self._hidden_size = hidden_size
        self._batch_size = batch_size

    def add_input_projection(self, sequence: str) -> str:
        """Add the contributions of the inputs of all steps (N, steps, values): (N, steps, gates · units)."""
        shape = self._builder.shape(sequence)
        assert shape is not None
        width = GATES[self._kind] * self._hidden_size
        inputs = (sequence, self._weights.input_weight, self._weights.input_bias)
        return self._builder.add("linear", inputs, shape=(*shape[:-1], width))

    def add_step(self, contribution: str, state: RecurrentState) -> RecurrentState:
        """Add one step: from the contribution of an input (N, gates · units) and the state before it."""
        recurrent = self._builder.add(
            "linear",
            (state.hidden, self._weights.state_weight, self._weights.state_bias),
            shape=(self._batch_size, GATES[self._kind] * self._hidden_size),
        )
        if self._kind == "gru":
            return self._add_gru_step(contribution, recurrent, state)
        total = self._add_operator("add", contribution, recurrent, gate_count=GATES[self._kind])
        if self._kind == "lstm":
            return self._add_lstm_step(total, state)
        return RecurrentState(self._add_operator(self._kind.removeprefix("rnn_"), total))

    def _add_lstm_step(self, gates: str, state: RecurrentState) -> RecurrentState:
        """Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000."""
        assert state.cell is not None
        entry, forget, exit_ = (
            self._add_operator("sigmoid", self._add_gate_slice(gates, index)) for index in (0, 1, 3)
        )
        candidate = self._add_operator("tanh", self._add_gate_slice(gates, 2))
        retained, added = (
            self._add_operator("mul", forget, state.cell),
            self._add_operator("mul", entry, candidate),
        )
        cell = self._add_operator("add", retained, added)
        return RecurrentState(self._add_operator("mul", exit_, self._add_operator("tanh", cell)), cell)

    def _add_gru_step(
        self, contribution: str, state_contribution: str, state: RecurrentState
    ) -> RecurrentState:
        """Cho et al. 2014, with the reset gate after the dense layer."""
        reset, update = (
            self._add_operator(
                "sigmoid",
                self._add_operator(
                    "add",
                    self._add_gate_slice(contribution, index),
                    self._add_gate_slice(state_contribution, index),
                ),
            )
            for index in (0, 1)
        )
        gated = self._add_operator("mul", reset, self._add_gate_slice(state_contribution, 2))
        candidate = self._add_operator(
            "tanh", self._add_operator("add", self._add_gate_slice(contribution, 2), gated)
        )
        plus_one, minus_one = (self._add_constant(value) for value in (1.0, -1.0))
        fresh = self._builder.add(
            "affine", (update, minus_one, plus_one), shape=(self._batch_size, self._hidden_size)
        )
        retained, added = (
            self._add_operator("mul", update, state.hidden),
            self._add_operator("mul", fresh, candidate),
        )
        return RecurrentState(self._add_operator("add", retained, added))

    def _add_constant(self, value: float) -> str:
        return self._builder.add_constant(
            torch.tensor(value, dtype=self._builder.dtype, device=self._builder.device)
        )

    def _add_gate_slice(self, gates: str, gate_index: int) -> str:
        """Add a slice of the values of one gate."""
        start = gate_index * self._hidden_size
        attributes = {"dim": 1, "start": start, "end": start + self._hidden_size, "step": 1}
        return self._builder.add("slice", (gates,), attributes, shape=(self._batch_size, self._hidden_size))

    def _add_operator(self, operator: str, *inputs: str, gate_count: int = 1) -> str:
        return self._builder.add(operator, inputs, shape=(self._batch_size, gate_count * self._hidden_size))


def recurrent(call: AtenCall, builder: GraphBuilder) -> tuple[str, ...]:
    """Lower ``lstm``, ``gru`` and ``rnn``: the outputs of all steps, and the last states.

    Raises
    ------
    CaptureError
        The sequence has no fixed length or is too long, or the layer has projections or is in training mode.
    """
    kind = call.target.split(".")[1]
    if call.flag("train") and call.number("dropout") > 0:
        raise call.error("drops values at random", "put the network into evaluation mode")
    directions, layers = 1 + call.flag("bidirectional"), call.number("num_layers")
    weights = read_weights(call, layers * directions)
    sequence = call.tensor("input")
    if not call.flag("batch_first"):
        sequence = transpose_sequence(builder, sequence)
    shape = builder.shape(sequence)
    if shape is None or len(shape) != 3 or shape[1] is None:
        raise call.error("takes a sequence whose length is not fixed")
    batch, steps = shape[0], shape[1]
    if steps > MAX_STEPS:
        raise call.error(f"takes {steps} steps, but at most {MAX_STEPS} are supported")
    states = read_states(call, builder, kind, batch)
    last: list[RecurrentState] = []
    for depth in range(layers):
        outputs: list[list[str]] = []
        for direction in range(directions):
            index = depth * directions + direction
            units = builder.size(states[index].hidden, 1)
            layer = RecurrentLayer(builder, kind, weights[index], units, batch)
            contributions, state, hidden_states = layer.add_input_projection(sequence), states[index], {}
            width = GATES[kind] * units
            for step in reversed(range(steps)) if direction else range(steps):
                attributes = {"dim": 1, "index": step}
                step_input = builder.add("select", (contributions,), attributes, shape=(batch, width))
                state = layer.add_step(step_input, state)
                hidden_states[step] = state.hidden
            last.append(state)
            outputs.append([hidden_states[step] for step in range(steps)])
        layer_outputs = [
            parts[0]
            if directions == 1
            else builder.add(
                "cat", parts, {"dim": 1}, shape=(batch, sum(builder.size(part, 1) for part in parts))
            )
            for parts in map(list, zip(*outputs, strict=True))
        ]
        sequence = stack_values(builder, layer_outputs, 1)
    output = sequence if call.flag("batch_first") else transpose_sequence(builder, sequence)
    hidden = stack_values(builder, [state.hidden for state in last], 0)
    if kind != "lstm":
        return output, hidden
    return output, hidden, stack_values(builder, [state.cell for state in last if state.cell], 0)


def read_weights(call: AtenCall, count: int) -> list[RecurrentWeights]:
    """Return the weights of every layer and direction.

    Raises
    ------
    CaptureError
        There are more of them than a layer without projections has.
    """
    names = call.tensors("params")
    tensors_per_layer = 4 if call.flag("has_biases") else 2
    if len(names) != tensors_per_layer * count:
        raise call.error("has projections of its state", "set its proj_size to 0")
    rows = [names[start : start + tensors_per_layer] for start in range(0, len(names), tensors_per_layer)]
    return [RecurrentWeights(row[0], row[1], *(row[2:] or (None, None))) for row in rows]


def read_states(
    call: AtenCall, builder: GraphBuilder, kind: str, batch_size: int | None
) -> list[RecurrentState]:
    """Return the first state of every layer and direction, from tensors (layers · directions, N, units)."""
    stacked = call.tensors("hx") if kind == "lstm" else [call.tensor("hx")]
    rows = [
        [
            builder.add(
                "select", (name,), {"dim": 0, "index": index}, shape=(batch_size, builder.size(name, 2))
            )
            for index in range(builder.size(name, 0))
        ]
        for name in stacked
    ]
    return [RecurrentState(*row) for row in zip(*rows, strict=True)]


def transpose_sequence(builder: GraphBuilder, name: str) -> str:
    """Add a swap of the first two axes of a sequence."""
    shape = builder.shape(name) or (None, None, None)
    return builder.add("permute", (name,), {"dims": (1, 0, 2)}, shape=(shape[1], shape[0], shape[2]))


def stack_values(builder: GraphBuilder, names: Sequence[str], dim: int) -> str:
    """Add a stack of values (N, units) along a new axis ``dim``."""
    rows, units = builder.shape(names[0]) or (None, None)
    shape = (1, rows, units) if dim == 0 else (rows, 1, units)
    unsqueezed = [builder.add("unsqueeze", (name,), {"dim": dim}, shape=shape) for name in names]
    stacked_shape = (len(names), rows, units) if dim == 0 else (rows, len(names), units)
    return builder.add("cat", unsqueezed, {"dim": dim}, shape=stacked_shape)


LOWERINGS: Lowerings = make_lowering_table({recurrent: "lstm.input gru.input rnn_tanh.input rnn_relu.input"})
