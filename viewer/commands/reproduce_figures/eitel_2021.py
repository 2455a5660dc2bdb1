"""Figures 2 to 4 of Eitel et al. 2021: feature visualizations of channels, with every regularizer.

They are made for the built-in lesion networks or, if there are none, for the demonstration network. The
paper's objective is shown next to this program's default, and the activation of each picture next to that of
the simulated scan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from viewer.commands.reproduce_figures.figure_output import FigureResult, load_pyplot, save_figure
from viewer.methods.feature_visualization.input_bounds import intensity_bounds
from viewer.methods.feature_visualization.recipe import PRESETS, VisualizationRecipe
from viewer.methods.feature_visualization.visualization import features
from viewer.progress import Progress
from viewer.scans.axcodes import WORLD_AXIS
from viewer.scans.load import load_scan
from viewer.scans.map import Map

if TYPE_CHECKING:
    from viewer.models.model import Model
    from viewer.scans.scan import Scan


LAYERS = ("relu1", "relu2", "relu3", "relu4", "relu5")
CHANNELS = 3
SCAN = "simulated-lesions"

DEFAULT = PRESETS["default"]
STEPS = 256
"""Iterations for figures 3 and 4; figure 2 uses the 200 of the paper's preset."""

PAPER = PRESETS["paper"]
"""The paper's objective, on the whole image in 2D."""

REGULARISERS: Mapping[str, Mapping[str, Any]] = {
    "none": {},
    "jitter 1": {"darkest": 0.0, "brightest": 1.0},
    "jitter 1.5": {"darkest": 0.0, "brightest": 1.5},
    "rotation 10°": {"rotation": 10.0},
    "rotation 45°": {"rotation": 45.0},
    "translation": {"translation": 20.0},
    "resize": {"resize": 0.3},
    "random crop": {"crop": 0.5},
    "switching bilateral": {"bilateral": 0.1},
    "total variation": {"variation": 0.1},
}
"""Figure 3: each regulariser separately."""

COMBINED: Mapping[str, Mapping[str, Any]] = {
    "resize, nearest": {"resize": 0.3, "interpolation": "nearest"},
    "resize, linear": {"resize": 0.3},
    "resize, cubic": {"resize": 0.3, "interpolation": "cubic"},
    "crop, cubic": {"crop": 0.5, "interpolation": "cubic"},
    "filters both": {"bilateral": 0.1, "variation": 0.1},
    "rotation 45°, jitter": {"rotation": 45.0, "darkest": 0.0, "brightest": 1.0},
    "rotation, resize, cubic": {"rotation": 10.0, "resize": 0.3, "interpolation": "cubic"},
    "jitter, total variation": {"darkest": 0.0, "brightest": 1.0, "variation": 0.1},
    "all of them": {
        "darkest": 0.0, "brightest": 1.0, "rotation": 10.0, "translation": 20.0, "resize": 0.3,
        "bilateral": 0.1, "variation": 0.1,
    },
}  # fmt: skip
"""Figure 4: interpolations, and combined regularisers; followed by the default of this program."""


FLAT = 0.01
"""Standard deviation, relative to that of a brain's intensities, below which a picture shows nothing."""


@dataclass(frozen=True)
class FeatureRequest:
    """One picture of a figure."""

    title: str
    layer: str
    channel: int
    recipe: VisualizationRecipe


def layers_of_a_network(folder: Path, seed: int, progress: Progress) -> FigureResult:
    """Draw figure 2: three random channels of each layer, by the paper's objective and by the default."""
    return _make_figures(folder, "eitel-2", seed, progress, _make_layer_requests, 2 * CHANNELS)


def regularisers(folder: Path, seed: int, progress: Progress) -> FigureResult:
    """Draw figure 3: one channel of the fifth layer with each regulariser separately."""

    def make_requests(model: Model, scan: Scan, seed: int) -> list[FeatureRequest]:
        return _make_channel_requests(model, scan, seed, REGULARISERS)

    return _make_figures(folder, "eitel-3", seed, progress, make_requests, 5)


