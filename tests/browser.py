"""A real browser for pages: an app on a real port, and the page as it stands once its scripts have run."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from programs import find_program

OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-component-update",
    "--disable-background-networking", "--disable-sync", "--dump-dom",
)  # fmt: skip


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """The app on a real port, for the time of the test."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            thread.join(0.02)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)


def page_at(url: str, folder: Path, ms: int = 5_000) -> str:
    """The page after so many milliseconds of the browser's own time."""
    own = (f"--virtual-time-budget={ms}", f"--user-data-dir={folder / 'browser'}")
    command = [find_program("chromium"), *OPTIONS, *own, url]
    done = subprocess.run(command, capture_output=True, timeout=90, check=False)
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-2000:]
    return done.stdout.decode()
