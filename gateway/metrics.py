"""A site's counters, as Prometheus reads them at /metrics. Labels are lanes, devices, doors and codes: all bounded.

What devices and relay count themselves is read from them at each scrape; only events are counted here.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway.contract.entry import StoredEntry
from gateway.ports import Draft, Journal, LaneMarker

APPEND_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
CODES_MAX = 100
OTHER = "other"
STATES = ("connecting", "live", "stale", "lost", "blind")
DEVICE_COUNTS = {
    "readings": ("frames", "answers", "polls"),
    "frames_rejected": ("rejected",),
    "device_failures": ("failed", "timeouts"),
    "reconnects": ("reconnects", "links_lost"),
}


@dataclass(frozen=True, slots=True)
class Now:
    """What a site shows at one moment. `relay` as its status(); `oldest_s` None where nothing waits or nobody knows."""

    devices: Mapping[str, Mapping[str, Any]]
    relay: Mapping[str, Any]
    lag_s: float
    loads_dropped: Mapping[str, int] = field(default_factory=dict)
    oldest_s: float | None = None
    disk_free_bytes: int | None = None


class Metrics:
    """One site's registry. `now` is asked at each scrape, before the text is made."""

    def __init__(self, lanes: Iterable[str], version: str) -> None:
        registry = CollectorRegistry()
        self._registry, self._lanes, self._version = registry, frozenset(lanes), version
        self._codes: set[str] = set()
        self._now: Now | None = None
        self.weighings = Counter(
            "gateway_weighings", "Weighings stored", ["lane", "outcome", "action"], registry=registry
        )
        self.alarms = Counter("gateway_alarms", "Alarms raised", ["code"], registry=registry)
        self.append_s = Histogram(
            "gateway_journal_append_seconds", "An entry's wait until durable", buckets=APPEND_S, registry=registry
        )
        self.append_failed = Counter("gateway_journal_appends_failed", "Entries not stored", registry=registry)
        ProcessCollector(registry=registry)
        registry.register(_Pulled(lambda: self._now, version))

    def weighed(self, line: Mapping[str, Any]) -> None:
        """One canonical line of a weighing."""
        lane = line["lane"] if line["lane"] in self._lanes else OTHER
        self.weighings.labels(lane, line["outcome"], line["action"]).inc()

    def alarm(self, code: str) -> None:
        if code not in self._codes and len(self._codes) >= CODES_MAX:
            code = OTHER
        self._codes.add(code)
        self.alarms.labels(code).inc()

    def text(self, now: Now) -> bytes:
        self._now = now
        return generate_latest(self._registry)


class _Pulled(Collector):
    """What others count, read when asked for."""

    def __init__(self, now: Callable[[], Now | None], version: str) -> None:
        self._now, self._version = now, version

    def collect(self) -> Iterator[Metric]:
        now = self._now()
        if now is None:
            return
        yield _family(GaugeMetricFamily, "gateway_info", "The version at work", "version", {self._version: 1})
        for name, keys in DEVICE_COUNTS.items():
            found = {device: _first(health, keys) for device, health in now.devices.items()}
            known = {device: count for device, count in found.items() if count is not None}
            yield _family(CounterMetricFamily, f"gateway_{name}", f"Devices' {name}", "device", known)
        yield _states(now.devices)
        ages = {name: one.get("last_frame_age_ms") for name, one in now.devices.items()}
        silent = {name: age / 1000 for name, age in ages.items() if age is not None}
        yield _family(GaugeMetricFamily, "gateway_device_silent_seconds", "Since the last frame", "device", silent)
        yield _family(CounterMetricFamily, "gateway_loads_dropped", "Loads dropped", "lane", now.loads_dropped)
        yield from _outbox(now)
        yield GaugeMetricFamily("gateway_loop_lag_seconds", "Longest standstill in 10 s", now.lag_s)
        if now.disk_free_bytes is not None:
            yield GaugeMetricFamily("gateway_disk_free_bytes", "Free where the journal is", now.disk_free_bytes)


def _family(
    kind: type[GaugeMetricFamily] | type[CounterMetricFamily],
    name: str,
    about: str,
    label: str,
    found: Mapping[str, float],
) -> Metric:
    family = kind(name, about, labels=[label])
    for value, number in found.items():
        family.add_metric([value], number)
    return family


def _first(health: Mapping[str, Any], keys: Sequence[str]) -> int | None:
    return next((int(health[key]) for key in keys if key in health), None)


def _states(devices: Mapping[str, Mapping[str, Any]]) -> Metric:
    family = GaugeMetricFamily("gateway_device_state", "1 for the state it is in", labels=["device", "state"])
    for name, health in devices.items():
        for state in STATES:
            family.add_metric([name, state], 1 if health.get("state") == state else 0)
    return family


def _outbox(now: Now) -> Iterator[Metric]:
    relay = now.relay
    depth = {state: relay[state] for state in ("pending", "parked", "in_flight") if state in relay}
    yield _family(GaugeMetricFamily, "gateway_outbox_entries", "Entries central lacks", "state", depth)
    if "evidence" in relay:
        yield GaugeMetricFamily("gateway_outbox_evidence", "Evidence files central lacks", relay["evidence"])
    yield GaugeMetricFamily("gateway_outbox_oldest_seconds", "Age of the oldest that waits", now.oldest_s or 0.0)
    doors = {name: int(ready) for name, ready in relay.get("doors", {}).items()}
    yield _family(GaugeMetricFamily, "gateway_door_open", "1 while this way to central is open", "door", doors)
    counted = CounterMetricFamily("gateway_relay_entries", "Entries by door", labels=["door", "what"])
    for door, counts in relay.get("by_door", {}).items():
        for what, count in counts.items():
            counted.add_metric([door, what], count)
    yield counted
    whole = {what: relay[what] for what in ("acknowledged", "forged", "doubted") if what in relay}
    yield _family(CounterMetricFamily, "gateway_relay_answers", "Central's answers", "what", whole)


class MeasuredJournal:
    """The journal, with each append's time counted."""

    def __init__(self, journal: Journal, metrics: Metrics, now_s: Callable[[], float]) -> None:
        self._journal, self._metrics, self._now_s = journal, metrics, now_s

    async def append(self, draft: Draft) -> StoredEntry:
        began_s = self._now_s()
        try:
            entry = await self._journal.append(draft)
        except BaseException:
            self._metrics.append_failed.inc()
            raise
        self._metrics.append_s.observe(self._now_s() - began_s)
        return entry

    async def mark(self, marker: LaneMarker) -> None:
        await self._journal.mark(marker)

    async def markers(self) -> Mapping[str, LaneMarker]:
        return await self._journal.markers()

    async def read(self, entry_id: str) -> StoredEntry | None:
        return await self._journal.read(entry_id)

    async def recent(self, type_: str, limit: int, *, before: str | None = None) -> Sequence[StoredEntry]:
        return await self._journal.recent(type_, limit, before=before)
