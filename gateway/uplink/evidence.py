"""Evidence goes up by its hash, after its entry, in pieces that can resume."""

from collections.abc import Awaitable, Callable

import httpx
import structlog

from gateway.errors import JournalError
from gateway.ports import Evidence, Outbox

PIECE_BYTES = 256 * 1024
AT_ONCE = 2  # they lie in memory, up to 32 MiB each
SET_ASIDE_MAX = 4
ALARMED_MAX = 100
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
        self._set_aside: set[str] = set()

    async def run(self) -> None:
        wait_s = IDLE_S
        try:
            while True:
                try:
                    sent = await self.upload_due()
                    wait_s = IDLE_S if sent else min(wait_s * 1.5, 5.0)
                    if sent:
                        continue
                except (httpx.RequestError, JournalError) as error:
                    self._log.info("evidence_waits", reason=str(error), retry_s=wait_s)
                    wait_s = min(wait_s * 2, BACKOFF_MAX_S)
                await self._sleep(wait_s)
        finally:
            await self._client.aclose()

    async def upload_due(self) -> int:
        """Bring up what is due; how many arrived. One that central will not take does not hold up the others."""
        due = await self._outbox.pending_evidence(AT_ONCE + len(self._set_aside))
        untried = [one for one in due if one.sha256 not in self._set_aside]
        if not untried:
            self._set_aside.clear()  # nothing else to do: ask again about those
        arrived = 0
        for one in untried:
            arrived += await self.upload(one)
        return arrived

    async def upload(self, one: Evidence) -> bool:
        """One blob, from where central already is; whether central now has it whole. Raises httpx.TransportError."""
        url = f"/api/v1/evidence/{one.sha256}"
        answer = await self._client.head(url)
        total = len(one.content)
        offset = _offset_of(answer) if answer.status_code in (200, 404) else 0
        if offset > total:  # more than there is: begin anew
            offset = 0
        pieces = total // PIECE_BYTES + 1
        while not answer.is_success and answer.status_code in (404, 308) and offset <= total and pieces >= 0:
            piece = one.content[offset : offset + PIECE_BYTES]
            headers = {"content-type": one.media_type}
            if piece:
                headers["content-range"] = f"bytes {offset}-{offset + len(piece) - 1}/{total}"
            elif offset:  # every byte is there already, yet central could not finish the file
                headers["content-range"] = f"bytes */{total}"
            answer = await self._client.put(url, content=piece, headers=headers)
            offset = _offset_of(answer)
            pieces -= 1
        if answer.is_success:
            await self._outbox.evidence_delivered(one.sha256)
            return True
        self._not_taken(one, answer)
        return False

    def _not_taken(self, one: Evidence, answer: httpx.Response) -> None:
        """Try the others first; tell a person where waiting does not help (who we are, or what the bytes are)."""
        if len(self._set_aside) < SET_ASIDE_MAX:
            self._set_aside.add(one.sha256)
        self._log.info("evidence_not_taken", sha256=one.sha256, status=answer.status_code)
        code = answer.status_code
        if code in (401, 403, 413, 422) and one.sha256 not in self._alarmed and len(self._alarmed) < ALARMED_MAX:
            self._alarmed.add(one.sha256)
            self._alarm("evidence-refused", f"{one.sha256}: central answers {code} {answer.text[:200]}")


def _offset_of(answer: httpx.Response) -> int:
    """The bytes central has, by its Upload-Offset; 0 where it does not say."""
    text: str = answer.headers.get("upload-offset", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 15 else 0
