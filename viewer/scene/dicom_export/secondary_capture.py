"""Secondary Capture (DICOM PS3.3 A.8.1): pictures of a map, with "not for diagnosis" in the pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from viewer.scene.dicom_export.method_text import RESEARCH_ONLY
from viewer.scene.dicom_export.series_context import SeriesContext

Pixels = npt.NDArray[np.uint8]

BACKGROUND = (0, 0, 0)
WARNING_COLOUR = (255, 196, 0)
TEXT_COLOUR = (220, 226, 235)
TEXT_SHARE = 1 / 58
"""Text height as a fraction of the picture's width."""


def secondary_capture(
    context: SeriesContext, pixels: Pixels, number: int, series_arguments: dict[str, Any]
) -> Any:
    """Return the Secondary Capture, as a highdicom ``SCImage``.

    Parameters
    ----------
    context
        Source and texts.
    pixels
        The picture with its caption, shape (height, width, 3).
    number
        Number of the instance in its series, from 1.
    series_arguments
        The arguments for the series, shared by all pictures.
    """
    from pydicom.sr.codedict import codes

    hd, source = context.highdicom, context.first_header
    image = hd.sc.SCImage(
        pixel_array=np.ascontiguousarray(pixels),
        photometric_interpretation="RGB",
        bits_allocated=8,
        coordinate_system="PATIENT",
        # Replaced below: the sides of a picture from any direction are not directions of the patient.
        patient_orientation=("L", "P"),
        study_instance_uid=source.StudyInstanceUID,
        sop_instance_uid=str(hd.UID()),
        instance_number=number,
        patient_id=source.PatientID,
        patient_name=source.PatientName,
        patient_birth_date=source.PatientBirthDate,
        patient_sex=source.PatientSex,
        accession_number=source.AccessionNumber,
        study_id=source.StudyID,
        study_date=source.StudyDate or None,
        study_time=source.StudyTime or None,
        referring_physician_name=source.get("ReferringPhysicianName", ""),
        **series_arguments,
    )
    image.copy_patient_and_study_information(source)
    image.PatientOrientation = []
    image.BurnedInAnnotation = "NO"  # no text that identifies the person
    image.RecognizableVisualFeatures = "YES"
    image.DerivationDescription = context.method_description
    image.SourceImageSequence = [context.make_image_reference(header, codes) for header in context.headers]
    context.add_patient_attributes(image)
    return image


def with_caption(pixels: Pixels, caption: str) -> Pixels:
    """Return a picture with a band below it that contains a research-only warning and a line of text.

    Parameters
    ----------
    pixels
        Shape (height, width, 3).
    caption
        Text of the band; wrapped to the picture's width.
    """
    from matplotlib import font_manager
    from PIL import Image, ImageDraw, ImageFont

    from viewer.scene.wrapping import wrap

    width = pixels.shape[1]
    size = max(round(width * TEXT_SHARE), 9)
    bold_font = ImageFont.truetype(font_manager.findfont("DejaVu Sans:bold"), round(1.2 * size))
    plain_font = ImageFont.truetype(font_manager.findfont("DejaVu Sans"), size)
    lines = wrap(caption, width - 2 * size, lambda piece: float(plain_font.getlength(piece)))
    height = round(size * (2.8 + 1.4 * len(lines)))
    band = Image.new("RGB", (width, height), BACKGROUND)
    draw = ImageDraw.Draw(band)
    draw.text((size, round(0.5 * size)), RESEARCH_ONLY.upper(), WARNING_COLOUR, bold_font)
    for index, text_line in enumerate(lines):
        draw.text((size, round(size * (2.2 + 1.4 * index))), text_line, TEXT_COLOUR, plain_font)
    return np.concatenate([pixels, np.asarray(band, dtype=np.uint8)])
