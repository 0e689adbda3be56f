from pathlib import Path

import numpy as np
import pytest

import menura
from menura.audio import files
from menura.audio.formats import Format
from menura.safeguards.authority import Authority
from menura.safeguards.provenance import read
from menura.safeguards.watermark import detect
from menura.settings import Settings
from menura.studio import Studio

TEXT = "One sentence comes first. Then there is another. A third one ends it, a little later on."


def _collect(stream: menura.Stream) -> menura.Audio:
    blocks = list(stream)
    return menura.Audio(np.concatenate([b.samples for b in blocks], axis=1), stream.rate)


def test_blocks_come_before_the_whole_is_made_and_are_marked(studio: Studio) -> None:
    stream = studio.stream(menura.Speech(TEXT * 4, voice="nora", seed=2))
    first = next(stream)
    assert 0 < first.duration_s < 0.5
    with pytest.raises(menura.InvalidInput, match="not ended"):
        _ = stream.take
    rest = _collect(stream)
    take = stream.take
    assert take.audio.frames == first.frames + rest.frames
    found = detect(take.audio)
    assert found.found
    assert found.payload == bytes.fromhex(take.id)
    assert take.report.measured["loudness_lufs"] == pytest.approx(-16, abs=1.5)
    assert np.abs(take.audio.samples).max() < 1.0


def test_a_stream_repeats_and_is_another_delivery_than_a_render(studio: Studio) -> None:
    task = menura.Speech(TEXT, voice="nora", seed=2)
    one, two = studio.stream(task), studio.stream(task)
    a, b = _collect(one), _collect(two)
    assert np.array_equal(a.samples, b.samples)
    assert one.take.id == two.take.id == one.origin.take_id
    assert studio.render(task).id != one.take.id
    assert [w.text for w in one.take.captions] == TEXT.split()


def test_the_manifest_of_a_stream_is_in_the_archive(
    studio: Studio, settings: Settings, tmp_path: Path
) -> None:
    stream = studio.stream(menura.Speech(TEXT, voice="nora", seed=2))
    sound = _collect(stream)
    manifest = studio.archive.get(stream.take.id).manifest
    assert manifest
    files.write(tmp_path / "s.wav", [sound], Format("wav"), {})
    anchors = Authority.open(settings).anchors_pem
    assert read(tmp_path / "s.wav", anchors, manifest).state == "trusted"
    assert read(tmp_path / "s.wav", anchors, manifest).take_id == stream.take.id
    changed = menura.Audio(sound.samples * np.float32(0.5), sound.rate)
    files.write(tmp_path / "s.wav", [changed], Format("wav"), {})
    assert read(tmp_path / "s.wav", anchors, manifest).state == "invalid"


def test_bad_tasks_are_refused_before_the_first_block(studio: Studio) -> None:
    with pytest.raises(menura.NotFound):
        studio.stream(menura.Speech("hi", voice="nobody"))


def test_a_stream_that_is_left_early_is_on_record_all_the_same(studio: Studio) -> None:
    stream = studio.stream(menura.Speech(TEXT * 20, seed=9))
    played = sum(next(stream).frames for _ in range(8))
    stream.close()
    assert stream.take.audio.frames == played
    assert stream.take.report.measured["complete"] is False
    entry = studio.archive.get(stream.origin.take_id)
    assert entry.duration_s == pytest.approx(played / stream.rate)
    assert entry.manifest
    for _ in range(3):
        next(studio.stream(menura.Speech(TEXT * 20)))
    assert studio.render(menura.Speech("Still here.")).audio.duration_s > 0.3


def test_a_closed_studio_leaves_no_stream_unrecorded(settings: Settings) -> None:
    with Studio(settings) as opened:
        stream = opened.stream(menura.Speech(TEXT, seed=77))
        next(stream)
    assert opened.archive.get(stream.origin.take_id).manifest
