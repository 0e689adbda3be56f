"""Adding, importing, checking and removing models."""

import json
import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from model_files import FakeHub, write_graph, write_musicgen, write_piper

from menura.catalog import hub, model_card, transfer
from menura.catalog.card import Card
from menura.catalog.store import Store
from menura.errors import InvalidInput, NotFound, NotInstalled, Refused, StorageFailed

MUSICGEN = ["config.json", "model.safetensors", "tokenizer.json"]


def card(name: str) -> Card:
    found = model_card(name)
    assert found is not None
    return found


def left_over(home: Path) -> set[str]:
    """Returns what is in the models' folder besides locks, records and the files they name."""
    models = home / "models"
    paths = {path.relative_to(models).as_posix() for path in models.rglob("*") if path.is_file()}
    wanted: set[str] = set()
    for record in models.glob("*.json"):
        facts = json.loads(record.read_text())
        wanted |= {
            record.name,
            *(f"files/{facts['name']}/{facts['id']}/{f}" for f in facts["files"]),
        }
    return {path for path in paths - wanted if not path.startswith("locks/")}


def test_add_downloads_what_the_card_names_and_nothing_else(
    store: Store, fake_hub: FakeHub, tmp_path: Path
) -> None:
    shares: list[float] = []
    installed = store.add(card("musicgen-small"), shares.append)
    assert fake_hub.listed == [("facebook/musicgen-small", "main")]
    assert sorted(installed.files) == MUSICGEN
    assert sorted(p.name for p in installed.folder.iterdir()) == MUSICGEN
    for name, digest in installed.files.items():
        assert transfer.digest(fake_hub.folder / name) == digest
    assert installed.origin == f"facebook/musicgen-small at {fake_hub.commit}"
    assert installed.card.version == f"1+{installed.folder.name}"
    assert shares == sorted(shares)
    assert 0.9 < shares[-1] <= 1
    assert store.installed() == {"musicgen-small": installed}
    assert Store(tmp_path / "home").installed() == {"musicgen-small": installed}
    assert store.get("MusicGen-small") == installed
    assert installed.path(".safetensors").read_bytes()
    assert not left_over(tmp_path / "home")
    fake_hub.listed.clear()
    assert store.add(card("musicgen-small")) == installed  # it is here: nothing is asked
    assert fake_hub.listed == []


def test_a_revision_and_digests_that_the_card_states_are_used(
    store: Store, fake_hub: FakeHub, tmp_path: Path
) -> None:
    shutil.copy(
        fake_hub.folder / "model.safetensors", fake_hub.folder / "model-00001-of-00002.safetensors"
    )
    with pytest.raises(StorageFailed, match=r"model-00001-of-00002\.safetensors did not arrive"):
        store.add(card("musicgen-large"))
    assert fake_hub.listed[0][1] == "037a9f5a2a8a44bd6eaa38b1171f6fdfb1b0b1a9"
    assert store.installed() == {}


def test_a_download_goes_on_where_it_stopped(
    store: Store, fake_hub: FakeHub, tmp_path: Path
) -> None:
    fake_hub.breaks_after = 40_000
    with pytest.raises(StorageFailed, match="reset by peer"):
        store.add(card("musicgen-small"))
    assert store.installed() == {}
    fake_hub.fetched.clear()
    installed = Store(tmp_path / "home").add(card("musicgen-small"))
    resumed = dict(fake_hub.fetched)
    assert 0 < resumed["model.safetensors"] < (fake_hub.folder / "model.safetensors").stat().st_size
    assert "config.json" not in resumed  # it was there already
    store.check(installed)
    assert not left_over(tmp_path / "home")


def test_a_download_of_another_commit_begins_anew(store: Store, fake_hub: FakeHub) -> None:
    fake_hub.breaks_after = 40_000
    with pytest.raises(StorageFailed):
        store.add(card("musicgen-small"))
    write_musicgen(fake_hub.folder, seed=5)
    fake_hub.commit = "d" * 40
    fake_hub.fetched.clear()
    installed = store.add(card("musicgen-small"))
    assert {offset for _, offset in fake_hub.fetched} == {0}
    assert installed.files["model.safetensors"] == transfer.digest(
        fake_hub.folder / "model.safetensors"
    )


