"""Feed documents as bytes, and the audit that reads them back.

Owns RSS 2.0, Atom 1.0, JSON Feed 1.1 and OPML. Pure: the same feed gives the same bytes on any
host, in any time zone and locale. Refuses to publish a broken document: ``audit.audit`` raises
AuditError. A value that no format can hold costs its own element, never the feed
(``normalize``). Begin at ``render.render_entry`` and ``render.render_feed``.
"""
