"""How the worker is, for people and for programs."""
