"""Environments, folders and installations that would end or take over a process that starts Python, as data.

In every value ``{here}`` is the environment's own folder and ``{mark}`` a file that code that must never run writes to.
"""

from __future__ import annotations

import importlib.util
import json
import marshal
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import esapi_bridge
from esapi_bridge.eclipse.compiler import compile_library
from esapi_bridge.eclipse.install import script_sources
from esapi_bridge.eclipse.install_options import InstallOptions
from esapi_bridge.eclipse.install_python import RUNTIME_ASSEMBLY, find_python, find_runtime_assembly, framework_assembly
from tests.patience import LONGEST_S
from tests.scripts.mono import FRAMEWORK

PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"
FOREIGN = "open('{mark}', 'a').write(__name__ + chr(10))\n"
LINE = "import sys; open('{mark}', 'a').write('pth' + chr(10))\n"
SHARED = (
    "Files/Json.cs",
    "Files/Finite.cs",
    "Files/Moves.cs",
    "Run/Errors.cs",
    "Run/Settings.cs",
    "Run/UserFolders.cs",
    "Run/Progress.cs",
)


@dataclass(frozen=True)
class Hostile:
    """What one host meets.

    Parameters
    ----------
    name
        What is wrong.
    expected
        ``works``: the host is not impressed; ``refused``: it says what is wrong and goes on.
    environment, files
        Variables, and files of the environment's folder.
    folder
        Where the host is started, below the environment's folder.
    damage
        Done to a copy of Python: to its folder, by a function.
    settings
        What the settings of the scripts say instead.
    prepare
        Done to the environment's folder, given its mark too.
    """

    name: str
    expected: str = "works"
    environment: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    folder: str = "."
    damage: Callable[[Path], None] | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[Path, Path], None] | None = None


@dataclass(frozen=True)
class Met:
    """How a host fared: whether it ended, which foreign code ran, and what it said."""

    ended: bool
    foreign: str
    outcome: str
    message: str


class HostProgram:
    """A .NET program that starts Python by the scripts' own classes.

    Parameters
    ----------
    folder
        Where it is built and what it takes for the installation.
    room
        Sources of ``Common/Python``; default those of the scripts.
    """

    def __init__(self, folder: Path, room: Path | None = None) -> None:
        self.folder = folder
        shutil.copyfile(find_runtime_assembly(), folder / RUNTIME_ASSEMBLY)
        common = script_sources() / "Common"
        stub = folder / "Installation.cs"
        stub.write_text(
            "namespace EsapiBridge.Scripts { public static class Installation {"
            f' public const string Folder = @"{folder}"; public const string ListSha256 = "0"; }} }}'
        )
        sources = [
            Path(__file__).parent / "programs" / "Host.cs",
            stub,
            *(common / name for name in SHARED),
            *(room or common / "Python").glob("*.cs"),
        ]
        references = [folder / RUNTIME_ASSEMBLY, framework_assembly("netstandard.dll"), *FRAMEWORK]
        references += ["Microsoft.CSharp.dll", "System.Numerics.dll"]
        self.program = compile_library(sources, folder / "Host.exe", references, target="exe")

    def meet(self, hostile: Hostile, here: Path) -> Met:
        """Start the program in an environment, in the fresh folder `here`."""
        mark = here / "mark"

        def filled(text: str) -> str:
            return text.replace("{here}", str(here)).replace("{mark}", str(mark))

        for name, text in hostile.files.items():
            path = here / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(filled(text))
        settings: dict[str, Any] = InstallOptions(esapi=here, target=here, jobs=here / "jobs").settings()
        if hostile.damage:
            settings |= copy_python(here / "python")
            hostile.damage(here / "python")
        if hostile.prepare:
            hostile.prepare(here, mark)
        settings |= {name: filled(text) for name, text in hostile.settings.items()}
        (self.folder / "esapi-bridge.json").write_text(json.dumps(settings))
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "LD_", "LC_"))}
        own = {"HOME": str(here), "XDG_DATA_HOME": str(here / "data"), "ESAPI_BRIDGE_STATE": str(here / "state")}
        given = {name: filled(text) for name, text in hostile.environment.items()}
        # Its words go to a file: what a hostile interpreter leaves running would keep a pipe open.
        with (here / "said").open("wb") as said:
            subprocess.run(
                ["mono", self.program], stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.DEVNULL,
                cwd=here / hostile.folder, env=inherited | own | given, timeout=LONGEST_S, check=False,
            )  # fmt: skip
        lines = (here / "said").read_text().splitlines()
        answer = json.loads(lines[-1]) if lines and lines[-1].startswith("{") else None
        foreign = ",".join(sorted(set(mark.read_text().split()))) if mark.exists() else ""
        if answer is None:
            return Met(True, foreign, "ended", "")
        return Met(False, foreign, answer["outcome"], answer.get("message", ""))


