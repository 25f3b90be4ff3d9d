"""The judge command as a pipe: any bytes in, one answer a line out, and the run always ends well."""

import json
import subprocess
import sys

import pytest

GOOD = '{"id": "good", "axles": "1+2+3", "body": "articulated", "drive_axles": 2, "gross_kg": 58400}'


def judged(*lines: bytes) -> list[dict[str, object]]:
    """What each line is answered with; no line may end the run, and no answer may hold what is not JSON."""
    done = subprocess.run(
        [sys.executable, "-m", "weighgate", "judge"], input=b"\n".join(lines), capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is not JSON")

    return [json.loads(line, parse_constant=refuse) for line in done.stdout.decode("utf-8").splitlines()]


NASTY = {
    "surrogate-id": (rb'{"id": "\ud800", "axles": "1+1", "gross_kg": 9000}', "id"),
    "surrogate-plate": (rb'{"id": "b", "goods": ["a\udfff"], "axles": "1+1", "gross_kg": 9000}', "goods"),
    "surrogate-field": (rb'{"id": "b", "x\ud800": 1, "axles": "1+1", "gross_kg": 9000}', "x\ud800"),
    "not-utf-8": (b'{"id": "b", "goods": "\xff\xfe", "axles": "1+1", "gross_kg": 9000}', ""),
    "infinite": (b'{"id": 1e999, "axles": "1+1", "gross_kg": 9000}', "id"),
    "infinite-mass": (b'{"id": "b", "axles": "1+1", "gross_kg": 1e999}', "gross_kg"),
    "nan": (b'{"id": "b", "axles": "1+1", "gross_kg": NaN}', "gross_kg"),
    "twice": (b'{"id": "b", "axles": "1+1", "gross_kg": 9000, "gross_kg": 1}', "gross_kg"),
    "twice-inside": (b'{"id": "b", "axles": "1+1", "gross_kg": 9000, "instrument": {"d": 1, "d": 2}}', "instrument"),
    "deep": (b'{"id": "b", "goods": ' + b"[" * 800 + b"]" * 800 + b', "axles": "1+1", "gross_kg": 9000}', "goods"),
    "beyond-time": (b'{"id": "b", "at": "9999-12-31T23:59:59Z", "axles": "1+1", "gross_kg": 9000}', "at"),
    "too-long": (b'{"id": "' + b"x" * 1_100_000 + b'"}', ""),
}


@pytest.mark.parametrize(("line", "field"), NASTY.values(), ids=NASTY.keys())
def test_a_nasty_line_gets_its_error_in_its_place(line: bytes, field: str) -> None:
    first, bad, last = judged(GOOD.encode(), line, GOOD.encode())
    assert (first["id"], last["id"]) == ("good", "good")
    assert set(bad) == {"id", "error"}
    error = bad["error"]
    assert isinstance(error, dict)
    assert error["field"] == field
    assert error["reason"]


def test_a_blank_line_is_passed_over() -> None:
    assert [said["id"] for said in judged(b"", GOOD.encode(), b" \t\r", b"", GOOD.encode(), b"")] == ["good", "good"]


def test_an_endless_line_is_not_kept_in_memory() -> None:
    """More than the bound, in one line: its error, and the next line's answer."""
    bad, last = judged(b"x" * 5_000_000, GOOD.encode())
    assert bad["error"] == {"field": "", "value": None, "reason": "a line has at most 1048576 bytes"}
    assert last["id"] == "good"
