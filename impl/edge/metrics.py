"""Metrics of one process for Prometheus: results of requests and tasks, and the lengths of queues."""

from __future__ import annotations

import asyncio
import logging
import platform
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, override

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    Info,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from generated.policies import PROBLEM_TYPES

if TYPE_CHECKING:
    from prometheus_client.core import Metric

    from impl.edge.request_context import RequestContext
    from impl.kernel.semaphore import Load
    from impl.operations.capabilities.audit_chain.service import Integrity, Unsealed
    from impl.operations.capabilities.backlog.service import Backlog
    from impl.operations.capabilities.worker_tasks.service import Outcome

# Label of requests that belong to no operation: documents, media, unknown paths.
NO_OPERATION: Final = "none"
# Label of problems whose type the contract does not name.
OTHER: Final = "other"
# Operations that end with somebody signed in, or not. `exchangeToken` also refreshes, as most of its calls do.
SIGN_INS: Final = frozenset({"login", "completeLogin", "verifyEmail", "exchangeToken"})
_SUCCEEDED: Final = "succeeded"
_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
# Prometheus waits for ten seconds by default, and wants an answer while the database gives none.
_LOOK_SECONDS: Final = 2.0
_LOOKED_AT: Final = {
    "hestami_database_replica_lag_seconds": "Bound of the standby's lag, infinite while nothing is known of it.",
    "hestami_outbox_delay_seconds": "Time for which the message that is due longest has been due.",
    "hestami_outbox_messages": "Messages in the outbox, 10000 at most.",
    "hestami_outbox_dead_letters": "Messages that nobody tries any more, 10000 at most.",
    "hestami_audit_rejected_events": "Events of the audit trail that the service has not written, 10001 at most.",
    "hestami_audit_breaks": "Places at which the last walk found the audit trail changed, 20 at most.",
    "hestami_audit_verified_position": "Position of the last event that this walk has verified.",
    "hestami_audit_unsealed_events": "Events that are not in the chain yet, 10000 at most.",
    "hestami_audit_unsealed_seconds": "Age of the oldest of them, 0 while a worker keeps up.",
    "hestami_audit_verified_timestamp_seconds": "Time of the last walk over the audit trail.",
}
_log = logging.getLogger("hestami.metrics")

# A series more for each counter and bucket, which Prometheus does not need.
disable_created_metrics()  # type: ignore[no-untyped-call]  # the library gives it no types


@dataclass(frozen=True, slots=True)
class Sources:
    """Sources of values that are read when Prometheus asks, instead of being counted."""

    loads: Callable[[], Mapping[str, Load]]
    replica_lag: Callable[[], float | None]
    passwords_waiting: Callable[[], int]
    open_streams: Callable[[], int]
    redis_is_up: Callable[[], bool] | None
    log_entries_dropped: Callable[[], int]
    backlog: Callable[[], Awaitable[Backlog]]
    integrity: Callable[[], Awaitable[Integrity]]
    unsealed: Callable[[], Awaitable[Unsealed]]


