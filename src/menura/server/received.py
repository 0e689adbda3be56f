"""Files that callers send: for as long as they are worked on, under names of our own."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from fastapi import UploadFile

from menura.errors import InvalidInput

CHUNK_BYTES = 1 << 20


@contextlib.asynccontextmanager
async def saved(file: UploadFile) -> AsyncIterator[Path]:
    """Yields a file that was sent, under a name of our own, and forgets it.

    Raises:
        InvalidInput: if it is empty.
    """
    with tempfile.TemporaryDirectory(prefix="menura-") as folder:
        data = await file.read(CHUNK_BYTES)
        if not data:
            raise InvalidInput("the file that was sent is empty")
        path = Path(folder) / ("upload.mid" if data.startswith(b"MThd") else "upload")
        with path.open("wb") as out:
            while data:
                await asyncio.to_thread(out.write, data)
                data = await file.read(CHUNK_BYTES)
        yield path
