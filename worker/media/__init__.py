"""Pictures, sound and film that articles show, copied below ``public/media/``.

Begin with ``Collector.collect`` in ``collector``: it looks at the files that are due in the table
``media``, has their first bytes inspected in a parser child (``inspection``: what a file is, by
its bytes; ``svg``: whether a drawing is harmless), copies them to an address made of their hash
(``source`` opens them), and lets the articles that show them be rendered again.

Refuses what is outside the drop folder and ``drop.assets``, symlinks, what is too large or of
another kind. Decides nothing about articles: one with a missing picture is published without it.
"""
