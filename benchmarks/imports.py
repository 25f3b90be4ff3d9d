"""RSS of an interpreter, and what each part of the gateway adds to it, in MB, as JSON on standard output."""

import importlib
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.modules["rich"] = None  # type: ignore[assignment]  # as in the service's own process, which begins in weighgate.__main__

PARTS = {
    "pydantic": ("pydantic",),
    "cryptography": ("cryptography.hazmat.primitives.asymmetric.ed25519",),
    "SQLAlchemy": ("sqlalchemy", "sqlalchemy.dialects.sqlite"),
    "httpx": ("httpx",),
    "aiomqtt": ("aiomqtt",),
    "pymodbus": ("pymodbus.client",),
    "fastapi and uvicorn": ("fastapi", "uvicorn"),
    "structlog": ("structlog",),
    "our own modules and the rest": ("weighgate.serving",),
}


def rss_mb() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1000
    raise AssertionError("the kernel tells no VmRSS")


def main() -> None:
    steps, last = [("interpreter", rss_mb())], rss_mb()
    for name, modules in PARTS.items():
        for module in modules:
            importlib.import_module(module)
        now = rss_mb()
        steps.append((name, now - last))
        last = now
    json.dump(steps, sys.stdout)


if __name__ == "__main__":
    main()
