"""Make the guide's pictures: run its commands in a separate process, and keep their output."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import viewer
from viewer.errors import ViewerError
from viewer.guide.contents import CASES, RESULTS, guide_pages
from viewer.guide.example_scans import (
    CHECK_COMMAND,
    PATTERN_COMMAND,
    PATTERNS,
    example_commands,
    example_scans,
    picture_name,
)
from viewer.guide.markdown import commands, pictures
from viewer.methods.registry import list_methods
from viewer.progress import Progress
from viewer.resource_files import resource_path

RUNNER = """
import contextlib, io, json, os, sys
from viewer.cli import main

answers = os.fdopen(os.dup(1), "w")
for line in sys.stdin:
    words = json.loads(line)
    with contextlib.redirect_stdout(io.StringIO()) as out:
        status = main(words)
    print(json.dumps([status, out.getvalue()]), file=answers, flush=True)
"""
"""Program that runs the command lines on its standard input, so that libraries are imported only once."""

NOT_IN_PICTURES = ("guide", "window")
"""Packages that no picture depends on."""


@dataclass(frozen=True)
class PictureJob:
    """Commands that are run in turn in one folder, and the files that are copied from there.

    Parameters
    ----------
    name
        Name of the result, for the progress.
    folder
        Name of the folder that the commands run in.
    commands
        Words of each command.
    files
        Name of each picture by its file in the folder.
    output_file
        File name for the standard output of the last command; "" to discard it.
    """

    name: str
    folder: str
    commands: tuple[tuple[str, ...], ...]
    files: dict[str, str]
    output_file: str = ""

    def cache_key(self, program_hash: str) -> str:
        """Return a key that depends on the commands and on the state of the program."""
        dependencies = json.dumps([self.commands, self.files, self.output_file, program_hash])
        return hashlib.sha256(dependencies.encode()).hexdigest()


def case_jobs() -> list[PictureJob]:
    """Return the jobs of the worked cases: all commands of a page, and its pictures."""
    pages = guide_pages()
    jobs = []
    for name in CASES:
        text, short = pages[name].read(), name.rpartition("/")[2]
        names = [path.rpartition("/")[2] for path in pictures(text)]
        files = {file.removeprefix(f"{short}-"): file for file in names if file.startswith(f"{short}-")}
        jobs.append(PictureJob(name, short, tuple(map(tuple, commands(text))), files))
    return jobs


def method_jobs() -> list[PictureJob]:
    """Return the jobs of the methods on the example scans, and of the checks."""
    jobs = [PictureJob("patterns", "methods", (PATTERN_COMMAND,), {PATTERNS: PATTERNS})]
    for name, method in list_methods().items():
        for example in example_scans(method):
            file_name = picture_name(name, example)
            jobs.append(
                PictureJob(
                    f"{name}, {example.key}",
                    "methods",
                    example_commands(method, example),
                    {file_name: file_name},
                )
            )
    return [*jobs, PictureJob("checks", "methods", (CHECK_COMMAND,), {}, RESULTS)]


def program_pictures() -> dict[str, Path]:
    """Return the pictures of the window in a checkout, by their names in the guide."""
    folder = resource_path("pictures")
    return {f"program-{path.name}": path for path in sorted(folder.glob("*.png"))}


def program_hash() -> str:
    """Return a hash of the source code that pictures depend on."""
    root = Path(viewer.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        if path.relative_to(root).parts[0] not in NOT_IN_PICTURES:
            digest.update(path.read_bytes())
    return digest.hexdigest()


def make_pictures(jobs: Iterable[PictureJob], work_folder: Path, progress: Progress | None = None) -> Path:
    """Run the jobs that are new, or changed with the program; return the folder of the pictures.

    Parameters
    ----------
    jobs
        Jobs to run.
    work_folder
        Folder for the files of the commands, with the results of earlier calls.
    progress
        Reports each job; after a cancellation, finished pictures are kept.

    Raises
    ------
    ViewerError
        A command failed, or did not write an expected file.
    Cancelled
        When ``progress`` is cancelled.
    """
    progress, jobs = progress or Progress(), list(jobs)
    target = work_folder / "pictures"
    target.mkdir(parents=True, exist_ok=True)
    state = program_hash()
    runner: CommandRunner | None = None
    try:
        for index, job in enumerate(jobs):
            progress.step(index, len(jobs), job.name)
            stamp = work_folder / "stamps" / f"{hashlib.sha256(job.name.encode()).hexdigest()[:16]}.txt"
            if stamp.is_file() and stamp.read_text() == job.cache_key(state):
                continue
            runner = runner or CommandRunner(work_folder)
            _run_job(job, runner, target)
            stamp.parent.mkdir(exist_ok=True)
            stamp.write_text(job.cache_key(state))
    finally:
        if runner is not None:
            runner.close()
    progress.step(1, 1)
    return target


def _run_job(job: PictureJob, runner: CommandRunner, target: Path) -> None:
    output = ""
    for command in job.commands:
        output = runner.run(command, job.folder)
    for file, name in job.files.items():
        source = runner.work_folder / job.folder / file
        if not source.is_file():
            raise ViewerError(job.name, f"its commands do not write {file}", "correct the page's commands")
        if source != target / name:
            shutil.copyfile(source, target / name)
    if job.output_file:
        (target / job.output_file).write_text(output, encoding="utf-8")


class CommandRunner:
    """Separate process that runs command lines of this program.

    Parameters
    ----------
    work_folder
        Parent of the folders that commands run in.
    """

    def __init__(self, work_folder: Path) -> None:
        self.work_folder = work_folder
        self._process: subprocess.Popen[str] | None = None
        self._folder = ""

    def run(self, words: Sequence[str], folder: str) -> str:
        """Run a command in a folder and return its standard output.

        Raises
        ------
        ViewerError
            The command failed.
        """
        process = self._start_process(folder)
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps([*words, "--quiet"]) + "\n")
        process.stdin.flush()
        reply = process.stdout.readline()
        status, output = json.loads(reply) if reply else (process.wait(), "")
        if status:
            line = " ".join(words)
            raise ViewerError(
                "guide", f'"saliency-viewer {line}" failed with status {status}', "run it to see why"
            )
        return str(output)

    def _start_process(self, folder: str) -> subprocess.Popen[str]:
        """Return the process that runs in this folder."""
        if self._process is None or self._folder != folder:
            self.close()
            path = self.work_folder / folder
            path.mkdir(parents=True, exist_ok=True)
            self._folder = folder
            self._process = subprocess.Popen(  # noqa: S603  the current interpreter, without a shell
                [sys.executable, "-P", "-c", RUNNER],
                cwd=path,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        return self._process

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.close()
            self._process.wait()
            self._process.stdout.close()
            self._process = None
