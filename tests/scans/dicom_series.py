"""DICOM series of a simulated MR scan, complete enough to be referred to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

CLASSIC_MR = {
    "Modality": "MR",
    "StudyInstanceUID": "1.2.826.0.1.3680043.8.498.1",
    "SeriesInstanceUID": "1.2.826.0.1.3680043.8.498.1.2",
    "FrameOfReferenceUID": "1.2.826.0.1.3680043.8.498.1.9",
    "PositionReferenceIndicator": "",
    "PatientName": "Müller^Jürgen",
    "PatientID": "PAT-4711",
    "PatientBirthDate": "19510203",
    "PatientSex": "M",
    "PatientAge": "074Y",
    "StudyDate": "20250501",
    "StudyTime": "101500",
    "StudyID": "77",
    "AccessionNumber": "A-1",
    "ReferringPhysicianName": "Brown^Ann",
    "StudyDescription": "Brain",
    "SeriesDescription": "T1 simulated",
    "SeriesNumber": 4,
    "Manufacturer": "none",
    "ImageType": ["ORIGINAL", "PRIMARY", "M", "NONE"],
}

ORIENTATIONS = {
    "LIA": (1.0, 0.0, 0.0, 0.0, 0.0, -1.0),
    "LAS": (0.0, 1.0, 0.0, 0.0, 0.0, -1.0),
    "RAS": (-1.0, 0.0, 0.0, 0.0, 1.0, 0.0),
}


def oblique(degrees: float = 20.0) -> tuple[float, ...]:
    """Return the axial plane turned about two axes of the patient."""
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    turn = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    return (*turn[:, 0], *turn[:, 1])


def write_series(
    folder: Path,
    values: np.ndarray,
    orientation: tuple[float, ...],
    spacing: tuple[float, float] = (1.5, 2.0),
    step: float = 3.0,
    corner: tuple[float, float, float] = (-20.0, 30.0, -12.0),
    tilt: tuple[float, float, float] = (0.0, 0.0, 0.0),
    **changes: Any,
) -> Path:
    """Write a classic MR series.

    Parameters
    ----------
    folder
        Where the files are written.
    values
        uint16, shape (slices, rows, columns).
    orientation
        Image Orientation (Patient).
    spacing
        Between rows, and between columns, in mm.
    step
        Between slices, in mm.
    corner
        Image Position (Patient) of the first slice.
    tilt
        Added to the position of each further slice: a tilted gantry.
    changes
        Attributes of every image; None leaves one out.
    """
    import pydicom
    from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage

    folder.mkdir(parents=True)
    across, down = np.array(orientation[:3]), np.array(orientation[3:])
    for number, picture in enumerate(values):
        made = pydicom.Dataset()
        made.file_meta = pydicom.dataset.FileMetaDataset()
        made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        made.SpecificCharacterSet = "ISO_IR 100"
        for name, value in (CLASSIC_MR | changes).items():
            if value is not None:
                setattr(made, name, value)
        made.SOPClassUID = made.file_meta.MediaStorageSOPClassUID = MRImageStorage
        uid = f"{made.get('SeriesInstanceUID', '1.2.3')}.{number + 1}"
        made.SOPInstanceUID = made.file_meta.MediaStorageSOPInstanceUID = uid
        made.InstanceNumber = number + 1
        made.Rows, made.Columns, made.SamplesPerPixel = *picture.shape, 1
        made.PhotometricInterpretation = "MONOCHROME2"
        made.BitsAllocated, made.BitsStored, made.HighBit, made.PixelRepresentation = 16, 16, 15, 0
        made.PixelSpacing, made.SliceThickness = list(spacing), step
        made.ImageOrientationPatient = [f"{float(value):.12f}"[:16] for value in orientation]
        place = np.array(corner) + number * (step * np.cross(across, down) + np.array(tilt))
        made.ImagePositionPatient = [f"{float(value):.10f}"[:16] for value in place]
        made.PixelData = picture.astype("<u2").tobytes()
        made.save_as(folder / f"IM{number + 1:04d}", enforce_file_format=True)
    return folder
