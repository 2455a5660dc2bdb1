"""File type detection from names and first bytes, fast enough for drag and drop."""

from __future__ import annotations

import json
import re
import struct
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Any

from viewer.errors import ScanError
from viewer.files import is_file, is_folder, read_regular
from viewer.resource_files import BUILTIN_SCANS
from viewer.scans.safe_io import read_first_bytes

TEMPLATE = "mni152"
"""Name of the built-in scan: the skull-stripped MNI152 T1 template at 1 mm."""

ENDINGS = (
    ".nii.gz", ".nii.bz2", ".nii", ".hdr.gz", ".img.gz", ".hdr", ".img", ".mgh.gz", ".mgh", ".mgz",
    ".mnc.gz", ".mnc", ".head", ".brik.gz", ".brik", ".par", ".rec", ".dcm", ".gz",
)  # fmt: skip
"""Extensions of image files; longer ones come before those that they end in."""

MAX_FILES_INSPECTED = 200
"""Maximum number of files and folders that are inspected to detect the type of a folder."""

MAX_JSON_BYTES = 16 << 20
"""Maximum size in bytes; model cards, sessions and sidecars are far smaller."""

DICOM_PREAMBLE, DICOM_SIGNATURE = 128, b"DICM"
"""Length of the preamble of a DICOM file, and the signature that follows it."""

LAST_ELEMENT = 0x70
VALUE_REPRESENTATIONS = (b"CS", b"DA", b"LO", b"PN", b"SH", b"TM", b"UI", b"UL")
"""Highest element number accepted as the first of group 8, and value representations of such elements."""

HEADER_BYTES = 544
"""Number of bytes read for detection: the headers of NIfTI-1 (348), NIfTI-2 (540), and all signatures."""


class ImageFormat(StrEnum):
    """File format of an image."""

    NIFTI1 = "NIfTI-1"
    NIFTI2 = "NIfTI-2"
    ANALYZE = "Analyze"
    MGH = "MGH"
    MINC1 = "MINC 1"
    MINC2 = "MINC 2"
    AFNI = "AFNI"
    PARREC = "PAR/REC"
    DICOM = "DICOM"


class FileType(StrEnum):
    """Type of a file, which decides how the program opens it."""

    SCAN = "scan"
    MAP = "map"
    ATLAS = "atlas"
    MODEL = "model"
    SESSION = "session"
    TABLE = "table"
    COHORT = "cohort"
    UNKNOWN = "unknown"


def image_stem(path: Path) -> str:
    """Return a file's name without its format's extension: ``sub-01_T1w`` for ``sub-01_T1w.nii.gz``."""
    for ending in ENDINGS:
        if path.name.lower().endswith(ending) and len(path.name) > len(ending):
            return path.name[: -len(ending)]
    return path.name


def replace_ending(path: Path, ending: str) -> Path:
    """Return the path of the same name with another extension, such as the JSON next to a map."""
    return path.with_name(image_stem(path) + ending)


def detect_image_format(path: Path) -> ImageFormat:
    """Detect the format of an image from its signature, or from its extension if it has none.

    Raises
    ------
    ScanError
        The file cannot be read, is empty, or is not a supported image; the message says what it seems to be.
    """
    if is_folder(path):
        return ImageFormat.DICOM
    name = path.name.lower()
    content = read_first_bytes(path, HEADER_BYTES)
    if _has_dicom_signature(content):
        return ImageFormat.DICOM
    if content[344:348] in (b"n+1\0", b"ni1\0"):
        return ImageFormat.NIFTI1
    if content[4:8] in (b"n+2\0", b"ni2\0"):
        return ImageFormat.NIFTI2
    if content.startswith(b"CDF\x01"):
        return ImageFormat.MINC1
    if content.startswith(b"\x89HDF") and name.endswith(".mnc"):
        return ImageFormat.MINC2
    if name.endswith((".mgh", ".mgz", ".mgh.gz")):
        return ImageFormat.MGH
    if name.endswith((".head", ".brik", ".brik.gz")):
        return ImageFormat.AFNI
    if name.endswith((".par", ".rec")):
        return ImageFormat.PARREC
    if name.endswith((".hdr", ".hdr.gz", ".img", ".img.gz")):
        return _pair_format(path, content)
    raise ScanError(
        path, _describe_content(path, content), "expected NIfTI, MGH, Analyze, MINC, AFNI, PAR/REC or DICOM"
    )


