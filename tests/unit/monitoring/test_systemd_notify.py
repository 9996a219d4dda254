"""What goes to a service manager's socket, and that nothing goes wrong without one."""

import os
import socket
from pathlib import Path

import pytest

from worker.monitoring.systemd_notify import Notifier


@pytest.mark.parametrize("abstract", [True, False])
def test_each_message_reaches_the_socket(tmp_path: Path, abstract: bool) -> None:
    name = f"@feedmill-{os.getpid()}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(f"\0{name[1:]}" if abstract else name)
        notifier = Notifier({"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "120000000"})
        assert notifier.watchdog_seconds == 120.0
        notifier.starting()
        notifier.status("two\nlines")
        notifier.status("two lines")
        notifier.ready()
        notifier.reloading()
        notifier.alive()
        notifier.stopping()
        heard = [manager.recv(1000).decode() for _ in range(6)]
    assert heard[0] == "EXTEND_TIMEOUT_USEC=600000000"
    assert heard[1] == "STATUS=two lines"
    assert heard[2] == "READY=1"
    # sd_notify(3): the stamp lets a manager tell this reload from the one before.
    assert heard[3].startswith("RELOADING=1\nMONOTONIC_USEC=")
    assert heard[4:] == ["WATCHDOG=1", "STOPPING=1"]


def test_no_sign_of_life_is_sent_to_a_manager_that_wants_none(tmp_path: Path) -> None:
    name = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(name)
        manager.setblocking(False)
        Notifier({"NOTIFY_SOCKET": name}).alive()
        with pytest.raises(BlockingIOError):
            manager.recv(1000)


def test_a_watchdog_of_another_process_is_not_ours() -> None:
    assert Notifier({"WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1"}).watchdog_seconds is None
    own = {"WATCHDOG_USEC": "1000000", "WATCHDOG_PID": str(os.getpid())}
    assert Notifier(own).watchdog_seconds == 1.0


@pytest.mark.parametrize("text", ["", "0", "soon", "-5"])
def test_a_watchdog_without_a_time_is_none(text: str) -> None:
    assert Notifier({"WATCHDOG_USEC": text}).watchdog_seconds is None


def test_nothing_happens_without_a_manager_or_with_one_that_does_not_listen(
    tmp_path: Path,
) -> None:
    Notifier({}).ready()
    Notifier({"NOTIFY_SOCKET": str(tmp_path / "nobody")}).ready()


def test_a_manager_that_does_not_read_does_not_stop_the_worker(tmp_path: Path) -> None:
    name = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(name)
        notifier = Notifier({"NOTIFY_SOCKET": name})
        for number in range(5000):
            notifier.status(f"status {number}")