def copy_python(home: Path) -> dict[str, str]:
    """Make a folder that is this Python's, of links that can be replaced one by one; settings that name it."""
    python = find_python()
    (home / "bin").mkdir(parents=True)
    (home / "lib" / PYTHON).mkdir(parents=True)
    interpreter = home / "bin" / python.interpreter.name
    shutil.copy(python.interpreter, interpreter)  # a link would lead Python home
    library = home / "lib" / python.library.name
    library.symlink_to(python.library)
    for entry in Path(sysconfig.get_path("stdlib")).iterdir():
        (home / "lib" / PYTHON / entry.name).symlink_to(entry)
    return {"python_home": str(home), "python_library": str(library), "python_interpreter": str(interpreter)}


def _without(name: str) -> Callable[[Path], None]:
    def damage(home: Path) -> None:
        (home / name).unlink() if (home / name).is_symlink() or (home / name).is_file() else shutil.rmtree(home / name)

    return damage


def _replaced(name: str, content: bytes, mode: int = 0o755) -> Callable[[Path], None]:
    def damage(home: Path) -> None:
        _without(name)(home)
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(content)
        (home / name).chmod(mode)

    return damage


def _encodings(content: bytes) -> Callable[[Path], None]:
    """Replace what Python imports first."""

    def damage(home: Path) -> None:
        folder = home / "lib" / PYTHON / "encodings"
        folder.unlink()
        folder.mkdir()
        (folder / "__init__.py").write_bytes(content)

    return damage


def _cut_compiled(home: Path) -> None:
    folder = home / "lib" / PYTHON / "encodings"
    real = folder.resolve()
    folder.unlink()
    shutil.copytree(real, folder)
    source = folder / "__init__.py"
    compiled = Path(importlib.util.cache_from_source(str(source)))
    compiled.parent.mkdir(exist_ok=True)
    compiled.write_bytes(_pyc("x = 1", source)[:18])


def _package_in_the_library(home: Path) -> None:
    folder = home / "lib" / PYTHON / "esapi_bridge"
    folder.mkdir()
    (folder / "__init__.py").write_text(FOREIGN.replace("{mark}", str(home.parent / "mark")))


def _pyc(code: str, source: Path) -> bytes:
    """What Python would take for the compiled form of a source."""
    found = source.stat()
    numbers = [0, int(found.st_mtime) & 0xFFFFFFFF, found.st_size & 0xFFFFFFFF]
    head = importlib.util.MAGIC_NUMBER + b"".join(number.to_bytes(4, "little") for number in numbers)
    return head + marshal.dumps(compile(code, "foreign", "exec"))


def _plant(folder: str, source: Path) -> Callable[[Path, Path], None]:
    """Put foreign code where Python looks for the compiled form of a source."""

    def prepare(here: Path, mark: Path) -> None:
        name = f"{source.stem}.{sys.implementation.cache_tag}.pyc"
        target = here / folder / source.parent.relative_to("/") / name
        target.parent.mkdir(parents=True)
        target.write_bytes(_pyc(FOREIGN.replace("{mark}", str(mark)), source))

    return prepare


