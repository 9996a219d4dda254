"""The body: Markdown, HTML or plain text to safe HTML, text, title and summary.

Owns what a feed may carry (``sanitizer``, the only place that decides it) and the limits on what
is parsed at all. It rejects no file: what it leaves out is a warning, and what cannot be parsed
safely is shown as plain text.

Begin at ``render.render_body``.
"""
