"""Where the shipped law lies: at the top of a checkout, or inside the installed distribution."""

from pathlib import Path

_ABOVE = Path(__file__).resolve().parents[1]


def law_dir() -> Path:
    beside = _ABOVE / "config" / "law"
    return beside if beside.is_dir() else _ABOVE / "weighgate" / "config" / "law"
