"""Make a bundle: collect the wheels, list them with their digests, add licences and installers, write one ZIP."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from esapi_bridge.bundle.archive import write_archive
from esapi_bridge.bundle.collect import collect_wheels
from esapi_bridge.bundle.licences import licence_files
from esapi_bridge.bundle.own_wheel import PROJECT, own_wheel
from esapi_bridge.bundle.pins import pinned_versions
from esapi_bridge.bundle.target import Platform, PythonVersion, Target
from esapi_bridge.bundle.wheel import Wheel, read_wheel
from esapi_bridge.errors import BridgeError, RefusedError, listed, os_reason
from esapi_bridge.folders.durable import whole_file
from esapi_bridge.folders.sealed import SUMS_FILE
from esapi_bridge.folders.unfinished import sweep, unfinished_folder
from esapi_bridge.progress import Progress

USER_EXTRAS = ("train", "eclipse", "node", "cluster", "compressed")
"""Extras that a bundle has if nothing else is said, as far as the wheel knows them: whoever has no internet cannot add
them later."""

WHEELS = "wheels"

FILES = Path(__file__).parent / "files"
"""Page and installers; ``@WORDS@`` in them are replaced."""

INSTALLERS = {Platform.WINDOWS: "install.ps1", Platform.LINUX: "install.sh"}


@dataclass(frozen=True)
class BundleOptions:
    """What to put into a bundle.

    Parameters
    ----------
    platforms
        Systems.
    python
        Their Python.
    extras
        Optional sets of packages; None for all of `USER_EXTRAS`.
    wheel
        This project's wheel; None to make it of what runs here.
    """

    platforms: tuple[Platform, ...] = tuple(Platform)
    python: PythonVersion = PythonVersion.PYTHON_3_11
    extras: tuple[str, ...] | None = None
    wheel: Path | None = None


@dataclass(frozen=True)
class Bundle:
    """What was made.

    Parameters
    ----------
    size_bytes
        Size of the ZIP.
    sha256
        Its digest.
    wheels
        Number of wheels by platform.
    wheels_bytes
        Their size by platform.
    extras
        Optional sets of packages in it.
    """

    size_bytes: int
    sha256: str
    wheels: Mapping[str, int]
    wheels_bytes: Mapping[str, int]
    extras: tuple[str, ...]


def make_bundle(out: Path, options: BundleOptions, progress: Progress) -> Bundle:
    """Make one ZIP that installs this project where there is no internet. The same wheels make the same bytes.

    Parameters
    ----------
    out
        The ZIP; must not exist.
    options
        What to put into it.
    progress
        Told package by package.

    Raises
    ------
    RefusedError
        If a package has no wheel for a platform, or no tested version.
    BridgeError
        If `out` is in use, or pip or the disk fails. Nothing is left then.
    """
    if out.exists() or out.is_symlink():
        raise BridgeError("the bundle must be a new file, found one in use; choose another name")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        sweep(out.parent)
        with unfinished_folder(out.parent) as folder:
            return _make(out, options, folder, progress)
    except OSError as error:
        raise BridgeError(
            f"the bundle could not be written: {os_reason(error)}; free space or choose another place"
        ) from error


def _make(out: Path, options: BundleOptions, folder: Path, progress: Progress) -> Bundle:
    progress("own wheel", 0, 1)
    own = read_wheel(options.wheel or own_wheel(folder))
    if own.name != PROJECT:
        raise RefusedError(f"--wheel must be one of {PROJECT}, found one of {own.name}")
    extras = _extras(own, options.extras)
    pins = pinned_versions()
    texts: dict[str, bytes] = {}
    wheels: dict[str, list[Wheel]] = {}
    for platform in options.platforms:
        target = Target(platform, options.python)
        place = folder / platform.value
        place.mkdir()
        wheels[platform.value] = [own, *collect_wheels(own, extras, target, pins, place, progress)]
        texts[target.requirements_file] = _requirements(wheels[platform.value], extras).encode()
    once = {wheel.path.name: wheel for found in wheels.values() for wheel in found}
    progress("writing", 0, 1)
    texts |= _texts(options, own.version) | licence_files(once[name] for name in sorted(once))
    texts[SUMS_FILE] = _sums(texts, once.values())
    members: dict[str, bytes | Path] = {**texts, **{f"{WHEELS}/{name}": wheel.path for name, wheel in once.items()}}
    with whole_file(out) as stream:
        write_archive(stream, {f"{PROJECT}-{own.version}/{name}": members[name] for name in sorted(members)})
    progress("writing", 1, 1)
    with out.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return Bundle(
        out.stat().st_size,
        digest,
        {name: len(found) for name, found in wheels.items()},
        {name: sum(wheel.path.stat().st_size for wheel in found) for name, found in wheels.items()},
        extras,
    )


def _extras(own: Wheel, wanted: Sequence[str] | None) -> tuple[str, ...]:
    """Extras to take: those wanted, which the wheel must know, or of those for users the ones it knows."""
    if wanted is None:
        return tuple(name for name in USER_EXTRAS if name in own.extras)
    if unknown := sorted(set(wanted) - set(own.extras)):
        raise RefusedError(f"--extras must be of {', '.join(own.extras)}, found {listed(unknown)}")
    return tuple(wanted)


def _requirements(wheels: Sequence[Wheel], extras: Sequence[str]) -> str:
    """Every package by exact version and digest, as pip reads it with ``--require-hashes``."""
    own, *others = wheels
    wanted = f"[{','.join(extras)}]" if extras else ""
    lines = [f"{own.name}{wanted}=={own.version} --hash=sha256:{own.sha256}"]
    lines += [f"{wheel.name}=={wheel.version} --hash=sha256:{wheel.sha256}" for wheel in others]
    return "".join(f"{line}\n" for line in lines)


def _texts(options: BundleOptions, version: str) -> dict[str, bytes]:
    """The page for people, and an installer for each system."""
    words = {
        "VERSION": version,
        "PYTHON": options.python.value,
        "PLATFORMS": " and ".join(p.value for p in options.platforms),
    }
    texts = {}
    for name in ("README.txt", *(INSTALLERS[platform] for platform in options.platforms)):
        text = (FILES / name).read_text(encoding="utf-8")
        for word, value in words.items():
            text = text.replace(f"@{word}@", value)
        texts[name] = text.encode()
    return texts


def _sums(texts: Mapping[str, bytes], wheels: Iterable[Wheel]) -> bytes:
    """Digests of all files, as ``sha256sum`` writes them."""
    digests = {name: hashlib.sha256(text).hexdigest() for name, text in texts.items()}
    digests |= {f"{WHEELS}/{wheel.path.name}": wheel.sha256 for wheel in wheels}
    return "".join(f"{digests[name]}  {name}\n" for name in sorted(digests)).encode()
