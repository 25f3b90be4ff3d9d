"""Is the program in this container alive? Exit 0 yes, 1 no. WEIGHGATE_HEALTH_URL says where it answers."""

import os
import sys
import urllib.error
import urllib.request

ANSWER_S_MAX = 4

if __name__ == "__main__":
    url = os.environ.get("WEIGHGATE_HEALTH_URL", "http://127.0.0.1:8700/healthz")
    try:
        with urllib.request.urlopen(url, timeout=ANSWER_S_MAX):  # noqa: S310 - the address is our own
            sys.exit(0)
    except (urllib.error.URLError, TimeoutError, OSError) as error:
        sys.exit(f"{url}: {error}")
