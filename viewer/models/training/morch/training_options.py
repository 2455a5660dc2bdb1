"""Settings of the training of the network of Mørch et al. 1995."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from viewer.enums import coerce_fields
from viewer.errors import ModelError
from viewer.settings import FormRow, setting


class Paradigm(StrEnum):
    """Type of a target column of the table."""

    GRADED = "graded"
    CLASSES = "classes"


class HiddenActivation(StrEnum):
    """Activation function of the hidden units."""

    TANH = "tanh"
    LINEAR = "linear"


@dataclass(frozen=True)
class TrainingOptions:
    """Options of the training; ``seed`` is that of the random starts."""

    hidden: int = setting(
        5,
        "hidden units",
        metavar="A",
        limits=(1, 1000),
        doc="Hidden units; ignored by the linear network, which has one per output.",
        row=FormRow("Hidden units"),
    )
    components: int | None = setting(
        None,
        "principal components",
        kind=int,
        metavar="K",
        unset="all",
        limits=(1, None),
        row=FormRow(
            "Components",
            "Principal components of the scans that the network takes as input.",
            none_text="all",
            limits=(None, 100_000),
        ),
    )
    activation: HiddenActivation = setting(
        HiddenActivation.TANH,
        "use a linear model instead of tanh units",
        keyword="linear",
        kind=bool,
        stored=(HiddenActivation.TANH, HiddenActivation.LINEAR),
        row=FormRow(
            "Units", "Linear: one unit per output.", choices={False: "tanh", True: "Linear"}, sort_key=-1
        ),
    )
    biases: bool = setting(
        True,
        "use the network as printed in the paper, without biases",
        option="no-biases",
        doc="Use biases; equation (1) has none.",
        row=None,
    )
    decay: float = setting(
        0.01,
        "weight decay; without it the retrained solution is not unique",
        metavar="D",
        limits=(0, None),
        doc="Weight decay λ, in units of the mean cost: targets have variance one, and so have the "
        "projections on average over the components.",
        row=FormRow(
            "Weight decay",
            "Keeps the weights small; without it retraining has no unique solution.",
            limits=(1e-12, 1e6),
        ),
    )
    starts: int = setting(
        4,
        "random starts",
        metavar="N",
        limits=(1, 1000),
        doc="Number of random starts; the best minimum is used.",
        row=None,
    )
    seed: int = 0

    def __post_init__(self) -> None:
        coerce_fields(self, activation=HiddenActivation)
        if self.hidden < 1:
            raise ModelError("hidden units", f"{self.hidden} were requested", "choose at least 1")
        if not self.decay > 0:
            raise ModelError(
                "decay",
                f"is {self.decay:g}",
                "choose more than zero: without it there is no definite minimum",
            )
        if self.starts < 1:
            raise ModelError("starts", f"{self.starts} were requested", "choose at least 1")
