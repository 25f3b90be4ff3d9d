"""A source enterprise's year, as the grades look at it: what its exits weighed, and what of it was found over."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, func, select
from sqlmodel import Session

from central.credit.grades import Record
from central.credit.reading import listed_in
from central.statistics.periods import span_of
from central.store.case_tables import LeadRow, TallyRow
from central.store.counted_tables import SITE_PERIODS
from central.store.credit_tables import LISTINGS
from central.store.source_tables import SOURCE_SITES, SOURCES
from central.store.table_of import table_of
from central.store.trace_tables import ORIGIN_PERIODS

_S, _T = SOURCES.c, table_of(TallyRow).c


def source_records(session: Session, year: int, after: str | None, limit: int) -> list[dict[str, Any]]:
    """{source, name, kind, record} of registered enterprises, by id. Decided cases and listings are found under the id
    of the register, where a dossier names the enterprise by it.
    """
    query = select(_S.id, _S.name, _S.kind).where(_S.standing == "registered").order_by(_S.id).limit(limit)
    found = session.connection().execute(query if after is None else query.where(_S.id > after)).all()
    ids = [row.id for row in found]
    checked, traced, leads = (_by_source(session, counted, ids) for counted in _counts(year))
    decided, listed = _decided(session, year, ids), _listed(session, year, ids)
    return [
        {
            "source": id_,
            "name": name,
            "kind": kind,
            "record": Record(
                checked.get(id_, 0),
                traced.get(id_, 0) + leads.get(id_, 0),
                decided.get(id_, 0),
                id_ in listed,
            ),
        }
        for id_, name, kind in found
    ]


def _counts(year: int) -> tuple[Select[Any], ...]:
    """By source: weighed at its exits; traced to it as having left so, or recorded falsely; leads against it that
    nobody dismissed.
    """
    of, weighed, traced, lead = SOURCE_SITES.c, SITE_PERIODS.c, ORIGIN_PERIODS.c, table_of(LeadRow).c
    from_ms, past_ms = span_of(year, "year")
    against = (lead.party == "source", lead.state != "dismissed", lead.at_ms >= from_ms, lead.at_ms < past_ms)
    return (
        select(of.source, func.sum(weighed.checked)).where(
            weighed.site == of.site, weighed.unit == "year", weighed.period == year
        ),
        select(of.source, func.sum(traced.blamed)).where(
            traced.site == of.site, traced.unit == "year", traced.period == year
        ),
        select(of.source, func.count()).where(lead.site == of.site, *against),
    )


def _by_source(session: Session, counted: Select[Any], ids: Sequence[str]) -> dict[str, int]:
    rows = session.connection().execute(counted.where(SOURCE_SITES.c.source.in_(ids)).group_by(SOURCE_SITES.c.source))
    return {source: int(count) for source, count in rows}


def _decided(session: Session, year: int, ids: Sequence[str]) -> dict[str, int]:
    from_ms, past_ms = span_of(year, "year")
    mine = (_T.party == "source", _T.party_key.in_(ids), _T.decided_ms >= from_ms, _T.decided_ms < past_ms)
    query = select(_T.party_key, func.count(func.distinct(_T.act_key))).where(*mine).group_by(_T.party_key)
    return {key: int(count) for key, count in session.connection().execute(query)}


def _listed(session: Session, year: int, ids: Sequence[str]) -> set[str]:
    query = listed_in("source", year).where(LISTINGS.c.party_key.in_(ids))
    return set(session.connection().execute(query).scalars())
