"""What the web benchmark keeps for the goals."""

import json
from pathlib import Path

import pytest

from benchmarks import web


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "kept.json"
    monkeypatch.setattr(web, "KEPT", path)
    rows = [
        {"case": "304", "server": "feedmill", "rates": [1.0], "micros": [40.0, 44.0, 99.0]},
        {"case": "304", "server": "caddy", "rates": [1.0], "micros": [40.0]},
        {"case": "304", "server": "nginx", "rates": [1.0], "micros": [10.0]},
    ]
    path.write_text(json.dumps({"commit": "abc", "results": rows}), encoding="utf-8")
    return path


@pytest.mark.usefixtures("kept")
def test_a_ratio_is_our_median_over_caddys() -> None:
    assert web.ratios("abc") == {"304": 1.1}


@pytest.mark.usefixtures("kept")
def test_results_of_another_commit_do_not_count() -> None:
    assert web.ratios("def") == {}


def test_a_file_of_an_older_form_is_no_result(kept: Path) -> None:
    kept.write_text("[]", encoding="utf-8")
    assert web.ratios("abc") == {}
