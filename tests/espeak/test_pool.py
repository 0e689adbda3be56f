import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import espeakng_loader
import numpy as np
import pytest

from menura.errors import EngineFailed, InvalidInput, InvalidText, NotFound
from menura.espeak import Pool, Utterance, process

TEXT = "Peter put a paper cup on top of the piano."


@pytest.fixture(scope="module")
def pool():
    with Pool(2) as running:
        yield running


def _level(samples):
    return float(np.sqrt(np.mean(samples.astype(np.float64) ** 2))) if len(samples) else 0.0


def _pitch_hz(rendering):
    """The strongest periodicity between 60 and 400 Hz of the loudest second, by autocorrelation."""
    samples = rendering.samples[4_000 : 4_000 + rendering.rate].astype(np.float64)
    spectrum = np.abs(np.fft.rfft(samples, 1 << 16)) ** 2
    correlation = np.fft.irfft(spectrum)
    lags = np.arange(rendering.rate // 400, rendering.rate // 60)
    return rendering.rate / lags[np.argmax(correlation[lags])]


def _wait_until(condition, patience_s=10.0):
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


def _runs(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_speech_is_sound_with_events_in_order(pool):
    rendering = pool.speak(Utterance(text=TEXT))
    assert rendering.rate == 22_050
    assert rendering.samples.dtype == np.float32
    assert rendering.samples.ndim == 1
    assert 1.5 < len(rendering.samples) / rendering.rate < 5.0
    assert 0.02 < _level(rendering.samples) < 0.5
    assert np.abs(rendering.samples).max() <= 1.0
    frames = [event.frame for event in rendering.events]
    assert frames == sorted(frames)
    assert frames[0] >= 0
    assert frames[-1] <= len(rendering.samples)
    assert "".join(event.ipa for event in rendering.select("phoneme")).startswith("pˈiːɾɚ")


def test_a_stop_is_silent_before_it_bursts(pool):
    rendering = pool.speak(Utterance(text="a paper, a baker, a cup of tea"))
    vowels = [e.frame for e in rendering.select("phoneme") if e.ipa.lstrip("ˈˌ") in ("eɪ", "iː")]
    stops = [e.frame for e in rendering.select("phoneme") if e.ipa.lstrip("ˈˌ") in ("p", "t", "k")]
    assert len(vowels) >= 3
    assert len(stops) >= 3
    # espeak-ng places a stop's event at its burst, behind the closure.
    near = round(0.005 * rendering.rate)
    closures = [_level(rendering.samples[frame - near : frame]) for frame in stops]
    bursts = [_level(rendering.samples[frame : frame + 2 * near]) for frame in stops]
    loud = [_level(rendering.samples[frame + 4 * near : frame + 12 * near]) for frame in vowels]
    assert max(closures) < 0.02 * min(loud)
    assert min(bursts) > 0.1 * min(loud)


def test_a_word_begins_where_the_pause_ends(pool):
    rendering = pool.speak(Utterance(text="Hello. World. Yes."))
    for word in rendering.select("word")[1:]:
        before = rendering.samples[word.frame - 2_200 : word.frame]
        after = rendering.samples[word.frame : word.frame + 4_400]
        assert _level(before) < 1e-3
        assert _level(after) > 0.02


def test_the_same_utterance_is_bit_identical_whatever_ran_before():
    utterances = [
        Utterance(text=TEXT),
        Utterance(text=TEXT, variant="whisper"),
        Utterance(text=TEXT, language="de", variant="f3"),
        Utterance(text=TEXT, variant="Reed"),
        Utterance(text="你好", language="zh"),
    ]
    with Pool(1) as alone:
        first = [alone.speak(utterance) for utterance in utterances]
        again = [alone.speak(utterance) for utterance in reversed(utterances)][::-1]
    time.sleep(1.0)  # the library would seed its noise with the second
    with Pool(3) as several:
        third = list(several.speak_many(utterances))
    for one, two, three in zip(first, again, third, strict=True):
        np.testing.assert_array_equal(one.samples, two.samples)
        np.testing.assert_array_equal(one.samples, three.samples)
        assert one.events == two.events == three.events
    sounds = {rendering.samples.tobytes() for rendering in first}
    assert len(sounds) == len(first)


@pytest.mark.parametrize(
    ("louder", "quieter", "measure"),
    [
        (
            Utterance(text=TEXT, rate_wpm=80),
            Utterance(text=TEXT, rate_wpm=450),
            lambda r: len(r.samples),
        ),
        (
            Utterance(text=TEXT, word_gap_ms=300),
            Utterance(text=TEXT),
            lambda r: len(r.samples),
        ),
        (
            Utterance(text=TEXT, end_pause=True),
            Utterance(text=TEXT),
            lambda r: len(r.samples),
        ),
        (Utterance(text=TEXT, pitch=99), Utterance(text=TEXT, pitch=0), _pitch_hz),
        (Utterance(text=TEXT, variant="f3"), Utterance(text=TEXT), _pitch_hz),
    ],
    ids=["rate", "gap", "end pause", "pitch", "variant"],
)
def test_a_parameter_does_what_it_says(pool, louder, quieter, measure):
    assert measure(pool.speak(louder)) > 1.1 * measure(pool.speak(quieter))


def test_phonemes_are_input_only_when_asked(pool):
    plain = pool.speak(Utterance(text="[[h@l'oU]]"))
    phonemes = pool.speak(Utterance(text="x", phonemes=((0, 1, "h@l'oU"),)))
    assert "".join(e.ipa for e in phonemes.select("phoneme")) == "həlˈoʊ"
    assert len(plain.samples) > 2 * len(phonemes.samples)


def test_a_control_character_is_a_blank_not_a_command(pool):
    commanded = pool.speak(Utterance(text="Hello \x0199Pthere"))
    spaced = pool.speak(Utterance(text="Hello  99Pthere"))
    np.testing.assert_array_equal(commanded.samples, spaced.samples)


def test_order_is_kept_and_look_ahead_is_bounded(pool):
    taken = []

    def endless():
        for number in itertools.count():
            taken.append(number)
            # Long and short in turn, so that workers finish out of order.
            yield Utterance(text=("word " * 60 if number % 2 == 0 else "") + f"{number}")

    iterator = pool.speak_many(endless())
    for number, rendering in zip(range(12), iterator, strict=False):
        assert rendering.select("word")[-1].text == str(number)
        assert len(taken) - number <= 2 + 2 * 2
    iterator.close()
    assert pool.speak(Utterance(text="after")).select("word")[0].text == "after"


@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_few_are_as_good_as_many(pool, count):
    utterances = [Utterance(text=f"number {index}") for index in range(count)]
    assert len(list(pool.speak_many(utterances))) == count


def test_an_error_of_the_source_arrives_and_the_pool_works_on(pool):
    def broken():
        yield Utterance(text="one")
        raise KeyError("source")

    with pytest.raises(KeyError, match="source"):
        list(pool.speak_many(broken()))
    assert len(pool.speak(Utterance(text="two")).samples)


def test_several_threads_share_a_pool(pool):
    utterances = [Utterance(text=f"thread {index}") for index in range(8)]
    expected = [pool.speak(utterance).samples for utterance in utterances]

    def render(_):
        return [rendering.samples for rendering in pool.speak_many(utterances)]

    with ThreadPoolExecutor(4) as threads:
        for result in threads.map(render, range(4)):
            for one, two in zip(result, expected, strict=True):
                np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: Utterance(text=""), InvalidText, "empty"),
        (lambda: Utterance(text=" \n"), InvalidText, "empty"),
        (lambda: Utterance(text="a\ud800"), InvalidText, "surrogate"),
        (lambda: Utterance(text="a" * 10_001), InvalidText, "10000"),
        (lambda: Utterance(text="a", rate_wpm=79), InvalidInput, "rate_wpm"),
        (lambda: Utterance(text="a", rate_wpm=451), InvalidInput, "rate_wpm"),
        (lambda: Utterance(text="a", pitch=101), InvalidInput, "pitch"),
        (lambda: Utterance(text="a", pitch_range=-1), InvalidInput, "pitch_range"),
        (lambda: Utterance(text="a", pitch=True), InvalidInput, "pitch"),
        (lambda: Utterance(text="a", word_gap_ms=10_001), InvalidInput, "word_gap_ms"),
        (lambda: Utterance(text="a", language="xx"), NotFound, "xx"),
        (lambda: Utterance(text="a", variant="f33"), NotFound, "f3"),
        (lambda: Utterance(text="a", variant="../f3"), NotFound, "variant"),
    ],
)
def test_what_cannot_be_said_is_refused(pool, make, error, words):
    with pytest.raises(error, match=words):
        pool.speak(make())


