"""Kinds of outputs in a card: their conversion to probabilities, and their type."""

from __future__ import annotations

from enum import StrEnum


class OutputKind(StrEnum):
    """Conversion of outputs to probabilities, or none.

    ``softmax``: one class of several, exp(z_k) / Σ exp(z_j). ``sigmoid``: one output, 1 / (1 + exp(−z)), the
    probability of the last of one or two classes. ``multi-label``: a sigmoid for each output; labels do not
    exclude each other. ``value``: numbers that are not probabilities, such as those of a regression.
    """

    SOFTMAX = "softmax"
    SIGMOID = "sigmoid"
    MULTI_LABEL = "multi-label"
    VALUE = "value"


class OutputType(StrEnum):
    """Type of a network's outputs: the input of a softmax or sigmoid, or its output."""

    LOGITS = "logits"
    PROBABILITIES = "probabilities"
    LOG_PROBABILITIES = "log-probabilities"
