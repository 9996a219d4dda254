"""One table of all sizes, ratios before seconds."""

from pathlib import Path

import pytest

from benchmarks import table
from benchmarks.measure import Series
from benchmarks.results import Run
from benchmarks.tool import Cost


def run(size: int, seconds: float) -> Run:
    cost = Cost(seconds, seconds / 2, seconds, 2**20)
    series = [
        Series("Feedmill", "whole", size, [seconds], [cost]),
        Series("Hugo", "whole", size, [seconds / 4], [cost]),
        Series("Feedmill", "version", size, [0.1], [cost]),
    ]
    tools = {"Feedmill": "1", "Hugo": "2"}
    return Run(size, 100, f"day {size}", "abc", "a machine", tools, series, ["slow"], [1.0, 2.0])


def test_each_row_names_its_size_and_feedmills_time_over_the_tools() -> None:
    text = table.report({10_000: run(10_000, 20.0), 1000: run(1000, 2.0)}, {})
    rows = [line for line in text.splitlines() if "000 | " in line and "to" in line]
    assert "| 1,000 | Feedmill |  | 2 s | 2 s to 2 s | 1 | 1 MiB | 1.00 | 2.00 |" in text
    assert "|  | 1,000 | Hugo | 4 | 0.5 s |" in text
    assert "|  | 10,000 | Hugo | 4 | 5 s |" in text
    assert rows
    assert "- 10,000: slow" in text


def test_what_all_runs_have_in_common_is_said_once() -> None:
    text = table.report({10_000: run(10_000, 20.0), 1000: run(1000, 2.0)}, {})
    assert text.count("Commit abc; a machine.") == 1
    assert text.count("Feedmill 1, Hugo 2.") == 1
    assert text.count("| `feedmill --version` | 1,000 |") == 1
    assert "| `feedmill --version` | 10,000 |" not in text


def test_a_report_replaces_the_last_one_and_nothing_else(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{table.BEGIN}\nold\n{table.END}\nafter\n", encoding="utf-8")
    table.put_into(page, "new\n")
    assert page.read_text("utf-8") == f"before\n{table.BEGIN}\n\nnew\n\n{table.END}\nafter\n"


def test_a_page_without_a_place_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("nothing\n", encoding="utf-8")
    with pytest.raises(ValueError, match="has no place"):
        table.put_into(page, "new\n")
