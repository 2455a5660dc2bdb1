"""What a person chose in the form of a method: kept with the session, plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from viewer.models.uncertainty.kinds import DEFAULT_SAMPLES

ParameterValue = bool | int | float | str


@dataclass(frozen=True)
class MethodSettings:
    """The method that is asked for a map, and how.

    Parameters
    ----------
    method
        Its name in the registry; empty is the usual one.
    parameters
        Name to value; those that are not named have their defaults.
    target
        The index of the class that is explained; None is the predicted one.
    layer
        A module's path or an operator's name; None is the method's own choice.
    against
        The index of the class whose output is subtracted; None is none.
    region
        Of a dense prediction: the choice in the window's list, or the path of a mask; empty is the usual one.
        A reduction may come first: ``mean:all``.
    uncertainty
        What the map is repeated over: "moves", "dropout" or "ensemble"; empty for one map.
    samples
        How often, for moves and dropout.
    """

    method: str = ""
    parameters: Mapping[str, ParameterValue] = field(default_factory=dict)
    target: int | None = None
    layer: str | None = None
    region: str = ""
    against: int | None = None
    uncertainty: str = ""
    samples: int = DEFAULT_SAMPLES
