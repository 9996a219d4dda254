"""Feeds and pages as files, and the web server that serves them.

Owns the model of a feed (``model``), its RSS, Atom and JSON documents (``formats``), the pages
for people (``pages``), atomic writing (``public_folder``), the embedded server (``server``) and
notifying a WebSub hub (``websub``). Refuses to know about drop folders, the database or
``worker``: it gets entries and gives bytes. Begin at ``model.Feed`` and
``formats.render.render_feed``.
"""
