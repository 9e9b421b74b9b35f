"""Size of a page and time to its first picture: ``python -m tests.benchmarks.page REPORT_HTML [TIMES]``.

Opens the page in Chromium, each time in a new window, and prints the time from the start of the navigation until the
viewer has drawn its first picture.
"""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

from tests.report.browser import OpenedPage, chromium


def main(arguments: list[str]) -> int:
    """Measure; the exit code is 1 if the page complained or asked for anything."""
    file = Path(arguments[0]).resolve()
    times = int(arguments[1]) if len(arguments) > 1 else 5
    seconds, faults = [], []
    with chromium() as browser:
        for _ in range(times):
            opened = OpenedPage(browser, file)
            page = opened.open()
            page.wait_for_selector("#viewer[data-state=ready]")
            seconds.append(page.evaluate("performance.getEntriesByName('first picture')[0].startTime") / 1000)
            faults += opened.faults
            opened.context.close()
    for fault in faults:
        print(fault)
    print(f"{file.stat().st_size / 1e6:.2f} MB")
    print(f"first picture after {statistics.median(seconds):.2f} s, at most {max(seconds):.2f} s, of {times} times")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