def _openssl(here: Path, mark: Path) -> None:
    """Have OpenSSL load a library that is not its own; without a C compiler nothing is prepared."""
    if shutil.which("gcc") is None:
        return
    (here / "own.c").write_text(
        "#include <stdio.h>\n__attribute__((constructor)) static void run(void) "
        f'{{ FILE *f = fopen("{mark}", "a"); if (f) {{ fputs("openssl\\n", f); fclose(f); }} }}\n'
    )
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", here / "own.so", here / "own.c"], check=True)
    (here / "openssl.cnf").write_text(
        "openssl_conf = a\n[a]\nproviders = b\nengines = d\n[b]\nown = c\n[c]\n"
        f"module = {here}/own.so\nactivate = 1\n[d]\nown = e\n[e]\ndynamic_path = {here}/own.so\ninit = 0\n"
    )


STDLIB = Path(sysconfig.get_path("stdlib"))
PACKAGE = Path(esapi_bridge.__file__).parent
BREAK = FOREIGN + "raise ImportError('another standard library')\n"
SITE = f".local/lib/{PYTHON}/site-packages"
INTERPRETER = f"bin/{PYTHON}"
ANSWER = '#!/bin/sh\necho \'{"version": "3.9.0 (other)", "path": [], "is_home": true}\'\n'


def _variable(name: str, value: str) -> Hostile:
    return Hostile(f"{name}={value}", environment={name: value})


def _on_path(name: str, file: str, text: str = FOREIGN) -> Hostile:
    return Hostile(f"PYTHONPATH with {name}", environment={"PYTHONPATH": "{here}/other"}, files={f"other/{file}": text})


