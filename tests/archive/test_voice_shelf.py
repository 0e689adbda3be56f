import json
import sqlite3
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from menura.archive import DATABASE, Archive, Entry, VoiceShelf
from menura.archive.voices import check_voice_name, voice_id
from menura.errors import InvalidInput, NotFound, Refused, StorageFailed
from menura.voice import Voice

VOICE = Voice(
    name="v-0",
    engine="expressive",
    language="en-gb-scotland",
    description="an old sailor, gravelly ü",
    gender="man",
    age="elder",
    loudness_lufs=-27.5,
    timbre={"variant": "m3", "pitch": 42, "base_hz": 90.25, "roughness": 0.5},
)


@pytest.fixture
def shelf(tmp_path: Path) -> VoiceShelf:
    return VoiceShelf(Archive(tmp_path / "new" / DATABASE))


def other(**timbre: float) -> Voice:
    return replace(VOICE, timbre={**VOICE.timbre, **timbre})


def test_what_is_kept_is_found_by_name_and_id(shelf: VoiceShelf) -> None:
    assert shelf.list() == ()
    kept = shelf.add(VOICE, "sailor")
    assert kept == replace(VOICE, name="sailor", id=voice_id(VOICE))
    assert shelf.get("sailor") == shelf.get(kept.id) == kept
    assert [(each.name, each.id, each.voice) for each in shelf.list()] == [
        ("sailor", kept.id, kept)
    ]


def test_renaming_keeps_the_id_and_removing_forgets(shelf: VoiceShelf) -> None:
    kept = shelf.add(VOICE, "sailor")
    shelf.add(other(pitch=50), "captain")
    shelf.rename("sailor", "old-salt")
    assert shelf.get(kept.id).name == "old-salt"
    shelf.rename(kept.id, "sailor")
    with pytest.raises(InvalidInput, match="captain"):
        shelf.rename("sailor", "captain")
    shelf.remove("sailor")
    with pytest.raises(NotFound):
        shelf.get(kept.id)
    assert [each.name for each in shelf.list()] == ["captain"]


def test_the_id_is_made_from_all_that_is_heard_and_said() -> None:
    ids = {
        voice_id(voice)
        for voice in (
            VOICE,
            other(pitch=43),
            replace(VOICE, language="de"),
            replace(VOICE, gender="woman"),
            replace(VOICE, age="adult"),
            replace(VOICE, description=""),
            replace(VOICE, loudness_lufs=-20.0),
        )
    }
    assert len(ids) == 7
    assert all(len(each) == 18 and each.startswith("v-") for each in ids)
    assert voice_id(replace(VOICE, name="x", id="y")) == voice_id(VOICE)
    assert voice_id(other(pitch=42.0)) == voice_id(VOICE)
    levels = {voice_id(replace(VOICE, loudness_lufs=lufs)) for lufs in (-27, -27.0)}
    assert len(levels) == 1


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("a", True),
        ("old-sailor-2", True),
        ("x" * 64, True),
        ("vera", True),
        ("x" * 65, False),
        ("", False),
        ("Sailor", False),
        ("-sailor", False),
        ("sailor\n", False),
        ("v-sailor", False),
        ("v-0123456789abcdef", False),
        ("old sailor", False),
        ("säilor", False),
        ("../sailor", False),
        ("sail\0r", False),
        ("матрос", False),
    ],
)
def test_names(shelf: VoiceShelf, name: str, good: bool) -> None:
    if good:
        check_voice_name(name)
        assert shelf.add(VOICE, name).name == name
    else:
        with pytest.raises(InvalidInput, match="name"):
            shelf.add(VOICE, name)
        assert shelf.list() == ()


def test_a_name_is_given_once_and_a_voice_is_kept_once(shelf: VoiceShelf) -> None:
    shelf.add(VOICE, "sailor")
    with pytest.raises(InvalidInput, match="'sailor' already"):
        shelf.add(other(pitch=50), "sailor")
    with pytest.raises(InvalidInput, match="saved already, as sailor"):
        shelf.add(VOICE, "captain")


def test_a_voice_of_a_person_is_never_kept(shelf: VoiceShelf) -> None:
    with pytest.raises(Refused, match="person"):
        shelf.add(replace(VOICE, origin="human", consent="c"), "someone")
    with pytest.raises(Refused, match="learnt from people"):
        shelf.add(replace(VOICE, origin="trained"), "someone")


@pytest.mark.parametrize("name", ["nobody", "", "'; DROP TABLE voices; --", "v-0", "x" * 4096])
def test_what_is_not_there_is_not_found(shelf: VoiceShelf, name: str) -> None:
    for _ in range(2):
        for act in (shelf.get, shelf.remove, lambda name: shelf.rename(name, "new")):
            with pytest.raises(NotFound, match="menura voices"):
                act(name)
        if not shelf.list():
            shelf.add(VOICE, "sailor")


@pytest.mark.parametrize(
    "damage",
    [
        lambda facts: {**facts, "timbre": {**facts["timbre"], "roughness": 0.9}},
        lambda facts: {**facts, "description": "another"},
        lambda facts: {**facts, "origin": "human"},
        lambda facts: {**facts, "loudness_lufs": -70},
        lambda facts: {**facts, "loudness_lufs": -27.4},
        lambda facts: {**facts, "loudness_lufs": 99},
        lambda facts: {**facts, "loudness_lufs": "loud"},
        lambda facts: {**facts, "timbre": [1]},
        lambda facts: {**facts, "timbre": {"variant": None}},
        lambda facts: {**facts, "timbre": {**facts["timbre"], "pitch": 10**400}},
        lambda facts: {key: value for key, value in facts.items() if key != "age"},
        lambda facts: [facts],
        lambda _: None,
    ],
)
def test_a_damaged_or_altered_row_is_one_clear_error(
    shelf: VoiceShelf, tmp_path: Path, damage
) -> None:
    shelf.add(VOICE, "sailor")
    shelf.add(other(pitch=50), "captain")
    rewrite(tmp_path, lambda text: json.dumps(damage(json.loads(text))))
    with pytest.raises(StorageFailed, match="'sailor' was damaged"):
        shelf.get("sailor")
    assert shelf.get("captain").name == "captain"
    shelf.remove("sailor")
    assert [each.name for each in shelf.list()] == ["captain"]


