"""Documents of a case: templates as data, filled from the case, ready to print. No expressions: a field or a blank."""

import html
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from central.errors import ConfigError, MoveRefused
from gateway.errors import ConfigError as LawError
from gateway.lawfiles.reading import read

BLANK = "＿＿＿＿"
"""Where nothing is known: written in by hand, as on a printed form."""

_FIELD = re.compile(r"\{([a-z_]+)\}")
Text = Annotated[str, Field(min_length=1, max_length=1_000)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Template(_Table):
    """`after`: the moves that bring it about. `required`: without these it is not made."""

    name: Annotated[str, Field(pattern=r"^[a-z-]{1,40}$")]
    title: Text
    after: tuple[str, ...] = Field(min_length=1)
    clause: Text
    required: tuple[str, ...]
    lines: tuple[Text, ...] = Field(min_length=1)

    def fields(self) -> set[str]:
        return {name for line in self.lines for name in _FIELD.findall(line)} | set(self.required)


class DocumentsFile(_Table):
    id: Text
    title: Text
    documents: tuple[Template, ...] = Field(min_length=1)


def load_documents(path: Path, known: frozenset[str]) -> dict[str, Template]:
    """The templates by name; `known` are the fields that a case can fill.

    Raises:
        ConfigError: of another shape, two of one name, or a field that nothing fills.
    """
    try:
        file, _ = read(path, DocumentsFile)
    except LawError as error:
        raise ConfigError(error.source, error.faults) from error
    faults = [
        f"documents.{one.name}: no case has the field '{name}'"
        for one in file.documents
        for name in sorted(one.fields() - known)
    ]
    names = [one.name for one in file.documents]
    faults += [f"documents: '{name}' stands twice" for name in sorted({one for one in names if names.count(one) > 1})]
    if faults:
        raise ConfigError(str(path), faults)
    return {one.name: one for one in file.documents}


def filled(template: Template, fields: Mapping[str, str]) -> list[str]:
    """The document's lines.

    Raises:
        MoveRefused: a field that the law requires is not known; `missing` names them.
    """
    missing = tuple(name for name in template.required if not fields.get(name))
    if missing:
        raise MoveRefused(template.clause, f"《{template.title}》缺少：{', '.join(missing)}", missing)
    return [_FIELD.sub(lambda match: fields.get(match[1]) or BLANK, line) for line in template.lines]


def page_of(template: Template, lines: list[str]) -> str:
    """One page of HTML for printing: no script, nothing from elsewhere, every value escaped."""
    text = "".join(f"<p>{html.escape(line)}</p>" for line in lines)
    title = html.escape(template.title)
    return (
        '<!doctype html><html lang="zh"><head><meta charset="utf-8">'
        f"<title>{title}</title></head><body><h1>{title}</h1>{text}"
        f"<p><small>{html.escape(template.clause)}</small></p></body></html>"
    )