NETWORKS = (
    *(".pt", ".pth", ".safetensors", ".ckpt", ".pt2"),
    *(".onnx", ".h5", ".hdf5", ".keras", ".tflite", ".pb"),
)
"""Extensions of models; loading one of an unsupported framework fails with advice on converting it."""

SAVED_MODEL = "saved_model.pb"
"""File name of a model inside a TensorFlow SavedModel folder."""


NNUNET_PLANS = "plans.json"
"""File name of the plans in a results folder of nnU-Net."""

COHORT_PLAN = "cohort.json"
"""File that marks a folder as a cohort."""

MODEL_FILES = (SAVED_MODEL, NNUNET_PLANS)
"""Files that mark a folder as a model."""


def detect_file_type(path: str | Path) -> FileType:
    """Detect the type of a file from its first bytes and its JSON sidecar; the file may still be damaged.

    An image is a map if its sidecar names a method, its header has the intent code or description of a
    statistic, or its name suggests a map; an atlas if its header has the label intent code or its sidecar
    lists labels; otherwise a scan. A table is a table of scans.
    """
    if str(path) in BUILTIN_SCANS:
        return FileType.SCAN
    path = Path(path)
    if is_folder(path):
        return _detect_folder_type(path)
    name = path.name.lower()
    if name.endswith(NETWORKS) or name == SAVED_MODEL:
        return FileType.MODEL
    if name.endswith(".session.zip"):
        return FileType.SESSION
    if name.endswith((".tsv", ".csv")):
        return FileType.TABLE
    try:
        if name.endswith(".json"):
            return _detect_json_type(path)
        form = detect_image_format(path)
        return _detect_image_type(path, form)
    except ScanError:
        return FileType.UNKNOWN


def is_dicom(path: Path) -> bool:
    """Return whether a file has a DICOM signature; False if it cannot be read."""
    if not is_file(path):
        return False
    try:
        with path.open("rb") as file:
            return _has_dicom_signature(file.read(DICOM_PREAMBLE + 4))
    except OSError:
        return False


def _has_dicom_signature(content: bytes) -> bool:
    """Return whether the first bytes are DICOM: the signature or, without it, an element of group 8.

    Old scanners write files without the preamble and the signature.
    """
    if content[DICOM_PREAMBLE:].startswith(DICOM_SIGNATURE):
        return True
    if len(content) < DICOM_PREAMBLE or content[:2] != b"\x08\0" or content[3] or content[2] > LAST_ELEMENT:
        return False
    return (
        content[4:6] in VALUE_REPRESENTATIONS or 0 < int.from_bytes(content[4:8], "little") < DICOM_PREAMBLE
    )


def _detect_folder_type(path: Path) -> FileType:
    """Detect whether a folder is a network, a cohort or DICOM slices; inspect only some of its files."""
    if is_file(path / COHORT_PLAN):
        return FileType.COHORT
    if is_folder(path / "configs") or any(is_file(path / name) for name in MODEL_FILES):
        return FileType.MODEL
    if path.name.startswith("fold_") and is_file(path.parent / NNUNET_PLANS):
        return FileType.MODEL
    files = islice(path.glob("**/*"), MAX_FILES_INSPECTED)
    return FileType.SCAN if any(is_file(file) and is_dicom(file) for file in files) else FileType.UNKNOWN


def read_json_object(path: Path) -> dict[str, Any]:
    """Read a JSON file that holds one object.

    Raises
    ------
    ScanError
        The file is too large, not valid JSON, or not an object.
    """
    try:
        entries = json.loads(read_regular(path, MAX_JSON_BYTES, ScanError, "a description"))
    except (ValueError, RecursionError) as error:
        raise ScanError(path, "is not valid JSON") from error
    if not isinstance(entries, dict):
        raise ScanError(path, "holds no JSON object")
    return entries


def _pair_format(path: Path, content: bytes) -> ImageFormat:
    """Return the format of a .hdr/.img pair, from the header: the .img file has no signature."""
    name = path.name.lower()
    if name.endswith((".img", ".img.gz")):
        header = find_sibling(path, (".hdr", ".hdr.gz"))
        if header is None:
            raise ScanError(path, "has no header beside it", f"expected {replace_ending(path, '.hdr').name}")
        return detect_image_format(header)
    if 348 in struct.unpack("<i", content[:4].ljust(4)) + struct.unpack(">i", content[:4].ljust(4)):
        return ImageFormat.ANALYZE
    raise ScanError(path, "is not an image header", "expected NIfTI or Analyze")