def test_what_arrives_altered_is_thrown_away_and_asked_for_again(
    store: Store, fake_hub: FakeHub
) -> None:
    fake_hub.lies = {"model.safetensors"}
    for _ in range(2):
        with pytest.raises(StorageFailed, match="SHA-256 differs"):
            store.add(card("musicgen-small"))
    assert store.installed() == {}
    fake_hub.lies = set()
    assert store.add(card("musicgen-small"))
    assert (
        fake_hub.fetched[-1] == ("model.safetensors", 0)
        or ("tokenizer.json", 0) in fake_hub.fetched
    )


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("piper", InvalidInput, "piper-en_US-lessac-medium"),
        ("audiogen-medium", Refused, "pickles"),
        ("kokoro", InvalidInput, r"onnx-community/.* files are missing: onnx/model\.onnx"),
    ],
)
def test_what_cannot_be_added_says_why(
    store: Store, fake_hub: FakeHub, name: str, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        store.add(card(name))
    assert fake_hub.fetched == []
    assert store.installed() == {}


def test_the_built_in_cannot_be_added(store: Store) -> None:
    from menura.catalog import builtin_cards

    with pytest.raises(InvalidInput, match="built in"):
        store.add(next(iter(builtin_cards())))


def test_offline_nothing_is_asked_and_a_folder_is_named(tmp_path: Path, fake_hub: FakeHub) -> None:
    with pytest.raises(Refused, match="models import musicgen-small --from"):
        Store(tmp_path / "home", offline=True).add(card("musicgen-small"))
    assert fake_hub.listed == []
    store = Store(tmp_path / "home", offline=True)
    assert store.import_from("musicgen-small", fake_hub.folder).name == "musicgen-small"


@pytest.mark.parametrize(
    "name", ["../../evil.safetensors", "/etc/cron.d/x.safetensors", "a\0.safetensors"]
)
def test_names_from_the_hub_reach_nowhere(
    store: Store, fake_hub: FakeHub, tmp_path: Path, name: str
) -> None:
    fake_hub.add = {name: 16}
    with pytest.raises(InvalidInput, match="called"):
        store.add(card("musicgen-small"))
    assert fake_hub.fetched == []
    assert not list(tmp_path.rglob("evil*"))


def disk(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    monkeypatch.setattr(transfer.shutil, "disk_usage", lambda _: SimpleNamespace(free=free))


def test_a_disk_that_is_too_small_is_seen_before(
    store: Store, fake_hub: FakeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk(monkeypatch, transfer.SPARE_BYTES + 1000)
    with pytest.raises(StorageFailed, match="MB free"):
        store.add(card("musicgen-small"))
    with pytest.raises(StorageFailed, match="MB free"):
        store.import_from("tiny", fake_hub.folder)
    assert fake_hub.fetched == []
    assert store.installed() == {}


def test_a_disk_that_fills_up_leaves_the_old_model_and_a_download_to_go_on(
    store: Store, fake_hub: FakeHub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    old = store.import_from("tiny", fake_hub.folder)
    whole = (fake_hub.folder / "model.safetensors").stat().st_size
    write = hub.Watched.write

    def full(self: hub.Watched, piece: bytes) -> int:
        if self.tell() > 0.5 * whole:
            raise OSError(28, os.strerror(28))
        return write(self, piece)

    with monkeypatch.context() as patch:
        patch.setattr(hub.Watched, "write", full)
        with pytest.raises(StorageFailed, match="disk is full"):
            store.add(card("musicgen-small"))
    fake_hub.fetched.clear()
    assert store.add(card("musicgen-small"))
    assert any(offset > 0.4 * whole for _, offset in fake_hub.fetched)

    def full_copy(sources: object, folder: Path, progress: object) -> dict[str, str]:
        folder.mkdir(parents=True)
        (folder / "half").write_bytes(b"x")
        with transfer.storage("cannot copy the model"):
            raise OSError(28, os.strerror(28))

    with monkeypatch.context() as patch:
        patch.setattr(transfer, "copy", full_copy)
        with pytest.raises(StorageFailed, match="disk is full"):
            store.import_from("tiny", write_musicgen(tmp_path / "new", seed=9))
    assert store.check(store.installed()["tiny"]).files == old.files
    assert not left_over(tmp_path / "home")


def test_import_makes_a_card_of_what_the_folder_holds(store: Store, tmp_path: Path) -> None:
    installed = store.import_from("tiny", write_musicgen(tmp_path / "a"))
    assert installed.card.tasks == ("music",)
    assert installed.card.engine == "music.codec_lm"
    assert installed.card.source == "trained"
    assert installed.card.rate == 16_000
    assert not installed.card.licences.commercial
    assert installed.card.model is not None
    assert installed.card.model.layout == "musicgen-hf"
    assert Store(tmp_path / "home").installed()["tiny"] == installed
    voice = store.import_from(
        "Ann", write_piper(tmp_path / "b"), licences={"weights": "CC0-1.0", "commercial": True}
    )
    assert (voice.name, voice.card.engine, voice.card.rate) == ("ann", "speech.neural", 16_000)
    assert voice.card.licences.commercial
    assert voice.card.licences.weights == "CC0-1.0"
    assert "GPL" in voice.card.licences.code


def test_import_of_a_known_model_takes_its_card_and_a_flat_folder(
    store: Store, tmp_path: Path
) -> None:
    installed = store.import_from("piper-en_US-lessac-medium", write_piper(tmp_path / "a"))
    assert installed.name == "piper-en_us-lessac-medium"
    assert installed.card.languages == "en-US"
    assert installed.path(".onnx").name == "en_US-lessac-medium.onnx"
    kokoro = tmp_path / "k"
    (kokoro / "voices").mkdir(parents=True)
    write_graph(kokoro / "model.onnx")
    (kokoro / "tokenizer.json").write_text("{}")
    for voice in ("af_heart", "am_adam"):
        np.ones((510, 256), "<f4").tofile(kokoro / "voices" / f"{voice}.bin")
    installed = store.import_from("kokoro", kokoro)
    assert sorted(installed.files) == [
        "onnx/model.onnx", "tokenizer.json", "voices/af_heart.bin", "voices/am_adam.bin",
    ]  # fmt: skip


def test_import_replaces_and_the_graphs_of_the_old_files_go(store: Store, tmp_path: Path) -> None:
    old = store.import_from("tiny", write_musicgen(tmp_path / "a"))
    cache = store.cache(old, "int8")
    cache.mkdir()
    assert store.cache(old, "int8") == cache
    again = store.import_from("tiny", tmp_path / "a")
    assert again.folder == old.folder
    assert cache.exists()  # the same files: their graphs are still right
    new = store.import_from("tiny", write_musicgen(tmp_path / "b", seed=1))
    assert new.card.version != old.card.version
    assert store.cache(new, "int8") != cache
    assert not cache.exists()
    assert not old.folder.exists()
    assert not left_over(tmp_path / "home")


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("formant", InvalidInput, "built-in"),
        ("../x", InvalidInput, "letters"),
        ("a..b", InvalidInput, "letters"),
        ("", InvalidInput, "letters"),
        ("-x", InvalidInput, "letters"),
        ("x" * 65, InvalidInput, "letters"),
        ("a\nb", InvalidInput, "letters"),
        ("piper", InvalidInput, "many"),
        ("kokoro", InvalidInput, "missing"),
    ],
)
def test_import_under_a_bad_name(
    store: Store, tmp_path: Path, name: str, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        store.import_from(name, write_musicgen(tmp_path / "a"))
    assert store.installed() == {}


def test_import_of_a_bad_folder(store: Store, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no folder"):
        store.import_from("tiny", tmp_path / "gone")
    (tmp_path / "file").write_text("x")
    with pytest.raises(InvalidInput, match="no folder"):
        store.import_from("tiny", tmp_path / "file")
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(InvalidInput, match="musicgen-hf"):
        store.import_from("tiny", empty)
    for content in (b"\x80\x02}q\x00.", b"\x80\x04\x95" + bytes(16)):
        (empty / "pytorch_model.bin").write_bytes(content)
        with pytest.raises(Refused, match="pickle"):
            store.import_from("tiny", empty)
        with pytest.raises(Refused, match="pickle"):
            store.import_from("musicgen-small", empty)
    half = write_musicgen(tmp_path / "half")
    weights = (half / "model.safetensors").read_bytes()
    (half / "model.safetensors").write_bytes(weights[:-100])
    with pytest.raises(InvalidInput, match="damaged"):
        store.import_from("tiny", half)
    assert store.installed() == {}
    assert not left_over(tmp_path / "home")


def test_links_may_lead_into_a_cache_of_the_hub_and_nowhere_else(
    store: Store, tmp_path: Path
) -> None:
    cache = tmp_path / "models--facebook--x"
    blobs = write_musicgen(cache / "blobs")
    snapshot = cache / "snapshots" / "abc"
    snapshot.mkdir(parents=True)
    for path in blobs.iterdir():
        (snapshot / path.name).symlink_to(Path("../../blobs") / path.name)
    installed = store.import_from("tiny", snapshot)
    assert sorted(installed.files) == MUSICGEN
    assert not any(path.is_symlink() for path in installed.folder.iterdir())
    secret = tmp_path / "secret.json"
    secret.write_text('{"token": "s"}')
    folder = write_musicgen(tmp_path / "b")
    (folder / "tokenizer.json").unlink()
    (folder / "tokenizer.json").symlink_to(secret)
    with pytest.raises(InvalidInput, match="link that leads out"):
        store.import_from("other", folder)
    (folder / "tokenizer.json").unlink()
    os.mkfifo(folder / "tokenizer.json")
    with pytest.raises(InvalidInput, match="knows"):
        store.import_from("other", folder)


def test_a_file_that_was_altered_is_found_when_it_is_used(store: Store, tmp_path: Path) -> None:
    installed = store.import_from("tiny", write_musicgen(tmp_path / "a"))
    weights = installed.path(".safetensors")
    content, stamp = weights.read_bytes(), weights.stat()
    assert store.check(installed) == installed
    changed = content[:-1] + bytes([content[-1] ^ 1])
    weights.write_bytes(changed)
    os.utime(weights, ns=(stamp.st_atime_ns, stamp.st_mtime_ns + 10**9))
    with pytest.raises(StorageFailed, match=r"SHA-256 differs.*models remove tiny"):
        store.check(installed)
    weights.write_bytes(content[:-8])
    with pytest.raises(StorageFailed, match="SHA-256 differs"):
        store.check(installed)
    weights.unlink()
    with pytest.raises(StorageFailed, match="missing"):
        store.check(installed)
    weights.symlink_to(tmp_path / "a" / "model.safetensors")
    with pytest.raises(StorageFailed, match="missing"):
        store.check(installed)


def test_digests_are_taken_again_only_of_what_changed(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = store.import_from("tiny", write_musicgen(tmp_path / "a"))
    taken: list[str] = []
    digest = transfer.digest
    monkeypatch.setattr(transfer, "digest", lambda path: taken.append(path.name) or digest(path))
    store.check(installed)
    assert taken == []
    os.utime(installed.folder / "config.json", ns=(1, 1))  # as a copy of the data folder has it
    store.check(installed)
    assert taken == ["config.json"]
    Store(tmp_path / "home").check(installed)
    assert taken == ["config.json"]  # the new time is written down


def test_remove_frees_everything(store: Store, fake_hub: FakeHub, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="models list"):
        store.remove("tiny")
    with pytest.raises(NotInstalled, match="models add kokoro"):
        store.remove("kokoro")
    for name in ("../home", "", ".", "locks"):
        with pytest.raises(NotFound):
            store.remove(name)
    installed = store.import_from("tiny", fake_hub.folder)
    cache = store.cache(installed, "int8")
    cache.mkdir()
    (cache / "step.onnx").write_bytes(bytes(1000))
    assert store.remove("tiny") > 65_000
    assert store.installed() == {}
    fake_hub.breaks_after = 40_000
    with pytest.raises(StorageFailed):
        store.add(card("musicgen-small"))
    assert store.remove("musicgen-small") > 10_000  # what had come
    assert not left_over(tmp_path / "home")


RECORD = {"format": 1, "name": "tiny", "id": "ab", "origin": "", "added_at": "", "facts": None}
FILE = {"sha256": "", "size": 0, "mtime_ns": 0}
DAMAGED = {
    "empty": "",
    "no keys": "{}",
    "a list": "[]",
    "a NUL": "\0",
    "deep": "[" * 100_000,
    "another format": json.dumps({**RECORD, "format": 2, "files": {}}),
    "an id that climbs": json.dumps({**RECORD, "id": "../..", "files": {}}),
    "another name": json.dumps({**RECORD, "name": "kokoro", "files": {}}),
    "a file that climbs": json.dumps({**RECORD, "files": {"../x": FILE}}),
    "no card": json.dumps({**RECORD, "files": {}}),
    "a layout that is none": json.dumps(
        {**RECORD, "facts": {"model": {"layout": "../x"}}, "files": {}}
    ),
}


@pytest.mark.parametrize("text", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_record_hinders_no_other_model(store: Store, tmp_path: Path, text: str) -> None:
    store.import_from("other", write_musicgen(tmp_path / "a"))
    path = tmp_path / "home/models/tiny.json"
    path.write_text(text)
    assert list(store.installed()) == ["other"]
    assert list(store.broken()) == ["tiny"]
    with pytest.raises((StorageFailed, InvalidInput)):
        store.get("tiny")
    store.remove("tiny")
    assert store.broken() == {}


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path, fake_hub: FakeHub) -> None:
    (tmp_path / "home").write_text("a file")
    with pytest.raises(StorageFailed, match="cannot change the model"):
        Store(tmp_path / "home").import_from("tiny", fake_hub.folder)
    assert Store(tmp_path / "home").installed() == {}


def test_what_the_download_is_made_of_is_still_there() -> None:
    """`http_get` can go on where a file ends: its signature is no promise, so it is checked."""
    import inspect

    from huggingface_hub.file_download import http_get

    assert {"resume_size", "expected_size"} <= set(inspect.signature(http_get).parameters)
