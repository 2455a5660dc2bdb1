"""Plan of a track record: tasks, networks, brains, and criteria for the networks that count."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from viewer.models.training.train_source import SourceTrainingOptions

SLOW_METHODS = (
    "guided-integrated-gradients",
    "blur-integrated-gradients",
    "xrai",
    "layer-conductance",
    "rise",
    "meaningful-perturbation",
    "extremal-perturbation",
    "lime",
    "kernel-shap",
)
"""Methods that are run last, in this order: they run the network hundreds of times."""

NETWORK_KINDS = ("plain", "residual", "transformer")
OWN = "own"
"""Kind of the user's network."""


@dataclass(frozen=True)
class TrackRecordPlan:
    """Plan of a track record.

    Parameters
    ----------
    tasks
        Quantities that networks are trained for.
    kinds
        Kinds of networks.
    seeds
        Number of networks of each task and kind, which differ only in their seed.
    fitting, validation
        Number of brains for training, and for validation.
    scans
        Number of brains that are explained for each network; none of them was used in training.
    slow_scans
        The same for `SLOW_METHODS`.
    seed
        Seed of all brains and of methods that draw at random.
    training
        Options of the training.
    least_auc, least_reliance
        What a network must reach for its maps to count (`SourceScore.has_learned`).
    """

    tasks: tuple[str, ...] = ("mean", "volume", "texture")
    kinds: tuple[str, ...] = NETWORK_KINDS
    seeds: int = 3
    fitting: int = 300
    validation: int = 100
    scans: int = 4
    slow_scans: int = 1
    seed: int = 0
    training: SourceTrainingOptions = field(default_factory=SourceTrainingOptions)
    least_auc: float = 0.8
    least_reliance: float = 0.8

    def count_scans(self, method_name: str) -> int:
        """Return the number of brains that a method explains."""
        return self.slow_scans if method_name in SLOW_METHODS else self.scans

    def as_json(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {**asdict(self), "tasks": list(self.tasks), "kinds": list(self.kinds)}

    def settings(self) -> dict[str, Any]:
        """Return what a record depends on, as plain values: everything except the lists of tasks and
        kinds.
        """
        return {name: value for name, value in self.as_json().items() if name not in ("tasks", "kinds")}


def order_methods(method_names: list[str]) -> list[str]:
    """Return the methods in the order in which they are run: slow ones last."""
    quick = [name for name in method_names if name not in SLOW_METHODS]
    return [*quick, *(name for name in SLOW_METHODS if name in method_names)]
