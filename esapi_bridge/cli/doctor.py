"""``esapi-bridge doctor``: what is installed, what is missing and what to do about it."""

from __future__ import annotations

import platform
import sys
from dataclasses import asdict, dataclass
from typing import Annotated

import typer

from esapi_bridge import INTENDED_USE, __version__
from esapi_bridge.errors import BridgeError

SUPPORTED_PYTHON = ((3, 11), (3, 12))


@dataclass(frozen=True)
class Finding:
    """One thing looked at.

    Parameters
    ----------
    name
        What was looked at.
    found
        What was found.
    ok
        Whether the package can work with it; what is merely optional is always ok.
    advice
        What to do; empty where nothing needs doing.
    """

    name: str
    found: str
    ok: bool = True
    advice: str = ""


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False) -> None:
    """Say what is installed and what is missing."""
    findings = [_python(), _platform(), _threads(), *_packages(), *_devices(), *_models()]
    healthy = all(finding.ok for finding in findings)
    if as_json:
        import json

        report = {"version": __version__, "ok": healthy, "findings": [asdict(f) for f in findings]}
        typer.echo(json.dumps({**report, "intended_use": INTENDED_USE}, indent=2))
    else:
        from rich.table import Table

        from esapi_bridge.cli.console import out

        table = Table("", "what", "found", "advice", box=None)
        for finding in findings:
            mark = "[green]ok[/green]" if finding.ok else "[red]missing[/red]"
            table.add_row(mark, finding.name, finding.found, finding.advice)
        out.print(table)
    if not healthy:
        raise typer.Exit(BridgeError.exit_code)


def _python() -> Finding:
    bits = 64 if sys.maxsize > 2**32 else 32
    ok = sys.version_info[:2] in SUPPORTED_PYTHON and bits == 64
    return Finding(
        "Python", f"{platform.python_version()}, {bits} bit", ok, "" if ok else "install 64-bit Python 3.11 or 3.12"
    )


def _platform() -> Finding:
    import os

    return Finding("platform", f"{platform.system()} {platform.machine()}, {os.cpu_count()} logical processors")


def _threads() -> Finding:
    from dosenet.threads import how_threads_wait

    return Finding("threads", f"wait as set by {how_threads_wait() or 'nobody: they spin'}")


def _packages() -> list[Finding]:
    """Compare what is installed with what the package declares; imports none of it."""
    from importlib import metadata

    from packaging.requirements import Requirement

    findings = []
    for text in metadata.requires("esapi-bridge") or []:
        requirement = Requirement(text)
        needed = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if not needed and not _in_extra(requirement, "train"):
            continue
        try:
            version = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            advice = f"pip install '{requirement.name}{requirement.specifier}'"
            findings.append(
                Finding(requirement.name, "none", ok=not needed, advice=advice + ("" if needed else " to train"))
            )
            continue
        fits = requirement.specifier.contains(version, prereleases=True)
        advice = "" if fits else f"pip install '{requirement.name}{requirement.specifier}'"
        findings.append(Finding(requirement.name, version, fits or not needed, advice))
    return findings


def _in_extra(requirement: object, extra: str) -> bool:
    marker = getattr(requirement, "marker", None)
    return marker is not None and bool(marker.evaluate({"extra": extra}))


def _devices() -> list[Finding]:
    try:
        import torch
    except (ImportError, OSError):  # OSError: a shared library of torch is missing
        return [Finding("GPU", "unknown, torch does not load", ok=False, advice="install torch again")]
    if not torch.cuda.is_available():
        return [Finding("GPU", "none that torch can use", advice="networks run on the processor, more slowly")]
    return [Finding("GPU", torch.cuda.get_device_name(i)) for i in range(torch.cuda.device_count())]


def _models() -> list[Finding]:
    from esapi_bridge.errors import RefusedError
    from esapi_bridge.models import list_models

    findings = []
    for model in list_models():
        try:
            model.verify()
        except RefusedError as error:
            findings.append(Finding(f"network {model.card.name}", "damaged", ok=False, advice=str(error)))
        else:
            findings.append(
                Finding(f"network {model.card.name}", f"version {model.card.version}, weights as in its card")
            )
    return findings or [Finding("networks", "none", ok=False, advice="install a release, which carries them")]
