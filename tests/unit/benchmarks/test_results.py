"""Results are kept for one commit."""

from pathlib import Path

import pytest

from benchmarks import results
from benchmarks.measure import Series
from benchmarks.tool import Cost


def kept(path: Path, commit: str) -> results.Run:
    series = Series("Feedmill", "cold", 10, [1.5], [Cost(1.0, 0.5, 0.25, 7)])
    run = results.Run(10, 2, "now", commit, "a machine", {"Feedmill": "1"}, [series])
    results.keep(path, {10: run})
    return run


def test_runs_of_this_commit_are_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "commit", lambda: "abc")
    run = kept(tmp_path / "kept", "abc")
    assert results.load(tmp_path / "kept") == {10: run}


@pytest.mark.parametrize(("then", "now"), [("abc", "def"), ("abc with changes",) * 2])
def test_runs_of_another_commit_or_of_changes_are_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, then: str, now: str
) -> None:
    monkeypatch.setattr(results, "commit", lambda: now)
    kept(tmp_path / "kept", then)
    assert results.load(tmp_path / "kept") == {}


def test_a_file_of_an_older_form_is_no_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "commit", lambda: "abc")
    (tmp_path / "kept").write_text('[{"articles": 10, "floors": {}}]', encoding="utf-8")
    assert results.load(tmp_path / "kept") == {}
