"""What a device is, for the page that an installer reads: models, where the facts come from, what to set on it.

Every protocol and every register map carries one; `docs/devices.md` is made from them.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["scale", "board", "camera", "records", "sign", "voice", "ticket"]
Proof = Literal["captured", "manual", "test-suite", "field", "constructed"]

UNVERIFIED = "not verified on real hardware"


@dataclass(frozen=True, slots=True)
class Description:
    """`proof` says what the tests' frames are, best first: taken from a wire, printed in a manual, from a public test
    suite, given by a field project's code, or made by a confirmed rule. `settings` are to be made on the device;
    `sample` is a part of a site file. `unverified` names what only the real thing can show.
    """

    kind: Kind
    title: str
    models: tuple[str, ...]
    sources: tuple[str, ...]
    proof: tuple[Proof, ...]
    settings: str
    sample: str
    unverified: str = UNVERIFIED

    def __post_init__(self) -> None:
        assert self.title
        assert self.models
        assert self.sources
        assert self.proof
