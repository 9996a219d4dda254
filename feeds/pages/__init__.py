"""HTML pages for people: the index, and one page per feed.

Owns the templates, the style sheets and the one script. Pure: no clock, no network. A page is
complete without JavaScript, and refuses to load anything from other sites but the articles'
images. Everything in a template is escaped. Begin at ``pages.render_index`` and
``pages.render_page``; ``snippets`` renders one entry.
"""
