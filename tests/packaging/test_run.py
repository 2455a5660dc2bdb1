"""The set-up script, with a Python that only writes down what it is asked: no network, no waiting."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

STUB = """#!/bin/sh
printf '%s\\n' "$*" >>"{log}"
case $* in
*"pip install"*)
    [ ! -e "{broken}" ] || {{ echo 'ERROR: No matching distribution found for torch==2.13.0'; exit 1; }} ;;
*"-m venv"*)
    for last; do :; done
    mkdir -p "$last/bin" && cp "$0" "$last/bin/python" && echo stub >"$last/pyvenv.cfg" ;;
"- "*) cat >/dev/null ;;
esac
"""


TOOLS = ["sh", "dirname", "cat", "cksum", "rm", "mkdir", "cp", "uname", "id", "grep", "tail", "sed", "tr"]


class Checkout:
    """A copy of what the script needs, in a folder with a space in its name, with the stub for Python."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "a checkout"
        (self.home / "resources").mkdir(parents=True)
        for name in ("pyproject.toml", "resources/run", "resources/constraints.txt"):
            shutil.copy(ROOT / name, self.home / name)
        self.log = folder / "log"
        self.broken = folder / "broken"
        self.tools = folder / "tools"
        self.tools.mkdir()
        for name in TOOLS:
            (self.tools / name).symlink_to(shutil.which(name))  # type: ignore[arg-type]
        self.python = self.tools / "python3"
        self.python.write_text(STUB.format(log=self.log, broken=self.broken))
        self.python.chmod(0o755)

    def call(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run the script from another folder, with nothing on the path but the tools and the stub."""
        self.log.write_text("")
        return subprocess.run(
            ["sh", self.home / "resources/run", *arguments],
            cwd=self.tools,
            env={"PATH": str(self.tools), **variables},
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )

    @property
    def calls(self) -> list[str]:
        """What Python was asked, in order."""
        return self.log.read_text().splitlines()


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_the_first_call_sets_up_and_opens_the_demonstration(checkout: Checkout) -> None:
    answer = checkout.call()
    assert answer.returncode == 0, answer.stderr
    installs = [call for call in checkout.calls if "pip install" in call]
    assert all(f"-c {checkout.home}/resources/constraints.txt" in call for call in installs)
    assert installs[-1].endswith(f"-e {checkout.home}[keras,movie,onnx,prepare]")
    assert checkout.calls[-1] == "-P -m viewer demo"


def test_the_second_call_installs_nothing(checkout: Checkout) -> None:
    checkout.call()
    answer = checkout.call("info", "a scan.nii.gz")
    assert answer.returncode == 0
    assert answer.stderr == ""
    assert not [call for call in checkout.calls if "pip" in call]
    assert checkout.calls[-1] == "-P -m viewer info a scan.nii.gz"


def test_the_tests_get_their_packages_and_their_arguments(checkout: Checkout) -> None:
    checkout.call()
    answer = checkout.call("test", "tests/scans", "-k", "left or right")
    assert answer.returncode == 0, answer.stderr
    assert [call for call in checkout.calls if call.endswith(f"-e {checkout.home}[test]")]
    assert checkout.calls[-1] == "-m pytest -n auto --dist loadfile tests/scans -k left or right"
    checkout.call()
    assert not [call for call in checkout.calls if "pip install" in call]


@pytest.mark.parametrize("name", ["pyproject.toml", "resources/constraints.txt"])
def test_a_changed_wish_is_installed(checkout: Checkout, name: str) -> None:
    checkout.call()
    with (checkout.home / name).open("a") as file:
        file.write("# changed\n")
    checkout.call()
    assert [call for call in checkout.calls if "pip install" in call]


def test_a_moved_checkout_is_set_up_again(checkout: Checkout) -> None:
    checkout.call()
    checkout.home = checkout.home.rename(checkout.home.with_name("moved"))
    checkout.call()
    assert [call for call in checkout.calls if call.endswith(f"-e {checkout.home}[keras,movie,onnx,prepare]")]


def test_no_python_is_one_line(checkout: Checkout) -> None:
    checkout.python.unlink()
    answer = checkout.call()
    assert answer.returncode == 1
    assert answer.stderr.count("\n") == 1
    assert "Python 3.11 or newer is missing" in answer.stderr


def test_an_old_python_that_was_named_is_one_line(checkout: Checkout) -> None:
    old = checkout.tools / "old"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    answer = checkout.call(PYTHON=str(old))
    assert answer.returncode == 1
    assert answer.stderr.count("\n") == 1
    assert f"PYTHON is {old}" in answer.stderr


def test_what_pip_could_not_install_is_said_and_the_next_call_tries_again(checkout: Checkout) -> None:
    checkout.broken.touch()
    answer = checkout.call()
    assert answer.returncode == 1
    last = answer.stderr.splitlines()[-1]
    assert "No matching distribution found for torch==2.13.0" in last
    assert "-P -m viewer demo" not in checkout.calls
    checkout.broken.unlink()
    assert checkout.call().returncode == 0
    assert checkout.calls[-1] == "-P -m viewer demo"


def test_missing_libraries_that_nobody_may_install_are_named(checkout: Checkout) -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux keeps them in packages of its own")
    stub = checkout.python.read_text().replace("cat >/dev/null", "cat >/dev/null; echo libEGL.so.1=libegl1")
    checkout.python.write_text(stub)
    answer = checkout.call()
    assert answer.returncode == 1
    assert answer.stderr.splitlines()[-1].endswith("on Debian: sudo apt-get install libegl1 ")


def test_the_exit_code_is_the_program_s(checkout: Checkout) -> None:
    checkout.call()
    python = checkout.home / ".venv/bin/python"
    python.write_text(python.read_text() + 'case $* in *"-m viewer explain"*) exit 130 ;; esac\n')
    assert checkout.call("explain").returncode == 130


def test_nothing_is_written_outside_the_checkout(checkout: Checkout) -> None:
    before = set(checkout.tools.iterdir())
    checkout.call()
    assert set(checkout.tools.iterdir()) == before
    assert {path.name for path in checkout.home.iterdir()} == {"pyproject.toml", "resources", ".venv"}
