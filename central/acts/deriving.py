"""Acts, recomputed for the span of a vehicle's time that new facts touched."""

import json
from collections.abc import Iterable

from sqlmodel import Session, col, delete, select

from central.acts.grouping import Act, acts_of
from central.acts.reading import entry_by_id, says_anything, weighings_around
from central.acts.sighting import sighting_of
from central.case_rules import CaseRules
from central.store.case_tables import ActMemberRow, ActRow
from central.store.database import moment_text
from central.store.due import Due
from central.store.tables import EntryRow
from gateway.law.linkage import Linkage


class Acts:
    """Derivations of the topics `vehicle` and `loose`."""

    def __init__(self, linkage: Linkage, rules: CaseRules) -> None:
        self._linkage = linkage
        self._rules = rules

    def of_vehicle(self, session: Session, due: Due) -> Iterable[Due]:
        span = (due.key, due.from_ms, due.to_ms, self._rules.trip_ms)
        if not says_anything(session, *span):
            return []
        rows = weighings_around(session, *span)
        self._replace(session, due.key, rows)
        return []

    def of_loose(self, session: Session, due: Due) -> Iterable[Due]:
        """What has no plate belongs to the weighing it refers to; a weighing without a plate stands alone."""
        row = entry_by_id(session, due.key)
        if row is None:
            return []
        if row.plate:
            return [Due("vehicle", row.plate, row.at_ms, row.at_ms)]
        self._replace(session, None, [row] if row.type == "weighing" else [])
        return []

    def _replace(self, session: Session, plate: str | None, rows: Iterable[EntryRow]) -> None:
        """Write the acts of these weighings in place of those that hold any of them now."""
        sightings = [sighting_of(row, self._linkage, self._rules) for row in rows]
        new = {act.id: _row_of(act, plate) for act in acts_of(sightings, self._rules)}
        known = select(ActMemberRow.act).where(col(ActMemberRow.entry).in_([one.entry for one in sightings]))
        old = {act: session.get_one(ActRow, act) for act in sorted(set(session.exec(known)))}
        changed = [id_ for id_ in {**old, **new} if id_ not in old or id_ not in new or not _same(old[id_], new[id_])]
        for id_ in changed:
            if id_ in old:
                session.exec(delete(ActMemberRow).where(col(ActMemberRow.act) == id_))
                session.delete(old[id_])
        session.flush()
        for id_ in changed:
            if id_ in new:
                session.add(new[id_])
                session.add_all(ActMemberRow(entry=entry, act=id_) for entry in _members(new[id_]))
        session.flush()


def _row_of(act: Act, plate: str | None) -> ActRow:
    deciding = act.deciding
    members = [
        {
            "entry": one.sighting.entry,
            "at": moment_text(one.sighting.at_ms),
            "site": one.sighting.site,
            "site_kind": one.sighting.site_kind,
            "mode": one.sighting.mode,
            "region": one.sighting.region,
            "outcome": one.sighting.outcome,
            "overloaded": one.sighting.overloaded,
            "gross_kg": one.sighting.gross_kg,
            "excess_kg": one.sighting.excess_kg,
            "consequence": one.sighting.consequence,
            "joined_by": one.joined_by,
        }
        for one in act.members
    ]
    return ActRow(
        id=act.id,
        plate=plate,
        colour=deciding.colour,
        begins_ms=act.members[0].sighting.at_ms,
        ends_ms=act.members[-1].sighting.at_ms,
        consequence=deciding.consequence,
        mode=deciding.mode,
        site=deciding.site,
        worst=deciding.entry,
        excess_kg=deciding.excess_kg,
        content=json.dumps({"members": members}, ensure_ascii=False, sort_keys=True),
    )


def _members(row: ActRow) -> list[str]:
    return [one["entry"] for one in json.loads(row.content)["members"]]


def _same(one: ActRow, other: ActRow) -> bool:
    return one.model_dump() == other.model_dump()
