"""Answers a search: a query string in, a page out, whatever happens."""

import logging
from contextlib import closing
from dataclasses import replace
from urllib.parse import parse_qs

from feeds.pages.search import Results, render_results
from feeds.server.app import LONGEST_QUERY, EndpointResponse
from worker.config.model import Config
from worker.core.errors import FeedmillError
from worker.core.events import event
from worker.publishing.own_look import OwnLook, site_of
from worker.store.damage import SUSPECT
from worker.store.database import open_for_reading
from worker.store.fulltext.finder import MOST_COUNTED, PAGE, Question, TooLateError, find
from worker.store.fulltext.terms import clean_query

log = logging.getLogger("feedmill.serve")

# How long a search waits for a database that another program has locked.
PATIENCE_SECONDS = 0.5
_HTML = "text/html; charset=utf-8"
_NO_ROBOTS = (b"x-robots-tag", b"noindex")
_RETRY = (b"retry-after", b"5")


def search_page(config: Config, query_string: str) -> EndpointResponse:
    """The page with what a query string such as ``q=mills&topic=dams&page=2`` finds.

    Status 503 where the search took too long or the database cannot be read: the page says so.
    """
    question, site = question_of(query_string), site_of(config)
    found = Results(question.query, wanted_topic=question.topic)
    try:
        with closing(open_for_reading(config.store_path, PATIENCE_SECONDS)) as database:
            site = OwnLook(database, config).site
            found = find(database, config, question)
    except TooLateError:
        found = replace(found, problem="too late")
    except (FeedmillError, *SUSPECT) as error:
        if question.query:
            log.warning(event("search-failed", cause=error))
            found = replace(found, problem="unavailable")
    is_answered = found.problem not in ("too late", "unavailable")
    headers = (_NO_ROBOTS,) if is_answered else (_NO_ROBOTS, _RETRY)
    page = render_results(site, found)
    return EndpointResponse(200 if is_answered else 503, _HTML, page, headers)


def question_of(query_string: str) -> Question:
    """The question in a query string; what is wrong in it is left out."""
    values = parse_qs(query_string[:LONGEST_QUERY], errors="replace")
    query, topic, page = (values.get(name, [""])[0] for name in ("q", "topic", "page"))
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 5 else 1
    return Question(clean_query(query), clean_query(topic), min(number, MOST_COUNTED // PAGE))
