"""Central's settings: one TOML file, secrets from the environment, every fault told at once."""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from central.case_rules import CaseRules
from central.errors import ConfigError
from central.scopes import READERS_MAX, ReaderSettings, ReaderTable
from central.supervision_rules import WEBHOOKS_MAX, Hook, TraceRules, WebhookTable
from gateway.shapes import faults_of

TOKEN_CHARS_MIN = 8
SITES_MAX = 10_000
BOX_KEYS_MAX = 16


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CentralTable(_Table):
    bind: str = Field(pattern=r"^(\[[0-9a-fA-F:]+\]|[^:\s]+):[0-9]{1,5}$")
    database: str
    evidence_dir: str = Field(min_length=1)
    key_file: str = Field(min_length=1)
    admin_token_env: str = Field(min_length=1)
    down_dir: str = ""
    """Where bulletins are kept; beside the evidence, in `down`, where it is empty."""
    law_dir: str = ""
    """Where the law files lie; the shipped ones where it is empty."""


class MqttTable(_Table):
    url: str
    topic_prefix: str = Field(pattern=r"^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*$", max_length=128)
    username_env: str = ""
    password_env: str = ""


class SiteTable(_Table):
    id: str = Field(pattern=r"^[a-z0-9-]{1,64}$")
    token_env: str
    box_keys: tuple[str, ...] = Field(max_length=BOX_KEYS_MAX)

    @field_validator("box_keys")
    @classmethod
    def _keys_are_hex(cls, keys: tuple[str, ...]) -> tuple[str, ...]:
        for key in keys:
            if not re.fullmatch(r"[0-9a-f]{64}", key):
                raise ValueError(f"'{key[:80]}' is not an Ed25519 public key (64 hex digits; see: weighgate keys show)")
        return keys


class CentralFile(_Table):
    """The file as written. An absent [mqtt] table means the HTTP door only."""

    central: CentralTable
    mqtt: MqttTable | None = None
    sites: tuple[SiteTable, ...] = Field(default=(), max_length=SITES_MAX)
    readers: tuple[ReaderTable, ...] = Field(default=(), max_length=READERS_MAX)
    tracing: TraceRules = TraceRules()
    webhooks: tuple[WebhookTable, ...] = Field(default=(), max_length=WEBHOOKS_MAX)
    cases: CaseRules = CaseRules()


@dataclass(frozen=True, slots=True)
class MqttSettings:
    host: str
    port: int
    tls: bool
    topic_prefix: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class SiteSettings:
    """`token` opens the HTTP door ("" closes it); `box_keys` are raw Ed25519 public keys in hex."""

    id: str
    token: str = field(repr=False)
    box_keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CentralSettings:
    """What central runs with: paths absolute, secrets resolved."""

    host: str
    port: int
    database_url: str = field(repr=False)  # may carry a password
    evidence_dir: Path
    key_file: Path
    admin_token: str = field(repr=False)
    mqtt: MqttSettings | None
    sites: tuple[SiteSettings, ...]
    readers: tuple[ReaderSettings, ...] = ()
    tracing: TraceRules = field(default_factory=TraceRules)
    webhooks: tuple[Hook, ...] = ()
    down_dir: Path | None = None
    """Where bulletins are kept; None is beside the evidence."""

    cases: CaseRules = field(default_factory=CaseRules)
    law_dir: Path | None = None
    """Where the law files lie; None is the shipped ones."""

    def secrets(self) -> list[str]:
        """Everything that no log may show."""
        broker = [] if self.mqtt is None or self.mqtt.password is None else [self.mqtt.password]
        password = make_url(self.database_url).password
        database = [] if password is None else [str(password)]
        sites = [one.token for one in self.sites if one.token]
        hooks = [one.secret for one in self.webhooks if one.secret]
        return [self.admin_token, *sites, *(one.token for one in self.readers), *hooks, *broker, *database]

    def site(self, site_id: str) -> SiteSettings | None:
        return next((site for site in self.sites if site.id == site_id), None)


