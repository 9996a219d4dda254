"""A machine on which something is missing: one line says what, and which command brings it."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.e2e.wheels import ROOT

SCRIPT = ROOT / "requirements" / "venv.sh"
PYTHON = """\
#!/bin/sh
case "$*" in
  *ensurepip*) test -e "$(dirname "$0")/installed" ;;
  *version_info*) exit {old} ;;
  --version) echo Python 3.{minor} ;;
  "-m venv "*) mkdir "$3" ;;
esac
"""
APT = """\
#!/bin/sh
echo "apt-get $*" >&2
case "$*" in install*) touch "$(dirname "$0")/installed" ;; esac
"""


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A folder of programs, without Python."""
    made = tmp_path / "bin"
    made.mkdir()
    for name in ("sh", "dirname", "mkdir", "touch"):
        (made / name).symlink_to(f"/bin/{name}")
    program(made / "apt-get", APT)
    program(made / "id", "#!/bin/sh\necho 1000\n")
    return made


def program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def set_up(machine: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", SCRIPT, "python3", ".venv"],
        cwd=machine.parent,
        env={**os.environ, "PATH": str(machine)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_missing_python_is_named_with_the_command_that_brings_it(machine: Path) -> None:
    done = set_up(machine)
    wanted = "python3 python3-venv"
    assert done.stderr == f"make: {wanted} is missing: sudo apt-get install {wanted}\n"
    assert done.returncode == 1


def test_a_missing_module_is_named_and_no_environment_is_begun(machine: Path) -> None:
    program(machine / "python3", PYTHON.format(old=0, minor=13))
    done = set_up(machine)
    assert done.stderr == "make: python3-venv is missing: sudo apt-get install python3-venv\n"
    assert not (machine.parent / ".venv").exists()


def test_root_gets_it_installed(machine: Path) -> None:
    program(machine / "python3", PYTHON.format(old=0, minor=13))
    program(machine / "id", "#!/bin/sh\necho 0\n")
    done = set_up(machine)
    assert done.stdout == "make: installing python3-venv\n"
    assert "apt-get install -q -y --no-install-recommends python3-venv" in done.stderr
    assert (machine.parent / ".venv").is_dir()


def test_another_system_is_told_what_to_look_for(machine: Path) -> None:
    (machine / "apt-get").unlink()
    assert set_up(machine).stderr.startswith("make: Python 3.11 or newer with its module venv")


def test_an_old_python_is_named(machine: Path) -> None:
    program(machine / "python3", PYTHON.format(old=1, minor=10))
    (machine / "installed").touch()
    assert set_up(machine).stderr.startswith("make: Python 3.10 is too old")
