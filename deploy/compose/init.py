"""Make what compose.yaml's services need, once: keys, tokens, passwords, and files that name them.

Every secret is drawn here and never leaves its volume; nothing has a default. A second run changes nothing.

    site/      toll-1.toml, its register and its environment      central/   central.toml, key and environment
    broker/    configuration, password hashes, access list        postgres/  the database's password
"""

import base64
import hashlib
import secrets
import sys
from pathlib import Path

from gateway.keys import new_key
from simulator.vehicles import make_trucks, registers_csv
from weighgate.shipped import config_dir

SITE, SEED, TRUCKS = "toll-1", 1, 10_000
HASH_ROUNDS = 1_000
BROKER = """\
listener 1883
allow_anonymous false
password_file /etc/weighgate/broker/passwords
acl_file /etc/weighgate/broker/access
persistence false
max_inflight_messages 100
max_queued_messages 1000
message_size_limit 8388608
"""
ACCESS = f"""\
user {SITE}
topic write weighgate/v1/{SITE}/entries
topic write weighgate/v1/{SITE}/status
topic read weighgate/v1/{SITE}/acks
topic read weighgate/v1/{SITE}/down/#

user central
topic read weighgate/v1/+/entries
topic read weighgate/v1/+/status
topic write weighgate/v1/+/acks
topic write weighgate/v1/+/down/#
"""
CENTRAL = """\
[central]
bind = "0.0.0.0:8700"
database = "postgresql://central@postgres/central"
evidence_dir = "/var/lib/weighgate/evidence"
key_file = "/etc/weighgate/central/central.key"
admin_token_env = "WEIGHGATE_ADMIN_TOKEN"

[mqtt]
url = "mqtt://broker:1883"
topic_prefix = "weighgate/v1"
username_env = "WEIGHGATE_MQTT_USERNAME"
password_env = "WEIGHGATE_MQTT_PASSWORD"

[[sites]]
id = "{site}"
token_env = "WEIGHGATE_TOKEN_TOLL_1"
box_keys = ["{box_key}"]
"""


def main(root: Path) -> None:
    """Fill the folders site, central, broker and postgres under `root`."""
    done = root / "central" / "central.toml"
    if done.exists():
        return
    tokens = {name: secrets.token_hex(24) for name in ("site", "local", "admin", "central", "postgres")}
    box, central = new_key(root / "site" / "box.key"), new_key(root / "central" / "central.key")
    trucks = list(make_trucks(SEED, TRUCKS, "toll-entrance"))
    _write(root / "site" / "vehicles.csv", registers_csv(trucks))
    _write(root / "site" / f"{SITE}.toml", site_file(central.public_hex))
    _write_env(root / "site" / "env", WEIGHGATE_SITE_TOKEN=tokens["site"], WEIGHGATE_LOCAL_TOKEN=tokens["local"])
    _write(root / "broker" / "mosquitto.conf", BROKER)
    _write(root / "broker" / "access", ACCESS)
    lines = [password_line(SITE, tokens["site"]), password_line("central", tokens["central"])]
    _write(root / "broker" / "passwords", "\n".join([*lines, ""]))
    _write(root / "postgres" / "password", tokens["postgres"])
    (root / "postgres").chmod(0o755)  # this volume has another user as its reader, and nobody else mounts it
    (root / "postgres" / "password").chmod(0o644)
    _write_env(
        root / "central" / "env",
        WEIGHGATE_ADMIN_TOKEN=tokens["admin"],
        WEIGHGATE_TOKEN_TOLL_1=tokens["site"],
        WEIGHGATE_MQTT_USERNAME="central",
        WEIGHGATE_MQTT_PASSWORD=tokens["central"],
        PGPASSWORD=tokens["postgres"],
    )
    _write(done, CENTRAL.format(site=SITE, box_key=box.public_hex))


def site_file(central_key: str) -> str:
    """The shipped toll entrance, at home in the containers: its devices are the simulator's, on the same loopback."""
    text = (config_dir() / "sites" / "toll.toml").read_text(encoding="utf-8")
    for old, new in (
        ('public_key = ""', f'public_key = "{central_key}"'),
        ('http = "http://127.0.0.1:8700"', 'http = "http://central:8700"'),
        ('mqtt = "mqtt://127.0.0.1:1883"', 'mqtt = "mqtt://broker:1883"'),
        ('dir = "var/toll-1"', 'dir = "/var/lib/weighgate"'),
        ('bind = "127.0.0.1:8703"', 'bind = "0.0.0.0:8703"'),
    ):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def password_line(user: str, password: str) -> str:
    """As mosquitto_passwd writes it: PBKDF2 with SHA-512."""
    salt = secrets.token_bytes(12)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, HASH_ROUNDS)
    return f"{user}:$7${HASH_ROUNDS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


def _write_env(path: Path, **values: str) -> None:
    _write(path, "".join(f"{name}={value}\n" for name, value in values.items()))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
