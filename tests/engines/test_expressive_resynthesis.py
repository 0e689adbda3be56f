"""What the sound is like, measured on it."""

from collections.abc import Iterator
from functools import cache

import numpy as np
import pytest
from expressive_speech import (
    LINE,
    VOICES,
    centroid_hz,
    level_db,
    median_hz,
    render,
    say,
    voiced_share,
)

from menura.dsp.vocoder import analyse
from menura.dsp.vocoder.pitch import track_pitch
from menura.engines.speech.expressive.character import Character
from menura.engines.speech.expressive.expression import Expression, emotions
from menura.engines.speech.expressive.resynthesis import Resynthesis
from menura.engines.speech.expressive.vocoding import outline, timed
from menura.espeak import Pool
from menura.espeak.utterance import Rendering


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(1) as pool:
        yield pool


@pytest.fixture(scope="module")
def spoken(pool: Pool):
    @cache
    def made(emotion: str, stability: float = 0.5, seed: int = 1) -> Resynthesis:
        expression = Expression(emotion=emotion, stability=stability)
        return say(render(pool, LINE), LINE, expression, seed=seed)

    return made


@pytest.mark.parametrize("emotion", [name for name in emotions() if name != "whisper"])
def test_emotions_change_pitch_energy_and_pace_as_they_say(spoken, emotion: str) -> None:
    preset = emotions()[emotion]
    plain, told = spoken("neutral").samples, spoken(emotion).samples
    moved = 12 * np.log2(median_hz(told) / median_hz(plain))
    assert moved == pytest.approx(preset.pitch_semitones, abs=0.5)
    louder = level_db(told) - level_db(plain)
    assert louder == pytest.approx(20 * np.log10(preset.energy), abs=1.0)
    assert plain.size / told.size == pytest.approx(preset.rate_factor, rel=0.05)


def test_a_whisper_has_no_voice_but_the_words(spoken) -> None:
    whisper, plain = spoken("whisper").samples, spoken("neutral").samples
    assert voiced_share(plain) > 0.6
    assert voiced_share(whisper) < 0.05
    assert -20 < level_db(whisper) - level_db(plain) < -6


def test_half_a_whisper_keeps_half_a_voice(pool: Pool) -> None:
    half = say(render(pool, LINE), LINE, Expression(emotion="whisper", style=0.3)).samples
    assert voiced_share(half) > 0.3


def test_pitch_is_asked_in_semitones(pool: Pool, spoken) -> None:
    up = say(render(pool, LINE), LINE, Expression(pitch_semitones=5)).samples
    moved = 12 * np.log2(median_hz(up) / median_hz(spoken("neutral").samples))
    assert moved == pytest.approx(5, abs=0.3)


def test_the_level_is_eight_db_below_the_rendering_and_nothing_clips(pool: Pool, spoken) -> None:
    rendering = render(pool, LINE)
    assert level_db(spoken("neutral").samples) - level_db(rendering.samples) == pytest.approx(
        -8, abs=1
    )
    assert max(np.abs(spoken(name).samples).max() for name in emotions()) < 1


def test_stability_makes_speech_flat_and_even(spoken) -> None:
    def spread(stability: float) -> float:
        samples = np.ascontiguousarray(spoken("neutral", stability).samples[::2])
        pitch = track_pitch(samples, 22_050)
        return float(np.std(12 * np.log2(pitch[pitch > 0])))

    assert spread(1.0) < 0.85 * spread(0.0)
    steady = {spoken("neutral", 1.0, seed).samples.size for seed in (1, 2, 3)}
    loose = {spoken("neutral", 0.0, seed).samples.size for seed in (1, 2, 3)}
    assert len(steady) == 1
    assert len(loose) == 3


def test_the_same_seed_gives_the_same_samples(pool: Pool, spoken) -> None:
    again = say(render(pool, LINE), LINE)
    assert np.array_equal(again.samples, spoken("neutral").samples)
    other = say(render(pool, LINE), LINE, seed=2)
    assert not np.array_equal(other.samples[:50_000], again.samples[:50_000])


@pytest.mark.parametrize("voice", ["fergus", "nora"])
def test_the_loudest_vowels_stand_out_less_than_in_the_rendering(pool: Pool, voice: str) -> None:
    text = "When the sunlight strikes raindrops in the air, they act as a prism."
    rendering = render(pool, text, voice)
    made = say(rendering, text, character=Character.of(VOICES[voice].timbre))

    def crest_db(samples: np.ndarray) -> float:
        return 20 * float(np.log10(np.abs(samples).max())) - level_db(samples)

    assert crest_db(made.samples) < crest_db(rendering.samples) - 1.5
    assert crest_db(made.samples) < 17.5


