"""What one file brings along, in its stat or in its text, never stops another or the worker."""

import os
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.house import article
from worker import openread, scan
from worker.openread import Look
from worker.settle import Fingerprint

TIMES = {
    "a year that nanoseconds do not hold": 10_413_792_000,
    "the last second of the year 9999": 253_402_300_799,
    "a year that no date holds": 253_402_300_800,
    "long before the first year": -(10**13),
    "the largest time there is": 2**62,
    "the smallest time there is": -(2**62),
}
FIELDS = ("st_ino", "st_size", "st_mtime_ns", "st_ctime_ns")


class WildOs:
    """The ``os`` module, but for what it says of one file's stat."""

    def __init__(self, name, changes):
        self._inode, self._changes = os.stat(name).st_ino, changes

    def __getattr__(self, name):
        return getattr(os, name)

    def stat(self, *args, **kwargs):
        return self._wild(os.stat(*args, **kwargs))

    def fstat(self, descriptor):
        return self._wild(os.fstat(descriptor))

    def _wild(self, found):
        if found.st_ino != self._inode:
            return found
        fields = {name: getattr(found, name) for name in (*FIELDS, "st_mode", "st_dev")}
        return SimpleNamespace(**fields | self._changes)


@pytest.mark.parametrize("seconds", TIMES.values(), ids=TIMES)
def test_a_file_of_any_time_is_taken_with_its_neighbours(house, monkeypatch, seconds):
    house.write("wild.md", article("Wild"))
    house.write("tame.md", article("Tame"))
    wild = WildOs(house.drop / "wild.md", {"st_mtime_ns": seconds * 10**9})
    monkeypatch.setattr(openread, "os", wild)
    monkeypatch.setattr(scan, "os", wild)
    house.reconcile()
    assert sorted(house.titles()) == ["Tame", "Wild"]
    house.restart()
    house.reconcile()
    assert sorted(house.titles()) == ["Tame", "Wild"]


def test_a_touch_into_the_year_2300_is_taken_as_the_file_system_keeps_it(house):
    path = house.write("wild.md", article("Wild"))
    os.utime(path, (10_413_792_000, 10_413_792_000))
    house.reconcile()
    assert house.titles() == ["Wild"]


numbers = st.integers(-(2**63) * 10**9, 2**63 * 10**9) | st.sampled_from(
    [0, -(2**63) - 1, -(2**63), 2**63 - 1, 2**63, 2**64 - 1]
)
stats = st.fixed_dictionaries(
    {"st_ino": st.integers(0, 2**64 - 1) | numbers, "st_mtime_ns": numbers, "st_ctime_ns": numbers}
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(changes=stats)
def test_whatever_a_stat_says_the_file_is_taken_and_known_again(house, changes):
    number = sum(1 for _ in house.drop.iterdir())
    path = house.write(f"{number}.md", article(f"Wild {number}"))
    wild = WildOs(path, changes)
    ingestor, inbox = house.worker.ingestor, house.worker.inbox
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(openread, "os", wild)
        patch.setattr(scan, "os", wild)
        for verdicts in (["accepted"], []):
            looked = inbox.look(path.name)
            assert isinstance(looked, Look)
            (taken,) = ingestor.take({path.name: looked.fingerprint})
            assert [told.verdict for told in taken.told] == verdicts
        stamp = Fingerprint.of(wild.stat(path))
        assert ingestor.ledger.at(path.name).fingerprint in (stamp, stamp.doubtful())
        (found,) = [file for part in inbox.scan() for file in part.files if file[0] == path.name]
        assert found == (path.name, *stamp)
