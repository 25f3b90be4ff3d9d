"""A site's box with a raw key, and a central on either database."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from boxes import ADMIN, NOW, TOKEN, Box, public_hex, write_key

from central.bootstrap import create_app
from central.settings import CentralSettings, SiteSettings


@pytest.fixture
def box() -> Box:
    return Box()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.needs_postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/central.db"
        return
    yield request.getfixturevalue("postgres_url")


@pytest.fixture
def settings(database_url: str, tmp_path: Path, box: Box) -> CentralSettings:
    write_key(tmp_path / "central.key")
    return CentralSettings(
        host="127.0.0.1",
        port=0,
        database_url=database_url,
        evidence_dir=tmp_path / "evidence",
        key_file=tmp_path / "central.key",
        admin_token=ADMIN,
        mqtt=None,
        sites=(
            SiteSettings("quarry-1", TOKEN, (public_hex(box.key),)),
            SiteSettings("toll-1", "site-token-2", (public_hex(Box(seed=b"toll").key),)),
        ),
    )


@pytest.fixture
def lite(settings: CentralSettings, tmp_path: Path) -> CentralSettings:
    return replace(settings, database_url=f"sqlite:///{tmp_path}/other.db")


@pytest.fixture
async def client(settings: CentralSettings) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(settings, clock=lambda: NOW, new_incarnation=lambda: "first")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://central") as http:
        http.receiver = app.state.central.receiver  # type: ignore[attr-defined]
        yield http
    app.state.central.close()
