"""Detection of a model file's format by its first bytes and, in archives, by its members."""

from __future__ import annotations

import struct
import zipfile
import zlib
from enum import StrEnum
from itertools import islice
from pathlib import Path

from viewer.errors import ModelError
from viewer.files import check_regular, is_file, is_folder, open_regular


class ModelFormat(StrEnum):
    """File formats of models."""

    SAFETENSORS = "safetensors"
    CHECKPOINT = "PyTorch checkpoint"
    LEGACY = "PyTorch checkpoint of the time before 1.6"
    TORCHSCRIPT = "TorchScript"
    EXPORTED = "exported program (.pt2)"
    BUNDLE = "MONAI bundle"
    NNUNET = "nnU-Net results folder"
    PYTHON = "Python code"
    ONNX = "ONNX"
    HDF5 = "HDF5 (Keras)"
    KERAS = "Keras 3"
    SAVED_MODEL = "TensorFlow SavedModel"
    FROZEN_GRAPH = "frozen TensorFlow graph"
    TFLITE = "TensorFlow Lite"


CONVERT = "convert it to ONNX where TensorFlow is installed: python -m tf2onnx.convert"

REMEDIES = {
    ModelFormat.PYTHON: "name the function that makes the network, as in net.py:build",
    ModelFormat.SAVED_MODEL: f"{CONVERT} --saved-model FOLDER --output net.onnx",
    ModelFormat.FROZEN_GRAPH: f"{CONVERT} --graphdef net.pb --inputs A:0 --outputs B:0 --output net.onnx",
    ModelFormat.TFLITE: f"{CONVERT} --tflite net.tflite --output net.onnx",
}
"""Remedies for formats that cannot be loaded."""


def detect_format(path: Path) -> ModelFormat:
    """Return the format of a file or folder; only names and first bytes are read.

    Raises
    ------
    ModelError
        It does not exist, is empty, or has no known format.
    """
    if is_folder(path):
        if is_folder(path / "configs"):
            return ModelFormat.BUNDLE
        if is_file(path / "saved_model.pb"):
            return ModelFormat.SAVED_MODEL
        is_fold = path.name.startswith("fold_") and is_file(path.parent / "plans.json")
        if is_fold or is_file(path / "plans.json"):
            return ModelFormat.NNUNET
        raise ModelError(path, *_describe_other_folder(path))
    with open_regular(path, ModelError) as file:
        header = file.read(16)
    if not header:
        raise ModelError(path, "is empty", "a model's weights were expected")
    if header.startswith(b"PK\x03\x04"):
        return _archive_format(path)
    if header[4:9] == b"\0\0\0\0{":
        return ModelFormat.SAFETENSORS  # checked first: the header's length may look like a pickle's start
    if header[0] == 0x80 and len(header) > 1 and header[1] <= 5:
        return ModelFormat.LEGACY
    if header.startswith(b"\x89HDF\r\n\x1a\n"):
        return ModelFormat.HDF5
    if header[4:8] == b"TFL3":
        return ModelFormat.TFLITE
    if path.name == "saved_model.pb":
        return ModelFormat.SAVED_MODEL
    if header[8:9] == b"{" or path.suffix == ".safetensors":
        return ModelFormat.SAFETENSORS
    if path.suffix == ".py":
        return ModelFormat.PYTHON
    if path.suffix == ".onnx" or _has_onnx_header(header):
        return ModelFormat.ONNX
    if path.suffix == ".pb":
        return ModelFormat.FROZEN_GRAPH
    raise ModelError(
        path,
        "is not a supported model file",
        "supported formats: safetensors, .pt, .pth, .ckpt, .pt2, .onnx, .keras, .h5, MONAI bundles and "
        "nnU-Net results folders",
    )


def _describe_other_folder(path: Path) -> tuple[str, str]:
    """Return what is wrong with a folder that is not a network, and the remedy."""
    if is_file(path / "plans.pkl"):
        return (
            "is an nnU-Net version 1 folder, whose plans are a pickle, which is not read",
            "export the network (torch.export), or train it with version 2",
        )
    folders = sorted(child.name for child in islice(path.iterdir(), 1000) if is_file(child / "plans.json"))
    if folders:
        names = ", ".join(folders[:5])
        return f"holds {len(folders)} nnU-Net results folder{'s' * (len(folders) > 1)}", f"open one: {names}"
    remedy = "a MONAI bundle has a folder 'configs' inside, a results folder of nnU-Net plans.json"
    return "is a folder without a network in it", remedy


def _has_onnx_header(header: bytes) -> bool:
    """Return whether a file begins like ONNX: with the version of its format and a producer's name."""
    return len(header) > 2 and header[0] == 0x08 and 3 <= header[1] <= 30 and header[2] == 0x12


def executable_format(path: Path) -> str:
    """Return the format of a network's file if loading it runs code in it; otherwise an empty string."""
    if not path.is_file():
        return ""
    kind = detect_format(path)
    return str(kind) if kind in (ModelFormat.TORCHSCRIPT, ModelFormat.PYTHON) else ""


def _archive_format(path: Path) -> ModelFormat:
    with _open_zip(path) as archive:
        names = archive.namelist()
    if any(name.endswith(("/archive_format", "models/model.json")) for name in names):
        return ModelFormat.EXPORTED
    if "serialized_exported_program.json" in names:
        return ModelFormat.EXPORTED
    if any("/code/" in name or name.endswith("constants.pkl") for name in names):
        return ModelFormat.TORCHSCRIPT
    if "config.json" in names and "metadata.json" in names:
        return ModelFormat.KERAS
    if any(name.endswith("data.pkl") and name.count("/") <= 1 for name in names):
        return ModelFormat.CHECKPOINT
    raise ModelError(path, "is an archive without a model in it", "it holds no data.pkl")


def open_archive(path: Path) -> zipfile.ZipFile:
    """Open an archive for reading; the caller closes it.

    Raises
    ------
    ModelError
        It is damaged, truncated, or would decompress to more than its own size.
    """
    archive = _open_zip(path)
    members = sorted(archive.infolist(), key=lambda member: member.header_offset)
    compressed = next((member for member in members if member.compress_type != zipfile.ZIP_STORED), None)
    total_size = sum(member.file_size for member in members)
    if compressed is not None or total_size > path.stat().st_size:
        archive.close()
        reason = (
            f"{compressed.filename} is compressed" if compressed else f"its members claim {total_size} bytes"
        )
        raise ModelError(path, f"is an archive that PyTorch did not write ({reason})")
    end = 0
    for member in members:
        if member.header_offset < end:
            archive.close()
            raise ModelError(
                f"{path}, {member.filename}", "lies over another member", "the file was tampered with"
            )
        end = member.header_offset + member.compress_size
    return archive


def read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, subject: object) -> bytes:
    """Return the bytes of a member of an archive.

    Raises
    ------
    ModelError
        It is damaged, encrypted, or of an unsupported compression; ``subject`` names it in the message.
    """
    try:
        return archive.read(member)
    except (
        zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, NotImplementedError, ValueError,
        struct.error,
    ) as error:  # fmt: skip
        raise ModelError(subject, "is damaged", "save or download the file again") from error


def _open_zip(path: Path) -> zipfile.ZipFile:
    check_regular(path, ModelError)
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error) as error:
        raise ModelError(path, "is a damaged or cut-off archive", "save or download it again") from error
    names = archive.namelist()
    if len(set(names)) < len(names):
        archive.close()
        raise ModelError(path, "is an archive that lists a member twice")
    return archive
