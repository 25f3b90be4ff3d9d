"""Where the shipped data lies: beside the package in a wheel, at the top of a checkout."""

from pathlib import Path

_HERE = Path(__file__).resolve().parent


def config_dir() -> Path:
    inside = _HERE / "config"
    return inside if inside.is_dir() else _HERE.parent / "config"
