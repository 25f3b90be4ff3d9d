"""What central must be told of a site, ready to be appended to central's file."""

from pathlib import Path

from gateway.keys import load_key, new_key
from gateway.settings import load_site


def enrolment(site: Path) -> tuple[str, str]:
    """The [[sites]] block of this site in TOML, and what must still be done, in words.

    Makes the box's key, as its first start would, where there is none yet.

    Raises:
        ConfigError: the site file or the key is at fault.
    """
    settings = load_site(site)
    key_file = Path(settings.storage.dir) / "box.key"
    key = load_key(key_file) if key_file.exists() else new_key(key_file)
    token_env = "WEIGHGATE_TOKEN_" + settings.site.id.upper().replace("-", "_")
    block = f'\n[[sites]]\nid = "{settings.site.id}"\ntoken_env = "{token_env}"\nbox_keys = ["{key.public_hex}"]\n'
    rest = (
        f"central reads this site's token from {token_env}: there, export {token_env}=<what the site has in "
        f"{settings.central.token_env}>, then start central again"
    )
    return block, rest
