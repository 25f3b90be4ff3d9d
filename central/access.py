"""Who may knock: bearer tokens, compared in constant time; a refusal says what to do.

A site's token delivers that site's entries. A reader's token carries scopes, which are the roles: what it may read and
do. The administrator's token carries all of them.
"""

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from fastapi import Request
from fastapi.responses import JSONResponse, Response

from central.metrics import Metrics
from central.scopes import SCOPES
from central.settings import CentralSettings

ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose token a request carries. `name` is what the access log says."""

    name: str
    scopes: frozenset[str]

    @property
    def sees_persons(self) -> bool:
        """Whether plates and names are shown whole, or masked."""
        return "personal:read" in self.scopes


T = TypeVar("T")
Note = Callable[[str, Request], Awaitable[None]]


class Refusal(Exception):  # noqa: N818 - an answer, not a fault of ours
    """An HTTP answer that says no, what was wrong and how to cure it."""

    def __init__(
        self,
        code: int,
        error: str,
        cure: str,
        headers: dict[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        self.code = code
        self.error = error
        self.cure = cure
        self.headers = headers or {}
        self.more = more or {}
        super().__init__(error)


async def answer_refusal(_request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, Refusal)
    return problem(refusal.code, refusal.error, refusal.cure, refusal.headers, refusal.more)


def problem(
    code: int, error: str, cure: str, headers: dict[str, str] | None = None, more: Mapping[str, Any] | None = None
) -> JSONResponse:
    body: dict[str, Any] = {"error": error, "cure": cure, **(more or {})}
    return JSONResponse(body, status_code=code, headers=headers)


class Access:
    """`note` puts down who asks for what, before it is answered; an access that cannot be put down is not answered."""

    def __init__(self, settings: CentralSettings, metrics: Metrics, note: Note | None = None) -> None:
        self._note = note
        self._sites = [(site.id, _digest(site.token)) for site in settings.sites if site.token]
        self._admin = _digest(settings.admin_token)
        administrator = Reader(ADMINISTRATOR, frozenset(SCOPES))
        self._readers = [(administrator, self._admin)]
        self._readers += [(Reader(one.name, frozenset(one.scopes)), _digest(one.token)) for one in settings.readers]
        self._metrics = metrics

    async def site(self, request: Request) -> str:
        """The id of the site whose token this request carries."""
        found = _whose(request, self._sites)
        if found is None:
            raise self._denied("a site's token", "the environment variable named by sites.token_env in central's file")
        return found

    async def bringer(self, request: Request) -> str:
        """Who brings evidence: a site, or as `@<name>` a reader who may state things about source enterprises."""
        if _whose(request, self._sites) is None and (reader := _whose(request, self._readers)) is not None:
            await self.reader("sources:write")(request)
            return f"@{reader.name}"
        return await self.site(request)

    async def admin(self, request: Request) -> None:
        if not hmac.compare_digest(_digest(_bearer(request)), self._admin):
            raise self._denied("the administrator's token", "the environment variable named by central.admin_token_env")
        if self._note is not None:
            await self._note(ADMINISTRATOR, request)

    def reader(self, scope: str) -> Callable[[Request], Awaitable[Reader]]:
        """A dependency: the reader whose token this request carries, if it may do what `scope` says."""
        assert scope in SCOPES, scope

        async def allowed(request: Request) -> Reader:
            found = _whose(request, self._readers)
            if found is None:
                raise self._denied("a reader's token", "the environment variable named by readers.token_env")
            if scope not in found.scopes:
                self._metrics.denied.inc()
                cure = f"add '{scope}' to scopes of [[readers]] '{found.name}' in central's file, or use another token"
                raise Refusal(403, f"the token of '{found.name}' lacks the scope '{scope}'", cure)
            if self._note is not None:
                await self._note(found.name, request)
            return found

        return allowed

    def _denied(self, whose: str, where: str) -> Refusal:
        self._metrics.denied.inc()
        cure = f"send 'Authorization: Bearer <token>' with {whose}; it is the value of {where}"
        return Refusal(401, f"this needs {whose}", cure, {"WWW-Authenticate": "Bearer"})


async def nothing_asked(request: Request) -> None:
    """For addresses that take no query: a parameter there would be ignored."""
    if request.query_params:
        names = ", ".join(f"'{name[:40]}'" for name in sorted(set(request.query_params))[:10])
        raise Refusal(422, f"unknown query parameter: {names}", "this address takes none")


def _whose(request: Request, tokens: Iterable[tuple[T, bytes]]) -> T | None:
    """Whose token this request carries."""
    offered, found = _digest(_bearer(request)), None
    for one, token in tokens:  # all of them, so that time tells nothing
        if hmac.compare_digest(offered, token):
            found = one
    return found


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
