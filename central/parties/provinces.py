"""Provinces as plates, division codes (GB/T 2260) and law files name them: whose a vehicle or an enterprise is."""

_PROVINCES = (
    "11京BJ 12津TJ 13冀HE 14晋SX 15蒙NM 21辽LN 22吉JL 23黑HL 31沪SH 32苏JS 33浙ZJ 34皖AH 35闽FJ 36赣JX 37鲁SD 41豫HA "
    "42鄂HB 43湘HN 44粤GD 45桂GX 46琼HI 50渝CQ 51川SC 52贵GZ 53云YN 54藏XZ 61陕SN 62甘GS 63青QH 64宁NX 65新XJ"
)
_BY_CODE = {one[:2]: f"CN-{one[3:]}" for one in _PROVINCES.split()}
_BY_PLATE = {one[2]: f"CN-{one[3:]}" for one in _PROVINCES.split()}


def province_of_plate(plate: str | None) -> str | None:
    """豫A12345 is CN-HA; None for plates that name no province (military, embassy, temporary)."""
    return _BY_PLATE.get(plate[0]) if plate else None


def province_of_region(region: str | None) -> str | None:
    """410100 is CN-HA."""
    return _BY_CODE.get(region[:2]) if region else None
