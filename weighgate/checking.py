"""The `check` command: what each file would make run, everything that is wrong with it, and what will be soon."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from drivers.link import open_link
from gateway.choices import build_law
from gateway.clock import SystemClock
from gateway.device_settings import Io
from gateway.downlink.contents import installed_lists, installed_permits
from gateway.equipment import Equipment
from gateway.errors import ConfigError
from gateway.law.limits import Law
from gateway.lawfiles import (
    choose_limits,
    load_families,
    load_instruments,
    load_limits,
    load_limits_dir,
    load_linkage,
    load_penalties,
    load_penalties_dir,
    load_permits,
)
from gateway.register import load_register
from gateway.settings import Lane, Scale, SiteFacts, SiteSettings, parse_site, read_toml
from weighgate.came_down import came_down
from weighgate.own_law import law_files, law_with

NOWHERE = "tcp://127.0.0.1:1"  # nothing is opened by a check
LAWS = ("documents", "families", "instruments", "limits", "linkage", "penalties", "permits", "procedure")
PROVINCES = {"31": "CN-SH", "33": "CN-ZJ", "41": "CN-HA", "44": "CN-GD", "50": "CN-CQ"}
"""By the first digits of a division code (GB/T 2260): those whose texts the law files hold."""
CERTIFICATE_DAYS_MIN = 60  # a new verification takes weeks to be had


@dataclass(frozen=True, slots=True)
class Checked:
    """A file without a fault: what would run, line by line, and what a person should look at."""

    lines: list[str]
    warnings: list[str] = field(default_factory=list)


def check_file(file: Path, config: Path, today: date) -> Checked:
    """What the file is and what would run; unit and protocol are shown, for kg against t is a thousandfold error.

    Raises:
        ConfigError: every fault of the file and of what it names.
    """
    document = read_toml(file)
    if "lanes" in document or "site" in document:
        return _site(load_whole_site(file, config), file, config, today)
    if "central" in document:
        return _central(file)
    if {"coils", "blocks", "registers", "inputs"} & set(document):
        from drivers.register_maps import load_map
        from drivers.tables import MapError

        try:
            return Checked([f"{file}: register map {load_map(file).name}"])
        except MapError as error:
            raise ConfigError(str(file), error.faults) from error
    if file.resolve().parent.name not in LAWS:
        lies = f"none of their tables is in it, and a law file lies in a folder that says what it is: {', '.join(LAWS)}"
        raise ConfigError(str(file), [f"is no site, central, register-map or law file: {lies}"])
    return Checked([_law(file, config)])


def load_whole_site(file: Path, config: Path) -> SiteSettings:
    """The site file, with everything that it names found to be there and right.

    Raises:
        ConfigError: every fault of the file, its law, its register and its devices, in one round.
    """
    document = read_toml(file)
    faults = site_faults(document, file, config)
    if faults:
        raise ConfigError(str(file), faults)
    return parse_site(document, file)


def site_faults(document: Mapping[str, Any], file: Path, config: Path, *, register: bool = True) -> list[str]:
    """What is wrong with a site, however much of it is: one wrong place does not hide another.

    Without `register` that file need not be there yet.
    """
    faults: list[str] = []
    try:
        parse_site(document, file)
    except ConfigError as error:
        faults += error.faults
    limits = _table(document.get("law")).get("limits")
    if isinstance(limits, str):
        try:
            choose_limits(config / "law", limits)
        except ConfigError as error:
            faults += error.faults
    vehicles = _table(document.get("register")).get("vehicles")
    if register and isinstance(vehicles, str):
        try:
            load_register(file.resolve().parent / vehicles)
        except ConfigError as error:
            faults += [f"register.vehicles: {fault}" for fault in error.faults]
    return list(dict.fromkeys([*faults, *_device_faults(document, config)]))


def _device_faults(document: Mapping[str, Any], config: Path) -> list[str]:
    """Of protocols and maps, whose own places may be right where others of the lane are not."""
    lanes = [_devices_of(lane) for lane in _list(document.get("lanes"))]
    settings = SiteSettings.model_construct(site=SiteFacts.model_construct(id="site"), buses=[], lanes=lanes)
    equipment = Equipment(settings, config / "registers", SystemClock(), open_link)
    return [fault for lane in lanes if isinstance(lane.scale, Scale) for fault in equipment.faults(lane)]


def _devices_of(lane: object) -> Lane:
    """A lane with the protocol and the map that the file names, and for everything else what is always right."""
    scale, io = (_table(_table(lane).get(name)) for name in ("scale", "io"))
    right: Any = {"url": NOWHERE, "unit": "kg", "unit_id": 1, "poll_ms": 100, "stale_ms": 1000, "interval_kg": 10}
    kind = _table(lane).get("kind", "axle")  # the kind that takes every protocol
    made: dict[str, Any] = {"id": "", "kind": kind, "scale": None, "io": None, "barrier": None, "sign": None}
    if isinstance(scale.get("protocol"), str):
        options = {key: one for key, one in _table(scale.get("options")).items() if isinstance(one, (bool, int, str))}
        made["scale"] = Scale.model_construct(**right, protocol=scale["protocol"], options=options)
    if isinstance(io.get("map"), str):
        wires: Any = {
            what: {role: number for role, number in _table(io.get(what)).items() if isinstance(number, int)}
            for what in ("inputs", "outputs")
        }
        made["io"] = Io.model_construct(**wires, url=NOWHERE, bus=None, unit=1, poll_ms=100, map=io["map"])
    return Lane.model_construct(**made)


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _central(file: Path) -> Checked:
    from central.cases.law import load_case_law
    from central.errors import ConfigError as CentralConfigError
    from central.settings import load_central
    from central.shipped import law_dir

    try:
        settings = load_central(file, _Anything())
        load_case_law(settings.law_dir or law_dir())
    except CentralConfigError as error:
        raise ConfigError(str(file), error.faults) from error
    warnings = [
        f"sites[{number}].box_keys: is empty, so every entry of {site.id} is quarantined; "
        "put in place of this block what this prints: weighgate keys enrol SITE.toml"
        for number, site in enumerate(settings.sites)
        if not site.box_keys
    ]
    return Checked([f"{file}: central on {settings.host}:{settings.port}, sites: {len(settings.sites)}"], warnings)


def _law(file: Path, config: Path) -> str:
    """Law files say what they are by the folder they lie in; their own examples run as they load.

    An amendment needs what it amends. A schedule or rule set is held to the others: those beside it, and the shipped.
    """
    match file.resolve().parent.name:
        case "documents" | "procedure" as folder:
            what = _case_law(file, folder)
        case "linkage":
            with law_with(law_files([file.parent]), config) as tree:
                what = f"linkage matrix {load_linkage(tree / 'law' / 'linkage' / file.name).id}"
        case "instruments":
            what = f"permissible errors {load_instruments(file).id}, their worked bands hold"
        case "penalties":
            what = f"penalty schedule {load_penalties(file).id}, its worked examples hold"
            with law_with(law_files([file.parent]), config) as tree:
                load_penalties_dir(tree / "law" / "penalties")
        case "permits":
            what = f"permit rules {load_permits(file).id}, their worked examples hold"
        case "families":
            what = f"families {load_families(file).id}, their worked examples hold"
        case _:
            what = f"rule set {load_limits(file).id}, its worked examples hold"
            with law_with(law_files([file.parent]), config) as tree:
                load_limits_dir(tree / "law" / "limits")
    return f"{file}: {what}"


def _case_law(file: Path, folder: str) -> str:
    from central.cases.document_fields import FIELDS
    from central.cases.documents import load_documents
    from central.cases.procedure_file import load_procedure
    from central.errors import ConfigError as CentralConfigError

    if folder == "procedure":
        return f"procedure {load_procedure(file).id}, its worked examples hold"
    try:
        return f"{len(load_documents(file, FIELDS))} documents"
    except CentralConfigError as error:
        raise ConfigError(str(file), error.faults) from error


class _Anything(dict[str, str]):
    """Secrets are not needed to check a file."""

    def get(self, key: str, _: str | None = None) -> str:  # type: ignore[override]
        return f"checked-only-{key}"

    def __contains__(self, key: object) -> bool:
        return True

    def __missing__(self, key: str) -> str:
        return f"checked-only-{key}"


def _site(settings: SiteSettings, file: Path, config: Path, today: date) -> Checked:
    law = build_law(settings, config)
    register = load_register(Path(settings.register_.vehicles))
    lines = [
        f"{file}: {settings.site.id} {settings.site.name}, {settings.site.kind}",
        f"  law       {law.rule_set.id}, undetermined: {settings.law.undetermined}; register: {len(register)} vehicles",
        f"  lane      {settings.law.jurisdiction} by {law.linkage.id}; {_presumed(settings)}",
        f"  central   {settings.central.mqtt or '-'}  {settings.central.http or '-'}",
    ]
    for lane in settings.lanes:
        scale = lane.scale
        lines.append(
            f"  lane {lane.id}    {lane.kind}: {scale.protocol} in {scale.unit}, "
            f"d = {scale.interval_kg} kg, {scale.url}"
        )
    lists, permits = installed_lists(settings), installed_permits(settings)
    lines.insert(2, f"  installed {len(lists)} listed vehicles, {len(permits)} with permits")
    down, refused = came_down(settings, SystemClock().now())
    warnings = [*_warnings(settings, today), *_jurisdiction_warnings(settings, law), *refused]
    return Checked([*lines, *down], [*warnings, *_tolerance_warnings(settings, config)])


def _presumed(settings: SiteSettings) -> str:
    posted = settings.law.posted_limit_kg
    told = {name: value for name, value in settings.law.presumed.model_dump().items() if value is not None}
    presumed = ", ".join(f"{name} = {str(value).lower()}" for name, value in told.items())
    return f"posted limit: {'none' if posted is None else f'{posted} kg'}; presumed: {presumed or 'nothing'}"


def _jurisdiction_warnings(settings: SiteSettings, law: Law) -> list[str]:
    """A province that the site's division code does not lie in, or whose own answers nobody has written down."""
    named = settings.law.jurisdiction
    lies_in = PROVINCES.get(settings.site.region[:2])
    found = []
    if lies_in is not None and named != lies_in:
        found.append(f"law.jurisdiction: is {named}, but region {settings.site.region} lies in {lies_in}")
    if named != "CN" and law.linkage.id == "cn-default":
        found.append(f"law.jurisdiction: {named} has no answers of its own for the lane; the national ones hold")
    return found


