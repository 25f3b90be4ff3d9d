"""Every format's account beside the others: best first, and who cannot be told from whom.

A format is named when good frames make up most of what was heard. Of two that both read everything, a checksum that
held over several different frames settles it; without one they are told as ambiguous, with both readings, for only the
indicator's own display can say which is right.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from drivers.protocol import Found, Remark, WireFormat
from drivers.readings import WeightReading
from drivers.sniff.hearing import SURE_FRAMES, Account, hear, variants
from drivers.sniff.line import Line, cuts

HEARD_BYTES_MAX = 65_536
COVERED_MIN = Decimal("0.5")  # less is a format that happens to fit some of it
BESIDE = Decimal("0.05")  # who covers this much less than the best is still in question
SHARED_MIN = Decimal("0.15")  # of the bytes, for a second device on the wire
FILLING_FRAMES, FILLED_MIN = 5, Decimal("0.95")  # of the bytes; what is told to a sign may be the same for hours
JUMP_SHARE, JUMPS_MIN = Decimal("0.2"), 3  # of the larger load, up and down in turn: five frames can show it
JUMPING_SHARE = Decimal("0.6")  # of all steps; axles that roll over a short deck jump too, but not in every frame


@dataclass(frozen=True, slots=True)
class Candidate:
    """`score` is from 0 to 1. `ambiguous_with` names the candidates that explain the bytes as well."""

    account: Account
    score: Decimal
    evidence: tuple[str, ...]
    ambiguous_with: tuple[str, ...] = ()

    @property
    def promising(self) -> bool:
        """Worth staying at this setting: it reads weights, or what has none fills the wire with checksums that hold."""
        one = self.account
        fills = one.sealed > 0 and one.frames >= FILLING_FRAMES and one.covered >= FILLED_MIN
        return one.weights > 0 or one.sure or fills


def rank(heard: bytes, at: Line, protocols: Iterable[WireFormat]) -> list[Candidate]:
    """Who may have sent this, best first; empty where no format fits most of it.

    `heard` may be long: its first 64 KiB are looked at.
    """
    known = list(protocols)
    accounts = [
        account
        for line, sent in cuts(heard[:HEARD_BYTES_MAX], at)
        for protocol in known
        for account in _accounts(protocol, line, sent)
    ]
    fitting = [account for account in accounts if account.frames and account.covered >= COVERED_MIN]
    fitting.sort(key=_strength, reverse=True)
    return [_candidate(account, fitting, accounts) for account in fitting]


def _accounts(protocol: WireFormat, line: Line, sent: bytes) -> list[Account]:
    """One for each way to read it; shapes that read the same are one."""
    found: list[Account] = []
    for options, shape in variants(protocol):
        account = hear(shape, options, line, sent)
        if not any(_good(account) == _good(other) for other in found):
            found.append(account)
    return found


def _good(account: Account) -> tuple[Found, ...]:
    return tuple(one for one in account.readings if isinstance(one, WeightReading | Remark))


def _strength(account: Account) -> tuple[bool, Decimal, bool, int, int]:
    """What decides: a checksum that held, then how much was read, then whether it was weights."""
    covered = account.covered.quantize(BESIDE)
    return (account.sure, covered, account.sealed > 0, account.weights, -account.rejected)


def _candidate(account: Account, fitting: Sequence[Account], accounts: Sequence[Account]) -> Candidate:
    rivals = [other for other in fitting if other is not account and _in_question(account, other)]
    sealed = Decimal(1) if account.sealed else Decimal("0.9")
    many = 1 - Decimal("0.5") ** min(account.different + 1, 8)
    score = (account.covered * sealed * many).quantize(Decimal("0.001"))
    evidence = [*_seen(account), *_rivalry(account, rivals), *_neighbours(account, accounts)]
    return Candidate(account, score, tuple(evidence), tuple(dict.fromkeys(other.title for other in rivals)))


def _in_question(account: Account, other: Account) -> bool:
    return account.sure == other.sure and abs(account.covered - other.covered) <= BESIDE


def _seen(account: Account) -> list[str]:
    percent = (account.covered * 100).to_integral_value()
    told = [f"{_count(account.frames, 'good frame')}, {account.different} different, {percent} % of the bytes"]
    if account.sealed:
        told.append("with a checksum that holds")
    if account.different == 1 and account.frames > 1 and account.weights:
        told.append("every frame says the same: put a load on, or the indicator may be frozen")
    if not account.weights:
        told.append("no frame carries a weight")
    if _jumps_to_and_fro(account):
        told.append("the load jumps to and fro in every frame: two indicators on one wire? Leave one connected")
    if account.line.bytesize == 7:
        told.append("seven data bits: a port that is left at eight takes the parity bit for the highest of them")
    if account.line.bytesize == 8 and account.line.parity != "N":
        told.append("there is a parity bit behind eight data bits; even and odd are not told apart")
    if account.rejected > 2:
        told.append(f"{account.rejected} broken pieces between the frames: noise, or a second device on the wire")
    return told


def _jumps_to_and_fro(account: Account) -> bool:
    """The same protocol from two indicators, frame by frame in turn."""
    values = [value for value in _values(account) if value is not None]
    steps = [(after - before, max(abs(after), abs(before))) for before, after in pairwise(values)]
    far = [step > 0 if abs(step) > JUMP_SHARE * size else None for step, size in steps]
    jumps = sum(None not in (one, other) and one is not other for one, other in pairwise(far))
    return jumps >= JUMPS_MIN and jumps >= JUMPING_SHARE * len(steps)


def _rivalry(account: Account, rivals: Sequence[Account]) -> list[str]:
    if not rivals:
        return []
    mine = _values(account)
    others = [_values(other) for other in rivals]
    if all(values == mine for values in others):
        return ["the others that fit read the same weights"]
    if mine and not any(others):
        return ["the others that fit take what it says for something else than this weight"]
    return ["the others that fit read other weights: compare with the indicator's own display"]


def _values(account: Account) -> list[Decimal | None]:
    return [one.value for one in account.readings if isinstance(one, WeightReading)]


def _neighbours(account: Account, accounts: Sequence[Account]) -> list[str]:
    """Another format that reads what this one leaves: two devices on one wire."""
    rest = 1 - account.covered
    if rest < SHARED_MIN:
        return []
    others = [
        other
        for other in accounts
        if other.line == account.line
        and other.different >= SURE_FRAMES
        and SHARED_MIN <= other.covered <= rest + 2 * BESIDE
    ]
    return [f"two devices seem to speak on this wire: {other.title} fits the rest" for other in others[:1]]


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
