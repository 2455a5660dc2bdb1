"""Numbers about a person that a network takes in addition to images: age, sex, intracranial volume."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from viewer.models.json_reader import JsonReader

SCALINGS = ("none", "z-score")


@dataclass(frozen=True)
class Covariate:
    """One number that a network takes: an entry of a card's ``covariates``.

    Parameters
    ----------
    name
        Name under which its value is given: "age".
    unit
        Its unit, such as "years".
    mean, sd
        Mean and standard deviation in the training data; None if unknown. The mean is the baseline of methods
        that need one.
    scaling
        Whether the network takes the number unchanged ("none"), or minus ``mean``, divided by ``sd``
        ("z-score").
    argument
        Argument of the network's ``forward`` that receives it; empty for the second one. Several covariates
        of one argument are its columns, in the card's order: shape (N, number of covariates).
    """

    name: str
    unit: str = ""
    mean: float | None = None
    sd: float | None = None
    scaling: str = "none"
    argument: str = ""

    @classmethod
    def read(cls, reader: JsonReader) -> Covariate:
        """Read an entry of ``covariates``. Raises ModelError naming what is wrong."""
        name = reader.text("name")
        if not name.strip() or "=" in name:
            raise reader.error("name", f"is {name!r}", "it must be a name without '='")
        mean = reader.number("mean") if reader.has("mean") else None
        sd = reader.number("sd") if reader.has("sd") else None
        if sd is not None and sd <= 0:
            raise reader.error("sd", f"is {sd:g}", "it must be above zero")
        scaling = reader.choice("scaling", SCALINGS, "none")
        if scaling == "z-score" and (mean is None or sd is None):
            raise reader.error("scaling", "is 'z-score'", "add 'mean' and 'sd'")
        covariate = cls(name, reader.text("unit", ""), mean, sd, scaling, reader.text("argument", ""))
        reader.reject_unknown(("name", "unit", "mean", "sd", "scaling", "argument"))
        return covariate

    def as_json(self) -> dict[str, Any]:
        """Return plain values, without unknown and default entries."""
        entries: dict[str, Any] = {"name": self.name}
        for entry in ("unit", "mean", "sd", "argument"):
            value = getattr(self, entry)
            if value not in ("", None):
                entries[entry] = value
        if self.scaling != "none":
            entries["scaling"] = self.scaling
        return entries

    def scale(self, value: float) -> float:
        """Return the number that the network takes for a value in the covariate's unit."""
        if self.scaling == "none" or self.mean is None or self.sd is None:
            return value
        return (value - self.mean) / self.sd

    @property
    def baseline(self) -> float:
        """The mean, scaled for the network; 0 if it is unknown."""
        return 0.0 if self.mean is None else self.scale(self.mean)
