"""Check of the head's pose against the template and against the training scans.

The scan is compared with the MNI152 template by its file's affine only, at `TEMPLATE_MM`, inside the
template's brain. If they do not agree, all orders and directions of the axes are tried, each at its best
translation. Left and right cannot be distinguished this way, because a brain is nearly symmetric.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations, product

import numpy as np
import numpy.typing as npt

from viewer.fit.subject import FitSubject, Floats, coarse_volume
from viewer.models.fit_report import FitCheck, FitVerdict
from viewer.scans.grid import Grid

Doubles = npt.NDArray[np.float64]

NAME = "pose"
OUTLINE_NAME = "outline"

TEMPLATE_MM = 4.0
SEARCH_MM = 8.0
AXES = (-3, -2, -1)

GOOD_CORRELATION = 0.5
"""Correlation with the template inside its brain from which a T1 scan counts as aligned with it. A guess from
two heads: 0.60 and 0.66 after registration by another program, 0.26 and 0.30 upside down, 0.10 and 0.48
before registration; noise, a statistical map and an atlas have 0.0, 0.03 and -0.09.
"""

POOR_CORRELATION = 0.3

CLEAR_MARGIN = 0.08
"""Margin by which another orientation must agree better to be reported."""

MIN_SEARCHED = 0.3
"""Correlation below which no orientation agrees with the template."""

MIN_TURNED = 0.5
"""Correlation that another orientation than the file's must reach to be reported. For a real, upright whole
head with a bright neck, wrong orientations reach 0.44 and the correct one 0.36.
"""

MIN_FILLED = 0.95
"""Share of the rotated template's brain in which the scan must not be zero for a rotation to be reported:
half a head agrees slightly with many orientations. The file's own orientation has no such limit, as small
skull-stripped brains fill less.
"""


@dataclass(frozen=True, eq=False)
class CoarseTemplate:
    """The template at a few millimetres: values, mask of its brain, grid."""

    values: Floats
    brain_mask: npt.NDArray[np.bool_]
    grid: Grid

    @property
    def brain_points(self) -> Doubles:
        """Centres of the brain's voxels in mm, (voxels, 3)."""
        return self.grid.to_world(np.argwhere(self.brain_mask))


@lru_cache(maxsize=2)
def load_coarse_template(millimetres: float) -> CoarseTemplate:
    """Return the MNI152 template as means over blocks of `TEMPLATE_MM` or a multiple."""
    from viewer.scans.load import load_scan

    if millimetres > TEMPLATE_MM:
        # The file is read once for both sizes.
        finer = load_coarse_template(TEMPLATE_MM)
        values, grid = coarse_volume(finer.values, finer.grid, millimetres)
    else:
        scan = load_scan("mni152")
        values, grid = coarse_volume(scan.data, scan.grid, millimetres)
    return CoarseTemplate(values, values > 0.2, grid)


def check_pose(subject: FitSubject) -> FitCheck:
    """Check where the head lies: against the training scans if the card describes them, else the template."""
    if subject.reference.image is not None and subject.prepared is not None:
        return _compare_with_training(subject)
    if not subject.takes_heads:
        return FitCheck(NAME, FitVerdict.NOT_MEASURABLE, "the network does not take scans of heads")
    if not is_t1(subject):
        sentence = f"a {subject.modality} image cannot be compared with the T1 template"
        return FitCheck(NAME, FitVerdict.NOT_MEASURABLE, sentence)
    correlation = template_correlation(subject)
    value = f"correlation {correlation:.2f}"
    if subject.expects_template_space:
        return _judge_template_correlation(subject, correlation, value)
    orientation = find_orientation(subject)
    if orientation.is_turned:
        sentence = (
            f"the head seems to lie {orientation.description}: the orientation in its file may be wrong"
        )
        return FitCheck(
            NAME, FitVerdict.CAUTION, sentence, orientation.description, "upright, by the file's affine"
        )
    if orientation.correlation < MIN_SEARCHED:
        sentence = "no orientation agrees with a template of the head"
        return FitCheck(NAME, FitVerdict.CAUTION, sentence, f"correlation {orientation.correlation:.2f}")
    return FitCheck(
        NAME, FitVerdict.OK, "the head lies upright", f"correlation {orientation.correlation:.2f}", "upright"
    )


