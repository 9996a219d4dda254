"""The embedded server's own pages: /healthz and, if enabled, /status and /metrics.

/status and /metrics are for this machine or for everybody. A request changes nothing.
"""

import os
from collections.abc import Callable
from datetime import datetime
from typing import Literal

from feeds.server.app import Endpoint, EndpointResponse
from worker.config.model import Config
from worker.monitoring.heartbeat import last_pulse

Audience = Literal["off", "local", "all"]
TEXT = "text/plain; charset=utf-8"
METRICS = "text/plain; version=0.0.4; charset=utf-8"


def endpoints(config: Config, now: Callable[[], datetime], status: Audience) -> dict[str, Endpoint]:
    """The endpoints by their paths. ``status``: who may see the status page."""
    found = {"/healthz": Endpoint(lambda _: health(config, now()))}
    if config.metrics.serve != "off":
        found["/metrics"] = Endpoint(lambda _: metrics(config), config.metrics.serve == "local")
    if status != "off":
        from worker.monitoring.status_page import STYLE_PATH, status_page, status_style

        is_local = status == "local"
        found["/status"] = Endpoint(lambda query: status_page(config, now(), query), is_local)
        found[STYLE_PATH] = Endpoint(lambda _: status_style(), is_local)
    return found


def metrics(config: Config) -> EndpointResponse:
    """The metrics file that the worker last wrote; it contains its own time."""
    try:
        return EndpointResponse(200, METRICS, config.metrics_path.read_bytes())
    except OSError as error:
        return EndpointResponse(503, TEXT, f"{config.metrics_path}: {error.strerror}\n".encode())


def health(config: Config, now: datetime) -> EndpointResponse:
    """200 if the public folder can be served. The worker's state is in the text, but does not
    count: with a dead worker, the last feeds are still served."""
    folder = config.feeds.folder
    if not os.access(folder, os.R_OK | os.X_OK):
        return EndpointResponse(503, TEXT, b"the public folder cannot be read\n")
    pulse = last_pulse(config.store_path)
    if pulse is None:
        worker = "unknown"
    elif pulse.stopped:
        worker = "stopped"
    else:
        worker = "silent" if now - pulse.at > pulse.stops_after else "running"
    return EndpointResponse(200, TEXT, f"ok\nworker: {worker}\n".encode())
