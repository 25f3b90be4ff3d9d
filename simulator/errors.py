"""What can go wrong before a simulated site stands: it is told like a wrong file, with the cure."""


class SimulationError(Exception):
    """A site that cannot be played here; `source` is its file, `faults` holds one line each."""

    def __init__(self, source: str, faults: list[str]) -> None:
        self.source = source
        self.faults = faults
        super().__init__(f"{source}:\n" + "\n".join(f"  {fault}" for fault in faults))


class PortError(Exception):
    """A port that the simulator cannot open: which, why, and the cure."""
