"""Parts at their bounds: the sixteenth and the seventeenth, the largest head and content, and cuts at every byte."""

import pytest

from drivers.cameras.multipart import Part, PartStream, body_of, boundary_of, part_bytes, parts_of
from drivers.errors import FrameError

HEAD = b"--b\r\nA: b\r\n\r\n"
HEAD_BYTES, PART_BYTES = 8_192, 8_388_608


def stream() -> PartStream:
    return PartStream("multipart/mixed; boundary=b")


def test_a_part_is_written_with_its_name_and_its_length() -> None:
    assert part_bytes("b", "event.txt", "text/plain", b"12") == (
        b'--b\r\nContent-Disposition: form-data; name="event"; filename="event.txt"\r\n'
        b"Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n12\r\n"
    )
    assert b'name="json"; filename="json"' in part_bytes("b", "json", "text/plain", b"")
    body, content_type = body_of([("a", "text/plain", b"1"), ("b", "text/plain", b"2")])
    boundary = "part6b51d431df5d7f141cbececc"
    assert content_type == f"multipart/form-data; boundary={boundary}"
    assert body.endswith(b"\r\n2\r\n--" + boundary.encode() + b"--\r\n")
    assert [one.content for one in parts_of(body, content_type)] == [b"1", b"2"]


@pytest.mark.parametrize("said", ["x; boundary=b", 'x; BOUNDARY="b"; y', "x; boundary=--b"])
def test_a_boundary_however_it_is_written(said: str) -> None:
    assert boundary_of(said) == b"b"
    with pytest.raises(FrameError, match="without a boundary"):
        boundary_of("multipart/mixed")


def test_a_body_has_sixteen_parts_and_not_one_more() -> None:
    files = [("a", "text/plain", b"%d" % number) for number in range(17)]
    assert [one.content for one in parts_of(*body_of(files[:16]))] == [b"%d" % number for number in range(16)]
    with pytest.raises(FrameError, match="more than 16 parts"):
        parts_of(*body_of(files))


def test_a_body_ends_at_its_last_boundary_and_a_part_without_content_is_none() -> None:
    body = b"before\r\n--b\r\nA: b\r\n\r\n\r\n12\r\n\r\n--b\r\nno head's end\r\n--b--\r\n" + HEAD + b"behind\r\n"
    assert parts_of(body, "x; boundary=b") == [Part(b"A: b", b"\r\n12\r\n")]
    assert Part(b"Content-Type: IMAGE/jpeg", b"").is_picture
    assert not Part(b"Content-Type: text/plain", b"").is_picture


def test_a_part_that_tells_its_length_is_there_with_its_last_byte() -> None:
    told = stream()
    head = b"Content-Length: 3"
    assert told.feed(b"--b\r\n" + head + b"\r\n\r\n\r\n") == []
    assert told.feed(b"1") == [Part(head, b"\r\n1")]
    assert told.feed(b"\r\n--b\r\nContent-Length: 0\r\n\r\n") == [Part(b"Content-Length: 0", b"")]


@pytest.mark.parametrize("contents", [[b"", b"", b"1"], [b"1", b"", b"\r\n--", b"--b"], [b"\r\n", b"-" * 9]])
@pytest.mark.parametrize("size", [1, 2, 5, 1000])
def test_parts_without_length_end_at_the_boundary_however_they_come(contents: list[bytes], size: int) -> None:
    wire = b"a preamble\r\n" + b"".join(HEAD + content + b"\r\n" for content in contents) + b"--b"
    cut = stream()
    found = [part for at in range(0, len(wire), size) for part in cut.feed(wire[at : at + size])]
    assert found == [Part(b"A: b", content) for content in contents]


def test_a_stream_waits_for_a_boundary_and_for_the_end_of_a_head_so_long() -> None:
    silent = stream()
    silent.feed(b"x" * HEAD_BYTES)
    with pytest.raises(FrameError, match="no boundary b'--b' in 8192 bytes"):
        silent.feed(b"x")
    for opening in (b"--b", b"--b\r\n"):
        headed = stream()
        headed.feed(b"xx" + opening + b"x" * (HEAD_BYTES - len(opening)))
        with pytest.raises(FrameError, match="head has more than 8192 bytes"):
            headed.feed(b"x")


def test_the_largest_part() -> None:
    assert stream().feed(b"--b\r\nContent-Length: %d\r\n\r\n" % PART_BYTES) == []
    with pytest.raises(FrameError, match="a part of 8388609 bytes"):
        stream().feed(b"--b\r\nContent-Length: %d\r\n\r\n" % (PART_BYTES + 1))
    endless = stream()
    endless.feed(HEAD + b"x" * (PART_BYTES + HEAD_BYTES))
    with pytest.raises(FrameError, match="more than 8388608 bytes"):
        endless.feed(b"x")
