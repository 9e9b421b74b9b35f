"""What a site decides for all that is run there: ``site.yaml`` and, beside it, its approvals of networks."""

from __future__ import annotations

import os
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


def site_folder() -> Path:
    """Folder of the site's settings and approvals: that of the user's settings unless `SITE_VARIABLE` names one.

    Raises
    ------
    OSError
        If this user has no home folder.
    """
    named = os.environ.get(SITE_VARIABLE)
    return Path(named) if named else config_folder()


def site_settings() -> SiteSettings:
    """Read ``site.yaml``; what it does not say, or all where there is none, is as `SiteSettings` has it.

    Raises
    ------
    RefusedError
        If it cannot be read or says something else: what a site requires must not be lost with it.
    """
    try:
        text = read_plain(site_folder() / SETTINGS_FILE, MOST_BYTES, SETTINGS_FILE)
    except FileNotFoundError:
        return SiteSettings()
    except OSError as error:
        raise RefusedError(f"{SETTINGS_FILE} of this site must be readable, found: {os_reason(error)}") from error
    try:
        return SiteSettings.model_validate(yaml.safe_load(text) or {})
    except ValidationError as error:
        raise RefusedError(f"{SETTINGS_FILE} of this site must be corrected: {faults_of(error)}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise RefusedError(f"{SETTINGS_FILE} of this site must be YAML, found none") from error
