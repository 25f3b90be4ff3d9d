"""Lines that a program can read, lines that a person can read, and no secret in either."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from gateway.core.effects import Record
from gateway.core.vehicle import Identity, Measurement
from gateway.core.verdict import Judgement, Verdict
from gateway.log import start_log
from gateway.weighing_line import PATIENCE_MS, WeighingLine, masked

SECRET = 'pass"wörd-of-the-site'
WITHIN = Verdict("within", 31000, 0)
SAID = Judgement("rules", "0" * 64, WITHIN, WITHIN, WITHIN, (), "release", "within")


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    """A stream; structlog and logging are as they were afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield io.StringIO()
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines(out: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_everything_is_json_where_nobody_looks_on(out: io.StringIO) -> None:
    start_log(out)
    structlog.get_logger().bind(site="示例").info("started", lanes=2)
    logging.getLogger("uvicorn.error").warning("port %s", 80)
    first, second = lines(out)
    assert (first["event"], first["site"], first["lanes"], first["level"]) == ("started", "示例", 2, "info")
    assert (second["event"], second["level"]) == ("port 80", "warning")
    assert str(first["timestamp"]).endswith("Z")


def test_a_person_gets_readable_lines(out: io.StringIO) -> None:
    start_log(out, terminal=True)
    structlog.get_logger().info("started", lanes=2)
    assert "started" in out.getvalue()
    assert "{" not in out.getvalue()


@pytest.mark.parametrize("terminal", [True, False])
def test_no_secret_passes_whatever_brings_it(out: io.StringIO, *, terminal: bool) -> None:
    start_log(out, secrets=[SECRET, ""], terminal=terminal)
    log = structlog.get_logger()
    log.warning("failed", reason=f"password {SECRET} refused", header={"authorization": f"Bearer {SECRET}"})
    logging.getLogger("libpq").error("connection with %s failed", SECRET)
    token = SECRET
    try:
        int(f"bad: {token}")
    except ValueError:
        log.exception("broke")
        logging.getLogger("asyncio").exception("broke too")
    said = out.getvalue()
    assert SECRET not in said
    assert json.dumps(SECRET, ensure_ascii=False)[1:-1] not in said
    assert said.count("***") >= 4
    assert "ValueError" in said


def test_a_traceback_tells_no_values(out: io.StringIO) -> None:
    start_log(out)
    driver = "张三"
    try:
        int("no")
    except ValueError:
        structlog.get_logger().exception("broke")
    assert driver not in out.getvalue()
    assert json.loads(out.getvalue())["exception"][0]["exc_type"] == "ValueError"


def test_a_line_is_bounded_and_stays_json(out: io.StringIO) -> None:
    start_log(out)
    structlog.get_logger().info("long", text="x" * 100_000)
    (line,) = lines(out)
    assert line["event"] == "line_too_long"
    assert len(out.getvalue()) < 33_000


@pytest.mark.parametrize(
    ("plate", "shown"), [("豫A12345", "豫A***45"), ("粤BD12345", "粤B***45"), ("豫A1", "豫***"), (None, None)]
)
def test_a_plate_is_shown_in_part(plate: str | None, shown: str | None) -> None:
    assert masked(plate) == shown


class Lane:
    """A lane's line, with the steps of a passage played by hand."""

    def __init__(self) -> None:
        self.told: list[dict[str, object]] = []
        self.line = WeighingLine(lambda line: self.told.append(dict(line)))

    def weigh(self, passage: int = 1) -> Record:
        record = Record(passage, Identity(), Measurement(30_000), SAID, opened_ms=1_000, settled_ms=4_000)
        self.line.watch("settling", 2_000)
        self.line.watch("identifying", 3_500)
        self.line.watch("identifying", 3_600)
        self.line.asked(record, began_ms=4_010, now_ms=4_012, judge_ms=1.5)
        return record


def test_where_the_time_went() -> None:
    lane = Lane()
    record = lane.weigh()
    lane.line.stored({"entry": "j/1"}, record, 4_020)
    lane.line.acted(4_021, busy=True)
    assert lane.told == [], "told once, when all is done"
    lane.line.acted(4_320, busy=False)
    lane.line.acted(4_321, busy=False)
    assert lane.told == [
        {
            "entry": "j/1", "settle_ms": 2_500, "identify_ms": 500, "queue_ms": 10, "judge_ms": 1.5, "store_ms": 8,
            "act_ms": 300, "total_ms": 3_320,
        }
    ]  # fmt: skip


def test_a_load_that_moves_again_settles_anew() -> None:
    lane = Lane()
    lane.line.watch("identifying", 1_500)
    lane.line.stored({}, lane.weigh(), 4_020)
    lane.line.acted(4_020, busy=False)
    assert lane.told[0]["settle_ms"] == 2_500


def test_a_store_that_fails_first_is_one_wait() -> None:
    lane = Lane()
    record = lane.weigh()
    lane.line.asked(record, began_ms=9_000, now_ms=9_010, judge_ms=9)
    lane.line.stored({}, record, 9_020)
    lane.line.acted(9_020, busy=False)
    assert (lane.told[0]["store_ms"], lane.told[0]["judge_ms"]) == (5_008, 1.5)


def test_an_actuator_that_fails_does_not_keep_the_line() -> None:
    lane = Lane()
    lane.line.stored({"entry": "j/1"}, lane.weigh(), 4_020)
    lane.line.acted(4_020 + PATIENCE_MS - 1, busy=True)
    assert lane.told == []
    lane.line.acted(4_020 + PATIENCE_MS, busy=True)
    assert (lane.told[0]["entry"], lane.told[0]["act_ms"]) == ("j/1", None)


def test_the_next_weighing_and_the_end_tell_a_line_that_waits() -> None:
    lane = Lane()
    lane.line.stored({"entry": "j/1"}, lane.weigh(), 4_020)
    lane.line.stored({"entry": "j/2"}, lane.weigh(2), 5_000)
    lane.line.flush()
    lane.line.flush()
    assert [line["entry"] for line in lane.told] == ["j/1", "j/2"]
