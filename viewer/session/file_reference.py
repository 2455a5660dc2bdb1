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
    """A file named in a session, and the SHA-256 of its content; a built-in is named without a folder.

    ``volume`` is the shown volume of a series, ``name`` the name of a map, ``check_results`` the results of
    its checks, ``affine`` the affine of an image that was aligned with another, ``saved_checks`` the checks
    that a window that ended without saving had saved elsewhere, ``look`` the appearance of a map while
    another is the current one, ``output_name`` the selected output tensor of a network, ``card`` the
    network's card if it was in no file.
    """

    path: str
    hash: str = ""
    volume: int | None = None
    name: str = ""
    check_results: tuple[CheckResult, ...] = ()
    affine: tuple[tuple[float, ...], ...] | None = None
    output_name: str = ""
    look: MapLook | None = None
    card: Card | None = None
    saved_checks: tuple[str, ...] = ()
