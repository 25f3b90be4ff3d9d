"""What an installer has a scale do: zero, tare, clear, by the command that its register map has from its manual.

Nothing here is ever sent unasked. The lane must be empty, and the entry that says who and why is durable before the
command goes out; a second one says what the instrument answered.
"""

from collections.abc import Mapping

from drivers.device import ScaleDevice
from drivers.errors import DriverError
from drivers.modbus_scale import ModbusScale
from gateway.core.states import State
from gateway.errors import GatewayError
from gateway.station import Station


class NotNow(GatewayError):  # noqa: N818 - an answer to an installer, not a fault
    """Nothing was sent: the lane's scale takes no such command, or a vehicle may stand on it."""


class NotConfirmed(GatewayError):  # noqa: N818 - likewise
    """It was sent, and the instrument did not confirm it."""


class ScaleOrders:
    """`scales` by lane: those behind a register map can take commands, a stream only speaks."""

    def __init__(self, station: Station, scales: Mapping[str, ScaleDevice | ModbusScale]) -> None:
        self._station, self._scales = station, scales

    async def command(self, lane_id: str, name: str, *, by: str, reason: str) -> None:
        """Have it done.

        Raises:
            NotNow, JournalError: nothing was sent.
            NotConfirmed: the instrument refused or did not answer.
        """
        scale = self._able(lane_id, name)
        said = {"lane": lane_id, "scale": scale.name, "command": name, "by": by, "reason": reason}
        self._refuse_taken(lane_id)
        await self._station.audit("scale-command", said)
        try:
            self._refuse_taken(lane_id)  # somebody may have driven on while it was stored
            await scale.command(name)
        except (DriverError, NotNow) as error:
            await self._station.audit("scale-command-failed", {**said, "why": str(error)})
            raise error if isinstance(error, NotNow) else NotConfirmed(f"{scale.name}, {name}: {error}") from error
        await self._station.audit("scale-command-done", said)

    def _able(self, lane_id: str, name: str) -> ModbusScale:
        scale = self._scales.get(lane_id)
        if scale is None:
            raise NotNow(f"no lane {lane_id[:40]!r}; known: {', '.join(self._scales)}")
        if not isinstance(scale, ModbusScale):
            raise NotNow(
                f"{scale.name} speaks frames and takes no command: a letter tares one model and reads another; "
                "do it on the indicator itself"
            )
        if name not in scale.commands:
            known = ", ".join(scale.commands) or "none: its register map has no commands"
            raise NotNow(f"{scale.name} takes no command {name[:40]!r}; known: {known}")
        return scale

    def _refuse_taken(self, lane_id: str) -> None:
        state = self._station.lanes[lane_id].passage.state
        if state is not State.EMPTY:
            raise NotNow(f"lane {lane_id} is {state.value}, not empty; wait until nobody is on its scale")
