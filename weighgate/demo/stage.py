"""The demo's stage: ports, keys, tokens, and three site files made from the shipped ones."""

import secrets
import socket
from dataclasses import dataclass, field
from pathlib import Path

from gateway.keys import load_key, new_key
from simulator.vehicles import Truck, make_trucks, registers_csv

SITES = {"quarry": "source-exit", "station": "checkpoint", "toll": "toll-entrance"}
OVERLOAD_SHARE = 0.3
UNREGISTERED_SHARE = 0.15
DEVICE_PORTS = [str(base + lane) for base in (15020, 15030, 15120, 15130) for lane in (1, 2)]
AUTHORITY = "示例交通运输综合行政执法机构"
SHIPPED_PORTS = ("8700", "8701", "8702", "8703", "1883", *DEVICE_PORTS)


@dataclass(frozen=True)
class StagedSite:
    name: str
    file: Path
    storage: Path
    truth: Path
    web: str
    seed: int
    trucks: tuple[Truck, ...]
    environ: dict[str, str] = field(repr=False)

    @property
    def id(self) -> str:
        return f"{self.name}-1"


@dataclass(frozen=True)
class Stage:
    directory: Path
    sites: tuple[StagedSite, ...]
    central_file: Path
    central_url: str
    broker_port: int
    environ: dict[str, str] = field(repr=False)

    @property
    def admin_token(self) -> str:
        return self.environ["WEIGHGATE_ADMIN_TOKEN"]

    @property
    def office_token(self) -> str:
        """The case office's, with only the scopes that its work needs."""
        return self.environ["WEIGHGATE_TOKEN_OFFICE"]


def build_stage(directory: Path, config: Path, *, seed: int, trucks: int) -> Stage:
    """Write everything the processes need; nothing is started here."""
    ports = dict(zip(SHIPPED_PORTS, _free_ports(len(SHIPPED_PORTS)), strict=True))
    (directory / "central").mkdir(parents=True)
    new_key(directory / "central" / "central.key")
    central_key = load_key(directory / "central" / "central.key").public_hex
    environ = {name: secrets.token_urlsafe(24) for name in ("WEIGHGATE_ADMIN_TOKEN", "WEIGHGATE_TOKEN_OFFICE")}
    sites, blocks = [], []
    for number, (name, kind) in enumerate(SITES.items()):
        share = trucks // len(SITES) + (number < trucks % len(SITES))
        fleet = make_trucks(seed * 10 + number, share, kind, OVERLOAD_SHARE, UNREGISTERED_SHARE)
        site, block = _stage_site(directory, config, name, ports, central_key, seed * 10 + number, tuple(fleet))
        environ[f"WEIGHGATE_TOKEN_{name.upper()}"] = site.environ["WEIGHGATE_SITE_TOKEN"]
        sites.append(site)
        blocks.append(block)
    central_file = directory / "central.toml"
    central_file.write_text(_central_toml(ports, blocks), encoding="utf-8")
    return Stage(
        directory, tuple(sites), central_file, f"http://127.0.0.1:{ports['8700']}", int(ports["1883"]), environ
    )


def _stage_site(
    directory: Path,
    config: Path,
    name: str,
    ports: dict[str, str],
    central_key: str,
    seed: int,
    fleet: tuple[Truck, ...],
) -> tuple[StagedSite, str]:
    text = (config / "sites" / f"{name}.toml").read_text(encoding="utf-8")
    for shipped, free in ports.items():
        text = text.replace(f":{shipped}", f":\x00{free}")
    text = text.replace("\x00", "")
    for old, new in (
        ("/tmp/weighgate", str(directory / "ports")),  # noqa: S108 - the shipped sample's path, replaced by ours
        ('public_key = ""', f'public_key = "{central_key}"'),
        ('vehicles = "vehicles.csv"', f'vehicles = "{name}.csv"'),
    ):
        assert old in text or old.startswith("/tmp"), old  # noqa: S108 - as above
        text = text.replace(old, new)
    file = directory / f"{name}.toml"
    file.write_text(text, encoding="utf-8")
    (directory / f"{name}.csv").write_text(registers_csv(list(fleet)), encoding="utf-8")
    storage = directory / "var" / f"{name}-1"
    storage.mkdir(parents=True)
    new_key(storage / "box.key")
    environ = {"WEIGHGATE_SITE_TOKEN": secrets.token_urlsafe(24), "WEIGHGATE_LOCAL_TOKEN": secrets.token_urlsafe(24)}
    web = {"quarry": "8701", "station": "8702", "toll": "8703"}[name]
    block = (
        f'[[sites]]\nid = "{name}-1"\ntoken_env = "WEIGHGATE_TOKEN_{name.upper()}"\n'
        f'box_keys = ["{load_key(storage / "box.key").public_hex}"]\n'
    )
    site = StagedSite(
        name, file, storage, directory / f"truth-{name}.jsonl", f"http://127.0.0.1:{ports[web]}", seed, fleet, environ
    )
    return site, block


def _central_toml(ports: dict[str, str], blocks: list[str]) -> str:
    return f"""\
[central]
bind = "127.0.0.1:{ports["8700"]}"
database = "sqlite:///central/central.db"
evidence_dir = "central/evidence"
key_file = "central/central.key"
admin_token_env = "WEIGHGATE_ADMIN_TOKEN"

[mqtt]
url = "mqtt://127.0.0.1:{ports["1883"]}"
topic_prefix = "weighgate/v1"
username_env = ""
password_env = ""

[cases]
authority = "{AUTHORITY}"
jurisdiction = "CN-HA"
refused_entries = "lead"  # a province's choice, made here so that the toll entrance shows its leads too

[[readers]]
name = "case-office"
token_env = "WEIGHGATE_TOKEN_OFFICE"
scopes = ["records:read", "cases:read", "cases:write", "personal:read"]

{"".join(blocks)}"""


def _free_ports(count: int) -> list[str]:
    """Ports that were free together a moment ago."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [str(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports
