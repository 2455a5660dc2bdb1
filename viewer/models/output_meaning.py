"""Meaning of a network's outputs: exclusive classes, one binary label, independent labels, or a value."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from viewer.errors import ModelError
from viewer.models.model_card import Card
from viewer.models.output_kind import OutputKind, OutputType
from viewer.models.output_range import LINEAR_RANGE, UNLIMITED, OutputRange

if TYPE_CHECKING:
    import torch

SUM_TOLERANCE = 1e-4
"""Tolerance of the sum of probabilities in half precision."""

NEARLY = 0.01
"""Tolerance of the sum of probabilities that were clamped away from 0 and 1."""

DECISION_THRESHOLD = 0.5
"""Probability above which a binary output is positive."""

AGREEING_KINDS = {
    "softmax": (OutputKind.SOFTMAX,),
    "log_softmax": (OutputKind.SOFTMAX,),
    "sigmoid": (OutputKind.SIGMOID, OutputKind.MULTI_LABEL),
}
"""Output kinds that agree with a network's final operator."""

OUTPUT_TYPES = {
    "softmax": OutputType.PROBABILITIES,
    "log_softmax": OutputType.LOG_PROBABILITIES,
    "sigmoid": OutputType.PROBABILITIES,
}
"""Output types of these operators."""


@dataclass(frozen=True)
class Ending:
    """Final activation and output range of a network.

    Parameters
    ----------
    activation
        The final softmax, log-softmax or sigmoid; None if there is none.
    is_included
        Whether the outputs include it; otherwise they are its input.
    range
        Range of the outputs, and whether they come from a linear layer.
    """

    activation: str | None = None
    is_included: bool = False
    range: OutputRange = UNLIMITED


LINEAR = Ending(range=LINEAR_RANGE)
"""Ending of a network that outputs logits."""

UNKNOWN = Ending()
"""Ending of a network about which nothing is known."""


@dataclass(frozen=True)
class OutputMeaning:
    """Meaning of the outputs of one network.

    Parameters
    ----------
    kind
        Conversion to probabilities.
    guess
        Reason for the kind if the card does not state it; otherwise empty.
    applied_activation
        The softmax, log-softmax, sigmoid or log-sigmoid that the outputs already include; empty for logits.
    interpretation_note
        Sentence on how the outputs are interpreted, and why, if this is not obvious.
    are_logits
        Whether the card or the last operators show that they are logits.
    """

    kind: OutputKind
    guess: str = ""
    applied_activation: str = ""
    interpretation_note: str = ""
    are_logits: bool = False

    @property
    def sentence(self) -> str:
        """Sentence about the guess, for the user; empty if the card states the kind."""
        if not self.guess:
            return ""
        if self.kind is OutputKind.VALUE:
            return f"output: shown as a number, not as a probability ({self.guess})"
        return f"output: {self.kind} (guess: the card does not say; {self.guess})"

    @property
    def output_text(self) -> str:
        """Description of an output that already includes a softmax or sigmoid."""
        return (
            "the logarithm of a probability"
            if self.applied_activation.startswith("log_")
            else "a probability"
        )

    @property
    def is_exclusive(self) -> bool:
        """Whether the classes are mutually exclusive."""
        return self.kind in (OutputKind.SOFTMAX, OutputKind.SIGMOID)

    def probabilities(self, outputs: torch.Tensor) -> torch.Tensor | None:
        """Compute the probabilities of outputs (N, outputs, ...), in the same shape; None for values."""
        if self.kind is OutputKind.VALUE:
            return None
        if self.applied_activation:
            return outputs.exp() if self.applied_activation.startswith("log_") else outputs
        if self.kind is OutputKind.SOFTMAX and not self.are_logits and are_probabilities(outputs):
            return outputs
        return outputs.softmax(1) if self.kind is OutputKind.SOFTMAX else outputs.sigmoid()

    def probability_note(self, outputs: torch.Tensor) -> str:
        """Return a note if outputs are taken as probabilities or may not be logits; otherwise empty."""
        if (
            self.interpretation_note
            or self.applied_activation
            or self.are_logits
            or self.kind is OutputKind.VALUE
        ):
            return self.interpretation_note
        if self.kind is OutputKind.SOFTMAX and are_probabilities(outputs):
            return "the outputs are not negative and add up to 1: they are taken as probabilities as they are"
        if bool(((outputs > 0) & (outputs < 1)).all()):
            return (
                "the outputs lie between 0 and 1, as probabilities do; if so, the ones shown are wrong: "
                "set 'output_type' in its card to 'logits' or 'probabilities'"
            )
        return (
            "the outputs are taken as logits, but may not be logits: the network's last operators do not "
            "show it; set 'output_type' in its card to 'logits' or 'probabilities'"
        )

    def logits(self, outputs: torch.Tensor) -> torch.Tensor:
        """Compute the logits of which `probabilities` is the softmax or sigmoid; finite even for 0 and 1."""
        import torch

        if not self.applied_activation or self.applied_activation == "log_softmax":
            return outputs
        tiny = torch.finfo(outputs.dtype).tiny
        if self.applied_activation == "log_sigmoid":
            return outputs - (-torch.expm1(outputs)).clamp(min=tiny).log()
        log_probabilities = outputs.clamp(min=tiny).log()
        return (
            log_probabilities
            if self.applied_activation == "softmax"
            else log_probabilities - (1 - outputs).clamp(min=tiny).log()
        )

    @property
    def decision_threshold(self) -> float:
        """Output above which a binary label is positive."""
        if not self.applied_activation:
            return 0.0
        return (
            math.log(DECISION_THRESHOLD) if self.applied_activation.startswith("log_") else DECISION_THRESHOLD
        )

    def decision_codes(self, outputs: torch.Tensor) -> torch.Tensor:
        """Return each sample's decision, shape (N, ...): index of the largest class, or bits of the labels.

        Bit k is set if the probability of label k is above one half. Equal entries are equal decisions.
        """
        import torch

        if self.kind is OutputKind.SOFTMAX:
            return outputs.argmax(1)
        probabilities = self.probabilities(outputs)
        above = (outputs if probabilities is None else probabilities) > DECISION_THRESHOLD
        bits = 2 ** torch.arange(outputs.shape[1], device=outputs.device)
        return (above.movedim(1, -1) * bits).sum(-1)


