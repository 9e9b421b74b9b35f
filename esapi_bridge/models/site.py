"""What a site decides for all that is run there: ``site.yaml`` and, beside it, its approvals of networks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from esapi_bridge.errors import RefusedError, faults_of, os_reason
from esapi_bridge.folders.plain import read_plain
from esapi_bridge.folders.user import config_folder

SITE_VARIABLE = "ESAPI_BRIDGE_SITE"
"""Environment variable that names another folder, one for all users of a site."""

SETTINGS_FILE = "site.yaml"
MOST_BYTES = 2**20


class SiteSettings(BaseModel):
    """Everything ``site.yaml`` says.

    Parameters
    ----------
    require_commissioned
        Whether a network that is not approved here is refused; else a run warns.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    require_commissioned: bool = False


_named: ContextVar[Path | None] = ContextVar("site", default=None)


@contextmanager
def at_site(file: Path | None) -> Iterator[None]:
    """Let what is run within be that of a site whose ``site.yaml`` is named; None: of whichever site is usual here.

    A file that was named must be there: what it requires is not forgotten because a disk is away.
    """
    before = _named.set(file)
    try:
        yield
    finally:
        _named.reset(before)


def site_folder() -> Path:
    """Folder of the site's settings and approvals: of `at_site`, of `SITE_VARIABLE`, or that of the user's settings.

    Raises
    ------
    OSError
        If this user has no home folder.
    """
    file = _named.get()
    if file is not None:
        return file.parent
    named = os.environ.get(SITE_VARIABLE)
    return Path(named) if named else config_folder()


def site_settings() -> SiteSettings:
    """Read ``site.yaml``; what it does not say, or all where there is none nor one named, is as `SiteSettings` has it.

    Raises
    ------
    RefusedError
        If it cannot be read or says something else: what a site requires must not be lost with it.
    """
    file = _named.get()
    if file is not None:
        return read_site(file)
    try:
        return _read(site_folder() / SETTINGS_FILE)
    except FileNotFoundError:
        return SiteSettings()
    except OSError as error:
        raise _unreadable(error) from error


def read_site(file: Path) -> SiteSettings:
    """Read a ``site.yaml`` that must be there.

    Raises
    ------
    RefusedError
        If it has another name, is missing, cannot be read or says something else.
    """
    if file.name != SETTINGS_FILE:
        raise RefusedError(f"the site's settings must be a file {SETTINGS_FILE}, found one of another name; rename it")
    try:
        return _read(file)
    except OSError as error:
        raise _unreadable(error) from error


def _read(file: Path) -> SiteSettings:
    text = read_plain(file, MOST_BYTES, SETTINGS_FILE)
    try:
        return SiteSettings.model_validate(yaml.safe_load(text) or {})
    except ValidationError as error:
        raise RefusedError(f"{SETTINGS_FILE} of this site must be corrected: {faults_of(error)}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise RefusedError(f"{SETTINGS_FILE} of this site must be YAML, found none") from error


def _unreadable(error: OSError) -> RefusedError:
    return RefusedError(f"{SETTINGS_FILE} of this site must be readable, found: {os_reason(error)}")
