"""Request for a group analysis, computed by the same functions as its command."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from viewer.progress import Progress
from viewer.scans.threshold import Threshold, ThresholdKind
from viewer.session.cli_export import join_command

if TYPE_CHECKING:
    from viewer.cohorts.group_result import GroupResult

DEFAULT_PERMUTATIONS = 1000
SIGNIFICANT_LOG_P = 1.30103
"""−log10 of p = 0.05."""

_FILE_NAME = re.compile(r"[^A-Za-z0-9]+")


class GroupQuestion(StrEnum):
    """Question of a group analysis."""

    MEAN = "mean"
    CONTRAST = "contrast"
    SLOPE = "slope"
    PERSON = "person"


class ErrorControl(StrEnum):
    """Correction for multiple comparisons."""

    FDR = "FDR"
    MAX_T = "max-T"
    TFCE = "TFCE"


@dataclass(frozen=True)
class GroupRequest:
    """Group analysis of the maps of a cohort by one network and method.

    Parameters
    ----------
    folder, model, method
        The cohort's folder, and labels of network and method.
    question
        Question of the analysis.
    column
        Column with the two groups, or with the covariate.
    first_group, second_group
        The groups: the effect is the mean of ``first_group`` minus that of ``second_group``.
    person
        Label of a participant, or path of a saved map, that is compared with the others.
    among
        Filter of the participants; for a person, of the others. Empty for all.
    confounds
        Columns that are regressed out.
    error_control, permutations
        Correction for multiple comparisons, and number of permutations, which FDR does not use.
    atlas, labels
        Paths of an atlas for a table of regions and of its names; empty for none.
    same_space
        Whether to assume that the maps are registered to each other, although their headers do not say so.
    """

    folder: Path
    model: str
    method: str
    question: GroupQuestion = GroupQuestion.MEAN
    column: str = ""
    first_group: str = ""
    second_group: str = ""
    person: str = ""
    among: str = ""
    confounds: tuple[str, ...] = ()
    error_control: ErrorControl = ErrorControl.MAX_T
    permutations: int = DEFAULT_PERMUTATIONS
    atlas: str = ""
    labels: str = ""
    same_space: bool = False

    @property
    def contrast(self) -> str:
        """The contrast in the syntax of the command: ``COLUMN:B-A``."""
        return f"{self.column}:{self.first_group}-{self.second_group}"

    @property
    def permutations_needed(self) -> int:
        """Number of permutations: 0 if none are needed."""
        return 0 if self.error_control is ErrorControl.FDR else self.permutations

    def run(self, progress: Progress | None = None) -> GroupResult:
        """Compute the analysis. Raises as `viewer.group` and `viewer.compare_with_group` do."""
        from viewer.cohorts.group import group
        from viewer.cohorts.person_in_group import compare_with_group

        among = self.among or None
        if self.question is GroupQuestion.PERSON:
            return compare_with_group(
                self.folder,
                self.person,
                among=among,
                model=self.model,
                method=self.method,
                same_space=self.same_space,
                progress=progress,
            )
        return group(
            self.folder,
            contrast=self.contrast if self.question is GroupQuestion.CONTRAST else None,
            covariate=self.column if self.question is GroupQuestion.SLOPE else None,
            confounds=self.confounds,
            among=among,
            model=self.model,
            method=self.method,
            permutations=self.permutations_needed,
            tfce=self.error_control is ErrorControl.TFCE,
            atlas=self.atlas or None,
            labels=self.labels or None,
            same_space=self.same_space,
            progress=progress,
        )

    def command(self) -> str:
        """Return the command that writes the same maps and table."""
        args = ["group", str(self.folder), "--model", self.model, "--method", self.method]
        if self.question is GroupQuestion.CONTRAST:
            args += ["--contrast", self.contrast]
        elif self.question is GroupQuestion.SLOPE:
            args += ["--covariate", self.column]
        elif self.question is GroupQuestion.PERSON:
            args += ["--person", self.person]
        if self.among:
            args += ["--among", self.among]
        if self.question is not GroupQuestion.PERSON:
            args += [argument for column in self.confounds for argument in ("--confound", column)]
            if self.permutations_needed != DEFAULT_PERMUTATIONS:
                args += ["--permutations", str(self.permutations_needed)]
            args += ["--tfce"] if self.error_control is ErrorControl.TFCE else []
            args += ["--atlas", self.atlas] if self.atlas else []
            args += ["--labels", self.labels] if self.atlas and self.labels else []
        args += ["--same-space"] if self.same_space else []
        return join_command([*args, "-o", self.output])

    @property
    def output(self) -> str:
        """Prefix of the output files, such as ``group-AD-CN``."""
        names = {
            GroupQuestion.MEAN: ("mean",),
            GroupQuestion.CONTRAST: (self.column, self.first_group, self.second_group),
            GroupQuestion.SLOPE: ("slope", self.column),
            GroupQuestion.PERSON: (Path(self.person).name.partition(".")[0],),
        }[self.question]
        parts = (*names, self.among) if self.question is not GroupQuestion.PERSON else names
        return "-".join(
            cleaned for cleaned in (_FILE_NAME.sub("-", name).strip("-") for name in parts) if cleaned
        )

    @property
    def first_map(self) -> str:
        """Name of the map of a result that answers the question."""
        if self.question is GroupQuestion.MEAN:
            return "mean"
        if self.question is GroupQuestion.PERSON:
            return "z"
        return "tfce" if self.error_control is ErrorControl.TFCE else "t"

    def threshold(self, result: GroupResult, name: str) -> Threshold | None:
        """Return the threshold at which a map shows significant values or those beyond 95 %, or None."""
        from viewer.cohorts.group_result import Z_95

        if name == "z":
            return Threshold(ThresholdKind.VALUE, Z_95)
        if name.startswith("p-"):
            has_significant = float(result.maps[name].data.max()) >= SIGNIFICANT_LOG_P
            return Threshold(ThresholdKind.VALUE, SIGNIFICANT_LOG_P) if has_significant else None
        for significance in result.significance():
            if (
                significance.statistic == name
                and significance.correction == self.error_control
                and significance.threshold is not None
            ):
                return Threshold(ThresholdKind.VALUE, significance.threshold)
        return None