def test_a_killed_worker_costs_one_retry():
    with Pool(1) as pool:
        expected = pool.speak(Utterance(text=TEXT))
        (victim,) = pool._idle
        os.kill(victim.pid, signal.SIGKILL)
        # Not reaped yet, or reaped: either way the caller must not notice.
        np.testing.assert_array_equal(pool.speak(Utterance(text=TEXT)).samples, expected.samples)
        (fresh,) = pool._idle
        assert fresh.pid != victim.pid
        assert not _runs(victim.pid)


def test_a_worker_that_has_answered_enough_is_replaced(monkeypatch):
    monkeypatch.setattr(process, "MAX_ANSWERS", 3)
    with Pool(1) as pool:
        first = pool.speak(Utterance(text=TEXT))
        (old,) = pool._idle
        pool.speak(Utterance(text=TEXT))
        assert pool._idle == [old]
        pool.speak(Utterance(text=TEXT))
        assert not _runs(old.pid)
        assert np.array_equal(pool.speak(Utterance(text=TEXT)).samples, first.samples)
        assert len(pool._live) == 1


def test_a_worker_that_hangs_is_replaced():
    with Pool(1, patience_s=2.0) as pool:
        pool.speak(Utterance(text="a"))
        (victim,) = pool._idle
        os.kill(victim.pid, signal.SIGSTOP)
        assert len(pool.speak(Utterance(text="Hello")).samples)
        assert not _runs(victim.pid)


