"""Files as bytes, to be handed to a machine that does not see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from esapi_bridge.errors import RefusedError


@dataclass(frozen=True)
class Parcel:
    """Files: name, which may begin with folders, and content."""

    files: tuple[tuple[str, bytes], ...] = ()

    @classmethod
    def of_folder(cls, folder: Path) -> Parcel:
        """Read all files of a folder and of the folders in it."""
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        return cls(tuple((path.relative_to(folder).as_posix(), path.read_bytes()) for path in files))

    @classmethod
    def of_files(cls, files: Sequence[Path]) -> Parcel:
        """Read files of any folders, which are named by their place in the list and keep its order."""
        return cls(tuple((f"{number:06}{path.suffix}", path.read_bytes()) for number, path in enumerate(files)))

    def unpack(self, folder: Path) -> tuple[Path, ...]:
        """Write the files into a folder, and return where each lies.

        Raises
        ------
        RefusedError
            If a name leads out of the folder.
        """
        places = []
        for name, content in self.files:
            parts = PurePosixPath(name).parts
            if not parts or any(part in {"..", "/"} or ":" in part or "\\" in part for part in parts):
                raise RefusedError("a parcel must name files inside one folder, found a name that leads out of it")
            place = folder.joinpath(*parts)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
            places.append(place)
        return tuple(places)
