"""The SQLite database: one module a table group, and the only package with SQL.

It answers in the words of the domain (articles, topics, feeds, ledger rows). It decides nothing
about a file, and never looks into the drop folder or the public one. One process writes, under a
lock beside the database; any number of others read. Writes run in transactions of the caller.

Begin with ``database`` (open, migrate, transactions) and ``schema`` (the tables); then
``articles``, ``ledger`` and ``placement``. ``queries`` reads several tables at once.
"""
