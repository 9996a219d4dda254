"""Bodies as the tests render them."""

from worker.parsing.body.render import Body, render_body
from worker.parsing.rules import Markup

BASE = "https://example.org/articles/"


def rendered(
    source: str, markup: Markup = "markdown", *, drop_title: bool = False, first_line: int = 1
) -> Body:
    return render_body(source, markup, base_url=BASE, first_line=first_line, drop_title=drop_title)


def codes(body: Body) -> list[str]:
    return [problem.code for problem in body.problems]
