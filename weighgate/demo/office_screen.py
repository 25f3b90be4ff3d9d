"""What a person sees of the case office: leads by kind, the case's steps, and its four parties."""

from collections.abc import Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Column, Table

from weighgate.demo.office import Casebook, known

NAMES = {
    "vehicle": "vehicle 车辆",
    "driver": "driver 驾驶人",
    "enterprise": "enterprise 运输企业",
    "source": "source 源头单位",
}


def tables(book: Casebook) -> RenderableType:
    leads = Table("kind", "state", "leads", title="leads at central: /api/v1/leads")
    for (kind, state), count in book.kinds.items():
        leads.add_row(kind, state, str(count))
    if book.case is None:
        return Group(leads, book.stands)
    case = book.case
    steps = Table("step", "answer", title=f"case {case['id']} on {case['weighing']}: {case['state']}")
    for step, answer in book.steps:
        steps.add_row(escape(step), escape(answer))
    heads = [
        Column(head, overflow="fold") for head in ("party", "known?", "who, and from where", "missing", "provided")
    ]
    four = Table(*heads, title=f"/api/v1/cases/{case['id']}")
    for name, party in book.parties.items():
        four.add_row(
            NAMES[name],
            "[green]known[/]" if known(party) else "[yellow]unknown[/]",
            escape(_who(party)),
            escape(", ".join(party["missing"])),
            escape(_provided(party)),
        )
    return Group(leads, steps, four, escape(f"here it lawfully stands: {book.stands}"))


def _who(party: Mapping[str, Any]) -> str:
    """Each fact with where it came from; what is about a natural person is kept apart and stands here by name only."""
    return ", ".join(
        f"{name} {value or '(kept apart)'} ({party['sources'].get(name) or '?'})"
        for name, value in party["identity"].items()
    )


def _provided(party: Mapping[str, Any]) -> str:
    """What the penalty files provide: the most they name, their clause, and who decides."""
    said = []
    for one in party["proposed"]:
        most = "" if one["amount_max_yuan"] is None else f" ≤ {one['amount_max_yuan']} yuan"
        doubt = "" if one["verified"] else ", unverified"
        said.append(f"{one['kind']}{most} ({one['clause']}, {one['decided_by']}{doubt})")
    return "; ".join(said)
