"""Prometheus' own tool reads what the worker writes, the alert rules, and the board."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.acceptance.programs import program
from tests.e2e.process import article, feedmill

pytestmark = pytest.mark.acceptance
MONITORING = Path(__file__).parents[2] / "systemd" / "monitoring"


def promtool(*words: str, text: bytes | None = None) -> str:
    done = subprocess.run(
        [program("promtool"), *words],
        input=text,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=MONITORING,
        check=False,
    )
    said = done.stdout.decode()
    assert done.returncode == 0, said
    return said


def test_the_metrics_of_a_real_worker_pass_without_a_complaint(tmp_path):
    with feedmill(tmp_path) as mill:
        mill.start()
        mill.watching()
        mill.write("a.md", article("One"))
        mill.write("bad.md", "---\ntitle: [\n---\n")
        mill.until(lambda: mill.titles() == ["One"], "the entry")
        assert mill.stop() == 0  # the last numbers are written then
        path = mill.base / "feedmill.db.prom"
        assert b'feedmill_files{verdict="accepted"} 1.0' in path.read_bytes()
        assert b"feedmill_drop_to_feed_seconds_count 1.0" in path.read_bytes()
        assert promtool("check", "metrics", text=path.read_bytes()) == ""


def test_the_rules_are_right_and_do_what_their_tests_say():
    assert "3 rules found" in promtool("check", "rules", "--lint-fatal", "feedmill.rules.yml")
    assert "SUCCESS" in promtool("test", "rules", "feedmill.rules.test.yml")


def test_every_question_of_the_board_is_right(tmp_path):
    board = json.loads((MONITORING / "feedmill.grafana.json").read_text("utf-8"))
    asked = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    assert len(asked) > 15
    rules = [
        {"record": f"feedmill:board_{number}", "expr": expr.replace("$__rate_interval", "5m")}
        for number, expr in enumerate(asked)
    ]
    path = tmp_path / "board.yml"
    path.write_text(json.dumps({"groups": [{"name": "board", "rules": rules}]}))
    assert f"{len(asked)} rules found" in promtool("check", "rules", str(path))
