"""What the objects of one export have in common: source, places of the voxels, equipment and texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from viewer.resource_files import version
from viewer.scene.dicom_export.frame_geometry import FrameGeometry
from viewer.scene.dicom_export.method_text import LONGEST_STRING, dicom_text
from viewer.scene.dicom_export.patient import CHARACTERS, DEIDENTIFICATION

MANUFACTURER = "Saliency Viewer"
SERIAL_NUMBER = "none"
"""Programs have none, and the attribute may not be empty."""

BODY_PART = "BRAIN"
"""Where the source series does not say it: this program shows brains."""

FIRST_SERIES = 9001
"""Number of the map's series; those of scanners are smaller."""


@dataclass(frozen=True, eq=False)
class SeriesContext:
    """Source and texts of the objects.

    Parameters
    ----------
    highdicom
        The package.
    headers
        Headers of the source series, as `prepare_headers` returns them.
    geometry
        Where the map's voxels lie.
    method
        How the map was made, see `describe_method`.
    name
        The map's name.
    pseudonym
        Whether the headers are under a pseudonym.
    """

    highdicom: Any
    headers: Sequence[Any]
    geometry: FrameGeometry
    method: str
    name: str
    pseudonym: bool

    @property
    def first(self) -> Any:
        """Header of the first source image."""
        return self.headers[0]

    @property
    def multiframe(self) -> bool:
        """Whether the source images hold several frames each."""
        return "NumberOfFrames" in self.first and int(self.first.NumberOfFrames) > 1

    def sources(self) -> dict[str, Any]:
        """Return the arguments of a multi-frame object for its source images; one file of frames is one."""
        if not self.multiframe:
            return {"source_images": list(self.headers)}
        further = list(self.headers[1:])
        return {"source_images": [self.first], "further_source_images": further or None}

    def places(self) -> dict[str, Any]:
        """Return the arguments of a multi-frame object for the places of its frames."""
        made, geometry = self.highdicom, self.geometry
        patient = made.CoordinateSystemNames.PATIENT
        return {
            "pixel_measures": made.PixelMeasuresSequence(
                pixel_spacing=geometry.spacing,
                slice_thickness=geometry.step,
                spacing_between_slices=geometry.step,
            ),
            "plane_orientation": made.PlaneOrientationSequence(patient, geometry.orientation),
            "plane_positions": [
                made.PlanePositionSequence(patient, [float(value) for value in position])
                for position in geometry.positions
            ],
        }

    def series(self, number: int, description: str) -> dict[str, Any]:
        """Return the arguments of every object for its series and equipment."""
        return {
            "series_instance_uid": str(self.highdicom.UID()),
            "series_number": FIRST_SERIES + number,
            "series_description": dicom_text(description, LONGEST_STRING),
            "manufacturer": MANUFACTURER,
            "manufacturer_model_name": MANUFACTURER,
            "software_versions": dicom_text(version(), LONGEST_STRING),
            "device_serial_number": SERIAL_NUMBER,
            "specific_character_set": CHARACTERS,
        }

    def complete(self, made: Any) -> None:
        """Add to an object the part of the body, and that the identity was removed, where it was."""
        made.BodyPartExamined = self.first.get("BodyPartExamined") or BODY_PART
        if self.pseudonym:
            made.PatientIdentityRemoved = "YES"
            made.DeidentificationMethod = DEIDENTIFICATION

    def describe_derivation(self, made: Any) -> None:
        """Put how the map was made into every reference of a multi-frame object to its source images.

        Where the frames lie on another grid than the source images, there is one reference for all of them.
        """
        groups = list(made.PerFrameFunctionalGroupsSequence)
        if all(one.get("DerivationImageSequence") for one in groups):
            for group in groups:
                group.DerivationImageSequence[0].DerivationDescription = self.method
            return
        for group in groups:
            group.pop("DerivationImageSequence", None)
        from pydicom import Dataset
        from pydicom.sr.codedict import codes

        item = Dataset()
        item.DerivationDescription = self.method
        item.DerivationCodeSequence = [self.highdicom.sr.CodedConcept.from_code(codes.DCM.SpatialResampling)]
        item.SourceImageSequence = [self.refer_to(one, codes) for one in self.headers]
        made.SharedFunctionalGroupsSequence[0].DerivationImageSequence = [item]

    def refer_to(self, header: Any, codes: Any) -> Any:
        """Return the reference to a source image, as a pydicom data set."""
        from pydicom import Dataset

        item = Dataset()
        item.ReferencedSOPClassUID = header.SOPClassUID
        item.ReferencedSOPInstanceUID = header.SOPInstanceUID
        item.PurposeOfReferenceCodeSequence = [
            self.highdicom.sr.CodedConcept.from_code(codes.DCM.SourceImageForImageProcessingOperation)
        ]
        return item
