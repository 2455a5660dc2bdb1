"""Figures 7 to 11 of Taylor 2019: heatmaps of the age network for an elderly and a young person and all bins.

All people are simulated maps of grey matter, like those that the network was trained on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from viewer.commands.reproduce_figures.figure_output import (
    FigureResult,
    label_sides,
    load_pyplot,
    save_figure,
)
from viewer.errors import ViewerError
from viewer.methods.explain import explain
from viewer.models.loading import load_model
from viewer.models.training.simulated_ageing import (
    AGE_BINS,
    AGE_GRID,
    AgeingOptions,
    GreyMatterSimulator,
    draw_age,
    find_ventricles,
)
from viewer.progress import Progress
from viewer.scans.metrics import pearson_correlation
from viewer.scans.scan import Scan

if TYPE_CHECKING:
    from viewer.models.model import Model

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

NETWORK = "age-bins"
GRID = AGE_GRID
YOUNG, ELDERLY = 0, 2
"""Indices of the first and the last age bin."""

HEIGHTS = (-30.0, 0.0, 22.0, 50.0)
"""Heights of figures 8 to 11 in mm (MNI): through the cerebellum, the ventricles (twice), and above them."""

RULES: Mapping[str, object] = {
    "input": "z-box",
    "bounds": "given",
    "low": 0.0,
    "high": 1.0,
    "batch_norm": "pass",
}
"""Rules: z⁺, and z^B at the voxels for shares of 0 to 1; batch norms pass relevance on as in equation 3.1."""

PEOPLE = 10
"""Number of simulated people per bin in the averages."""

TRIES = 30
"""Number of people of a bin tried to find one whom the network assigns to it."""

CORTEX, BENDING = 8.0, 6.0
"""Outer cortex: depth below the template's surface and, as brains are warped, height above it, in mm."""

AGED = (25.0, 80.0)
"""Ages in years between which the simulated change of grey matter is measured within the same people."""

SIMULATED = (
    "Simulated: grey matter of the MNI152 template, randomly warped, with a cortex that becomes thinner and "
    "ventricles that become larger with age; not a real person, and no model of real ageing."
)
NORMALISED = (
    "Deep Taylor decomposition of the predicted bin's output: z⁺, at the voxels z^B for 0 to 1, through "
    "batch norms unchanged as in the paper. Heatmaps are on 0 to 1"
)


@dataclass(frozen=True, eq=False)
class Person:
    """A simulated person: age in years, grey matter, and outputs of the network."""

    age: float
    grey_matter: Scan
    outputs: Array

    @property
    def predicted_bin(self) -> int:
        """Index of the predicted bin."""
        return int(self.outputs.argmax())


@dataclass(frozen=True, eq=False)
class BinAverage:
    """Mean grey matter of the people of a bin, and the mean of their heatmaps, each divided by its sum."""

    grey_matter: Array
    heatmap: Array
    correct_count: int


def sections(folder: Path, seed: int, progress: Progress) -> FigureResult:
    """Draw figure 7: the grey matter of a randomly drawn person, in three sections."""
    rng = np.random.default_rng([seed, 7])
    age = draw_age(int(rng.integers(len(AGE_BINS))), rng)
    data = GreyMatterSimulator(GRID).simulate_map(age, rng)
    pyplot = load_pyplot()
    fig, axes = pyplot.subplots(1, 3, figsize=(8.4, 3.4), facecolor="white", layout="compressed")
    indices = [int(np.argmax(data.sum(axis=tuple(set(range(3)) - {axis})))) for axis in range(3)]
    indices[0] = data.shape[0] // 2
    names = ("sagittal", "frontal", "transverse")
    letters = (("P", "A"), ("L", "R"), ("L", "R"))
    for axis, (name, sides, ax) in enumerate(zip(names, letters, axes, strict=True)):
        _draw_slice(ax, np.take(data, indices[axis], axis), "gray", 1.0)
        voxel = [0.0, 0.0, 0.0]
        voxel[axis] = indices[axis]
        ax.set_title(f"{name}, {_format_height(float(GRID.to_world(voxel)[axis]))}", fontsize=9)
        label_sides(ax, sides)
    fig.suptitle(f"Simulated grey matter of a person aged {age:.0f} years", fontsize=11)
    path = folder / "taylor-7.png"
    save_figure(fig, path)
    progress.step(1, 1)
    volume = float(data.sum()) * GRID.voxel_volume / 1000
    numbers = {"age": age, "voxels": list(data.shape), "grey matter in ml": volume}
    return FigureResult((path,), numbers, (SIMULATED, "The paper's maps have 100 × 124 × 104 voxels."))


