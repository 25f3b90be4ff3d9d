"""Pages of what is derived about acts, leads, cases, duties and proposals, each by an index of its own."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table, tuple_
from sqlmodel import Session, select

from central.store import case_tables
from central.store.table_of import table_of

ACTS = table_of(case_tables.ActRow)
LEADS = table_of(case_tables.LeadRow)
CASES = table_of(case_tables.CaseRow)
DUTIES = table_of(case_tables.DutyRow)
PROPOSALS = table_of(case_tables.ProposalRow)


def page(
    session: Session,
    table: Table,
    order: Sequence[str],
    equal: Mapping[str, Any],
    *,
    span: tuple[str, Any, Any] | None = None,
    stated: str | None = None,
    after: tuple[Any, ...] | None = None,
    limit: int,
    newest_first: bool = True,
) -> list[dict[str, Any]]:
    """Rows of a table in the order of these columns. `equal`: filters, None left out; `span`: column, from, before.

    `stated`: a column that must not be null.
    """
    query = select(*table.c)
    for name, value in equal.items():
        if value is not None:
            query = query.where(table.c[name] == value)
    if stated is not None:
        query = query.where(table.c[stated].is_not(None))
    if span is not None:
        name, first, before = span
        if first is not None:
            query = query.where(table.c[name] >= first)
        if before is not None:
            query = query.where(table.c[name] < before)
    columns = [table.c[name] for name in order]
    if after is not None:
        mark = tuple_(*columns)
        query = query.where(mark < after if newest_first else mark > after)
    ordered = [column.desc() for column in columns] if newest_first else columns
    found = session.execute(query.order_by(*ordered).limit(limit))
    return [dict(row) for row in found.mappings()]


def row_of(session: Session, table: Table, id_: str) -> dict[str, Any] | None:
    row = session.execute(select(*table.c).where(table.c.id == id_)).mappings().first()
    return None if row is None else dict(row)
