"""What a site's process is given of the world. The machine's own is `real_outside`; the virtual world gives another."""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import httpx

from drivers.link import Link, open_link
from gateway.clock import SystemClock
from gateway.downlink.contents import SiteLaw, shipped_law
from gateway.ports import Clock
from gateway.settings import SiteSettings
from gateway.uplink.mqtt import MqttDoor


class WatchedClock(Clock, Protocol):
    """A clock that notices when its wall clock jumps."""

    def stepped(self) -> int | None:
        """Milliseconds the wall clock jumped since the last look, or None."""


@dataclass(frozen=True, slots=True)
class Outside:
    """Clocks, chance, wires, the ways to central, the law that came along.

    `transport` None: the network; `inline`: no writer thread.
    """

    clock: WatchedClock
    new_name: Callable[[], str]
    new_salt: Callable[[], bytes]
    open_link: Callable[[str], Awaitable[Link]]
    mqtt_door: Callable[..., MqttDoor]
    transport: httpx.AsyncBaseTransport | None = None
    inline: bool = False
    law: Callable[[SiteSettings, Path], SiteLaw] = shipped_law


def real_outside() -> Outside:
    """The machine's own: its clocks, its randomness, its ports, its network."""
    return Outside(
        clock=SystemClock(),
        new_name=lambda: f"j-{secrets.token_hex(6)}",
        new_salt=lambda: secrets.token_bytes(32),
        open_link=open_link,
        mqtt_door=MqttDoor,
    )