def _judge_template_correlation(subject: FitSubject, correlation: float, value: str) -> FitCheck:
    """Judge the correlation with the template of a scan that must be registered to it."""
    expected = f"correlation with MNI152 of {GOOD_CORRELATION:g} or more"
    orientation = find_orientation(subject) if correlation < GOOD_CORRELATION else None
    if orientation is not None and orientation.is_turned:
        sentence = f"the head seems to lie {orientation.description}, unlike the training scans"
        return FitCheck(NAME, FitVerdict.UNFIT, sentence, value, expected)
    if correlation >= GOOD_CORRELATION:
        sentence = "the head is aligned with the MNI152 template (left and right cannot be distinguished)"
        return FitCheck(NAME, FitVerdict.OK, sentence, value, expected)
    if subject.preparation is not None and subject.preparation.registration is not None:
        remedy = ": the registration did not align it"
    else:
        remedy = f" ({_describe_header(subject)}): register it first"
    sentence = (
        f"the network needs a scan in MNI space, but this one is not aligned with the MNI152 template{remedy}"
    )
    verdict = FitVerdict.CAUTION if correlation >= POOR_CORRELATION else FitVerdict.UNFIT
    return FitCheck(NAME, verdict, sentence, value, expected)


def check_outline(subject: FitSubject) -> FitCheck:
    """Check the positions of head and air in the network's input against the training scans."""
    from viewer.fit.training_distance import judge_distance
    from viewer.models.training_reference import coarse_outline

    reference = subject.reference.outline
    if reference is None:
        sentence = "the card does not say where the head lay in the training scans"
        return FitCheck(OUTLINE_NAME, FitVerdict.NOT_MEASURABLE, sentence)
    if subject.prepared is None:
        return FitCheck(OUTLINE_NAME, FitVerdict.NOT_MEASURABLE, subject.problem)
    return judge_distance(
        OUTLINE_NAME,
        reference,
        coarse_outline(subject.prepared.tensor),
        "head and air are at the same positions as in the training scans",
        "head and air are not at the same positions as in the training scans: the head is cut off or shifted",
    )


def _describe_header(subject: FitSubject) -> str:
    """Return what the scan's header says about its space."""
    from viewer.scans.space import CODES, Space, coordinate_space

    scan = subject.scan
    qform, sform = scan.stored.xform_codes or (0, 0)
    if (sform or qform) in CODES:
        return f"its header says {CODES[sform or qform].description}"
    space = coordinate_space(scan.grid, scan.stored, scan.path)
    sentence = "its header does not say which space it is in"
    return sentence if space is Space.UNKNOWN else f"{sentence}, its grid is that of {space.description}"


def _compare_with_training(subject: FitSubject) -> FitCheck:
    """Compare the network's input with the mean of the training scans, as coarse images."""
    from viewer.fit.training_distance import judge_distance
    from viewer.models.training_reference import coarse_image

    assert subject.prepared is not None
    reference = subject.reference.image
    assert reference is not None
    return judge_distance(
        NAME,
        reference,
        coarse_image(subject.prepared.tensor),
        "position and appearance of the head are as in the training scans",
        "position or appearance of the head differs from the training scans",
    )


def is_t1(subject: FitSubject) -> bool:
    """Return whether the network takes T1 scans, as far as its card says."""
    return not subject.modality or subject.modality.upper().startswith("T1")


def template_correlation(subject: FitSubject) -> float:
    """Return the correlation of scan and template inside the template's brain, by the file's affine.

    Points outside the scan count as zero.
    """
    from viewer.scans.resample import sample

    template = load_coarse_template(TEMPLATE_MM)
    data, grid = subject.coarse_scan
    return _correlation(sample(data, grid, template.brain_points), template.values[template.brain_mask])


@dataclass(frozen=True, eq=False)
class HeadOrientation:
    """Rotation by multiples of 90° that agrees best with the template.

    Parameters
    ----------
    matrix
        From the template's mm to the scan's mm, 3 by 3, without the shift.
    correlation
        Correlation with the template inside its brain.
    file_correlation
        Correlation of the file's own orientation at its best translation.
    """

    matrix: Doubles
    correlation: float
    file_correlation: float

    @property
    def is_turned(self) -> bool:
        """Whether another orientation than the file's agrees clearly better."""
        return self.correlation >= MIN_TURNED and self.correlation > self.file_correlation + CLEAR_MARGIN

    @property
    def description(self) -> str:
        """The orientation in words."""
        up = self.matrix @ (0.0, 0.0, 1.0)
        forward = self.matrix @ (0.0, 1.0, 0.0)
        if up[2] < 0:
            return "upside down"
        if up[2] > 0:
            return "back to front" if forward[1] < 0 else "turned by 90° about the vertical axis"
        sides = ("on its side", "on its back or face")
        return f"turned by 90°, {sides[int(np.abs(up).argmax())]}"


