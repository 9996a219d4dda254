"""Full-text search for readers: what their words mean, and the bounded search in the database.

Whatever people type is only words: nothing of SQLite's query grammar can be asked for or raise.
Reads only. Begin at ``finder.find``. Queries of commands and of saved searches, which may use the
whole grammar, are in ``worker.store.queries``.
"""
