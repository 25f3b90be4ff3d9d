"""What a lane's other devices and other systems say, with good inputs: only FrameError may come of any of it."""

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path

from targets import Target

from drivers.cameras import PROTOCOLS as CAMERAS
from drivers.cameras.chinese_plates import doubt_of, settled
from drivers.cameras.multipart import Part, parts_of
from drivers.cameras.zhenshi_tcp import unpushed
from drivers.errors import DeviceError, FrameError
from drivers.map_proof import MapProof
from drivers.modbus import Codec, Request, RtuCodec, TcpCodec
from drivers.readings import Picture, PlateReading, WeightReading
from drivers.records import FORMATS, BadLine, VehicleRecord, read_lines
from drivers.records.vehicle_record import RecordFormat
from drivers.register_maps import load_map
from drivers.registers import ScaleMap, decode_scale, encode_scale
from drivers.signs import PROTOCOLS as SIGNS
from drivers.signs.crc import crc16
from drivers.tickets import Ticket
from drivers.tickets.printer import escpos, printed

CHUNKS = (1, 7, 64, 4096)
HEADED = 0.7
AT = datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC)
PICTURES = (Picture("scene", b"\xff\xd8\r\n--b\r\n\xff\xd9"),)
READINGS = (
    PlateReading("豫A12345D", "yellow-green", 97, "e", device_time=AT, device="c", pictures=PICTURES),
    PlateReading("豫A1234挂", "yellow", 60, "e", "rear", AT, "c", late=True),
    PlateReading(None, "unknown", None, "e"),
)
RECORD = VehicleRecord(
    id="7", at=AT, site="s", lane="2", plate="豫A12345", gross_kg=Decimal(31_000),
    axle_loads_kg=(Decimal(6000), Decimal(8000), Decimal(8500), Decimal(8500)), spacings_mm=(1800, 3200, 1350),
    length_mm=11_000, speed_km_h=Decimal(20),
)  # fmt: skip
MAPS = Path(__file__).resolve().parents[2] / "config" / "registers"
TICKET = Ticket("称重单", (("车牌", "豫A12345"), ("车货总质量", "49,300 kg")), ("示例",), "site-1-000042")


def lane_targets() -> Iterator[Target]:
    yield from _cameras()
    for form in FORMATS.values():
        good = form.encode(RECORD)
        yield Target(f"record {form.name}", (good, b"\n".join([good] * 3)), _said(form.decode))
        if form.lines is not None:
            yield Target(f"file of {form.name}", (form.head + b"\r\n".join([good] * 3),), _lines(form))
    for name, sign in SIGNS.items():
        frames = b"".join(sign.encode(("豫A12345", "49.3吨"), "green"))
        yield Target(f"sign {name}", (frames,), _said(sign.decode))
        if sign.card is not None:
            yield Target(f"card {name}", (frames,), _card(name))
    yield Target("ticket", (escpos(TICKET, 32),), _said(printed))
    yield from _modbus()


def _cameras() -> Iterator[Target]:
    for name, camera in CAMERAS.items():
        pushes = [camera.encode(one) for one in READINGS]
        yield Target(f"push of {name}", tuple(_typed(*one) for one in pushes), _push(name))
        if camera.feed is not None:
            stream = [_streamed(*one) if camera.feed.path else unpushed(one[0]) for one in pushes]
            yield Target(f"feed of {name}", (*stream, b"".join(stream)), _feed(name))


def _streamed(body: bytes, content_type: str) -> bytes:
    """A push as parts of a stream, behind a heartbeat."""
    whole = [Part(b"Content-Type: application/xml", body)]
    parts = parts_of(body, content_type) if content_type.startswith("multipart/") else whole
    heads = [(b"image/jpeg" if one.is_picture else b"text/plain", one.content) for one in parts]
    return b"".join(
        b"--part\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n%b\r\n" % (kind, len(content), content)
        for kind, content in ((b"text/plain", b"Heartbeat"), *heads)
    )


