"""Evidence goes up by its hash, after its entry, in pieces that can resume."""

from collections.abc import Awaitable, Callable

import httpx
import structlog

from gateway.errors import JournalError
from gateway.ports import Evidence, Outbox

PIECE_BYTES = 256 * 1024
AT_ONCE = 8
IDLE_S = 1.0
BACKOFF_MAX_S = 30.0


class EvidenceUploader:
    """Takes what the outbox says is due; HEAD tells how much central has, PUT with Content-Range brings the rest."""

    def __init__(
        self,
        outbox: Outbox,
        base_url: str,
        token: str,
        *,
        sleep: Callable[[float], Awaitable[None]],
        alarm: Callable[[str, str], None],
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._outbox = outbox
        self._sleep = sleep
        self._alarm = alarm
        headers = {"authorization": f"Bearer {token}"}
        self._client = httpx.AsyncClient(base_url=base_url, headers=headers, timeout=15.0, transport=transport)
        self._log = structlog.get_logger()
        self._alarmed: set[str] = set()

    async def run(self) -> None:
        backoff_s = IDLE_S
        try:
            while True:
                try:
                    due = await self._outbox.pending_evidence(AT_ONCE)
                    for one in due:
                        await self.upload(one)
                    backoff_s = IDLE_S if due else min(backoff_s * 1.5, 5.0)
                    if due:
                        continue
                except (httpx.TransportError, httpx.HTTPStatusError, JournalError) as error:
                    self._log.info("evidence_waits", reason=str(error), retry_s=backoff_s)
                    backoff_s = min(backoff_s * 2, BACKOFF_MAX_S)
                await self._sleep(backoff_s)
        finally:
            await self._client.aclose()

    async def upload(self, one: Evidence) -> None:
        """One blob, from where central already is. Raises httpx errors, which the caller waits out."""
        url = f"/api/v1/evidence/{one.sha256}"
        head = await self._client.head(url)
        offset = int(head.headers.get("upload-offset", "0")) if head.status_code == 200 else 0
        total = len(one.content)
        while True:
            piece = one.content[offset : offset + PIECE_BYTES]
            span = f"bytes {offset}-{offset + len(piece) - 1}/{total}" if piece else f"bytes */{total}"
            headers = {"content-range": span, "content-type": one.media_type}
            answer = await self._client.put(url, content=piece, headers=headers)
            if answer.status_code in (200, 201):
                await self._outbox.evidence_delivered(one.sha256)
                return
            if answer.status_code == 422 and one.sha256 not in self._alarmed:
                self._alarmed.add(one.sha256)
                self._alarm("evidence-refused", f"{one.sha256}: {answer.text[:200]}")
            if answer.status_code != 308:
                answer.raise_for_status()
                raise httpx.HTTPStatusError(f"answer {answer.status_code}", request=answer.request, response=answer)
            offset = int(answer.headers.get("upload-offset", offset + len(piece)))
