"""Declaration of parameters: dataclass fields with their help, unit, limits and choices."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from viewer.errors import MethodError


@dataclass(frozen=True)
class Parameter:
    """A declared parameter, from which forms, options and tables are made."""

    name: str
    kind: type
    default: Any
    help: str
    unit: str = ""
    limits: tuple[float | None, float | None] = (None, None)
    choices: tuple[str, ...] = ()
    source: str = ""
    scans: bool = False
    sizes: bool = False

    def parse(self, value: object, method: str) -> Any:
        """Convert and check ``value``, a string from a command line or a value of the right type.

        Raises
        ------
        MethodError
            The value has the wrong type, is outside the limits, or is not one of the choices.
        """
        subject = f"{method}, {self.name}"
        converted: Any
        if self.kind is bool and isinstance(value, str):
            truth_values = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
            if value.lower() not in truth_values:
                raise MethodError(subject, f"{value!r} is not yes or no")
            converted = truth_values[value.lower()]
        else:
            try:
                converted = self.kind(value)
                if self.kind is int and float(value) != converted:  # type: ignore[arg-type]
                    raise ValueError
            except (TypeError, ValueError) as error:
                kinds = {int: "a whole number", float: "a number", str: "a word"}
                expected = kinds.get(self.kind, self.kind.__name__)
                raise MethodError(subject, f"{value!r} is not {expected}") from error
        if self.choices and converted not in self.choices:
            raise MethodError(subject, f"no choice {value!r}", f"choose {', '.join(self.choices)}")
        low, high = self.limits
        if self.kind in (int, float) and not (
            (low is None or converted >= low) and (high is None or converted <= high)
        ):
            low_text = "" if low is None else f"at least {low:g}"
            high_text = "" if high is None else f"at most {high:g}"
            limits = " and ".join(text for text in (low_text, high_text) if text)
            raise MethodError(subject, f"{converted:g} is out of range", f"choose {limits}")
        return converted


def parameter(
    default: Any,
    help: str,  # noqa: A002  the usual name in command-line libraries
    *,
    unit: str = "",
    limits: tuple[float | None, float | None] = (None, None),
    choices: tuple[str, ...] = (),
    source: str = "",
    scans: bool = False,
    sizes: bool = False,
) -> Any:
    """Declare a dataclass field that is a parameter; ``limits`` are inclusive, with None for no limit.

    With ``scans``, the parameter also accepts reference scans: its value is a choice, a path, or a tuple of
    scans and paths. With ``sizes``, it is a window size (`WindowSize`): a number of voxels for all axes, or
    text.
    """
    notes = {"help": help, "unit": unit, "limits": limits, "choices": choices, "source": source}
    return field(default=default, metadata=notes | {"scans": scans, "sizes": sizes})


def format_range(low: float | None, high: float | None) -> str:
    """Return limits in words; empty if there are none."""
    if low is None:
        return "" if high is None else f"{_format(high)} or less"
    return f"{_format(low)} or more" if high is None else f"{_format(low)} to {_format(high)}"


def _format(limit: float) -> str:
    """Return a limit as text, with all digits if it is a whole number."""
    return str(limit) if isinstance(limit, int) else f"{limit:g}"
