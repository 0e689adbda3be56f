"""Measures the server beside a bare espeak-ng HTTP wrapper, and prints a table.

    .venv/bin/python benchmarks/server.py [--requests 500] [--json results.json]

Both servers run as processes of their own and are asked by the same client, one connection a
request. The bare wrapper has espeak-ng speak a text and sends a WAV: no normalisation, no
mastering, no mark, no manifest. `first` is the time from a request to the first byte of sound.
The overhead is that of a server that is alone with one caller over `Studio.stream` in this process
until the first block is encoded, measured in turns. `cpu` is processor time of a server and all
processes below it, for each request: a busy machine does not change it. Memory is the resident size
of the server and all processes below it; its slope is that of a line through ten samples taken
while `--requests` are served.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile
import time
import wave
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # noqa: TID251 - its idle threads spin

import numpy as np

from menura.audio.encode import encoder
from menura.audio.formats import Format
from menura.espeak import Pool, Utterance
from menura.settings import Settings, cores
from menura.studio import Studio
from menura.tasks import Speech

if TYPE_CHECKING:
    from collections.abc import Iterator

CROWDS = (1, 2, 4, 8, 16, 50)
SAMPLES = 10
OVERLOAD = 640
"""Ten times what one caller may have under way."""
LIMITS = {"first_alone_ms": 150.0, "overhead_ms": 10.0, "memory_slope": 0.02}
TEXT = "This is request {}, and the birds began to sing, each in a voice of its own."
BRIEF = "Request {}."
"""Of the many requests that memory is measured over: what grows, grows with their number."""
VOICE = "nora"


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of one request."""

    status: int
    first_s: float
    whole_s: float
    size: int


