"""Whether a goal is met is computed from the runs."""

from benchmarks import goals
from benchmarks.measure import Series
from benchmarks.results import Run
from benchmarks.tool import Cost


def run(size: int, *series: Series) -> Run:
    return Run(size, 100, "now", "abc", "a machine", {}, list(series))


def cold(tool: str, seconds: float, what: str = "cold", *costs: Cost) -> Series:
    return Series(tool, what, 1000, [seconds], list(costs))


def row(runs: dict[int, Run], begin: str, rates: goals.Rates | None = None) -> str:
    (found,) = (line for line in goals.table(runs, rates or {}) if line.startswith(f"| {begin}"))
    return found


def test_a_goal_within_its_limit_is_met_and_one_beyond_it_is_missed() -> None:
    near = {1000: run(1000, cold("Feedmill", 1.5), cold("Hugo", 1.0))}
    far = {1000: run(1000, cold("Feedmill", 1.6), cold("Hugo", 1.0))}
    assert row(near, "cold, 1,000, to the last topic's RSS and Atom, of Hugo").endswith(
        "| at most 1.50 | 1.50 | met |"
    )
    assert row(far, "cold, 1,000, to the last topic's RSS and Atom, of Hugo").endswith(
        "| at most 1.50 | 1.60 | **missed** |"
    )


def test_a_goal_of_at_least_is_missed_below_it() -> None:
    runs = {1000: run(1000, cold("Feedmill", 0.025, "one by one"))}
    assert row(runs, "one by one, 100 topics, 1,000").endswith(
        "| at least 60 a second | 40 a second | **missed** |"
    )


def test_what_has_no_samples_is_not_measured() -> None:
    table = goals.table({}, {})
    assert len(table) > 20
    assert all("not measured" in line for line in table[2:])


def test_a_tool_that_was_left_out_does_not_count_as_beaten() -> None:
    runs = {1000: run(1000, cold("Feedmill", 1.0), Series("Hugo", "cold", 1000))}
    assert "not measured" in row(runs, "cold, 1,000, to the last topic's RSS and Atom, of Hugo")


def test_processor_time_is_the_workers_own_and_its_share_of_all() -> None:
    costs = Cost(10.0, 8.0, 24.0, 100 * 2**20), Cost(10.0, 9.0, 23.0, 200 * 2**20)
    runs = {10_000: run(10_000, cold("Feedmill", 5.0, "whole", *costs))}
    assert "| 0.85 ms | **missed** |" in row(runs, "worker's own")
    assert "| 27% (predicted, of one core's speed: 1.6 with 2" in row(runs, "serial share")
    assert "| 200 MiB | **missed** |" in row(runs, "peak memory, 10,000")


def test_amdahls_law() -> None:
    assert goals.speed_up(0.25, 4) == 1 / (0.25 + 0.75 / 4)
    assert goals.speed_up(1.0, 8) == 1.0
    assert goals.speed_up(0.0, 8) == 8.0


def test_the_servers_goals_come_from_the_web_benchmark() -> None:
    found = row({}, "embedded server, 304", {"304 by If-None-Match": 1.02})
    assert found.endswith("| at most 1.10 | 1.02 | met |")
