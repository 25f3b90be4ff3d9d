"""A journal's entries as documents, for the commands and the demo's report."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gateway.journal import export


def documents(directory: Path) -> Iterator[dict[str, Any]]:
    """Every entry of the journal in this folder, oldest first, as it was signed."""
    for line in export(directory):
        document: dict[str, Any] = json.loads(base64.b64decode(json.loads(line)["data_base64"]))
        yield document
