"""Where a passage stands: every state of a lane and every way between them, in two tables.

Rule: nothing but `Machine.fire` changes a lane's state, and it knows only the moves below. A move that is not in the
table is a mistake of ours and stops the process; it is never papered over.

    platform:  waking → empty → entering ⇄ settling ⇄ identifying → recording → released | held → leaving → empty
    axle lane: waking → empty → crossing → identifying → recording → released | held → empty
"""

from collections.abc import Mapping
from enum import Enum, unique


@unique
class State(Enum):
    WAKING = "waking"  # just started: the lane has not yet said whether somebody stands on it
    EMPTY = "empty"
    ENTERING = "entering"
    SETTLING = "settling"
    CROSSING = "crossing"
    IDENTIFYING = "identifying"
    RECORDING = "recording"
    RELEASED = "released"
    HELD = "held"
    LEAVING = "leaving"


@unique
class Event(Enum):
    FOUND_EMPTY = "found empty"
    FOUND_RELEASED = "found a vehicle that was already released"
    FOUND_HELD = "found a vehicle that was already held"
    FOUND_GONE = "found that the recorded vehicle left"
    ARRIVED = "a vehicle is on"
    WHOLE_ON = "the whole vehicle is on"
    NOT_WHOLE = "the vehicle is no longer wholly on"
    SETTLED = "the load has settled"
    MOVED = "the load changed again"
    PASSED = "the vehicle has passed"
    MEASURED = "the weighing is ready to be recorded"
    GAVE_UP = "there is no lawful weighing"
    STORED_RELEASE = "durable, and it may go"
    STORED_HOLD = "durable, and it must wait"
    STORED_GONE = "durable, and nobody is there any more"
    RELEASE = "somebody's release is durable"
    LOAD_ROSE = "more came on than was weighed"
    LEFT = "the vehicle is leaving"
    CLEARED = "the lane is clear"


Table = Mapping[tuple[State, Event], State]

PLATFORM: Table = {
    (State.WAKING, Event.FOUND_EMPTY): State.EMPTY,
    (State.WAKING, Event.FOUND_RELEASED): State.RELEASED,
    (State.WAKING, Event.FOUND_HELD): State.HELD,
    (State.WAKING, Event.FOUND_GONE): State.LEAVING,
    (State.WAKING, Event.ARRIVED): State.ENTERING,
    (State.WAKING, Event.GAVE_UP): State.RECORDING,
    (State.EMPTY, Event.ARRIVED): State.ENTERING,
    (State.ENTERING, Event.WHOLE_ON): State.SETTLING,
    (State.ENTERING, Event.GAVE_UP): State.RECORDING,
    (State.SETTLING, Event.NOT_WHOLE): State.ENTERING,
    (State.SETTLING, Event.SETTLED): State.IDENTIFYING,
    (State.SETTLING, Event.GAVE_UP): State.RECORDING,
    (State.IDENTIFYING, Event.NOT_WHOLE): State.ENTERING,
    (State.IDENTIFYING, Event.MOVED): State.SETTLING,
    (State.IDENTIFYING, Event.MEASURED): State.RECORDING,
    (State.IDENTIFYING, Event.GAVE_UP): State.RECORDING,
    (State.RECORDING, Event.STORED_RELEASE): State.RELEASED,
    (State.RECORDING, Event.STORED_HOLD): State.HELD,
    (State.RECORDING, Event.STORED_GONE): State.LEAVING,
    (State.HELD, Event.RELEASE): State.RELEASED,
    (State.HELD, Event.LEFT): State.LEAVING,
    (State.RELEASED, Event.LOAD_ROSE): State.HELD,
    (State.RELEASED, Event.LEFT): State.LEAVING,
    (State.LEAVING, Event.CLEARED): State.EMPTY,
    (State.LEAVING, Event.ARRIVED): State.ENTERING,  # the next came on before zero was seen
}

AXLE_LANE: Table = {
    (State.WAKING, Event.FOUND_EMPTY): State.EMPTY,
    (State.WAKING, Event.FOUND_RELEASED): State.RELEASED,
    (State.WAKING, Event.FOUND_HELD): State.HELD,
    (State.WAKING, Event.ARRIVED): State.CROSSING,
    (State.WAKING, Event.GAVE_UP): State.RECORDING,
    (State.EMPTY, Event.ARRIVED): State.CROSSING,
    (State.CROSSING, Event.PASSED): State.IDENTIFYING,
    (State.CROSSING, Event.GAVE_UP): State.RECORDING,
    (State.CROSSING, Event.CLEARED): State.EMPTY,  # it touched the loop and never came onto the deck
    (State.IDENTIFYING, Event.MEASURED): State.RECORDING,
    (State.RECORDING, Event.STORED_RELEASE): State.RELEASED,
    (State.RECORDING, Event.STORED_HOLD): State.HELD,
    (State.HELD, Event.RELEASE): State.RELEASED,
    (State.HELD, Event.CLEARED): State.EMPTY,
    (State.RELEASED, Event.CLEARED): State.EMPTY,
}


class Machine:
    """Holds one lane's state. The only writer of it."""

    __slots__ = ("_state", "_table")

    def __init__(self, table: Table) -> None:
        self._table = table
        self._state = State.WAKING

    @property
    def state(self) -> State:
        return self._state

    def fire(self, event: Event) -> None:
        """Move along the table.

        Raises:
            AssertionError: the table knows no such move.
        """
        after = self._table.get((self._state, event))
        assert after is not None, f"{event} has no move from {self._state}"
        self._state = after
