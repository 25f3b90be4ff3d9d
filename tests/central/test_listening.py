"""What central listens on."""

import socket

from central.listening import listen


def test_no_answer_waits_for_the_other_sides_delayed_acknowledgement() -> None:
    with (
        listen("127.0.0.1", 0) as listener,
        socket.create_connection(listener.getsockname()),
        listener.accept()[0] as accepted,
    ):
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
