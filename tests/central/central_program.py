"""A real central process on a port of its own."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from boxes import Box, public_hex
from programs import started, stop

SITE = "quarry-1"


@contextmanager
def running_central(folder: Path) -> Iterator[tuple[str, Any]]:
    """Central as an operator starts it, with one site; yields its URL and its process."""
    site = ["[[sites]]", f'id = "{SITE}"', 'token_env = "TEST_SITE_TOKEN"', f'box_keys = ["{public_hex(Box().key)}"]']
    with running(folder, "TEST_ADMIN_TOKEN", site) as found:
        yield found


@contextmanager
def running(
    folder: Path, admin_token_env: str, more: list[str], database: str = "sqlite:///central.db"
) -> Iterator[tuple[str, Any]]:
    """Central with `more` lines in its file; yields its URL and its process."""
    file = folder / "central.toml"

    def command(port: int) -> list[str]:
        lines = ["[central]", f'bind = "127.0.0.1:{port}"', f'database = "{database}"']
        lines += ['evidence_dir = "evidence"', 'key_file = "central.key"', f'admin_token_env = "{admin_token_env}"']
        file.write_text("\n".join([*lines, *more, ""]), encoding="utf-8")
        return [sys.executable, "-m", "weighgate", "central", str(file)]

    process, port = started(command, folder / "central.log")
    try:
        yield f"http://127.0.0.1:{port}", process
    finally:
        stop(process)
