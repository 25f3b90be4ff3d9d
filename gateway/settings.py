"""The site file: what an installer decides. Every fault comes at once, with path, bad value and known values."""

import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError

from drivers.records import FORMATS
from gateway.core.vehicle import Body
from gateway.device_settings import (
    BarrierSettings,
    Camera,
    Io,
    Name,
    Network,
    PrinterSettings,
    SignSettings,
    Strict,
    Text,
    Url,
    Variable,
    one_of,
)
from gateway.device_settings import form as _form
from gateway.errors import ConfigError
from gateway.law.faults import PARTED_ABOVE_MM, TOGETHER_BELOW_MM
from gateway.law.linkage import EnforcementMode, SiteKind
from gateway.lawfiles.schema import JURISDICTION
from gateway.shapes import faults_of
from gateway.site_rules import cross_faults


def _option(value: object) -> object:
    if not isinstance(value, (bool, int, str)):
        raise ValueError(f"{value!r} is not text, a whole number, true or false")  # noqa: TRY004 - pydantic wants it
    return value


VersionName = Annotated[str, _form(r"[a-z0-9-]{1,64}@[a-z0-9-]{1,32}", "a rule set and its version: id@version")]
GroupSpacing = Annotated[int, Field(ge=TOGETHER_BELOW_MM, le=PARTED_ABOVE_MM)]
"""Another would make groups of axles that law does not believe."""
PORT = r"(6553[0-5]|655[0-2]\d|65[0-4]\d\d|6[0-4]\d{3}|[1-5]?\d{1,4})"


class SiteFacts(Strict):
    id: Name
    name: Text
    name_en: Text = ""
    kind: SiteKind
    enforcement_mode: EnforcementMode
    region: Annotated[str, _form(r"\d{6}", "six digits")]
    road: Text = ""
    stake: Text = ""
    direction: Text = ""
    codes: dict[str, Text] = Field(default_factory=dict)


class Presumed(Strict):
    """What this site presumes of a vehicle or load where nobody knows; each entry that used it says so."""

    body: Body | None = None
    drive_axles: int | None = Field(default=None, ge=1, le=4)
    wide_tyres: bool | None = None
    air_suspension: bool | None = None
    divisible: bool | None = None


class LawChoice(Strict):
    """What a site judges by.

    jurisdiction: CN, or a province such as CN-HA, whose own answers then stand before the national ones.
    switched_on: versions of rule sets to use although nobody confirmed their start.
    posted_limit_kg: the sign of the site's own road or bridge. under_declared_percent: how far an empty weighing may be
    above the registered kerb mass before it is suspicious (大吨小标).
    """

    limits: Name
    undetermined: Literal["hold", "presume"]
    jurisdiction: Annotated[str, _form(JURISDICTION, "CN, or a province such as CN-HA")] = "CN"
    switched_on: list[VersionName] = Field(default_factory=list, max_length=16)
    posted_limit_kg: int | None = Field(default=None, ge=500, le=200_000)
    under_declared_percent: int = Field(default=10, ge=1, le=100)
    presumed: Presumed = Presumed()


class CentralDoor(Strict):
    """Where central is. `public_key` pins whose acknowledgements count."""

    public_key: Annotated[str, _form(r"([0-9a-f]{64})?", "64 hex digits (see: weighgate keys show)")]
    http: Annotated[str, _form(r"(https?://\S+)?", "http://… or https://…")] = ""
    mqtt: Annotated[str, _form(r"(mqtts?://\S+)?", "mqtt://… or mqtts://…")] = ""
    topic_prefix: Text = "weighgate/v1"
    token_env: Variable


class Storage(Strict):
    """`raw_keep_days`: how long evidence that central confirmed stays; past `max_mb` the oldest of it goes sooner."""

    dir: str
    raw_window_s: int = Field(ge=10, le=600)
    raw_keep_days: int = Field(default=30, ge=1, le=3650)
    max_mb: int = Field(default=20_000, ge=100, le=10_000_000)


class Web(Strict):
    bind: Annotated[str, _form(rf"\S+:{PORT}", "HOST:PORT")]
    token_env: Variable
    cameras_from: list[Network] = Field(default_factory=list)


class RegisterFile(Strict):
    """Files of the site itself; what central sends stands before them. `lists` and `permits` are as in bulletins."""

    vehicles: str
    lists: str = ""
    permits: str = ""


class BusSettings(Strict):
    id: Name
    url: Url
    timeout_ms: int = Field(ge=10, le=5000)


