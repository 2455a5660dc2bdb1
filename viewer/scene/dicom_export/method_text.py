"""Description of a map's method in a DICOM object, within the lengths that DICOM allows."""

from __future__ import annotations

from collections.abc import Mapping

from viewer.models.fit_report import fit_report_from_json
from viewer.number_format import format_number
from viewer.resource_files import version
from viewer.scans.map import Map
from viewer.scans.origin import Origin

MAX_STRING_LENGTH = 64
"""Maximum number of characters in a value of representation LO."""

MAX_TEXT_LENGTH = 1024
"""Maximum number of characters in a value of representation ST."""

LEFT_OUT = "..."

RESEARCH_ONLY = "Research only, not for diagnosis"

HASH_SHOWN = 16


def dicom_text(text: str, max_bytes: int) -> str:
    """Return a text in one line without backslashes, which separate values in DICOM.

    It is cut to ``max_bytes`` bytes of UTF-8, as many programs count bytes instead of characters.
    """
    one_line = " ".join(text.replace("\\", "/").split())
    encoded = one_line.encode()
    if len(encoded) <= max_bytes:
        return one_line
    return encoded[: max_bytes - len(LEFT_OUT)].decode(errors="ignore") + LEFT_OUT


def describe_method(saliency_map: Map, origin: Origin) -> str:
    """Return how a map was computed, in sentences of at most 1024 bytes; paths are omitted.

    Parameters
    ----------
    saliency_map
        The map.
    origin
        What is known of the scan and network it was computed from.
    """
    provenance = saliency_map.provenance
    fit = fit_report_from_json(provenance.fit)
    network = ", ".join(
        part
        for part in (
            str(provenance.model.get("name") or ""),
            f"SHA-256 {str(provenance.model['hash'])[:HASH_SHOWN]}" if provenance.model.get("hash") else "",
        )
        if part
    )
    facts = {
        "Method": f"{provenance.title} ({provenance.method})"
        if provenance.title and provenance.method
        else provenance.title or provenance.method,
        "Output explained": provenance.target,
        "Region": provenance.region,
        "Layer": provenance.layer or "",
        "Network": network,
        "Scan and network": fit.sentence if fit.checks else "",
        "Parameters": _format_parameters(provenance.parameters),
        "Uncertainty": provenance.uncertainty_text,
        "Sum": provenance.sum_text,
        "Warning": "; ".join(part for part in (origin.description, saliency_map.warning) if part),
    }
    sentences = [f"{name}: {value.rstrip('.')}." for name, value in facts.items() if value]
    if not provenance.method:
        sentences.append("How the map was made is not recorded.")
    lines = [
        f"Saliency of a neural network's output. {RESEARCH_ONLY}.",
        *sentences,
        f"Written by Saliency Viewer {version()}.",
    ]
    return dicom_text(" ".join(lines), MAX_TEXT_LENGTH)


def _format_parameters(parameters: Mapping[str, object]) -> str:
    return ", ".join(
        f"{name} {format_number(value, 6) if isinstance(value, float) else value}"
        for name, value in parameters.items()
        if isinstance(value, str | int | float) and "/" not in str(value) and "\\" not in str(value)
    )
