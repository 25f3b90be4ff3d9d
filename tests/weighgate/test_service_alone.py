"""A gateway that runs as a service loads nothing that only a terminal needs."""

import subprocess
import sys

TRIED = """
import sys
from weighgate.__main__ import begin
from gateway.errors import ConfigError
try:
    begin(["run", "no-such-site.toml"])
except ConfigError:
    print(*sorted({"gateway.bootstrap", "typer", "rich", "rich.console"} & set(sys.modules)))
"""


def test_neither_typer_nor_rich_is_loaded_where_nobody_looks_on() -> None:
    done = subprocess.run([sys.executable, "-c", TRIED], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["gateway.bootstrap"]
