"""When central's answer is believed, and when it says that central has lost something.

An *incarnation* names one life of central's store: one that may have gone back (restored from a backup) has another.
Answers can be late, and a late one from before a restore must not let go of what the restore lost. So:

1. It is signed with the pinned key over the object as sent, and it is for this site; else it is nothing.
2. It answers something that we asked (an HTTP request, or `answers` says our question back). If we asked after we last
   learned that central had turned (another incarnation, or gone back), it is believed whatever its incarnation: one
   that is not the current becomes the current. If we asked before, it is left: what it covered is offered again.
3. It comes by itself: believed only with the current incarnation. Any other makes us ask.
4. A `through` lower than known means that central went back only when we asked after learning the higher one; otherwise
   it is merely late.

Until the first answer there is no current incarnation, so a start begins with a question. A central that had nothing of
us then cannot answer it; what it says by itself of what we sent meanwhile makes us ask anew, at once, and is weighed
again when that is answered, as if the network had brought it a moment later.
"""

from collections import deque
from collections.abc import Callable, Sequence
from enum import Enum

from gateway.contract.signing import verify
from gateway.contract.wire import Acknowledgement, ReceivedAcknowledgement

QUESTIONS_MAX = 8
JOURNALS_MAX = 100
EARLY_MAX = 16


class Word(Enum):
    BELIEVED = "believed"
    WENT_BACK = "went back"
    """Believed; and what lies above it is to be offered again first, for central may have lost it."""

    LATE = "late"
    """Believed in what it covers; it says nothing about the rest."""

    DOUBTED = "doubted"
    FORGED = "forged"
    ELSEWHERE = "for another site"


class Belief:
    """Holds no lock: weigh an answer, apply it and call `applied` before the next is weighed."""

    def __init__(self, site: str, central_public_hex: str, new_question: Callable[[], str]) -> None:
        self._site = site
        self._central = central_public_hex
        self._new_question = new_question
        self._tick = 0
        self._turned = 0
        self._incarnation: str | None = None
        self._places: dict[str, tuple[int, int]] = {}  # journal → highest through, the tick at which it was learned
        self._questions: dict[str, int] = {}
        self._early: deque[ReceivedAcknowledgement] = deque(maxlen=EARLY_MAX)
        self.wants_to_ask = True
        self.asks_at_once = False
        """Set by the first answer that came too early; whoever asks takes it back."""

    def asking(self) -> int:
        """What to remember with a request, and to hand back with its answer."""
        return self._tick

    def question(self) -> str:
        """A new question; the last few before it may still be answered."""
        while len(self._questions) >= QUESTIONS_MAX:
            del self._questions[next(iter(self._questions))]
        question = self._new_question()
        self._questions[question] = self._tick
        return question

    def weigh(self, answer: Sequence[ReceivedAcknowledgement], asked: int | None) -> list[tuple[Acknowledgement, Word]]:
        """`asked` is what `asking` gave before the request, None for an answer that came by itself."""
        turned = self._turned
        return [(one.ack, self._word(one, asked, turned)) for one in answer]

    def early(self) -> list[ReceivedAcknowledgement]:
        """What came by itself before anything was believed, once something is: to be weighed again."""
        if self._incarnation is None:
            return []
        found = list(self._early)
        self._early.clear()
        return found

    def _word(self, received: ReceivedAcknowledgement, asked: int | None, turned: int) -> Word:
        ack = received.ack
        if not signed_by(received, self._central):
            return Word.FORGED
        if ack.site != self._site:
            return Word.ELSEWHERE
        if asked is None and ack.answers:
            asked = self._questions.get(ack.answers)
        word = self._word_of_central(ack, asked, turned)
        if word is Word.DOUBTED and self._incarnation is None:
            self.asks_at_once = self.asks_at_once or not self._early
            self._early.append(received)
        if word is Word.DOUBTED or (word is Word.LATE and asked is None):
            self.wants_to_ask = True
        elif asked is not None:
            self.wants_to_ask = False
        return word

    def _word_of_central(self, ack: Acknowledgement, asked: int | None, turned: int) -> Word:
        if asked is not None and asked < turned:
            if not ack.answers:
                return Word.DOUBTED
            asked = None  # the same announcement's next journal, or an old one's: the incarnation tells
        if ack.incarnation != self._incarnation:
            if asked is None:
                return Word.DOUBTED
            self._turn()
            self._incarnation = ack.incarnation
            self._places.clear()
            return Word.WENT_BACK
        through, learned = self._places.get(ack.journal, (None, 0))
        if through is not None and ack.through >= through:
            return Word.BELIEVED
        if through is not None and (asked is None or asked < learned):
            return Word.LATE
        if through is not None:
            self._turn()
        return Word.WENT_BACK

    def _turn(self) -> None:
        self._tick += 1
        self._turned = self._tick

    def applied(self, ack: Acknowledgement, word: Word) -> None:
        """The outbox has taken it."""
        if word in (Word.BELIEVED, Word.WENT_BACK):
            if self._places.get(ack.journal, (-1, 0))[0] != ack.through:
                self._tick += 1
                self._places[ack.journal] = (ack.through, self._tick)
            while len(self._places) > JOURNALS_MAX:
                del self._places[next(iter(self._places))]


def signed_by(received: ReceivedAcknowledgement, central_public_hex: str) -> bool:
    """Whether central itself signed this, with the key pinned in the site file."""
    if not central_public_hex or not received.ack.signature:
        return False
    try:
        signature = bytes.fromhex(received.ack.signature)
    except ValueError:
        return False
    return verify(central_public_hex, signature, received.signed)
