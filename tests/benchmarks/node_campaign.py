"""Send objects to a node that is killed again and again, whose disk is full, and whom strangers call.

``python -m tests.benchmarks.node_campaign [--files 1000] [--kills 20] [--seed 7]`` sends with DCMTK's ``storescu``,
repeats what was not acknowledged, and prints what was acknowledged, what is on disk, what was lost and what was
accepted from strangers. After every kill, before the node is started again, whatever was acknowledged must be on disk.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pydicom
import yaml

from esapi_bridge.node.arrival import file_name
from tests.dicom.phantom import export_folder, files_of
from tests.node.peers import LOOPBACK, OWN_TITLE, PEER_TITLE, echo, free_port, named, store

ROOT = Path(__file__).parents[2]
BATCH = 25
SMALL_DISK = "1m"
MOST_ROUNDS = 200


@dataclass
class Figures:
    """What a campaign found."""

    files: int = 0
    acknowledged: int = 0
    on_disk: int = 0
    lost: int = 0
    half_written: int = 0
    kills: int = 0
    sent_again: int = 0
    written_twice: int = 0
    other_content_accepted: int = 0
    refused_by_full_disk: int = 0
    lost_by_full_disk: int = 0
    calls_of_strangers: int = 0
    accepted_from_strangers: int = 0
    seconds: float = 0.0


@dataclass
class Node:
    """The node under test: a process that can be killed and started again."""

    place: Path
    port: int
    preparation: Callable[[], None] | None = None
    process: subprocess.Popen[bytes] = field(init=False)

    @property
    def inbox(self) -> Path:
        return self.place / "inbox"

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "esapi_bridge", "node", "listen", "-o", str(self.place), "--task", "none",
             "--config", str(self.place.parent / "node.yaml"), "--quiet-time", "3600"],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=self.preparation,  # noqa: PLW1509  no other thread runs at that moment
        )  # fmt: skip
        while not echo(self.port):
            assert self.process.poll() is None, "the node ended"
            time.sleep(0.05)

    def kill(self) -> None:
        """Kill it with its helpers, as kill -9 does."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def has(self, uid: str, sent: Path) -> bool:
        """Whether an object is there, with every byte of its data set."""
        path = self.inbox / file_name(uid)
        return path.exists() and pydicom.dcmread(path) == pydicom.dcmread(sent)

    def half_written(self) -> list[Path]:
        """Files under a name of a whole one that cannot be read."""
        return [path for path in self.inbox.glob("*.dcm") if not _is_whole(path)]


def _is_whole(path: Path) -> bool:
    try:
        return "PixelData" in pydicom.dcmread(path)
    except Exception:  # noqa: BLE001  whatever is wrong with it
        return False


def make_objects(folder: Path, files: int) -> dict[str, Path]:
    """CT slices with UIDs of their own, by UID."""
    folder.mkdir()
    pattern = pydicom.dcmread(files_of(export_folder(folder.parent), "CT")[0])
    found = {}
    for number in range(files):
        uid = f"2.25.7000{number}"
        named(pattern, uid)
        pattern.PatientID, pattern.InstanceNumber = f"P{number // 100}", number
        found[uid] = folder / f"{number:05}.dcm"
        pattern.save_as(found[uid])
    return found


def storescu(port: int, files: list[Path], title: str = PEER_TITLE) -> dict[Path, str]:
    """Send files by DCMTK and return what each was answered; those without an answer are left out."""
    command = ["storescu", "-v", "-aet", title, "-aec", OWN_TITLE, "-nh", "-xi", LOOPBACK, str(port)]
    ran = subprocess.run([*command, *map(str, files)], check=False, capture_output=True, text=True, timeout=600)
    answers: dict[Path, str] = {}
    current: Path | None = None
    for line in (ran.stdout + ran.stderr).splitlines():
        if found := re.search(r"Sending file: (\S+)", line):
            current = Path(found[1])
        elif (found := re.search(r"Received Store Response \(([^)]*)\)", line)) and current:
            answers[current] = found[1]
    return answers


@contextmanager
def full_disk(place: Path) -> Iterator[Callable[[], None] | None]:
    """A small disk where this user may mount one, else a limit on the length of files."""
    place.mkdir()
    mounted = os.geteuid() == 0 and (
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK}", "tmpfs", str(place)], check=False, capture_output=True
        ).returncode
        == 0
    )
    try:
        yield None if mounted else lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1500, 1500))
    finally:
        if mounted:
            subprocess.run(["umount", str(place)], check=False)


