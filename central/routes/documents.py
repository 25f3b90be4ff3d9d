"""A case's documents, as fields and lines or as a page to print."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi import Path as PathParameter
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, ConfigDict
from sqlmodel import Session, col, select

from central.access import Access, Reader, Refusal, nothing_asked
from central.cases.document_fields import fields_of
from central.cases.documents import Template, filled, page_of
from central.cases.moving import Casework
from central.routes.cases import CaseId
from central.routes.refusing import stated
from central.store.case_reading import CASES, row_of
from central.store.database import Database
from central.store.fact_tables import PersonRow
from central.store.facts import facts_of

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


class Printed(BaseModel):
    model_config = ConfigDict(extra="forbid")

    html: bool = False


def documents_router(database: Database, access: Access, casework: Casework) -> APIRouter:
    """Documents name persons: they are for readers with `personal:read`."""
    router = APIRouter(prefix="/api/v1", tags=["cases"])
    may, may_whole = access.reader("cases:read"), access.reader("personal:read")
    templates = casework.law.documents

    @router.get("/cases/{case}/documents", dependencies=[Depends(may), Depends(nothing_asked)])
    async def documents(case: CaseId) -> Any:
        """Which documents the case's steps have brought about."""

        def work(session: Session) -> list[dict[str, str]]:
            story, _ = casework.story(session, case)
            made = {one.kind for one in story.moves}
            return [
                {"name": one.name, "title": one.title, "clause": one.clause}
                for one in templates.values()
                if made & set(one.after)
            ]

        return {"documents": await stated(database, work)}

    @router.get("/cases/{case}/documents/{name}", response_model=None)
    async def document(
        case: CaseId,
        name: Annotated[str, PathParameter(pattern="^[a-z-]{1,40}$")],
        asked: Annotated[Printed, Query()],
        _reader: Annotated[Reader, Depends(may_whole)],
    ) -> Response | dict[str, Any]:
        """One document: its lines, or with `html=true` a page to print."""
        template = templates.get(name)
        if template is None:
            raise Refusal(404, f"no document '{name}'", f"known: {', '.join(templates)}")
        lines = await stated(database, lambda session: _lines(session, casework, case, template))
        if asked.html:
            return HTMLResponse(page_of(template, lines), headers=_HEADERS)
        return {"name": name, "title": template.title, "clause": template.clause, "lines": lines}

    return router


def _lines(session: Session, casework: Casework, case: str, template: Template) -> list[str]:
    story, basis = casework.story(session, case)
    if not {one.kind for one in story.moves} & set(template.after):
        raise Refusal(
            409, f"《{template.title}》: the case has not come so far", f"it follows {', '.join(template.after)}"
        )
    row = row_of(session, CASES, case)
    parties = {} if row is None else json.loads(row["content"])["parties"]
    ids = [one.id for one in facts_of(session, f"case:{case}")]
    persons = session.exec(select(PersonRow).where(col(PersonRow.fact).in_(ids)).order_by(PersonRow.fact))
    apart = {one.name: one.value for one in persons}
    titles = {one.id: one.title for one in casework.law.schedules}
    return filled(template, fields_of(story, basis, parties, apart, casework.law.procedure, titles))
