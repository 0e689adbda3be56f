"""`menura codec`: a recording as codes and back, as loud as it was, marked and made again."""

import dataclasses
import json
import runpy
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from menura.audio import Audio
from menura.audio.loudness import measure
from menura.catalog import model_card
from menura.catalog.store import Store
from menura.cli.app import app
from menura.cli.output import exit_code
from menura.engines.codec import decoded
from menura.errors import InvalidInput, MenuraError, NotFound, NotInstalled
from menura.runtime.codec import Codec
from menura.runtime.codes import Codes
from menura.runtime.converting import convert
from menura.settings import Settings
from menura.studio import Studio
from menura.tasks import Decoding, Speech

TINY: dict[str, Any] = runpy.run_path(
    str(Path(__file__).parents[1] / "runtime" / "tiny_checkpoints.py")
)
SEGMENTED = {
    "sampling_rate": 12_000,
    "audio_channels": 2,
    "norm_type": "time_group_norm",
    "normalize": True,
    "chunk_length_s": 1.0,
    "overlap": 0.01,
    "use_causal_conv": True,
    "target_bandwidths": [1.5],
}
"""As encodec_48khz: two channels, in segments of a second, each brought to one level."""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("checkpoints")
    settings = Settings(home=tmp_path_factory.mktemp("home"), workers=1, offline=True)
    store = Store(settings.home, offline=True)
    for name, config in (("mono", TINY["CODEC"]), ("wide", TINY["CODEC"] | SEGMENTED)):
        TINY["write_encodec"](folder / name, config)
        store.import_from(name, folder / name)
    return settings


