"""Bytes to an Article, or to the list of everything that is wrong with the file.

Owns every rule about what an article file may look like. It opens no file, reads no clock and
asks no network: the parser children run it on hostile bytes, and only their pipes touch the
outside. It refuses what cannot be read safely and guesses at nothing that would be published.

Begin at ``article_reader.read_article``: decode, adapt, read fields, assemble, render. The worker
reaches it through ``sandbox.pool.ParserPool``; what both sides must agree on is in ``rules``.
"""
