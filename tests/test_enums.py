"""Words that come from outside become members at the border, or are refused with the words there are."""

from __future__ import annotations

from dataclasses import fields, replace
from enum import StrEnum
from typing import get_type_hints

import numpy as np
import pytest

from viewer.enums import enum_member
from viewer.scans.threshold import SortedValues, Threshold, ThresholdKind
from viewer.session.view import Theme, View

ENUMERATED = [
    (entry.name, kind)
    for entry in fields(View)
    if isinstance(kind := get_type_hints(View)[entry.name], type) and issubclass(kind, StrEnum)
]


@pytest.mark.parametrize(("name", "kind"), ENUMERATED)
def test_every_word_of_a_view_becomes_its_member(name: str, kind: type[StrEnum]) -> None:
    for member in kind:
        assert getattr(replace(View(), **{name: str(member)}), name) is member
    with pytest.raises(ValueError, match=rf"^{name}: 'purple' is unknown; choose {', '.join(kind)}$"):
        replace(View(), **{name: "purple"})


def test_a_threshold_s_word_cuts_as_its_member_does() -> None:
    ranking = SortedValues(np.arange(1, 101, dtype=np.float32))
    for kind, amount, smallest in (
        ("value", 20.0, 20.0),
        ("percentile", 50.0, 50.5),
        ("top", 50.0, 71.0),  # 100 + 99 + ... + 71 = 2565 of 5050 is the first sum over a half
        ("voxels", 10.0, 91.0),
    ):
        assert Threshold(kind, amount).kind is ThresholdKind(kind)  # type: ignore[arg-type]
        assert ranking.raw_cutoff(Threshold(kind, amount)) == smallest  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="kind: 'volume' is unknown; choose value, percentile, top, voxels"):
        Threshold("volume")  # type: ignore[arg-type]


def test_what_is_no_member_is_named_by_its_enumeration() -> None:
    with pytest.raises(ValueError, match=r"^theme: None is unknown; choose dark, light$"):
        enum_member(Theme, None)  # type: ignore[arg-type]


def test_dataclasses_that_scripts_fill_in_take_words() -> None:
    from viewer.methods.morch_1995.approximation import Approximation, NegativeValues
    from viewer.methods.morch_1995.study_plan import StudyPlan
    from viewer.models.input_spec import InputSpec, IntensitySpec, Placement
    from viewer.models.input_spec import IntensityScaling as Intensities
    from viewer.models.model_card import Card
    from viewer.models.model_card import ModelKind as Output
    from viewer.models.training.morch.training_options import HiddenActivation, Paradigm, TrainingOptions
    from viewer.scans.cohort_preparation import CohortPreparation, Scaling
    from viewer.scans.simulated_lesions import Lesion, LesionShape

    cases: list[tuple[type, dict[str, object], str, object]] = [
        (StudyPlan, {}, "negative", NegativeValues.KEEP),
        (StudyPlan, {}, "paradigm", Paradigm.GRADED),
        (Card, {"name": "a", "architecture": "b"}, "kind", Output.REGRESSION),
        (InputSpec, {}, "placement", Placement.AFFINE),
        (IntensitySpec, {}, "scaling", Intensities.Z_SCORE),
        (TrainingOptions, {}, "activation", HiddenActivation.LINEAR),
        (CohortPreparation, {}, "scaling", Scaling.NONE),
        (Lesion, {"centre": (0.0, 0.0, 0.0), "radius": 1.0, "brightness": 1.5}, "form", LesionShape.SQUARE),
    ]
    for kind, others, name, member in cases:
        assert getattr(kind(**others, **{name: str(member)}), name) is member
        with pytest.raises(ValueError, match="purple"):
            kind(**others, **{name: "purple"})
    assert StudyPlan(approximations=("exact",)).approximations[0] is Approximation.EXACT  # type: ignore[arg-type]
