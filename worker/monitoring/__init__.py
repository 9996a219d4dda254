"""Shows how the worker is doing, to people and to programs.

Owns the heartbeat file, the counts since the start, ``feedmill status``, the status page, the
Prometheus metrics, the messages to systemd and the progress bar. Refuses to decide anything:
remove this package and the same articles are published. Begin at ``status.read_status`` (what
is known from outside) and ``progress.Progress`` (what the worker counts inside).
"""
