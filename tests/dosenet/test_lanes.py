"""Work side by side: in order, one thread of torch each, taken as lanes are free, ended by the first error."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest
import torch

from dosenet.lanes import in_lanes


@pytest.fixture(params=[1, 3])
def lanes(request: pytest.FixtureRequest) -> Iterator[int]:
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


def test_results_come_in_order_from_lanes_of_one_thread(lanes: int) -> None:
    others = threading.Barrier(lanes)

    def work(item: int) -> tuple[int, int, int]:
        others.wait(timeout=60)  # all lanes are at work at once
        return item, torch.get_num_threads(), threading.get_ident()

    found = list(in_lanes(work, range(3 * lanes)))
    assert [item for item, _, _ in found] == list(range(3 * lanes))
    assert {threads for _, threads, _ in found} == {1}
    assert len({lane for _, _, lane in found}) == lanes
    assert torch.get_num_threads() == lanes, "as before"


def test_threads_that_begin_afterwards_have_as_many_threads_as_before(lanes: int) -> None:
    list(in_lanes(str, range(4)))
    found: list[int] = []
    thread = threading.Thread(target=lambda: found.append(torch.get_num_threads()))
    thread.start()
    thread.join()
    assert found == [lanes]


def test_items_are_taken_as_lanes_become_free(lanes: int) -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for item in range(100):
            taken.append(item)
            yield item

    with closing(in_lanes(str, items())) as found:
        assert next(found) == "0"
        assert len(taken) <= lanes + 1
    assert len(taken) <= lanes + 1, "who closes it wants no more"


def test_the_first_error_ends_the_work(lanes: int) -> None:
    done: list[int] = []

    def work(item: int) -> None:
        if item == 2:
            raise ValueError("two is not wanted")
        done.append(item)

    with pytest.raises(ValueError, match="two is not wanted"):
        list(in_lanes(work, range(100)))
    assert len(done) <= 2 + 2 * lanes
    assert torch.get_num_threads() == lanes
