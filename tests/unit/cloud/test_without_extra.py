"""Without the extra `feedmill[s3]`, everything but the bucket works as before."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from worker.cli.main import main


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with [mirror], in a Python without obstore."""
    monkeypatch.setitem(sys.modules, "obstore", None)
    monkeypatch.setitem(sys.modules, "obstore.store", None)
    (tmp_path / "drop").mkdir()
    (tmp_path / "drop" / "a.md").write_text("# Title\n\nText.\n")
    config = tmp_path / "feedmill.toml"
    config.write_text('[mirror]\nto = "s3://feeds/site"\n')
    return config


@pytest.mark.parametrize("option", ["--once", "--dry-run"])
def test_the_mirror_says_what_to_install_in_one_line(project: Path, option: str) -> None:
    done = CliRunner().invoke(main, ["--config", str(project), "mirror", option])
    assert done.exit_code == 2
    assert done.output == (
        "feedmill: bucket: s3://feeds/site: the package obstore is not installed. "
        'Run `pip install "feedmill[s3]"`.\n'
    )


def test_everything_else_works(project: Path) -> None:
    run = CliRunner().invoke
    assert run(main, ["--config", str(project), "once"]).exit_code == 0
    assert (project.parent / "public" / "all.atom").exists()
    status = run(main, ["--config", str(project), "status"])
    assert "Trouble mirror: it never ran. Start `feedmill mirror`." in status.output
    assert 'pip install "feedmill[s3]"' in run(main, ["--config", str(project), "doctor"]).output


def test_no_command_loads_it_before_it_is_needed() -> None:
    code = (
        "import sys, worker.cli.main, worker.cloud.mirror.run, worker.monitoring.status,"
        " worker.config.loading, worker.admin.doctor; sys.exit('obstore' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0
