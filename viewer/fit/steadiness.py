"""Stability of the prediction under small, plausible shifts and perturbations of the scan."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from viewer.errors import ModelError
from viewer.fit.subject import FitSubject
from viewer.models.fit_report import FitCheck, FitVerdict
from viewer.models.model_card import Card
from viewer.models.preprocessing import PreparedInput, prepare
from viewer.models.uncertainty.input_moves import make_affine_about, move_images
from viewer.number_format import format_probability
from viewer.progress import Progress
from viewer.scans.multichannel_scan import apply_to_images
from viewer.scans.scan import Scan

if TYPE_CHECKING:
    from viewer.models.predict import Prediction

Doubles = npt.NDArray[np.float64]

NAME = "steadiness"

TURN_DEGREES = 3.0
SHIFT_MM = 3.0
STRETCH = 0.02
GAIN = 1.1
BLUR_MM = 1.0
EDGE_MM = 2.0
"""Thickness of the edge that is removed from a skull-stripped brain. A Dice of 0.97 between the masks of two
programs corresponds to an edge of 1.5 mm, for a brain of 67 mm radius.
"""

NOTHING_TO_FOLLOW = "the network's output is neither a probability nor a value"

STEADY_RANGE = 0.2
"""Range of a probability up to which a prediction is stable. A guess."""


def check_steadiness(subject: FitSubject, progress: Progress | None = None) -> FitCheck:
    """Repeat the prediction under small shifts and perturbations of the scan.

    The head is rotated by ±3°, shifted by ±3 mm, scaled by ±2 % and mirrored; the image is made brighter,
    darker and blurred; and a skull-stripped brain loses its outer 2 mm, or one voxel.

    ``progress`` is updated for every prediction, and checked for cancellation.
    """
    progress = progress or Progress()
    if subject.prepared is None:
        return FitCheck(NAME, FitVerdict.NOT_MEASURABLE, subject.problem)
    if subject.prediction is not None and _tracked_value(subject.prediction, subject.prediction) is None:
        return FitCheck(NAME, FitVerdict.NOT_MEASURABLE, NOTHING_TO_FOLLOW)
    values: dict[str, float] = {}
    name, expected = "", ""
    original: Prediction | None = None
    inputs = perturbed_inputs(subject.scan, subject.model.card, subject.prepared)
    count = (
        1 + len(list(small_transforms(subject.scan.grid.centre))) + len(_image_changes(subject.model.card))
    )
    for step, (change, prepared) in enumerate(inputs):
        from viewer.models.predict import predict_prepared

        progress.step(step, count, change)
        subtask = progress.subtask(step / count, (step + 1) / count, change)
        try:
            prediction = predict_prepared(subject.model, prepared, subject.device, subtask)
        except ModelError as error:
            return FitCheck(NAME, FitVerdict.NOT_MEASURABLE, f"not measurable: {error}")
        original = original or prediction
        tracked = _tracked_value(original, prediction)
        if tracked is None:
            return FitCheck(NAME, FitVerdict.NOT_MEASURABLE, NOTHING_TO_FOLLOW)
        values[change] = tracked
    assert original is not None
    low, high = min(values.values()), max(values.values())
    if original.value is not None:
        name = "the value"
        range_text = f"{low:.4g} to {high:.4g} {original.unit}".rstrip()
        sentence = f"under small shifts and perturbations of the scan, {name} goes from {range_text}"
        return FitCheck(NAME, FitVerdict.OK, sentence, range_text, interval=(low, high))
    index = _tracked_index(original)
    lowest, highest = (format_probability(end) for end in (low, high))
    is_constant = lowest == highest
    range_text = lowest if is_constant else f"{lowest} to {highest}"
    expected = f"a range of at most {STEADY_RANGE:.0%}"
    largest_change = max(values, key=lambda label: abs(values[label] - values["as it is"]))
    sentence = (
        f"under small shifts and perturbations of the scan, {original.classes[index]} goes from {lowest} to "
        f"{highest} (largest change: {largest_change})"
    )
    if is_constant:
        sentence = (
            f"under small shifts and perturbations of the scan, {original.classes[index]} stays at {lowest}"
        )
    verdict = FitVerdict.OK if high - low <= STEADY_RANGE else FitVerdict.CAUTION
    return FitCheck(NAME, verdict, sentence, range_text, expected, (low, high))


def perturbed_inputs(scan: Scan, card: Card, prepared: PreparedInput) -> Iterator[tuple[str, PreparedInput]]:
    """Yield the unchanged input, and the input under every change, with the change's name.

    The network's grid is fixed; the scan is moved about its centre.
    """
    yield "as it is", prepared
    for name, matrix in small_transforms(scan.grid.centre):
        yield name, _prepare(move_images(scan, matrix), card, prepared)
    for name, change in _image_changes(card).items():
        yield name, _prepare(apply_to_images(scan, change), card, prepared)


def small_transforms(centre: Doubles) -> Iterator[tuple[str, Doubles]]:
    """Yield small affine transforms about a centre, 4 by 4 in mm, with their names."""
    axes = ("left–right", "back–front", "up–down")
    for axis, name in enumerate(axes):
        for sign in (1, -1):
            angle = np.deg2rad(sign * TURN_DEGREES)
            matrix = np.eye(3)
            a, b = (other for other in range(3) if other != axis)
            matrix[a, a] = matrix[b, b] = np.cos(angle)
            matrix[a, b], matrix[b, a] = -np.sin(angle), np.sin(angle)
            yield f"{sign * TURN_DEGREES:+g}° about the {name} axis", make_affine_about(centre, matrix)
            shifted = np.eye(4)
            shifted[axis, 3] = sign * SHIFT_MM
            yield f"{sign * SHIFT_MM:+g} mm along the {name} axis", shifted
    for sign in (1, -1):
        scale = 1 + sign * STRETCH
        yield f"{sign * STRETCH:+.0%} in size", make_affine_about(centre, scale * np.eye(3))
    yield "left and right exchanged", make_affine_about(centre, np.diag([-1.0, 1.0, 1.0]))


def _image_changes(card: Card) -> dict[str, Callable[[Scan], Scan]]:
    """Return the changes of an image by name: brighter, darker, blurred, and a brain without its edge."""
    from scipy.ndimage import distance_transform_edt, gaussian_filter

    def blur(image: Scan) -> Scan:
        blurred = gaussian_filter(image.data, BLUR_MM / image.grid.spacing)
        return replace(image, data=np.asarray(blurred, dtype=np.float32))

    def erode_edge(image: Scan) -> Scan:
        edge = max(EDGE_MM, float(image.grid.spacing.min()))  # at least one layer of voxels
        depth = distance_transform_edt(image.data != 0, sampling=image.grid.spacing)
        return replace(image, data=np.where(depth > edge, image.data, np.float32(0)))

    changes: dict[str, Callable[[Scan], Scan]] = {
        f"intensities × {GAIN:g}": lambda image: replace(image, data=image.data * np.float32(GAIN)),
        f"intensities / {GAIN:g}": lambda image: replace(image, data=image.data / np.float32(GAIN)),
        f"blurred by {BLUR_MM:g} mm": blur,
    }
    return changes | ({"without the edge of the brain": erode_edge} if card.skull == "removed" else {})


def _prepare(scan: Scan, card: Card, reference: PreparedInput) -> PreparedInput:
    """Preprocess a changed scan on the same grid, with the same precision."""
    changed = prepare(scan, card, reference.grid)
    return replace(changed, tensor=changed.tensor.to(reference.tensor.dtype))


def _tracked_index(prediction: Prediction) -> int:
    """Return the index of the tracked class: the most probable one for the unchanged scan."""
    return prediction.probabilities.index(max(prediction.probabilities))


def _tracked_value(original: Prediction, prediction: Prediction) -> float | None:
    """Return the tracked number: the probability of the class predicted first, or the value."""
    if original.value is not None:
        return prediction.value
    if not original.probabilities:
        return None
    return prediction.probabilities[_tracked_index(original)]
