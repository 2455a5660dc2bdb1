"""Transform files: reading and writing of JSON and ITK's ``.tfm``, reading of ITK's other files and FSL's.

ITK files (ANTs, Slicer) map points of the template to points of the scan, in LPS: the inverse of the matrix
here. FSL files map voxels of the scan, in mm from its corner, to those of FSL's MNI152 at 1 or 2 mm.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import numpy.typing as npt

from viewer.errors import ScanError
from viewer.files import read_regular
from viewer.json_text import json_text, printable, to_json_value
from viewer.preparation.brain_mask import BrainMask
from viewer.preparation.itk_image import import_simpleitk, ras_to_lps
from viewer.preparation.registration import Registration, RegistrationKind, measure_registration
from viewer.preparation.template import MNI152, Template, load_template
from viewer.scans.atomic_write import atomic_write
from viewer.scans.file_types import read_json_object
from viewer.scans.grid import Grid
from viewer.scans.map import Map
from viewer.scans.scan import Scan
from viewer.scans.template_transform import TemplateTransform

Matrix = npt.NDArray[np.float64]

MAX_FILE_BYTES = 1 << 20
"""Maximum size in bytes; a linear transform takes a few hundred."""

ITK_HEADER = "#Insight Transform File V1.0"

FSL_MNI152 = np.array(
    [[-1.0, 0.0, 0.0, 90.0], [0.0, 1.0, 0.0, -126.0], [0.0, 0.0, 1.0, -72.0], [0.0, 0.0, 0.0, 1.0]]
)
"""Matrix from FSL's mm of its MNI152 template (at 1 or 2 mm) to MNI mm."""

SCALES = (0.2, 5.0)
"""Smallest and largest scale of a transform between two heads."""


def write_registration(registration: Registration, scan: Scan, json_path: Path, tfm_path: Path) -> None:
    """Write a registration as JSON and as an ITK transform, each file atomically.

    Raises
    ------
    ScanError
        A file cannot be written.
    """
    _write_text(json_path, json_text(to_json_value(registration_as_json(registration, scan))))
    _write_text(tfm_path, itk_text(registration.matrix))


def registration_as_json(registration: Registration, scan: Scan) -> dict[str, object]:
    """Return the entries of the JSON file; ``affine`` is the matrix from scan mm to template mm, RAS+."""
    return {
        "affine": registration.matrix.tolist(),
        "from": {"name": scan.name, "hash": scan.hash},
        "to": registration.template,
        "kind": str(registration.kind),
        "dice": registration.dice,
        "correlation": registration.correlation,
        "coverage": registration.coverage,
        "rotation": registration.rotation,
        "seconds": round(registration.seconds, 3),
        "method": registration.method,
        "problems": list(registration.problems),
        "coordinates": "mm, RAS+",
    }


def itk_text(matrix: Matrix) -> str:
    """Return the text of an ITK file (template to scan, LPS) for a matrix from scan to template, RAS+."""
    lps = ras_to_lps(np.asarray(np.linalg.inv(matrix)))
    numbers = " ".join(repr(float(value)) for value in (*lps[:3, :3].ravel(), *lps[:3, 3]))
    lines = (
        ITK_HEADER,
        "#Transform 0",
        "Transform: AffineTransform_double_3_3",
        f"Parameters: {numbers}",
        "FixedParameters: 0 0 0",
    )
    return "\n".join(lines) + "\n"


def read_registration(
    path: str | Path, scan: Scan, mask: BrainMask | None = None, template: Template | None = None
) -> Registration:
    """Read a transform of a scan to the template, and measure its fit.

    Parameters
    ----------
    path
        JSON with ``affine``, an ITK transform (``.tfm``, ``.txt``, ``.mat``), or FLIRT's ``.mat``.
    scan
        Scan that it transforms.
    mask
        Brain mask of the scan, for the Dice coefficient.
    template
        Target of the transform; by default MNI152.

    Raises
    ------
    ScanError
        The file is none of these, its transform is not linear, or it moves the scan out of the template.
    """
    start = time.perf_counter()
    path = Path(path)
    matrix = read_transform(path, scan)
    template = template or load_template()
    kind = transform_kind(matrix)
    return measure_registration(scan, mask, matrix, kind, template, start_time=start, method=path.name)


def read_transform(path: Path, scan: Scan) -> Matrix:
    """Return the 4 by 4 matrix in a file, from the scan's mm to the template's mm, RAS+.

    Raises
    ------
    ScanError
        The file is not a linear transform.
    """
    content = read_regular(path, MAX_FILE_BYTES, ScanError, "a linear transform")
    if content.lstrip()[:1] == b"{":
        matrix = _read_json_matrix(path)
    else:
        numbers = _parse_fsl_matrix(content)
        matrix = _convert_fsl_matrix(numbers, scan) if numbers is not None else _read_itk_matrix(path)
    if matrix.shape != (4, 4) or not np.isfinite(matrix).all() or not np.allclose(matrix[3], (0, 0, 0, 1)):
        raise ScanError(path, "holds no 4 × 4 matrix of a linear transform")
    scales = np.linalg.svd(matrix[:3, :3], compute_uv=False)
    if scales.min() < SCALES[0] or scales.max() > SCALES[1]:
        problem = f"scales by {scales.min():.2g} to {scales.max():.2g}, implausible between two heads"
        raise ScanError(path, problem, "is it in mm?")
    return matrix


