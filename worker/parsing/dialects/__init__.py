"""Dialects: files written for other publishing tools, in Feedmill's terms.

Owns what Feedmill knows of Hugo, Jekyll, Pelican, Zola, Eleventy, Astro, Nikola and Obsidian:
their fences, keys, shortcodes, links and file names. It runs no template and rejects no file for
a key or a shortcode of theirs; what only the tool could fill in is left out with a warning.

Begin at ``adapter.adapt``, the one door.
"""
