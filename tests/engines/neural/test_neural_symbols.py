"""What the networks read: known texts against the tokens their own runtimes would make."""

import numpy as np
import pytest
from tiny_voices import write_kokoro, write_piper, write_vits

import menura
from menura.catalog.store import Store
from menura.engines.speech.neural.blending import weights, written
from menura.engines.speech.neural.edges import edges
from menura.engines.speech.neural.families import read_network
from menura.engines.speech.neural.network import Network
from menura.engines.speech.neural.symbols import NOWHERE, Symbol, parted, trimmed
from menura.espeak.pool import Pool
from menura.espeak.utterance import Utterance


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Network]:
    folder = tmp_path_factory.mktemp("symbols")
    store = Store(folder / "home")
    sources = {
        "kokoro": write_kokoro(folder / "k", {"af_heart": 200.0, "am_adam": 300.0}),
        "ann": write_piper(folder / "p"),
        "letters": write_piper(folder / "l", phoneme_type="text"),
        "mms-tts-eng": write_vits(folder / "v"),
    }
    return {name: read_network(store.import_from(name, path)) for name, path in sources.items()}


def read(network: Network, text: str, language: str) -> tuple[str, list[int]]:
    """Returns a text's symbols, joined, and its tokens."""
    with Pool(1) as pool:
        rendering = pool.speak(Utterance(text=text, language=language))
    symbols = network.spell(rendering, text, language)
    return "".join(symbol.text for symbol in symbols), network.tokens(symbols).ids


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Hello, world!", "en-us", "həlˈO, wˈɜɹld!"),
        ("Hello there.", "en-gb", "həlˈQ ðˈɛː."),
        ("The judge's choice: water?", "en-us", "ðə ʤˈʌʤᵻz ʧˈYs: wˈɔTəɹ?"),
        ("“Go (now)…”", "en-gb", "“ɡˌQ (nˈW)…”"),
        ("C'est un bon vin.", "fr-fr", "sɛt œ̃ bˈɔ̃ vˈɛ̃."),
        ("¿Qué hace el caballo?", "es", "kˈe ˈaθe el kaβˈaʎo?"),
        ("こんにちは。", "ja", "kˌo̞nniʨˈihä."),
    ],
)
def test_kokoro_reads_what_it_was_taught(
    networks: dict[str, Network], text: str, language: str, expected: str
) -> None:
    said, ids = read(networks["kokoro"], text, language)
    assert said == expected
    assert ids[0] == ids[-1] == 0
    assert 0 not in ids[1:-1]
    assert len(ids) > 0.9 * len(said.replace("\u031e", ""))


def test_kokoros_numbers_are_those_of_its_config(networks: dict[str, Network]) -> None:
    """hexgrad/Kokoro-82M, config.json: h 50, ə 83, l 54, ˈ 156, O 31, `.` 4."""
    assert read(networks["kokoro"], "Hello.", "en-us")[1] == [0, 50, 83, 54, 156, 31, 4, 0]


def test_the_style_goes_by_the_number_of_tokens_and_blends_are_linear(
    networks: dict[str, Network],
) -> None:
    kokoro = networks["kokoro"]
    tokens = kokoro.tokens([Symbol("həlˈO", 0)])
    feeds = {
        name: kokoro.feeds(tokens, kokoro.voices[name], 1.5, {"input_ids"})
        for name in ("af_heart", "am_adam", "af_heart:1+am_adam:3")
    }
    first, second, both = (each["style"] for each in feeds.values())
    assert first.shape == (1, 256)
    assert first[0, 7] == pytest.approx(200 * (1 + 4 / 1e4))  # five tokens: the row of index 4
    np.testing.assert_allclose(both, 0.25 * first + 0.75 * second, rtol=1e-6)
    assert feeds["af_heart"]["speed"].tolist() == [1.5]


def test_piper_puts_pads_between(networks: dict[str, Network]) -> None:
    """piper-phonemize, phoneme_ids.cpp: begin, pad, then each phoneme and a pad, end."""
    said, ids = read(networks["ann"], "Hi.", "en-us")
    assert said == "hˈaɪ."
    numbers = networks["ann"]._numbers
    wanted = [1, 0]
    for char in said:
        wanted += [*numbers[char], 0]
    assert ids == [*wanted, 2]


def test_letters_are_read_in_lower_case(networks: dict[str, Network]) -> None:
    said, ids = read(networks["mms-tts-eng"], "Hi, Ann!", "en-us")
    assert said == "hi, ann!"
    numbers = networks["mms-tts-eng"]._numbers
    wanted = [0]
    for char in "hi ann":
        wanted += [*numbers[char], 0]
    assert ids == wanted
    said, _ = read(networks["letters"], "Öl", "de")
    assert said == "o\u0308l"


def test_long_texts_are_parted_at_signs_then_blanks_then_anywhere() -> None:
    def symbols(text: str) -> list[Symbol]:
        kinds = {",": "sign", " ": "blank"}
        return [Symbol(c, NOWHERE, kinds.get(c, "sound")) for c in text]

    def parts(text: str, limit: int) -> list[str]:
        found = parted(symbols(text), limit, lambda _: 1)
        return ["".join(s.text for s in part) for part in found]

    assert parts("aa bb, cc dd", 9) == ["aa bb,", "cc dd"]
    assert parts("aa bb cc dd", 9) == ["aa bb cc", "dd"]
    assert parts("aaaaaaaaaa", 4) == ["aaaa", "aaaa", "aa"]
    assert parts("aa, , ", 3) == ["aa,"]
    assert not parts(" , ", 9)
    assert not trimmed([])


def test_edges_are_found_in_noise() -> None:
    rng = np.random.default_rng(0)
    samples = (rng.standard_normal(24_000) * 1e-4).astype(np.float32)
    samples[6_000:12_000] += np.sin(np.arange(6_000) * 0.05).astype(np.float32) * 0.3
    start, stop = edges(samples, 24_000)
    assert start == pytest.approx(6_000, abs=240)
    assert stop == pytest.approx(12_000, abs=240)
    assert edges(np.zeros(100, np.float32), 24_000) == (0, 100)


@pytest.mark.parametrize(
    ("text", "shares"),
    [
        ("a:0.7+b:0.3", {"a": 0.7, "b": 0.3}),
        ("a+b", {"a": 1.0, "b": 1.0}),
        (" a : 2 + b", {"a": 2.0, "b": 1.0}),
        ("a+a+b", {"a": 2.0, "b": 1.0}),
        ("a", {"a": 1.0}),
    ],
)
def test_blends_are_read_and_written(text: str, shares: dict[str, float]) -> None:
    assert weights(text) == pytest.approx(shares)
    assert weights(written(weights(text))) == pytest.approx(shares)


@pytest.mark.parametrize(
    "text", ["a:", "a:-1", "a:nan", "a:1e9", ":1", "+", "a:0+b:1", "a:1:2", ""]
)
def test_what_is_no_blend_is_refused(text: str) -> None:
    with pytest.raises(menura.InvalidInput):
        weights(text)


@pytest.mark.parametrize("voice", ["../x+a", "a:1/2", "a+b|c", "+".join(["a" * 100] * 6), "a+"])
def test_a_task_takes_no_blend_of_odd_names(voice: str) -> None:
    with pytest.raises(menura.InvalidInput):
        menura.Speech("Hi.", voice=voice)