def find_orientation(subject: FitSubject) -> HeadOrientation:
    """Return the order and direction of the axes that agree best, each tried at its best translation."""
    template = load_coarse_template(SEARCH_MM)
    data, grid = coarse_volume(subject.scan.data, subject.scan.grid, SEARCH_MM)
    templates = [(_rotate_template(template, matrix, grid), matrix) for matrix in axis_rotations()]
    largest = np.max([brain.shape for (_, brain), _ in templates], axis=0) - 1
    scan = _ScanSpectra(data, data.shape + largest)
    correlations = [
        (scan.best_correlation(*template_parts, MIN_FILLED if index else 0.0), matrix)
        for index, (template_parts, matrix) in enumerate(templates)
    ]
    best, matrix = max(correlations, key=lambda pair: pair[0])
    return HeadOrientation(matrix, best, correlations[0][0])


def axis_rotations() -> Iterator[Doubles]:
    """Yield the 24 rotations that reorder and reverse three axes, the identity first.

    The other 24 of the 48 orders and directions are these with left and right exchanged.
    """
    for order in permutations(range(3)):
        for signs in product((1.0, -1.0), repeat=3):
            matrix = np.zeros((3, 3))
            matrix[list(order), range(3)] = signs
            if np.linalg.det(matrix) > 0:
                yield matrix


class _ScanSpectra:
    """Fourier transforms of a scan, of its squares and of where it is not empty, padded to a shape."""

    def __init__(self, data: Floats, min_shape: Sequence[int]) -> None:
        import torch

        # PyTorch's transforms take half the time of SciPy's, whose import alone takes as long as all of them.
        # Multiples of 4 have few large prime factors.
        self._shape = tuple(int(size) + -int(size) % 4 for size in min_shape)
        largest = float(np.abs(data).max()) or 1.0
        values = torch.from_numpy(data / largest)
        volumes = torch.stack([values, values**2, (values != 0).to(values.dtype)])
        self._spectra = torch.fft.rfftn(volumes, self._shape, AXES)

    def best_correlation(
        self, template: Floats, brain_mask: npt.NDArray[np.bool_], min_filled: float
    ) -> float:
        """Return the largest correlation inside the template's brain over all shifts by whole voxels.

        0 if the scan never fills a share of ``min_filled`` of it.
        """
        import torch

        count = float(brain_mask.sum())
        weights = np.where(brain_mask, template - template[brain_mask].mean(), np.float32(0))
        scale = math.sqrt(float((weights.astype(np.float64) ** 2).sum()))
        volumes = torch.from_numpy(np.stack([brain_mask, weights]).astype(np.float32))
        mask_spectrum, weighted_spectrum = torch.fft.rfftn(volumes, self._shape, AXES).conj()
        scan, squares, filled_spectrum = self._spectra
        products = torch.stack(
            [
                scan * mask_spectrum,
                squares * mask_spectrum,
                scan * weighted_spectrum,
                filled_spectrum * mask_spectrum,
            ]
        )
        total, power, weighted_sum, filled = torch.fft.irfftn(products, self._shape, AXES).numpy()
        scatter = power - total**2 / count
        # Voxel counts are integers up to rounding.
        is_usable = (scatter > 0.05 * scatter.max()) & (np.rint(filled) >= min_filled * count)
        correlation = weighted_sum[is_usable] / (np.sqrt(scatter[is_usable]) * scale)
        return float(correlation.max()) if correlation.size else 0.0


def _rotate_template(
    template: CoarseTemplate, matrix: Doubles, grid: Grid
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Return the template and its brain on voxels like the scan's, with reordered and reversed axes."""
    from viewer.scans.resample import resample

    centre = template.grid.centre
    affine = np.eye(4)
    affine[:3, :3] = matrix
    affine[:3, 3] = centre - matrix @ centre
    turned_grid = Grid(template.grid.shape, affine @ template.grid.affine)
    corners = turned_grid.to_world(np.array(list(product(*((0, size - 1) for size in turned_grid.shape)))))
    low, high = grid.to_voxel(corners).min(0), grid.to_voxel(corners).max(0)
    shape = np.ceil(high - low).astype(int) + 1
    target_affine = grid.affine.copy()
    target_affine[:3, 3] = grid.to_world(low)
    i, j, k = (int(size) for size in shape)
    target_grid = Grid((i, j, k), target_affine)
    values = resample(template.values, turned_grid, target_grid)
    brain = resample(template.brain_mask.astype(np.float32), turned_grid, target_grid) > 0.5
    return values, brain


def _correlation(first: npt.ArrayLike, second: npt.ArrayLike) -> float:
    """Return Pearson's correlation, 0 if one does not vary."""
    a, b = (np.asarray(values, dtype=np.float64).ravel() for values in (first, second))
    a, b = a - a.mean(), b - b.mean()
    scale = math.sqrt(float(a @ a) * float(b @ b))
    return float(a @ b) / scale if scale > 0 else 0.0
