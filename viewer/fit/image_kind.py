"""Check of the kind of image: anatomy, labels, a statistical map, noise or a blank image."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from viewer.fit.subject import FitSubject
from viewer.models.fit_report import FitCheck, FitVerdict
from viewer.scans.foreground import foreground_mask

NAME = "image kind"

LABEL_SHARE = 0.6
"""Share of equal neighbours from which integers are assumed to be labels: 0.1 in 8-bit scans, 0.95 in the
AAL atlas."""

NEGATIVE_SHARE = 0.01
"""Share of negative values, background aside, from which an image counts as signed."""

NOISE_CORRELATION = 0.3
"""Correlation of neighbouring voxels below which an image is noise: 0.95 in scans of heads at 1 mm, 0.9 in
simulated brains at 3 mm, 0 in noise."""

DOUBTFUL_CORRELATION = 0.6
"""Correlation below which a scan is noisy, if the card has no training statistics to compare it with."""

STANDARDISED = 0.1
"""Largest deviation of mean and standard deviation from 0 and 1 in a standardised image."""

FOREGROUND_SHARE = (0.02, 0.95)
"""Range of the share of a scan's voxels that a head or brain fills."""

EXPECTED = "an anatomical image of a head"


def check_image_kind(subject: FitSubject) -> FitCheck:
    """Check whether the scan is an anatomical image: its values, their signs and their smoothness."""
    kind, verdict, sentence = _classify(subject)
    return FitCheck(NAME, verdict, sentence, kind, EXPECTED if subject.takes_heads else "an image")


def _classify(subject: FitSubject) -> tuple[str, FitVerdict, str]:
    """Return the kind of image, the verdict and the sentence."""
    data = subject.scan.data
    if not np.any(data) or data.min() == data.max():
        content = "zero" if not np.any(data) else "the same value"
        return "blank", FitVerdict.UNFIT, f"the image is blank: it is {content} everywhere"
    if not subject.takes_heads:
        return "image", FitVerdict.OK, "the image is not blank; this network does not take scans of heads"
    lines = subject.voxel_lines
    if _is_labels(lines):
        return (
            "labels",
            FitVerdict.UNFIT,
            "the image contains whole numbers in patches, like a label atlas or a mask",
        )
    foreground = lines[lines != _background_value(lines)]
    negative = float((foreground < 0).mean()) if foreground.size else 0.0
    if negative > NEGATIVE_SHARE and not _trained_on_signed_images(subject):
        values = foreground.astype(np.float64)
        if abs(values.mean()) < STANDARDISED and abs(values.std() - 1) < STANDARDISED:
            return (
                "standardised",
                FitVerdict.CAUTION,
                f"{negative:.0%} of its values are negative, with mean 0 and standard deviation 1: it was "
                "standardised before, or is a statistical map",
            )
        return (
            "signed map",
            FitVerdict.UNFIT,
            f"{negative:.0%} of its values are negative, as in a statistical map; a scan has none",
        )
    correlation = neighbour_correlation(lines)
    if correlation < NOISE_CORRELATION:
        return (
            "noise",
            FitVerdict.UNFIT,
            f"neighbouring voxels are hardly correlated ({correlation:.2f}), as in noise",
        )
    if correlation < DOUBTFUL_CORRELATION and subject.reference.intensities is None:
        return (
            "noisy",
            FitVerdict.CAUTION,
            f"neighbouring voxels are less correlated than in most scans ({correlation:.2f}): the image "
            "is noisy or very coarse",
        )
    # The coarse scan suffices for this share and takes a tenth of the time.
    share = float(foreground_mask(subject.coarse_scan[0]).mean())
    if share > FOREGROUND_SHARE[1]:
        return (
            "no head",
            FitVerdict.CAUTION,
            f"the foreground fills {share:.0%} of the image, more than a whole head or brain does",
        )
    if share < FOREGROUND_SHARE[0]:
        return (
            "no head",
            FitVerdict.CAUTION,
            f"the foreground fills only {share:.1%} of the image, less than a head or brain does",
        )
    return "anatomy", FitVerdict.OK, "the image looks like anatomy: unsigned, continuous and smooth"


def _is_labels(lines: npt.NDArray[np.float32]) -> bool:
    """Return whether the values are integers that are equal in most neighbouring voxels."""
    pairs = (lines[1:] != 0) & (lines[:-1] != 0)
    if not pairs.any() or (lines != np.rint(lines)).any():
        return False
    return float((lines[1:] == lines[:-1])[pairs].mean()) >= LABEL_SHARE


def neighbour_correlation(lines: npt.NDArray[np.float32]) -> float:
    """Return the correlation of neighbours along the first axis, without background."""
    background = _background_value(lines)
    first, second = lines[:-1], lines[1:]
    pairs = (first != background) & (second != background)
    if np.count_nonzero(pairs) < 2:
        return 0.0
    a, b = first[pairs].astype(np.float64), second[pairs].astype(np.float64)
    a, b = a - a.mean(), b - b.mean()
    scale = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / scale if scale else 0.0


def _background_value(lines: npt.NDArray[np.float32]) -> float:
    """Return the value of the first voxel if many others have it, else zero."""
    corner = float(lines.reshape(-1)[0])
    return corner if float((lines == corner).mean()) > 0.05 else 0.0


def _trained_on_signed_images(subject: FitSubject) -> bool:
    """Return whether the network was trained on signed images, which reach it unscaled."""
    from viewer.models.input_spec import IntensityScaling
    from viewer.models.training_statistics import channel_statistics

    channels = channel_statistics(subject.model.card.training_statistics)
    spec = subject.spec
    if spec is None or spec.intensity.scaling is not IntensityScaling.NONE:
        return False
    return any(value < 0 for channel in channels for _, value in channel.quantiles)
