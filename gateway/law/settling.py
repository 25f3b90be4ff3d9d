"""What somebody would have to find out: the unknowns on which a limit hangs, and none that would change nothing."""

from collections.abc import Mapping, Sequence

from gateway.law.axles import Possible

FIELDS: Mapping[str, str] = {
    "drive_axles": "drive_axles",
    "tyres": "tyres",
    "wide_tyres": "wide_tyres",
    "air_suspension": "air_suspension",
    "wide_spread": "spacings_mm",
}
"""What a vehicle may be of any body, and what to supply to know it."""


def settling(ways: Sequence[tuple[Possible, int | None]]) -> tuple[str, ...]:
    """The fields that would narrow the limits down. `ways`: each way it could be, with its limit; None has none."""
    if len({limit_kg for _, limit_kg in ways}) < 2:
        return ()
    fields = ["body"] if _hangs_on_body(ways) else []
    return (*fields, *(asked for name, asked in FIELDS.items() if _hangs_on(name, ways)))


def _hangs_on_body(ways: Sequence[tuple[Possible, int | None]]) -> bool:
    """Whether two bodies differ in the limits they could have; what else they could be may differ too."""
    limits: dict[str, set[int | None]] = {}
    for possible, limit_kg in ways:
        limits.setdefault(possible.body, set()).add(limit_kg)
    return any(one != next(iter(limits.values())) for one in limits.values())


def _hangs_on(name: str, ways: Sequence[tuple[Possible, int | None]]) -> bool:
    """Whether two ways that differ in this alone have different limits."""
    place = Possible._fields.index(name)
    limits: dict[tuple[object, ...], set[int | None]] = {}
    for possible, limit_kg in ways:
        limits.setdefault((*possible[:place], *possible[place + 1 :]), set()).add(limit_kg)
    return any(len(one) > 1 for one in limits.values())