def elderly_and_young(folder: Path, seed: int, progress: Progress) -> FigureResult:
    """Draw figures 8 to 11: four transverse sections of an elderly and a young person, with heatmaps."""
    model = load_model(NETWORK)
    numbers: dict[str, Any] = {}
    columns: list[tuple[str, npt.NDArray[Any], bool]] = []
    for index, (name, group) in enumerate((("elderly", ELDERLY), ("young", YOUNG))):
        progress.step(index, 2, f"explaining the {name} person")
        person = find_correctly_classified_person(model, group, seed)
        facts, heatmap = _explain(model, person)
        folded_facts, folded_heatmap = _explain(model, person, batch_norm="fold")
        numbers[name] = facts | {
            "sum with batch norms folded": folded_facts["sum of the relevance"],
            "correlation with batch norms folded": pearson_correlation(heatmap, folded_heatmap),
            "where no grey matter is": float(heatmap[person.grey_matter.data == 0].sum() / heatmap.sum()),
        }
        columns += [
            (f"{name}, {person.age:.0f} years", person.grey_matter.data, False),
            (f"heatmap: {model.card.classes[group]}", heatmap, True),
        ]
    path = folder / "taylor-8-11.png"
    _draw_sections(columns, path)
    progress.step(1, 1)
    note = (
        f"{NORMALISED}, each section divided by its largest value, which is given as a share of the person's "
        "largest value. z^B also gives relevance to voxels without grey matter. Both people are the first of "
        "a random sequence whom the network assigns to their bin."
    )
    return FigureResult((path,), numbers, (SIMULATED, note))


def averages(folder: Path, seed: int, progress: Progress) -> FigureResult:
    """Draw the averages of section 3.3: the mean heatmap of every bin, and the relevance of each region."""
    model = load_model(NETWORK)
    groups = [
        average_people(
            model,
            group,
            seed,
            progress.subtask(0.9 * group / len(AGE_BINS), 0.9 * (group + 1) / len(AGE_BINS)),
        )
        for group in range(len(AGE_BINS))
    ]
    progress.step(0.92, 1, "measuring regions")
    regions = make_regions()
    change = simulate_grey_matter_change(seed)
    brain = ~regions["outside the brain"]
    grey = np.mean([average.grey_matter for average in groups], axis=0)
    rows = {name: average.heatmap for name, average in zip(model.card.classes, groups, strict=True)}
    maps = rows | {"change of grey matter": change, "grey matter": grey}
    shares = {
        name: {region: float(values[mask].sum() / values.sum()) for region, mask in regions.items()}
        for name, values in maps.items()
    }
    numbers: dict[str, Any] = {
        "people of each bin": PEOPLE,
        "put into their bin": {
            name: average.correct_count for name, average in zip(rows, groups, strict=True)
        },
        "shares of each region": shares,
        "correlation with the change of grey matter": {
            name: pearson_correlation(values[brain], change[brain]) for name, values in rows.items()
        },
    }
    path = folder / "taylor-age-bins.png"
    labelled = {
        f"{name}\n{average.correct_count} of {PEOPLE} people": average.heatmap
        for name, average in zip(rows, groups, strict=True)
    }
    _draw_averages(labelled | {"change of grey matter": change}, shares, path)
    progress.step(1, 1)
    notes = (
        SIMULATED,
        f"{NORMALISED}, divided by the largest value of each row. Averages are over those of {PEOPLE} people "
        "of each bin whom the network assigns to it, each heatmap divided by its sum.",
        f"The change of grey matter is the mean of |{AGED[1]:g} − {AGED[0]:g} years| over {PEOPLE} people "
        "who differ in nothing else, that is, the simulated ageing.",
        f"The outer cortex extends from {CORTEX:g} mm below to {BENDING:g} mm above the template's surface; "
        f"around the ventricles means up to {AgeingOptions().displacement_range:g} mm from their walls, "
        "where tissue is displaced.",
    )
    return FigureResult((path,), numbers, notes)


def find_correctly_classified_person(model: Model, age_bin: int, seed: int) -> Person:
    """Return the first simulated person of a bin whom the network assigns to it.

    Raises
    ------
    ViewerError
        The network assigns none of them to the bin.
    """
    for index in range(TRIES):
        person = simulate_person(model, age_bin, [seed, 8, age_bin, index])
        if person.predicted_bin == age_bin:
            return person
    raise ViewerError(NETWORK, f"assigns none of {TRIES} people to the bin {age_bin}", "try another --seed")


