"""How well each method finds lesions that were planted: the truth is known, for it was simulated."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from viewer.checks.localisation import localisation_scores
from viewer.commands.reproduce_figures.kept import Kept
from viewer.commands.reproduce_figures.made import Made
from viewer.errors import MethodError, ModelError
from viewer.methods.base import Family, Method, Requirement
from viewer.methods.explain import explain
from viewer.methods.registry import list_methods
from viewer.models.loading import load_model
from viewer.models.model import Model
from viewer.models.training.brain_simulator import BrainSimulator, simulate_scans, z_score
from viewer.progress import Progress
from viewer.scans.load import load_scan
from viewer.scans.simulated_lesions import Floats

MODEL = "demo"
"""The network whose maps are scored; it takes whole brains at 3 mm."""

LAYER = "relu5"
"""Of methods that explain a layer and choose none themselves: the last convolution's."""

TARGET = "lesion"
COUNT = 100
STREAM = 100
"""Of random numbers: no training draws from it."""

LEARNED_FROM, LEARNED_STREAM = 24, 101
"""Simulated brains, every other one with a lesion, that patterns are learned from; and their stream."""

FEWER = {
    "meaningful-perturbation": 20,
    "region-occlusion": 20,
    "extremal-perturbation": 2,
    "lime": 2,
    "kernel-shap": 2,
}
"""What takes half a minute a map and more is asked about the first so many lesions; the table says so."""

SHOWN = {
    "overlap": "relevance rank",
    "AUC": "AUC",
    "pointing game": "pointing game",
    "mass": "relevance mass",
}
"""What the table calls a score, and what it is called where it is computed."""

NOTES = (
    "Simulated: the MNI152 template bent, shaded and noised at random, a lesion in each; no patient's scans.",
    "Only lesions that the network finds take part: no map can show what the network does not see.",
    "Overlap is Dice's coefficient of the lesion and as many voxels with the largest values, which is the "
    "relevance rank accuracy, too. Scores are means over lesions, within the brain; of slopes and signals "
    "the size counts, of all others what is above zero.",
)


@dataclass(frozen=True, eq=False)
class Planted:
    """One brain with a lesion as the network takes it, and which of its voxels are lesion, both (X, Y, Z)."""

    scan: Floats
    truth: npt.NDArray[np.bool_]


def lesion_scores(folder: Path, seed: int, progress: Progress) -> Made:
    """Every registered method on held-out lesions: a table as JSON and as Markdown.

    The rows so far lie in the folder until the table is whole; one that was cut off is gone on with.
    """
    model = load_model(MODEL)
    known = list_methods()
    kept = Kept(folder / "lesion-scores.partial.json", {"model": model.hash, "lesions": COUNT, "seed": seed})
    planted, drawn = held_out(model, COUNT, seed, progress.subtask(0.0, 0.05))
    rows: dict[str, Any] = baselines(planted, seed)
    left = {name: method for name, method in known.items() if name not in kept.rows}
    with tempfile.TemporaryDirectory() as place:
        patterns = Path(place) / "patterns.safetensors"
        if any(Requirement.PATTERNS in method.requirements for method in left.values()):
            learn(model, patterns, seed, progress.subtask(0.05, 0.1))
        work = progress.subtask(0.1, 1.0)
        for number, (name, method) in enumerate(left.items()):
            part = work.subtask(number / len(left), (number + 1) / len(left), method.title)
            given = {"patterns": str(patterns)} if Requirement.PATTERNS in method.requirements else {}
            kept.add(name, scores_of(model, method.from_parameters(given), planted, seed, part))
    rows |= {name: kept.rows[name] for name in known}
    path = folder / "lesion-scores.md"
    path.write_text(markdown(rows))
    kept.done()
    numbers = {"model": model.card.name, "lesions": len(planted), "brains drawn": drawn, **rows}
    return Made((path,), numbers, NOTES)


def learn(model: Model, path: Path, seed: int, progress: Progress) -> None:
    """Patterns of the network, from simulated brains that are neither trained on nor scored."""
    from viewer.methods.patterns.fit import fit_patterns

    scans = simulate_scans(
        LEARNED_FROM, seed, LEARNED_STREAM, lambda number: number % 2 == 1, progress.subtask(0.0, 0.2)
    )
    fit_patterns(model, tuple(scans), path, device="cpu", progress=progress.subtask(0.2, 1.0))