def are_probabilities(outputs: torch.Tensor, tolerance: float = SUM_TOLERANCE) -> bool:
    """Return whether every sample's outputs, (N, classes, ...), are non-negative and add up to 1."""
    if outputs.shape[1] < 2 or not bool((outputs >= 0).all()):
        return False
    return bool(((outputs.double().sum(1) - 1).abs() < tolerance).all())


def output_counts(card: Card) -> tuple[int, ...]:
    """Return the possible numbers of outputs for the classes of a card; empty if it names none."""
    count = len(card.classes)
    if not count:
        return ()
    if card.output is OutputKind.SIGMOID:
        return (1,)
    return (count, 1) if card.output is None and count == 2 and card.kind != "regression" else (count,)


def decide_output(
    card: Card, count: int, ending: Ending = UNKNOWN, outputs: torch.Tensor | None = None
) -> OutputMeaning:
    """Determine the meaning of ``count`` outputs from the card, or guess it with a reason.

    Outputs that cannot leave the range 0 to 1 are probabilities. Outputs with other bounds are not
    probabilities and need not be logits: unless the card states their type, they remain plain values.

    Parameters
    ----------
    card
        The network's card.
    count
        Number of outputs.
    ending
        Final activation and output range of the network.
    outputs
        Outputs for one or more inputs, (N, outputs, ...); None if the network was not run.

    Raises
    ------
    ModelError
        The card contradicts the number of outputs, the final activation or the outputs; or the network has
        an output at every voxel whose threshold is unknown.
    """
    if card.kind == "regression":
        return OutputMeaning(OutputKind.VALUE)
    if card.output is OutputKind.SIGMOID and count != 1:
        raise ModelError(
            card.name,
            f"has {count} outputs, but its card says 'sigmoid', which is one",
            "use 'multi-label' for labels that do not exclude each other, or 'softmax'",
        )
    if ending.activation is not None:
        return _meaning_from_activation(card, count, ending.activation, ending.is_included)
    value_range = ending.range
    output_type = card.output_type
    if output_type is None and value_range.is_probability:
        output_type = OutputType.PROBABILITIES
    elif output_type is None and value_range.is_log_probability:
        output_type = OutputType.LOG_PROBABILITIES
    if output_type in (OutputType.PROBABILITIES, OutputType.LOG_PROBABILITIES):
        return _meaning_of_probabilities(card, count, output_type, outputs)
    if (
        output_type is None
        and not value_range.is_unlimited
        and not (outputs is not None and are_probabilities(outputs))
    ):
        meaning = _meaning_of_bounded_outputs(
            card, count, value_range, outputs is not None and outputs.dim() > 2
        )
        if meaning is not None:
            return meaning
    logits = output_type is OutputType.LOGITS or (value_range.is_unlimited and value_range.is_linear)
    if card.output is not None:
        return OutputMeaning(card.output, are_logits=logits)
    kind = OutputKind.SIGMOID if count == 1 else OutputKind.SOFTMAX
    return OutputMeaning(kind, _count_text(count), are_logits=logits)


def _count_text(count: int) -> str:
    """Return the reason for guessing a softmax or a sigmoid: the number of outputs."""
    return "it has one output" if count == 1 else f"it has {count} outputs"


