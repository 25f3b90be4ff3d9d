"""A bulletin's content made usable, or every fault of it: the very checks that the shipped files must pass.

A law file that contradicts its own examples is refused here, before anything was judged by it.
"""

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from gateway.choices import build_law
from gateway.contract import down
from gateway.contract.down import CONTENTS, Kind, Laws, Listed, Permit, Vehicles
from gateway.errors import ConfigError, DownlinkError
from gateway.law.limits import Law
from gateway.law.proof import ErrorTable
from gateway.lawfiles import load_instruments, load_penalties_dir
from gateway.lawfiles.others import load_linkage
from gateway.register import Register, read_register
from gateway.settings import SiteSettings
from gateway.shapes import faults_of

SCRATCH_PREFIX = "proof-"
T = TypeVar("T", bound=BaseModel)
Key = tuple[str, str]
"""Plate and colour."""


@dataclass(frozen=True, slots=True)
class SiteLaw:
    """What one site judges and proves by."""

    law: Law
    errors: ErrorTable


Lists = Mapping[Key, Sequence[Listed]]
Permits = Mapping[Key, Sequence[Permit]]
Usable = SiteLaw | Register | Lists | Permits


def usable(kind: Kind, content: Mapping[str, Any], settings: SiteSettings, config: Path, scratch: Path) -> Usable:
    """What a site needs of it: SiteLaw, Register, or who is listed or permitted by plate and colour.

    scratch: an own folder where law files may lie while they are read.

    Raises:
        ConfigError: `faults` has one line each.
        DownlinkError: the disk holds no copy to prove, which says nothing of the content.
    """
    model = CONTENTS[kind]
    try:
        checked = model.model_validate(content)
    except ValidationError as error:
        raise ConfigError(kind, faults_of(error, model)) from error
    match checked:
        case Laws():
            return _laws(checked, settings, config, scratch)
        case Vehicles():
            return read_register(checked.csv, kind)
        case down.Permits():
            return _by_vehicle(checked.permits)
        case down.Lists():
            return _by_vehicle(checked.listed)


def installed_lists(settings: SiteSettings) -> Lists:
    """Of the site's own file. Raises ConfigError."""
    file = settings.register_.lists
    return _by_vehicle(_own(Path(file), down.Lists).listed) if file else {}


def installed_permits(settings: SiteSettings) -> Permits:
    """Of the site's own file. Raises ConfigError."""
    file = settings.register_.permits
    return _by_vehicle(_own(Path(file), down.Permits).permits) if file else {}


def _own(file: Path, model: type[T]) -> T:
    try:
        return model.model_validate_json(file.read_bytes())
    except OSError as error:
        raise ConfigError(str(file), [f"{file} cannot be read: {error.strerror}; is the path right?"]) from error
    except ValidationError as error:
        raise ConfigError(str(file), faults_of(error, model)) from error


def shipped_law(settings: SiteSettings, config: Path) -> SiteLaw:
    """What the program came with. Raises ConfigError."""
    return SiteLaw(build_law(settings, config), load_instruments(config / "law" / "instruments" / "cn-in-service.toml"))


def _laws(laws: Laws, settings: SiteSettings, config: Path, scratch: Path) -> SiteLaw:
    """The shipped files with these before them, all of them read as at a start."""
    try:
        with tempfile.TemporaryDirectory(dir=scratch, prefix=SCRATCH_PREFIX) as name:
            tree = Path(name)
            shutil.copytree(config / "law", tree / "law")
            for place, text in laws.files.items():
                (tree / "law" / place).write_text(text, encoding="utf-8")
            return _proven(tree, settings)
    except OSError as error:
        raise DownlinkError(f"{scratch}: {error.strerror}; see that the disk has room for a copy of the law") from error


def _proven(tree: Path, settings: SiteSettings) -> SiteLaw:
    try:
        for file in (tree / "law" / "linkage").glob("*.toml"):
            load_linkage(file)
        load_penalties_dir(tree / "law" / "penalties")
        return shipped_law(settings, tree)
    except ConfigError as error:
        raise ConfigError(error.source.replace(f"{tree}/", ""), error.faults) from error


def _by_vehicle(every: Sequence[Any]) -> dict[Key, list[Any]]:
    found: dict[Key, list[Any]] = {}
    for one in every:
        found.setdefault((one.plate, one.colour), []).append(one)
    return found