def combinations(folder: Path, seed: int, progress: Progress) -> FigureResult:
    """Draw figure 4: the same channel with further interpolations, combinations, and the default."""

    def make_requests(model: Model, scan: Scan, seed: int) -> list[FeatureRequest]:
        requests = _make_channel_requests(model, scan, seed, COMBINED)
        return [
            *requests,
            FeatureRequest("this program's default", requests[0].layer, requests[0].channel, DEFAULT),
        ]

    return _make_figures(folder, "eitel-4", seed, progress, make_requests, 5)


def networks() -> tuple[str, ...]:
    """Return the built-in lesion networks, or the demonstration network if there are none."""
    from viewer.models.loading import builtin_models

    return tuple(name for name in builtin_models() if name.startswith("lesions")) or ("demo",)


def _make_figures(
    folder: Path, figure: str, seed: int, progress: Progress, make_requests: Any, columns: int
) -> FigureResult:
    """Draw the figure for every network: NAME.png, or NAME-NETWORK.png if there are several."""
    from viewer.models.loading import load_model

    scan = load_scan(SCAN)
    names = networks()
    files, numbers = [], {}
    for index, name in enumerate(names):
        subtask = progress.subtask(index / len(names), (index + 1) / len(names))
        model = load_model(name)
        requests = make_requests(model, scan, seed)
        pictures, entries = _compute_images(model, scan, requests, seed, subtask)
        path = folder / (f"{figure}.png" if len(names) == 1 else f"{figure}-{model.card.name}.png")
        input_spec = model.card.input
        bounds, _ = intensity_bounds(None if input_spec is None else input_spec.intensity, "clip")
        draw_grid(
            pictures,
            columns,
            f"{model.card.name}: images that excite {_format_channels(requests)}",
            (bounds.low, bounds.high),
            path,
        )
        files.append(path)
        numbers[model.card.name] = entries
    notes = (
        "Images made to excite a channel, not scans. f is the channel's mean activation over space.",
        f"The scan compared is {SCAN}, which is simulated. The networks were trained on simulated scans.",
        "The paper weights the layer's L1 norm with λ = 10 and does not state its normalisation; here it is "
        f"the mean |a| over the layer's channels with λ = {PAPER.penalty:g}, since λ = 10 would silence the "
        "first layer.",
        "In an all-grey image, the optimization did not increase the channel's activation.",
        "Middle axial slices, the brain's left on the left. The channels are drawn at random from those that "
        "the scan activates.",
    )
    return FigureResult(tuple(files), {"networks": numbers}, notes)


def _format_channels(requests: Sequence[FeatureRequest]) -> str:
    """Return the channel of the pictures as text, or a phrase for several channels."""
    (first, *_), channels = requests, {(request.layer, request.channel) for request in requests}
    return f"channel {first.channel} of {first.layer}" if len(channels) == 1 else "its channels"


def _make_paper_recipe(model: Model, scan: Scan) -> VisualizationRecipe:
    """Return the paper's recipe; in 3D on a periodic block if receptive fields are small, for speed."""
    volume = model.prepare(scan).tensor.dim() == 5
    return PAPER.with_parameters({"block": "auto"}) if volume else PAPER


def _make_layer_requests(model: Model, scan: Scan, seed: int) -> list[FeatureRequest]:
    requests = []
    paper = _make_paper_recipe(model, scan)
    for layer in LAYERS:
        for channel in _draw_active_channels(model, scan, layer, seed, CHANNELS):
            requests.append(FeatureRequest(f"{layer}, channel {channel}: paper", layer, channel, paper))
            requests.append(FeatureRequest(f"{layer}, channel {channel}: default", layer, channel, DEFAULT))
    return requests


def _make_channel_requests(
    model: Model, scan: Scan, seed: int, variants: Mapping[str, Mapping[str, Any]]
) -> list[FeatureRequest]:
    """Return requests for channels of the fifth layer with the paper's objective."""
    (channel,) = _draw_active_channels(model, scan, LAYERS[-1], seed, 1)
    paper = _make_paper_recipe(model, scan)
    return [
        FeatureRequest(title, LAYERS[-1], channel, paper.with_parameters({"steps": STEPS, **changes}))
        for title, changes in variants.items()
    ]


def _draw_active_channels(model: Model, scan: Scan, layer: str, seed: int, count: int) -> list[int]:
    """Return random channels that the scan activates somewhere, or of all channels if these are too few."""
    from viewer.models.graph.interpreter import run

    x = model.prepare(scan).tensor
    values = run(model.graph(x), x, output=layer)
    active = values.flatten(2).amax(2).amax(0) > 0
    candidates = [index for index, is_active in enumerate(active.tolist()) if is_active]
    if len(candidates) < count:
        candidates = list(range(len(active)))
    rng = np.random.default_rng([seed, LAYERS.index(layer)])
    return sorted(int(index) for index in rng.choice(candidates, count, replace=False))


def _compute_images(
    model: Model, scan: Scan, requests: Sequence[FeatureRequest], seed: int, progress: Progress
) -> tuple[list[GridImage], list[dict[str, Any]]]:
    pictures, entries = [], []
    for index, request in enumerate(requests):
        subtask = progress.subtask(index / len(requests), (index + 1) / len(requests)).with_message(
            request.title
        )
        result = features(
            model,
            request.layer,
            request.channel,
            recipe=request.recipe,
            scans=(scan,),
            seed=seed,
            progress=subtask,
        )
        scan_result = result.scan_activations[0]
        remark = ", all grey" if float(result.map.data.std()) < FLAT else ""
        caption = f"f {result.image_activation.f:.3g}{remark}, scan {scan_result.f:.3g}"
        pictures.append(GridImage(result.map, request.title, caption))
        entries.append(
            {
                "title": request.title,
                "layer": request.layer,
                "channel": request.channel,
                "mean activation": result.image_activation.f,
                "of the noise": result.start_activation.f,
                "of the scan": scan_result.f,
                "roughness": compute_roughness(result.map.data),
                "seconds": result.map.provenance.seconds,
            }
        )
    return pictures, entries


def compute_roughness(data: np.ndarray[Any, Any]) -> float:
    """Return mean absolute difference of neighbours / standard deviation; for noise 2/√π = 1.13."""
    spread = float(data.std())
    steps = [np.abs(np.diff(data, axis=axis)).mean() for axis in range(data.ndim) if data.shape[axis] > 1]
    return float(np.mean(steps)) / spread if spread > 0 else 0.0


INCHES = 1.75


@dataclass(frozen=True, eq=False)
class GridImage:
    """An image with its title and caption."""

    map: Map
    title: str
    caption: str


def extract_middle_slice(map_: Map) -> npt.NDArray[np.float32]:
    """Return the middle axial slice, rows from anterior to posterior, columns from left to right.

    For an image that is itself a slice, return that slice in its own plane.
    """
    assert map_.grid is not None
    axis_codes = map_.grid.axcodes
    worlds = [WORLD_AXIS[letter] for letter in axis_codes]
    data = map_.data.transpose([worlds.index(world_axis) for world_axis in range(3)])
    for world_axis in range(3):
        if axis_codes[worlds.index(world_axis)] in "LPI":
            data = np.flip(data, world_axis)
    thin_axes = [axis for axis in range(3) if data.shape[axis] == 1]
    slice_axis = thin_axes[0] if thin_axes else 2
    return np.asarray(data.take(data.shape[slice_axis] // 2, slice_axis).T[::-1])


def draw_grid(
    images: Sequence[GridImage], columns: int, title: str, intensity_limits: tuple[float, float], path: Path
) -> None:
    """Draw images in rows of ``columns``, all with the same intensity limits, into a PNG.

    Raises
    ------
    ViewerError
        matplotlib is not installed.
    """
    pyplot = load_pyplot()
    rows = -(-len(images) // columns)
    fig, axes = pyplot.subplots(
        rows,
        columns,
        figsize=(INCHES * columns, (INCHES + 0.45) * rows + 0.5),
        squeeze=False,
        facecolor="white",
        layout="constrained",
    )
    for ax in axes.flat:
        ax.axis("off")
    for ax, image in zip(axes.flat, images, strict=False):
        ax.imshow(
            extract_middle_slice(image.map),
            cmap="gray",
            vmin=intensity_limits[0],
            vmax=intensity_limits[1],
            interpolation="nearest",
        )
        ax.set_title(image.title, fontsize=6.5)
        ax.text(
            0.5,
            -0.03,
            image.caption,
            transform=ax.transAxes,
            ha="center",
            va="top",
            fontsize=6.5,
            color="0.3",
        )
    fig.suptitle(title, fontsize=10)
    save_figure(fig, path)
    pyplot.close(fig)
