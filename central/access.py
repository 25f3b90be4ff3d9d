"""Who may knock: bearer tokens, compared in constant time; a refusal says what to do."""

import hashlib
import hmac
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse, Response

from central.metrics import Metrics
from central.settings import CentralSettings


class Refusal(Exception):  # noqa: N818 - an answer, not a fault of ours
    """An HTTP answer that says no, what was wrong and how to cure it."""

    def __init__(self, code: int, error: str, cure: str, headers: dict[str, str] | None = None) -> None:
        self.code = code
        self.error = error
        self.cure = cure
        self.headers = headers or {}
        super().__init__(error)


async def answer_refusal(_request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, Refusal)
    return problem(refusal.code, refusal.error, refusal.cure, refusal.headers)


def problem(code: int, error: str, cure: str, headers: dict[str, str] | None = None) -> JSONResponse:
    body: dict[str, Any] = {"error": error, "cure": cure}
    return JSONResponse(body, status_code=code, headers=headers)


class Access:
    def __init__(self, settings: CentralSettings, metrics: Metrics) -> None:
        self._sites = [(site.id, _digest(site.token)) for site in settings.sites if site.token]
        self._admin = _digest(settings.admin_token)
        self._metrics = metrics

    async def site(self, request: Request) -> str:
        """The id of the site whose token this request carries."""
        offered = _digest(_bearer(request))
        found = None
        for site_id, token in self._sites:  # all of them, so that time tells nothing
            if hmac.compare_digest(offered, token):
                found = site_id
        if found is None:
            raise self._denied("a site's token", "the environment variable named by sites.token_env in central's file")
        return found

    async def admin(self, request: Request) -> None:
        if not hmac.compare_digest(_digest(_bearer(request)), self._admin):
            raise self._denied("the administrator's token", "the environment variable named by central.admin_token_env")

    def _denied(self, whose: str, where: str) -> Refusal:
        self._metrics.denied.inc()
        cure = f"send 'Authorization: Bearer <token>' with {whose}; it is the value of {where}"
        return Refusal(401, f"this needs {whose}", cure, {"WWW-Authenticate": "Bearer"})


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
