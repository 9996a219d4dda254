"""HTML pages for people: the front page, and the pages of feeds and articles.

Owns the templates, the style sheets and the one script. Pure: no clock, no network. A page is
complete without JavaScript, and refuses to load anything from other sites but the articles'
images. Everything in a template is escaped. Begin at ``front_page`` and ``pages.render_page``;
``snippets`` renders one entry.
"""
