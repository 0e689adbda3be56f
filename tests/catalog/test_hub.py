"""The real library of the hub, against a server on this machine that breaks off."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest
from huggingface_hub import constants

from menura.catalog import hub
from menura.errors import NotFound, StorageFailed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COMMIT = "c" * 40
CONTENT = bytes(range(256)) * 4096


class Repository(BaseHTTPRequestHandler):
    """One repository with one file; the first answer ends after a third of it."""

    asked: list[tuple[str | None, str | None]] = []
    breaks = True
    ranges = True

    def do_GET(self) -> None:
        if self.path.startswith("/api/models/a/b/revision/main"):
            self._send(200, INFO.encode())
        elif self.path == f"/a/b/resolve/{COMMIT}/m.bin":
            span = self.headers.get("Range")
            self.asked.append((span, self.headers.get("Authorization")))
            span = span if self.ranges else None
            start = int(span.removeprefix("bytes=").removesuffix("-")) if span else 0
            self._send(206 if span else 200, CONTENT[start:], start)
        else:
            self._send(404, b"{}")

    def _send(self, status: int, body: bytes, start: int = 0) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if status == 206:
            self.send_header("Content-Range", f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}")
        if status == 404:
            self.send_header("X-Error-Code", "RepoNotFound")
        self.end_headers()
        broken = Repository.breaks and "resolve" in self.path
        self.wfile.write(body[: len(body) // 3] if broken else body)

    def log_message(self, *_: object) -> None:
        pass


INFO = f"""{{
    "id": "a/b", "sha": "{COMMIT}", "siblings": [
        {{"rfilename": "m.bin", "size": {len(CONTENT)},
          "lfs": {{"size": {len(CONTENT)}, "sha256": "{"e" * 64}", "pointerSize": 134}}}},
        {{"rfilename": "config.json", "size": 2}}
    ]
}}"""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    Repository.asked.clear()
    Repository.breaks = Repository.ranges = True
    with HTTPServer(("127.0.0.1", 0), Repository) as opened:
        thread = threading.Thread(target=opened.serve_forever, args=(0.01,))
        thread.start()
        address = f"http://127.0.0.1:{opened.server_address[1]}"
        monkeypatch.setattr(constants, "ENDPOINT", address)
        # What has come of a piece is lost when it breaks off; pieces are of 10 MB otherwise.
        monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 1 << 14)
        template = address + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr("huggingface_hub.file_download.time.sleep", lambda _: None)
        monkeypatch.setattr("huggingface_hub.utils._http.time.sleep", lambda _: None)
        yield address
        opened.shutdown()
        thread.join()


def test_a_listing_has_commit_sizes_and_digests(server: str) -> None:
    listing = hub.listing("a/b", "main")
    assert listing.commit == COMMIT
    assert listing.files["m.bin"] == hub.Remote(name="m.bin", size=len(CONTENT), sha256="e" * 64)
    assert listing.files["config.json"].sha256 is None


def test_a_broken_transfer_goes_on_in_the_next_process(server: str, tmp_path: Path) -> None:
    remote = hub.Remote(name="m.bin", size=len(CONTENT), sha256=None)
    path = tmp_path / "m.bin.part"
    lengths: list[int] = []
    with (
        pytest.raises(StorageFailed, match=r"download from a/b stopped .* goes on where it"),
        hub.Watched(path, lengths.append) as growing,
    ):
        hub.fetch("a/b", COMMIT, remote, growing)
    size = path.stat().st_size
    assert len(CONTENT) // 4 < size < len(CONTENT)
    assert path.read_bytes() == CONTENT[:size]
    assert Repository.asked[0] == (None, None)  # and no token is sent
    Repository.asked.clear()
    Repository.breaks = False
    with hub.Watched(path, lengths.append) as growing:
        hub.fetch("a/b", COMMIT, remote, growing)
    assert path.read_bytes() == CONTENT
    assert Repository.asked == [(f"bytes={size}-", None)]
    assert lengths == sorted(lengths)
    assert lengths[-1] == len(CONTENT)


def test_a_hub_that_cannot_go_on_sends_all_of_it_again(server: str, tmp_path: Path) -> None:
    Repository.breaks = Repository.ranges = False
    path = tmp_path / "m.bin.part"
    path.write_bytes(b"x" * 1000)
    with hub.Watched(path, lambda _: None) as growing:
        hub.fetch("a/b", COMMIT, hub.Remote(name="m.bin", size=len(CONTENT), sha256=None), growing)
    assert path.read_bytes() == CONTENT


def test_what_the_hub_does_not_have_is_not_found(server: str) -> None:
    with pytest.raises(NotFound, match="models import"):
        hub.listing("a/gone", "main")


def test_a_hub_that_is_not_there_is_said_in_one_line(server: str, tmp_path: Path) -> None:
    constants.ENDPOINT = "http://127.0.0.1:9"  # the fixture puts it back
    with pytest.raises(StorageFailed, match=r"stopped .* run the command again") as caught:
        hub.listing("a/b", "main")
    assert "\n" not in str(caught.value)