def simulate_person(model: Model, age_bin: int, seed_key: Sequence[int]) -> Person:
    """Simulate a person of a bin, and run the network; the same key gives the same person."""
    import torch

    rng = np.random.default_rng(list(seed_key))
    age = draw_age(age_bin, rng)
    data = GreyMatterSimulator(GRID).simulate_map(age, rng)
    scan = Scan(data, GRID, "simulated grey matter", ("Simulated: no person's scan.",))
    with torch.no_grad():
        outputs = model.logits(model.prepare(scan).tensor)
    return Person(age, scan, outputs[0].double().numpy())


def average_people(model: Model, age_bin: int, seed: int, progress: Progress) -> BinAverage:
    """Average over the people of a bin: grey matter of all, heatmaps of those whom the network assigns to it.

    Raises
    ------
    ViewerError
        The network assigns none of them to the bin.
    """
    grey, heatmaps = [], []
    for index in range(PEOPLE):
        progress.step(index, PEOPLE, f"person {index + 1} of {PEOPLE}, {model.card.classes[age_bin]}")
        person = simulate_person(model, age_bin, [seed, 9, age_bin, index])
        grey.append(person.grey_matter.data.astype(np.float64))
        if person.predicted_bin == age_bin:
            _, heatmap = _explain(model, person)
            heatmaps.append(heatmap / heatmap.sum())
    if not heatmaps:
        raise ViewerError(
            NETWORK, f"assigns none of {PEOPLE} people to the bin {age_bin}", "try another --seed"
        )
    return BinAverage(np.mean(grey, axis=0), np.mean(heatmaps, axis=0), len(heatmaps))


def simulate_grey_matter_change(seed: int) -> Array:
    """Return the mean absolute change of grey matter between two ages, with the same draws per person."""
    simulator = GreyMatterSimulator(GRID)
    young, old = (
        [simulator.simulate_map(age, np.random.default_rng([seed, 10, index])) for index in range(PEOPLE)]
        for age in AGED
    )
    return np.asarray(np.mean(np.abs(np.subtract(old, young, dtype=np.float64)), axis=0))


def make_regions() -> dict[str, Mask]:
    """Return disjoint regions of the template on the grid of the maps, which together cover the grid."""
    from scipy import ndimage

    from viewer.scans.resample import resample
    from viewer.scans.simulated_studies.phantom import load_tissue_share

    (grey, grid), (white, _) = load_tissue_share("gm"), load_tissue_share("wm")
    tissues = grey + white
    ventricles = find_ventricles(tissues, grid)
    brain = ndimage.binary_fill_holes(ndimage.binary_closing((tissues > 0.5) | ventricles, iterations=3))
    depth = ndimage.distance_transform_edt(brain, sampling=grid.spacing)
    outside_depth = ndimage.distance_transform_edt(~brain, sampling=grid.spacing)
    ventricle_distance = ndimage.distance_transform_edt(~ventricles, sampling=grid.spacing)

    def resample_to_map_grid(mask: Mask) -> Mask:
        return np.asarray(resample(mask.astype(np.float32), grid, GRID) >= 0.5)

    inner_brain = resample_to_map_grid(brain)
    near_ventricles = (
        resample_to_map_grid(ventricle_distance <= AgeingOptions().displacement_range) & inner_brain
    )
    outer_cortex = (
        resample_to_map_grid((brain & (depth <= CORTEX)) | (~brain & (outside_depth <= BENDING)))
        & ~near_ventricles
    )
    return {
        "around the ventricles": near_ventricles,
        "outer cortex": outer_cortex,
        "elsewhere in the brain": inner_brain & ~near_ventricles & ~outer_cortex,
        "outside the brain": ~(inner_brain | outer_cortex),
    }


def _explain(model: Model, person: Person, **rule_overrides: object) -> tuple[dict[str, Any], Array]:
    """Return the numbers of a person's heatmap, and the heatmap on the network's grid."""
    settings: dict[str, Any] = {**RULES, **rule_overrides}
    result = explain(
        model,
        person.grey_matter,
        "deep-taylor",
        target=person.predicted_bin,
        device="cpu",
        grid="model",
        **settings,
    )
    heatmap = result.data.astype(np.float64)
    output = float(person.outputs[person.predicted_bin])
    total = float(heatmap.sum())
    facts = {
        "age": person.age,
        "predicted": model.card.classes[person.predicted_bin],
        "output": output,
        "sum of the relevance": total,
        "error in %": 100 * abs(total - output) / abs(output),
    }
    return facts, heatmap