BROKEN = {
    "garbage": "import os; os.read(0, 4); os.write(1, b'\\xff' * 64)",
    "no json": "import os; os.read(0, 4); os.write(1, b'\\0\\0\\0\\4oops')",
    "wrong json": "import os; os.read(0, 4); os.write(1, b'\\0\\0\\0\\2[]')",
    "wrong events": (
        'import os; os.read(0, 4); b = b\'{"frames": 0, "rate": 1, "events": [1]}\'; '
        "os.write(1, len(b).to_bytes(4, 'big') + b); os.read(0, 9999); os.read(0, 1)"
    ),
    "negative": (
        'import os; os.read(0, 4); b = b\'{"frames": -1, "rate": 1, "events": []}\'; '
        "os.write(1, len(b).to_bytes(4, 'big') + b)"
    ),
    "exits": "raise SystemExit(1)",
    "killed": "import os; os.kill(os.getpid(), 9)",
    "crashes": "import os; os.kill(os.getpid(), 11)",
    "hangs": "import time; time.sleep(60)",
    "breaks off": (
        'import os; os.read(0, 4); b = b\'{"frames": 9, "rate": 1, "events": []}\'; '
        "os.write(1, len(b).to_bytes(4, 'big') + b + b'12')"
    ),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_worker_that_breaks_twice_is_an_error_that_quotes_the_text(monkeypatch, tmp_path, kind):
    script = tmp_path / "broken.py"
    script.write_text(BROKEN[kind])
    monkeypatch.setattr(process, "SCRIPT", script)
    with Pool(1, patience_s=2.0) as pool:
        with pytest.raises(EngineFailed, match=r"twice on 'H"):
            pool.speak(Utterance(text="Hello"))
        assert not pool._live
        monkeypatch.undo()
        assert len(pool.speak(Utterance(text="Hello")).samples)  # it recovers


# Each of these ends libespeak-ng 1.52 with a signal.
@pytest.mark.parametrize(
    ("text", "words"),
    [("one ’-मस two", ["two"]), ("A." * 200, []), ("в." * 180 + " end", ["end"])],
)
def test_a_text_that_crashes_the_library_is_spoken_all_the_same(pool, text, words):
    rendering = pool.speak(Utterance(text=text))
    assert len(rendering.samples) > 5_000
    heard = {event.text for event in rendering.select("word")}
    assert heard.issuperset(words)
    for event in rendering.select("word"):
        assert text[event.start_char :].startswith(event.text[:1])


def test_close_ends_every_process_and_refuses_more():
    pool = Pool(2)
    list(pool.speak_many(Utterance(text=f"number {index}") for index in range(6)))
    pids = [worker.pid for worker in pool._idle]
    assert len(pids) == 2
    pool.close()
    assert not any(map(_runs, pids))
    with pytest.raises(EngineFailed, match="closed"):
        pool.speak(Utterance(text="more"))
    with pytest.raises(EngineFailed, match="closed"):
        list(pool.speak_many([Utterance(text="more")]))
    pool.close()


def test_close_interrupts_what_is_being_said(monkeypatch, tmp_path):
    script = tmp_path / "slow.py"
    script.write_text(BROKEN["hangs"])
    monkeypatch.setattr(process, "SCRIPT", script)
    pool = Pool(1, patience_s=60)
    failures = []

    def say():
        try:
            pool.speak(Utterance(text="never"))
        except EngineFailed as error:
            failures.append(error)

    thread = threading.Thread(target=say)
    thread.start()
    assert _wait_until(lambda: pool._live)
    pool.close()
    thread.join(10)
    assert not thread.is_alive()
    assert len(failures) == 1


def test_a_forgotten_pool_leaves_no_process():
    pool = Pool(1)
    pool.speak(Utterance(text="a"))
    (worker,) = pool._idle
    del pool
    assert _wait_until(lambda: not _runs(worker.pid))


def test_workers_end_when_their_parent_is_killed():
    source = str(Path(process.__file__).parents[2])
    script = (
        f"import os, sys, time; sys.path.insert(0, {source!r})\n"
        "from menura.espeak import Pool, Utterance\n"
        "pool = Pool(2)\n"
        "list(pool.speak_many([Utterance(text='a')] * 4))\n"
        "heir = os.fork()\n"
        "heir or (time.sleep(60), os._exit(0))\n"
        "print(heir, *[w.pid for w in pool._idle], flush=True)\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    heir, *pids = [int(pid) for pid in parent.stdout.readline().split()]
    assert pids
    assert all(map(_runs, pids))
    parent.kill()
    parent.wait()
    parent.stdout.close()
    try:  # another process holds the pipes open, so that none of them ends
        assert _wait_until(lambda: not any(map(_runs, pids)))
    finally:
        os.kill(heir, signal.SIGKILL)


def test_the_data_may_lie_under_a_long_path(monkeypatch, tmp_path):
    folder = tmp_path
    while len(str(folder)) < 300:
        folder = folder / ("long" * 12)
    folder.mkdir(parents=True)
    data = folder / "espeak-ng-data"
    data.symlink_to(espeakng_loader.get_data_path())
    with Pool(1) as pool:
        expected = pool.speak(Utterance(text=TEXT))
    monkeypatch.setattr(espeakng_loader, "get_data_path", lambda: str(data))
    with Pool(1) as pool:
        np.testing.assert_array_equal(pool.speak(Utterance(text=TEXT)).samples, expected.samples)


def test_without_anonymous_files_the_library_is_copied_to_a_temporary_one(monkeypatch, tmp_path):
    with Pool(1) as pool:
        expected = pool.speak(Utterance(text=TEXT))
    script = tmp_path / "without.py"
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    script.write_text(
        "import os, runpy, tempfile\n"
        "del os.memfd_create\n"
        f"tempfile.tempdir = {str(temporary)!r}\n"
        f"runpy.run_path({str(process.SCRIPT)!r}, run_name='__main__')\n"
    )
    monkeypatch.setattr(process, "SCRIPT", script)
    with Pool(1) as pool:
        for _ in range(3):
            result = pool.speak(Utterance(text=TEXT))
            np.testing.assert_array_equal(result.samples, expected.samples)
        assert list(temporary.iterdir()) == []