def run(place: Path, files: int, kills: int, seed: int, *, with_full_disk: bool = True) -> Figures:
    """Run the campaign in a folder."""
    figures = Figures(files=files)
    begin = time.perf_counter()
    objects = make_objects(place / "sent", files)
    port = free_port()
    (place / "node.yaml").write_text(
        yaml.safe_dump(
            {
                "port": port,
                "peers": {"clinic": {"ae_title": PEER_TITLE, "address": LOOPBACK}},
                "limits": {"free_gb": 0.0},
            }
        )
    )
    node = Node(place / "node", port)
    node.start()
    try:
        _kills(node, objects, figures, kills, random.Random(seed))
        _again(node, objects, figures)
        _strangers(node, objects, figures)
    finally:
        node.kill()
    if with_full_disk:
        _full_disk(place, objects, figures, port)
    figures.seconds = time.perf_counter() - begin
    return figures


def _kills(node: Node, objects: dict[str, Path], figures: Figures, kills: int, instants: random.Random) -> None:
    """Send everything while the node is killed at random instants; count what was acknowledged and is not there."""
    uid_of = {path: uid for uid, path in objects.items()}
    waiting = list(objects.values())
    acknowledged: set[Path] = set()
    batches_between = max(1, len(waiting) // BATCH // max(kills, 1))
    for number in range(MOST_ROUNDS + 4 * kills):
        if not waiting:
            break
        batch = waiting[:BATCH]
        killer: threading.Timer | None = None
        if figures.kills < kills and number % batches_between == 0:
            killer = threading.Timer(instants.uniform(0.02, 0.5), node.kill)
            killer.start()
        answers = storescu(node.port, batch)
        taken = {path for path, answer in answers.items() if answer == "Success"}
        acknowledged |= taken
        waiting = [path for path in waiting if path not in taken]
        if killer:
            killer.join()
            figures.kills += 1
            figures.lost += sum(not node.has(uid_of[path], path) for path in taken)
            figures.half_written += len(node.half_written())
            node.start()
    figures.acknowledged = len(acknowledged)
    figures.on_disk = len(list(node.inbox.glob("*.dcm")))
    figures.lost += sum(not node.has(uid_of[path], path) for path in acknowledged)


def _again(node: Node, objects: dict[str, Path], figures: Figures) -> None:
    """Send everything once more, and some of it with other content."""
    before = {path: path.stat().st_mtime_ns for path in node.inbox.glob("*.dcm")}
    sent = list(objects.values())
    for start in range(0, len(sent), BATCH):
        answers = storescu(node.port, sent[start : start + BATCH])
        figures.sent_again += sum(answer == "Success" for answer in answers.values())
    other = []
    for path in sent[:5]:
        dataset = pydicom.dcmread(path)
        dataset.PatientID = "OTHER"
        other.append(dataset)
    figures.other_content_accepted = sum(answer.status == 0 for answer in store(node.port, other))
    after = {path: path.stat().st_mtime_ns for path in node.inbox.glob("*.dcm")}
    figures.written_twice = sum(after[path] != time_ns for path, time_ns in before.items())


def _strangers(node: Node, objects: dict[str, Path], figures: Figures) -> None:
    """Call with another title, from another address, or by another name than the node's."""
    new = []
    for number, path in enumerate(list(objects.values())[:5]):
        new.append(named(pydicom.dcmread(path), f"2.25.9000{number}"))
    for wrong in ({"title": "STRANGER"}, {"address": "127.0.0.2"}, {"called": "ANY-SCP"}):
        answers = store(node.port, new, **wrong)
        figures.calls_of_strangers += 1
        figures.accepted_from_strangers += sum(answer.status is not None for answer in answers)
    answered = storescu(node.port, list(objects.values())[:5], "STRANGER")
    figures.calls_of_strangers += 1
    figures.accepted_from_strangers += len(answered)
    figures.accepted_from_strangers += sum((node.inbox / file_name(f"2.25.9000{n}")).exists() for n in range(5))


def _full_disk(place: Path, objects: dict[str, Path], figures: Figures, port: int) -> None:
    """Send to a node whose disk is full: refusals, and whatever it did acknowledge is there."""
    uid_of = {path: uid for uid, path in objects.items()}
    disk = place / "small disk"
    with full_disk(disk) as preparation:
        node = Node(disk / "node", port, preparation)
        if preparation is None:
            (disk / "node").mkdir()
        node.place.parent.joinpath("node.yaml").write_bytes((place / "node.yaml").read_bytes())
        ballast = disk / "ballast"
        if preparation is None:
            ballast.write_bytes(bytes(shutil.disk_usage(disk).free - 40_000))
        node.start()
        try:
            answers = storescu(port, list(objects.values())[:BATCH])
            taken = [path for path, answer in answers.items() if answer == "Success"]
            figures.refused_by_full_disk = len(answers) - len(taken)
            figures.lost_by_full_disk = sum(not node.has(uid_of[path], path) for path in taken)
            figures.half_written += len(node.half_written())
        finally:
            node.kill()


def main() -> None:
    """Run the campaign and print its figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=7)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        figures = run(Path(name), chosen.files, chosen.kills, chosen.seed)
    for key, value in vars(figures).items():
        print(f"{key.replace('_', ' '):26} {value:8.6g}")


if __name__ == "__main__":
    main()
