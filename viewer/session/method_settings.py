"""Settings in the form of a method, stored with the session as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from viewer.models.uncertainty.kinds import DEFAULT_SAMPLES

ParameterValue = bool | int | float | str


@dataclass(frozen=True)
class MethodSettings:
    """Method and settings for the next map.

    Parameters
    ----------
    method
        Name in the registry; empty for the default.
    parameters
        Values by name; all others have their defaults.
    target
        Index of the explained class; None for the predicted one.
    layer
        A module's path or an operator's name; None for the method's default.
    subtracted_index
        Index of the class whose output is subtracted; None for none.
    region
        Region of a dense prediction: an entry of the window's list, or the path of a mask; empty for the
        default. A reduction may precede it: ``mean:all``.
    uncertainty
        Variation over which the map is repeated: "moves", "dropout" or "ensemble"; empty for one map.
    samples
        Number of repetitions, for moves and dropout.
    """

    method: str = ""
    parameters: Mapping[str, ParameterValue] = field(default_factory=dict)
    target: int | None = None
    layer: str | None = None
    region: str = ""
    subtracted_index: int | None = None
    uncertainty: str = ""
    samples: int = DEFAULT_SAMPLES