def find_sibling(path: Path, endings: tuple[str, ...]) -> Path | None:
    """Return the file of the same name with one of the extensions, in lower or upper case, or None."""
    for ending in endings:
        for candidate in (replace_ending(path, ending), replace_ending(path, ending.upper())):
            if is_file(candidate):
                return candidate
    return None


BY_SLICER = "save it as NIfTI (.nii.gz) with 3D Slicer, ITK-SNAP or SimpleITK"


def _describe_content(path: Path, content: bytes) -> str:
    """Describe what a file that is not a supported image seems to be."""
    if content.lstrip()[:5] == b"<?xml" and b"GIFTI" in content:
        return "is a GIFTI surface, not a volume"
    if content.startswith((b"TRACK", b"mrtrix tracks")):
        return "holds fibre tracts, not a volume"
    if content.startswith(b"\x28\xb5\x2f\xfd"):
        return "is compressed with zstd; decompress it first"
    if content.startswith(b"\xfd7zXZ\0"):
        return "is compressed with xz; decompress it first, with unxz"
    if content.startswith(b"NRRD"):
        return f"is NRRD; {BY_SLICER}"
    if content.lstrip().startswith((b"ObjectType", b"NDims")):
        return f"is a MetaImage; {BY_SLICER}"
    if content[252:256] in (b"\xef\xff\xe9\xb0", b"\x2a\xe3\x89\xb8"):
        return f"is GIPL; {BY_SLICER}"
    if content.startswith(b"PK\x03\x04"):
        return "is a zip archive; unpack it first"
    if (
        struct.unpack("<i", content[:4].ljust(4))[0] == 348
        or struct.unpack(">i", content[:4].ljust(4))[0] == 348
    ):
        return "has an Analyze header but neither NIfTI's signature nor an Analyze extension"
    printable = bytes(range(32, 127)) + b"\t\n\r\f"
    if not content.translate(None, printable):
        return "is a text file, not an image"
    return "is not an image of a known format"


_MAP_NAMES = re.compile(
    r"relevance|saliency|attribution|heat_?map|lrp|[ztf]stat|stat_?map|^spm[TF]_|_map$", re.IGNORECASE
)


def _detect_image_type(path: Path, image_format: ImageFormat) -> FileType:
    sidecar = replace_ending(path, ".json")
    if is_file(sidecar):
        try:
            entries = read_json_object(sidecar)
        except ScanError:
            entries = {}
        if isinstance(entries.get("method"), str):
            return FileType.MAP
        if isinstance(entries.get("labels"), list):
            return FileType.ATLAS
    intent, description = _read_intent(path, image_format)
    if intent == 1002:
        return FileType.ATLAS
    if 2 <= intent <= 24 or description.startswith((b"SPM{", b"saliency map")):
        return FileType.MAP
    return FileType.MAP if _MAP_NAMES.search(image_stem(path)) else FileType.SCAN


def _read_intent(path: Path, image_format: ImageFormat) -> tuple[int, bytes]:
    """Return NIfTI's intent code and description; 0 and empty for other formats."""
    if image_format not in (ImageFormat.NIFTI1, ImageFormat.NIFTI2):
        return 0, b""
    header = (
        find_sibling(path, (".hdr", ".hdr.gz")) if path.name.lower().endswith((".img", ".img.gz")) else path
    )
    content = read_first_bytes(header or path, HEADER_BYTES)
    if image_format is ImageFormat.NIFTI1:
        byte_order = "<" if struct.unpack("<i", content[:4])[0] == 348 else ">"
        return struct.unpack(byte_order + "h", content[68:70])[0], content[148:228]
    if len(content) < 540:
        return 0, b""
    byte_order = "<" if struct.unpack("<i", content[:4])[0] == 540 else ">"
    return struct.unpack(byte_order + "i", content[504:508])[0], content[240:320]


def _detect_json_type(path: Path) -> FileType:
    entries = read_json_object(path)
    if "view" in entries:
        return FileType.SESSION
    return FileType.MODEL if "architecture" in entries else FileType.UNKNOWN
