"""Hostile bytes are inspected in a parser child, beside articles."""

from tests.integration.media.files import png, svg
from worker.parsing.rules import ReadingRules
from worker.parsing.sandbox.fork_server import PARSERS, ForkServer
from worker.parsing.sandbox.pool import Crashed, Inspection, Job, ParserPool


def test_a_child_answers_both_kinds_of_jobs() -> None:
    with ForkServer(PARSERS) as server, ParserPool(server, ReadingRules(), count=1) as readers:
        readings = readers.read([Job(f"{n}.md", b"# Title\n\nText.\n") for n in range(60)])
        assert not isinstance(next(readings), Crashed)
        # While the caller works on a verdict.
        assert readers.inspect(Job("a.png", png(3, 2), "media")) == Inspection("png", 3, 2)
        found = readers.inspect(Job("a.png", svg("<script/>"), "media"))
        assert isinstance(found, Inspection)
        assert found.extension == ""
        assert "script" in found.refused
        assert len(list(readings)) == 59


def test_a_hurried_pool_gives_no_answer() -> None:
    with ForkServer(PARSERS) as server, ParserPool(server, ReadingRules(), count=1) as readers:
        readers.hurry()
        assert readers.inspect(Job("a.png", png(), "media")) is None
