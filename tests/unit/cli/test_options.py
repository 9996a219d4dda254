"""What the commands share: where ``--config`` may stand."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from worker.cli.main import main
from worker.config.sample import create_project
from worker.store.database import open_for_work


@pytest.mark.parametrize(
    "words",
    [
        ("--config", "FILE", "db", "vacuum"),
        ("db", "--config", "FILE", "vacuum"),
        ("db", "vacuum", "--config", "FILE"),
    ],
)
def test_a_command_of_a_group_uses_the_configuration_named_at_any_level(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    create_project(tmp_path / "mill")
    open_for_work(tmp_path / "mill" / "feedmill.db").close()
    file = str(tmp_path / "mill" / "feedmill.toml")
    result = CliRunner().invoke(main, [file if word == "FILE" else word for word in words])
    assert result.output.startswith(f"{tmp_path}/mill/"), result.output
