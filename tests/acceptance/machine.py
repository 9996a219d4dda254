"""A machine of the test's own: the real systemd, in namespaces, on a root folder made for it.

Of the machine that the tests run on it sees /usr, the Python and the packages in use, all
read-only, and nothing else: see boot.sh.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.programs import program
from tests.e2e.process import soon

ROOT = Path(__file__).parents[2]
BOOT = Path(__file__).with_name("boot.sh")
SYSTEMD = Path("/usr/lib/systemd/systemd")
# Ends it whatever becomes of the tests.
LONGEST_SECONDS = 600
_ENVIRON = {"PATH": "/usr/local/bin:/usr/sbin:/usr/bin", "HOME": "/root", "LANG": "C.UTF-8"}


class Machine:
    """A booted machine; ``root`` is its file system, seen from outside."""

    def __init__(self, root: Path, pid: int) -> None:
        self.root = root
        self._pid = pid

    def call(self, script: str, seconds: float = 60) -> subprocess.CompletedProcess[str]:
        """Run a shell script in the machine as root."""
        return subprocess.run(
            ["nsenter", "-t", str(self._pid), "-a", "--", "bash", "-c", f"cd /root\n{script}"],
            env=_ENVIRON,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    def run(self, script: str, seconds: float = 60) -> str:
        """Run a script that must end well; gives what it said."""
        done = self.call(f"set -e\n{script}", seconds)
        assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}\n{self.journal()}"
        return done.stdout

    def shown(self, key: str, unit: str = "feedmill") -> str:
        """A property of a unit."""
        return self.run(f"systemctl show -P {key} {unit}").strip()

    def journal(self) -> str:
        """What the worker and systemd said of it."""
        return self.call("journalctl --no-pager -q -u 'feedmill*' -n 300").stdout


@contextlib.contextmanager
def machine(base: Path) -> Iterator[Machine]:
    """Boot a machine below ``base`` with Feedmill in /opt/feedmill; skips the test where that
    cannot be done."""
    _skip_unless_possible()
    root, groups = base / "root", base / "groups"
    groups.mkdir(parents=True)
    _furnish(root, base)
    command = ["timeout", "-k", "5", str(LONGEST_SECONDS), "unshare", "--mount"]
    command += ["--propagation", "private", "sh", str(BOOT), str(root), str(groups)]
    with (base / "boot.log").open("wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        assert soon(lambda: bool(_first(process.pid))), (base / "boot.log").read_text()
        found = Machine(root, _first(process.pid))
        up = ("running", "degraded")
        assert soon(lambda: found.call("systemctl is-system-running").stdout.strip() in up)
        found.run("ldconfig")
        yield found
        found.call("systemctl --force poweroff")
        process.wait(30)
    finally:
        if process.poll() is None:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Without its first process a machine is gone, with all that ran on it."""
    if pid := _first(process.pid):
        os.kill(pid, 9)
    else:
        process.terminate()
    process.wait(30)


def _skip_unless_possible() -> None:
    if os.geteuid() != 0 or not Path("/bin").is_symlink() or not SYSTEMD.exists():
        pytest.skip("systemd needs root, its program and a merged /usr to be started for a test")
    words = ["--mount", "--pid", "--net", "--uts", "--ipc", "--cgroup", "--fork", "--mount-proc"]
    trial = [program("unshare"), *words, "--propagation", "private"]
    trial += ["mount", "-t", "cgroup2", "cgroup2", "/mnt"]
    done = subprocess.run(trial, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"namespaces of its own are not to be had: {done.stderr.strip()}")


def _first(pid: int) -> int:
    """The machine's first process among a process's descendants; 0 until it is systemd."""
    with contextlib.suppress(OSError):
        words = Path(f"/proc/{pid}/status").read_text()
        spaces = next(line.split()[1:] for line in words.splitlines() if line.startswith("NSpid"))
        if spaces[1:] == ["1"] and Path(f"/proc/{pid}/comm").read_text().strip() == "systemd":
            return pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return next((found for child in children if (found := _first(int(child)))), 0)
    return 0


def _furnish(root: Path, base: Path) -> None:
    """The least that Debian's systemd, a shell and Feedmill want to find."""
    folders = ("dev", "proc", "sys", "run", "tmp", "usr", "srv", "home", "var/lib", "var/backups")
    for folder in (*folders, "root", "etc/ld.so.conf.d", "etc/pam.d", "opt/python", "opt/packages"):
        (root / folder).mkdir(parents=True)
    (root / "root").chmod(0o700)
    (root / "this-is-a-test-machine").touch()
    for name in ("bin", "sbin", "lib", "lib64"):
        if Path("/", name).is_symlink():
            (root / name).symlink_to(Path("/", name).readlink())
    files = {
        "passwd": "root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534::/:/usr/sbin/nologin\n",
        "group": "root:x:0:\nadm:x:4:\ntty:x:5:\nutmp:x:43:\nnogroup:x:65534:\n",
        "pam.d/runuser": "auth sufficient pam_rootok.so\nsession required pam_permit.so\n",
        "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
        "hosts": "127.0.0.1 localhost\n",
        "hostname": "mill\n",
        "machine-id": f"{1:032x}\n",
        "ld.so.conf": "include /etc/ld.so.conf.d/*.conf\n",
        "ld.so.conf.d/python.conf": "/opt/python/lib\n",
    }
    for name, text in files.items():
        (root / "etc" / name).write_text(text)
    for path in Path("/etc/ld.so.conf.d").glob("*.conf"):
        shutil.copy(path, root / "etc/ld.so.conf.d")
    packages = sysconfig.get_path("purelib")
    binds = f"/usr /usr\n{sys.base_prefix} /opt/python\n{packages} /opt/packages\n"
    (root / "binds").write_text(binds)
    _install(root / "opt/feedmill", base)


def _install(home: Path, base: Path) -> None:
    """What `python3 -m venv` and `pip install feedmill-*.whl` make, without a network."""
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(base / "dist")]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = (base / "dist").glob("feedmill-*.whl")
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = home / "lib" / name / "site-packages"
    (home / "bin").mkdir(parents=True)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    (packages / "others.pth").write_text("/opt/packages\n")
    (home / "pyvenv.cfg").write_text("home = /opt/python/bin\n")
    (home / "bin" / "python3").symlink_to(f"/opt/python/bin/{name}")
    program = home / "bin" / "feedmill"
    program.write_text(
        "#!/opt/feedmill/bin/python3\nfrom feedmill.__main__ import main\n\nmain()\n"
    )
    program.chmod(0o755)