def _meaning_from_activation(card: Card, count: int, activation: str, is_included: bool) -> OutputMeaning:
    """Determine the meaning of outputs of a network with a final softmax, log-softmax or sigmoid."""
    applied = activation if is_included else ""
    if card.output is not None and card.output not in AGREEING_KINDS[activation]:
        agreeing = " or ".join(repr(str(kind)) for kind in AGREEING_KINDS[activation])
        raise ModelError(
            card.name, f"ends in a {activation}, but its card says {str(card.output)!r}", f"say {agreeing}"
        )
    if card.output_type not in (None, OUTPUT_TYPES[activation]):
        raise ModelError(
            card.name,
            f"ends in a {activation}, but its card says {str(card.output_type)!r}",
            f"say {str(OUTPUT_TYPES[activation])!r}",
        )
    if card.output is not None:
        return OutputMeaning(card.output, "", applied, are_logits=not is_included)
    kind = OutputKind.SOFTMAX
    if activation == "sigmoid":
        kind = OutputKind.SIGMOID if count == 1 else OutputKind.MULTI_LABEL
    return OutputMeaning(kind, f"the network ends in a {activation}", applied, are_logits=not is_included)


def _meaning_of_probabilities(
    card: Card, count: int, output_type: OutputType, outputs: torch.Tensor | None
) -> OutputMeaning:
    """Determine the meaning of outputs that are already probabilities or their logarithms."""
    is_logarithm = output_type is OutputType.LOG_PROBABILITIES
    probabilities = None if outputs is None else outputs.exp() if is_logarithm else outputs
    if probabilities is not None and not bool(
        ((probabilities > -SUM_TOLERANCE) & (probabilities < 1 + SUM_TOLERANCE)).all()
    ):
        assert outputs is not None
        worst = max(outputs.flatten().tolist(), key=abs)
        raise ModelError(
            card.name,
            f"outputs {worst:.4g}, but its card says {str(output_type)!r}",
            "correct 'output_type' in it",
        )
    sums = probabilities is None or are_probabilities(probabilities)
    kind = card.output
    if kind is None:
        kind = OutputKind.SIGMOID if count == 1 else OutputKind.SOFTMAX if sums else OutputKind.MULTI_LABEL
    is_2d = probabilities is not None and probabilities.dim() == 2  # joined windows need not add up
    if (
        kind is OutputKind.SOFTMAX
        and probabilities is not None
        and is_2d
        and not are_probabilities(probabilities, NEARLY)
    ):
        raise ModelError(
            card.name,
            "outputs probabilities that do not add up to 1, but its card says 'softmax'",
            "use 'multi-label', or set its 'output_type' to 'logits'",
        )
    description = "logarithms of probabilities" if is_logarithm else "probabilities as they are"
    reason = "so the card says" if card.output_type is not None else "the network keeps them in that range"
    limits = "at most 0" if is_logarithm else "0 to 1"
    activation = "softmax" if kind is OutputKind.SOFTMAX else "sigmoid"
    return OutputMeaning(
        kind,
        "" if card.output is not None else f"the outputs are {description}",
        f"log_{activation}" if is_logarithm else activation,
        f"the outputs ({limits}) are taken as {description}: {reason}",
    )


def _meaning_of_bounded_outputs(
    card: Card, count: int, value_range: OutputRange, is_dense: bool
) -> OutputMeaning | None:
    """Determine the meaning of bounded outputs that are not probabilities; None to ignore the bounds."""
    bounded, unit = value_range.is_bounded, value_range.low >= -1 and value_range.high <= 1
    logit_like = value_range.has_both_signs or (card.output is OutputKind.SOFTMAX and not bounded)
    linear_output = value_range.is_linear and not unit and (value_range.has_both_signs or not bounded)
    note = f"the outputs {value_range.text}, and are taken as logits; if not, set 'output_type' in the card"
    if card.output is not None and logit_like:
        return OutputMeaning(card.output, interpretation_note=note)
    if card.output is None and linear_output:
        kind = OutputKind.SIGMOID if count == 1 else OutputKind.SOFTMAX
        return OutputMeaning(kind, _count_text(count), interpretation_note=note)
    if is_dense and count > 1 and card.output in (None, OutputKind.SOFTMAX):
        return None  # each voxel is assigned to its largest output, whatever the outputs mean
    remedy = "set 'output_type' in its card to 'logits' or 'probabilities'"
    if is_dense:
        raise ModelError(
            card.name, f"has an output at every voxel, and the outputs {value_range.text}", remedy
        )
    return OutputMeaning(
        OutputKind.VALUE,
        f"the outputs {value_range.text}, and the card does not say what they are; "
        "its 'output_type' may be 'logits' or 'probabilities', its 'output' 'value'",
    )


def output_names(card: Card, count: int) -> tuple[str, ...]:
    """Return a name for each of ``count`` outputs; a single output of two classes has the second's name."""
    if count == 1 and len(card.classes) == 2:
        return card.classes[1:]
    return tuple(card.classes[index] if index < len(card.classes) else str(index) for index in range(count))
