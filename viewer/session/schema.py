"""Schema of session files: every entry is validated, and errors name the invalid one."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin, get_type_hints

import numpy as np

from viewer.errors import ModelError, ViewerError
from viewer.files import exists
from viewer.json_text import printable
from viewer.models.model_card import Card, card_from_json
from viewer.models.uncertainty.kinds import DEFAULT_SAMPLES, MAX_SAMPLES, UncertaintyKind
from viewer.resource_files import BUILTIN_SCANS
from viewer.scans.threshold import Threshold, ThresholdKind
from viewer.session.cohort_view import CohortView
from viewer.session.file_reference import FileReference
from viewer.session.map_look import MapLook
from viewer.session.method_settings import MethodSettings, ParameterValue
from viewer.session.saved_preparation import SavedPreparation, read_saved_preparation
from viewer.session.view import Camera, View

if TYPE_CHECKING:
    from viewer.checks.base import CheckResult

EnumType = TypeVar("EnumType", bound=StrEnum)
MAX_VOLUMES = 1 << 31
MAX_CHANNELS = 64
"""Maximum number of images of one person."""

CHECK_TEXT_FIELDS = ("check", "title", "map", "headline", "sentence", "limits")
MAX_SESSION_BYTES = 16 << 20
"""Maximum size of a session's JSON, in bytes."""

MAX_EXACT_INTEGER = 2**53
"""From here on, not all integers can be represented exactly as float64."""


@dataclass(frozen=True)
class SavedSession:
    """Content of a session file; ``atlas_names`` is the file with the names of the atlas's regions.

    Of several images of a person, ``scan`` is the first and ``scan_images`` are the others, each with the
    name of its channel; ``covariates`` are the person's covariates.
    """

    scan: FileReference | None
    model: FileReference | None
    maps: tuple[FileReference, ...]
    hidden_indices: tuple[int, ...]
    current_index: int | None
    view: View
    atlas: FileReference | None = None
    atlas_names: FileReference | None = None
    method_settings: MethodSettings = field(default_factory=MethodSettings)
    scan_images: tuple[FileReference, ...] = ()
    covariates: Mapping[str, float] = field(default_factory=dict)
    preparation: SavedPreparation | None = None
    cohort: CohortView | None = None


def built_in_name(path: Path) -> str:
    """Return the name by which a built-in scan or model is opened; empty for other files."""
    if str(path) in BUILTIN_SCANS and not exists(path):
        return str(path)
    from viewer.models.loading import builtin_model_name as model_name

    return model_name(path)


def _is_built_in(path: str) -> bool:
    from viewer.models.loading import builtin_models

    return path in BUILTIN_SCANS or path in builtin_models()


