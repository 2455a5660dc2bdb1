"""Segmentation (DICOM PS3.3 A.51): the bodies of a map at a threshold, with the regions' names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from viewer.number_format import format_number, format_share
from viewer.resource_files import version
from viewer.scans.cluster_table import ClusterRow, format_regions
from viewer.scene.colormaps import Colour
from viewer.scene.dicom_export.method_text import (
    MAX_STRING_LENGTH,
    MAX_TEXT_LENGTH,
    RESEARCH_ONLY,
    dicom_text,
)
from viewer.scene.dicom_export.series_context import SeriesContext
from viewer.scene.slice_plane import format_point

SCHEME = "99SALIENCY"
"""Designator of a private coding scheme: no public code means "a cluster of high saliency"."""

MAX_BODIES = 100
"""Maximum number of bodies; a threshold that leaves more does not localise anything."""

NO_REGION = "no region"


def segmentation(
    context: SeriesContext,
    rows: Sequence[ClusterRow],
    labels: npt.NDArray[np.uint8],
    cutoff: float,
    colours: dict[int, Colour],
) -> Any:
    """Return the Segmentation, as a highdicom ``Segmentation``.

    Parameters
    ----------
    context
        Source and texts.
    rows
        The bodies, numbered from 1; at most `MAX_BODIES`.
    labels
        The number of the body at every voxel, 0 outside, in frames: shape (frames, rows, columns).
    cutoff
        The |value| of the threshold of the bodies.
    colours
        Colour of positive (1) and of negative (-1) bodies, red, green and blue from 0 to 1.
    """
    hd = context.highdicom
    dataset = hd.seg.Segmentation(
        **context.source_arguments(),
        **context.position_arguments(),
        **context.series_arguments(1, f"{RESEARCH_ONLY}: bodies, {context.map_name}"),
        pixel_array=labels,
        segmentation_type=hd.seg.SegmentationTypeValues.BINARY,
        segment_descriptions=[_describe_segment(context, row, cutoff, colours) for row in rows],
        sop_instance_uid=str(hd.UID()),
        instance_number=1,
        coding_schemes=[
            hd.coding_schemes.CodingSchemeIdentificationItem(
                designator=SCHEME, name="Saliency Viewer, private"
            )
        ],
        content_label="SALIENCY",
        content_description=dicom_text(f"Bodies of {context.map_name}", MAX_STRING_LENGTH),
    )
    for item, row in zip(dataset.SegmentSequence, rows, strict=True):
        item.SegmentDescription = _describe_measures(row, cutoff)
    context.describe_derivation(dataset)
    context.add_patient_attributes(dataset)
    return dataset


def body_name(row: ClusterRow) -> str:
    """Return the name of a body: its number, sign and region."""
    sign = "positive" if row.cluster.sign > 0 else "negative"
    return dicom_text(f"{row.number} {sign}: {row.region or NO_REGION}", MAX_STRING_LENGTH)


def _describe_segment(
    context: SeriesContext, row: ClusterRow, cutoff: float, colours: dict[int, Colour]
) -> Any:
    from pydicom.sr.codedict import codes

    hd = context.highdicom
    red, green, blue = (round(255 * component) for component in colours[row.cluster.sign])
    return hd.seg.SegmentDescription(
        segment_number=row.number,
        segment_label=body_name(row),
        segmented_property_category=codes.SCT.SpatialAndRelationalConcept,
        segmented_property_type=hd.sr.CodedConcept("1", SCHEME, "Cluster of high saliency"),
        algorithm_type=hd.seg.SegmentAlgorithmTypeValues.AUTOMATIC,
        algorithm_identification=hd.AlgorithmIdentificationSequence(
            name="Connected voxels above a threshold",
            family=codes.DCM.ClusterAnalysis,
            version=dicom_text(version(), MAX_STRING_LENGTH),
            source="Saliency Viewer",
            parameters={"threshold of |value|": f"{cutoff:.6g}", "neighbours": "26"},
        ),
        display_color=hd.color.CIELabColor.from_rgb(red, green, blue),
    )


def _describe_measures(row: ClusterRow, cutoff: float) -> str:
    """Return the measures of a body as text."""
    cluster = row.cluster
    sentences = [
        f"{cluster.volume / 1000:.3g} ml, |value| from {format_number(cutoff)}",
        f"peak {format_number(cluster.peak)} at {format_point(cluster.peak_mm)}",
        f"{format_share(cluster.share, unit='%')} of the map's |values|",
        f"regions: {format_regions(row.regions)}" if row.regions else "no atlas, or in none of its regions",
        RESEARCH_ONLY,
    ]
    return dicom_text(". ".join(sentences) + ".", MAX_TEXT_LENGTH)
