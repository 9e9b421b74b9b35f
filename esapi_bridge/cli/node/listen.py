"""``esapi-bridge node listen``: receive exports, calculate complete plans, send the results back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from esapi_bridge.cli.node.options import Bind, Config
from esapi_bridge.node.choices import NodeTask


def listen(
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the node: inbox, results, records.")],
    config: Config = None,
    task: Annotated[
        NodeTask, typer.Option(help="What to do with a complete plan; none only collects it.")
    ] = NodeTask.DOSE,
    send_to: Annotated[
        str | None, typer.Option(metavar="PEER", help="Peer in the settings that gets the result. [default: nobody]")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Installed network, or a folder with card.yaml.")] = None,
    bind: Bind = "127.0.0.1",
    quiet_time: Annotated[
        float,
        typer.Option(min=0.0, help="Begin a plan that lacks something so long after its patient's last object, s."),
    ] = 300.0,
    keep_days: Annotated[float, typer.Option(min=0.0, help="Remove received objects after so long, days.")] = 30.0,
    idle_timeout: Annotated[
        float | None, typer.Option(min=0.0, help="End after so long without anything to do, s. [default: never]")
    ] = None,
) -> None:
    """Receive exports, calculate complete plans, send the results back.

    Peers that the settings do not name cannot connect. Ends with Ctrl-C.
    """
    from esapi_bridge.cli.console import progress, show_log
    from esapi_bridge.node.serve import Duty, serve
    from esapi_bridge.node.settings import read_node_settings

    if send_to is not None and task is NodeTask.NONE:
        raise typer.BadParameter("--send-to needs a task that makes something to send")
    settings = read_node_settings(config)
    show_log()
    progress.print(f"{len(settings.peers)} peers may connect; Ctrl-C ends the node")
    duty = Duty(task, model, send_to, quiet_s=quiet_time, keep_days=keep_days)
    serve(output, settings, duty, bind=bind, idle_timeout_s=idle_timeout)
