"""The running worker: composition, the loop, signals, reloads and commands.

Owns the order of things: what happens in one turn, when to publish, when to wait, when to end.
Decides nothing about an article and contains no SQL of its own; one thread does all writing.

Begin with composition.py (what a worker is made of), then loop.py (one turn after the other).
``once`` takes turns until nothing waits; ``Daemon`` and ``Runner`` take them for ``run``, with
the watcher, the self-test and the side processes. ``submit`` hands a command to a running worker.
"""
