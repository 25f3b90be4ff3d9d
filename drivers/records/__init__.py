"""Finished vehicle records of other systems, by name. A new one is one file here and one line below."""

from drivers.records import coto_rsa, dahua_weight, mon, off_site_json, single_weight, siwim_nswd, wim_csv
from drivers.records.vehicle_record import BadLine, RecordFormat, VehicleRecord, read_lines

FORMATS: dict[str, RecordFormat] = {
    one.name: one
    for one in (
        off_site_json.FORMAT, wim_csv.FORMAT, single_weight.FORMAT, dahua_weight.FORMAT, mon.FORMAT, siwim_nswd.FORMAT,
        coto_rsa.FORMAT,
    )
}  # fmt: skip

__all__ = ["FORMATS", "BadLine", "RecordFormat", "VehicleRecord", "read_lines"]