def load_central(path: Path, environ: Mapping[str, str]) -> CentralSettings:
    """Read central's TOML file. Relative paths start at the file's own folder.

    Raises:
        ConfigError: listing every fault found, secrets missing from the environment included.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(str(path), [f"cannot be read: {error.strerror}; is the path right?"]) from error
    except UnicodeDecodeError as error:
        raise ConfigError(str(path), [f"is not UTF-8 at byte {error.start}; save it as UTF-8"]) from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(str(path), [f"is not TOML: {error}"]) from error
    try:
        file = CentralFile.model_validate(raw)
    except ValidationError as error:
        raise ConfigError(str(path), faults_of(error, CentralFile)) from error
    faults: list[str] = []
    settings = _resolve(file, path.resolve().parent, environ, faults)
    if faults:
        raise ConfigError(str(path), faults)
    return settings


def _resolve(file: CentralFile, folder: Path, environ: Mapping[str, str], faults: list[str]) -> CentralSettings:
    host, _, port = file.central.bind.rpartition(":")
    if int(port) > 65535:
        faults.append(f"central.bind: port {port} is above 65535")
    sites = tuple(
        SiteSettings(site.id, _secret(f"sites[{number}].token_env", site.token_env, environ, faults), site.box_keys)
        for number, site in enumerate(file.sites)
    )
    admin_token = _secret("central.admin_token_env", file.central.admin_token_env, environ, faults)
    readers = tuple(
        ReaderSettings(one.name, _secret(f"readers[{number}].token_env", one.token_env, environ, faults), one.scopes)
        for number, one in enumerate(file.readers)
    )
    webhooks = tuple(_hook(f"webhooks[{n}]", one, environ, faults) for n, one in enumerate(file.webhooks))
    if len({one.name for one in webhooks}) < len(webhooks):
        faults.append("webhooks: a name is listed twice; give each its own")
    _check_unique(sites, readers, admin_token, faults)
    return CentralSettings(
        host=host.strip("[]"),
        port=int(port),
        database_url=_database_url(file.central.database, folder, faults),
        evidence_dir=folder / file.central.evidence_dir,
        key_file=folder / file.central.key_file,
        admin_token=admin_token,
        mqtt=_mqtt(file.mqtt, environ, faults),
        sites=sites,
        down_dir=folder / file.central.down_dir if file.central.down_dir else None,
        readers=readers,
        tracing=file.tracing,
        webhooks=webhooks,
        cases=file.cases,
        law_dir=folder / file.central.law_dir if file.central.law_dir else None,
    )


def _secret(where: str, name: str, environ: Mapping[str, str], faults: list[str]) -> str:
    if not name:
        return ""
    value = environ.get(name, "")
    if len(value) < TOKEN_CHARS_MIN:
        state = "is not set" if not value else f"is shorter than {TOKEN_CHARS_MIN} characters"
        faults.append(f"{where}: {name} {state} in the environment; cure: export {name}=<secret>")
    return value


def _hook(where: str, table: WebhookTable, environ: Mapping[str, str], faults: list[str]) -> Hook:
    secret = _secret(f"{where}.secret_env", table.secret_env, environ, faults)
    return Hook(table.name, table.url, frozenset(table.kinds), table.persons, secret)


def _check_unique(
    sites: tuple[SiteSettings, ...], readers: tuple[ReaderSettings, ...], admin_token: str, faults: list[str]
) -> None:
    ids: set[str] = set()
    tokens = {admin_token}
    for number, site in enumerate(sites):
        if site.id in ids:
            faults.append(f"sites[{number}].id: '{site.id}' is listed twice; remove the older block")
        elif site.token and site.token in tokens:
            faults.append(f"sites[{number}].token_env: this token also belongs to another site or the administrator")
        ids.add(site.id)
        tokens.add(site.token)
    names: set[str] = set()
    for number, reader in enumerate(readers):
        if reader.name in names:
            faults.append(f"readers[{number}].name: '{reader.name}' is listed twice; remove the older block")
        elif reader.token and reader.token in tokens:
            faults.append(
                f"readers[{number}].token_env: this token also belongs to a site, the administrator or another"
            )
        names.add(reader.name)
        tokens.add(reader.token)


def _database_url(text: str, folder: Path, faults: list[str]) -> str:
    try:
        url = make_url(text)
    except ArgumentError:
        faults.append("central.database: is no database URL; known: sqlite:///FILE, postgresql://USER@HOST/NAME")
        return ""
    if url.drivername == "sqlite":
        if not url.database or url.database == ":memory:":
            faults.append("central.database: sqlite needs a file: what is acknowledged must outlive the process")
            return ""
        return URL.create("sqlite", database=os.fspath(folder / url.database)).render_as_string(hide_password=False)
    if url.drivername in ("postgresql", "postgresql+psycopg"):
        return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    faults.append(f"central.database: unknown '{url.drivername}'; known: sqlite, postgresql")
    return ""


def _mqtt(table: MqttTable | None, environ: Mapping[str, str], faults: list[str]) -> MqttSettings | None:
    if table is None or not table.url:
        return None
    try:
        url = urlsplit(table.url)
        port = url.port or (8883 if url.scheme == "mqtts" else 1883)
    except ValueError:
        faults.append(f"mqtt.url: '{table.url}' has no valid port")
        return None
    if url.scheme not in ("mqtt", "mqtts") or not url.hostname:
        faults.append(f"mqtt.url: unknown '{table.url}'; known: mqtt://HOST:PORT, mqtts://HOST:PORT")
        return None
    if url.username or url.password:
        faults.append("mqtt.url: secrets come from the environment; use username_env and password_env")
        return None
    username = _secret("mqtt.username_env", table.username_env, environ, []) or None
    if table.username_env and username is None:
        faults.append(f"mqtt.username_env: {table.username_env} is not set in the environment")
    password = _secret("mqtt.password_env", table.password_env, environ, faults) or None
    return MqttSettings(url.hostname, port, url.scheme == "mqtts", table.topic_prefix, username, password)