HOSTILE = (
    _on_path("another standard library", "encodings/__init__.py", BREAK),
    _on_path("os", "os.py", BREAK),
    _on_path("codecs", "codecs.py"),
    _on_path("json", "json.py"),
    _on_path("re", "re/__init__.py"),
    _on_path("collections", "collections/__init__.py"),
    _on_path("esapi_bridge", "esapi_bridge/__init__.py"),
    _on_path("sitecustomize", "sitecustomize.py"),
    _on_path("usercustomize", "usercustomize.py"),
    _on_path("clr", "clr.py"),
    _on_path("importlib", "importlib/__init__.py"),
    Hostile(
        "PYTHONPATH with the current folder",
        environment={"PYTHONPATH": ":"},
        files={"w/esapi_bridge/__init__.py": FOREIGN, "w/json.py": FOREIGN},
        folder="w",
    ),
    Hostile(
        "packages in the current folder",
        files={"w/esapi_bridge/__init__.py": FOREIGN, "w/json.py": FOREIGN, "w/encodings/__init__.py": BREAK},
        folder="w",
    ),
    Hostile(
        "packages of the user",
        files={
            f"{SITE}/usercustomize.py": FOREIGN,
            f"{SITE}/own.pth": LINE,
            f"{SITE}/esapi_bridge/__init__.py": FOREIGN,
        },
    ),
    Hostile(
        "PYTHONUSERBASE",
        environment={"PYTHONUSERBASE": "{here}/base"},
        files={f"base/lib/{PYTHON}/site-packages/{name}": LINE for name in ("own.pth", "usercustomize.py")},
    ),
    Hostile("PYTHONSTARTUP", environment={"PYTHONSTARTUP": "{here}/own.py"}, files={"own.py": FOREIGN}),
    Hostile("PYTHONHOME elsewhere", environment={"PYTHONHOME": "{here}/nowhere"}),
    Hostile(
        "PYTHONHOME with another standard library",
        environment={"PYTHONHOME": "{here}/home"},
        files={f"home/lib/{PYTHON}/{name}": BREAK for name in ("os.py", "encodings/__init__.py")},
    ),
    Hostile(
        "compiled files of the standard library by PYTHONPYCACHEPREFIX",
        environment={"PYTHONPYCACHEPREFIX": "{here}/cache"},
        prepare=_plant("cache", STDLIB / "json" / "decoder.py"),
    ),
    Hostile(
        "compiled files of the package in the user's folder",
        prepare=_plant("data/esapi-bridge/pycache", PACKAGE / "eclipse" / "bridge.py"),
    ),
    Hostile("OPENSSL_CONF", environment={"OPENSSL_CONF": "{here}/openssl.cnf"}, prepare=_openssl),
    Hostile(
        "LD_LIBRARY_PATH with another library of Python",
        environment={"LD_LIBRARY_PATH": "{here}/lib"},
        files={f"lib/{find_python().library.name}": "no library"},
    ),
    Hostile(
        "__PYVENV_LAUNCHER__",
        environment={"__PYVENV_LAUNCHER__": "{here}/venv/bin/python"},
        files={"venv/pyvenv.cfg": "home = {here}/nowhere\n"},
    ),
    _variable("PYTHONHASHSEED", "abc"),
    _variable("PYTHONHASHSEED", "-1"),
    _variable("PYTHONMALLOC", "junk"),
    _variable("PYTHONUTF8", "junk"),
    _variable("PYTHONIOENCODING", "junk"),
    _variable("PYTHONTRACEMALLOC", "junk"),
    _variable("PYTHONINTMAXSTRDIGITS", "1"),
    _variable("PYTHONPLATLIBDIR", "nowhere"),
    _variable("PYTHONWARNINGS", "error"),
    _variable("PYTHONOPTIMIZE", "2"),
    _variable("PYTHONDEVMODE", "1"),
    _variable("PYTHONINSPECT", "1"),
    _variable("PYTHONVERBOSE", "2"),
    _variable("PYTHONCOERCECLOCALE", "warn"),
    _variable("PYTHONNET_PYDLL", "/nowhere/libpython.so"),
    _variable("LC_ALL", "xx_YY.junk"),
    _variable("PATH", "/usr/bin:/bin:."),
    Hostile("no standard library", "refused", damage=_without(f"lib/{PYTHON}")),
    Hostile("a file instead of the standard library", "refused", damage=_replaced(f"lib/{PYTHON}", b"")),
    Hostile("no encodings", "refused", damage=_without(f"lib/{PYTHON}/encodings")),
    Hostile("encodings that are no Python", "refused", damage=_encodings(b"((")),
    Hostile("encodings of zeros", "refused", damage=_encodings(bytes(99))),
    Hostile("compiled encodings that were cut short", "refused", damage=_cut_compiled),
    Hostile("no inspect", "refused", damage=_without(f"lib/{PYTHON}/inspect.py")),
    Hostile("no json", "refused", damage=_without(f"lib/{PYTHON}/json")),
    Hostile("no extension modules", "refused", damage=_without(f"lib/{PYTHON}/lib-dynload")),
    Hostile("esapi_bridge in the standard library", "refused", damage=_package_in_the_library),
    Hostile("no interpreter", "refused", damage=_without(INTERPRETER)),
    Hostile("an interpreter that may not be started", "refused", damage=_replaced(INTERPRETER, b"", 0o644)),
    Hostile("an interpreter that hangs", "refused", damage=_replaced(INTERPRETER, b"#!/bin/sh\nexec sleep 999\n")),
    Hostile("an interpreter that prints junk", "refused", damage=_replaced(INTERPRETER, b"#!/bin/sh\necho junk\n")),
    Hostile(
        "an interpreter that prints without end", "refused", damage=_replaced(INTERPRETER, b"#!/bin/sh\nexec yes\n")
    ),
    Hostile("an interpreter that crashes", "refused", damage=_replaced(INTERPRETER, b"#!/bin/sh\nkill -11 $$\n")),
    Hostile(
        "an interpreter that leaves its output to another",
        "refused",
        damage=_replaced(INTERPRETER, b"#!/bin/sh\nsleep 20 &\necho junk\n"),
    ),
    Hostile("an interpreter of another version", "refused", damage=_replaced(INTERPRETER, ANSWER.encode())),
    Hostile("no library", "failed", damage=_without(f"lib/{find_python().library.name}")),
    Hostile("a library that is none", "refused", damage=_replaced(f"lib/{find_python().library.name}", b"none")),
    Hostile("another library", "failed", settings={"python_library": "/lib/x86_64-linux-gnu/libm.so.6"}),
    Hostile("another folder of Python", "refused", settings={"python_home": "{here}"}),
)
"""What the campaign meets."""

WORST = (
    "PYTHONPATH with another standard library",
    "PYTHONPATH with esapi_bridge",
    "compiled files of the package in the user's folder",
    "PYTHONHASHSEED=abc",
    "no encodings",
    "an interpreter that prints junk",
    "esapi_bridge in the standard library",
)
"""What the tests meet, by name."""
