"""Central's counters, in a registry of their own so that two apps in one process do not share them."""

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest


class Metrics:
    def __init__(self) -> None:
        registry = CollectorRegistry()
        self._registry = registry
        self.stored = Counter(
            "central_entries_stored", "Entries stored for the first time", ["site"], registry=registry
        )
        self.repeated = Counter("central_entries_repeated", "Entries known already", ["site"], registry=registry)
        self.not_kept = Counter("central_quarantine_full", "Bad entries past the bound", ["site"], registry=registry)
        self.alarms = Counter("central_alarms", "Alarms raised", ["site", "kind"], registry=registry)
        self.nameless = Counter("central_items_nameless", "Batch items that name no entry", registry=registry)
        self.bad_batches = Counter("central_batches_bad", "Bodies that were no batch", ["door"], registry=registry)
        self.unknown_sites = Counter("central_messages_of_unknown_sites", "MQTT messages dropped", registry=registry)
        self.denied = Counter("central_requests_denied", "HTTP requests without a good token", registry=registry)
        self.mqtt_connected = Gauge("central_mqtt_connected", "1 while the broker answers", registry=registry)

    def text(self) -> bytes:
        return generate_latest(self._registry)
