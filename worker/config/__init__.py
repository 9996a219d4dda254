"""Loads feedmill.toml into one frozen ``Config``.

Owns every key, its default, its check and its message. Reports all problems at once, each with
its key, what was found and what was expected; knows nothing of what the settings are used for.
Begin with model.py (what can be set), then loading.py (how it is read).
"""
