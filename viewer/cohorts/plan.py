"""Plan of what is computed for every scan of a cohort: networks, methods, target and preparation."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from viewer.errors import MethodError, ModelError
from viewer.files import exists
from viewer.json_text import to_json_value
from viewer.methods.base import Method
from viewer.methods.explain_checks import check_method
from viewer.methods.targets import LARGEST_OUTPUT, REGRESSION_VALUE, SMALLEST_OUTPUT
from viewer.models.model_card import ModelKind

if TYPE_CHECKING:
    from viewer.models.model import Model
    from viewer.models.model_card import Card

_WORDS = re.compile(r"[A-Za-z0-9]+")


@dataclass(frozen=True)
class ModelChoice:
    """A network as it was named: a file or a built-in name, its card, and its BIDS label."""

    source: str
    card: str | None
    label: str

    def load(self, trust: bool) -> Model:
        """Load the network. Raises ModelError."""
        from viewer.models.loading import load_model

        return load_model(self.source, card=self.card, trust=trust)


@dataclass(frozen=True)
class CohortPlan:
    """Everything that the maps of a cohort depend on, apart from the scans.

    Parameters
    ----------
    models
        The networks.
    methods
        The methods, with their parameters.
    target
        As for `viewer.explain`: one for all networks, or one for each network label.
    region, layer, seed, prepare
        As for `viewer.explain`.
    grid
        ``"template"``: maps on the network's grid (for registered scans, in template space), so that those of
        all participants coincide; ``"scan"``: maps on each scan's own grid.
    trust
        Whether networks may run their own code.
    """

    models: tuple[ModelChoice, ...]
    methods: tuple[Method, ...]
    target: str | int | Mapping[str, str | int] | None = None
    region: str | None = None
    layer: str | None = None
    seed: int = 0
    prepare: str = "none"
    grid: str = "template"
    trust: bool = False

    def descriptions(self) -> dict[str, tuple[ModelChoice, Method]]:
        """Return network and method by the BIDS description of their maps."""
        pairs = ((model, method) for model in self.models for method in self.methods)
        return {make_description(model.label, method.name): (model, method) for model, method in pairs}

    def find_target(self, model: ModelChoice) -> str | int | None:
        """Return the target of a network; None for its default."""
        return self.target.get(model.label) if isinstance(self.target, Mapping) else self.target

    def settings(self) -> dict[str, Any]:
        """Return the settings that all maps share, as plain values."""
        return {
            "target": self.target,
            "region": self.region,
            "layer": self.layer,
            "seed": self.seed,
            "prepare": self.prepare,
            "grid": self.grid,
        }


def make_description(model_label: str, method_name: str) -> str:
    """Return the BIDS description of a network's and a method's maps: ``adnetLrpEpsilon``."""
    return model_label + "".join(word.capitalize() for word in _WORDS.findall(method_name))


def model_label(source: str) -> str:
    """Return the BIDS label of a network: the letters and digits of its file's name, as ``ageBins``."""
    words: list[str] = _WORDS.findall(Path(source).name.partition(".")[0]) or ["network"]
    return words[0].lower() + "".join(word.capitalize() for word in words[1:])


def label_models(sources: Sequence[str], cards: Sequence[str | Path | None]) -> tuple[ModelChoice, ...]:
    """Return the networks with absolute paths and their labels.

    Raises
    ------
    ModelError
        Two networks have the same label.
    """
    choices = []
    for source, card in zip(sources, cards, strict=True):
        label = model_label(source)
        location = str(Path(source).expanduser().absolute()) if exists(Path(source).expanduser()) else source
        choices.append(ModelChoice(location, None if card is None else str(Path(card).absolute()), label))
        if label in (choice.label for choice in choices[:-1]):
            raise ModelError(source, f"has the label {label}, like another network", "rename its file")
    return tuple(choices)


def check_plan(plan: CohortPlan, models: Sequence[Model]) -> None:
    """Check that the methods can explain the networks, and that all maps have the same target.

    Raises
    ------
    MethodError
        A method needs what a network does not have, or the target is not one of its classes, or is missing.
    """
    names = [method.name for method in plan.methods]
    for method_name, count in Counter(names).items():
        if count > 1:
            raise MethodError(
                method_name, "is named twice", "run it with other parameters into another folder"
            )
    if isinstance(plan.target, Mapping):
        labels = [choice.label for choice in plan.models]
        for label in plan.target:
            if label not in labels:
                raise MethodError(
                    f"target of {label}", "no such network", f"the networks are {', '.join(labels)}"
                )
    for choice, model in zip(plan.models, models, strict=True):
        for method in plan.methods:
            check_method(method, model, plan.layer)
        _check_target(plan.find_target(choice), model)


def _check_target(target: str | int | None, model: Model) -> None:
    """Raise MethodError if a network has no such class, or has several and none is named."""
    classes = model.card.classes
    if target is None:
        if model.card.kind is ModelKind.CLASSIFICATION and len(classes) > 1:
            raise MethodError(
                "target",
                f"maps of different classes would be mixed; {model.card.name} has {', '.join(classes)}",
                "name the class to explain, or max for the largest output of each scan",
            )
        return
    allowed = (*classes, LARGEST_OUTPUT, SMALLEST_OUTPUT, REGRESSION_VALUE)
    if classes and isinstance(target, str) and not target.isdecimal() and target not in allowed:
        raise MethodError(
            f"target {target}", f"{model.card.name} has {', '.join(classes)}", "name one of these"
        )


def plan_entries(
    plan: CohortPlan, models: Sequence[Model], earlier_plan: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the plan as plain values, with the networks and methods of the folder's ``earlier_plan``."""
    earlier_models = earlier_plan.get("models", {})
    networks = {
        choice.label: {
            "name": model.card.name,
            "source": choice.source,
            "hash": model.hash,
            "card": _card_hash(model.card, earlier_models.get(choice.label, {}).get("card")),
        }
        for choice, model in zip(plan.models, models, strict=True)
    }
    methods = {method.name: method.parameter_values() for method in plan.methods}
    return {
        "settings": plan.settings(),
        "models": {**earlier_models, **networks},
        "methods": {**earlier_plan.get("methods", {}), **methods},
    }


def _card_hash(card: Card, earlier_hash: str | None) -> str:
    """Return the SHA-256 of a card's entries as JSON, or ``earlier_hash`` if it is the card's hash in its old
    form.

    The old form hashed the text of the fields in the order of their declaration.
    """
    entries = ", ".join(f"{field.name}={getattr(card, field.name)!r}" for field in fields(card))
    old_hash = hashlib.sha256(f"Card({entries})".encode()).hexdigest()
    if earlier_hash == old_hash:
        return old_hash
    return hashlib.sha256(json.dumps(to_json_value(card.as_json()), sort_keys=True).encode()).hexdigest()


def same_values(first: object, second: object) -> bool:
    """Return whether two values are equal when written as JSON."""
    return json.dumps(to_json_value(first), sort_keys=True) == json.dumps(
        to_json_value(second), sort_keys=True
    )
