"""The command line as a whole: its help, its errors and its ends."""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import viewer
from viewer.cli import COMMANDS, SUBCOMMANDS, find_command, main, make_parser
from viewer.commands.option_values import parse_output_path
from viewer.commands.parser import join_negative_values
from viewer.errors import Cancelled, ViewerError

Run = Callable[..., Any]
HEAVY = ("torch", "numpy", "vtk", "vtkmodules", "scipy", "nibabel", "nilearn", "matplotlib", "PySide6")


def spawn(*words: object, **options: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "viewer", *[str(word) for word in words]]
    return subprocess.run(command, capture_output=True, text=True, timeout=200, check=False, **options)


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_every_command_has_help_with_an_example(run: Run, command: str) -> None:
    answer = run(*command.split(), "--help")
    assert (answer.status, answer.err) == (0, "")
    assert answer.out.startswith(f"usage: saliency-viewer {command}".rstrip())
    example = answer.out.partition("example:\n")[2]
    assert f"saliency-viewer {command}".rstrip() in example
    assert "--debug" in answer.out
    assert max(len(line) for line in answer.out.splitlines()) <= 112


def test_the_help_names_every_command(run: Run) -> None:
    shown = run("--help").out.partition("commands")[2]
    for command in COMMANDS:
        assert re.search(rf"^  {command} +[A-Z]", shown, re.MULTILINE), command


def test_every_line_of_the_help_of_every_command_is_said_once(run: Run) -> None:
    for command in COMMANDS:
        described = [line.strip() for line in run(command, "--help").out.splitlines() if "--" in line]
        assert len(described) == len(set(described))


def test_the_help_needs_nothing_heavy() -> None:
    script = (
        "import sys; from viewer.cli import main, COMMANDS\n"
        "for command in ((), *((name,) for name in COMMANDS)): main([*command, '--help'])\n"
        f"sys.exit(','.join(sorted(set({HEAVY!r}) & set(sys.modules))) or 0)"
    )
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stderr) == (0, "")


def test_listing_methods_and_looking_at_scans_needs_no_torch(scan_file: Path, model_file: Path) -> None:
    script = (
        "import sys; from viewer.cli import main\n"
        f"for words in (['methods'], ['info', {str(scan_file)!r}], ['info', {str(model_file)!r}],\n"
        "              ['info', '--models'], ['bench', '--list']): assert main(words) == 0, words\n"
        "sys.exit('torch was imported' if 'torch' in sys.modules else 0)"
    )
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stderr) == (0, "")


def test_the_version(run: Run) -> None:
    assert run("--version").out == f"saliency-viewer {viewer.__version__}\n"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["explian", "a.nii"], "'explian' is neither a command nor a file; did you mean explain?"),
        (["voxels"], "'voxels' is neither a command nor a file; the commands are demo, info, "),
        (["--quick"], "no option --quick, did you mean --quiet?"),
        (["info", "a.nii", "b.nii"], "unexpected argument 'b.nii'"),
        (["info", "--volume", "x", "a.nii"], "argument --volume: 'x' is not a whole number"),
        (["info", "--volume", "-1", "a.nii"], "argument --volume: -1 is out of range; choose 0 or more"),
        (["info"], "give either a FILE or --models"),
        (["info", "a.nii", "--models"], "give either a FILE or --models"),
        (["predict", "mni152"], "the following arguments are required: --model"),
        (["methods", "gradiant"], "gradiant: no such method; did you mean gradient"),
        (["methods", "xyz"], "xyz: no such method; there are gradient, smoothgrad, "),
        (
            ["explain", "a.nii", "--seed", "-1"],
            "argument --seed: -1 is out of range; choose 0 to 9223372036854775807",
        ),
        (["bench", "speed"], "no benchmark 'speed'; choose from startup"),
    ],
)
def test_wrong_use_is_one_line_and_status_2(run: Run, words: list[str], line: str) -> None:
    answer = run(*words)
    assert (answer.status, answer.out) == (2, "")
    assert line in answer.err
    command = words[0] if words[0] in COMMANDS else ""
    prog = f"saliency-viewer {command}".rstrip()
    assert answer.err.startswith(f"{prog}: ")
    assert answer.err.endswith(f"; see {prog} --help\n")
    assert answer.err.count("\n") == 1


