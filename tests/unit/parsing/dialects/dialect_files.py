"""Files as other publishing tools have them, read as ours."""

from worker.core.article import Reading
from worker.parsing.article_reader import ReadingRules, read_article

RULES = ReadingRules(site_url="https://site.example/", timezone="Europe/Berlin", language="en")


def read(text: str, name: str = "a.md") -> Reading:
    return read_article(text.encode(), name, RULES)


def file(*lines: str, name: str = "a.md", body: str = "Text.") -> Reading:
    """The reading of a file with these lines of YAML front matter."""
    return read("\n".join(["---", *lines, "---", "", body, ""]), name)


def codes(reading: Reading) -> list[str]:
    return [problem.code for problem in reading.problems]