def main() -> None:
    """Runs all of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=500, help="for the slope of memory")
    parser.add_argument("--crowds", type=int, nargs="+", default=list(CROWDS), help="at once")
    parser.add_argument("--json", type=Path, help="file for the figures")
    parser.add_argument("--bare", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.bare:
        serve_bare()
        return
    found: dict[str, Any] = {"cores": cores(), "load": round(os.getloadavg()[0], 2)}
    print(f"{found['cores']} cores, load {found['load']}")
    with tempfile.TemporaryDirectory() as folder:
        with process(Path(folder), "-m", "menura", "serve", "--port", "0", "--json") as (url, pid):
            port = int(url.rpartition(":")[2])
            asyncio.run(ask_many(port, 8, 4))  # warm
            found["overhead"] = told("overhead", overhead(Path(folder), port, pid))
            found["menura"] = crowds("menura", port, pid, options.crowds)
            found["memory"] = told("memory", memory(port, pid, options.requests))
            found["overload"] = told("overload", overload(port, pid))
        with process(Path(folder), __file__, "--bare") as (url, pid):
            port = int(url.rpartition(":")[2])
            asyncio.run(ask_many(port, 8, 4))
            found["bare"] = crowds("bare", port, pid, options.crowds)
    reached = {
        "first_alone_ms": found["overhead"]["first_server_ms"],
        "overhead_ms": found["overhead"]["overhead_ms"],
        "memory_slope": max(found["memory"]["parent_slope"], found["memory"]["workers_slope"]),
    }
    for name, limit in LIMITS.items():
        verdict = "ok" if reached[name] <= limit else "MISSED"
        print(f"{name}: {reached[name]} ({verdict}, <= {limit})")
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def told(name: str, values: dict[str, float]) -> dict[str, float]:
    """Prints a row of figures, and returns it."""
    cells = (f"{key} {value:>8}" for key, value in values.items())
    print(f"{name:<10}", *cells, sep=" | ", flush=True)
    return values


def crowds(name: str, port: int, pid: int, sizes: list[int]) -> dict[int, dict[str, float]]:
    """Returns requests/s, times to the first byte and work, by how many ask at once."""
    rows = {}
    for crowd in sizes:
        before = cpu_s(pid)
        answers, lasted_s = asyncio.run(ask_many(port, max(24, 4 * crowd), crowd))
        row = figures(answers, lasted_s)
        row["cpu_ms"] = round(1000 * (cpu_s(pid) - before) / max(row["served"], 1), 1)
        rows[crowd] = told(f"{name} {crowd}", row)
    return rows


def figures(answers: list[Asked], lasted_s: float) -> dict[str, float]:
    """Returns what is told of a round of requests."""
    served = [answer for answer in answers if answer.status == 200]
    first_ms = [1000 * answer.first_s for answer in served] or [float("nan")]
    return {
        "requests": len(answers),
        "served": len(served),
        "busy": sum(answer.status == 429 for answer in answers),
        "per_s": round(len(served) / lasted_s, 2),
        "first_p50_ms": round(float(np.percentile(first_ms, 50)), 1),
        "first_p99_ms": round(float(np.percentile(first_ms, 99)), 1),
    }


def overhead(home: Path, port: int, pid: int, rounds: int = 40) -> dict[str, float]:
    """Returns what the server takes beyond what this process takes for the same texts, in turns."""
    served, played = [], []
    here, there = 0.0, cpu_s(pid)
    with Studio(Settings(home=home / "own", workers=cores())) as studio:
        studio.prepare(Speech("Ready."))
        for number in range(rounds):
            text = TEXT.format(number)
            before = cpu_s(os.getpid()) - cpu_s(pid)
            played.append(_first_block_s(studio, text))
            here += cpu_s(os.getpid()) - cpu_s(pid) - before
            served.append(asyncio.run(ask(port, text)).first_s)
    there = cpu_s(pid) - there
    by_server, by_python = (1000 * float(np.median(times[5:])) for times in (served, played))
    return {
        "first_server_ms": round(by_server, 1),
        "first_python_ms": round(by_python, 1),
        "overhead_ms": round(by_server - by_python, 1),
        "cpu_server_ms": round(1000 * there / rounds, 1),
        "cpu_python_ms": round(1000 * here / rounds, 1),
    }


def _first_block_s(studio: Studio, text: str) -> float:
    began, first_s = time.perf_counter(), 0.0
    playing = studio.stream(Speech(text, voice=VOICE))
    tags = playing.origin.tags()
    encoding = encoder(Format.parse("pcm_24000"), playing.rate, playing.channels, tags)
    for block in playing:
        if encoding.encode(block) and not first_s:
            first_s = time.perf_counter() - began
    encoding.finish()
    return first_s


def memory(port: int, pid: int, requests: int) -> dict[str, float]:
    """Returns how resident memory grows over so many requests, as a share of what it was."""
    times, parent, rest = [], [], []
    for sample in range(SAMPLES + 1):
        if sample:
            asyncio.run(ask_many(port, max(1, requests // SAMPLES), 8, BRIEF))
        times.append(sample / SAMPLES)
        sizes = {each: resident_bytes(each) for each in family(pid)}
        parent.append(sizes.pop(pid, 0))
        rest.append(sum(sizes.values()))
    # The first tenth fills caches: the line is laid through what follows.
    slopes = {
        name: float(np.polyfit(times[1:], sizes[1:], 1)[0]) / max(sizes[1], 1)
        for name, sizes in (("parent", parent), ("workers", rest))
    }
    return {
        "requests": requests,
        "parent_mb": round(parent[-1] / 1e6, 1),
        "workers_mb": round(rest[-1] / 1e6, 1),
        "parent_slope": round(slopes["parent"], 4),
        "workers_slope": round(slopes["workers"], 4),
    }


def overload(port: int, pid: int) -> dict[str, float]:
    """Returns what becomes of ten times as many requests as one caller may have under way."""
    before = sum(map(resident_bytes, family(pid)))
    told = figures(*asyncio.run(ask_many(port, OVERLOAD, OVERLOAD)))
    after = sum(map(resident_bytes, family(pid)))
    return told | {"memory_growth": round(after / before - 1, 4)}


async def ask_many(
    port: int, count: int, crowd: int, text: str = TEXT
) -> tuple[list[Asked], float]:
    """Sends requests, so many at once; returns what became of them, and how long it took."""
    places = asyncio.Semaphore(crowd)

    async def one(number: int) -> Asked:
        async with places:
            return await ask(port, text.format(number))

    began = time.perf_counter()
    answers = await asyncio.gather(*(one(number) for number in range(count)))
    return list(answers), time.perf_counter() - began


async def ask(port: int, text: str) -> Asked:
    """Sends one request on a connection of its own."""
    body = json.dumps({"model": "tts-1", "voice": VOICE, "input": text, "response_format": "pcm"})
    began = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with contextlib.closing(writer):
        head = (
            "POST /v1/audio/speech HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        writer.write((head + body).encode())
        status = int((await reader.readuntil(b"\r\n\r\n")).split(b" ", 2)[1])
        size = len(await reader.read(1))
        first_s = time.perf_counter() - began
        while part := await reader.read(1 << 16):
            size += len(part)
    return Asked(status, first_s, time.perf_counter() - began, size)


@contextlib.contextmanager
def process(home: Path, *argv: str) -> Iterator[tuple[str, int]]:
    """Yields the URL and the number of a server that says in JSON where it is."""
    popen = subprocess.Popen(
        [sys.executable, *argv],
        env=dict(os.environ) | {"MENURA_HOME": str(home)},  # noqa: TID251
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert popen.stdout is not None
        yield json.loads(popen.stdout.readline())["url"], popen.pid
    finally:
        popen.terminate()
        popen.communicate()


def family(pid: int) -> list[int]:
    """Returns a process and all below it."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in map(int, task.read_text().split()):
                found += family(child)
    return found


def cpu_s(pid: int) -> float:
    """Returns the processor time of a process and all below it."""
    ticks = 0
    for each in family(pid):
        with contextlib.suppress(OSError):
            stat = Path(f"/proc/{each}/stat").read_text(encoding="utf-8").rpartition(")")[2]
            ticks += sum(map(int, stat.split()[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def resident_bytes(pid: int) -> int:
    """Returns the memory that a process holds."""
    with contextlib.suppress(OSError, IndexError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0


def serve_bare() -> None:
    """Serves espeak-ng as it is: a text in, a WAV out."""
    pool = Pool()

    class Bare(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            said = pool.speak(Utterance(text=asked["input"]))
            out = io.BytesIO()
            with wave.open(out, "wb") as file:
                file.setparams((1, 2, said.rate, 0, "NONE", ""))
                file.writeframes((32767 * said.samples).astype("<i2").tobytes())
            self.send_response(200)
            self.send_header("Content-Type", "audio/wav")
            self.end_headers()
            self.wfile.write(out.getvalue())

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 1024

    with Server(("127.0.0.1", 0), Bare) as server:
        print(json.dumps({"url": f"http://127.0.0.1:{server.server_port}"}), flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
