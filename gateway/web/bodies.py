"""What a request may bring: so many bytes, within so long, and read only once its sender has been admitted."""

import asyncio
from typing import Annotated, Any, TypeVar

from fastapi import HTTPException, Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from gateway.contract.down import Kind
from gateway.law.dossier import Source
from gateway.law.linkage import Party, ReleaseGround
from gateway.shapes import faults_of

ORDER_BYTES_MAX = 16 * 1024
BODY_S_MAX = 30
"""A body that takes longer gives its memory back; a camera pushes again."""

T = TypeVar("T", bound=BaseModel)


def _said(text: str) -> str:
    text = text.strip()
    if not any(one.isalnum() for one in text):
        raise ValueError("needs words: the entry tells for ever who did it and why")
    return text


EntryId = Annotated[str, Field(max_length=96)]
By = Annotated[str, Field(max_length=100), AfterValidator(_said)]
Reason = Annotated[str, Field(max_length=500), AfterValidator(_said)]


class ReleaseOrder(BaseModel):
    """`ground`: one of those that the weighing's own judgement gives; without it the words of `reason` stand alone."""

    model_config = ConfigDict(extra="forbid")

    entry: EntryId
    by: By
    reason: Reason
    ground: ReleaseGround | None = None


class CompletionOrder(BaseModel):
    model_config = ConfigDict(extra="forbid")

    entry: EntryId
    party: Party
    fact: str = Field(max_length=64)
    value: Annotated[str, Field(max_length=200), AfterValidator(_said)]
    source: Source
    by: By


class ScaleOrder(BaseModel):
    model_config = ConfigDict(extra="forbid")

    lane: str = Field(max_length=40)
    command: str = Field(max_length=40)
    by: By
    reason: Reason


class ForgetOrder(BaseModel):
    model_config = ConfigDict(extra="forbid")

    entry: EntryId
    by: By
    reason: Reason


class WithdrawOrder(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: Kind
    by: By
    reason: Reason


class RetryOrder(BaseModel):
    model_config = ConfigDict(extra="forbid")

    entry: str | None = Field(default=None, max_length=96)


async def bounded(request: Request, bytes_max: int) -> bytes:
    """The body. 413 when it is longer than `bytes_max`, 408 when it is not whole in time."""
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_S_MAX):
            async for chunk in request.stream():
                body += chunk
                if len(body) > bytes_max:
                    raise HTTPException(413, f"this takes at most {bytes_max} bytes")
    except TimeoutError as error:
        raise HTTPException(408, f"the body was not whole within {BODY_S_MAX} s; send it again") from error
    return bytes(body)


async def order_of(request: Request, model: type[T]) -> T:
    """The JSON that a person's order is; 422 with every fault of it. Not FastAPI's own: that reads before it admits."""
    try:
        return model.model_validate_json(await bounded(request, ORDER_BYTES_MAX))
    except ValidationError as error:
        raise HTTPException(422, "; ".join(faults_of(error, model))[:2000]) from error


def takes(model: type[BaseModel]) -> dict[str, Any]:
    """What the API's description says of a body read by `order_of`."""
    content = {"application/json": {"schema": model.model_json_schema()}}
    return {"requestBody": {"required": True, "content": content}}
