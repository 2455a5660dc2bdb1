"""Entry point of ``saliency-viewer``: dispatch to a command, report errors, return the exit status.

Nothing heavy is imported here, nor by a command before it is run, so that ``--help`` is fast.
"""

from __future__ import annotations

import codecs
import io
import os
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from types import ModuleType

from viewer.commands.options import add_general_options
from viewer.commands.parser import CommandParser, UsageError
from viewer.errors import Cancelled, ViewerError
from viewer.resource_files import BUILTIN_SCANS

PROGRAM = "saliency-viewer"
COMMANDS = (
    "demo",
    "info",
    "methods",
    "prepare",
    "predict",
    "fit",
    "explain",
    "figure",
    "slices",
    "movie",
    "mesh",
    "page",
    "report",
    "dicom",
    "clusters",
    "regions",
    "channels",
    "compare",
    "features",
    "check",
    "record",
    "cohort",
    "group",
    "nearest",
    "patterns",
    "train",
    "guide",
    "install-desktop",
    "reproduce",
    "bench",
)
"""Named commands, in the order of the help; without a command, the window opens."""

SUBCOMMANDS = {
    ("train", network): f"training.{network}"
    for network in ("morch", "age", "digits", "generators", "statistics")
}
"""Modules of subcommands, which have their own options."""

EXIT_ERROR = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130
ENCODING_ERRORS = "saliency-viewer-console"


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line; return the exit status: 0, 1 for an error, 2 for wrong usage, 130 for Ctrl+C."""
    # Lets PyTorch use huge pages for large tensors, which avoids most page faults of a first map (on Linux).
    os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")
    _configure_streams()
    args = list(sys.argv[1:] if argv is None else argv)
    prog, debug = PROGRAM, "--debug" in args
    try:
        prog, command, args = find_command(args)
        status = _run(import_module(f"viewer.commands.{command}"), prog, args)
        sys.stdout.flush()
        return status
    except SystemExit as exit_request:
        return exit_request.code if isinstance(exit_request.code, int) else EXIT_ERROR
    except UsageError as usage_error:
        return _print_error(f"{prog}: {usage_error}; see {prog} --help", EXIT_USAGE, debug)
    except ViewerError as error:
        return _print_error(f"{prog}: {error.command_line}", EXIT_ERROR, debug)
    except (KeyboardInterrupt, Cancelled):
        return _print_error(f"{prog}: cancelled", EXIT_INTERRUPTED, debug=False)
    except BrokenPipeError:
        # The reader of the output has closed it; Python would raise another error when flushing it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_ERROR
    except MemoryError:
        return _print_error(f"{prog}: memory: it ran out; close other programs", EXIT_ERROR, debug)
    except OSError as error:
        return _print_error(f"{prog}: {_os_error_message(error)}", EXIT_ERROR, debug)
    except Exception as error:  # noqa: BLE001  reported to the user, in full with --debug
        line = " ".join(str(error).split())
        text = f"{type(error).__name__}: {line}" if line else type(error).__name__
        return _print_error(f"{prog}: unexpected {text}; --debug shows where", EXIT_ERROR, debug)


def find_command(args: list[str]) -> tuple[str, str, list[str]]:
    """Return the program name of the command in an error, the name of its module, and its own arguments.

    Raises
    ------
    UsageError
        The first word is neither a command nor a file.
    """
    command, args = _split_command(args)
    prog = PROGRAM if command == "window" else f"{PROGRAM} {command}"
    if (command, *args[:1]) in SUBCOMMANDS:
        return f"{prog} {args[0]}", SUBCOMMANDS[command, args[0]], args[1:]
    return prog, command.replace("-", "_"), args


def _configure_streams() -> None:
    """Configure the standard streams to accept any text in any encoding, and replace closed streams.

    A path that is not Unicode is printed as its original bytes, so that a script can open it; a character
    that the encoding lacks is printed as an escape. A closed standard stream is replaced by the null device;
    otherwise the next opened file would take its file descriptor and receive the output.
    """
    for name in ("stdin", "stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            mode = "r" if name == "stdin" else "w"
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115  to the end
        elif name != "stdin" and isinstance(stream, io.TextIOWrapper):
            codecs.register_error(ENCODING_ERRORS, _encode_for_console)
            stream.reconfigure(errors=ENCODING_ERRORS)


def _encode_for_console(error: UnicodeError) -> tuple[str | bytes, int]:
    try:
        return codecs.lookup_error("surrogateescape")(error)
    except UnicodeError:
        return codecs.lookup_error("backslashreplace")(error)


def _split_command(args: list[str]) -> tuple[str, list[str]]:
    """Return the command and its own arguments; ``--quiet`` and ``--debug`` may precede the command."""
    for index, word in enumerate(args):
        if word in COMMANDS:
            return word, args[:index] + args[index + 1 :]
        if word not in ("--quiet", "--debug"):
            _check_command_name(word)
            break
    return "window", args


def _check_command_name(first_argument: str) -> None:
    """Raise UsageError if the first word is not an option, command or scan: probably a misspelt command."""
    if (
        first_argument.startswith("-")
        or first_argument in BUILTIN_SCANS
        or "." in first_argument
        or "=" in first_argument
        or os.path.exists(first_argument)  # noqa: PTH110
    ):
        return
    matches = get_close_matches(first_argument, COMMANDS, n=1)
    remedy = f"did you mean {matches[0]}?" if matches else f"the commands are {', '.join(COMMANDS)}"
    raise UsageError(f"{first_argument!r} is neither a command nor a file; {remedy}")


def make_parser(module: ModuleType, prog: str) -> CommandParser:
    """Return the parser of the module of a command; ``prog`` is the name of the command in the help."""
    example = module.EXAMPLE if prog != PROGRAM else f"{_format_command_list()}\n\n{module.EXAMPLE}"
    parser = CommandParser(prog, module.__doc__ or "", example)
    module.add_arguments(parser)
    add_general_options(parser)
    if prog == PROGRAM:
        parser.add_argument("--version", action="store_true", help="print the version and exit")
    return parser


def _run(module: ModuleType, prog: str, args: list[str]) -> int:
    arguments = make_parser(module, prog).parse(args)
    if prog == PROGRAM and arguments.version:
        from viewer import __version__

        print(f"{PROGRAM} {__version__}")
        return 0
    return int(module.run(arguments))


def _format_command_list() -> str:
    """Return the list of commands with their summaries, for the help."""
    lines = ["commands (each has its own --help):"]
    width = max(map(len, COMMANDS))
    for name in COMMANDS:
        module = import_module(f"viewer.commands.{name.replace('-', '_')}")
        summary = (module.__doc__ or "").partition("\n")[0].rstrip(".")
        lines.append(f"  {name:{width}} {summary}")
    return "\n".join(lines)


def _print_error(message: str, exit_status: int, debug: bool) -> int:
    if debug:
        import traceback

        traceback.print_exc()
    print(message, file=sys.stderr)
    return exit_status


def _os_error_message(error: OSError) -> str:
    reason = error.strerror or str(error) or type(error).__name__
    return f"{error.filename}: {reason}" if error.filename else reason
