"""Plate Recognizer Stream: a webhook with its recognitions, best score first or not.

    {"hook": {"target": …, "id": "camera-1", "event": "recognition", "filename": …},
     "data": {"camera_id": "camera-1", "timestamp": "2026-11-23T04:05:06.123456Z", "filename": …,
              "results": [{"plate": "eg123kl", "score": 0.9, "direction": 90, "box": {…}, "vehicle": {…}}]}}

Bare JSON, or a form with the JSON in its field `json` and the picture beside it. A score is 0 to 1. Plates are in
lower case, without a colour. The best score is taken; where two share it, none is, and a person looks.
Source: guides.platerecognizer.com, Stream results; a public fixture.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from drivers.cameras.multipart import body_of
from drivers.cameras.plates import PUSH_BYTES_MAX, CameraProtocol, event_id, plate_text, text_and_pictures
from drivers.description import UNVERIFIED, Description
from drivers.errors import FrameError
from drivers.json_objects import inner_object, json_object
from drivers.readings import PlateReading

RESULTS_MAX = 50


def decode(body: bytes, content_type: str) -> PlateReading:
    """One recognition. Raises FrameError that names the field."""
    text, pictures = text_and_pictures(body, content_type, lambda part: b'name="json"' in part.head)
    data = inner_object(json_object(text, PUSH_BYTES_MAX), "data")
    results = data.get("results")
    if not isinstance(results, list) or len(results) > RESULTS_MAX:
        raise FrameError(f"results: a list of at most {RESULTS_MAX} is needed")
    plate, score = _best([_scored(one) for one in results])
    device, written = _text(data, "camera_id"), _text(data, "timestamp")
    return PlateReading(
        plate=plate,
        colour="unknown",
        confidence_percent=score,
        event_id=event_id(device, written, plate) if written else event_id(device, text.hex()),
        device_time=_time(written),
        device=device,
        pictures=pictures,
    )


def encode(reading: PlateReading) -> tuple[bytes, str]:
    """Colour, view and lateness are not on this wire."""
    data: dict[str, Any] = {"camera_id": reading.device, "results": []}
    if reading.device_time is not None:
        data["timestamp"] = reading.device_time.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if reading.plate is not None:
        data["results"] = [{"plate": reading.plate.lower(), "score": (reading.confidence_percent or 0) / 100}]
    push = {"hook": {"id": reading.device, "event": "recognition"}, "data": data}
    text = json.dumps(push, ensure_ascii=False).encode()
    if not reading.pictures:
        return text, "application/json"
    files = [("json.json", "application/json", text)]
    return body_of([*files, *(("upload.jpg", "image/jpeg", one.content) for one in reading.pictures)])


def _best(scored: list[tuple[str | None, int]]) -> tuple[str | None, int | None]:
    scored = [one for one in scored if one[0] is not None]
    if not scored:
        return None, None
    top = max(score for _, score in scored)
    best = {plate for plate, score in scored if score == top}
    return (best.pop(), top) if len(best) == 1 else (None, top)


def _scored(result: object) -> tuple[str | None, int]:
    if not isinstance(result, dict) or not isinstance(result.get("plate"), str):
        raise FrameError("plate: a text is needed in each of results")
    score = result.get("score")
    if not isinstance(score, int | float) or isinstance(score, bool) or not 0 <= score <= 1:
        raise FrameError(f"score: 0 to 1 is needed, not {str(score)[:40]!r}")
    return plate_text(result["plate"], "plate"), int(score * 100 + 0.000001)


def _text(table: Mapping[str, Any], key: str) -> str:
    value = table.get(key, "")
    return value if isinstance(value, str) and len(value) <= 100 and value.isprintable() else ""


def _time(text: str) -> datetime | None:
    """None where it is not told; what has no offset is UTC, as the guide says of `timestamp`."""
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise FrameError(f"timestamp: {text!r} is no time") from error


PROTOCOL = CameraProtocol(
    name="plate-recognizer",
    decode=decode,
    encode=encode,
    reply=(b"", "text/plain"),
    description=Description(
        kind="camera",
        title="Plate Recognizer Stream webhook",
        models=("Plate Recognizer Stream",),
        sources=("guides.platerecognizer.com, Stream results", "a public fixture"),
        proof=("manual", "constructed"),
        settings="webhook_target = the gateway's address and /cameras/LANE; image_format = vehicle or frame",
        sample='[lanes.camera]\nprotocol = "plate-recognizer"\ndevice = "camera-1"\n',
        unverified=UNVERIFIED,
    ),
)
