"""A single weight pushed in tonnes: `{"ipaddr":"192.168.1.99","weight":"10"}` is ten tonnes, and so 10 000 kg.

The sender is answered `{"result":0,"msg":"OK"}`. A thousandfold trap: other pushes of the same shape are in kilograms.
More than 250 is refused here, and so is a weight with a unit in it. Source: the published interface of Mingji (明骥).
"""

import json
from decimal import Decimal

from drivers.description import UNVERIFIED, Description
from drivers.errors import FrameError
from drivers.json_objects import json_object
from drivers.records.off_site_json import BODY_BYTES_MAX, REPLY, plain
from drivers.records.vehicle_record import RecordFormat, VehicleRecord, decimal

TONNES_MAX = 250


def decode(body: bytes) -> VehicleRecord:
    """One weight. FrameError names the field."""
    said = json_object(body, BODY_BYTES_MAX)
    weight, sender = said.get("weight"), said.get("ipaddr", "")
    if not isinstance(weight, str):
        raise FrameError(f"weight: a text is needed, not {type(weight).__name__}")
    tonnes = decimal(weight, "weight")
    if not 0 <= tonnes <= TONNES_MAX:
        raise FrameError(f"weight: {weight} t; 0 to {TONNES_MAX}: is it in kilograms?")
    if not isinstance(sender, str) or len(sender) > 100 or not sender.isprintable():
        raise FrameError("ipaddr: an address is needed")
    return VehicleRecord(site=sender, gross_kg=tonnes * 1000)


def encode(record: VehicleRecord) -> bytes:
    """The sum alone is on this wire."""
    tonnes = (record.gross_kg or Decimal(0)) / 1000
    return json.dumps({"ipaddr": record.site, "weight": plain(tonnes)}).encode()


FORMAT = RecordFormat(
    name="single-weight-tonnes",
    decode=decode,
    encode=encode,
    reply=(REPLY, "application/json"),
    description=Description(
        kind="records",
        title="A single weight pushed in tonnes (Mingji 明骥)",
        models=("systems with the Mingji push",),
        sources=("showdoc.com.cn/mingjikj",),
        proof=("manual",),
        settings="tonnes, as text",
        sample="",
        unverified=UNVERIFIED,
    ),
)
