"""``node.yaml``: who this node is, which peers it talks to, and how much it takes in."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, IPvAnyAddress, ValidationError

from esapi_bridge.errors import BridgeError, RefusedError, faults_of, listed, os_reason
from esapi_bridge.folders.plain import read_plain
from esapi_bridge.folders.user import config_folder

SETTINGS_FILE = "node.yaml"
MOST_BYTES = 2**20

MEGABYTE, GIGABYTE = 10**6, 10**9

AeTitle = Annotated[str, Field(pattern=r"^[!-\[\]-~]([ -\[\]-~]{0,14}[!-\[\]-~])?$")]
"""Up to 16 printable ASCII characters without backslash, no space at either end (PS3.5 6.2)."""

PortNumber = Annotated[int, Field(ge=1, le=65535)]

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Peer(_Part):
    """Another node: its AE title, its IP address and, where this one calls it, its port."""

    ae_title: AeTitle
    address: IPvAnyAddress
    port: PortNumber | None = None

    @property
    def host(self) -> str:
        """The address as text."""
        return str(self.address)


class Limits(_Part):
    """How much is taken in; what would go beyond is refused.

    Parameters
    ----------
    inbox_gb, inbox_files
        Everything in the inbox, in 1e9 bytes and in objects.
    object_mb
        One object, 1e6 bytes. It is held in memory while it comes, by every association.
    associations
        At the same time.
    free_gb
        Room that stays free on the disk, 1e9 bytes.
    """

    inbox_gb: Positive = 100.0
    inbox_files: Annotated[int, Field(gt=0)] = 200_000
    object_mb: Positive = 512.0
    associations: Annotated[int, Field(gt=0)] = 8
    free_gb: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 2.0


class NodeSettings(_Part):
    """Everything ``node.yaml`` says.

    Parameters
    ----------
    ae_title, port
        Of this node; peers must call it by this title.
    peers
        The nodes it talks to, by a name of this site's choice. Nobody else may connect.
    timeout_s
        How long a peer may be silent, in a connection, an association and an answer.
    limits
        How much is taken in.
    """

    ae_title: AeTitle = "ESAPI_BRIDGE"
    port: PortNumber = 11112
    peers: dict[str, Peer]
    timeout_s: Positive = 60.0
    limits: Limits = Limits()

    def peer(self, name: str) -> Peer:
        """Find a peer that this node calls.

        Raises
        ------
        BridgeError
            If there is none of that name, or its port is not stated.
        """
        if name not in self.peers:
            raise BridgeError(f"{SETTINGS_FILE} must hold the peer {name!r}, found {listed(sorted(self.peers))}")
        if self.peers[name].port is None:
            raise BridgeError(f"{SETTINGS_FILE} must state the port of the peer {name!r} to call it, found none")
        return self.peers[name]

    def name_of(self, ae_title: str, address: str) -> str | None:
        """Find the name of the peer with an AE title at an IP address; None where nobody is allowed with both."""
        host = plain_address(address)
        return next((n for n, p in self.peers.items() if p.ae_title == ae_title.strip() and p.host == host), None)


def plain_address(address: str) -> str:
    """Write an IP address as `Peer.host` does; an IPv4 address that came in the form of IPv6 is IPv4."""
    found = ipaddress.ip_address(address.partition("%")[0])
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return str(mapped or found)


def read_node_settings(path: Path | None) -> NodeSettings:
    """Read ``node.yaml``, by default that of the user's settings folder.

    Raises
    ------
    BridgeError
        If it is not there or cannot be read.
    RefusedError
        If it does not hold what is needed, or anything else.
    """
    try:
        found = path or config_folder() / SETTINGS_FILE
        content = yaml.safe_load(read_plain(found, MOST_BYTES, SETTINGS_FILE).decode("utf-8"))
    except OSError as error:
        raise BridgeError(
            f"{SETTINGS_FILE} could not be read: {os_reason(error)}; write one that names the peers, as "
            "docs/how-to/dicom-node.md shows, and name it with --config"
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise RefusedError(f"{SETTINGS_FILE} must be YAML in UTF-8, found something else") from error
    try:
        return NodeSettings.model_validate(content)
    except ValidationError as error:
        raise RefusedError(f"{SETTINGS_FILE}: {faults_of(error)}") from error
