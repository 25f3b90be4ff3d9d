"""The files of a stand, one source exit and its central, as text: what no stand cares about is the same in all."""

SITE = """
[site]
id = "{site}"
name = "{site}"
kind = "source-exit"
enforcement_mode = "operator"
region = "410000"
[law]
limits = "cn-annex124-2016"
undetermined = "hold"
[central]
public_key = "{central_key}"
http = "{http}"
mqtt = "{mqtt}"
token_env = "WEIGHGATE_SITE_TOKEN"
[storage]
dir = "store"
raw_window_s = {raw_window_s}
[web]
bind = "127.0.0.1:{web}"
token_env = "WEIGHGATE_LOCAL_TOKEN"
cameras_from = ["127.0.0.1"]
[register]
vehicles = "vehicles.csv"
"""
CENTRAL = """
[central]
bind = "127.0.0.1:{central}"
database = "{database}"
evidence_dir = "evidence"
key_file = "central.key"
admin_token_env = "WEIGHGATE_ADMIN_TOKEN"
{mqtt}
[[sites]]
id = "{site}"
token_env = "WEIGHGATE_TOKEN_OF_THE_SITE"
box_keys = ["{box_key}"]
"""
MQTT = """
[mqtt]
url = "mqtt://127.0.0.1:{broker}"
topic_prefix = "weighgate/v1"
"""


def environ(site_token: str, admin_token: str, local_token: str) -> dict[str, str]:
    """The tokens under the names that these files read them by."""
    return {
        "WEIGHGATE_SITE_TOKEN": site_token,
        "WEIGHGATE_TOKEN_OF_THE_SITE": site_token,
        "WEIGHGATE_ADMIN_TOKEN": admin_token,
        "WEIGHGATE_LOCAL_TOKEN": local_token,
    }


def site_text(site: str, *, central_key: str, http: str, mqtt: str, web: int, raw_window_s: int = 10) -> str:
    """A site file up to its lanes. `http` and `mqtt` are central's addresses, "" where that way is not there."""
    return SITE.format(site=site, central_key=central_key, http=http, mqtt=mqtt, web=web, raw_window_s=raw_window_s)


def central_text(site: str, *, box_key: str, bind: int, database: str, broker: int | None) -> str:
    """Central's file. `database` is the SQLAlchemy URL, `broker` a port."""
    mqtt = "" if broker is None else MQTT.format(broker=broker)
    return CENTRAL.format(site=site, box_key=box_key, central=bind, database=database, mqtt=mqtt)