def _format_height(z: float) -> str:
    """Format a position in mm with its sign."""
    return f"{z:+.0f} mm".replace("-", "−")


def _slice_indices() -> list[int]:
    """Return the indices of the transverse sections nearest to `HEIGHTS`."""
    return [round(float(GRID.to_voxel([0.0, 0.0, z])[2])) for z in HEIGHTS]


def _draw_slice(ax: Any, image: npt.NDArray[Any], cmap: str, vmax: float) -> None:
    """Draw a slice, with right or anterior to the right, and anterior or superior up."""
    ax.imshow(image.T, cmap=cmap, vmin=0, vmax=vmax, origin="lower", interpolation="nearest")
    ax.set_xticks([])
    ax.set_yticks([])


def _draw_sections(columns: Sequence[tuple[str, npt.NDArray[Any], bool]], path: Path) -> None:
    """Draw one row per height, and one column per map of (title, values, whether it is a heatmap)."""
    pyplot = load_pyplot()
    levels = _slice_indices()
    fig, axes = pyplot.subplots(
        len(levels), len(columns), figsize=(8.2, 9.6), facecolor="white", layout="compressed"
    )
    for column, (title, values, is_heatmap) in enumerate(columns):
        largest = float(values.max()) or 1.0
        for row, level in enumerate(levels):
            ax, image = axes[row, column], values[:, :, level]
            top = (float(image.max()) or 1.0) if is_heatmap else 1.0
            _draw_slice(ax, image / top, "afmhot" if is_heatmap else "gray", 1.0)
            if is_heatmap:
                ax.text(
                    0.97,
                    0.03,
                    f"peak {top / largest:.0%}",
                    color="white",
                    ha="right",
                    fontsize=7,
                    transform=ax.transAxes,
                )
        axes[0, column].set_title(title, fontsize=9)
    for row, level in enumerate(levels):
        height = _format_height(float(GRID.to_world([0, 0, level])[2]))
        axes[row, 0].set_ylabel(f"figure {8 + row}: {height}", fontsize=9)
        label_sides(axes[row, 0])
    bar = fig.colorbar(axes[0, 1].images[0], ax=axes, shrink=0.5, aspect=30)
    bar.set_label("relevance, normalised", fontsize=9)
    fig.suptitle("Simulated grey matter and heatmaps of the age network", fontsize=11)
    save_figure(fig, path)


def _draw_averages(rows: Mapping[str, Array], shares: Mapping[str, Mapping[str, float]], path: Path) -> None:
    """Draw four sections of each row, and the shares of the regions."""
    pyplot = load_pyplot()
    levels = _slice_indices()
    fig = pyplot.figure(figsize=(11.5, 7.2), facecolor="white", layout="constrained")
    left, right = fig.subfigures(1, 2, width_ratios=(1.25, 1))
    axes = left.subplots(len(rows), len(levels))
    for row, (name, values) in enumerate(rows.items()):
        top = max(float(values[:, :, level].max()) for level in levels) or 1.0
        for column, level in enumerate(levels):
            _draw_slice(axes[row, column], values[:, :, level] / top, "afmhot", 1.0)
            if row == 0:
                axes[row, column].set_title(
                    _format_height(float(GRID.to_world([0, 0, level])[2])), fontsize=9
                )
        axes[row, 0].set_ylabel(name, fontsize=8)
        label_sides(axes[row, 0])
    ax = right.subplots()
    regions = list(next(iter(shares.values())))
    width = 0.8 / len(shares)
    colours = ("#56b4e9", "#009e73", "#d55e00", "#8a8a8a", "#d0d0d0")
    for index, ((name, region_shares), colour) in enumerate(zip(shares.items(), colours, strict=True)):
        positions = np.arange(len(regions)) + (index - (len(shares) - 1) / 2) * width
        label = name if index >= len(AGE_BINS) else f"relevance, {name}"
        ax.bar(
            positions, [100 * region_shares[region] for region in regions], width, color=colour, label=label
        )
    ax.set_xticks(range(len(regions)), [region.replace(" ", "\n", 1) for region in regions], fontsize=9)
    ax.set_ylabel("share, %")
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False, fontsize=9)
    fig.suptitle(
        "Mean heatmaps of simulated people of each age bin, and their relevance by region", fontsize=11
    )
    save_figure(fig, path)
