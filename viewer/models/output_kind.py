"""Kinds of outputs that a card names: how they become probabilities, and what the numbers are."""

from __future__ import annotations

from enum import StrEnum


class OutputKind(StrEnum):
    """How outputs become probabilities, or that they are none.

    ``softmax``: one class of several, exp(z_k) / Σ exp(z_j). ``sigmoid``: one output, 1 / (1 + exp(−z)), the
    probability of the last of one or two classes. ``multi-label``: a sigmoid for each output; labels do not
    exclude each other. ``value``: numbers with a meaning of their own, as of a regression.
    """

    SOFTMAX = "softmax"
    SIGMOID = "sigmoid"
    MULTI_LABEL = "multi-label"
    VALUE = "value"


class OutputType(StrEnum):
    """What the numbers are that a network gives back: what a softmax or sigmoid takes, or what it gives."""

    LOGITS = "logits"
    PROBABILITIES = "probabilities"
    LOG_PROBABILITIES = "log-probabilities"
