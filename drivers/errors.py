"""What can go wrong below the gateway.

    DriverError              expected; counted, shown, reconnected
    ├── FrameError           these bytes are not a frame of this protocol
    ├── LinkError            the medium: a port that is not there, a peer that hung up
    ├── DeviceError          the device answered, and said no (a Modbus exception, a wrong echo)
    └── DeviceTimeout        the device did not answer in time

Our own mistakes are AssertionError and stop the process for the supervisor to restart.
"""


class DriverError(Exception):
    """Something a device or its link can do to us on any day."""


class FrameError(DriverError):
    """These bytes are not a frame of this protocol; the message says which rule they break."""


class LinkError(DriverError):
    """The medium failed: `what` was opened, why it failed, and how to cure it stand in the message."""


class DeviceError(DriverError):
    """The device answered, and the answer was no or nonsense."""


class DeviceTimeout(DriverError):  # noqa: N818 - the field says time-out, not time-out error
    """The device did not answer in time."""
