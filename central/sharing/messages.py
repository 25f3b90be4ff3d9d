"""Messages to webhooks: what is told, under which name, and how it is signed. Pure.

Signed as Standard Webhooks does: over `<id>.<seconds>.<body>`, in the header `webhook-signature`,
    v1,<base64 HMAC-SHA256>     where the hook has a secret
    v1a,<base64 Ed25519>        by central's own key, whose public half `GET /api/v1/sites` tells
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import Any

from central.supervision_rules import Hook
from gateway.contract.entry import canonical

BODY_BYTES_MAX = 64 * 1024
RETRY_MIN_MS, RETRY_MAX_MS = 5_000, 3_600_000
ATTEMPTS_MAX = 100
"""Four days at one an hour; then it is given up, shown, and can be asked for anew."""


def body_of(kind: str, key: str, content: Mapping[str, Any]) -> str:
    """What is sent: {type, key, data}, canonical."""
    return canonical({"type": f"weighgate.{kind}", "key": key, "data": dict(content)}).decode()


def name_of(body: str, before: str) -> str:
    """A message's name, from its body and the name of the one before it about the same thing."""
    return f"msg_{hashlib.sha256(f'{before}|{body}'.encode()).hexdigest()[:32]}"


def headers_of(hook: Hook, message: str, body: str, now_ms: int, sign: Callable[[bytes], bytes]) -> dict[str, str]:
    seconds = str(now_ms // 1000)
    signed = f"{message}.{seconds}.{body}".encode()
    if hook.secret:
        digest = hmac.new(hook.secret.encode(), signed, hashlib.sha256).digest()
        signature = f"v1,{base64.b64encode(digest).decode()}"
    else:
        signature = f"v1a,{base64.b64encode(sign(signed)).decode()}"
    return {
        "content-type": "application/json",
        "webhook-id": message,
        "webhook-timestamp": seconds,
        "webhook-signature": signature,
    }


def rest_ms(attempts: int) -> int:
    """How long after so many failures in a row: twice as long each time, an hour at most."""
    return min(RETRY_MIN_MS << min(attempts, 20), RETRY_MAX_MS)
