"""What a weighing suspects of the vehicle itself, for whom it is: police and industry authority, not this one.

A vehicle that is not as its licence says is written down and copied to the police of its home (Order 62 art. 45).
"""

from collections.abc import Mapping
from typing import Any, Literal

Suspicion = Literal["illegal-conversion", "under-declared"]
Receiver = Literal["police", "industry-authority"]

RECEIVERS: Mapping[Suspicion, tuple[Receiver, ...]] = {
    "illegal-conversion": ("police", "industry-authority"),  # 非法改装
    "under-declared": ("police", "industry-authority"),  # 大吨小标
}
FLAGS: Mapping[str, Suspicion] = {"axles-differ-from-register": "illegal-conversion"}
"""Flags of the measurement that say so."""
JUDGED: Mapping[str, Suspicion] = {"under-declared": "under-declared", "illegal-conversion": "illegal-conversion"}
"""Suspicions that the law's own rules raised."""


def suspicions_of(content: Mapping[str, Any]) -> tuple[Suspicion, ...]:
    """Of a weighing's content, each once, in a fixed order; nothing is read into what cannot be read."""
    judgement, measurement = content.get("judgement"), content.get("measurement")
    judged = judgement.get("suspicions") if isinstance(judgement, Mapping) else None
    flags = measurement.get("flags") if isinstance(measurement, Mapping) else None
    found = {JUDGED[one] for one in _texts(judged) if one in JUDGED}
    found |= {FLAGS[one] for one in _texts(flags) if one in FLAGS}
    return tuple(sorted(found))


def _texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
