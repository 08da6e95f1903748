"""Numbers for a monitor, in Prometheus' text form: counts and times, never a word that a visitor wrote."""

import logging
import time
from collections.abc import Iterable
from datetime import UTC
from typing import TYPE_CHECKING

from flask import Blueprint, Flask, Response, current_app, g, request
from werkzeug.exceptions import Unauthorized

from assistant import wiring
from assistant.settings import Settings
from index.model import IndexNotReady
from web.staff.door import signed_in
from web.staff.late import LateConsole

if TYPE_CHECKING:
    from wsgiref.simple_server import WSGIServer

    from prometheus_client.core import Metric
    from prometheus_client.registry import CollectorRegistry

metrics = Blueprint("metrics", __name__)
log = logging.getLogger(__name__)

TIMES = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


@metrics.get("/metrics")
def show() -> Response:
    """For staff who are signed in. A monitor asks at the port of its own, see `web.metrics_port`."""
    from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

    if signed_in() is None:
        raise Unauthorized("Sign in at /staff first, or have the monitor ask at web.metrics_port.")
    registry: CollectorRegistry = current_app.extensions["metrics"]
    response = Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
    response.headers["Cache-Control"] = "no-store"
    return response


def measure(app: Flask, settings: Settings, console: LateConsole) -> None:
    """Count the requests of this process, and tell what the database and the index hold when asked."""
    from prometheus_client import CollectorRegistry, Counter, Histogram

    registry = CollectorRegistry()
    registry.register(_Held(settings, console))
    requests = Counter(
        "http_requests",
        "Requests answered by this process.",
        ("endpoint", "method", "status"),
        registry=registry,
    )
    seconds = Histogram(
        "http_request_seconds",
        "Time until the first byte of a response.",
        ("endpoint",),
        buckets=TIMES,
        registry=registry,
    )

    def started() -> None:
        g.started = time.perf_counter()

    def counted(response: Response) -> Response:
        # The name of the view and not the address: an address may hold what someone looked for.
        endpoint = request.endpoint or "none"
        requests.labels(endpoint, request.method, str(response.status_code)).inc()
        if "started" in g:
            seconds.labels(endpoint).observe(time.perf_counter() - g.started)
        return response

    app.before_request(started)
    app.after_request(counted)
    app.extensions["metrics"] = registry
    if settings.web.metrics_port:
        app.extensions["metrics_server"] = _serve(settings.web.metrics_port, registry)


def _serve(port: int, registry: "CollectorRegistry") -> "WSGIServer | None":
    """Without a sign-in, but for this machine alone."""
    from prometheus_client import start_http_server

    try:
        return start_http_server(port, addr="127.0.0.1", registry=registry)[0]
    except OSError as error:
        log.error(
            "metrics are not served: port %s cannot be used (%s). Set another web.metrics_port", port, error
        )
        return None


class _Held:
    """What is held now, looked up when asked."""

    def __init__(self, settings: Settings, console: LateConsole) -> None:
        self._settings = settings
        self._console = console

    def describe(self) -> Iterable["Metric"]:
        """Nothing: else the registry would look everything up just to learn the names."""
        return ()

    def collect(self) -> Iterable["Metric"]:
        from prometheus_client.core import GaugeMetricFamily

        report = self._console().analytics.report(1)
        replies = GaugeMetricFamily("assistant_replies_today", "Replies since midnight.", labels=("kind",))
        for kind, count in report.kinds.items():
            replies.add_metric((kind,), count)
        yield replies
        for name, told, value in (
            ("assistant_reply_milliseconds_p50_today", "Median time to a reply.", report.p50),
            ("assistant_reply_milliseconds_p95_today", "95% of replies took no longer.", report.p95),
        ):
            if value is not None:
                yield GaugeMetricFamily(name, told, value=value)
        waiting = self._console().analytics.waiting()
        yield GaugeMetricFamily("assistant_callbacks_waiting", "Visitors to call.", value=waiting.callbacks)
        yield GaugeMetricFamily("assistant_gaps_open", "Groups of unanswered questions.", value=waiting.gaps)
        generations = wiring.generations(self._settings)
        try:
            manifest = generations.manifest(generations.in_use())
        except IndexNotReady:
            yield GaugeMetricFamily("assistant_index_passages", "Passages in the index in use.", value=0)
            return
        yield GaugeMetricFamily(
            "assistant_index_passages", "Passages in the index in use.", value=manifest.passages
        )
        built = manifest.built.astimezone(UTC).timestamp()
        yield GaugeMetricFamily(
            "assistant_index_built_seconds", "When it was built (Unix time).", value=built
        )
