"""Words for the sound of the whole: each has an effect, and the main ones are measured."""

import dataclasses

import numpy as np
import pytest

from menura.engines.music.arranger.composing import compose
from menura.engines.music.arranger.granting import grant_mix
from menura.engines.music.arranger.staging import stage
from menura.engines.music.mixing import BLOCK_FRAMES, Desk, Strip
from menura.tasks import Music
from menura.text.brief import read_brief
from menura.text.brief.brief import MusicBrief
from menura.text.brief.vocabulary import vocabulary

RATE = 44_100
SECONDS = 3


def staged(*words):
    task = Music("pop", seed=1, duration_s=8.0)
    plan = dataclasses.replace(compose(read_brief(task), task, 1).plan, mix=words)
    return stage(plan, {}, RATE).space


def heard(*words):
    """Returns 3 s of a mix, shape (2, frames): pulses of noise with decay, then a second's rest."""
    desk = Desk([Strip(name="x", role="chords", reverb=0.5)], staged(*words), RATE,
                np.random.default_rng(0))  # fmt: skip
    time_s = np.arange(SECONDS * RATE) / RATE
    pulses = np.exp(-12 * (time_s % 0.25)) * (time_s < SECONDS - 1)
    sound = (0.5 * pulses * np.random.default_rng(1).standard_normal(time_s.size))[None]
    blocks = [
        sum(desk.mix([sound[:, i : i + BLOCK_FRAMES].astype(np.float32)], np.zeros(0)))
        for i in range(0, sound.shape[1], BLOCK_FRAMES)
    ]
    return np.concatenate(blocks, axis=1)


def centroid_hz(mix):
    power = np.abs(np.fft.rfft(mix.mean(axis=0))) ** 2
    hz = np.fft.rfftfreq(mix.shape[1], 1 / RATE)
    return float((hz * power).sum() / power.sum())


def crest_db(mix):
    played = mix[:, : (SECONDS - 1) * RATE]
    return float(20 * np.log10(np.abs(played).max() / np.sqrt((played**2).mean())))


def tail_db(mix):
    played, rest = mix[:, : (SECONDS - 1) * RATE], mix[:, (SECONDS - 1) * RATE :]
    return float(10 * np.log10((rest**2).mean() / (played**2).mean()))


@pytest.mark.parametrize(
    ("word", "measure", "sign", "least"),
    [
        ("airy", centroid_hz, 1, 150),
        ("bright", centroid_hz, 1, 150),
        ("crisp", centroid_hz, 1, 150),
        ("modern", centroid_hz, 1, 100),
        ("dark", centroid_hz, -1, 150),
        ("muddy", centroid_hz, -1, 150),
        ("distant", centroid_hz, -1, 150),
        ("distant", tail_db, 1, 1.0),
        ("wet", tail_db, 1, 1.0),
        ("roomy", tail_db, 1, 0.5),
        ("dry", tail_db, -1, 3.0),
        ("compressed", crest_db, -1, 0.5),
        ("saturated", crest_db, -1, 0.5),
        ("punchy", tail_db, -1, 0.2),
        ("warm", centroid_hz, -1, 100),
    ],
)
def test_a_word_is_heard(word, measure, sign, least):
    assert sign * (measure(heard(word)) - measure(heard())) >= least


def test_every_word_for_the_whole_has_an_effect():
    facts = vocabulary()
    words = {*facts.other["mix"], *facts.other["whole"].values()}
    for word in words:
        kept, notes = grant_mix(MusicBrief(mix=(word,)))
        assert (kept, notes) == ((word,), []), word


@pytest.mark.parametrize("prompt", ["distant piano", "dry drums", "a warm Rhodes"])
def test_a_word_for_the_only_player_is_one_for_the_mix(prompt):
    task = Music(prompt)
    composed = compose(read_brief(task), task, 1)
    assert composed.plan.mix == (next(w for w in ("distant", "dry", "warm") if w in prompt),)
    assert all(note.startswith("no genre is named") for note in composed.notes)


def test_a_word_for_one_of_several_is_named_as_written():
    brief = read_brief(Music("echoey piano and a flute"))
    kept, notes = grant_mix(brief)
    assert kept == ()
    assert notes == ["'echoey piano': only the mix as a whole can be made so"]


def test_notes_speak_of_nothing_that_was_not_written():
    for prompt in ("airy pop", "breathy", "contemporary folk", "analog warmth", "husky jazz"):
        brief = read_brief(Music(prompt))
        assert grant_mix(brief)[1] == []
        assert brief.notes == ()
