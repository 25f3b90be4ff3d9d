"""What else may be heard on a wire at a gate: formats that carry no weight, told so that nobody takes them for one.

One file each, with a `FORMAT` in it. `weighgate decode` and `weighgate sniff` know them beside the scales' protocols.
"""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from drivers.overheard.format import OverheardFormat


@cache
def load_formats() -> Mapping[str, OverheardFormat]:
    """Every format in this folder that has a `FORMAT`, by name."""
    found: dict[str, OverheardFormat] = {}
    for module_info in pkgutil.iter_modules(__path__, f"{__name__}."):
        made = getattr(importlib.import_module(module_info.name), "FORMAT", None)
        if made is not None:
            assert made.name not in found, f"two formats are named {made.name}"
            found[made.name] = made
    return MappingProxyType(dict(sorted(found.items())))
