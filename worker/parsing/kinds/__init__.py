"""Kinds of files: what is no article, and markups that become HTML or Markdown first.

Owns the rules by which a file is passed over (``not_articles``), and reStructuredText (``rest``,
``rest_header``). It renders no body and sanitizes nothing: ``worker.parsing.body`` does. Nothing
here opens a file, whatever a document asks for.

Begin with not_articles.py.
"""
