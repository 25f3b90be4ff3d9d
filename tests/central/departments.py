"""Another department's server, which is told of changes by central's webhooks."""

import json
import queue
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

Message = tuple[Mapping[str, str], bytes]


@dataclass
class Department:
    """It answers `code`, and keeps the headers and the body of everything that came."""

    url: str = ""
    code: int = 204
    came: list[Message] = field(default_factory=list)
    coming: "queue.Queue[Message]" = field(default_factory=queue.Queue)

    @property
    def told(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.came]


@contextmanager
def department() -> Iterator[Department]:
    it = Department()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            message = dict(self.headers), self.rfile.read(int(self.headers["content-length"]))
            self.send_response(it.code)
            self.end_headers()
            it.came.append(message)
            it.coming.put(message)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    it.url = f"http://127.0.0.1:{server.server_port}/in"
    try:
        yield it
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