@pytest.mark.parametrize(
    "change",
    [
        {"language": 5},
        {"description": 5},
        {"gender": "dog"},
        {"gender": ["man"]},
        {"age": None},
        {"age": 7},
        {"loudness_lufs": -70.0},
        {"loudness_lufs": 0},
        {"loudness_lufs": True},
    ],
)
def test_what_is_no_voice_is_neither_kept_nor_read_whatever_its_id(
    shelf: VoiceShelf, tmp_path: Path, change
) -> None:
    """The id is that of the changed facts: no digest can tell."""
    changed = replace(VOICE, **change)
    with pytest.raises(InvalidInput, match="voice"):
        shelf.add(changed, "sailor")
    shelf.add(VOICE, "sailor")
    rewrite(tmp_path, lambda text: json.dumps(json.loads(text) | change))
    set_column(tmp_path, "id", voice_id(changed))
    with pytest.raises(StorageFailed, match="'sailor' was damaged"):
        shelf.get("sailor")


@pytest.mark.parametrize("name", ["sai\x1b[31mlor", "Sailor", "", "x\ny", "v-1", b"sailor"])
def test_a_row_under_a_name_that_no_voice_can_have_is_damaged(
    shelf: VoiceShelf, tmp_path: Path, name
) -> None:
    kept = shelf.add(VOICE, "sailor")
    set_column(tmp_path, "name", name)
    assert [each.voice for each in shelf.list()] == [None]
    with pytest.raises(StorageFailed, match=f"menura voices remove {kept.id}") as raised:
        shelf.get(kept.id)
    assert str(raised.value).isprintable()
    shelf.remove(kept.id)
    assert shelf.list() == ()


def test_a_name_never_stands_for_another_voices_id(shelf: VoiceShelf, tmp_path: Path) -> None:
    captain = shelf.add(other(pitch=50), "captain")
    shelf.add(VOICE, "sailor")
    set_column(tmp_path, "name", captain.id)
    assert shelf.get(captain.id) == captain
    shelf.remove(captain.id)
    assert [each.voice for each in shelf.list()] == [None]


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, '{"timbre": NaN}'])
def test_what_is_no_json_is_damage_too(shelf: VoiceShelf, tmp_path: Path, text: str) -> None:
    shelf.add(VOICE, "sailor")
    rewrite(tmp_path, lambda _: text)
    with pytest.raises(StorageFailed, match="damaged"):
        shelf.get("sailor")


def set_column(tmp_path: Path, column: str, value) -> None:
    with sqlite3.connect(tmp_path / "new" / DATABASE) as database:
        database.execute(f"UPDATE voices SET {column} = ? WHERE name = 'sailor'", (value,))  # noqa: S608
    database.close()


def rewrite(tmp_path: Path, change) -> None:
    with sqlite3.connect(tmp_path / "new" / DATABASE) as database:
        (text,) = database.execute("SELECT facts FROM voices WHERE name = 'sailor'").fetchone()
        database.execute("UPDATE voices SET facts = ? WHERE name = 'sailor'", (change(text),))
    database.close()


def test_an_archive_from_before_there_were_voices_gets_their_table(tmp_path: Path) -> None:
    path = tmp_path / DATABASE
    archive = Archive(path)
    entry = Entry(
        id="0123456789ab",
        made_at="2026-11-20T10:00:00+00:00",
        kind="speech",
        engine="formant",
        duration_s=1.5,
        samples_sha256="ff",
        recipe={},
        report={},
    )
    archive.add(entry)
    with sqlite3.connect(path) as database:
        database.execute("DROP TABLE voices")
        database.execute("PRAGMA user_version = 1")
    database.close()
    assert VoiceShelf(archive).add(VOICE, "sailor").name == "sailor"
    assert archive.get(entry.id) == entry


def test_many_writers_at_once_lose_nothing_and_a_name_goes_to_one(tmp_path: Path) -> None:
    won: list[str] = []

    def write(i: int) -> None:
        shelf = VoiceShelf(Archive(tmp_path / DATABASE))
        shelf.add(other(pitch=i), f"voice-{i}")
        try:
            won.append(shelf.add(other(pitch=i, base_hz=100 + i), "wanted").id)
        except InvalidInput:
            return

    threads = [threading.Thread(target=write, args=(i,)) for i in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    names = {each.name for each in VoiceShelf(Archive(tmp_path / DATABASE)).list()}
    assert names == {f"voice-{i}" for i in range(12)} | {"wanted"}
    assert len(won) == 1


def test_other_processes_see_what_one_kept(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from menura.archive import *;"
        "print(*(k.name for k in VoiceShelf(Archive(Path(sys.argv[1]))).list()))"
    )
    path = tmp_path / DATABASE
    VoiceShelf(Archive(path)).add(VOICE, "sailor")
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], check=True, capture_output=True, text=True
    )
    assert done.stdout.split() == ["sailor"]