@pytest.fixture
def menura(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Runs the command in this process, in an empty folder; returns code, facts and error."""
    monkeypatch.setenv("MENURA_HOME", str(settings.home))
    monkeypatch.chdir(tmp_path)

    def run(*argv: object) -> tuple[int, dict[str, Any], str]:
        done = CliRunner().invoke(app, [str(each) for each in argv])
        if isinstance(done.exception, MenuraError):
            return exit_code(done.exception), {}, str(done.exception)
        assert done.exception is None, done.output
        facts = json.loads(done.stdout) if "--json" in argv else {}
        return done.exit_code, facts, done.stderr

    return run


def write(name: str, seconds: float, level: float = 0.1, rate: int = 24_000) -> Path:
    rng = np.random.default_rng(3)
    noise = rng.standard_normal((round(seconds * rate), 2))
    soundfile.write(name, level * noise / 3, rate)
    return Path(name)


@pytest.mark.parametrize("model", ["mono", "wide"])
@pytest.mark.parametrize(("seconds", "level"), [(5.3, 0.1), (0.5, 0.01), (0.05, 0.1)])
def test_a_recording_comes_back_as_loud_and_as_long(
    menura: Any, model: str, seconds: float, level: float
) -> None:
    write("a.flac", seconds, level)
    code, facts, _ = menura(
        "codec", "encode", "a.flac", "--model", model, "-o", "a.codes", "--json"
    )
    assert code == 0
    assert facts["model"] == model
    assert facts["duration_s"] == pytest.approx(seconds, abs=1e-3)
    assert facts["bytes"] == Path("a.codes").stat().st_size
    code, take, _ = menura("codec", "decode", "a.codes", "-o", "b.wav", "--json")
    assert code == 0
    assert take["report"]["understood"]["engine"] == model
    assert take["duration_s"] == pytest.approx(facts["duration_s"], abs=1e-4)
    sound, rate = soundfile.read("b.wav", dtype="float32", always_2d=True)
    assert (rate, sound.shape[1]) == ((8000, 1) if model == "mono" else (12_000, 2))
    if seconds >= 0.5:  # shorter has no loudness, and is left as the codec makes it
        loudness = measure(Audio(np.ascontiguousarray(sound.T), rate)).integrated_lufs
        assert loudness == pytest.approx(facts["loudness_lufs"], abs=0.1)


def test_what_comes_back_is_marked_signed_composite_and_made_again(
    menura: Any, settings: Settings, tmp_path: Path
) -> None:
    write("a.wav", 6)
    menura("codec", "encode", "a.wav", "--model", "mono", "-o", "a.codes")
    menura("codec", "decode", "a.codes", "-o", "b.wav")
    code, found, _ = menura("verify", "b.wav", "--json")
    assert (code, found["mark"]["found"], found["manifest"]["state"]) == (0, True, "trusted")
    assert b"compositeWithTrainedAlgorithmicMedia" in Path("b.wav").read_bytes()
    assert found["take"]["recipe"]["task"]["codes"]
    assert menura("redo", "b.wav", "-o", "c.wav")[0] == 0
    assert np.array_equal(soundfile.read("b.wav")[0], soundfile.read("c.wav")[0])
    for kept in (settings.home / "blobs").iterdir():
        kept.unlink()
    assert menura("redo", "b.wav", "-o", "d.wav")[0] == 4
    assert not Path("d.wav").exists()


def test_fewer_codebooks_are_smaller(menura: Any) -> None:
    write("a.wav", 4)
    sizes = []
    for count in (1, 4):
        encode = ("codec", "encode", "a.wav", "--model", "mono", "--codebooks", count)
        facts = menura(*encode, "-o", "a.codes", "--json")[1]
        assert facts["codebooks"] == count
        report = menura("codec", "decode", "a.codes", "-o", "b.wav", "--json")[1]["report"]
        assert report["measured"]["kbit_per_s"] == pytest.approx(count * 5 * 50 / 1000)
        sizes.append(facts["bytes"])
    assert sizes[0] < sizes[1]


@pytest.mark.parametrize("name", ["mono", "wide"])
@pytest.mark.parametrize("seconds", [0.02, 0.9, 1.0, 1.005, 7.77])
def test_sound_in_pieces_is_that_of_all_at_once(
    settings: Settings, tmp_path: Path, name: str, seconds: float
) -> None:
    installed = Store(settings.home, offline=True).get(name)
    made = convert(installed.folder, tmp_path / "out")
    codec = Codec(made.folder, made.facts.codec, TINY["ONE_THREAD"])
    noise = np.random.default_rng(1).standard_normal((2, round(12_000 * seconds)))
    codes = codec.encode(Audio(noise.astype(np.float32) / 5, 12_000))
    pieces = list(decoded(codec, codes))
    whole = np.concatenate(pieces, axis=1)[:, : codes.frames]
    np.testing.assert_allclose(whole, codec.decode(codes).samples, atol=2e-5)
    assert seconds < 5 or len(pieces) > 3


def spoilt(codes: Codes, **fields: Any) -> Codes:
    return dataclasses.replace(codes, **fields)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c: spoilt(c, model_id="0" * 12), "made by 'mono' .files '000000000000'"),
        (lambda c: spoilt(c, model="", model_id=""), "made by ''"),
        (lambda c: spoilt(c, rate=16_000), "of 16000 Hz"),
        (lambda c: spoilt(c, frames=c.frames + 160), "more or fewer"),
        (lambda c: spoilt(c, frames=1), "more or fewer"),
        (lambda c: spoilt(c, segments=c.segments * 2), "more or fewer"),
    ],
)
def test_codes_that_the_codec_did_not_make_are_refused(
    settings: Settings, tmp_path: Path, change: Any, said: str
) -> None:
    sound = write(str(tmp_path / "a.wav"), 1)
    with Studio(settings) as studio:
        change(studio.encode(sound, model="mono")).save(tmp_path / "a.codes")
        digest = studio.keep(tmp_path / "a.codes")
        with pytest.raises(InvalidInput, match=said):
            studio.stream(Decoding(digest, engine="mono"))


def test_a_codec_that_has_the_files_under_another_name_decodes_them(
    settings: Settings, tmp_path: Path
) -> None:
    sound = write(str(tmp_path / "a.wav"), 1)
    with Studio(settings) as studio:
        studio.encode(sound, model="mono").save(tmp_path / "a.codes")
    shutil.copytree(Store(settings.home).get("mono").folder, tmp_path / "files")
    other = Settings(home=tmp_path / "home", workers=1, offline=True)
    Store(other.home, offline=True).import_from("renamed", tmp_path / "files")
    with Studio(other) as studio:
        take = studio.render(Decoding(studio.keep(tmp_path / "a.codes")))
    assert take.origin.engine.name == "renamed"


def test_bad_input_gets_one_line(menura: Any, tmp_path: Path) -> None:
    write("a.wav", 1)
    Path("noise.wav").write_bytes(b"no sound at all")
    cases: list[tuple[tuple[object, ...], int, str]] = [
        (("encode", "none.wav"), 4, "none.wav"),
        (("encode", "noise.wav"), 2, "noise.wav"),
        (("encode", "a.wav", "--model", "nothing"), 4, "nothing"),
        (("encode", "a.wav", "--model", "foley"), 2, "foley makes effect"),
        (("encode", "a.wav", "--model", "encodec-48khz"), 4, "models add encodec-48khz"),
        (("encode", "a.wav", "--model", "mono", "--codebooks", 9), 2, "1 to 4 codebooks"),
        (("encode", "a.wav", "-o", "a.wav"), 2, "replace the sound"),
        (("encode", "a.wav", "-o", "no/x.codes"), 2, "folder does not exist"),
        (("decode", "none.codes"), 4, "none.codes"),
        (("decode", "noise.wav"), 2, "noise.wav"),
        (("decode", "a.wav"), 2, "no file of codes: `menura codec encode` makes one"),
        (("decode", "a.wav", "-o", "-"), 2, "writes a file"),
    ]
    for argv, code, said in cases:
        found = menura("codec", *argv)
        assert (found[0], said in found[2]) == (code, True), found
        assert "\n" not in found[2]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.wav", "noise.wav"]


def test_without_a_codec_it_says_which_to_add(tmp_path: Path) -> None:
    sound = write(str(tmp_path / "a.wav"), 1)
    with Studio(Settings(home=tmp_path / "home", workers=1)) as studio:
        with pytest.raises(NotFound, match="makes decoding: `menura models add encodec-48khz"):
            studio.encode(sound)
        with pytest.raises(NotInstalled, match="models add encodec-24khz"):
            studio.render(Decoding("0" * 64, engine="encodec-24khz"))
        with pytest.raises(InvalidInput, match="not speech"):
            studio.render(Speech("a", engine="encodec-24khz"))


def test_the_cards_of_codecs_say_what_they_do() -> None:
    rates = {"encodec-24khz": 24_000, "encodec-32khz": 32_000, "encodec-48khz": 48_000}
    for name, rate in rates.items():
        card = model_card(name)
        assert card is not None
        assert (card.rate, card.tasks, card.engine) == (rate, ("decoding",), "codec")
