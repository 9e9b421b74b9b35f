"""What the commands of the two networks share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from dosenet.unsound import UnsoundStoreError
from esapi_bridge.errors import BridgeError, RefusedError

PairStore = Annotated[
    Path, typer.Argument(metavar="DATA", help="Store of paired doses, a .zarr folder.", exists=True, file_okay=False)
]
"""Data of the dose network, as 'data dose' and 'data collect dose' make it."""

PlanStore = Annotated[
    Path, typer.Argument(metavar="DATA", help="Store of plans, a .zarr folder.", exists=True, file_okay=False)
]
"""Data of the fluence network, as 'data fluence' and 'data collect fluence' make it."""

Preset = Annotated[str, typer.Option(help="Network and recipe: a name, or a YAML file.")]
"""What a training is told about the network."""

Threads = Annotated[int | None, typer.Option(min=1, help="Threads of the processor. [default: as torch does]")]
"""How many threads torch computes with."""


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turn what `dosenet` and `fluencenet` raise on a user's mistake into what ends a command.

    Raises
    ------
    BridgeError
        With the same text.
    RefusedError
        The same, of a store that must not be learnt from.
    """
    try:
        yield
    except UnsoundStoreError as error:
        raise RefusedError(str(error)) from error
    except ValueError as error:
        raise BridgeError(str(error)) from error
