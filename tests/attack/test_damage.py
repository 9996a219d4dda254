"""A damaged database is a sentence and a status, whoever asks; the folder heals what is lost."""

import shutil
from pathlib import Path

import pytest

from tests.attack.budget import rounds, tell
from tests.attack.damages import ALWAYS_SEEN, DAMAGES
from tests.e2e.process import Feedmill, article, feedmill

pytestmark = [pytest.mark.attack, pytest.mark.timeout(900)]

COMMANDS = [
    ("once",),
    ("status",),
    ("status", "--json"),
    ("status", "--nagios"),
    ("list",),
    ("search", "text"),
    ("topics",),
    ("rebuild",),
    ("run", "--no-serve"),
    ("withdraw", "urn:uuid:x"),
    ("backup", "copy.db"),
    ("doctor",),
]


def test_a_damaged_database_is_a_sentence_and_the_folder_heals(tmp_path: Path) -> None:
    with feedmill(tmp_path / "house") as mill:
        for number in range(40):
            topic = f"Topic {number % 7}"
            mill.write(f"{number}.md", article(f"Title {number}", "Some text. " * 200, tags=topic))
        mill.once()
        whole = mill.store.read_bytes()
        public = mill.public_files()
        tried = 0
        for each in rounds("damage"):
            with each.play() as chance:
                damage = DAMAGES[each.number % len(DAMAGES)]
                clear(mill)
                mill.store.write_bytes(whole)
                damage(mill.store, chance)
                for words in chance.sample(COMMANDS, 4):
                    assert_sentence(mill, damage.__name__, words)
                    tried += 1
                clear(mill)
                mill.once()
                assert mill.public_files() == public
        tell(f"damage: {tried} commands on {each.number + 1} damaged databases")


def clear(mill: Feedmill) -> None:
    """Move the database away, with all that belongs to it, as the message says."""
    for path in mill.base.glob(f"{mill.store.name}*"):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def assert_sentence(mill: Feedmill, damage: str, words: tuple[str, ...]) -> None:
    """Ends with a known status and no traceback; with 2 and a sentence where nothing can work."""
    if words[0] == "run":
        status, said = ran(mill, *words)
    else:
        done = mill.call(*words, seconds=120)
        status, said = done.returncode, done.stdout + done.stderr
    where = f"{' '.join(words)} after {damage}: status {status}\n{said[-3000:]}"
    assert "Traceback" not in said, where
    if words[-1] == "--nagios":
        assert status in (0, 1, 2, 3), where
        assert "FEEDMILL" in said, where
        return
    assert status in (0, 1, 2), where
    if damage in ALWAYS_SEEN and words[0] != "doctor":
        assert status == 2, where
        assert "feedmill: " in said, where


def ran(mill: Feedmill, *words: str) -> tuple[int, str]:
    """``run`` until it ends with an error, or stands at its work and is stopped."""
    before = len(mill.log())
    mill.start(*words)
    try:
        mill.until_said_or_ended("watching folder=", seconds=60)
        status = mill.stop() if mill.is_running() else mill.ended()
    finally:
        mill.close()
    return status, mill.log()[before:]
