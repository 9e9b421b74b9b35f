"""Every wheel that an installation on another system needs, downloaded by pip.

pip can fetch wheels for another system, but evaluates the markers of requirements (``sys_platform == "win32"``) for the
system it runs on. So it is given exact versions to fetch, in rounds, and what those require is found out here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from esapi_bridge.bundle.pip import NoWheelError, run_pip
from esapi_bridge.bundle.target import Target
from esapi_bridge.bundle.wheel import Wheel, read_wheel, requirements
from esapi_bridge.errors import RefusedError
from esapi_bridge.progress import Progress

CPU_TORCH = (
    "this is a build for CUDA: tell pip where the one for CPUs is, whose version ends in +cpu, "
    "by PIP_EXTRA_INDEX_URL or PIP_FIND_LINKS"
)


def collect_wheels(
    own: Wheel, extras: Sequence[str], target: Target, pins: Mapping[str, str], folder: Path, progress: Progress
) -> list[Wheel]:
    """Download what a wheel requires, and what that requires, in the versions of `pins`.

    Parameters
    ----------
    own
        The wheel to install.
    extras
        Its extras that are wanted.
    target
        Where to.
    pins
        Versions by normalised name.
    folder
        Where wheels are put.
    progress
        Told after each package.

    Returns
    -------
    list of Wheel
        All but `own`, by name.

    Raises
    ------
    RefusedError
        If a version is not pinned, does not satisfy what is required, or has no wheel for the target.
    BridgeError
        If pip fails.
    """
    wheels = {own.name: own}
    wanted: dict[str, set[str]] = {own.name: set(extras)}
    step, begun = f"wheels for {target.platform.value}", 0
    while new := _required(wheels, wanted, target, pins):
        known = len(wheels) - 1 + len(new)

        def on_package() -> None:
            nonlocal begun
            progress(step, begun, known)  # noqa: B023 -- called within this round only
            begun += 1

        _download([f"{name}=={pins[name]}" for name in sorted(new)], target, folder, on_package)
        wheels |= {wheel.name: wheel for wheel in map(read_wheel, folder.glob("*.whl"))}
    del wheels[own.name]
    progress(step, len(wheels), len(wheels))
    return [wheels[name] for name in sorted(wheels)]


def _required(
    wheels: Mapping[str, Wheel], wanted: dict[str, set[str]], target: Target, pins: Mapping[str, str]
) -> set[str]:
    """Names of packages that `wheels` require and that are not among them; notes the extras they are wanted with."""
    from packaging.utils import canonicalize_name

    new: set[str] = set()
    to_ask = list(wheels)
    while to_ask:
        wheel = wheels[to_ask.pop()]
        for requirement in requirements(wheel.requires, wanted.get(wheel.name, ()), target.markers):
            name = canonicalize_name(requirement.name)
            version = wheels[name].version if name in wheels else pins.get(name)
            if version is None:
                what = f"{wheel.name} {wheel.version} for {target} needs {name}, of which no tested version is listed"
                hint = CPU_TORCH if wheel.name == "torch" else "add it to constraints.txt"
                raise RefusedError(f"{what}; {hint}")
            if not requirement.specifier.contains(version, prereleases=True):
                what = f"{wheel.name} {wheel.version} needs {name}{requirement.specifier}"
                raise RefusedError(
                    f"{what}, the tested version is {version}; use wheel and constraints.txt of one release"
                )
            if name not in wheels:
                new.add(name)
            if not requirement.extras <= wanted.setdefault(name, set()):
                wanted[name] |= requirement.extras
                to_ask += [name] if name in wheels else []
    return new


def _download(packages: Sequence[str], target: Target, folder: Path, on_package: Callable[[], None]) -> None:
    """Fetch a wheel of each package, and nothing that these require."""
    platforms = [f"--platform={tag}" for tag in target.tags]
    python = ["--implementation=cp", f"--python-version={target.python.value}"]
    arguments = ["--no-deps", "--only-binary=:all:", f"--dest={folder}", *python, *platforms, *packages]
    try:
        run_pip("download", *arguments, on_package=on_package)
    except NoWheelError as error:
        raise RefusedError(
            f"expected a wheel of {error.package} for {target}, pip finds none; "
            "see to pip's index, or choose another --platform, --python or --extras"
        ) from error