def _modbus() -> Iterator[Target]:
    request = Request(1, 3, 6, 5)
    answer = bytes.fromhex("01030a08000000303400003034")
    for codec, seed in (
        (RtuCodec(), answer + crc16(answer, 0xFFFF)),
        (TcpCodec(), bytes.fromhex("00070000000d") + answer),
    ):
        yield Target(f"answer to {type(codec).__name__}", (seed,), _said(partial(_answer, codec, request)))
    sealed = _said(lambda data: _answer(RtuCodec(), request, data + crc16(data, 0xFFFF)))
    yield Target("answer whose checksum holds", (answer,), sealed)
    for path in sorted(MAPS.glob("*.toml")):
        found = load_map(path)
        if isinstance(found, ScaleMap):
            known = encode_scale(found, WeightReading(Decimal(12_340), stable=True, net=False), 9)
            words = [known.get(found.address + place, 0) for place in range(found.count)]
            seed = b"".join(word.to_bytes(2, "big") for word in words)
            yield Target(f"registers of {found.name}", (seed,), _registers(found))


def _answer(codec: Codec, request: Request, data: bytes) -> object:
    return codec.decode(data, request, 7)


def _said(decode: Callable[[bytes], object]) -> Callable[[bytes], str]:
    def read(data: bytes) -> str:
        try:
            return type(decode(data)).__name__
        except (FrameError, DeviceError) as error:
            return str(error)[:40]

    return read


def _typed(body: bytes, content_type: str) -> bytes:
    """A push with its content type before it, so that both are lied about."""
    return content_type.encode() + b"\n" + body


def _push(name: str) -> Callable[[bytes], str]:
    def read(data: bytes) -> str:
        head, _, body = data.partition(b"\n")
        try:
            found = CAMERAS[name].decode(body, head.decode("latin-1"))
        except FrameError as error:
            return str(error)[:40]
        if found is None:
            return "alive"
        doubt = doubt_of(settled(found), 70)
        return f"{found.colour} {doubt}"[:40]

    return read


def _feed(name: str) -> Callable[[bytes], str]:
    draw = random.Random(name)
    feed = CAMERAS[name].feed
    assert feed is not None

    def read(data: bytes) -> str:
        assert feed is not None
        reader = feed.reader("multipart/x-mixed-replace; boundary=part")
        step, bodies = draw.choice(CHUNKS), []
        try:
            for at in range(0, len(data), step):
                bodies += reader.feed(data[at : at + step])
            bodies += reader.flush()
        except FrameError as error:
            return str(error)[:40]
        for body in bodies:
            with suppress(FrameError):
                CAMERAS[name].decode(*body)
        return "/" * min(len(bodies), 9)

    return read


def _lines(form: RecordFormat) -> Callable[[bytes], str]:
    """Any file, its good header sometimes before it; then a good line, which no bad one before it may cost."""
    draw = random.Random(form.name)
    good, head = form.encode(RECORD), form.head
    said = form.decode(good)

    def read(data: bytes) -> str:
        step, headed = draw.choice(CHUNKS), not head or draw.random() < HEADED
        whole = (head if headed else b"") + data + b"\n" + good + b"\r\n"
        found = list(read_lines(form, (whole[at : at + step] for at in range(0, len(whole), step))))
        assert not headed or found[-1] == said, "a good line was lost"
        refused = [one.reason for one in found if isinstance(one, BadLine)]
        return f"{'/' * min(len(found), 9)} {' '.join(refused[:2])}"

    return read


def _card(name: str) -> Callable[[bytes], str]:
    def read(data: bytes) -> str:
        made = SIGNS[name].card
        assert made is not None
        card = made()
        for at in range(0, len(data), 5):
            card.receive(data[at : at + 5])
        return f"{'/' * min(len(card.lines), 9)} {card.colour}"

    return read


def _registers(scale: ScaleMap) -> Callable[[bytes], str]:
    def read(data: bytes) -> str:
        words = [int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2)]
        try:
            reading = decode_scale(scale, words)
            MapProof(scale).judge(words, reading, 0)
        except FrameError as error:
            return str(error)[:40]
        assert reading.value is None or abs(reading.value) <= scale.counts_max * scale.multiplier
        return f"{reading.status} {reading.stable} {reading.net}"

    return read
