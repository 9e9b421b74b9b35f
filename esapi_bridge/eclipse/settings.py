"""The settings file beside the installed scripts, as the Python inside Eclipse needs it; standard library only."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from esapi_bridge.errors import BridgeError, RefusedError
from esapi_bridge.folders.plain import read_plain
from esapi_bridge.worker.client import Launch
from esapi_bridge.worker.home import default_jobs
from esapi_bridge.worker.old_jobs import KEEP_DAYS

SCHEMA = 1
IDLE_TIMEOUT_S = 900.0
MOST_BYTES = 2**20


@dataclass(frozen=True)
class Settings:
    """What the worker's client needs to know.

    Parameters
    ----------
    jobs
        The jobs folder.
    launch
        How a worker is started.
    site
        The ``site.yaml`` that jobs obey; None: that of the worker.
    """

    jobs: Path
    launch: Launch
    site: str | None = None


def read_settings(path: str) -> Settings:
    """Read ``esapi-bridge.json``.

    Parameters
    ----------
    path
        The file. Its keys for the compiled scripts alone are left to them.

    Raises
    ------
    BridgeError
        If it is missing or does not hold what is needed.
    """
    try:
        values = json.loads(read_plain(Path(path), MOST_BYTES, "the settings file"))
    except (RefusedError, OSError, ValueError, RecursionError) as error:
        raise BridgeError("expected the settings file of the scripts, found none; install the scripts again") from error
    if not isinstance(values, dict) or values.get("schema") != SCHEMA:
        raise BridgeError(f"the settings file must have schema {SCHEMA}; install the scripts again")
    python, folders, jobs = values.get("python_executable"), values.get("site_packages", []), values.get("jobs")
    site = values.get("site")
    numbers = [
        values.get(key, default) for key, default in (("idle_timeout_s", IDLE_TIMEOUT_S), ("keep_days", KEEP_DAYS))
    ]
    if (
        not isinstance(python, str)
        or not (isinstance(folders, list) and all(isinstance(folder, str) for folder in folders))
        or not (isinstance(jobs, str | None) and isinstance(site, str | None))
        or not all(isinstance(number, int | float) and number > 0 for number in numbers)
    ):
        raise BridgeError(
            "the settings file must hold python_executable, site_packages, jobs, site, idle_timeout_s and keep_days; "
            "install the scripts again"
        )
    idle_timeout_s, keep_days = map(float, numbers)
    launch = Launch(python, tuple(folders), idle_timeout_s, keep_days, os.getpid())
    return Settings(Path(jobs) if jobs else default_jobs(), launch, site)
