"""Writes the feeds and pages of what the database says into the public folder.

Begin with ``Publisher.publish`` in ``publisher``: feed by feed it fetches the entries, builds
the documents (``edition``), audits them, writes what changed (``public_files``) and records
it; then it writes the list of feeds and the pages for people (``site_pages``, ``front_page``). A
feed that the audit refuses keeps its last good files; a single bad entry is left out
(``bad_entries``).

Decides nothing about articles, asks no clock, and has no SQL: ``worker.store.feeds`` does. How
a feed or a page looks is decided in ``feeds``.
"""
