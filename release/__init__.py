"""Builds what is published: the version, the wheel's layout, ``make release``."""
