"""The installed package: ``feedmill`` is the only name that an installation adds.

``worker`` and ``feeds`` lie in ``_lib`` below it, or beside it in a checkout
(docs/decisions/034-packaging.md). Begin at ``__main__``.
"""
