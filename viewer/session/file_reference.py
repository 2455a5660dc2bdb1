"""Reference of a session to a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from viewer.checks.base import CheckResult
    from viewer.models.model_card import Card
    from viewer.session.map_look import MapLook


@dataclass(frozen=True)
class FileReference:
    """A file that a session names, and the SHA-256 of what it held; a built-in is named without a folder.

    ``volume`` is the one that is shown of a series, ``name`` what a map is called,
    ``check_results`` what checks found of it, ``affine`` where an image lies that was aligned with another,
    ``saved_checks`` the checks that a window that ended without saving had saved elsewhere,
    ``look`` how a map is drawn while another is the current one, ``answer`` which of the tensors that a
    network returns was chosen, ``card`` the network's card where that was in no file.
    """

    path: str
    hash: str = ""
    volume: int | None = None
    name: str = ""
    check_results: tuple[CheckResult, ...] = ()
    affine: tuple[tuple[float, ...], ...] | None = None
    answer: str = ""
    look: MapLook | None = None
    card: Card | None = None
    saved_checks: tuple[str, ...] = ()
