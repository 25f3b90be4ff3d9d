"""The truck and the permit of the tests of permits, and what becomes of them.

The truck: 1+2+3, two driven axles, 49 t by the table. The permit: class II, this vehicle, these roads, this year, 60 t,
4.3 m high, 3.2 m wide, 21 m long.
"""

import json
from pathlib import Path

from weighgate.judging import judge_line, load_shipped_laws

CONFIG = Path(__file__).resolve().parents[2] / "config"
LAWS = {name: load_shipped_laws(CONFIG, limits=name) for name in ("cn-annex124-2016", "cn-order62-2016", "cn-gb1589")}

PERMIT = {
    "number": "P-1",
    "class": "II",
    "valid_from": "2026-01-01",
    "valid_until": "2026-12-31",
    "tractor_plate": "豫A00001",
    "trailer_plates": ["豫A0002挂"],
    "route": ["G30", "S88"],
    "gross_kg": 60_000,
    "height_mm": 4_300,
    "width_mm": 3_200,
    "length_mm": 21_000,
}
LINE = {
    "axles": "1+2+3",
    "body": "articulated",
    "drive_axles": 2,
    "gross_kg": 60_000,
    "divisible": False,
    "at": "2026-11-21T08:00:00+08:00",
    "plate": "豫A00001",
    "trailer_plate": "豫A0002挂",
    "road": "G30",
}


def said(changed=None, permit=None, limits="cn-order62-2016"):
    return judge_line(json.dumps(LINE | (changed or {}) | {"permit": PERMIT | (permit or {})}), LAWS[limits])


def told(found):
    """Outcome, limit, excess; and the permit's findings that have an excess or no number at all."""
    road = found["verdicts"]["road_limit"]
    of_permit = [one for one in found["findings"] if one["rule"].startswith("permit") and one["rule"] not in UNCHECKED]
    broken = [one["rule"] for one in of_permit if one["excess"] != 0]
    return road["outcome"], road["limit_kg"], road["excess_kg"], broken


UNCHECKED = {"permit-speed": "permitted-speed-kept", "permit-escort": "escorted-as-planned"}
WITHIN = ("within", 60_000, 0, [])


def over(*rules, excess=11_000):
    return ("exceeded", 49_000, excess, list(rules))
