"""What can go wrong in the gateway.

GatewayError
├── ConfigError        a site, law or register file; every fault listed, with path, value and known values
├── JournalError       the store: full, read-only, damaged; the lane fails safe
├── DownlinkError      what central sent down cannot be kept on this disk; it will be offered again
├── OutboxError        an outbox operation that cannot be done (nothing parked under that id)
└── UplinkError
    ├── Refused        central answered no: park it, show the answer
    └── Unreachable    nobody answered: try again for ever
"""


class GatewayError(Exception):
    """The root: what a command line shows as one red line and exit 1."""


class ConfigError(GatewayError):
    """A file is wrong. `faults` holds one line per fault: where, what is there, what is known."""

    def __init__(self, source: str, faults: list[str]) -> None:
        self.source = source
        self.faults = faults
        super().__init__(f"{source}:\n" + "\n".join(f"  {fault}" for fault in faults))


class JournalError(GatewayError):
    """The journal cannot store; nothing may be released on what it did not keep."""


class DownlinkError(GatewayError):
    """What central sent down cannot be kept here."""


class OutboxError(GatewayError):
    """The outbox cannot do what was asked."""


class UplinkError(GatewayError):
    """A door to central."""


class Refused(UplinkError):  # noqa: N818 - an answer, not a fault of ours
    """Central understood and said no."""


class Unreachable(UplinkError):  # noqa: N818 - a state of the network
    """Nobody answered, or with a 5xx: the entry stays."""
