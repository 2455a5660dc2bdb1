"""Export a prediction or a map as the command line that recomputes it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from viewer.errors import ViewerError
from viewer.models.card_requirements import card_requirements
from viewer.models.loading import builtin_model_name
from viewer.models.unsaved_card import unsaved_card
from viewer.preparation.brain_mask import DEEPBET, STRIPPED
from viewer.preparation.requirements import Skull
from viewer.session.cli_export import join_command, path_argument, scan_arguments

if TYPE_CHECKING:
    from viewer.models.model import Model
    from viewer.scans.map import Map
    from viewer.session.session import Session

FOUND_BY = {"brain-mask": (DEEPBET, STRIPPED), "registration": ("SimpleITK",)}
"""Methods of a step with which ``--prepare card`` computes the result, instead of taking a given one."""


def predict_command(session: Session) -> str:
    """Return the command that prints the prediction for the scan as it is prepared.

    Raises
    ------
    ViewerError
        There is no scan or network, or it is in no file that a command could refer to; or the scan was not
        prepared as by ``--prepare card``.
    """
    preparation, prediction = session.preparation, session.prediction
    args = ["predict", *_network_arguments(session, {} if preparation is None else preparation.as_json())]
    spread = None if prediction is None else prediction.uncertainty
    if spread is not None and spread.seed is not None:
        args += ["--uncertainty", str(spread.kind), "--samples", str(len(spread.values))]
        args += ["--seed", str(spread.seed)] if spread.seed else []
    return join_command(args)


def explain_command(session: Session, saliency_map: Map, output: str, card_file: str = "") -> str:
    """Return the command that recomputes a map of the scan and the network and writes it to a file.

    ``card_file`` will contain the network's card if it is in no file yet.

    Raises
    ------
    ViewerError
        As `predict_command`; or the map's provenance lacks its method, or is of another scan or network.
    """
    provenance = saliency_map.provenance
    origin = session.origin(saliency_map)
    if not provenance.method or origin.is_from_other_scan or origin.other_model_text:
        raise ViewerError(saliency_map.name, "was not computed by this network for this scan")
    args = [
        "explain",
        *_network_arguments(session, provenance.preparation, card_file),
        "--method",
        provenance.method,
    ]
    for name, value in provenance.parameters.items():
        args += ["--set", f"{name}={value}"]
    for option, text in (
        ("--target", provenance.target),
        ("--region", provenance.region),
        ("--layer", provenance.layer),
    ):
        args += [option, text] if text else []
    args += ["--seed", str(provenance.seed)] if provenance.seed else []
    args += _uncertainty_options(saliency_map, session.model)
    return join_command([*args, "-o", output])


def _uncertainty_options(saliency_map: Map, model: Model | None) -> list[str]:
    """Return the options for the members of a mean; none for the map of one network and one input.

    Raises
    ------
    ViewerError
        A network of the ensemble is in no file, or the members have another seed than the method.
    """
    uncertainty = saliency_map.provenance.uncertainty
    if not uncertainty:
        return []
    args = ["--uncertainty", str(uncertainty["kind"])]
    if uncertainty["kind"] != "ensemble":
        if uncertainty.get("seed", 0) != (saliency_map.provenance.seed or 0):
            raise ViewerError(
                saliency_map.name, "has different seeds for members and method, which no command can set"
            )
        return [*args, "--samples", str(len(uncertainty["members"]))]
    model_path = None if model is None or model.path is None else model.path
    for member in uncertainty["members"]:
        path = member.get("path")
        if path is None:
            raise ViewerError(str(member.get("name")), "has no file that a command could refer to")
        if model_path is None or (Path(path) != model_path and model_path not in Path(path).parents):
            args += ["--model", path_argument(Path(path))]
    return args


def _network_arguments(session: Session, preparation: Mapping[str, Any], card_file: str = "") -> list[str]:
    scan, model = session.scan, session.model
    if scan is None:
        raise ViewerError("command", "no scan is open", "open a scan first")
    if model is None:
        raise ViewerError("command", "no model is open", "open a model first")
    if model.path is None:
        raise ViewerError(model.card.name, "has no file that a command could refer to")
    model_argument = builtin_model_name(model.path) or path_argument(model.path)
    card = ["--card", card_file] if unsaved_card(model) is not None else []
    if card and not card_file:
        remedy = "open it again, and let its card be saved next to it"
        raise ViewerError(model.card.name, "its card is in no file that a command could refer to", remedy)
    output_option = ["--answer", model.answer] if len(model.output_candidates) > 1 else []
    return [
        *scan_arguments(scan),
        "--model",
        model_argument,
        *card,
        *output_option,
        *_prepare_option(scan.name, preparation, model),
    ]


def _prepare_option(name: str, preparation: Mapping[str, Any], model: Model) -> list[str]:
    """Return ``--prepare card`` if the scan was prepared as the card requires, from the scan only."""
    steps = {step["name"]: step["parameters"] for step in preparation.get("steps", ())}
    if not steps:
        return []
    requirements = card_requirements(model.card)
    as_required = (
        str(steps.get("registration", {}).get("kind", "native")) == requirements.space
        and ("skull" in steps) == (requirements.skull is Skull.REMOVED)
        and ("bias-field" in steps) == requirements.bias_corrected
    )
    supplied = [
        step for step, methods in FOUND_BY.items() if step in steps and steps[step]["method"] not in methods
    ]
    if supplied or not as_required:
        supplied_text = " and a ".join(supplied)
        difference = (
            f"with a {supplied_text} that was given"
            if supplied
            else "differently from what the card requires"
        )
        raise ViewerError(
            name,
            f"was prepared {difference}, which no command can repeat",
            "save the prepared scan, and open that",
        )
    return ["--prepare", "card"]
