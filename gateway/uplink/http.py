"""The HTTP door: POST a batch, the answer is central's acknowledgement; GET says where it stands."""

import asyncio
import ssl
from collections.abc import Sequence
from functools import cache

import httpx

from gateway.contract.wire import ANSWER_BYTES_MAX, BATCH_CONTENT_TYPE, ReceivedAcknowledgement, read_acknowledgements
from gateway.errors import Refused, Unreachable
from gateway.uplink.doors import BatchRefused, Busy, Slow

TIMEOUT_S = 10.0
OF_THE_BATCH = (400, 409, 413, 422)
FOR_A_WHILE = (408, 425, 429)
RETRY_AFTER_S = 5.0


@cache
def _trusted(secure: bool) -> ssl.SSLContext:
    return httpx.create_ssl_context() if secure else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def trusted(base_url: str) -> ssl.SSLContext:
    """Who is believed to be central over TLS: one set of authorities for all clients, for it takes megabytes.

    A plain http:// needs none and gets none: TLS that comes up there all the same (a proxy's) believes nobody.
    """
    return _trusted(base_url.startswith("https:"))


class HttpDoor:
    """The token rides in a header and in no log. Answers are read up to ANSWER_BYTES_MAX, redirects not followed."""

    name = "http"

    def __init__(self, base_url: str, token: str, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._client = httpx.AsyncClient(
            base_url=base_url,
            headers={"authorization": f"Bearer {token}", "accept-encoding": "identity"},
            timeout=TIMEOUT_S,
            transport=transport,
            verify=trusted(base_url),
        )

    @property
    def ready(self) -> bool:
        return not self._client.is_closed

    async def run(self) -> None:
        """Nothing to keep up: HTTP connects when it sends. Closes the pool at the end."""
        try:
            await asyncio.Event().wait()
        finally:
            await self._client.aclose()

    async def send(self, batch: bytes) -> Sequence[ReceivedAcknowledgement]:
        headers = {"content-type": BATCH_CONTENT_TYPE}
        return await self._said(self._client.build_request("POST", "/api/v1/entries", content=batch, headers=headers))

    async def ask(self, question: str) -> Sequence[ReceivedAcknowledgement]:  # noqa: ARG002 - who answers is clear
        return await self._said(self._client.build_request("GET", "/api/v1/acks"))

    async def _said(self, request: httpx.Request) -> Sequence[ReceivedAcknowledgement]:
        try:
            async with asyncio.timeout(TIMEOUT_S):  # of the whole: httpx's own begins anew with each piece
                status, headers, body = await exchange(self._client, request)
        except (TimeoutError, httpx.WriteTimeout, httpx.ReadTimeout) as error:
            raise Slow(f"no whole answer within {TIMEOUT_S:g} s") from error
        except (httpx.RequestError, RuntimeError) as error:  # RuntimeError: the pool was closed under us
            raise Unreachable(f"{type(error).__name__} {error}") from error
        _raise_for(status, headers, body)
        try:
            return read_acknowledgements(body)
        except ValueError as error:
            raise Unreachable(f"the answer is no acknowledgement: {str(error)[:200]}") from error


async def exchange(
    client: httpx.AsyncClient, request: httpx.Request, *, bytes_max: int = ANSWER_BYTES_MAX
) -> tuple[int, httpx.Headers, bytes]:
    """Status, headers and body.

    Raises:
        Unreachable: the body runs past `bytes_max` (the rest is not read), or is packed (we asked for it plain).
        httpx.RequestError: nobody answered.
    """
    answer = await client.send(request, stream=True)
    try:
        if answer.headers.get("content-encoding", "identity") != "identity":
            raise Unreachable("the answer is packed, and could be of any size")
        body = bytearray()
        async for piece in answer.aiter_bytes():
            body += piece
            if len(body) > bytes_max:
                raise Unreachable(f"the answer runs past {bytes_max} bytes")
        return answer.status_code, answer.headers, bytes(body)
    finally:
        await answer.aclose()


def _raise_for(status: int, headers: httpx.Headers, body: bytes) -> None:
    """Any answer but 200 is an error: of this batch, of who we are, or of central's present state."""
    if status == httpx.codes.OK:
        return
    said = f"central answers {status}: {body[:300].decode('utf-8', 'replace')}".rstrip(": ")
    if status >= httpx.codes.INTERNAL_SERVER_ERROR or status in FOR_A_WHILE:
        after = headers.get("retry-after", "")
        if after or status == httpx.codes.TOO_MANY_REQUESTS:
            raise Busy(said, _seconds(after))
        raise Unreachable(said)
    if status in OF_THE_BATCH:
        raise BatchRefused(said)
    if "location" in headers:
        said += (
            f"; it points to {headers['location'][:200]}: central.http in the site file is not central's own address"
        )
    raise Refused(said)


def _seconds(retry_after: str) -> float:
    """Retry-After in seconds; a date would need central's clock, so it counts as RETRY_AFTER_S."""
    plain = retry_after.isascii() and retry_after.isdecimal() and len(retry_after) < len("100000")
    return float(retry_after) if plain else RETRY_AFTER_S
