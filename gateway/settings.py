"""The site file: what an installer decides. Every fault comes at once, with path, bad value and known values."""

import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from gateway.errors import ConfigError

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Text = Annotated[str, StringConstraints(max_length=200)]
Url = Annotated[str, StringConstraints(pattern=r"^(serial|tcp|replay|memory)://\S+$", max_length=500)]
Role = Literal["loop_entry", "loop_exit", "treadle_in", "treadle_out", "barrier_open", "barrier_closed"]
Output = Literal["barrier_open", "barrier_close", "lamp_red", "lamp_green"]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SiteFacts(Strict):
    id: Name
    name: Text
    name_en: Text = ""
    kind: Literal["source-exit", "checkpoint", "toll-entrance"]
    enforcement_mode: Literal["transport", "police-at-joint-station", "operator", "unattended"]
    region: Annotated[str, StringConstraints(pattern=r"^\d{6}$")]
    road: Text = ""
    stake: Text = ""
    direction: Text = ""
    codes: dict[str, Text] = Field(default_factory=dict)


class LawChoice(Strict):
    limits: Name
    undetermined: Literal["hold", "presume"]


class CentralDoor(Strict):
    """Where central is. `public_key` pins whose acknowledgements count."""

    public_key: Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{64})?$")]
    http: Annotated[str, StringConstraints(pattern=r"^(https?://\S+)?$")] = ""
    mqtt: Annotated[str, StringConstraints(pattern=r"^(mqtts?://\S+)?$")] = ""
    topic_prefix: Text = "weighgate/v1"
    token_env: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$")]


class Storage(Strict):
    dir: str
    raw_window_s: int = Field(ge=10, le=600)


class Web(Strict):
    bind: Annotated[str, StringConstraints(pattern=r"^\S+:\d{1,5}$")]
    token_env: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$")]
    cameras_from: list[str] = Field(default_factory=list)


class RegisterFile(Strict):
    vehicles: str


class BusSettings(Strict):
    id: Name
    url: Url
    timeout_ms: int = Field(ge=10, le=5000)


class Scale(Strict):
    """`protocol` is a frame format by name, or `modbus:<map>` for a register map under config/registers."""

    url: Url
    protocol: str
    unit: Literal["kg", "g", "t", "lb"]
    interval_kg: int = Field(ge=1, le=1000)
    stale_ms: int = Field(ge=200, le=60_000)
    unit_id: int = Field(default=1, ge=1, le=247)
    poll_ms: int = Field(default=100, ge=10, le=5000)
    options: dict[str, bool | str | int] = Field(default_factory=dict)
    deck_mm: int | None = Field(default=None, ge=300, le=5000)
    treadle_span_mm: int | None = Field(default=None, ge=300, le=10_000)
    serial_number: Text
    certificate: Text
    issuer: Text
    valid_until: date
    class_: Text = Field(alias="class")


class Io(Strict):
    """An I/O board: on a named bus, or alone behind its own URL."""

    bus: Name | None = None
    url: Url | None = None
    unit: int = Field(ge=1, le=247)
    map: Name
    poll_ms: int = Field(ge=10, le=5000)
    inputs: dict[Role, int]
    outputs: dict[Output, int]

    @model_validator(mode="after")
    def one_place(self) -> Self:
        if (self.bus is None) == (self.url is None):
            raise ValueError("name either bus or url, not both and not neither")
        return self


class BarrierSettings(Strict):
    pulse_ms: int = Field(ge=50, le=1000)
    travel_ms: int = Field(ge=500, le=30_000)
    interlock: Role


class Camera(Strict):
    protocol: Literal["zhenshi", "hikvision"]
    device: Text


class SignSettings(Strict):
    protocol: Literal["weilipu"]
    url: Url
    language: Literal["zh", "en"] = "zh"


class PassageTuning(Strict):
    presence_kg: int = Field(ge=50, le=5000)
    zero_band_kg: int = Field(ge=1, le=2000)
    identify_timeout_ms: int = Field(ge=0, le=60_000)
    clear_ms: int = Field(ge=100, le=30_000)
    settle_window_ms: int = Field(default=1000, ge=200, le=10_000)
    settle_band_kg: int = Field(default=20, ge=1, le=1000)
    equal_frames: int = Field(default=3, ge=1, le=50)
    settle_timeout_ms: int = Field(default=15_000, ge=1000, le=120_000)
    group_spacing_mm: int | None = Field(default=None, ge=1000, le=3000)
    speed_max_mm_s: int | None = Field(default=None, ge=500, le=12_000)
    vehicle_timeout_ms: int | None = Field(default=None, ge=5000, le=600_000)


