"""A site's downlink, built: what is on disk taken up, and every word of it bound to this site."""

import asyncio
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from gateway.contract.down import Kind
from gateway.downlink.contents import (
    SCRATCH_PREFIX,
    SiteLaw,
    Usable,
    installed_lists,
    installed_permits,
    shipped_law,
    usable,
)
from gateway.downlink.in_force import InForce
from gateway.downlink.intake import Intake, Tell
from gateway.downlink.shelf import Shelf
from gateway.ports import Clock
from gateway.register import Register
from gateway.settings import SiteSettings


def shelf_of(settings: SiteSettings) -> Shelf:
    return Shelf(_folder(settings))


def open_intake(
    settings: SiteSettings,
    config: Path,
    register: Register,
    clock: Clock,
    *,
    tell: Tell,
    alarm: Callable[[str, str], None],
    inline: bool = False,
    law: Callable[[SiteSettings, Path], SiteLaw] = shipped_law,
) -> Intake:
    """Ready, with what was in force before the start in force again. `inline` proves contents on the loop's thread.

    law: what is in force where central sent none.

    Raises:
        ConfigError: the shipped law or the site's choice of it is wrong.
        DownlinkError: the folder cannot be used.
    """

    def prepare(kind: Kind, content: Mapping[str, Any]) -> Usable:
        return usable(kind, content, settings, config, _folder(settings))

    intake = Intake(
        settings.site.id,
        settings.central.public_key,
        shelf_of(settings),
        InForce(law(settings, config), register, installed_lists(settings), installed_permits(settings)),
        prepare=prepare,
        now=clock.now,
        tell=tell,
        alarm=alarm,
        apart=_here if inline else asyncio.to_thread,
    )
    for left in _folder(settings).glob(f"{SCRATCH_PREFIX}*"):  # power was lost during a proof
        shutil.rmtree(left, ignore_errors=True)
    intake.restore()
    return intake


def _folder(settings: SiteSettings) -> Path:
    """Where bulletins lie, beside the journal."""
    return Path(settings.storage.dir) / "down"


async def _here(work: Callable[[], Usable]) -> Usable:
    return work()
