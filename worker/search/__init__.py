"""Search for readers: answers the web server's search page.

Owns the endpoint and its answer; what is found is for ``worker.store.fulltext``. A search fails
only itself: whatever is wrong with the database, the answer is a page. Begin at
``web.search_endpoint``.
"""
