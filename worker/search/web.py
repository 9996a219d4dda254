"""The search page as an endpoint of the web server."""

from feeds.server.app import SEARCH, Endpoint, EndpointResponse
from worker.config.model import Config


def search_endpoint(config: Config) -> dict[str, Endpoint]:
    """The endpoint by its path."""

    def answer(query_string: str) -> EndpointResponse:
        # Templates and parsers take memory: they are loaded with the first search.
        from worker.search.page import search_page

        return search_page(config, query_string)

    return {SEARCH: Endpoint(answer, is_search=True)}
