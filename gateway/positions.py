"""What a lane's board says, as the core is told: all that stands at one end of the scale is one position.

    loop_entry     on   a loop, light curtain or infrared beam at that end is covered
                   off  all of them are wired and known to be free: the vehicle is wholly on, or gone
    emergency      on   the lane is out of order until it is released; its arms do not come down

Only what is wired counts; what is not known keeps its end unknown.
"""

from collections.abc import Callable, Collection, Mapping

from drivers.readings import HealthReading, InputReading

ENDS: Mapping[str, tuple[str, ...]] = {
    "loop_entry": ("loop_entry", "curtain_entry", "beam_entry"),
    "loop_exit": ("loop_exit", "curtain_exit", "beam_exit"),
}
MEMBERS = {member: end for end, members in ENDS.items() for member in members}
PRESSED = HealthReading("lost", "the emergency stop is pressed: release it when the lane is safe")


class Positions:
    """One lane's. `inputs` holds every role as last read, for the interlocks; it is empty while the board is lost.

    `tell` and `health` are the lane's own ears. `health` hears what the core should believe, `outage` the same.
    """

    def __init__(
        self,
        wired: Collection[str],
        inputs: dict[str, bool],
        tell: Callable[[InputReading], None],
        health: Callable[[HealthReading], None],
    ) -> None:
        self._ends = {end: tuple(one for one in members if one in wired) for end, members in ENDS.items()}
        self._inputs, self._tell, self._health = inputs, tell, health
        self._told: dict[str, bool] = {}
        self._stopped = False

    def hear(self, reading: HealthReading | InputReading) -> None:
        """From the board's driver."""
        if isinstance(reading, HealthReading):
            if reading.state != "live":
                self._inputs.clear()  # unknown, never the last known
                self._told.clear()
            if not self._stopped:
                self._health(reading)
            return
        self._inputs[reading.name] = reading.on
        if reading.name == "emergency":
            self._stop(on=reading.on)
        elif not self._stopped:
            self._say(MEMBERS.get(reading.name, reading.name))

    def _stop(self, *, on: bool) -> None:
        if on == self._stopped:
            return
        self._stopped = on
        self._told.clear()
        if on:
            self._health(PRESSED)
            return
        self._health(HealthReading("live"))
        for role in dict.fromkeys(MEMBERS.get(one, one) for one in self._inputs if one != "emergency"):
            self._say(role)

    def _say(self, role: str) -> None:
        on = self._of(role)
        if on is not None and self._told.get(role) != on:
            self._told[role] = on
            self._tell(InputReading(role, on))

    def _of(self, role: str) -> bool | None:
        said = [self._inputs.get(one) for one in self._ends.get(role, (role,))]
        if True in said:
            return True
        return None if None in said else False
