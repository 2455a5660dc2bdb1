"""Preparation of a scan on a background thread: its steps, its request, and how it is run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from viewer.errors import ViewerError
from viewer.window.translation import error_sentence, translate

if TYPE_CHECKING:
    from viewer.models.model import Model
    from viewer.preparation.brain_mask import BrainMask
    from viewer.preparation.prepared import Prepared
    from viewer.preparation.registration import Registration
    from viewer.preparation.requirements import Requirements
    from viewer.progress import Progress
    from viewer.scans.provenance import Provenance
    from viewer.scans.scan import Scan


class PreparationStep(StrEnum):
    """Steps that the user can request, in order, by the names of their records."""

    BIAS_FIELD = "bias-field"
    BRAIN_MASK = "brain-mask"
    REGISTRATION = "registration"
    SKULL = "skull"


@dataclass(frozen=True, eq=False)
class PreparationRequest:
    """Requested preparation of a scan.

    Parameters
    ----------
    scan
        Scan to prepare.
    requirements
        Requirements to meet.
    mask
        Brain mask, or its file, if it is known.
    transform
        Transform to the template, or its file, if it is known.
    """

    scan: Scan
    requirements: Requirements
    mask: BrainMask | Path | None = None
    transform: Registration | Path | None = None

    @property
    def steps(self) -> tuple[PreparationStep, ...]:
        """Steps to run, in order."""
        requirements = self.requirements
        skull = requirements.skull == "removed"
        finds_brain = skull or self.mask is not None or (requirements.registers and self.transform is None)
        needed = {
            PreparationStep.BIAS_FIELD: requirements.bias_corrected,
            PreparationStep.BRAIN_MASK: finds_brain,
            PreparationStep.REGISTRATION: requirements.registers,
            PreparationStep.SKULL: skull,
        }
        return tuple(step for step, is_needed in needed.items() if is_needed)


def run_preparation(request: PreparationRequest, progress: Progress) -> Prepared | ViewerError:
    """Prepare a scan; return a `ViewerError` instead of raising it, to show it next to its step."""
    from viewer.preparation.pipeline import prepare

    try:
        return prepare(
            request.scan,
            request.requirements,
            mask=request.mask,
            transform=request.transform,
            progress=progress,
        )
    except ViewerError as error:
        return error


def has_same_preparation(provenance: Provenance, prepared: Prepared | None) -> bool:
    """Return whether a map was computed with this preparation; True for a map from another program."""
    entries: Mapping[str, Any] = provenance.preparation
    if not provenance.method:
        return True
    if prepared is None or not entries:
        return prepared is None and not entries
    preparation = prepared.as_json()
    return (
        [step["name"] for step in entries.get("steps", ())] == [step["name"] for step in preparation["steps"]]
        and entries.get("mask", {}).get("hash") == preparation.get("mask", {}).get("hash")
        and entries.get("affine") == preparation.get("affine")
    )


def find_card_requirements(model: Model | None) -> tuple[Requirements, str]:
    """Return the requirements of a network's card, and a sentence on missing entries or an error.

    Without a network, an affine registration to the template is required.
    """
    from viewer.preparation.requirements import Requirements, TargetSpace

    if model is None:
        return Requirements(TargetSpace.AFFINE), ""
    from viewer.models.card_requirements import card_requirements, missing_entries

    try:
        requirements = card_requirements(model.card)
    except ViewerError as error:
        return Requirements(), error_sentence(error)
    labels = {
        "space": translate("PreparationDock", "the space"),
        "skull": translate("PreparationDock", "the skull"),
        "bias_corrected": translate("PreparationDock", "the bias field"),
    }
    missing = translate("PreparationDock", " and ").join(labels[name] for name in missing_entries(model.card))
    note = translate("PreparationDock", "The card does not specify {}.")
    return requirements, note.format(missing) if missing else ""


def remove_step(request: PreparationRequest, step: PreparationStep) -> PreparationRequest:
    """Return the request without a step and those that depend on it; the others keep their results."""
    from viewer.preparation.requirements import Skull, TargetSpace

    requirements = request.requirements
    if step is PreparationStep.BIAS_FIELD:
        return replace(request, requirements=replace(requirements, bias_corrected=False))
    if step is PreparationStep.REGISTRATION:
        return replace(request, requirements=replace(requirements, space=TargetSpace.NATIVE), transform=None)
    skull = replace(
        requirements, skull=Skull.EITHER if requirements.skull is Skull.REMOVED else requirements.skull
    )
    mask = None if step is PreparationStep.BRAIN_MASK else request.mask
    return replace(request, requirements=skull, mask=mask)
