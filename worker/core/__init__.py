"""Types and functions that every other package of the worker uses.

Owns the article, problems and their codes, errors, states, clocks, paths, text, addresses, topic
names and log events. Reads no file (fault_points.py can kill the process in tests) and imports
nothing from the worker but itself. Begin with article.py and problems.py.
"""
