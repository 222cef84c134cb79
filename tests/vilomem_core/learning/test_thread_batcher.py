"""Work of many cases on threads, one kind at a time."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from vilomem_core.learning.thread_batcher import MAX_BATCH, ThreadBatcher


async def settle(*works: asyncio.Future[object]) -> list[object]:
    return list(await asyncio.gather(*works, return_exceptions=True))


def run(main) -> object:
    async def with_thread() -> object:
        with ThreadPoolExecutor(1) as threads:
            return await main(threads)

    return asyncio.run(with_thread())


class Panic(BaseException):
    """What compiled libraries raise when they give up."""


@pytest.mark.parametrize(("error", "told"), [(ValueError, ValueError), (StopIteration, RuntimeError), (Panic, Panic)])
def test_each_gets_what_its_own_work_gave_or_raised(error: type[BaseException], told: type[BaseException]) -> None:
    def broken() -> int:
        raise error("mine alone")

    async def main(threads: ThreadPoolExecutor) -> list[object]:
        batcher, gate = ThreadBatcher(threads), threading.Event()
        works = [asyncio.ensure_future(batcher.run(work)) for work in (gate.wait, lambda: 1, broken, lambda: 3)]
        await asyncio.sleep(0)
        gate.set()
        return (await settle(*works))[1:]

    first, second, third = run(main)

    assert (first, third) == (1, 3)
    assert type(second) is told


def test_what_gathers_while_the_thread_is_busy_is_done_kind_by_kind_in_order_of_arrival() -> None:
    done: list[str] = []
    gate = threading.Event()

    async def main(threads: ThreadPoolExecutor) -> None:
        odd, even = ThreadBatcher(threads), ThreadBatcher(threads)
        works = [asyncio.ensure_future(odd.run(gate.wait))]
        for number in range(6):
            batcher = even if number % 2 == 0 else odd
            works.append(asyncio.ensure_future(batcher.run(lambda number=number: done.append(f"{number}"))))
        await asyncio.sleep(0)  # all have come while the thread waits at the gate
        gate.set()
        await settle(*works)

    run(main)

    assert done == ["0", "1", "3", "5", "2", "4"]  # the first even one went off alone: its batcher was free


def test_a_cancelled_caller_costs_no_work_and_holds_up_nobody() -> None:
    done: list[str] = []
    gate = threading.Event()

    async def main(threads: ThreadPoolExecutor) -> object:
        batcher = ThreadBatcher(threads)
        first = asyncio.ensure_future(batcher.run(gate.wait))
        gone = asyncio.ensure_future(batcher.run(lambda: done.append("gone")))
        last = asyncio.ensure_future(batcher.run(lambda: "last"))
        await asyncio.sleep(0)
        gone.cancel()
        gate.set()
        await first
        return await last

    assert run(main) == "last"
    assert done == []


def test_other_kinds_get_their_turn_while_many_of_one_kind_wait() -> None:
    done: list[str] = []
    gate = threading.Event()

    async def main(threads: ThreadPoolExecutor) -> None:
        many, other = ThreadBatcher(threads), ThreadBatcher(threads)
        works = [asyncio.ensure_future(many.run(gate.wait))]
        works += [asyncio.ensure_future(many.run(lambda: done.append("one of many"))) for _ in range(3 * MAX_BATCH)]
        works.append(asyncio.ensure_future(other.run(lambda: done.append("another"))))
        await asyncio.sleep(0)
        gate.set()
        await settle(*works)

    run(main)

    assert done.index("another") <= MAX_BATCH
    assert len(done) == 3 * MAX_BATCH + 1


@pytest.mark.parametrize("width", [2, 3])
def test_a_batcher_of_several_threads_shares_out_what_waits(width: int) -> None:
    """Embedding by a server: whoever waits for an answer must not hold the texts of others back."""
    together = threading.Barrier(width, timeout=20)

    async def main(threads: ThreadPoolExecutor) -> list[object]:
        batcher = ThreadBatcher(threads, width)
        return await settle(*(asyncio.ensure_future(batcher.run(together.wait)) for _ in range(width)))

    async def wide() -> list[object]:
        with ThreadPoolExecutor(width) as threads:
            return await main(threads)

    assert sorted(asyncio.run(wide())) == list(range(width))


def test_work_for_threads_that_have_ended_fails_and_the_next_does_too() -> None:
    """Nobody may wait for threads that are gone, whose batcher would wait for them for ever."""

    async def main(threads: ThreadPoolExecutor) -> list[object]:
        batcher = ThreadBatcher(threads)
        threads.shutdown()
        return [await settle(asyncio.ensure_future(batcher.run(lambda: 1))) for _ in range(2)]

    (first,), (second,) = run(main)
    assert isinstance(first, RuntimeError) and isinstance(second, RuntimeError)
