"""`Pool`: renders utterances on worker processes, in order, in parallel, with retries."""

from __future__ import annotations

import threading
import weakref
from collections import deque
from typing import TYPE_CHECKING

import numpy as np

from menura.errors import EngineFailed
from menura.espeak import repair
from menura.espeak.inline import inline
from menura.espeak.languages import find, find_variant
from menura.espeak.process import Process, WorkerLost
from menura.espeak.utterance import Rendering, Utterance
from menura.espeak.words import name_events
from menura.settings import cores

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from concurrent.futures import Future, ThreadPoolExecutor
    from typing import Any, Self

CHARS_UTF8, PHONEMES, END_PAUSE = 0x1, 0x100, 0x1000  # flags of espeak_Synth in speak_lib.h
WORD_GAP_UNIT_MS = 10
ATTEMPTS = 2
LOOK_AHEAD = 2
MAX_DIVISIONS = 3
SLOWEST_CHARS_PER_S = 40  # a hundredth of what a busy core does
_BLANKS = dict.fromkeys([*range(9), *range(11, 32), 0x7F], " ")  # \x01 starts a command


class Pool:
    """Worker processes that start when they are needed and are asked by any number of threads.

    The same utterance gives the same samples on any worker, whatever ran before.

    Args:
        workers: processes at most; 0 = one for each core this process may use.
        patience_s: how long a worker may take, on top of a second for 40 characters, before it
            counts as hung.

    Example:
        >>> with Pool(1) as pool:
        ...     rendering = pool.speak(Utterance(text="Hello"))
        >>> rendering.rate, [event.text for event in rendering.select("word")]
        (22050, ['Hello'])
    """

    def __init__(self, workers: int = 0, *, patience_s: float = 10.0) -> None:
        self._limit = workers if workers > 0 else cores()
        self._patience_s = patience_s
        self._changed = threading.Condition()
        self._idle: list[Process] = []
        self._running = 0
        self._closed = False
        self._live: set[Process] = set()
        self._executor: ThreadPoolExecutor | None = None
        self._finalizer = weakref.finalize(self, _kill_all, self._live)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends every worker. What is being rendered fails with `EngineFailed`."""
        with self._changed:
            self._closed = True
            executor, self._executor = self._executor, None
            for process in self._live:
                process.stop()  # the thread that asks it, if one does, reaps it
            self._changed.notify_all()
        if executor is not None:
            executor.shutdown(wait=True, cancel_futures=True)
        with self._changed:
            for process in self._idle:
                process.kill()
                self._live.discard(process)
            self._idle.clear()

    def speak(self, utterance: Utterance) -> Rendering:
        """Returns one utterance as sound.

        Raises:
            NotFound: if its language or variant does not exist.
            NotInstalled: if espeak-ng is not there.
            EngineFailed: if two workers in a row broke on it, or the pool is closed. Where
                espeak-ng itself crashed (it overruns its buffers on some odd texts), the text is
                tried first with fewer signs, then in halves.
        """
        return self._speak(utterance, 0)

    def _speak(self, utterance: Utterance, divisions: int) -> Rendering:
        try:
            return self._render(utterance)
        except WorkerLost as lost:
            if lost.crashed:
                plain = repair.plain(utterance)
                if plain != utterance:
                    return self._speak(plain, divisions)
                halves = repair.halve(utterance) if divisions < MAX_DIVISIONS else []
                if halves:
                    return repair.join(
                        [self._speak(half, divisions + 1) for half in halves], halves
                    )
            raise EngineFailed(
                f"espeak-ng broke twice on {utterance.text[:40]!r}: reword or shorten it"
            ) from lost

    def _render(self, utterance: Utterance) -> Rendering:
        request = _request(utterance)
        limit_s = self._patience_s + len(utterance.text) / SLOWEST_CHARS_PER_S
        lost = WorkerLost("no worker was asked")
        for _ in range(ATTEMPTS):
            process = self._take()
            try:
                header, pcm = process.exchange(request, limit_s)
                if "error" in header:
                    raise EngineFailed(f"speech failed: {header['error']}")
                return _rendering(header, pcm, utterance)
            except WorkerLost as error:
                lost = error
            except (ValueError, KeyError, TypeError, IndexError) as error:
                process.kill()
                lost = WorkerLost(f"the answer is not one of ours: {error}")
            finally:
                self._give(process)
        raise lost

    def speak_many(self, utterances: Iterable[Utterance]) -> Iterator[Rendering]:
        """Yields each utterance as sound, in order, while the next ones are being made.

        Takes at most two utterances per worker ahead of the one that is yielded, so endless input
        needs bounded memory. The iterator may be abandoned at any point.

        Raises:
            The same as `speak`, when the utterance in question is reached.
        """
        if self._limit == 1:
            yield from map(self.speak, utterances)
            return
        executor = self._threads()
        pending: deque[Future[Rendering]] = deque()
        try:
            for utterance in utterances:
                try:
                    pending.append(executor.submit(self.speak, utterance))
                except RuntimeError as error:
                    raise EngineFailed("the pool was closed while it was speaking") from error
                # A slow source must not hold back what is done.
                while pending and (pending[0].done() or len(pending) > LOOK_AHEAD * self._limit):
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            for future in pending:
                future.cancel()

    def _threads(self) -> ThreadPoolExecutor:
        from concurrent.futures import ThreadPoolExecutor

        with self._changed:
            if self._closed:
                raise EngineFailed("this pool of speech workers is closed: make a new one")
            if self._executor is None:
                self._executor = ThreadPoolExecutor(self._limit, "espeak")
            return self._executor

    def _take(self) -> Process:
        """Returns a worker for this thread alone: an idle one, a new one, or the next one free."""
        with self._changed:
            while True:
                if self._closed:
                    raise EngineFailed("this pool of speech workers is closed: make a new one")
                while self._idle:
                    process = self._idle.pop()
                    if process.alive:
                        self._running += 1
                        return process
                    process.kill()
                    self._live.discard(process)
                if self._running < self._limit:
                    self._running += 1
                    break
                self._changed.wait()
        try:
            process = Process()
        except BaseException:
            self._release()
            raise
        with self._changed:
            self._live.add(process)
        return process

    def _give(self, process: Process) -> None:
        """Takes a worker back from its thread."""
        with self._changed:
            if process.alive and not process.spent and not self._closed:
                self._idle.append(process)
            else:
                process.kill()
                self._live.discard(process)
            self._release()

    def _release(self) -> None:
        with self._changed:
            self._running -= 1
            self._changed.notify()


def _kill_all(live: set[Process]) -> None:
    for process in tuple(live):
        process.kill()
    live.clear()


def _request(utterance: Utterance) -> dict[str, Any]:
    voice = find(utterance.language).file
    if utterance.variant:
        voice += "+" + find_variant(utterance.variant)
    flags = CHARS_UTF8
    flags |= PHONEMES if utterance.phonemes else 0
    flags |= END_PAUSE if utterance.end_pause else 0
    return {
        "text": inline(utterance).text.translate(_BLANKS),
        "voice": voice,
        "rate": utterance.rate_wpm,
        "pitch": utterance.pitch,
        "range": utterance.pitch_range,
        "gap": round(utterance.word_gap_ms / WORD_GAP_UNIT_MS),
        "flags": flags,
    }


def _rendering(header: dict[str, Any], pcm: bytes, utterance: Utterance) -> Rendering:
    samples = np.frombuffer(pcm, "<i2").astype(np.float32) / np.float32(32_768)
    raw = inline(utterance).place(header["events"])
    whole = [(start, stop) for start, stop, _ in utterance.phonemes]
    return Rendering(samples, int(header["rate"]), name_events(raw, utterance.text, whole))
