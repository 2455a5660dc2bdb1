"""Shares of a map's relevance by network input, from its provenance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from viewer.number_format import format_share

SHARES_NOTE = "share of |relevance|: "
"""Beginning of the note that lists the shares."""


@dataclass(frozen=True)
class InputShare:
    """Share of the sum of a map's |relevance| that one input has, 0 to 1."""

    name: str
    share: float


def input_shares(inputs: Mapping[str, Any]) -> tuple[InputShare, ...]:
    """Return the shares of a map's inputs, images first; empty if fewer than two have one.

    ``inputs`` is the attribute of a `Provenance`.
    """
    image = {"image": inputs["image"]} if "image" in inputs else {}
    entries = {**image, **inputs.get("channels", {}), **inputs.get("covariates", {})}
    shares = tuple(InputShare(name, entry["share"]) for name, entry in entries.items() if "share" in entry)
    return shares if len(shares) > 1 else ()


def describe_shares(inputs: Mapping[str, Any]) -> str:
    """Return the shares of a map's inputs as a note; empty if there are none.

    For example ``share of |relevance|: T1 62.0%, FLAIR 30.0%, age 8.0%``.
    """
    listed = ", ".join(
        f"{share.name} {format_share(share.share, unit='%')}" for share in input_shares(inputs)
    )
    return f"{SHARES_NOTE}{listed}" if listed else ""
