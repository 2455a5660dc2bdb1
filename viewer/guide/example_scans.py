"""Example scans for the methods in the guide, and the commands that make the pictures."""

from __future__ import annotations

from dataclasses import dataclass

from viewer.methods.base import Method, Requirement

VOXELS = 300
"""Number of voxels of the network's grid shown in each picture, so that maps are compared at equal volume."""

SIZE = "900x320"
PATTERNS = "demo.patterns.safetensors"

SLOW = frozenset({"extremal-perturbation", "kernel-shap", "lime", "meaningful-perturbation"})
"""Methods that take minutes for a map and are shown on the first scan only."""


@dataclass(frozen=True)
class GuideScan:
    """A scan and a network for showing methods.

    Parameters
    ----------
    key
        Part of the file name of the picture.
    scan, model, target
        Arguments of the commands.
    point
        Point in mm that the slices go through.
    caption
        Description in one sentence.
    """

    key: str
    scan: str
    model: str
    target: str
    point: str
    caption: str


EXAMPLE_SCANS = (
    GuideScan(
        "lesions",
        "simulated-lesions",
        "demo",
        "lesion",
        "46,-22,-14",
        "The demonstration: five simulated lesions in the MNI152 template. The slices go through one.",
    ),
    GuideScan(
        "template",
        "mni152",
        "demo",
        "lesion",
        "46,-22,-14",
        "The same template without lesions: the marked voxels are not lesions.",
    ),
    GuideScan(
        "age",
        "simulated-grey-matter",
        "age-bins",
        "70 years and more",
        "0,-18,12",
        "Simulated grey matter, and a network that predicts age bins: evidence for 70 years and more.",
    ),
)


def example_scans(method: type[Method]) -> tuple[GuideScan, ...]:
    """Return the example scans for a method; none if their networks do not meet its requirements."""
    requirements = method.requirements
    if Requirement.ATTENTION in requirements:
        return ()
    if {Requirement.PATTERNS, Requirement.GENERATORS} & requirements:
        return EXAMPLE_SCANS[:2]
    return EXAMPLE_SCANS[:1] if method.name in SLOW else EXAMPLE_SCANS


def picture_name(method: str, example: GuideScan) -> str:
    """Return the file name of the picture of a method."""
    return f"{method}-{example.key}.png"


def example_commands(method: type[Method], example: GuideScan) -> tuple[tuple[str, ...], ...]:
    """Return the commands, as tuples of words, that compute the map of a method for a scan and draw it."""
    pattern_options = ("--set", f"patterns={PATTERNS}") if Requirement.PATTERNS in method.requirements else ()
    map_file = f"{method.name}-{example.key}.nii.gz"
    return (
        (
            *("explain", example.scan, "--model", example.model, "--method", method.name),
            *("--target", example.target, "--grid", "model", *pattern_options, "-o", map_file),
        ),
        (
            *("slices", example.scan, "--map", map_file, "--voxels", str(VOXELS), "--at", example.point),
            *("--size", SIZE, "-o", picture_name(method.name, example)),
        ),
    )


PATTERN_COMMAND = ("patterns", "fit", "--model", "demo", "--simulated", "24", "-o", PATTERNS)
"""Command that fits the patterns of the demonstration network."""

CHECK_COMMAND = (
    *("check", "simulated-lesions", "--model", "demo", "--method", "integrated-gradients"),
    *("--method", "lrp-epsilon", "--target", "lesion", "--json"),
)
"""Command whose results are quoted on the pages of the checks."""
