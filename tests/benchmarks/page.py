"""Size of a page, time to its first picture, and its values: ``python -m tests.benchmarks.page REPORT_HTML [TIMES]``.

Opens the page in Chromium, each time in a new window, and prints the time from the start of the navigation until the
viewer has drawn its first picture. Then points at 300 places of the axial plane, on 30 slices, and compares what the
page says of the network's dose and of the CT with the arrays that the page holds, unpacked by numpy.
"""

from __future__ import annotations

import json
import re
import statistics
import sys
from pathlib import Path
from typing import Any

import numpy as np

from tests.report.browser import OpenedPage, chromium
from tests.report.test_viewer_packing import unpacked

SLICES, PLACES = 30, 10


def wrong_values(page: Any, scene: dict[str, Any]) -> int:
    """Count the places at which the page says other than the arrays."""
    random = np.random.default_rng(1)
    canvas = page.locator("[data-plane=axial] canvas")
    slider = page.locator("[data-plane=axial] input")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    low, high = int(slider.get_attribute("min")), int(slider.get_attribute("max"))
    volumes = {"network": scene["doses"][1], "ct": scene["ct"]}
    arrays = {key: unpacked(packed) for key, packed in volumes.items()}
    wrong = 0
    for number in random.integers(low, high + 1, SLICES):
        slider.evaluate("(s, n) => { s.value = n; s.dispatchEvent(new Event('input')); }", int(number))
        for across, down in random.uniform(0.1, 0.9, (PLACES, 2)):
            page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"])
            said = {cell: page.locator(f"td[data-at=pointer][data-of={cell}]").inner_text() for cell in ("x", "y", "z")}
            if not said["x"]:
                continue  # beside the patient's box
            point = np.array([float(said[axis]) for axis in "xyz"])
            for key, packed in volumes.items():
                at = np.floor((point - packed["origin_mm"]) / packed["spacing_mm"] + 0.5).astype(int)
                held = bool(((at >= 0) & (at < packed["size"])).all())
                value = packed["offset"] + packed["step"] * arrays[key][tuple(at[::-1])] if held else None
                wanted = "–" if value is None else f"{value:.{packed['digits']}f}"
                found = page.locator(f"td[data-at=pointer][data-of={key}]").inner_text()
                wrong += found != wanted
    return wrong


def main(arguments: list[str]) -> int:
    """Measure; the exit code is 1 if the page complained, asked for anything or said something wrong."""
    file = Path(arguments[0]).resolve()
    times = int(arguments[1]) if len(arguments) > 1 else 5
    text = file.read_text(encoding="utf-8")
    scene = json.loads(re.findall(r'id="viewer-data">(.*?)</script>', text, re.DOTALL)[0])
    seconds, faults, wrong = [], [], 0
    with chromium() as browser:
        for opening in range(times):
            opened = OpenedPage(browser, file)
            page = opened.open()
            page.wait_for_selector("#viewer[data-state=ready]")
            seconds.append(page.evaluate("performance.getEntriesByName('first picture')[0].startTime") / 1000)
            wrong += wrong_values(page, scene) if opening == 0 else 0
            faults += opened.faults
            opened.context.close()
    for fault in faults:
        print(fault)
    print(f"{file.stat().st_size / 1e6:.2f} MB")
    print(f"first picture after {statistics.median(seconds):.2f} s, at most {max(seconds):.2f} s, of {times} times")
    print(f"{wrong} values wrong at {SLICES * PLACES} places")
    return int(bool(faults) or wrong > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
