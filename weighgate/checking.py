"""The `check` command: what each file would make run."""

import tomllib
from pathlib import Path

from drivers.link import open_link
from gateway.bootstrap import build_law
from gateway.clock import SystemClock
from gateway.equipment import Equipment
from gateway.errors import ConfigError
from gateway.lawfiles import load_limits, load_linkage, load_penalties
from gateway.register import load_register
from gateway.settings import SiteSettings, load_site


def check_file(file: Path, config: Path) -> str:
    """What the file is and what would run; unit and protocol are shown, for kg against t is a thousandfold error.

    Raises:
        ConfigError: every fault in the file.
    """
    try:
        kind = set(tomllib.loads(file.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(str(file), [f"cannot be read as TOML: {error}"]) from error
    if "lanes" in kind or "site" in kind:
        return _site(load_site(file), file, config)
    if "central" in kind:
        from central.errors import CentralError
        from central.settings import load_central

        try:
            settings = load_central(file, _Anything())
        except CentralError as error:
            raise ConfigError(str(file), [str(error)]) from error
        return f"{file}: central on {settings.host}:{settings.port}, {len(settings.sites)} sites"
    if "coils" in kind or "blocks" in kind or "registers" in kind or "inputs" in kind:
        from drivers.registers import load_map

        try:
            return f"{file}: register map {load_map(file).name}"
        except ValueError as error:
            raise ConfigError(str(file), [str(error)]) from error
    return _law(file)


def _law(file: Path) -> str:
    """Law files say what they are by the folder they lie in; their own examples run as they load."""
    folder = file.resolve().parent.name
    if folder == "linkage":
        load_linkage(file)
        return f"{file}: linkage matrix"
    if folder == "penalties":
        return f"{file}: penalty schedule {load_penalties(file).id}"
    return f"{file}: rule set {load_limits(file).id}, its worked examples hold"


class _Anything(dict[str, str]):
    """Secrets are not needed to check a file."""

    def get(self, key: str, _: str | None = None) -> str:  # type: ignore[override]
        return f"checked-only-{key}"

    def __contains__(self, key: object) -> bool:
        return True

    def __missing__(self, key: str) -> str:
        return f"checked-only-{key}"


def _site(settings: SiteSettings, file: Path, config: Path) -> str:
    law = build_law(settings, config)
    register = load_register(Path(settings.register_.vehicles))
    lines = [
        f"{file}: {settings.site.id} {settings.site.name}, {settings.site.kind}",
        f"  law       {law.rule_set.id}, undetermined: {settings.law.undetermined}; register: {len(register)} vehicles",
        f"  central   {settings.central.mqtt or '-'}  {settings.central.http or '-'}",
    ]
    equipment = Equipment(settings, config / "registers", SystemClock(), open_link)
    for lane in settings.lanes:
        equipment.of(lane)  # raises what running would
        scale = lane.scale
        lines.append(
            f"  lane {lane.id}    {lane.kind}: {scale.protocol} in {scale.unit}, "
            f"d = {scale.interval_kg} kg, {scale.url}"
        )
    if not settings.central.public_key:
        lines.append(
            "  ! central.public_key is empty: no acknowledgement will be believed, so nothing leaves the outbox"
        )
    return "\n".join(lines)
