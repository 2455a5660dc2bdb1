"""What a network's outputs mean: one class of several, one yes or no, independent labels, or a value."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from viewer.errors import ModelError

if TYPE_CHECKING:
    import torch

    from viewer.models.card import Card

ROUNDING = 1e-4
"""How far probabilities in half precision may be from a sum of 1."""

EVEN = 0.5
"""The probability above which a yes-or-no output says yes."""


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


ENDINGS = {
    "softmax": (OutputKind.SOFTMAX,),
    "log_softmax": (OutputKind.SOFTMAX,),
    "sigmoid": (OutputKind.SIGMOID, OutputKind.MULTI_LABEL),
}
"""The final operators of networks, and the meanings that agree with them."""


@dataclass(frozen=True)
class OutputMeaning:
    """What the outputs of one network mean.

    Parameters
    ----------
    kind
        How they become probabilities.
    guess
        Why it is taken for that, where the card does not say; empty where it does.
    squashed
        The softmax, log-softmax or sigmoid that the numbers have behind them already; empty for logits.
    """

    kind: OutputKind
    guess: str = ""
    squashed: str = ""

    @property
    def sentence(self) -> str:
        """The guess as a reader is told it; empty where the card says."""
        return f"output: {self.kind} (guess: the card does not say; {self.guess})" if self.guess else ""

    @property
    def excludes(self) -> bool:
        """Whether the classes exclude each other, so that one of them is the answer."""
        return self.kind in (OutputKind.SOFTMAX, OutputKind.SIGMOID)

    def probabilities(self, outputs: torch.Tensor) -> torch.Tensor | None:
        """Each output's probability, (N, outputs, ...), of its shape; None where outputs are values."""
        if self.kind is OutputKind.VALUE:
            return None
        if self.squashed:
            return outputs.exp() if self.squashed == "log_softmax" else outputs
        if self.kind is OutputKind.SOFTMAX and are_probabilities(outputs):
            return outputs
        return outputs.softmax(1) if self.kind is OutputKind.SOFTMAX else outputs.sigmoid()

    def doubt(self, outputs: torch.Tensor) -> str:
        """Say that outputs look like probabilities though no operator shows it; empty where they do not."""
        if self.squashed or self.kind is OutputKind.VALUE:
            return ""
        if self.kind is OutputKind.SOFTMAX:
            taken = (
                "the outputs are not negative and add up to 1: they are taken as probabilities as they are"
            )
            return taken if are_probabilities(outputs) else ""
        if bool(((outputs > 0) & (outputs < 1)).all()):
            return (
                "the outputs lie between 0 and 1, as probabilities do; if so, the ones shown are wrong: "
                "let the network end in a plain sigmoid, or in its logits"
            )
        return ""

    def logits(self, outputs: torch.Tensor) -> torch.Tensor:
        """Logits of which `probabilities` is the softmax or sigmoid; finite also where it is 0 or 1."""
        import torch

        if not self.squashed or self.squashed == "log_softmax":
            return outputs
        least = torch.finfo(outputs.dtype).tiny
        odds = outputs.clamp(min=least).log()
        return odds if self.squashed == "softmax" else odds - (1 - outputs).clamp(min=least).log()

    def decision(self, outputs: torch.Tensor) -> torch.Tensor:
        """Which answer each sample gets, shape (N, ...): the largest class, or for every label yes or no.

        Two samples are decided alike where their entries are equal; of several labels they are bits.
        """
        import torch

        if self.kind is OutputKind.SOFTMAX:
            return outputs.argmax(1)
        shares = self.probabilities(outputs)
        above = (outputs if shares is None else shares) > EVEN
        bits = 2 ** torch.arange(outputs.shape[1], device=outputs.device)
        return (above.movedim(1, -1) * bits).sum(-1)


def are_probabilities(outputs: torch.Tensor) -> bool:
    """Whether the entries of every sample, (N, classes, ...), are not negative and add up to 1."""
    if outputs.shape[1] < 2 or not bool((outputs >= 0).all()):
        return False
    return bool(((outputs.double().sum(1) - 1).abs() < ROUNDING).all())


def outputs_named(card: Card) -> tuple[int, ...]:
    """How many outputs the classes of a card can name; empty where it names none."""
    named = len(card.classes)
    if not named:
        return ()
    if card.output is OutputKind.SIGMOID:
        return (1,)
    return (named, 1) if card.output is None and named == 2 and card.kind != "regression" else (named,)


def decide_output(card: Card, count: int, ending: str | None = None, squashed: bool = False) -> OutputMeaning:
    """Decide what ``count`` outputs mean: what the card says, else a guess and the reason for it.

    Parameters
    ----------
    card
        The network's.
    count
        How many outputs it has.
    ending
        The operator it ends with where that is a softmax, log-softmax or sigmoid; None where it is none of
        them.
    squashed
        Whether that operator is part of the outputs; otherwise they are what goes into it.

    Raises
    ------
    ModelError
        The card contradicts how many outputs there are, or how the network ends.
    """
    behind = ending if squashed and ending else ""
    if card.kind == "regression":
        return OutputMeaning(OutputKind.VALUE)
    if card.output is not None:
        if card.output is OutputKind.SIGMOID and count != 1:
            raise ModelError(
                card.name,
                f"has {count} outputs, and its card says 'sigmoid', which is one",
                "say 'multi-label' for labels that do not exclude each other, or 'softmax'",
            )
        if ending is not None and card.output not in ENDINGS[ending]:
            agreeing = " or ".join(repr(str(kind)) for kind in ENDINGS[ending])
            raise ModelError(
                card.name, f"ends in a {ending}, and its card says {str(card.output)!r}", f"say {agreeing}"
            )
        return OutputMeaning(card.output, "", behind)
    if ending == "sigmoid":
        kind = OutputKind.SIGMOID if count == 1 else OutputKind.MULTI_LABEL
        return OutputMeaning(kind, "the network ends in a sigmoid", behind)
    if ending is not None:
        return OutputMeaning(OutputKind.SOFTMAX, f"the network ends in a {ending}", behind)
    if count == 1:
        return OutputMeaning(OutputKind.SIGMOID, "it has one output")
    return OutputMeaning(OutputKind.SOFTMAX, f"it has {count} outputs")


def names_of(card: Card, count: int) -> tuple[str, ...]:
    """Return a name for each of ``count`` outputs; of one for two classes, the second: it is its logit."""
    if count == 1 and len(card.classes) == 2:
        return card.classes[1:]
    return tuple(card.classes[index] if index < len(card.classes) else str(index) for index in range(count))
