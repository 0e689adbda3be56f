"""`serve`: runs the server until it is told to stop, and ends it in good order."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import signal
import threading
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import uvicorn

from menura.errors import EngineFailed, InvalidInput, Refused
from menura.server.access import is_local
from menura.server.app import create_app
from menura.server.keys import Keys
from menura.server.ledger import DATABASE, Ledger
from menura.server.limits import MAX_HEAD_BYTES, MAX_TARGET_BYTES
from menura.server.lines import Http, Socket

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from fastapi import FastAPI

    from menura.server.house import House
    from menura.settings import Settings

MAX_CONNECTIONS = 800
"""At a time; more get 503. A process may usually have 1,024 files open."""
MAX_MESSAGE_BYTES = 1 << 20
"""Of a WebSocket."""
LAST_S = 2
"""How long the last bytes may take to leave, seconds, when nothing is under way any more."""
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def serve(
    settings: Settings, *, uds: Path | None = None, started: Callable[[str, bool], None]
) -> int:
    """Serves until a signal says to stop; returns the exit code of the process.

    Args:
        settings: of the install; `server_host` and `server_port` say where.
        uds: a Unix socket to listen on instead.
        started: called with the URL, and whether a key is needed, once requests are served.

    Raises:
        Refused: if the address can be reached by others and there is no key, or marking is off.
        InvalidInput: if it cannot listen there.
        EngineFailed: if the workers do not start.
    """
    app = create_app(settings)
    keys = Keys(Ledger(settings.home / DATABASE).database).all()
    if not keys and (settings.server_auth or not is_local(settings)):
        raise Refused(
            f"{settings.server_host} asks for a key, and there is none: make one with "
            "`menura serve keys add NAME`"
        )
    wanted = config(app, settings, uds=uds)
    sockets = _listen(wanted)
    with contextlib.ExitStack() as opened:
        for each in sockets:
            opened.enter_context(each)
        if uds is not None:
            uds.chmod(0o660)
            opened.callback(uds.unlink, missing_ok=True)
            url = f"unix:{uds}"
        else:
            host = settings.server_host
            url = f"http://{f'[{host}]' if ':' in host else host}:{sockets[0].getsockname()[1]}"
        server = _Server(wanted, app, lambda: started(url, bool(keys)))
        try:
            server.run(sockets=sockets)
        except SystemExit as error:
            raise EngineFailed("the server does not start: see what it wrote above") from error
    return server.code


def config(app: FastAPI, settings: Settings, *, uds: Path | None = None) -> uvicorn.Config:
    """Returns how uvicorn is to serve an app."""
    timeout_s = settings.server_timeout_s
    return uvicorn.Config(
        app,
        host=settings.server_host,
        port=settings.server_port,
        uds=None if uds is None else str(uds),
        loop="asyncio",
        http=cast("Any", partial(Http, timeout_s=timeout_s)),
        ws=cast("Any", partial(Socket, timeout_s=timeout_s)),
        ws_max_size=MAX_MESSAGE_BYTES,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=MAX_CONNECTIONS,
        h11_max_incomplete_event_size=MAX_HEAD_BYTES + MAX_TARGET_BYTES,
        timeout_graceful_shutdown=LAST_S,
    )


class _Server(uvicorn.Server):
    """A server that goes on serving what is under way when it is told to stop.

    uvicorn stops listening at once; then nobody could ask whether it is ready.
    """

    def __init__(self, config: uvicorn.Config, app: FastAPI, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self.code = 0
        self._app = app
        self._ready = ready
        self._told = False
        self._loop: asyncio.AbstractEventLoop | None = None

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Takes signals while it runs; they do not end the process afterwards."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begins to stop; the second time, stops."""
        del frame
        house = self._house
        if house is None or self._loop is None:
            self.should_exit = True  # it is still starting
        elif not self._told:
            self._told = True
            # Not here: a signal comes in the middle of anything.
            self._loop.call_soon_threadsafe(house.close, house.settings.server_grace_s)
        else:
            house.stop_by = time.monotonic()
            self.code = 128 + sig
            self.force_exit = self.should_exit = True

    async def startup(self, sockets: list[Any] | None = None) -> None:
        """Starts, and says so."""
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        if self.started and not self.should_exit:
            self._ready()

    async def on_tick(self, counter: int) -> bool:
        """Returns whether to end: if it is to stop, and nothing is under way or time is up."""
        if await super().on_tick(counter):
            return True
        house = self._house
        if house is None or not house.closing or house.stop_by is None:
            return False
        return not house.busy or time.monotonic() >= house.stop_by

    async def shutdown(self, sockets: list[Any] | None = None) -> None:
        """Ends the connections, then the workers, however much in a hurry."""
        house = self._house
        hurry = house is None or house.stop_by is None or time.monotonic() >= house.stop_by
        await self._end_connections(0 if hurry else LAST_S)
        await super().shutdown(sockets)
        if self.force_exit:
            await self.lifespan.shutdown()

    async def _end_connections(self, last_s: float) -> None:
        """Ends what is open; cuts what does not end in time: uvicorn would log each as a bug."""
        state = self.server_state
        for server in self.servers:
            server.close()
        for connection in list(state.connections):
            connection.shutdown()
        deadline = time.monotonic() + last_s
        while (state.connections or state.tasks) and time.monotonic() < deadline:
            await asyncio.sleep(0.02)
        tasks = list(state.tasks)
        for task in tasks:
            task.cancel("the server is being stopped")
        if tasks:
            await asyncio.wait(tasks, timeout=LAST_S)
        for connection in list(state.connections):
            if connection.transport is not None:
                connection.transport.abort()
        await asyncio.sleep(0)  # that is when they learn of it

    @property
    def _house(self) -> House | None:
        return getattr(self._app.state, "house", None)


def _listen(wanted: uvicorn.Config) -> list[Any]:
    """Returns sockets that are bound, before any worker has been started.

    Raises:
        InvalidInput: if there is nothing to bind them to, or another program has it.
    """
    where = wanted.uds or f"{wanted.host} port {wanted.port}"
    try:
        return asyncio.run(_bind(wanted))
    except (OSError, ValueError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or "no such address or port"
        raise InvalidInput(
            f"cannot listen on {where}: {reason}; choose another with --host, --port or --uds"
        ) from error


async def _bind(wanted: uvicorn.Config) -> list[Any]:
    if wanted.uds is None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            asyncio.Protocol, wanted.host, wanted.port, start_serving=False
        )
        try:
            return [each.dup() for each in server.sockets]
        finally:
            server.close()
    path = Path(wanted.uds)
    if path.is_socket():
        try:
            _, writer = await asyncio.open_unix_connection(str(path))
        except OSError:
            path.unlink(missing_ok=True)  # nobody listens on it any more
        else:
            writer.close()
    path.parent.stat()
    if path.exists():
        raise FileExistsError(errno.EEXIST, "it is there already", wanted.uds)
    return [wanted.bind_socket()]
