"""A large folder shows how far it is, by the real program."""

import pytest

from tests.e2e.process import Feedmill


@pytest.mark.slow
@pytest.mark.parametrize("words", [("once",), ("run", "--no-serve")])
def test_a_thousand_files_make_a_line_in_the_log(mill: Feedmill, words: tuple[str, ...]) -> None:
    for number in range(1000):
        (mill.drop / f"{number}.md").write_text(f"# Title {number}\n\nText.\n", "utf-8")
    mill.start(*words)
    if words[0] == "once":
        assert mill.ended(55) == 0
    else:
        mill.until(lambda: mill.said("progress files=1000"), "the line", 55)
        assert mill.stop() == 0
    lines = [line for line in mill.log().splitlines() if "progress files=" in line]
    assert [line.partition("progress ")[2] for line in lines] == ["files=1000 of=1000"]