@pytest.mark.parametrize("voice", ["nora", "otto", "maeve", "liese"])
def test_the_long_term_spectrum_is_near_that_of_people(pool: Pool, voice: str) -> None:
    text = (
        "When the sunlight strikes raindrops in the air, they act as a prism and form a rainbow. "
        "The rainbow is a division of white light into many beautiful colours."
    )
    rendering = render(pool, text, voice, language="en-us")
    samples = say(rendering, text, character=Character.of(VOICES[voice].timbre)).samples
    pieces = np.lib.stride_tricks.sliding_window_view(samples, 4096)[::2048]
    power = np.square(np.abs(np.fft.rfft(pieces * np.hanning(4096)))).sum(axis=0)
    hz = np.fft.rfftfreq(4096, 1 / 44_100)
    # Octaves of the third-octave levels of D. Byrne et al., JASA 96 (1994), 200 Hz to 5 kHz.
    people = {250: 64.6, 500: 66.4, 1000: 59.6, 2000: 54.7, 4000: 50.5}
    band = [power[(hz >= f / 2**0.5) & (hz < f * 2**0.5)].sum() for f in people]
    off = 10 * np.log10(np.array(band)) - np.array(list(people.values()))
    assert float(np.std(off)) < 4.0


def test_creak_lowers_the_pitch_and_its_regularity_at_the_end_only(pool: Pool) -> None:
    text = "They all went slowly down to the lower meadow."
    rendering = render(pool, text, "otto")
    plain, creaky = (
        say(rendering, text, character=Character(creak=amount)) for amount in (0.0, 1.0)
    )
    first, end = plain.plan.phonation.creaks[0]
    start, stop = plain.plan.moved(int(first)), plain.plan.moved(int(end))
    assert np.allclose(plain.samples[: start - 6000], creaky.samples[: start - 6000], atol=1e-3)

    def pulses(samples: np.ndarray) -> float:
        """Returns how often a second the sound is like itself one period before."""
        part = samples[start + 3000 : stop].astype(np.float64)
        power = np.square(np.abs(np.fft.rfft(part, 1 << 16)))
        likeness = np.fft.irfft(power)[: 44_100 // 30]
        least = 44_100 // 200
        return 44_100 / (least + int(np.argmax(likeness[least:])))

    assert pulses(creaky.samples) < 0.87 * pulses(plain.samples)


@pytest.mark.parametrize("ratio", [0.9, 1.15])
def test_formants_move_and_pitch_stays(pool: Pool, ratio: float) -> None:
    text = "Ee."
    rendering = render(pool, text)
    plain, moved = (
        say(rendering, text, character=Character(formant_ratio=r)).samples for r in (1.0, ratio)
    )
    # The second formant of [i] lies near 2.3 kHz, far from its neighbours.
    found = centroid_hz(moved, 1700 * ratio, 2800 * ratio) / centroid_hz(plain, 1700, 2800)
    assert found == pytest.approx(ratio, abs=0.05)
    assert median_hz(moved) == pytest.approx(median_hz(plain), rel=0.02)


@pytest.mark.parametrize(
    ("change", "low", "high"),
    [({"breath": 0.5}, 0.03, 0.6), ({"roughness": 0.8}, 0.02, 0.6)],
)
def test_breath_and_roughness_make_the_voice_less_regular(
    pool: Pool, change: dict, low: float, high: float
) -> None:
    def irregular(character: Character) -> float:
        features = analyse(say(render(pool, LINE), LINE, character=character).samples, 44_100)
        band = (features.frequencies_hz() > 800) & (features.frequencies_hz() < 4000)
        return float(features.aperiodicity[features.voiced][:, band].mean())

    assert low < irregular(Character(**change)) - irregular(Character()) < high


def test_tilt_darkens(pool: Pool) -> None:
    def top_db(tilt: float) -> float:
        character = Character(tilt_db_per_octave=tilt)
        samples = say(render(pool, LINE), LINE, character=character).samples
        power = np.square(np.abs(np.fft.rfft(samples)))
        hz = np.fft.rfftfreq(samples.size, 1 / 44_100)
        return 10 * float(np.log10(power[hz > 2000].sum() / power[hz < 1000].sum()))

    assert top_db(-3) < top_db(0) - 3 < top_db(3) - 6


def test_no_noise_lies_below_the_pitch_of_a_breathy_voice(pool: Pool) -> None:
    samples = say(render(pool, LINE), LINE, character=Character(breath=0.4)).samples
    power = np.square(np.abs(np.fft.rfft(samples)))
    hz = np.fft.rfftfreq(samples.size, 1 / 44_100)
    assert power[(hz > 40) & (hz < 110)].sum() < 1e-3 * power.sum()


def test_the_top_goes_on_above_the_old_band(spoken) -> None:
    power = np.square(np.abs(np.fft.rfft(spoken("neutral").samples)))
    hz = np.fft.rfftfreq(spoken("neutral").samples.size, 1 / 44_100)
    below, above = (
        10 * np.log10(power[(hz > low) & (hz < low + 2000)].mean()) for low in (8000, 12_000)
    )
    assert -25 < above - below < 0


def test_the_top_of_vowels_has_neither_line_nor_hole(pool: Pool) -> None:
    text = "Ah."
    rendering = render(pool, text)
    depths = []
    for samples, rate in ((rendering.samples, 22_050), (say(rendering, text).samples, 44_100)):
        features = analyse(samples, rate)
        loud = features.log_power() > features.log_power().max() - 3
        hz = features.frequencies_hz()
        top = (hz > 5000) & (hz < 9000)
        level_db = 4.343 * features.log_envelope[loud][:, top].mean(axis=0)
        line = np.polynomial.Polynomial.fit(hz[top], level_db, 1)(hz[top])
        depths.append(float(np.ptp(level_db - line)))
    assert depths[0] > 12
    assert depths[1] < 0.5 * depths[0]


def test_pauses_are_silent_and_edges_do_not_click(pool: Pool) -> None:
    text = "One step; two steps. Stop! Go on, please."
    made = say(render(pool, text), text, Expression(breaths=0))
    samples = made.samples
    assert samples[0] == 0 or abs(samples[0]) < 1e-4
    assert abs(samples[-1]) < 1e-4
    plan = made.plan
    for part in plan.segments:
        start, stop = plan.moved(part.start), plan.moved(part.stop)
        assert max(abs(samples[start]), abs(samples[stop - 1])) < 2e-3
        if part.silent:
            assert not samples[start:stop].any()
    assert any(part.silent for part in plan.segments)


@pytest.mark.parametrize("emotion", ["neutral", "sad", "excited"])
def test_events_move_with_the_sound(pool: Pool, emotion: str) -> None:
    text = "Stop. Papa, go home. Tell me; quick, paint it."
    rendering = render(pool, text)
    made = say(rendering, text, Expression(emotion=emotion, stability=0.0))
    heard = timed(made.plan.rendering, outline(made.plan))
    assert heard.samples.size == made.samples.size
    assert heard.rate == 44_100
    loud = np.abs(made.samples) > 0.03 * np.abs(made.samples).max()
    first_loud = np.abs(rendering.samples) > 0.03 * np.abs(rendering.samples).max()
    after_pause = 0
    for old, new in zip(rendering.events, heard.events, strict=True):
        start = old.frame
        if old.kind != "word" or first_loud[max(0, start - 2000) : start].any():
            continue
        after_pause += 1
        lag_s = float(np.argmax(first_loud[start:])) / 22_050
        onset_s = (new.frame + float(np.argmax(loud[new.frame :]))) / 44_100
        assert not loud[max(0, new.frame - 1500) : max(0, new.frame - 700)].any()
        assert onset_s - new.frame / 44_100 == pytest.approx(lag_s, abs=0.03)
    assert after_pause >= 4


@pytest.mark.parametrize("emotion", ["neutral", "whisper", "excited"])
@pytest.mark.parametrize(
    ("text", "language"),
    [("a", "en-us"), ("s", "en-us"), ("psst", "en-us"), ("Oh!", "en-us"), ("早上好。", "zh")],
)
def test_short_utterances(pool: Pool, text: str, language: str, emotion: str) -> None:
    made = say(
        render(pool, text, language=language), text, Expression(emotion=emotion), language=language
    )
    assert np.isfinite(made.samples).all()
    assert 0.01 < np.abs(made.samples).max() < 1
    assert made.samples.size == made.plan.frames


@pytest.mark.parametrize("frames", [0, 1, 2, 60, 300])
@pytest.mark.parametrize("amount", [0.0, 0.3])
def test_renderings_of_next_to_nothing(frames: int, amount: float) -> None:
    noise = amount * np.random.default_rng(0).uniform(-1, 1, frames)
    made = say(Rendering(noise.astype(np.float32), 22_050, ()), "x")
    assert made.samples.size == made.plan.frames == 2 * made.plan.times.forward(frames)
    assert np.isfinite(made.samples).all()
    assert made.samples.any() == (amount > 0 and frames > 60) or frames <= 60


def test_a_whole_tone_language_keeps_its_voice(pool: Pool) -> None:
    text = "早上好，这句话是在您自己的电脑上说的。"
    rendering = render(pool, text, language="zh")
    made = say(rendering, text, language="zh")
    before, after = voiced_share(rendering.samples, 22_050), voiced_share(made.samples)
    assert after > 0.8 * before


def test_every_voice_sounds_different(pool: Pool) -> None:
    prints = []
    for name, voice in VOICES.items():
        text = "Hello there."
        rendering = render(pool, text, name, language="en-us")
        made = say(rendering, text, character=Character.of(voice.timbre))
        features = analyse(made.samples, 44_100)
        pitch = 12 * np.log2(np.median(features.f0_hz[features.voiced]))
        bands = features.log_envelope[features.voiced].mean(axis=0)[:200].reshape(20, 10)
        prints.append(np.append(4.34 * bands.mean(axis=1), pitch))
    distances = [float(np.abs(a - b).max()) for i, a in enumerate(prints) for b in prints[i + 1 :]]
    assert min(distances) > 1.0  # a decibel in some band, or a semitone
