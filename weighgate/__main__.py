"""Where the command begins: known faults become one clear line, our own mistakes a traceback.

A service's own process loads nothing that only a terminal needs: Typer and Rich are six of an edge's megabytes.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.errors import ConfigError, GatewayError

EXTRAS = {
    "chinese_calendar": "central",
    "openpyxl": "central",
    "psycopg": "central",
    "escpos": "tickets",
    "PIL": "tickets",
    "qrcode": "tickets",
}
"""A library that a bare edge lacks → the extra of the wheel that brings it."""


def main() -> None:
    if not __debug__:
        sys.exit("weighgate refuses python -O: its assertions are part of the product")
    try:
        begin(sys.argv[1:])
    except ConfigError as error:
        _tell(error, 2)
    except GatewayError as error:
        _tell(error, 1)
    except ModuleNotFoundError as error:
        if error.name not in EXTRAS:
            raise
        cure = f"install it with: pip install 'weighgate[{EXTRAS[error.name]}]'"
        _tell(GatewayError(f"the library {error.name} is not installed, and this needs it; {cure}"), 1)
    except BrokenPipeError:
        sys.exit(0)
    except OSError as error:
        if error.filename is None:
            raise
        wrong = f"{error.filename}: {error.strerror}; is the path right, and may this user write there?"
        _tell(GatewayError(wrong), 1)


def begin(words: list[str]) -> None:
    """What the words after the command's name ask for."""
    if words[:1] == ["run"] and len(words) == 2 and not words[1].startswith("-") and not sys.stderr.isatty():
        with _without_rich():
            from weighgate.serving import serve_site

        serve_site(Path(words[1]))
    else:
        from weighgate.cli import app

        app()


@contextmanager
def _without_rich() -> Iterator[None]:
    """Structlog and httpx bring Rich along where they find it, for a terminal's sake."""
    sys.modules["rich"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules["rich"]


def _tell(error: GatewayError, code: int) -> None:
    from weighgate.terminal import say_fault

    say_fault(error)
    sys.exit(code)


if __name__ == "__main__":
    main()
