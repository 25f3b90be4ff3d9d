"""The shipped law, read once in a process: it never changes, and worlds boot their machines by the thousand."""

import functools
from pathlib import Path

from central.cases.law import CaseLaw, load_case_law
from central.shipped import law_dir
from gateway.downlink.contents import SiteLaw, shipped_law
from gateway.settings import SiteSettings

_READ: dict[tuple[str, str, str, Path], SiteLaw] = {}


@functools.cache
def case_law() -> CaseLaw:
    return load_case_law(law_dir())


def site_law(settings: SiteSettings, config: Path) -> SiteLaw:
    """As `shipped_law`: sites that choose alike have the same."""
    site = settings.site
    chosen = (site.kind, site.enforcement_mode, settings.law.model_dump_json(), config)
    if chosen not in _READ:
        _READ[chosen] = shipped_law(settings, config)
    return _READ[chosen]
