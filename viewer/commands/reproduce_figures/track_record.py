"""Track record of all methods on sources that are known without changing the image."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from viewer.checks.track_record.make_record import make_track_record, recorded_methods
from viewer.checks.track_record.markdown_table import to_markdown
from viewer.checks.track_record.plan import TrackRecordPlan
from viewer.checks.track_record.record_form import is_valid_record
from viewer.checks.track_record.records_file import RecordsFile
from viewer.checks.track_record.train_networks import NetworkTrainer
from viewer.commands.reproduce_figures.figure_output import FigureResult
from viewer.progress import Progress
from viewer.scans.atomic_write import atomic_write

PLAN = TrackRecordPlan()

NOTES = (
    "Simulated: the MNI152 template bent, shaded and noised at random; no patient's scans. All tasks about a "
    "ball share the same brains; the lesion is planted.",
    "Mass in source is the share of the map, within the brain, that lies in the voxels that the answer was "
    "computed from. Of slopes and signals the size counts, of all others what is above zero.",
    "Intervals: bootstrap over networks, and over the brains of each, 2.5th to 97.5th percentile.",
)


def track_record(folder: Path, seed: int, progress: Progress) -> FigureResult:
    """Train the networks, score every method, and write the table as JSON and Markdown.

    Records and weights are stored in the folder, and an interrupted run is continued from them.
    """
    plan = replace(PLAN, seed=seed)
    records = RecordsFile(folder / "track-record.records.jsonl", plan.settings(), is_valid_record)
    trainer = NetworkTrainer(plan, folder / "track-record.networks")
    table = make_track_record(plan, records, trainer, list(recorded_methods()), progress)
    path = folder / "track-record.md"
    with atomic_write(path) as file:
        file.write(to_markdown(table).encode())
    return FigureResult((path,), table, NOTES)
