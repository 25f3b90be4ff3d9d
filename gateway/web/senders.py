"""Who may knock without a token: addresses that the site file names, and nobody by default."""

import ipaddress
from collections.abc import Iterable

from fastapi import Request


def comes_from(request: Request, networks: Iterable[str]) -> bool:
    """Whether the sender's address is in one of these networks (`192.168.1.99`, `10.0.0.0/24`)."""
    try:
        host = ipaddress.ip_address(request.client.host if request.client else "")
    except ValueError:
        return False
    host = getattr(host, "ipv4_mapped", None) or host  # as a socket for both families tells it
    return any(host in ipaddress.ip_network(one) for one in networks)
