"""Plan of an analysis after Mørch et al. 1995, with every setting declared once.

The options of ``train morch``, the keywords of `train_morch` and the window's form are generated from this
declaration and from those of the two dataclasses in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from viewer.enums import coerce_fields, enum_member
from viewer.errors import ScanError
from viewer.methods.morch_1995.approximation import Approximation, NegativeValues
from viewer.models.training.morch.training_options import Paradigm, TrainingOptions
from viewer.scans.cohort_preparation import CohortPreparation
from viewer.settings import FormRow, section, setting

ALL_APPROXIMATIONS = (
    Approximation.FIRST,
    Approximation.SECOND,
    Approximation.SECOND_CROSS,
    Approximation.EXACT,
    Approximation.RETRAINED,
)
SCANS, NETWORK, MAP = "the scans", "the network", "the map"


def _read_region_names(path: str | Path | None) -> tuple[str, ...]:
    """Read the names of an atlas's regions; the name of region n has index n.

    Raises
    ------
    ScanError
        The file is not a JSON file with a list of names.
    """
    from viewer.scans.file_types import read_json_object

    if path is None:
        return ()
    names = read_json_object(Path(path)).get("labels")
    if not isinstance(names, list):
        raise ScanError(path, "has no list 'labels'", "the name of region n must have index n, from 0")
    return tuple(map(str, names))


@dataclass(frozen=True)
class StudyPlan:
    """Options of an analysis.

    ``device`` and ``about`` are as for `compute_saliency_maps`; the other fields are settings.
    """

    preparation: CohortPreparation = section(CohortPreparation, SCANS)
    paradigm: Paradigm | None = setting(
        None,
        "type of y",
        keyword="y",
        kind=Paradigm,
        group=NETWORK,
        choices=tuple(Paradigm),
        unset="classes for words or two distinct numbers",
        row=FormRow(
            "y is",
            "Text, or just two numbers, are treated as classes.",
            choices={
                "": "Detect from the data",
                Paradigm.GRADED: "Graded",
                Paradigm.CLASSES: "Classes",
            },
            sort_key=-2,
        ),
    )
    recipe: TrainingOptions = section(TrainingOptions, NETWORK)
    pruned: float = setting(
        0.0,
        "fraction of weights to prune by optimal brain damage before the map",
        keyword="prune",
        group=NETWORK,
        metavar="SHARE",
        limits=(0, 0.99),
        row=FormRow("Prune", "The share of the weights that optimal brain damage removes.", percent=True),
    )
    approximations: tuple[Approximation, ...] = setting(
        ALL_APPROXIMATIONS,
        "a map to compute; may be repeated",
        keyword="accuracy",
        kind=Approximation,
        group=MAP,
        choices=tuple(Approximation),
        unset="all",
        doc="The maps to compute.",
        row=None,
    )
    negative: NegativeValues = setting(
        NegativeValues.ZERO,
        "voxels without which the cost is smaller",
        group=MAP,
        choices=tuple(NegativeValues),
        doc="Treatment of voxels without which the cost is smaller.",
        row=FormRow(
            "Keep values below zero",
            "Voxels without which the network fits better; the paper sets them to zero.",
            checked_value=NegativeValues.KEEP,
            sort_key=1,
        ),
    )
    cube: float | None = setting(
        None,
        "remove cubes of this edge length instead of voxels",
        keyword="cubes",
        kind=float,
        group=MAP,
        metavar="MM",
        unit="mm",
        limits=(0, None),
        exclusive="removed",
        doc="Edge length in mm of cubes that are removed instead of voxels.",
        row=FormRow("Edge", exclusive_label="Cubes", limits=(0.1, 200.0), initial_value=16.0),
    )
    atlas: Path | None = setting(
        None,
        "remove the regions of an atlas instead of voxels",
        kind=Path,
        group=MAP,
        metavar="FILE",
        exclusive="removed",
        row=FormRow("Atlas", exclusive_label="Regions of an atlas", none_text="None yet"),
    )
    atlas_names: tuple[str, ...] = setting(
        (),
        "the atlas' names: a JSON file with a list 'labels'",
        keyword="labels",
        kind=Path,
        convert=_read_region_names,
        group=MAP,
        metavar="FILE",
        doc="The atlas's names: a JSON file with a list 'labels'; the name of region n has index n, from 0.",
        row=None,
    )
    refits: int = setting(
        32,
        "voxels on which the retrained map is checked by full re-fits, half of them its largest",
        group=MAP,
        metavar="N",
        limits=(0, 100_000),
        row=None,
    )
    double: bool = setting(False, "compute the map in float64", group=MAP, row=None)
    device: str = "cpu"
    about: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        coerce_fields(self, negative=NegativeValues)
        if self.paradigm is not None:
            coerce_fields(self, paradigm=Paradigm)
        approximations = tuple(
            enum_member(Approximation, entry, "accuracies") for entry in self.approximations
        )
        object.__setattr__(self, "approximations", approximations)
