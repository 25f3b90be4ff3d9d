"""A device that is away is told once per outage, on the page and in the log, from the first connect that fails on."""

from collections.abc import Callable

import structlog

from drivers.readings import HealthReading


class Outage:
    """One device. `alarm(code, detail)` gets `device-lost` or `device-silent`, with device, URL, reason and cure."""

    def __init__(self, device: str, url: str, alarm: Callable[[str, str], None]) -> None:
        self._device, self._url, self._alarm = device, url, alarm
        self._away = False
        self._log = structlog.get_logger().bind(device=device, url=url)

    def hear(self, health: HealthReading) -> None:
        """Every change of the device's state, as its driver tells it."""
        if health.state == "live":
            if self._away:
                self._log.info("device_returned")
            self._away = False
        elif not self._away:
            self._away = True
            code = "device-lost" if health.state == "lost" else "device-silent"
            reason = health.reason.removeprefix(f"{self._url}: ")  # a bus names itself
            self._alarm(code, f"{self._device} at {self._url}: {reason}")