def held_out(model: Model, count: int, seed: int, progress: Progress) -> tuple[list[Planted], int]:
    """Brains with a lesion each that the network finds, and how many were drawn until there were enough.

    None of them took part in the training: they come from a stream of random numbers of their own.
    """
    import torch

    template = load_scan("mni152")
    simulator = BrainSimulator(template.data, template.grid)
    draw = np.random.default_rng([seed, STREAM])
    target = model.card.classes.index(TARGET)
    found: list[Planted] = []
    drawn = 0
    while len(found) < count:
        progress.step(len(found), count, f"simulating brain {drawn + 1}")
        sick, share = simulator.add_lesions(simulator.simulate_brain(draw), draw)
        drawn += 1
        scan = z_score(sick)
        with torch.no_grad():
            answer = model.logits(torch.from_numpy(scan)[None, None])
        if int(answer.argmax()) == target:
            found.append(Planted(scan, share > 0.5 * share.max()))
    return found, drawn


def count_of(method: type[Method]) -> int:
    """About how many lesions a method is asked."""
    return FEWER.get(method.name, COUNT)


def scores_of(
    model: Model, method: Method, planted: Sequence[Planted], seed: int, progress: Progress
) -> dict[str, Any]:
    """The means of one method, or why it cannot run."""
    import torch

    chosen = planted[: count_of(type(method))]
    found = []
    seconds = 0.0
    for number, one in enumerate(chosen):
        part = progress.subtask(number / len(chosen), (number + 1) / len(chosen))
        began = time.monotonic()
        try:
            answer = explain(
                model,
                torch.from_numpy(one.scan)[None, None],
                method,
                target=TARGET,
                layer=LAYER if Requirement.LAYER in method.requirements else None,
                device="cpu",
                seed=seed,
                progress=part,
            )
        except (MethodError, ModelError) as error:
            return {"cannot": str(error)}
        values = answer.data[0, 0].astype(np.float64)
        sized = np.abs(values) if method.family in (Family.FUNCTION, Family.SIGNAL) else values
        found.append(scored(sized, one))
        seconds += time.monotonic() - began
    return summed_up(found) | {"seconds": round(seconds / len(found), 2)}


def scored(values: npt.NDArray[np.float64], one: Planted) -> dict[str, float]:
    """One map's scores, within the brain."""
    head = (one.scan != 0) | one.truth
    return localisation_scores(np.maximum(values, 0)[head], one.truth[head])


def summed_up(found: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    """Means over lesions, and how many there were."""
    means = {name: float(np.mean([entry[key] for entry in found])) for name, key in SHOWN.items()}
    return {"lesions": len(found)} | {name: round(value, 4) for name, value in means.items()}


def baselines(planted: Sequence[Planted], seed: int) -> dict[str, Any]:
    """What needs no network: random values, and how far each voxel's brightness is from the brain's mean."""
    draw = np.random.default_rng([seed, 1])
    random = [scored(draw.random(one.scan.shape), one) for one in planted]
    bright = [scored(np.abs(one.scan.astype(np.float64)), one) for one in planted]
    return {"(random values)": summed_up(random), "(brightness alone)": summed_up(bright)}


def markdown(rows: Mapping[str, Mapping[str, Any]]) -> str:
    """The table for a README, the best overlap first; below it what could not run, and why."""
    return "\n".join([*_table(rows), *_left_out(rows)]) + "\n"


def _table(rows: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    yield "| method | overlap | AUC | pointing game | relevance inside | lesions | s per map |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    ran = {name: row for name, row in rows.items() if "cannot" not in row}
    for name, row in sorted(ran.items(), key=lambda entry: -entry[1]["overlap"]):
        seconds = f"{row['seconds']:.1f}" if "seconds" in row else ""
        yield (
            f"| {name} | {row['overlap']:.2f} | {row['AUC']:.3f} | {row['pointing game']:.0%} | "
            f"{row['mass']:.0%} | {row['lesions']} | {seconds} |"
        )


def _left_out(rows: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for row in rows.values():
        if "cannot" in row:
            yield f"\n{row['cannot']}"