def _tolerance_warnings(settings: SiteSettings, config: Path) -> list[str]:
    """A tolerance smaller than the instrument's own permissible error refuses trucks that may be legal."""
    tolerance = build_law(settings, config).linkage.tolerances.get(settings.site.kind)
    if tolerance is None:
        return []
    errors = load_instruments(config / "law" / "instruments" / "cn-in-service.toml")
    allowed = (tolerance.percent - 100) * 100
    return [
        f"lanes[{place}].scale.class: class {lane.scale.class_} may be wrong by {error.basis_points / 100:g} % "
        f"in service, more than the tolerance of {tolerance.percent - 100} % here; an excess may be the scale's"
        for place, lane in enumerate(settings.lanes)
        if (error := errors.classes.get(lane.scale.class_)) is not None
        and error.basis_points is not None
        and error.basis_points > allowed
    ]


def _warnings(settings: SiteSettings, today: date) -> list[str]:
    found = []
    for place, lane in enumerate(settings.lanes):
        until = lane.scale.valid_until
        where = f"lanes[{place}].scale.valid_until: {until}"
        if until < today:
            found.append(f"{where}: the certificate has ended; every entry will say so until the scale is verified")
        elif (until - today).days <= CERTIFICATE_DAYS_MIN:
            found.append(f"{where}: the certificate ends in {(until - today).days} days; renew it")
    if not settings.central.public_key:
        found.append(
            "central.public_key: is empty, so no acknowledgement is believed and nothing leaves the outbox; "
            "paste it from: weighgate keys show CENTRAL_KEY_FILE"
        )
    storage = Path(settings.storage.dir)
    there = next(place for place in (storage, *storage.parents) if place.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        found.append(f"storage.dir: {storage} cannot be used: {there} is no folder that this user may write to")
    return found
