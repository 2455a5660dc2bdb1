"""Headers from which DICOM objects are made: those of the series, identified or under a pseudonym.

Under a pseudonym, only the geometry is kept. This is stricter than the basic profile of DICOM PS3.15 Annex E:
the attributes to keep are listed, instead of those to remove.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

CHARACTERS = "ISO_IR 192"
"""UTF-8, which can represent every name."""

ABSENT = {
    "PatientID": "",
    "PatientName": "",
    "PatientBirthDate": "",
    "PatientSex": "",
    "AccessionNumber": "",
    "StudyID": "",
    "StudyDate": "",
    "StudyTime": "",
}
"""Attributes that may be empty, but not missing, in every object (type 2)."""

GEOMETRY = (
    "SOPClassUID",
    "Modality",
    "BodyPartExamined",
    "Rows",
    "Columns",
    "NumberOfFrames",
    "ImageOrientationPatient",
    "ImagePositionPatient",
    "PixelSpacing",
    "SliceThickness",
    "SpacingBetweenSlices",
    "LossyImageCompression",
)
"""Attributes that are kept under a pseudonym."""

PLACES = (
    "PlanePositionSequence",
    "PlaneOrientationSequence",
    "PixelMeasuresSequence",
)
"""Functional groups of an enhanced image that are kept under a pseudonym."""

UIDS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "FrameOfReferenceUID")
"""Identifiers that are replaced under a pseudonym."""

DEIDENTIFICATION = "Saliency Viewer: only geometry kept; name, ID and UIDs replaced"


def prepare_headers(headers: Sequence[Any], pseudonym: str) -> list[Any]:
    """Return headers to make objects from; those of the series are not changed.

    Parameters
    ----------
    headers
        pydicom data sets without pixels, decoded.
    pseudonym
        Name and ID that replace the person's; empty keeps the identity of the series.
    """
    return [
        _pseudonymise(header, pseudonym) if pseudonym else _fill_missing_attributes(header)
        for header in headers
    ]


def replacement_uid(uid: str, pseudonym: str) -> str:
    """Return the UID that replaces another under a pseudonym: a hash, the same in every export."""
    digest = hashlib.sha256(f"{pseudonym}\n{uid}".encode()).digest()
    # After PS3.5 B.2: "2.25." and an integer of 128 bits, as of a UUID.
    return f"2.25.{int.from_bytes(digest[:16], 'big')}"


def _fill_missing_attributes(header: Any) -> Any:
    from copy import copy

    from pydicom.valuerep import PersonName

    completed = copy(header)
    for name, value in ABSENT.items():
        if completed.get(name) is None:
            setattr(completed, name, value)
    for name in ("PatientName", "ReferringPhysicianName"):
        if completed.get(name):
            # Recreated from text, as pydicom would write it in the series' own character set.
            setattr(completed, name, PersonName(str(completed[name].value)))
    completed.SpecificCharacterSet = CHARACTERS
    return completed


def _pseudonymise(header: Any, pseudonym: str) -> Any:
    from pydicom import Dataset

    dataset = Dataset()
    for name in GEOMETRY:
        if name in header:
            dataset[name] = header[name]
    for name in ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"):
        if name in header:
            setattr(dataset, name, [_copy_plane_groups(group) for group in header[name].value])
    for name in UIDS:
        if header.get(name):
            setattr(dataset, name, replacement_uid(str(header[name].value), pseudonym))
    for name, value in ABSENT.items():
        setattr(dataset, name, value)
    dataset.PatientID = pseudonym
    dataset.PatientName = f"{pseudonym}^"  # family name only, in the five-component form
    dataset.SpecificCharacterSet = CHARACTERS
    return dataset


def _copy_plane_groups(functional_group: Any) -> Any:
    from pydicom import Dataset

    dataset = Dataset()
    for name in PLACES:
        if name in functional_group:
            dataset[name] = functional_group[name]
    return dataset
