"""Check of the pose by registration: rotation, scale and shift against the template (half a minute)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from viewer.errors import ViewerError
from viewer.fit.pose import is_t1
from viewer.fit.subject import FitSubject
from viewer.models.fit_report import FitCheck, FitVerdict
from viewer.progress import Progress

if TYPE_CHECKING:
    from viewer.preparation.registration import Registration

NAME = "registration"

MAX_DEGREES = 10.0
MAX_MM = 10.0
MAX_SCALE = 0.15
"""Largest rotation, shift and scaling that a registration to the template may find for a scan in template
space. A guess: for two heads registered by another program, it finds at most 3°, 3 mm and 5 %.
"""


def check_registration(subject: FitSubject, progress: Progress) -> FitCheck:
    """Extract the brain and check the rotation, shift and scaling of a registration to the template."""
    from viewer.preparation.brain_mask import BrainMask, extract_brain
    from viewer.preparation.registration import register_to_template

    if not subject.takes_heads or not is_t1(subject):
        return FitCheck(NAME, FitVerdict.NOT_MEASURABLE, "the network does not take T1 scans of heads")
    scan = subject.scan
    try:
        if subject.mask is not None:
            brain = BrainMask(subject.mask, scan.grid, "given")
        else:
            brain = extract_brain(scan, progress.subtask(0.0, 0.5))
        registration = register_to_template(scan, brain, progress=progress.subtask(0.5, 1.0))
    except ViewerError as error:
        return FitCheck(NAME, FitVerdict.NOT_MEASURABLE, str(error))
    return judge_registration(registration, subject.expects_template_space)


def judge_registration(registration: Registration, expects_template_space: bool) -> FitCheck:
    """Return the verdict on a registration.

    Parameters
    ----------
    registration
        The registration.
    expects_template_space
        Whether the network needs scans in template space, so that the registration should find no change.
    """
    centre = np.array([0.0, -18.0, 10.0])  # of the template's brain, in mm
    shift = float(np.linalg.norm(registration.matrix[:3, :3] @ centre + registration.matrix[:3, 3] - centre))
    scale = max(abs(factor - 1) for factor in registration.scales)
    value = f"{registration.rotation:.0f}°, {shift:.0f} mm, {scale:.0%}"
    if registration.problems:
        sentence, expected = "; ".join(registration.problems), "a head like the template's"
        return FitCheck(NAME, FitVerdict.CAUTION, sentence, value, expected, reasons=registration.problems)
    expected = f"at most {MAX_DEGREES:.0f}°, {MAX_MM:.0f} mm, {MAX_SCALE:.0%}"
    if not expects_template_space:
        sentence = "the head can be registered to the template"
        return FitCheck(NAME, FitVerdict.OK, sentence, value, "a head like the template's")
    if registration.rotation > MAX_DEGREES or shift > MAX_MM or scale > MAX_SCALE:
        sentence = (
            f"against the template, the head is rotated by {registration.rotation:.0f}°, shifted by "
            f"{shift:.0f} mm and up to {scale:.0%} larger or smaller: register it first"
        )
        return FitCheck(NAME, FitVerdict.CAUTION, sentence, value, expected)
    return FitCheck(
        NAME, FitVerdict.OK, "a registration to the template hardly moves the head", value, expected
    )