def find_template_transform(
    transform: TemplateTransform | Matrix | str | Path, image: Scan | Map
) -> TemplateTransform:
    """Return the transform from an image's mm to the template's, for looking up regions.

    Parameters
    ----------
    transform
        The transform, its matrix (scan mm to template mm, RAS+), or a file that `read_transform` reads; from
        the JSON of `write_registration`, the problems are also read.
    image
        The scan, or a map on its grid.

    Raises
    ------
    ScanError
        The file is not a linear transform, or the map has no grid.
    """
    if isinstance(transform, TemplateTransform):
        return transform
    if image.grid is None:
        raise ScanError(image.name, "is a map of a bare tensor, which has no spatial coordinates")
    if isinstance(transform, np.ndarray):
        return TemplateTransform(transform, str(transform_kind(transform)), (), image.grid)
    path = Path(transform)
    matrix = read_transform(path, Scan(image.data, image.grid, image.name, stored=image.stored))  # type: ignore[arg-type]
    scan_hash = image.hash if isinstance(image, Scan) else str(image.provenance.scan.get("hash", ""))
    problems = read_transform_problems(path, scan_hash)
    return TemplateTransform(matrix, str(transform_kind(matrix)), problems, image.grid)


def read_transform_problems(path: Path, scan_hash: str) -> tuple[str, ...]:
    """Return the reasons in a transform's JSON not to use it: its problems, and another source scan.

    ``scan_hash`` is the hash of the scan to transform; empty if unknown.
    """
    if read_regular(path, MAX_FILE_BYTES, ScanError, "a linear transform").lstrip()[:1] != b"{":
        return ()
    entries = read_json_object(path)
    problems, source = entries.get("problems", ()), entries.get("from")
    cautions = [printable(str(line)) for line in problems] if isinstance(problems, list) else []
    source_hash = source.get("hash") if isinstance(source, dict) else None
    if isinstance(source, dict) and isinstance(source_hash, str) and scan_hash and source_hash != scan_hash:
        name = printable(str(source.get("name", "")))
        cautions.append(f"the transform {path.name} was found for another scan{f' ({name})' if name else ''}")
    return tuple(cautions)


def transform_kind(matrix: Matrix) -> RegistrationKind:
    """Return the kind of a matrix from its scales, to within 0.1 %."""
    scales = np.linalg.svd(matrix[:3, :3], compute_uv=False)
    if scales.max() - scales.min() > 1e-3 * scales.mean():
        return RegistrationKind.AFFINE
    return RegistrationKind.RIGID if abs(scales.mean() - 1) < 1e-3 else RegistrationKind.SIMILARITY


def _read_json_matrix(path: Path) -> Matrix:
    entries = read_json_object(path)
    try:
        matrix = np.array(entries["affine"], dtype=np.float64)
    except KeyError as error:
        raise ScanError(
            path, "lacks the entry affine", "give the 4 by 4 matrix from scan to template"
        ) from error
    except (TypeError, ValueError) as error:
        raise ScanError(path, "has an entry affine that is not a matrix of numbers") from error
    target = entries.get("to")
    if isinstance(target, str) and not target.lower().replace(" ", "").startswith(MNI152):
        raise ScanError(path, f"is a transform to {printable(target)}", f"give one to {MNI152}")
    return matrix


def _parse_fsl_matrix(content: bytes) -> Matrix | None:
    """Return the 4 by 4 matrix of a text of 16 numbers, as FSL writes it; None for any other content."""
    try:
        rows = [[float(word) for word in line.split()] for line in content.decode("ascii").splitlines()]
    except (UnicodeDecodeError, ValueError):
        return None
    rows = [row for row in rows if row]
    return np.array(rows) if [len(row) for row in rows] == [4, 4, 4, 4] else None


def _convert_fsl_matrix(matrix: Matrix, scan: Scan) -> Matrix:
    return np.asarray(FSL_MNI152 @ matrix @ np.linalg.inv(fsl_to_mm(scan.stored.grid)))


def fsl_to_mm(grid: Grid) -> Matrix:
    """Return the matrix from FSL's coordinates of an image, as stored, to its mm.

    These are voxel indices times voxel sizes; the first axis is reversed if the affine has a positive
    determinant (FSL's "neurological" order).
    """
    to_voxels = np.diag([*(1 / grid.spacing), 1.0])
    if np.linalg.det(grid.affine[:3, :3]) > 0:
        to_voxels[0, 0] *= -1
        to_voxels[0, 3] = grid.shape[0] - 1
    return np.asarray(grid.affine @ to_voxels)


def _read_itk_matrix(path: Path) -> Matrix:
    """Return the matrix of any linear transform that ITK reads, from transformed points."""
    sitk = import_simpleitk()
    try:
        transform = sitk.ReadTransform(str(path))
    except RuntimeError as error:
        raise ScanError(path, "is not a transform: neither JSON with affine, ITK's nor FSL's") from error
    if transform.GetDimension() != 3 or not transform.IsLinear():
        raise ScanError(path, "is not a linear transform in three dimensions")
    origin = np.array(transform.TransformPoint((0.0, 0.0, 0.0)))
    itk_matrix = np.eye(4)
    itk_matrix[:3, 3] = origin
    for axis in range(3):
        point = [0.0, 0.0, 0.0]
        point[axis] = 1.0
        itk_matrix[:3, axis] = np.array(transform.TransformPoint(point)) - origin
    if abs(np.linalg.det(itk_matrix[:3, :3])) < 1e-9:
        raise ScanError(path, "is a singular transform")
    return np.asarray(np.linalg.inv(ras_to_lps(itk_matrix)))


def _write_text(path: Path, text: str) -> None:
    try:
        with atomic_write(path) as file:
            file.write(text.encode())
    except OSError as error:
        raise ScanError(path, f"cannot be written ({error.strerror or error})") from error
