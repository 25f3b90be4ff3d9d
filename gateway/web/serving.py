"""uvicorn inside a process that stops in its own order."""

import socket

import uvicorn
from fastapi import FastAPI

from gateway.errors import ConfigError
from gateway.web.connections import BoundedHttp


def server_of(app: FastAPI, site: str, bind: str) -> uvicorn.Server:
    """A server ready to `serve`.

    Raises:
        ConfigError: another program has the port; said here, before uvicorn would leave with a traceback.
    """
    host, _, port = bind.rpartition(":")
    must_be_free(site, host, int(port))
    config = uvicorn.Config(
        app,
        host=host,
        port=int(port),
        http=BoundedHttp,
        log_config=None,
        lifespan="off",
        ws="none",  # nothing here speaks it, and its library is not small
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    config.load()
    return uvicorn.Server(config)


def must_be_free(site: str, host: str, port: int) -> None:
    """Raises ConfigError when another program has the port, before uvicorn would leave with a traceback."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ConfigError(site, [f"web.bind: {host}:{port}: {error.strerror}; change it"]) from error


async def serve(server: uvicorn.Server) -> None:
    """Uvicorn without its signal handlers: this process stops in our order."""
    await server._serve()  # noqa: SLF001 - the public serve() installs signal handlers of its own
