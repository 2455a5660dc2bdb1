"""Parametric Map (DICOM PS3.3 A.75): a map's values as 32-bit floating point, frame by frame."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from viewer.scans.map import Map
from viewer.scene.dicom_export.method_text import MAX_STRING_LENGTH, RESEARCH_ONLY, dicom_text
from viewer.scene.dicom_export.series_context import SeriesContext

SALIENCY, CLASS_ACTIVATION, GRAD_CAM = "Saliency", "ClassActivation", "GradientWeightedClassActivation"
QUANTITIES = {"cam": CLASS_ACTIVATION, "grad-cam": GRAD_CAM}
"""Concepts of PS3.16 CID 7180 by method; all other methods are coded as saliency."""


def parametric_map(context: SeriesContext, saliency_map: Map, values: npt.NDArray[np.float32]) -> Any:
    """Return the Parametric Map, as a highdicom ``ParametricMap``.

    Parameters
    ----------
    context
        Source and texts.
    saliency_map
        The map; its provenance is used.
    values
        Its values in frames, shape (frames, rows, columns); finite.
    """
    from pydicom.sr.codedict import codes

    hd = context.highdicom
    low, high = float(values.min()), float(values.max())
    largest = max(abs(low), abs(high)) or 1.0
    unit = "output of the network" if saliency_map.residual is not None else "units of the method"
    quantity = getattr(codes.DCM, QUANTITIES.get(saliency_map.provenance.method, SALIENCY))
    mapping = hd.pm.RealWorldValueMapping(
        lut_label="SALIENCY",
        lut_explanation=f"Attribution, {unit}",
        unit=codes.UCUM.NoUnits,
        value_range=(low, high),
        slope=1.0,
        intercept=0.0,
        quantity_definition=quantity,
    )
    window = hd.VOILUTTransformation(
        window_center=0.0 if low < 0 else largest / 2,
        window_width=2 * largest if low < 0 else largest,
        window_explanation="All values",
        # LINEAR requires a width of 1 or more.
        voi_lut_function=hd.VOILUTFunctionValues.LINEAR_EXACT,
    )
    dataset = hd.pm.ParametricMap(
        **context.source_arguments(),
        **context.position_arguments(),
        **context.series_arguments(0, f"{RESEARCH_ONLY}: {context.map_name}"),
        pixel_array=values,
        sop_instance_uid=str(hd.UID()),
        instance_number=1,
        contains_recognizable_visual_features=True,
        real_world_value_mappings=[mapping],
        voi_lut_transformations=[window],
        content_label="SALIENCY",
        content_description=dicom_text(context.map_name, MAX_STRING_LENGTH),
        content_qualification="RESEARCH",
    )
    context.describe_derivation(dataset)
    context.add_patient_attributes(dataset)
    return dataset
