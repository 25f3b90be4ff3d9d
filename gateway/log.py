"""What the programs say while they work: one JSON object a line on stderr, or readable lines where a person looks on.

Secrets are taken out of the finished line, whatever brought them there; tracebacks are told without the values of
their variables.
"""

import json
import logging
import sys
from collections.abc import Iterable
from typing import Any, TextIO

import structlog
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict, Processor, WrappedLogger

SECRET_CHARS_MIN = 8
LINE_CHARS_MAX = 32_000
HIDDEN = "***"


def start_log(stream: TextIO | None = None, *, secrets: Iterable[str] = (), terminal: bool | None = None) -> None:
    """Let structlog and the libraries' own logging write to `stream` (stderr).

    `terminal` None: as the stream says of itself. `secrets` never appear in a line.
    """
    out = sys.stderr if stream is None else stream
    readable = out.isatty() if terminal is None else terminal
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(),
    ]
    rendering = [*_rendering(readable, colours=out.isatty()), _Finish(secrets)]
    structlog.configure(
        processors=[*shared[:3], *rendering],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


def _rendering(readable: bool, *, colours: bool) -> list[Any]:
    if readable:
        plain = structlog.dev.plain_traceback  # a rich one shows the values of variables
        return [structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=plain)]
    told = structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False, max_frames=30))
    return [told, structlog.processors.JSONRenderer(serializer=_json)]


def _json(event: EventDict, **_: Any) -> str:
    return json.dumps(event, ensure_ascii=False, default=str)


class _Finish:
    """The last word on a finished line: no secret, bounded length."""

    def __init__(self, secrets: Iterable[str]) -> None:
        plain = {secret for secret in secrets if len(secret) >= SECRET_CHARS_MIN}
        as_json = {json.dumps(secret, ensure_ascii=False)[1:-1] for secret in plain}
        self._secrets = sorted(plain | as_json, key=len, reverse=True)

    def __call__(self, _logger: WrappedLogger, _method: str, line: EventDict) -> str:
        text = str(line)
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        if len(text) <= LINE_CHARS_MAX:
            return text
        return json.dumps({"event": "line_too_long", "level": "error", "begins": text[: LINE_CHARS_MAX // 8]})
