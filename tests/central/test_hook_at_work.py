"""A real central, killed between telling another department in vain and telling it again: it is told by the same name,
and can tell who said it.
"""

import base64
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from boxes import ADMIN, write_key
from central_program import running
from departments import Department, Message, department

from gateway.contract.signing import verify

WITHIN_S = 40
HAZARD = {
    "id": "hazard-0001", "at": "2026-05-01T02:00:00Z", "why": "巡查", "kind": "hazard-found", "source": "s1",
    "title": "道闸可抬起", "level": "major", "found_by": "县交通执法大队",
}  # fmt: skip
SOURCE = {
    "id": "register-0001", "at": "2026-05-01T01:00:00Z", "why": "名录", "kind": "source-registered",
    "name": "示例砂石厂", "source_kind": "sand-and-gravel", "region": "410000", "authority": "县治超办",
    "key_unit": True, "sites": [],
}  # fmt: skip


def hook(office: Department) -> list[str]:
    return ["[[webhooks]]", 'name = "office"', f'url = "{office.url}"', 'kinds = ["source-item"]']


def stated(url: str) -> None:
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {ADMIN}"}, timeout=30) as http:
        for place, act in (("sources/s1", SOURCE), ("source-items/h1", HAZARD)):
            http.post(f"/api/v1/{place}/acts", json=act).raise_for_status()


def came(office: Department) -> Message:
    return office.coming.get(timeout=WITHIN_S)


def test_what_was_told_in_vain_is_told_again_after_a_kill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_ADMIN", ADMIN)
    write_key(tmp_path / "central.key")
    with department() as office:
        office.code = 503
        with running(tmp_path, "HOOK_ADMIN", hook(office)) as (url, process):
            stated(url)
            in_vain, body = came(office)
            process.kill()
            process.wait()
        office.code = 204
        with running(tmp_path, "HOOK_ADMIN", hook(office)) as (url, _):
            headers, again = came(office)
            known = httpx.get(f"{url}/api/v1/sites", headers={"Authorization": f"Bearer {ADMIN}"}).json()
    assert (headers["webhook-id"], again) == (in_vain["webhook-id"], body)
    assert json.loads(body)["data"]["title"] == "道闸可抬起"
    assert signed_by(known["public_key"], headers, body)
    assert not signed_by(known["public_key"], headers, body + b" ")


def signed_by(public_key: Any, headers: Any, body: bytes) -> bool:
    version, _, signature = headers["webhook-signature"].partition(",")
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    return version == "v1a" and verify(public_key, base64.b64decode(signature), signed)