def failing(error: BaseException) -> Callable[..., int]:
    def run(arguments: object) -> int:
        raise error

    return run


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (ViewerError("a.nii", "is empty", "use another"), 1, "a.nii: is empty; use another"),
        (FileNotFoundError(2, "No such file or directory", "b.nii"), 1, "b.nii: No such file or directory"),
        (OSError(28, "No space left on device"), 1, "No space left on device"),
        (MemoryError(), 1, "memory: it ran out; close other programs"),
        (ValueError("two\nlines"), 1, "unexpected ValueError: two lines; --debug shows where"),
        (AssertionError(), 1, "unexpected AssertionError; --debug shows where"),
        (KeyboardInterrupt(), 130, "cancelled"),
        (Cancelled(), 130, "cancelled"),
    ],
)
def test_every_end_has_its_status_and_one_line(
    run: Run, monkeypatch: pytest.MonkeyPatch, error: BaseException, status: int, line: str
) -> None:
    monkeypatch.setattr("viewer.commands.methods.run", failing(error))
    answer = run("methods")
    assert (answer.status, answer.out) == (status, "")
    assert answer.err == f"saliency-viewer methods: {line}\n"


def test_debug_shows_where(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("viewer.commands.methods.run", failing(ViewerError("a", "b")))
    for words in (["methods", "--debug"], ["--debug", "methods"]):
        answer = run(*words)
        assert answer.status == 1
        assert "Traceback" in answer.err
        assert answer.err.endswith("saliency-viewer methods: a: b\n")


def test_a_reader_who_leaves_early_is_no_error() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "viewer", "methods", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""


def test_the_module_is_the_command() -> None:
    answer = spawn("methods", "gradient")
    assert answer.returncode == 0
    assert answer.stdout.startswith("gradient: Gradient\n")
    assert spawn("--nonsense").returncode == 2


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--walls", "-30,5,12"], ["--walls=-30,5,12"]),
        (["--azimuth", "-30"], ["--azimuth=-30"]),
        (["--azimuth", "-.5e1"], ["--azimuth=-.5e1"]),
        (["--glass", "-o", "x.png"], ["--glass", "-o", "x.png"]),
        (["--walls=-1,2,3", "-4"], ["--walls=-1,2,3", "-4"]),
        (["a", "-1"], ["a", "-1"]),
    ],
)
def test_numbers_below_zero_are_values(words: list[str], expected: list[str]) -> None:
    assert join_negative_values(words) == expected


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="sends a POSIX signal")
def test_control_c_cancels_cleanly(scan_file: Path, model_file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    words = ["explain", scan_file, "--model", model_file, "--method", "integrated-gradients"]
    words += ["--set", "steps=4096", "--set", "tolerance=0", "--threads", "1", "-o", folder / "map.nii.gz"]
    # A shell's background jobs ignore Ctrl+C, and so would what they start.
    heeding = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    start = f"{heeding}; import sys; from viewer.cli import main; sys.exit(main())"
    command = [sys.executable, "-u", "-c", start, *[str(word) for word in words]]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stderr is not None
        assert process.stdout is not None
        lines = iter(process.stderr.readline, "")
        assert any("of 4096" in line for line in lines)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=200)
    assert process.returncode == 130, err
    assert out == ""
    assert err.splitlines()[-1] == "saliency-viewer explain: cancelled"
    assert "Traceback" not in err
    assert list(folder.iterdir()) == []


def test_main_reads_sys_argv(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["saliency-viewer", "methods", "gradient", "--json"])
    assert main() == 0
    (entry,) = json.loads(capsys.readouterr().out)
    assert entry["name"] == "gradient"


OUTPUT_OPTIONS = {"-o", "--csv", "--records", "--build", "--work"}


def output_actions(words: tuple[str, ...]) -> list[argparse.Action]:
    """The options of a command that name a file or folder to write."""
    module = import_module(f"viewer.commands.{find_command(list(words))[1]}")
    named = OUTPUT_OPTIONS | ({"--figure"} if words == ("demo",) else set())
    actions = make_parser(module, "saliency-viewer")._actions
    return [action for action in actions if named & set(action.option_strings)]


COMMAND_WORDS = [*((name,) for name in COMMANDS), *SUBCOMMANDS]


def test_outputs_of_every_command_may_be_in_the_home_folder_and_not_an_unknown_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    found = [(words, action) for words in COMMAND_WORDS for action in output_actions(words)]
    assert len({words for words, _ in found}) >= 27
    assert not [words for words, action in found if action.type is not parse_output_path]
    assert parse_output_path("~/x") == str(tmp_path / "x")
    assert parse_output_path("a/~x_") == "a/~x_"


def test_a_figure_for_an_unknown_user_makes_no_folder(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = run("reproduce", "morch-1", "-o", "~no-such-user-here/x")
    assert (answer.status, list(tmp_path.iterdir())) == (1, [])
    assert answer.err.count("\n") == 1
    assert "~no-such-user-here/x: names the folder of a user who does not exist; give" in answer.err
