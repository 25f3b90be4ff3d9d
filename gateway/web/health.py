"""Open doors for those who watch the site from outside: no token, nothing secret, nothing they can change."""

from fastapi import APIRouter, Response

from gateway.vitals import Vitals


def health_router(vitals: Vitals) -> APIRouter:
    """`/healthz`: should it be started anew? `/readyz`: can it weigh now? `/metrics`: its counters."""
    router = APIRouter(include_in_schema=False)

    @router.get("/healthz")
    async def healthz(response: Response) -> dict[str, object]:
        faults = vitals.alive()
        if faults:
            response.status_code = 503
        return {"alive": not faults, "faults": faults}

    @router.get("/readyz")
    async def readyz(response: Response) -> dict[str, object]:
        missing = await vitals.missing()
        if missing:
            response.status_code = 503
        return {"ready": not missing, "missing": missing}

    @router.get("/metrics")
    async def metrics() -> Response:
        return Response(await vitals.counters(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return router