class Scale(Strict):
    """`protocol` is a frame format by name, or `modbus:<map>` for a register map under config/registers.

    `frozen_s`: a load that has not changed by a digit for so long is no load but a picture.
    """

    url: Url
    protocol: str
    unit: Literal["kg", "g", "t", "lb"]
    interval_kg: int = Field(ge=1, le=1000)
    stale_ms: int = Field(ge=200, le=60_000)
    frozen_s: int = Field(default=1800, ge=60, le=86_400)
    unit_id: int = Field(default=1, ge=1, le=247)
    poll_ms: int = Field(default=100, ge=10, le=5000)
    options: dict[str, Annotated[bool | str | int, BeforeValidator(_option)]] = Field(default_factory=dict)
    deck_mm: int | None = Field(default=None, ge=300, le=5000)
    treadle_span_mm: int | None = Field(default=None, ge=300, le=10_000)
    serial_number: Text
    certificate: Text
    issuer: Text
    valid_until: date
    class_: Text = Field(alias="class")


class PassageTuning(Strict):
    presence_kg: int = Field(ge=50, le=5000)
    zero_band_kg: int = Field(ge=1, le=2000)
    identify_timeout_ms: int = Field(ge=0, le=60_000)
    clear_ms: int = Field(ge=100, le=30_000)
    settle_window_ms: int = Field(default=1000, ge=200, le=10_000)
    settle_band_kg: int = Field(default=20, ge=1, le=1000)
    equal_frames: int = Field(default=3, ge=1, le=50)
    settle_timeout_ms: int = Field(default=15_000, ge=1000, le=120_000)
    group_spacing_mm: GroupSpacing | None = None
    speed_max_mm_s: int | None = Field(default=None, ge=500, le=12_000)
    vehicle_timeout_ms: int | None = Field(default=None, ge=5000, le=600_000)


class Lane(Strict):
    id: Name
    kind: Literal["platform", "axle"]
    whole_vehicle: Literal["loops", "presumed"]
    scale: Scale
    io: Io | None = None
    barrier: BarrierSettings | None = None
    front_barrier: BarrierSettings | None = None
    camera: Camera | None = None
    rear_camera: Camera | None = None
    sign: SignSettings | None = None
    voice: SignSettings | None = None
    printer: PrinterSettings | None = None
    passage: PassageTuning


class RecordsSource(Strict):
    """Another system that sends finished vehicle records to /api/v1/finished/ID, and the instrument it weighs with.

    `group_spacing_mm`: axles nearer than this stand in one group; without it the register alone knows the layout.
    `from`: who may send to /finished/ID without a token. `folder`: where it leaves files, which are taken out of it.
    """

    id: Name
    format: Annotated[str, one_of(FORMATS)]
    from_: list[Network] = Field(default_factory=list, max_length=16, alias="from")
    folder: str = ""
    group_spacing_mm: GroupSpacing | None = None
    interval_kg: int = Field(ge=1, le=1000)
    serial_number: Text
    certificate: Text
    issuer: Text
    valid_until: date
    class_: Text = Field(alias="class")


class Plaza(Strict):
    validity_s: int = Field(ge=10, le=86_400)
    entry_lanes: list[Name] = Field(min_length=1, max_length=64)


class SiteSettings(Strict):
    site: SiteFacts
    law: LawChoice
    central: CentralDoor
    storage: Storage
    web: Web
    register_: RegisterFile = Field(alias="register")
    buses: list[BusSettings] = Field(default_factory=list, max_length=16)
    lanes: list[Lane] = Field(min_length=1, max_length=32)
    records: list[RecordsSource] = Field(default_factory=list, max_length=16)
    plaza: Plaza | None = None


def load_site(path: Path) -> SiteSettings:
    """Read a site file; relative paths inside it are resolved against its own folder.

    Raises:
        ConfigError: every fault at once, as `lanes[0].scale.unit: 'kgs'; known: kg, g, t, lb`.
    """
    return parse_site(read_toml(path), path)


def read_toml(path: Path) -> dict[str, Any]:
    """Any configuration file as a table. Raises ConfigError where there is none."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(str(path), [f"cannot be read: {error.strerror}; is the path right?"]) from error
    except UnicodeDecodeError as error:
        raise ConfigError(str(path), [f"is not UTF-8 at byte {error.start}; save it as UTF-8"]) from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(str(path), [f"is not TOML: {error}"]) from error


def parse_site(document: Mapping[str, Any], path: Path) -> SiteSettings:
    """As `load_site`, from the parsed table."""
    faults = cross_faults(document)
    try:
        settings = SiteSettings.model_validate(document)
    except ValidationError as error:
        raise ConfigError(str(path), [*faults_of(error, SiteSettings), *faults]) from error
    if faults:
        raise ConfigError(str(path), faults)
    folder = path.resolve().parent
    return settings.model_copy(
        update={
            "storage": settings.storage.model_copy(update={"dir": str(folder / settings.storage.dir)}),
            "register_": settings.register_.model_copy(
                update={name: str(folder / file) for name, file in settings.register_.model_dump().items() if file}
            ),
            "records": [
                one.model_copy(update={"folder": str(folder / one.folder)}) if one.folder else one
                for one in settings.records
            ],
        }
    )
