"""Lines of front matter, and what becomes of them."""

from zoneinfo import ZoneInfo

from worker.core.article import Article
from worker.core.problems import Place, Problem
from worker.parsing.frontmatter.assemble import assemble
from worker.parsing.frontmatter.fields import read_fields
from worker.parsing.frontmatter.splitter import split_front_matter

SITE = "https://site.example/blog/"


def read(lines: str, zone: str = "Europe/Berlin") -> tuple[Article, list[Problem]]:
    """The article of YAML front matter, whose first line is line 2, and all its problems."""
    file = split_front_matter(f"---\n{lines}\n---\n")
    assert file.contents is not None, file.problems
    front, problems = read_fields(file, site_url=SITE, zone=ZoneInfo(zone))
    article, more = assemble(file, front)
    return article, [*file.problems, *problems, *more]


def good(lines: str) -> Article:
    """The article of front matter without a problem."""
    article, problems = read(lines)
    assert problems == []
    return article


def told(lines: str) -> list[tuple[str, Place | None]]:
    """The code and place of each problem."""
    return [(problem.code, problem.place) for problem in read(lines)[1]]
