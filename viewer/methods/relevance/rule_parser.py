"""Parser of relevance rules written as text, for the command line and the window: ``gamma:0.25``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from viewer.errors import MethodError
from viewer.number_format import format_count

DEFAULT_NUMBERS: Mapping[str, tuple[float, ...]] = MappingProxyType(
    {
        "zero": (),
        "epsilon": (0.01,),
        "epsilon-absolute": (1e-6,),
        "gamma": (0.25,),
        "alpha-beta": (2.0, 1.0),
        "z-plus": (),
        "w-square": (),
        "flat": (),
        "z-box": (),
        "gradient": (),
    }
)
"""Names of the rules, with the default values of their parameters."""

ATTENTION_RULES = ("cp-lrp", "attnlrp")
"""Rules of attention: its weights as a gate, so that relevance flows only through the values (CP-LRP, Ali et
al. 2022), or also relevance for queries and keys (AttnLRP, Achtibat et al. 2024).
"""


@dataclass(frozen=True)
class RuleSpec:
    """Name of a rule, with its parameters."""

    name: str
    parameters: tuple[float, ...] = ()

    def __str__(self) -> str:
        return self.name + (
            ":" + ",".join(f"{number:g}" for number in self.parameters) if self.parameters else ""
        )


def parse_rule(text: str, method: str) -> RuleSpec:
    """Parse a rule: its name and, after a colon, its parameters.

    Raises
    ------
    MethodError
        There is no such rule, or the number of its parameters is wrong.
    """
    name, _, arguments = text.strip().partition(":")
    if name not in DEFAULT_NUMBERS:
        raise MethodError(method, f"no rule {name!r}", f"choose one of {', '.join(DEFAULT_NUMBERS)}")
    defaults = DEFAULT_NUMBERS[name]
    if not arguments:
        return RuleSpec(name, defaults)
    try:
        numbers = tuple(float(part) for part in arguments.split(","))
    except ValueError as error:
        example = f"{name}:{','.join(f'{number:g}' for number in defaults)}"
        raise MethodError(
            method,
            f"the numbers of the rule {text!r} cannot be read",
            f"separate them by commas, as in {example}" if defaults else f"{name} takes none",
        ) from error
    if len(numbers) != len(defaults):
        raise MethodError(
            method,
            f"the rule {name} takes {format_count(len(defaults), 'number')}, and {text!r} has {len(numbers)}",
        )
    if name == "alpha-beta" and abs(numbers[0] - numbers[1] - 1) > 1e-6:
        raise MethodError(method, f"α − β is {numbers[0] - numbers[1]:g} in {text!r}", "it must be 1")
    return RuleSpec(name, numbers)


def parse_layer_rules(text: str, method: str) -> dict[str, RuleSpec]:
    """Parse the rules of individual layers: ``PATH=RULE; PATH=RULE``.

    Raises
    ------
    MethodError
        An entry does not have that form.
    """
    layers = {}
    for entry in text.split(";"):
        if not entry.strip():
            continue
        path, equals, rule = entry.partition("=")
        if not equals or not path.strip():
            raise MethodError(
                method, f"{entry.strip()!r} names no layer and rule", "write PATH=RULE; PATH=RULE"
            )
        layers[path.strip()] = parse_rule(rule, method)
    return layers
