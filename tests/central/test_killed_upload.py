"""A real central process, killed in the middle of an upload: what it counted is there, and the rest follows."""

import hashlib
import random
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from boxes import ADMIN, TOKEN, write_key
from central_program import running_central

CONTENT = random.Random(5).randbytes(3 * 1024 * 1024)
NAME = hashlib.sha256(CONTENT).hexdigest()
PATH = f"/api/v1/evidence/{NAME}"
PIECE_BYTES = 256 * 1024
AUTH = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TEST_ADMIN_TOKEN", ADMIN)
    monkeypatch.setenv("TEST_SITE_TOKEN", TOKEN)
    write_key(tmp_path / "central.key")
    return tmp_path


def put(client: httpx.Client, offset: int, content: bytes | Iterator[bytes], last: int) -> httpx.Response:
    headers = {"Content-Range": f"bytes {offset}-{last}/{len(CONTENT)}"}
    return client.put(PATH, content=content, headers=headers)


def offset_at(client: httpx.Client) -> int:
    return int(client.head(PATH).headers["upload-offset"])


def until_offset(client: httpx.Client, least: int) -> None:
    until = time.monotonic() + 20
    while offset_at(client) < least:
        assert time.monotonic() < until
        time.sleep(0.02)


def finish(client: httpx.Client) -> None:
    offset = offset_at(client)
    while offset < len(CONTENT):
        piece = CONTENT[offset : offset + PIECE_BYTES]
        answer = put(client, offset, piece, offset + len(piece) - 1)
        assert answer.status_code in (201, 308), answer.text
        offset = int(answer.headers["upload-offset"])
    assert client.head(PATH).status_code == 200
    answer = client.get(PATH, headers={"Authorization": f"Bearer {ADMIN}"})
    assert answer.content == CONTENT


def test_an_upload_goes_on_after_central_is_killed_in_the_middle_of_a_piece(folder: Path) -> None:
    with running_central(folder) as (url, process), httpx.Client(base_url=url, headers=AUTH, timeout=30) as client:
        first = put(client, 0, CONTENT[:PIECE_BYTES], PIECE_BYTES - 1)
        assert first.headers["upload-offset"] == str(PIECE_BYTES)

        def cut() -> Iterator[bytes]:
            yield CONTENT[PIECE_BYTES : 2 * PIECE_BYTES]
            with httpx.Client(base_url=url, headers=AUTH, timeout=30) as other:
                until_offset(other, PIECE_BYTES + 1)
            process.send_signal(signal.SIGKILL)
            process.wait(10)
            yield CONTENT[2 * PIECE_BYTES :]

        with pytest.raises(httpx.TransportError):
            put(client, PIECE_BYTES, cut(), len(CONTENT) - 1)
    with running_central(folder) as (url, _process), httpx.Client(base_url=url, headers=AUTH, timeout=30) as client:
        assert PIECE_BYTES < offset_at(client) < len(CONTENT)
        finish(client)


def test_an_edge_that_vanishes_in_the_middle_leaves_its_part_and_no_traceback(folder: Path) -> None:
    with running_central(folder) as (url, _process), httpx.Client(base_url=url, headers=AUTH, timeout=30) as client:
        address = urlsplit(url)
        with socket.create_connection((str(address.hostname), address.port or 0)) as raw:
            head = f"PUT {PATH} HTTP/1.1\r\nHost: central\r\nAuthorization: Bearer {TOKEN}\r\n"
            raw.sendall(f"{head}Content-Length: {len(CONTENT)}\r\n\r\n".encode() + CONTENT[:PIECE_BYTES])
            until_offset(client, PIECE_BYTES)
        until = time.monotonic() + 20
        while put(client, PIECE_BYTES, b"x" * 10, PIECE_BYTES + 9).status_code == 409:  # until the loss is seen
            assert time.monotonic() < until
        assert offset_at(client) == PIECE_BYTES + 10
        assert put(client, 0, CONTENT[:PIECE_BYTES], PIECE_BYTES - 1).status_code == 308
        finish(client)
    assert "Traceback" not in (folder / "central.log").read_text()
