"""Central's address, taken before anything else is opened, so that a second central touches nothing."""

import errno
import socket

from central.errors import ListenError

BACKLOG = 128
_CURES = {
    errno.EADDRINUSE: "stop the program that has it, or set another port in central.bind",
    errno.EACCES: "set a port above 1023 in central.bind, or give this program the right to low ports",
}


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Port 0 takes a free one.

    Raises:
        ListenError: the address is taken, forbidden, or not of this machine.
    """
    shown = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        assert isinstance(address[0], str)
        listener = socket.create_server((address[0], port), family=family, backlog=BACKLOG)
        # What it accepts inherits this. asyncio sets it only on sockets that name their protocol, which this does not;
        # an answer of head and body then waits 40 ms for the other side's delayed acknowledgement.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except (OSError, UnicodeError) as error:  # UnicodeError: a name that is none
        code = error.errno if isinstance(error, OSError) and not isinstance(error, socket.gaierror) else None
        cure = _CURES.get(code or 0, "set an address of this machine in central.bind")
        why = (error.strerror if isinstance(error, OSError) else None) or "this is no host name"
        raise ListenError(f"central cannot listen on {shown}: {why}; cure: {cure}") from error
    return listener