class SessionReader:
    """Converts plain values to a `SavedSession`; errors name the invalid entry.

    Parameters
    ----------
    path
        The session's file; files that it names are searched relative to it.
    archive_folder
        Folder that must contain all files that it names; None allows any file.
    """

    def __init__(self, path: Path, archive_folder: Path | None) -> None:
        self._path = path
        self._archive_folder = archive_folder

    def read(self, entries: Mapping[str, Any]) -> SavedSession:
        """Return the saved session of the JSON entries. Raises ViewerError for an invalid entry."""
        maps = entries.get("maps", [])
        hidden = entries.get("hidden", [])
        current = entries.get("current")
        if not isinstance(maps, list):
            raise self._invalid_entry("maps")
        if not isinstance(hidden, list) or not all(self._is_index(n, len(maps)) for n in hidden):
            raise self._invalid_entry("hidden")
        if current is not None and not self._is_index(current, len(maps)):
            raise self._invalid_entry("current")
        return SavedSession(
            self._read_optional_file(entries, "scan"),
            self._read_optional_file(entries, "model"),
            tuple(self._read_file(entry, "maps") for entry in maps),
            tuple(hidden),
            current,
            self._read_view(entries["view"]),
            self._read_optional_file(entries, "atlas"),
            self._read_optional_file(entries, "atlas_names"),
            self._read_method_settings(entries.get("method")),
            *self._read_images_and_covariates(entries.get("scan")),
            self._read_preparation(entries.get("preparation")),
            self._read_cohort(entries.get("cohort")),
        )

    def _read_cohort(self, entry: object) -> CohortView | None:
        """Read which cohort was open. An archive does not contain it, only its path."""
        if entry is None:
            return None
        entries = entry if isinstance(entry, dict) else {}
        if self._archive_folder is None:
            folder = Path(self._read_file(entry, "cohort").path)
        else:
            saved_path = entries.get("path")
            if not isinstance(saved_path, str) or "\0" in saved_path or not Path(saved_path).is_absolute():
                raise self._invalid_entry("cohort")
            folder = Path(saved_path)
        texts = {name: entries.get(name, "") for name in ("model", "method", "among", "participant", "hash")}
        if not all(isinstance(value, str) for value in texts.values()):
            raise self._invalid_entry("cohort")
        return CohortView(folder, **{name: printable(value) for name, value in texts.items()})

    def _read_preparation(self, entry: object) -> SavedPreparation | None:
        if entry is None:
            return None
        if not isinstance(entry, dict):
            raise self._invalid_entry("preparation")
        mask = self._read_optional_file(entry, "mask")
        try:
            return read_saved_preparation(entry, mask)
        except (ValueError, TypeError, KeyError, OverflowError) as error:
            raise self._invalid_entry("preparation") from error

    def _read_images_and_covariates(
        self, entry: object
    ) -> tuple[tuple[FileReference, ...], dict[str, float]]:
        """Return the further images of the scan, and the covariates."""
        images = entry.get("images", []) if isinstance(entry, dict) else []
        numbers = entry.get("covariates", {}) if isinstance(entry, dict) else {}
        if not isinstance(images, list) or len(images) > MAX_CHANNELS or not isinstance(numbers, dict):
            raise self._invalid_entry("scan")
        references = tuple(self._read_file(image, "scan.images") for image in images)
        first = entry.get("name", "") if isinstance(entry, dict) else ""
        names = [first, *(image.name for image in references)]
        if references and (not all(names) or len(set(names)) < len(names)):
            raise self._invalid_entry("scan.images")
        return references, {
            name: self._read_number("scan.covariates", value) for name, value in numbers.items()
        }

    def _invalid_entry(self, name: str) -> ViewerError:
        return ViewerError(self._path, f"its entry {name!r} is invalid", "save the session again")

    def _is_index(self, value: object, count: int) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < count

    def _read_optional_file(self, entries: Mapping[str, Any], name: str) -> FileReference | None:
        return None if entries.get(name) is None else self._read_file(entries[name], name)

    def _read_file(self, entry: object, name: str) -> FileReference:
        if not isinstance(entry, dict) or not isinstance(entry.get("path"), str) or not entry["path"]:
            raise self._invalid_entry(name)
        path, digest = entry["path"], entry.get("hash", "")
        volume = entry.get("volume")
        if "\0" in path or not isinstance(digest, str):
            raise self._invalid_entry(name)
        if volume is not None and not self._is_index(volume, MAX_VOLUMES):
            raise self._invalid_entry(name)
        file = self._resolve_path(path, entry.get("relative"), name)
        if self._archive_folder is not None and not file.resolve().is_relative_to(
            self._archive_folder.resolve()
        ):
            raise ViewerError(self._path, f"its entry {name!r} names a file that it does not contain")
        built_in = _is_built_in(path) and not exists(file)
        map_name, output_name = entry.get("name", ""), entry.get("answer", "")
        if not isinstance(map_name, str) or not isinstance(output_name, str):
            raise self._invalid_entry(name)
        checks = self._read_check_results(entry["checks"], name) if "checks" in entry else ()
        affine = self._read_affine(entry["aligned_affine"], name) if "aligned_affine" in entry else None
        look = self._read_look(entry["look"], name) if "look" in entry else None
        return FileReference(
            path if built_in else str(file), digest, volume, printable(map_name), checks, affine, output_name,
            look, self._read_card(entry["card"], name) if "card" in entry else None,
            self._read_names(entry.get("saved_checks", []), f"{name}.saved_checks"),
        )  # fmt: skip

    def _read_names(self, names: object, name: str) -> tuple[str, ...]:
        if not isinstance(names, list) or not all(isinstance(item, str) for item in names):
            raise self._invalid_entry(name)
        return tuple(names)

    def _read_card(self, entries: object, name: str) -> Card:
        """Read the card of a network that was in no file."""
        if not isinstance(entries, dict):
            raise self._invalid_entry(name)
        try:
            return card_from_json(entries, self._path)
        except ModelError as error:
            raise self._invalid_entry(name) from error

    def _read_look(self, entries: object, name: str) -> MapLook:
        """Read the appearance of a map while another is the current one."""
        kinds = get_type_hints(MapLook)
        if not isinstance(entries, dict) or "threshold" not in entries or not entries.keys() <= kinds.keys():
            raise self._invalid_entry(f"{name}.look")
        values = {key: self._read_value(kinds[key], f"{name}.look", value) for key, value in entries.items()}
        return MapLook(**values)

    def _read_affine(self, rows: object, name: str) -> tuple[tuple[float, ...], ...]:
        """Read an invertible 4 by 4 affine."""
        if not isinstance(rows, list) or len(rows) != 4:
            raise self._invalid_entry(name)
        affine = tuple(self._read_numbers(name, row, 4) for row in rows)
        if list(affine[3]) != [0.0, 0.0, 0.0, 1.0] or not 1e-9 < abs(np.linalg.det(np.array(affine))) < 1e9:
            raise self._invalid_entry(name)
        return affine

    def _resolve_path(self, path: str, relative: object, name: str) -> Path:
        """Return the existing file: at its absolute path, or relative to the session file."""
        candidates = [path, path.replace("\\", "/")]
        if relative is not None and self._archive_folder is None:
            if not isinstance(relative, str) or "\0" in relative:
                raise self._invalid_entry(name)
            candidates.append(relative)
        files = [self._path.parent / candidate for candidate in candidates]
        return next((file for file in files if exists(file)), files[0])

    def _read_check_results(self, entries: object, name: str) -> tuple[CheckResult, ...]:
        """Return a map's check results, without their plots."""
        from viewer.checks.base import CheckResult, Verdict

        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise self._invalid_entry(name)
        results = []
        for entry in entries:
            texts = {field_name: entry.get(field_name) for field_name in CHECK_TEXT_FIELDS}
            numbers = entry.get("numbers", {})
            if not all(isinstance(value, str) for value in texts.values()) or not isinstance(numbers, dict):
                raise self._invalid_entry(name)
            verdict = self._read_enum(Verdict, name, entry.get("verdict"))
            seconds = self._read_number(name, entry.get("seconds", 0))
            results.append(CheckResult(**texts, verdict=verdict, numbers=numbers, seconds=seconds))
        return tuple(results)

    def _read_method_settings(self, entries: object) -> MethodSettings:
        """Read the method's settings, absent in sessions of version 0.1.0. The name is not checked."""
        if entries is None:
            return MethodSettings()
        if not isinstance(entries, dict):
            raise self._invalid_entry("method")
        parameters, target, layer = (
            entries.get(field_name) for field_name in ("parameters", "target", "layer")
        )
        name, region = entries.get("name", ""), entries.get("region", "")
        if not isinstance(name, str) or not isinstance(region, str) or "\0" in region:
            raise self._invalid_entry("method")
        if layer is not None and not isinstance(layer, str):
            raise self._invalid_entry("method.layer")
        against = entries.get("against")
        for key, index in (("target", target), ("against", against)):
            if index is not None and not self._is_index(index, MAX_EXACT_INTEGER):
                raise self._invalid_entry(f"method.{key}")
        if parameters is not None and not isinstance(parameters, dict):
            raise self._invalid_entry("method.parameters")
        values = {
            key: self._read_parameter(f"method.parameters.{key}", value)
            for key, value in (parameters or {}).items()
        }
        uncertainty, samples = entries.get("uncertainty", ""), entries.get("samples", DEFAULT_SAMPLES)
        if uncertainty not in ("", *UncertaintyKind):
            raise self._invalid_entry("method.uncertainty")
        if not self._is_index(samples, MAX_SAMPLES + 1) or samples < 2:
            raise self._invalid_entry("method.samples")
        return MethodSettings(name, values, target, layer, region, against, uncertainty, samples)

    def _read_parameter(self, name: str, value: object) -> ParameterValue:
        if isinstance(value, bool | str):
            return value
        return self._read_integer(name, value) if isinstance(value, int) else self._read_number(name, value)

    def _read_view(self, entries: Mapping[str, Any]) -> View:
        view, kinds = View(), get_type_hints(View)
        for name, value in entries.items():
            if name not in kinds:
                raise self._invalid_entry(f"view.{name}")
            view = replace(view, **{name: self._read_value(kinds[name], f"view.{name}", value)})
        return view

    def _read_value(self, field_type: Any, name: str, value: object) -> Any:
        """Convert a JSON value to the type of a field of the view."""
        options = get_args(field_type) if get_origin(field_type) is UnionType else ()
        if options:
            # The other option is None.
            return None if value is None else self._read_value(options[0], name, value)
        if field_type is Threshold:
            return self._read_threshold(name, value)
        if field_type is Camera:
            return self._read_camera(name, value)
        if get_origin(field_type) is tuple:
            return self._read_numbers(name, value, len(get_args(field_type)))
        if issubclass(field_type, StrEnum):
            return self._read_enum(field_type, name, value)
        if field_type is bool:
            return self._read_bool(name, value)
        if field_type is str:
            if not isinstance(value, str):
                raise self._invalid_entry(name)
            return printable(value)
        return self._read_integer(name, value) if field_type is int else self._read_number(name, value)

    def _read_enum(self, enum_type: type[EnumType], name: str, value: object) -> EnumType:
        if not isinstance(value, str) or value not in list(enum_type):
            raise self._invalid_entry(name)
        return enum_type(value)

    def _read_number(self, name: str, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._invalid_entry(name)
        if not abs(value) <= sys.float_info.max:  # also rejects NaN
            raise self._invalid_entry(name)
        return float(value)

    def _read_bool(self, name: str, value: object) -> bool:
        if not isinstance(value, bool):
            raise self._invalid_entry(name)
        return value

    def _read_integer(self, name: str, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not abs(value) < MAX_EXACT_INTEGER:
            raise self._invalid_entry(name)
        return value

    def _read_numbers(self, name: str, value: object, count: int) -> tuple[float, ...]:
        if not isinstance(value, list) or len(value) != count:
            raise self._invalid_entry(name)
        return tuple(self._read_number(name, number) for number in value)

    def _read_threshold(self, name: str, value: object) -> Threshold:
        if not isinstance(value, dict) or set(value) != {"kind", "amount"}:
            raise self._invalid_entry(name)
        return Threshold(
            self._read_enum(ThresholdKind, name, value["kind"]), self._read_number(name, value["amount"])
        )

    def _read_camera(self, name: str, value: object) -> Camera:
        if not isinstance(value, dict) or set(value) != {"azimuth", "elevation", "zoom"}:
            raise self._invalid_entry(name)
        numbers = {key: self._read_number(name, number) for key, number in value.items()}
        if numbers["zoom"] <= 0:
            raise self._invalid_entry(name)
        return Camera(**numbers)
