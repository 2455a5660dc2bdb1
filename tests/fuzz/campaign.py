"""Damaged files of every kind, each read in a process of its own with bounds on time and memory.

Run ``python tests/fuzz/campaign.py --count 2000 --seed 1`` from the project's folder. A file is read or
refused in one line; everything else is a fault, told with the seed and the number that make it again, and
the damaged file is kept where ``--keep`` names a folder.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import select
import shutil
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from mutators import damage
from seeds import Seed, seeds

from viewer.errors import ViewerError

CPU_SECONDS = 10
WALL_SECONDS = 120
MEMORY = 200 << 20
"""Bytes that reading may take beyond twice the file's own size."""

MAX_LINE_LENGTH = 4000


@dataclass(frozen=True)
class Outcome:
    """What became of a damaged file: ``fault`` is empty where all is well, ``line`` is how it was refused."""

    number: int
    kind: str
    name: str
    verdict: str
    fault: str = ""
    line: str = ""


def run(count: int, seed: int, keep: Path | None = None, kinds: tuple[str, ...] = ()) -> list[Outcome]:
    """Read ``count`` damaged files, shared evenly among the kinds."""
    outcomes = []
    with tempfile.TemporaryDirectory(prefix="saliency-viewer-fuzz-") as scratch:
        home = Path(scratch)
        os.environ["XDG_CACHE_HOME"] = str(home / "cache")
        honest = [one for one in seeds(home / "seeds") if not kinds or one.kind in kinds]
        by_kind: dict[str, list[Seed]] = {}
        for one in honest:
            outcome = _attempt(0, one, one.folder)
            assert outcome.verdict == ("refused" if one.hostile else "read"), f"{outcome}"
            by_kind.setdefault(one.kind, []).append(one)
        spliced = [(one.folder / one.damaged[0][0]).read_bytes() for one in honest]
        order = sorted(by_kind)
        for number in range(count):
            rng = random.Random(f"{seed} {number}")
            chosen = by_kind[order[number % len(order)]]
            one = chosen[(number // len(order)) % len(chosen)]
            copy = home / "case"
            shutil.copytree(one.folder, copy)
            for name, form in rng.sample(one.damaged, rng.choice((1, min(2, len(one.damaged))))):
                if (copy / name).is_file():
                    content = damage(rng, form, (copy / name).read_bytes(), rng.choice(spliced))
                    (copy / name).write_bytes(content)
            outcomes.append(_attempt(number, one, copy))
            if outcomes[-1].fault and keep is not None:
                shutil.copytree(copy, keep / f"{seed}-{number}-{one.kind}", dirs_exist_ok=True)
            shutil.rmtree(copy)
        if (home / "seeds" / "canary").exists():
            outcomes.append(Outcome(-1, "all", "canary", "code was run", "a file's code was run"))
    return outcomes


def _attempt(number: int, one: Seed, folder: Path) -> Outcome:
    """Read it in a child, and say how that ended."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        _judge(one, folder, writing)
    os.close(writing)
    received = bytearray()
    until = time.monotonic() + WALL_SECONDS
    while (left := until - time.monotonic()) > 0 and select.select([reading], [], [], left)[0]:
        block = os.read(reading, 1 << 16)
        if not block:
            break
        received += block
    else:
        os.kill(child, signal.SIGKILL)
    os.close(reading)
    _, status, used = os.wait4(child, 0)
    if os.WIFSIGNALED(status):
        name = signal.Signals(os.WTERMSIG(status)).name
        seconds = used.ru_utime + used.ru_stime
        return Outcome(number, one.kind, one.name, name, f"ended by {name} after {seconds:.1f} s of CPU")
    if not received:
        return Outcome(number, one.kind, one.name, "nothing", "ended without a word")
    return Outcome(number, one.kind, one.name, *json.loads(received))


def _judge(one: Seed, folder: Path, writing: int) -> None:
    """In the child: read, and write the verdict; never returns."""
    verdict, fault, line = "read", "", ""
    try:
        before, room = _peak(), MEMORY + 2 * _honest_size(one.folder)
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 2))
        addressed = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (addressed + 3 * room, addressed + 3 * room))
        stray = os.memfd_create("stray")
        os.dup2(stray, 1)
        os.dup2(stray, 2)
        with warnings.catch_warnings():
            warnings.simplefilter("default")
            for hidden in (ResourceWarning, DeprecationWarning, PendingDeprecationWarning):
                warnings.simplefilter("ignore", hidden)  # as Python does
            try:
                one.read(folder)
            except ViewerError as error:
                verdict, fault, line = "refused", _wrong_line(str(error)), str(error)[:MAX_LINE_LENGTH]
            except BaseException as error:  # noqa: BLE001  whatever it is, it is the fault that is looked for
                where = traceback.extract_tb(error.__traceback__)
                places = " < ".join(f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in where[::-1][:6])
                verdict, fault = "raised", f"{type(error).__name__}: {str(error)[:200]} < {places}"
        taken = _peak() - before
        if not fault and taken > room:
            fault = f"took {taken >> 20} MiB, {room >> 20} are allowed"
        size = os.lseek(stray, 0, os.SEEK_CUR)
        if not fault and size:
            fault = f"wrote beside its line: {os.pread(stray, 300, 0)!r}"
    except BaseException as error:  # noqa: BLE001  a forked child must not run the parent's code on
        verdict, fault = "broken", f"the harness itself: {type(error).__name__}: {error}"
    os.write(writing, json.dumps((verdict, fault, line)).encode())
    os._exit(0)


def _wrong_line(line: str) -> str:
    """What is wrong with an error's line."""
    if len(line.splitlines()) != 1:
        return f"is not one line: {line[:200]!r}"
    if len(line) > MAX_LINE_LENGTH:
        return f"is {len(line)} letters long"
    return f"shows a memory address: {line[:300]}" if " at 0x" in line else ""


def _peak() -> int:
    """The most memory that this process has held, in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) << 10


def _honest_size(folder: Path) -> int:
    return sum(one.stat().st_size for one in folder.rglob("*") if one.is_file())


def main() -> int:
    """Run what is asked for; answers 1 where a fault was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--kinds", nargs="*", default=())
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    began = time.monotonic()
    outcomes = run(arguments.count, arguments.seed, arguments.keep, tuple(arguments.kinds))
    faults = [one for one in outcomes if one.fault]
    if arguments.json:
        print(json.dumps([asdict(one) for one in outcomes]))
        return bool(faults)
    counts = Counter((one.kind, one.verdict) for one in outcomes)
    for (kind, verdict), number in sorted(counts.items()):
        print(f"{kind:12} {verdict:10} {number}")
    for one in faults:
        print(f"FAULT seed {arguments.seed} number {one.number} {one.kind} {one.name}: {one.fault}")
    print(f"{len(outcomes)} tries, {len(faults)} faults, {time.monotonic() - began:.0f} s")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
