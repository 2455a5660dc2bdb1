"""Common data of the objects of one export: source, geometry of the voxels, equipment and texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from viewer.resource_files import version
from viewer.scene.dicom_export.frame_geometry import FrameGeometry
from viewer.scene.dicom_export.method_text import MAX_STRING_LENGTH, dicom_text
from viewer.scene.dicom_export.patient import CHARACTERS, DEIDENTIFICATION

MANUFACTURER = "Saliency Viewer"
SERIAL_NUMBER = "none"
"""Programs have no serial number, but the attribute must not be empty."""

BODY_PART = "BRAIN"
"""Body part if the source series does not contain it: this program shows brains."""

FIRST_SERIES = 9001
"""Series number of the map; those of scanners are smaller."""


@dataclass(frozen=True, eq=False)
class SeriesContext:
    """Source and texts of the objects.

    Parameters
    ----------
    highdicom
        The package.
    headers
        Headers of the source series, as returned by `prepare_headers`.
    geometry
        Geometry of the map's voxels.
    method_description
        How the map was computed, see `describe_method`.
    map_name
        The map's name.
    is_pseudonymised
        Whether the headers are under a pseudonym.
    """

    highdicom: Any
    headers: Sequence[Any]
    geometry: FrameGeometry
    method_description: str
    map_name: str
    is_pseudonymised: bool

    @property
    def first_header(self) -> Any:
        """Header of the first source image."""
        return self.headers[0]

    @property
    def is_multiframe(self) -> bool:
        """Whether the source images have several frames each."""
        return "NumberOfFrames" in self.first_header and int(self.first_header.NumberOfFrames) > 1

    def source_arguments(self) -> dict[str, Any]:
        """Return the arguments of a multi-frame object for its source images; a multi-frame file is one."""
        if not self.is_multiframe:
            return {"source_images": list(self.headers)}
        others = list(self.headers[1:])
        return {"source_images": [self.first_header], "further_source_images": others or None}

    def position_arguments(self) -> dict[str, Any]:
        """Return the arguments of a multi-frame object for the positions of its frames."""
        hd, geometry = self.highdicom, self.geometry
        patient = hd.CoordinateSystemNames.PATIENT
        return {
            "pixel_measures": hd.PixelMeasuresSequence(
                pixel_spacing=geometry.spacing,
                slice_thickness=geometry.step,
                spacing_between_slices=geometry.step,
            ),
            "plane_orientation": hd.PlaneOrientationSequence(patient, geometry.orientation),
            "plane_positions": [
                hd.PlanePositionSequence(patient, [float(value) for value in position])
                for position in geometry.positions
            ],
        }

    def series_arguments(self, number: int, description: str) -> dict[str, Any]:
        """Return the arguments of every object for its series and equipment."""
        return {
            "series_instance_uid": str(self.highdicom.UID()),
            "series_number": FIRST_SERIES + number,
            "series_description": dicom_text(description, MAX_STRING_LENGTH),
            "manufacturer": MANUFACTURER,
            "manufacturer_model_name": MANUFACTURER,
            "software_versions": dicom_text(version(), MAX_STRING_LENGTH),
            "device_serial_number": SERIAL_NUMBER,
            "specific_character_set": CHARACTERS,
        }

    def add_patient_attributes(self, output_dataset: Any) -> None:
        """Add the body part to an object and, under a pseudonym, that the identity was removed."""
        output_dataset.BodyPartExamined = self.first_header.get("BodyPartExamined") or BODY_PART
        if self.is_pseudonymised:
            output_dataset.PatientIdentityRemoved = "YES"
            output_dataset.DeidentificationMethod = DEIDENTIFICATION

    def describe_derivation(self, output_dataset: Any) -> None:
        """Add how the map was computed to every reference of a multi-frame object to its source images.

        If the frames are on another grid than the source images, there is one reference for all of them.
        """
        groups = list(output_dataset.PerFrameFunctionalGroupsSequence)
        if all(dataset.get("DerivationImageSequence") for dataset in groups):
            for group in groups:
                group.DerivationImageSequence[0].DerivationDescription = self.method_description
            return
        for group in groups:
            group.pop("DerivationImageSequence", None)
        from pydicom import Dataset
        from pydicom.sr.codedict import codes

        item = Dataset()
        item.DerivationDescription = self.method_description
        item.DerivationCodeSequence = [self.highdicom.sr.CodedConcept.from_code(codes.DCM.SpatialResampling)]
        item.SourceImageSequence = [self.make_image_reference(dataset, codes) for dataset in self.headers]
        output_dataset.SharedFunctionalGroupsSequence[0].DerivationImageSequence = [item]

    def make_image_reference(self, header: Any, codes: Any) -> Any:
        """Return the reference to a source image, as a pydicom data set."""
        from pydicom import Dataset

        item = Dataset()
        item.ReferencedSOPClassUID = header.SOPClassUID
        item.ReferencedSOPInstanceUID = header.SOPInstanceUID
        item.PurposeOfReferenceCodeSequence = [
            self.highdicom.sr.CodedConcept.from_code(codes.DCM.SourceImageForImageProcessingOperation)
        ]
        return item
