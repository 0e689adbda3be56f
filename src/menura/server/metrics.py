"""`Metrics`: what the server counts, in the text format of Prometheus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

if TYPE_CHECKING:
    from menura.server.workshop import Workshop

MIME = CONTENT_TYPE_LATEST
OTHER = "other"
"""The route of what is none of ours: whatever a client thinks up is one line, not many."""
_BUCKETS_S = (0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0)


class Metrics:
    """Counters of one server, in a registry of their own.

    Args:
        workshop: whose jobs and workers are counted.
    """

    def __init__(self, workshop: Workshop) -> None:
        self._registry = registry = CollectorRegistry()
        self._workshop = workshop
        self._requests = Counter(
            "menura_requests",
            "Requests that were answered.",
            ("method", "route", "status"),
            registry=registry,
        )
        self._first_byte = Histogram(
            "menura_first_byte_seconds",
            "From a request to the first byte of what was asked for.",
            ("route",),
            buckets=_BUCKETS_S,
            registry=registry,
        )
        self._busy = Counter(
            "menura_busy", "Requests that were told to come again (429).", registry=registry
        )
        self._audio = Counter(
            "menura_audio_seconds", "Sound made, by kind of task.", ("kind",), registry=registry
        )
        self._gauge("menura_jobs_working", "Jobs under way.").set_function(lambda: workshop.working)
        self._gauge("menura_jobs_waiting", "Jobs that wait for a place.").set_function(
            lambda: workshop.waiting
        )
        self._gauge("menura_jobs_places", "Jobs that can be under way.").set_function(
            lambda: workshop.places
        )
        self._losses = self._gauge("menura_worker_losses", "Worker processes that died or hung.")
        self._losses.set_function(lambda: workshop.staff.losses)
        ProcessCollector(registry=registry)

    def add_request(
        self, *, method: str, route: str, status: int, first_byte_s: float | None
    ) -> None:
        """Counts a request that was answered."""
        self._requests.labels(method, route, str(status)).inc()
        if status == 429:
            self._busy.inc()
        if first_byte_s is not None:
            self._first_byte.labels(route).observe(first_byte_s)

    def add_audio(self, kind: str, duration_s: float) -> None:
        """Counts sound that was made for a caller."""
        self._audio.labels(kind).inc(duration_s)

    def page(self) -> bytes:
        """Returns all of it as Prometheus reads it."""
        return generate_latest(self._registry)

    def _gauge(self, name: str, meaning: str) -> Gauge:
        return Gauge(name, meaning, registry=self._registry)
