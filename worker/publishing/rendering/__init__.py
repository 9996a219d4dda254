"""Rendering on all cores: the worker's side and its children's.

``press`` decides what children render, and gives it in order; ``child`` is what they run. A child
reads the database as the last transaction left it; it writes nothing, and never reads an author's
file. Where there is little to do, the publisher renders by itself: the same code.
"""
