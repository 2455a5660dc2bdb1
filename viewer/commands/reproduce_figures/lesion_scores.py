"""Localization scores of all methods on simulated lesions with known ground truth."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from viewer.checks.localisation import localisation_scores
from viewer.commands.reproduce_figures.figure_output import FigureResult
from viewer.errors import MethodError, ModelError, ScanError
from viewer.methods.base import Family, Method, Requirement
from viewer.methods.explain import explain
from viewer.methods.registry import list_methods
from viewer.models.loading import load_model
from viewer.models.model import Model
from viewer.models.training.brain_simulator import BrainSimulator, simulate_scans, z_score
from viewer.progress import Progress
from viewer.scans.atomic_write import atomic_write
from viewer.scans.file_types import read_json_object
from viewer.scans.load import load_scan
from viewer.scans.simulated_lesions import Floats

MODEL = "demo"
"""Network whose maps are scored; its inputs are whole brains at 3 mm."""

LAYER = "relu5"
"""Layer for methods that need one and have no default: the last convolution, after its rectifier."""

TARGET = "lesion"
COUNT = 100
STREAM = 100
"""Random stream, which no training uses."""

LEARNED_FROM, LEARNED_STREAM = 24, 101
"""Number of simulated brains that patterns are fitted to, every other one with a lesion; and their stream."""

SCORE_NAMES = {
    "overlap": "relevance rank",
    "AUC": "AUC",
    "pointing game": "pointing game",
    "mass": "relevance mass",
}
"""Name of each score in the table, and in `localisation_scores`."""

SECONDS = "seconds"
"""Key of the time per map."""

NOTES = (
    "Simulated: the MNI152 template bent, shaded and noised at random, a lesion in each; no patient's scans.",
    "Only lesions that the network finds take part: no map can show what the network does not see.",
    "Overlap is Dice's coefficient of the lesion and as many voxels with the largest values, which is the "
    "relevance rank accuracy, too. Scores are means over lesions, within the brain; of slopes and signals "
    "the size counts, of all others what is above zero.",
)


@dataclass(frozen=True, eq=False)
class LesionSample:
    """A brain with a lesion as input of the network, and the mask of the lesion, both (X, Y, Z)."""

    image: Floats
    lesion_mask: npt.NDArray[np.bool_]


def lesion_scores(folder: Path, seed: int, progress: Progress) -> FigureResult:
    """Score every registered method on held-out lesions and write the table as JSON and Markdown.

    The scores of every map are stored in the folder, so that an interrupted run can be continued.
    """
    model = load_model(MODEL)
    # The network is convolutional.
    methods = {
        name: method
        for name, method in list_methods().items()
        if Requirement.ATTENTION not in method.requirements
    }
    table = ResumableTable(
        folder / "lesion-scores.partial.json", {"model": model.hash, "lesions": COUNT, "seed": seed}
    )
    samples, drawn_count = simulate_test_set(model, COUNT, seed, progress.subtask(0.0, 0.05))
    rows: dict[str, Any] = score_baselines(samples, seed)
    remaining = {name: method for name, method in methods.items() if name not in table.rows}
    with tempfile.TemporaryDirectory() as temporary:
        patterns = Path(temporary) / "patterns.safetensors"
        if any(Requirement.PATTERNS in method.requirements for method in remaining.values()):
            fit_patterns_file(model, patterns, seed, progress.subtask(0.05, 0.1))
        subtask = progress.subtask(0.1, 1.0)
        for index, (name, method) in enumerate(remaining.items()):
            method_progress = subtask.subtask(
                index / len(remaining), (index + 1) / len(remaining), method.title
            )
            parameters = {"patterns": str(patterns)} if Requirement.PATTERNS in method.requirements else {}
            table.add(
                name,
                score_method(
                    model, method.from_parameters(parameters), samples, seed, method_progress, table
                ),
            )
    rows |= {name: table.rows[name] for name in methods}
    path = folder / "lesion-scores.md"
    path.write_text(to_markdown(rows))
    table.remove_file()
    numbers = {"model": model.card.name, "lesions": len(samples), "brains drawn": drawn_count, **rows}
    return FigureResult((path,), numbers, NOTES)


def fit_patterns_file(model: Model, path: Path, seed: int, progress: Progress) -> None:
    """Fit the network's patterns to simulated scans used neither for training nor for scoring."""
    from viewer.methods.patterns.fit import fit_patterns

    scans = simulate_scans(
        LEARNED_FROM, seed, LEARNED_STREAM, lambda index: index % 2 == 1, progress.subtask(0.0, 0.2)
    )
    fit_patterns(model, tuple(scans), path, device="cpu", progress=progress.subtask(0.2, 1.0))


def simulate_test_set(
    model: Model, count: int, seed: int, progress: Progress
) -> tuple[list[LesionSample], int]:
    """Return scans, each with a lesion that the network detects, and how many were drawn to find them.

    None of them was used for training: they come from a separate random stream.
    """
    import torch

    template = load_scan("mni152")
    simulator = BrainSimulator(template.data, template.grid)
    rng = np.random.default_rng([seed, STREAM])
    target = model.card.classes.index(TARGET)
    samples: list[LesionSample] = []
    drawn_count = 0
    while len(samples) < count:
        progress.step(len(samples), count, f"simulating brain {drawn_count + 1}")
        lesioned, share = simulator.add_lesions(simulator.simulate_brain(rng), rng)
        drawn_count += 1
        scan = z_score(lesioned)
        with torch.no_grad():
            logits = model.logits(torch.from_numpy(scan)[None, None])
        if int(logits.argmax()) == target:
            samples.append(LesionSample(scan, share > 0.5 * share.max()))
    return samples, drawn_count


