import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import menura
from menura.audio import files
from menura.audio.formats import Format
from menura.safeguards.provenance import sidecar_path
from menura.settings import Settings
from menura.studio import Studio

TEXT = (
    "A file remembers how it was made, and can be made again from what it remembers, bit by bit. "
    "This one goes on for some ten seconds, as long as a remark in a conversation may well be."
)
FORMATS = ("wav", "flac", "mp3", "m4a", "ogg", "opus")


@pytest.fixture(scope="module")
def take(studio: Studio) -> menura.Take:
    return studio.render(menura.Speech(TEXT, voice="maeve", seed=11))


@pytest.fixture(scope="module")
def saved(take: menura.Take, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("saved")
    return {suffix: take.save(folder / f"a.{suffix}") for suffix in FORMATS}


@pytest.mark.parametrize("suffix", FORMATS)
def test_verify_finds_mark_manifest_and_take(
    studio: Studio, take: menura.Take, saved: dict[str, Path], suffix: str
) -> None:
    found = studio.verify(saved[suffix])
    assert found.mark.found is True
    assert found.mark.p is not None
    assert found.mark.p < 1e-6
    assert found.mark.payload == take.id
    assert found.manifest.state == "trusted"
    assert found.take is not None
    assert found.take["id"] == take.id
    assert found.take["engines"] == {"expressive": "2"}
    start, stop = found.mark.spans[0][0], found.mark.spans[-1][1]
    assert start < 1.5
    assert stop > take.audio.duration_s - 1.5
    json.dumps(found.to_dict(), allow_nan=False)


@pytest.mark.parametrize("suffix", FORMATS)
def test_redo_gives_the_same_samples(
    studio: Studio, take: menura.Take, saved: dict[str, Path], suffix: str
) -> None:
    again = studio.redo(saved[suffix])
    assert (again.id, again.samples_sha256()) == (take.id, take.samples_sha256())


def test_a_stream_is_redone_as_a_stream(studio: Studio, tmp_path: Path) -> None:
    stream = studio.stream(menura.Speech(TEXT, seed=4))
    for _ in stream:
        pass
    path = stream.take.save(tmp_path / "s.flac")
    assert studio.redo(path).samples_sha256() == stream.take.samples_sha256()


def test_another_install_sees_a_valid_but_unknown_signer(
    saved: dict[str, Path], tmp_path: Path
) -> None:
    with Studio(Settings(home=tmp_path / "other", workers=1)) as other:
        found = other.verify(saved["wav"])
        assert found.manifest.state == "valid"
        assert found.mark.found
        assert not (tmp_path / "other" / "authority").exists()
        again = other.redo(saved["wav"])
        assert again.task.seed == 11
        assert other.verify(again.save(tmp_path / "b.wav")).manifest.state == "trusted"


def test_re_encoded_by_another_program_the_mark_stays_and_the_manifest_goes(
    studio: Studio, take: menura.Take, saved: dict[str, Path], tmp_path: Path
) -> None:
    import lameenc
    import soundfile

    samples, rate = soundfile.read(saved["wav"], dtype="int16")
    lame = lameenc.Encoder()
    lame.set_bit_rate(64)
    lame.set_in_sample_rate(rate)
    lame.set_channels(1)
    lame.silence()
    path = tmp_path / "shared.mp3"
    path.write_bytes(lame.encode(samples.tobytes()) + lame.flush())
    found = studio.verify(path)
    assert found.mark.found
    assert found.mark.payload == take.id
    assert found.manifest.state == "absent"
    assert found.take is not None
    assert found.take["source"] == "archive"
    assert any("manifest was removed" in note for note in found.notes)
    assert studio.redo(path).samples_sha256() == take.samples_sha256()
    with (
        Studio(Settings(home=tmp_path / "other", workers=1)) as other,
        pytest.raises(menura.InvalidRecipe, match="no recipe"),
    ):
        other.redo(path)


def test_a_sound_menura_did_not_make_has_no_trace(studio: Studio, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    t = np.arange(10 * 22_050) / 22_050
    wave = 0.3 * np.sin(2 * np.pi * 220 * t) * (1 + np.sin(2 * np.pi * 3 * t)) / 2
    sound = menura.Audio((wave + 0.05 * rng.standard_normal(t.size))[None].astype("f4"), 22_050)
    files.write(tmp_path / "other.wav", [sound], Format("wav"), {})
    found = studio.verify(tmp_path / "other.wav")
    assert found.mark.found is False
    assert found.mark.payload is None
    assert found.manifest.state == "absent"
    assert found.take is None
    assert not any("human" in note for note in found.notes)


def test_what_was_changed_after_signing_is_invalid(
    studio: Studio, saved: dict[str, Path], tmp_path: Path
) -> None:
    data = bytearray(saved["wav"].read_bytes())
    at = data.index(b"data") + 4000
    data[at] ^= 1
    (tmp_path / "a.wav").write_bytes(data)
    found = studio.verify(tmp_path / "a.wav")
    assert found.manifest.state == "invalid"
    assert found.mark.found
    assert "the file or its manifest was changed after signing" in found.notes


def test_a_lost_or_foreign_sidecar_is_noticed(
    studio: Studio, saved: dict[str, Path], tmp_path: Path
) -> None:
    shutil.copy(saved["opus"], tmp_path / "a.opus")
    assert studio.verify(tmp_path / "a.opus").manifest.state == "absent"
    assert studio.redo(tmp_path / "a.opus").id  # from its tags
    shutil.copy(sidecar_path(saved["ogg"]), sidecar_path(tmp_path / "a.opus"))
    assert studio.verify(tmp_path / "a.opus").manifest.state == "invalid"


def test_short_sound_is_marked_as_present_and_named_by_its_manifest(
    studio: Studio, tmp_path: Path
) -> None:
    take = studio.render(menura.Speech("Only a short remark, this one.", seed=1))
    found = studio.verify(take.save(tmp_path / "a.wav"))
    assert take.audio.duration_s < 4
    assert found.mark.found is not False
    assert found.mark.payload is None
    assert found.take is not None
    assert found.take["id"] == take.id


def test_a_prompt_too_long_for_a_file_is_redone_from_the_archive(
    studio: Studio, monkeypatch, tmp_path: Path
) -> None:
    from menura.studio import recipes

    monkeypatch.setattr(recipes, "MAX_RECIPE_BYTES", 200)
    take = studio.render(menura.Speech("aardvark " + TEXT, seed=1))
    path = take.save(tmp_path / "a.wav")
    assert b"what it remembers" not in path.read_bytes()
    assert studio.redo(path).samples_sha256() == take.samples_sha256()
    with (
        Studio(Settings(home=tmp_path / "other", workers=1)) as other,
        pytest.raises(menura.InvalidRecipe, match="hash"),
    ):
        other.redo(path)


def _with_recipe(folder: Path, text: str) -> Path:
    tags = {"MENURA_RECIPE": text}
    sound = menura.Audio(np.full((1, 8000), 0.1, np.float32), 8000)
    files.write(folder / "evil.flac", [sound], Format("flac"), tags)
    return folder / "evil.flac"


@pytest.mark.parametrize(
    "text",
    [
        "not json",
        "[]",
        "null",
        "[" * 100_000,
        '{"format": 2}',
        '{"format": 1}',
        '{"format": 1, "task": {"kind": "speech", "text": ""}}',
        '{"format": 1, "task": {"kind": "speech", "text": "x", "voice": "../../etc"}}',
        '{"format": 1, "task": {"kind": "speech", "text": "x", "engine": "hf://evil"}}',
        '{"format": 1, "task": {"kind": "speech", "text": "x", "__class__": "os"}}',
        '{"format": 1, "task": {"kind": "speech", "text": "x", "speed": NaN}}',
        '{"format": 1, "task": {"kind": "speech", "text": "x", "seed": 1e400}}',
        '{"format": 1, "task": {"kind": "speech", "text": "\\ud800"}}',
        '{"format": 1, "task": {"kind": "speech", "text": "a\\u0000b"}}',
        '{"format": 1, "delivery": "stream", "task": {"kind": "speech", "text": "\\u0301"}}',
    ],
)
def test_a_hostile_recipe_is_refused(studio: Studio, tmp_path: Path, text: str) -> None:
    with pytest.raises(menura.InvalidInput) as caught:
        studio.redo(_with_recipe(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_a_recipe_of_a_blocked_prompt_is_checked_again(
    settings: Settings, saved: dict[str, Path], tmp_path: Path
) -> None:
    import dataclasses

    (tmp_path / "terms").write_text("remembers", encoding="utf-8")
    changed = dataclasses.replace(settings, blocked_terms=tmp_path / "terms")
    with Studio(changed) as strict, pytest.raises(menura.Refused):
        strict.redo(saved["wav"])


@pytest.mark.parametrize("name", ["gone.wav", "", "folder", "text.wav"])
def test_what_is_no_sound_is_one_clear_error(studio: Studio, tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "text.wav").write_text("#EXTM3U\nfile:///etc/passwd\n")
    for act in (studio.verify, studio.redo):
        with pytest.raises((menura.NotFound, menura.InvalidInput)) as caught:
            act(tmp_path / name)
        assert "\n" not in str(caught.value)
