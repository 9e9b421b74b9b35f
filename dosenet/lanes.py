"""Work on parts of a volume side by side, one thread of torch each."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import torch

MOST_LANES = 8
"""Threads that work side by side at most: each has activations of its own in memory."""

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_lanes(work: Callable[[Item], Result], items: Iterable[Item]) -> Generator[Result, None, None]:
    """Apply `work` to items on as many threads as torch is set to use, and yield the results in their order.

    What happens between two operations of torch then also runs on all threads, and results do not depend on how many
    there are, up to `MOST_LANES`. Items are taken as threads become free. The first error, or closing the generator,
    ends the rest.
    """
    before = torch.get_num_threads()
    lanes = min(before, MOST_LANES)
    if lanes == 1:
        for item in items:
            yield work(item)
        return
    waiting: deque[Future[Result]] = deque()
    threads = ThreadPoolExecutor(lanes, initializer=torch.set_num_threads, initargs=(before // lanes,))
    try:
        for item in items:
            waiting.append(threads.submit(work, item))
            if len(waiting) > lanes:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        threads.shutdown(cancel_futures=True)
        torch.set_num_threads(before)  # a thread's number becomes that of threads to come
