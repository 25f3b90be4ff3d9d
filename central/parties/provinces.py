"""Provinces as plates and law files name them: whose a vehicle is."""

_PROVINCES = (
    "京BJ 津TJ 冀HE 晋SX 蒙NM 辽LN 吉JL 黑HL 沪SH 苏JS 浙ZJ 皖AH 闽FJ 赣JX 鲁SD 豫HA 鄂HB 湘HN "
    "粤GD 桂GX 琼HI 渝CQ 川SC 贵GZ 云YN 藏XZ 陕SN 甘GS 青QH 宁NX 新XJ"
)
_BY_PLATE = {one[0]: f"CN-{one[1:]}" for one in _PROVINCES.split()}


def province_of_plate(plate: str | None) -> str | None:
    """豫A12345 is CN-HA; None for plates that name no province (military, embassy, temporary)."""
    return _BY_PLATE.get(plate[0]) if plate else None
