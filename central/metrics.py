"""Central's counters, in a registry of their own so that two apps in one process do not share them."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

UNKNOWN = "unknown"
COMMIT_S = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """`sites` are the enrolled ones: nobody else makes a label (see `label`)."""

    def __init__(self, sites: Iterable[str] = ()) -> None:
        registry = CollectorRegistry()
        self._registry = registry
        self._sites = frozenset(sites)
        self._gaps: dict[str, dict[str, int]] = {}
        self.stored = Counter(
            "central_entries_stored", "Entries stored for the first time", ["site"], registry=registry
        )
        self.repeated = Counter("central_entries_repeated", "Entries known already", ["site"], registry=registry)
        self.quarantined = Counter("central_entries_quarantined", "Entries kept apart", ["site"], registry=registry)
        self.conflicting = Counter(
            "central_entries_conflicting", "Entries whose place holds another one", ["site"], registry=registry
        )
        self.not_kept = Counter("central_quarantine_full", "Bad entries past the bound", ["site"], registry=registry)
        self.gaps = Gauge(
            "central_journal_gaps", "Runs of entries missing below the highest known", ["site"], registry=registry
        )
        self.commit_s = Histogram(
            "central_commit_seconds", "A batch's wait and commit in the store", buckets=COMMIT_S, registry=registry
        )
        self.evidence_bytes = Counter("central_evidence_bytes", "Evidence taken in", ["site"], registry=registry)
        self.evidence_files = Counter("central_evidence_files", "Evidence completed", ["site"], registry=registry)
        self.alarms = Counter("central_alarms", "Alarms raised", ["site", "kind"], registry=registry)
        self.nameless = Counter("central_items_nameless", "Batch items that name no entry", registry=registry)
        self.bad_batches = Counter("central_batches_bad", "Bodies that were no batch", ["door"], registry=registry)
        self.unknown_sites = Counter("central_messages_of_unknown_sites", "MQTT messages dropped", registry=registry)
        self.denied = Counter("central_requests_denied", "HTTP requests without a good token", registry=registry)
        self.mqtt_connected = Gauge("central_mqtt_connected", "1 while the broker answers", registry=registry)

    def label(self, site_id: str) -> str:
        """The site's own name where it is enrolled, so that labels stay as few as sites."""
        return site_id if site_id in self._sites else UNKNOWN

    def note_gaps(self, site_id: str, journal: str, runs: int) -> None:
        """How many runs are missing in one journal; the gauge is their sum over the site's journals."""
        known = self._gaps.setdefault(self.label(site_id), {})
        known.pop(journal, None)
        if runs:
            known[journal] = runs
        self.gaps.labels(self.label(site_id)).set(sum(known.values()))

    def text(self) -> bytes:
        return generate_latest(self._registry)