class Lane(Strict):
    id: Name
    kind: Literal["platform", "axle"]
    whole_vehicle: Literal["loops", "presumed"]
    scale: Scale
    io: Io | None = None
    barrier: BarrierSettings | None = None
    camera: Camera | None = None
    sign: SignSettings | None = None
    passage: PassageTuning

    @model_validator(mode="after")
    def complete(self) -> Self:
        faults = [
            f"{name} is needed on an axle lane"
            for name, value in (
                ("scale.deck_mm", self.scale.deck_mm),
                ("scale.treadle_span_mm", self.scale.treadle_span_mm),
                ("passage.group_spacing_mm", self.passage.group_spacing_mm),
                ("passage.speed_max_mm_s", self.passage.speed_max_mm_s),
                ("passage.vehicle_timeout_ms", self.passage.vehicle_timeout_ms),
            )
            if self.kind == "axle" and value is None
        ]
        if self.barrier is not None:
            faults += [
                f"barrier needs io.{where}.{name}"
                for where, names in (
                    ("inputs", ("barrier_open", "barrier_closed", self.barrier.interlock)),
                    ("outputs", ("barrier_open", "barrier_close")),
                )
                for name in names
                if self.io is None or name not in getattr(self.io, where)
            ]
        if self.whole_vehicle == "loops" and (
            self.io is None or not {"loop_entry", "loop_exit"} <= set(self.io.inputs)
        ):
            faults.append('whole_vehicle = "loops" needs io.inputs.loop_entry and loop_exit')
        if faults:
            raise ValueError("; ".join(faults))
        return self


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
    plaza: Plaza | None = None

    @model_validator(mode="after")
    def names_meet(self) -> Self:
        buses = [bus.id for bus in self.buses]
        faults = [
            f"lanes[{i}].io.bus: unknown {lane.io.bus!r}; known: {', '.join(buses) or 'none'}"
            for i, lane in enumerate(self.lanes)
            if lane.io and lane.io.bus and lane.io.bus not in buses
        ]
        for what, names in (("lanes", [lane.id for lane in self.lanes]), ("buses", buses)):
            faults += [
                f"{what}: id {name!r} is used twice" for name in sorted({n for n in names if names.count(n) > 1})
            ]
        if (self.site.kind == "toll-entrance") != (self.plaza is not None):
            faults.append("plaza: a toll-entrance has one, no other site has")
        if faults:
            raise ValueError("; ".join(faults))
        return self


def load_site(path: Path) -> SiteSettings:
    """Read a site file; relative paths inside it are resolved against its own folder.

    Raises:
        ConfigError: every fault at once, as `lanes[0].scale.unit: 'kgs'; known: kg, g, t, lb`.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(str(path), [f"cannot be read: {error.strerror}; is the path right?"]) from error
    except UnicodeDecodeError as error:
        raise ConfigError(str(path), [f"is not UTF-8 at byte {error.start}; save it as UTF-8"]) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(str(path), [f"is not TOML: {error}"]) from error
    return parse_site(document, path)


def parse_site(document: Mapping[str, Any], path: Path) -> SiteSettings:
    try:
        settings = SiteSettings.model_validate(document)
    except ValidationError as error:
        raise ConfigError(str(path), [_fault(dict(item)) for item in error.errors()]) from error
    folder = path.resolve().parent
    return settings.model_copy(
        update={
            "storage": settings.storage.model_copy(update={"dir": str(folder / settings.storage.dir)}),
            "register_": settings.register_.model_copy(update={"vehicles": str(folder / settings.register_.vehicles)}),
        }
    )


def _fault(item: Mapping[str, Any]) -> str:
    where = ""
    for part in item["loc"]:
        where += f"[{part}]" if isinstance(part, int) else f".{part}" if where else str(part)
    kind, context = item["type"], item.get("ctx", {})
    if kind == "missing":
        return f"{where}: is missing"
    if kind == "extra_forbidden":
        return f"{where}: unknown key; take it out or correct its spelling"
    if kind == "literal_error":
        return f"{where}: {item['input']!r}; known: {str(context['expected']).replace(' or ', ', ')}"
    if kind == "value_error":
        return f"{where}: {context['error']}" if where else str(context["error"])
    return f"{where}: {item['input']!r}: {item['msg']}"
