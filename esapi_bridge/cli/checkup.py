"""What ``esapi-bridge doctor`` looks at, section by section."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.requirements import Requirement

SUPPORTED_PYTHON = ((3, 11), (3, 12))

EXTRAS = {
    "train": "to train networks",
    "eclipse": "for scripts in Eclipse",
    "compressed": "for CT in JPEG Lossless or JPEG-LS",
    "cluster": "to compute on a Dask cluster",
    "node": "to talk to DICOM nodes",
    "mc": "to commission by Monte Carlo",
}
"""Extras that users install, and what for."""


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


def sections() -> Iterator[tuple[str, list[Finding]]]:
    """Look at everything; each section has a title and its findings."""
    yield "This machine", [_python(), _platform(), _threads(), *_torch()]
    yield "Packages", list(_packages())
    yield "Optional packages", list(_optional_packages())
    yield "Networks", list(_networks())
    yield "Pages", [_browser()]
    yield "Scripts in Eclipse", [_servers(), _compiler(), _esapi(), _hosted_python(), *_mono()]
    yield "Folders", [_jobs_folder()]


def _python() -> Finding:
    bits = 64 if sys.maxsize > 2**32 else 32
    ok = sys.version_info[:2] in SUPPORTED_PYTHON and bits == 64
    return Finding(
        "Python", f"{platform.python_version()}, {bits} bit", ok, "" if ok else "install 64-bit Python 3.11 or 3.12"
    )


def _platform() -> Finding:
    return Finding("platform", f"{platform.system()} {platform.machine()}, {os.cpu_count()} logical processors")


def _threads() -> Finding:
    from dosenet.threads import how_threads_wait

    return Finding("threads", f"wait as set by {how_threads_wait() or 'nobody: they spin'}")


def _torch() -> list[Finding]:
    try:
        import torch
    except (ImportError, OSError):  # OSError: a shared library of torch is missing
        advice = "no network runs: pip install --force-reinstall torch"
        if os.name == "nt":
            advice += ", and install Microsoft's Visual C++ Redistributable, which it needs"
        return [Finding("GPU", "unknown, torch does not load", ok=False, advice=advice)]
    threads = Finding("torch threads", str(torch.get_num_threads()))
    if not torch.cuda.is_available():
        advice = "networks run on the processor, more slowly"
        if torch.version.cuda is None:
            advice += "; this torch is the build for CPUs, an NVIDIA GPU needs that for CUDA"
        return [threads, Finding("GPU", "none that torch can use", advice=advice)]
    return [threads, *(Finding("GPU", torch.cuda.get_device_name(i)) for i in range(torch.cuda.device_count()))]


def _packages() -> Iterator[Finding]:
    """Compare what is installed with what the package declares; imports none of it."""
    for requirement in _requirements():
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield _package(requirement)


def _optional_packages() -> Iterator[Finding]:
    for requirement in _requirements():
        for extra, purpose in EXTRAS.items():
            marker = requirement.marker
            if marker and marker.evaluate({"extra": extra}) and not marker.evaluate({"extra": ""}):
                yield _package(requirement, f"{purpose}: pip install 'esapi-bridge[{extra}]'")


def _requirements() -> list[Requirement]:
    from importlib import metadata

    from packaging.requirements import Requirement

    return [Requirement(text) for text in metadata.requires("esapi-bridge") or []]


def _package(requirement: Requirement, optional: str = "") -> Finding:
    """Look for a package; one that is optional comes with what it is for and how to get it."""
    from importlib import metadata

    advice = optional or f"every command needs it: pip install '{requirement.name}{requirement.specifier}'"
    try:
        version = metadata.version(requirement.name)
    except metadata.PackageNotFoundError:
        return Finding(requirement.name, "none", bool(optional), advice)
    if requirement.specifier.contains(version, prereleases=True):
        return Finding(requirement.name, version)
    return Finding(requirement.name, f"{version}, not {requirement.specifier}", bool(optional), advice)


def _networks() -> Iterator[Finding]:
    from esapi_bridge.errors import RefusedError
    from esapi_bridge.models import list_models

    models = list_models()
    if not models:
        yield Finding("networks", "none", ok=False, advice="a release carries them: install esapi-bridge again")
    for model in models:
        name = f"network {model.card.name}"
        try:
            model.verify()
        except RefusedError as error:
            yield Finding(name, "damaged", ok=False, advice=str(error))
        else:
            yield Finding(name, f"version {model.card.version}, weights as in its card")


def _browser() -> Finding:
    from esapi_bridge.errors import RefusedError
    from esapi_bridge.report.browser import find_browser

    try:
        return Finding("browser for --pdf", find_browser().name)
    except RefusedError:
        return Finding("browser for --pdf", "none", advice="install Microsoft Edge, Google Chrome or Chromium to print")


def _servers() -> Finding:
    if os.name != "nt":
        return Finding("servers", "this machine only was looked at")
    advice = (
        "on each other server of Eclipse: .NET Framework 4.7.2, the same folders, python.exe allowed; run doctor there"
    )
    return Finding("servers", "this machine only was looked at", advice=advice)


def _compiler() -> Finding:
    from esapi_bridge.eclipse.compiler import find_compiler
    from esapi_bridge.errors import BridgeError

    try:
        return Finding("C# compiler", find_compiler().name)
    except BridgeError:
        advice = "switch on .NET Framework 4.7.2 or later" if os.name == "nt" else "apt install mono-mcs"
        return Finding("C# compiler", "none", advice=f"to install scripts: {advice}")


def _esapi() -> Finding:
    from esapi_bridge.eclipse.esapi_folder import find_esapi_folders

    versions = list(find_esapi_folders())
    if versions:
        return Finding("Eclipse", f"scripting interface of {', '.join(versions)}")
    return Finding("Eclipse", "no scripting interface (esapi/API)", advice="scripts run in the mock Eclipse only")


def _hosted_python() -> Finding:
    from esapi_bridge.eclipse.install_python import find_python
    from esapi_bridge.errors import BridgeError

    try:
        return Finding("Python library", find_python().library.name)
    except BridgeError as error:
        return Finding("Python library", "none", advice=str(error))


def _mono() -> list[Finding]:
    import shutil

    if os.name == "nt":
        return []
    if shutil.which("mono"):
        return [Finding("Mono", "found")]
    return [
        Finding(
            "Mono",
            "none",
            advice="for the mock Eclipse: apt install mono-runtime libmono-system-windows-forms4.0-cil libgdiplus",
        )
    ]


def _jobs_folder() -> Finding:
    """Try to write where the jobs of the scripts go, or where their folder would be made."""
    import tempfile

    from esapi_bridge.worker.home import default_jobs

    jobs = default_jobs()
    folder = next((path for path in (jobs, *jobs.parents) if path.is_dir()), Path(jobs.anchor))
    try:
        with tempfile.TemporaryFile(dir=folder):
            return Finding("jobs folder", "can be written" if folder == jobs else "can be made")
    except OSError as error:
        advice = "scripts need it: let this user write there, or name another by ESAPI_BRIDGE_STATE"
        return Finding("jobs folder", f"cannot be written: {error.strerror}", ok=False, advice=advice)
