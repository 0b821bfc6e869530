"""From the event loop to worker threads and back. pygls' own thread pool reads standard input and is left alone."""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from tidegate_analyzers.workspace import Cancelled, Token

T = TypeVar("T")
logger = logging.getLogger(__name__)

WORKERS = 4
"""Threads share one interpreter, so more would not be faster; fewer would let a hover wait behind an index."""


class Workers:
    """Runs work in threads. A caller that is cancelled cancels the work's token."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(WORKERS, thread_name_prefix="tidegate")
        self._tokens: set[Token] = set()
        self._tasks: set[asyncio.Task[Any]] = set()

    async def run(self, work: Callable[..., T], *arguments: Any, token: Token) -> T:
        """The result of `work(*arguments, token)`.

        Raises:
            Cancelled: the token was set, and the work noticed.
        """
        self._tokens.add(token)
        try:
            call = partial(work, *arguments, token)
            return await asyncio.get_running_loop().run_in_executor(self._executor, call)
        except asyncio.CancelledError:
            token.cancel()
            raise
        finally:
            self._tokens.discard(token)

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run a coroutine on the side; what goes wrong in it is logged."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None and not isinstance(error, Cancelled):
            logger.error("work in the background failed", exc_info=error)

    def stop(self) -> None:
        """Stop everything that runs."""
        for token in tuple(self._tokens):
            token.cancel()
        for task in tuple(self._tasks):
            task.cancel()
        self._executor.shutdown(wait=False, cancel_futures=True)


async def within(seconds: float, request: Awaitable[T]) -> T:
    """The client's answer to a request; one that comes later is dropped.

    Raises:
        TimeoutError: it took longer.
    """
    # Cancelling the request instead would make an error of the late answer.
    task = asyncio.ensure_future(request)
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    await asyncio.wait({task}, timeout=seconds)
    if not task.done():
        raise TimeoutError(f"no answer within {seconds} seconds")
    return task.result()


def late(target: str) -> Callable[..., Any]:
    """A function by `module:name`, imported when it is first called."""
    module, _, name = target.partition(":")

    def call(*arguments: Any) -> Any:
        return getattr(importlib.import_module(module), name)(*arguments)

    return call
