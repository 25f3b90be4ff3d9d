"""One site's gateway as a service: what `weighgate run` does."""

import asyncio
import os
from pathlib import Path

from gateway.bootstrap import run_site
from gateway.log import start_log
from gateway.settings import load_site
from weighgate.shipped import config_dir


def serve_site(file: Path) -> None:
    """Until it is stopped.

    Raises:
        GatewayError: the site file is wrong, or what it names is not there.
    """
    settings = load_site(file)
    names = (settings.web.token_env, settings.central.token_env)
    start_log(secrets=[os.environ.get(name, "") for name in names])
    asyncio.run(run_site(settings, config_dir()))
