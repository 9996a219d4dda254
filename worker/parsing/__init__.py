"""Bytes to an article. Pure; runs in the parser children."""
