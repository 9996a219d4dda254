"""Documents of feeds, from the database to the disk: rendered, audited, written, recorded.

``edition`` builds one document; ``press`` has children build many, by what is in ``child``: the
same code, on all cores. A child reads the database as the last transaction left it, writes nothing
and never reads an author's file. ``writer`` writes what was built. Begin with ``writer``.
"""
