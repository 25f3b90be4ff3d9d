"""What good frames can still be wrong about: the unit, the indicator that hangs, the second one on the same wire.

Pure. Each doubt is a sentence for an installer; while one stands, what the scale says is no weight.
"""

from collections import deque
from decimal import Decimal

from drivers.readings import KILOGRAMS_PER_UNIT, Unit, WeightReading

THOUSANDFOLD = Decimal(1000)
JUMP_SHARE = Decimal("0.2")  # of the larger load: no body bounces so far from one frame to the next
JUMP_INTERVALS = 20
LOOKS, JUMPS_MIN, JUMPS_CALM = 24, 15, 6  # axles rolling over a short deck jump too, but not in every frame
LOADED_INTERVALS = 10
FROZEN_MS = 1_800_000


class Suspicion:
    """One for each open line. `unit` and `interval_kg` are what the site says; without an interval nothing is doubted.

    `frozen_ms`: a load that has not changed by a digit for so long is a picture. An empty platform says zero all
    night, and a load of zero is never called frozen.
    """

    def __init__(self, unit: Unit | None, interval_kg: int | None, frozen_ms: int = FROZEN_MS) -> None:
        self._unit, self._interval_kg, self._frozen_ms = unit, interval_kg, frozen_ms
        self._last: Decimal | None = None
        self._since_ms = 0
        self._rose: bool | None = None
        self._jumped: deque[bool] = deque(maxlen=LOOKS)
        self._jumps = 0
        self._two = False

    def doubt(self, reading: WeightReading, at_ms: int) -> str:
        """Why this reading is no weight, or nothing. Give it every reading, as the wire said it."""
        if self._interval_kg is None:
            return ""
        if reading.unit is None and (fault := _unit_fault(reading, self._unit, self._interval_kg)):
            return fault
        mass_kg = reading.assume(self._unit).mass_kg
        if mass_kg is None:
            self._last, self._since_ms = None, at_ms
            return ""
        return self._watch(mass_kg, at_ms, self._interval_kg)

    def _watch(self, mass_kg: Decimal, at_ms: int, interval_kg: int) -> str:
        self._count_jump(mass_kg, interval_kg)
        if mass_kg != self._last or abs(mass_kg) < LOADED_INTERVALS * interval_kg:
            self._last, self._since_ms = mass_kg, at_ms
        if self._two:
            return "the load jumps to and fro in every frame: two indicators on one wire? Leave one connected"
        if at_ms - self._since_ms >= self._frozen_ms:
            return (
                f"frozen: the same {mass_kg.normalize():f} kg for {self._frozen_ms // 1000} s; "
                "look at the indicator's display and switch it off and on"
            )
        return ""

    def _count_jump(self, mass_kg: Decimal, interval_kg: int) -> None:
        if self._last is None:
            return
        step_kg = mass_kg - self._last
        far = abs(step_kg) > max(JUMP_SHARE * max(abs(mass_kg), abs(self._last)), Decimal(JUMP_INTERVALS * interval_kg))
        jumped = far and self._rose is not (step_kg > 0)
        if far:
            self._rose = step_kg > 0
        if len(self._jumped) == LOOKS:
            self._jumps -= self._jumped[0]
        self._jumped.append(jumped)
        self._jumps += jumped
        self._two = self._jumps > JUMPS_CALM if self._two else self._jumps >= JUMPS_MIN


def _unit_fault(reading: WeightReading, unit: Unit | None, interval_kg: int) -> str:
    """The wire's last digit against the site's interval: a thousandfold between them is a unit set wrongly."""
    if reading.value is None or unit is None:
        return ""
    exponent = reading.value.as_tuple().exponent
    assert isinstance(exponent, int)
    digit_kg = KILOGRAMS_PER_UNIT[unit].scaleb(exponent)
    if digit_kg > interval_kg:
        how = "coarser than"
    elif digit_kg * THOUSANDFOLD <= interval_kg:
        how = "a thousandth of"
    else:
        return ""
    return (
        f"the wire's last digit, in {unit}, is {how} the scale's interval of {interval_kg} kg: "
        "does the indicator show another unit than the site file says?"
    )
