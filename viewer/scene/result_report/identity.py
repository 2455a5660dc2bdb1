"""Identity of the person in a report: from the DICOM header, or a pseudonym."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from viewer.errors import ScanError
from viewer.json_text import printable
from viewer.scans.dicom import series_files
from viewer.scans.dicom_files import get_value, read_header
from viewer.scans.dicom_source import missing_dicom_reason
from viewer.scans.scan import Scan

Facts = tuple[tuple[str, str], ...]

HEADER = (
    ("Name", "PatientName"),
    ("ID", "PatientID"),
    ("Born", "PatientBirthDate"),
    ("Sex", "PatientSex"),
    ("Age", "PatientAge"),
    ("Study", "StudyDescription"),
    ("Date", "StudyDate"),
    ("Series", "SeriesDescription"),
)
"""Labels of the header attributes in a report."""

MAX_LENGTH = 80
NO_IDENTITY = "The file's header names no person."


def identity(scan: Scan, pseudonym: str = "") -> Facts:
    """Return names and texts; with a pseudonym only this, without the file's name.

    Raises
    ------
    ScanError
        The scan came from DICOM, and its header cannot be read any more.
    """
    if pseudonym:
        return (("Pseudonym", printable(pseudonym)[:MAX_LENGTH]),)
    file_fact = (("File", printable(scan.name)[:MAX_LENGTH]),)
    if missing_dicom_reason(scan):
        return (*file_fact, ("Person", NO_IDENTITY))
    path = Path(str(scan.path))
    file = series_files(path)[0]
    header = read_header(file)
    all_facts = [(name, _read_attribute(file, header, attribute)) for name, attribute in HEADER]
    person_facts = tuple((name, value) for name, value in all_facts if value)
    return (*person_facts, *file_fact) if person_facts else (*file_fact, ("Person", NO_IDENTITY))


def _read_attribute(file: Path, header: Any, attribute: str) -> str:
    try:
        value = str(get_value(file, header, attribute, ""))
    except ScanError:
        return "damaged in the header"
    if attribute == "PatientName":
        value = " ".join(part for part in value.split("=")[0].replace("^", ", ", 1).split("^") if part)
    if attribute.endswith("Date") and len(value) == 8 and value.isdigit():
        value = f"{value[:4]}-{value[4:6]}-{value[6:]}"
    return printable(value).strip(" ,")[:MAX_LENGTH]
