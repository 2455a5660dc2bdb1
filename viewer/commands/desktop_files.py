"""Desktop entry, icon and MIME types of the program, in the user's data folder.

The paths follow the XDG Base Directory, Desktop Entry and Shared MIME-info specifications. A record holds the
hash of every written file; a file that was changed since is neither replaced nor removed.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from viewer.resource_files import resource_path
from viewer.scans.atomic_write import atomic_write

PLACES = {
    "saliency-viewer.desktop": "applications/saliency-viewer.desktop",
    "saliency-viewer.svg": "icons/hicolor/scalable/apps/saliency-viewer.svg",
    "saliency-viewer.xml": "mime/packages/saliency-viewer.xml",
}
"""Path, relative to the data folder, of each file of ``resources/desktop``."""

RECORD = "saliency-viewer/desktop-files.json"
QUOTED = str.maketrans({one: f"\\{one}" for one in '"`$\\'})
CACHES = {
    "update-desktop-database": "applications",
    "update-mime-database": "mime",
    "gtk-update-icon-cache": "icons/hicolor",
}
"""Programs that update the desktop caches, each with its folder."""


@dataclass
class DesktopFiles:
    """Result of installing or removing the desktop files.

    Parameters
    ----------
    changed
        Files that were written or removed.
    skipped
        Files that were left as they are, because they were not written by this program or were changed.
    """

    changed: list[Path] = field(default_factory=list)
    skipped: list[Path] = field(default_factory=list)


def user_data_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the user's data folder: XDG_DATA_HOME if it is an absolute path, else ~/.local/share."""
    folder = Path(environment.get("XDG_DATA_HOME", ""))
    return folder if folder.is_absolute() else Path.home() / ".local" / "share"


def desktop_file_contents(command: tuple[str, ...]) -> dict[str, bytes]:
    """Return the content of each file by its path in the data folder; ``command`` starts the program."""
    contents = {target: resource_path(f"desktop/{name}").read_bytes() for name, target in PLACES.items()}
    entry = PLACES["saliency-viewer.desktop"]
    quoted = " ".join(quote_exec(word) for word in command)
    contents[entry] = contents[entry].replace(b"@EXEC@", quoted.encode())
    return contents


def quote_exec(argument: str) -> str:
    """Quote a word for the key Exec of a desktop entry.

    Two rules apply in turn: the key's arguments are quoted like shell words, and backslashes in strings of
    desktop entries are doubled.
    """
    return f'"{argument.translate(QUOTED)}"'.replace("\\", "\\\\").replace("%", "%%")


def install_desktop_files(data_folder: Path, command: tuple[str, ...]) -> DesktopFiles:
    """Write the files that are missing or unchanged since an earlier call, and record their hashes.

    Parameters
    ----------
    data_folder
        The data folder.
    command
        Command that starts the program, as a tuple of words.

    Raises
    ------
    OSError
        A file cannot be written.
    """
    record, result = _read_record(data_folder), DesktopFiles()
    for target, content in desktop_file_contents(command).items():
        path = data_folder / target
        present_hash = _file_hash(path)
        if present_hash not in (None, record.get(target), hashlib.sha256(content).hexdigest()):
            result.skipped.append(path)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(path) as file:
            file.write(content)
        record[target] = hashlib.sha256(content).hexdigest()
        result.changed.append(path)
    _write_record(data_folder, record)
    _update_caches(data_folder)
    return result


def remove_desktop_files(data_folder: Path) -> DesktopFiles:
    """Remove the files that are unchanged since `install_desktop_files` wrote them.

    Raises
    ------
    OSError
        A file cannot be removed.
    """
    record, result = _read_record(data_folder), DesktopFiles()
    for target in PLACES.values():
        path, present_hash = data_folder / target, _file_hash(data_folder / target)
        if present_hash is None:
            record.pop(target, None)
        elif present_hash == record.get(target):
            path.unlink()
            del record[target]
            result.changed.append(path)
        else:
            result.skipped.append(path)
    _write_record(data_folder, record)
    _update_caches(data_folder)
    return result


def _file_hash(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def _read_record(data_folder: Path) -> dict[str, str]:
    """Return the recorded hashes; empty if the record is missing or damaged, so that all files are kept."""
    try:
        hashes = json.loads((data_folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {target: str(value) for target, value in hashes.items()} if isinstance(hashes, dict) else {}


def _write_record(data_folder: Path, record: Mapping[str, str]) -> None:
    path = data_folder / RECORD
    if not record:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(path) as file:
        file.write(json.dumps(record, indent=1).encode())


def _update_caches(data_folder: Path) -> None:
    """Run the installed programs that update the desktop caches."""
    for name, folder in CACHES.items():
        program = shutil.which(name)
        if program is None or not (data_folder / folder).is_dir():
            continue
        options = ["--ignore-theme-index", "--quiet"] if name == "gtk-update-icon-cache" else []
        subprocess.run(  # noqa: S603  found in PATH, as a shell would
            [program, *options, str(data_folder / folder)], capture_output=True, check=False
        )