class Metrics:
    """Metrics of a process, in a registry of its own.

    Labels are words of the contract or of the code, never of a request: nobody outside can make another series, or put
    something personal into one.
    """

    def __init__(self, sources: Sources, *, release: str) -> None:
        self.registry = CollectorRegistry()
        self._sources = sources
        self._readings = _Readings()
        self._requests = Counter(
            "hestami_http_requests",
            "Requests by operation of the contract and status; 499 for clients that went away.",
            ("operation", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "hestami_http_request_duration_seconds",
            "Time from a request's head to the head of its response.",
            ("operation",),
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self._problems = Counter(
            "hestami_problems", "Problems (RFC 9457) by the last part of their type.", ("type",), registry=self.registry
        )
        self._logins = Counter(
            "hestami_logins",
            "Sign-ins by operation and outcome: succeeded, or the type of the problem.",
            ("operation", "outcome"),
            registry=self.registry,
        )
        self._pages = Counter(
            "hestami_page_cache_uses",
            "Public reads by operation and by how their page was come by, from hit to untracked.",
            ("operation", "use"),
            registry=self.registry,
        )
        self._limits = Counter(
            "hestami_rate_limit_requests",
            "Requests that a rate limit has counted, by its policy and outcome: allowed, or refused.",
            ("policy", "outcome"),
            registry=self.registry,
        )
        self._runs = Counter(
            "hestami_worker_task_runs", "Runs of the worker's tasks.", ("task",), registry=self.registry
        )
        self._failures = Counter(
            "hestami_worker_task_failures", "Failed runs of the worker's tasks.", ("task",), registry=self.registry
        )
        self._last_success = Gauge(
            "hestami_worker_task_last_success_timestamp_seconds",
            "When a task of the worker last succeeded.",
            ("task",),
            registry=self.registry,
        )
        self._deliveries = Counter(
            "hestami_outbox_deliveries",
            "Attempts at messages of the outbox by topic and outcome.",
            ("topic", "outcome"),
            registry=self.registry,
        )
        build = Info("hestami_build", "Release of the service, and Python's.", registry=self.registry)
        build.info({"version": release, "python": platform.python_version()})
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self.registry.register(self._readings)
        # Children are kept, since to look one up takes longer than to count.
        self._request_children: dict[tuple[str, int], Counter] = {}
        self._second_children: dict[str, Histogram] = {}
        self._limit_children: dict[tuple[str, str], Counter] = {}

    def answered(self, context: RequestContext, seconds: float) -> None:
        """Count a request whose response began, or that ended without one, after so many seconds."""
        operation = NO_OPERATION if context.operation is None else context.operation.id
        key = operation, context.status
        if (requests := self._request_children.get(key)) is None:
            requests = self._request_children[key] = self._requests.labels(operation, str(context.status))
        requests.inc()
        if (histogram := self._second_children.get(operation)) is None:
            histogram = self._second_children[operation] = self._seconds.labels(operation)
        histogram.observe(seconds)
        problem = context.problem
        if problem is not None:
            problem = problem if problem in PROBLEM_TYPES else OTHER
            self._problems.labels(problem).inc()
        if operation in SIGN_INS:
            self._logins.labels(operation, problem or _SUCCEEDED if context.status != 499 else OTHER).inc()

    def limited(self, policy: str, outcome: str) -> None:
        """Count a request by policy and decision of its rate limit."""
        key = policy, outcome
        if (counter := self._limit_children.get(key)) is None:
            counter = self._limit_children[key] = self._limits.labels(policy, outcome)
        counter.inc()

    def read_page(self, operation: str, use: str) -> None:
        """Count a public read by the way its page was obtained."""
        self._pages.labels(operation, use).inc()

    def ran(self, task: str, *, failed: bool) -> None:
        """Count a run of a task of the worker."""
        self._runs.labels(task).inc()
        if failed:
            self._failures.labels(task).inc()
        else:
            self._last_success.labels(task).set_to_current_time()

    def settled(self, topic: str, outcome: Outcome) -> None:
        """Count an attempt to deliver a message of the outbox."""
        self._deliveries.labels(topic, outcome).inc()

    async def look(self) -> None:
        """Read the values that are not counted; leave out those that are unavailable now."""
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                sources = self._sources
                found = _Found(await sources.backlog(), await sources.integrity(), await sources.unsealed())
        except Exception as error:  # noqa: BLE001 - metrics are wanted most when something fails
            _log.warning("the outbox cannot be looked at: %s", type(error).__qualname__)
            found = None
        self._readings.see(self._sources, found)


@dataclass(frozen=True, slots=True)
class _Found:
    """State of the database at a look."""

    backlog: Backlog
    integrity: Integrity
    unsealed: Unsealed

    def values(self) -> dict[str, float | None]:
        """Return the values by metric name, None for unknown ones."""
        verified_at = self.integrity.verified_at
        return {
            "hestami_outbox_delay_seconds": self.backlog.delay_seconds,
            "hestami_outbox_messages": self.backlog.waiting,
            "hestami_outbox_dead_letters": self.backlog.dead,
            "hestami_audit_rejected_events": self.integrity.rejected,
            "hestami_audit_breaks": self.integrity.breaks,
            "hestami_audit_verified_position": self.integrity.position,
            "hestami_audit_unsealed_events": self.unsealed.events,
            "hestami_audit_unsealed_seconds": self.unsealed.seconds,
            "hestami_audit_verified_timestamp_seconds": None if verified_at is None else verified_at.timestamp(),
        }


class _Readings(Collector):
    """Collector of the last read values, because the registry is written in a thread that cannot read them."""

    def __init__(self) -> None:
        self._families: list[Metric] = []

    @override
    def collect(self) -> Iterator[Metric]:
        yield from self._families

    def see(self, sources: Sources, found: _Found | None) -> None:
        loads = sources.loads()
        families: list[Metric] = [
            _by_pool("places", "Connections that a pool may have", {name: load.places for name, load in loads.items()}),
            _by_pool("taken", "Connections that are in use", {name: load.taken for name, load in loads.items()}),
            _by_pool("waiting", "Waiting for a connection", {name: load.waiting for name, load in loads.items()}),
            GaugeMetricFamily(
                "hestami_password_hashing_waiting",
                "Passwords that wait for a thread to be hashed in.",
                sources.passwords_waiting(),
            ),
            GaugeMetricFamily(
                "hestami_open_streams", "Streams of notifications that are open.", sources.open_streams()
            ),
            GaugeMetricFamily(
                "hestami_outbox_readable",
                "Whether the outbox could be looked at for this answer (1) or not (0).",
                0 if found is None else 1,
            ),
            CounterMetricFamily(
                "hestami_log_entries_dropped",
                "Warnings and errors that staff do not see, as too many came at once or the database took none.",
                sources.log_entries_dropped(),
            ),
        ]
        if sources.redis_is_up is not None:
            families.append(
                GaugeMetricFamily(
                    "hestami_redis_up",
                    "Whether requests use Redis (1) or do without it (0).",
                    1 if sources.redis_is_up() else 0,
                )
            )
        values = {"hestami_database_replica_lag_seconds": sources.replica_lag()}
        values |= {} if found is None else found.values()
        # Without a value, a metric has its name here all the same, and no sample.
        families += [GaugeMetricFamily(name, text, values.get(name)) for name, text in _LOOKED_AT.items()]
        self._families = families


def _by_pool(what: str, documentation: str, values: Mapping[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(
        f"hestami_database_pool_{what}", f"{documentation}, by what it is for.", labels=("pool",)
    )
    for pool, value in values.items():
        family.add_metric((pool,), value)
    return family
