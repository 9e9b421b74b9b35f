"""Wheels as files: what they are called, what they require, under which licence they stand (PEP 427, core metadata)."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from pathlib import Path
from typing import TYPE_CHECKING

from esapi_bridge.errors import RefusedError

if TYPE_CHECKING:
    from packaging.requirements import Requirement

LICENCE_NAMES = ("LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE")
"""How names of files with licence texts begin."""

LICENCE_SUFFIXES = ("", ".txt", ".md", ".rst")

LONGEST_STATED = 100
"""Characters of a stated licence: some packages state the whole text."""


@dataclass(frozen=True)
class Wheel:
    """A wheel.

    Parameters
    ----------
    path
        The file.
    name
        Normalised name of the package.
    version
        Its version, with a local part such as ``+cpu`` where it has one.
    requires
        What it requires, as written.
    extras
        Names of its optional sets of requirements.
    licence
        The licence that it states, in a line; empty if none.
    sha256
        Digest of the file.
    """

    path: Path
    name: str
    version: str
    requires: tuple[str, ...]
    extras: tuple[str, ...]
    licence: str
    sha256: str

    def licence_texts(self) -> Iterator[tuple[str, bytes]]:
        """Names within the wheel and contents of all licence texts, those of bundled parts too, in order."""
        with zipfile.ZipFile(self.path) as archive:
            for name in sorted(archive.namelist()):
                last = Path(name.rpartition("/")[2].upper())
                is_named_so = last.name.startswith(LICENCE_NAMES) and last.suffix.lower() in LICENCE_SUFFIXES
                if (is_named_so or ".dist-info/licenses/" in name) and not name.endswith("/"):
                    yield name, archive.read(name)


def read_wheel(path: Path) -> Wheel:
    """Read the metadata of a wheel.

    Raises
    ------
    RefusedError
        If the file is no wheel.
    """
    from packaging.utils import canonicalize_name

    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    try:
        with zipfile.ZipFile(path) as archive:
            (name,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA") and n.count("/") == 1)
            metadata = BytesParser().parsebytes(archive.read(name))
    except (zipfile.BadZipFile, ValueError) as error:
        raise RefusedError(
            "a wheel must be a ZIP archive with one METADATA, found another file; name a .whl"
        ) from error
    return Wheel(
        path,
        canonicalize_name(metadata["Name"] or ""),
        metadata["Version"] or "",
        tuple(metadata.get_all("Requires-Dist", [])),
        tuple(metadata.get_all("Provides-Extra", [])),
        stated_licence(metadata),
        digest,
    )


def stated_licence(metadata: Message) -> str:
    """The licence that metadata state: as an expression, by classifiers, or the first line of a text."""
    classifiers = [c.rpartition(" :: ")[2] for c in metadata.get_all("Classifier", []) if c.startswith("License ::")]
    stated = metadata["License-Expression"] or ", ".join(classifiers) or metadata["License"] or ""
    return str(stated).strip().partition("\n")[0][:LONGEST_STATED]


def requirements(requires: Iterable[str], extras: Iterable[str], markers: Mapping[str, str]) -> list[Requirement]:
    """Requirements that hold where markers have these values, for a package wanted with some of its extras."""
    from packaging.requirements import Requirement

    wanted = ["", *extras]
    found = [Requirement(text) for text in requires]
    return [r for r in found if r.marker is None or any(r.marker.evaluate({**markers, "extra": e}) for e in wanted)]
