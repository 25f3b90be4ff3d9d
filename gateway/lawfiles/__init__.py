"""Law files: read, validated, hashed, and held to their own worked examples before anything is judged by them."""

from gateway.lawfiles.chosen import ChosenLimits, choose_limits
from gateway.lawfiles.families import load_families
from gateway.lawfiles.instruments import load_instruments
from gateway.lawfiles.limits import load_limits, load_limits_dir
from gateway.lawfiles.others import load_linkage
from gateway.lawfiles.penalties import load_penalties, load_penalties_dir
from gateway.lawfiles.permits import load_permits

__all__ = [
    "ChosenLimits",
    "choose_limits",
    "load_families",
    "load_instruments",
    "load_limits",
    "load_limits_dir",
    "load_linkage",
    "load_penalties",
    "load_penalties_dir",
    "load_permits",
]