def score_method(
    model: Model,
    method: Method,
    samples: Sequence[LesionSample],
    seed: int,
    progress: Progress,
    resumable_table: ResumableTable | None = None,
) -> dict[str, Any]:
    """Return a method's mean scores, or why it cannot run; maps in ``resumable_table`` are not recomputed."""
    import torch

    all_scores = (
        [] if resumable_table is None else resumable_table.map_scores.get(method.name, [])[: len(samples)]
    )
    for index, sample in list(enumerate(samples))[len(all_scores) :]:
        subtask = progress.subtask(index / len(samples), (index + 1) / len(samples))
        start = time.monotonic()
        try:
            result = explain(
                model,
                torch.from_numpy(sample.image)[None, None],
                method,
                target=TARGET,
                layer=LAYER if Requirement.LAYER in method.requirements else None,
                device="cpu",
                seed=seed,
                progress=subtask,
            )
        except (MethodError, ModelError) as error:
            return {"cannot": str(error)}
        values = result.data[0, 0].astype(np.float64)
        importance = np.abs(values) if method.family in (Family.FUNCTION, Family.SIGNAL) else values
        sample_scores = score_map(importance, sample)
        scores = {name: sample_scores[name] for name in SCORE_NAMES.values()} | {
            SECONDS: time.monotonic() - start
        }
        all_scores = [*all_scores, scores]
        if resumable_table is not None:
            resumable_table.add_map(method.name, scores)
    return mean_scores(all_scores) | {
        SECONDS: round(float(np.mean([scores[SECONDS] for scores in all_scores])), 2)
    }


def score_map(values: npt.NDArray[np.float64], sample: LesionSample) -> dict[str, float]:
    """Return the scores of one map within the brain."""
    head = (sample.image != 0) | sample.lesion_mask
    return localisation_scores(np.maximum(values, 0)[head], sample.lesion_mask[head])


def mean_scores(map_scores: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    """Return means over lesions, and the number of lesions."""
    means = {name: float(np.mean([entry[key] for entry in map_scores])) for name, key in SCORE_NAMES.items()}
    return {"lesions": len(map_scores)} | {name: round(value, 4) for name, value in means.items()}


def score_baselines(samples: Sequence[LesionSample], seed: int) -> dict[str, Any]:
    """Score baselines without a network: random values, and |intensity − mean of the brain|."""
    rng = np.random.default_rng([seed, 1])
    random_scores = [score_map(rng.random(sample.image.shape), sample) for sample in samples]
    brightness_scores = [score_map(np.abs(sample.image.astype(np.float64)), sample) for sample in samples]
    return {
        "(random values)": mean_scores(random_scores),
        "(brightness alone)": mean_scores(brightness_scores),
    }


def to_markdown(rows: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the table in Markdown, sorted by overlap, followed by the reasons why methods could not run."""
    return "\n".join([*_table_lines(rows), *_failure_lines(rows)]) + "\n"


def _table_lines(rows: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    yield "| method | overlap | AUC | pointing game | relevance inside | lesions | s per map |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    scored = {name: row for name, row in rows.items() if "cannot" not in row}
    for name, row in sorted(scored.items(), key=lambda entry: -entry[1]["overlap"]):
        seconds = f"{row['seconds']:.1f}" if "seconds" in row else ""
        yield (
            f"| {name} | {row['overlap']:.2f} | {row['AUC']:.3f} | {row['pointing game']:.0%} | "
            f"{row['mass']:.0%} | {row['lesions']} | {seconds} |"
        )


def _failure_lines(rows: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for row in rows.values():
        if "cannot" in row:
            yield f"\n{row['cannot']}"


@dataclass(eq=False)
class ResumableTable:
    """Finished rows of a table, and map scores of unfinished rows, stored in a file until it is complete.

    Parameters
    ----------
    path
        File of the rows.
    settings
        Settings that all rows depend on, as plain JSON; a file with other settings is ignored.
    """

    path: Path
    settings: Mapping[str, Any]
    rows: dict[str, Any] = field(default_factory=dict)
    map_scores: dict[str, list[dict[str, float]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        try:
            stored = read_json_object(self.path)
        except ScanError:  # missing or damaged: the rows are computed again
            return
        rows, maps = stored.get("rows"), stored.get("maps", {})
        if stored.get("about") == dict(self.settings) and isinstance(rows, dict) and isinstance(maps, dict):
            self.rows.update(rows)
            self.map_scores.update({name: entries for name, entries in maps.items() if _are_scores(entries)})

    def add(self, name: str, row: Mapping[str, Any]) -> None:
        """Store a finished row, also on disk. Raises OSError if the folder cannot be written to."""
        self.rows[name] = dict(row)
        self.map_scores.pop(name, None)
        self._write()

    def add_map(self, name: str, scores: Mapping[str, float]) -> None:
        """Store the scores of a further map of a row, also on disk. Raises OSError as ``add`` does."""
        self.map_scores.setdefault(name, []).append(dict(scores))
        self._write()

    def _write(self) -> None:
        content = {"about": dict(self.settings), "rows": self.rows, "maps": self.map_scores}
        text = json.dumps(content, ensure_ascii=False)
        with atomic_write(self.path) as file:
            file.write(text.encode())

    def remove_file(self) -> None:
        """Remove the file once the table is complete."""
        self.path.unlink(missing_ok=True)


def _are_scores(entries: object) -> bool:
    """Return whether the entries of a file are map scores as stored by ``score_method``."""
    names = (*SCORE_NAMES.values(), SECONDS)
    return isinstance(entries, list) and all(
        isinstance(entry, dict) and all(_is_number(entry.get(name)) for name in names) for entry in entries
    )


def _is_number(value: object) -> bool:
    return isinstance(value, float) and isfinite(value)
