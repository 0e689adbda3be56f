"""The cards of models, what they stand for, and what is said while one is not installed."""

import dataclasses
import re
import shlex
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from menura.catalog import Card, Catalog, builtin_cards, model_card, model_cards
from menura.catalog.entries import layout_names
from menura.catalog.model import Model, check_name
from menura.errors import InvalidInput, NotFound, NotInstalled
from menura.tasks import Music, Speech

CARDS = {card.name: card for card in model_cards()}


@pytest.mark.parametrize("card", CARDS.values(), ids=CARDS)
def test_every_model_card_is_complete(card: Card) -> None:
    assert card.family == "neural"
    assert card.source == "trained"
    assert card.model is not None
    assert card.model.layout in layout_names()
    assert card.model.size_mb > 0
    assert card.model.files
    assert all((card.licences.code, card.licences.weights, card.licences.data))
    assert card.data != "not known"
    # What is not for commercial use says so wherever somebody decides.
    assert ("not for commercial use" in card.terms) is not card.licences.commercial
    assert bool(card.tasks) is bool(card.engine)
    if card.licences.weights.startswith("CC-BY-NC"):
        assert not card.licences.commercial


def test_a_card_that_nothing_runs_says_what_is_missing() -> None:
    waiting = {c.name for c in CARDS.values() if c.model is not None and c.model.waits_for}
    assert waiting == {"silero-vad", "speaker-encoder"}
    assert not any(CARDS[name].tasks for name in waiting)


def test_networks_have_their_sizes_on_their_cards() -> None:
    for name, card in CARDS.items():
        if name == "piper" or name.startswith("encodec"):
            continue  # voices of three sizes; the files themselves say
        assert card.model is not None
        assert card.model.geometry, name


def test_the_models_of_the_field_are_there() -> None:
    sizes = ("small", "medium", "large", "melody", "melody-large")
    wanted = {f"musicgen{kind}-{size}" for kind in ("", "-stereo") for size in sizes}
    wanted |= {"audiogen-medium", "kokoro", "piper", "mms-tts", "silero-vad", "speaker-encoder"}
    wanted |= {"whisper-base", "parakeet", "encodec-24khz", "encodec-32khz", "encodec-48khz"}
    assert wanted == set(CARDS)
    small, large = CARDS["musicgen-small"], CARDS["musicgen-stereo-large"]
    assert small.model is not None
    assert large.model is not None
    assert small.model.geometry["codebooks"] * 2 == large.model.geometry["codebooks"]
    assert CARDS["kokoro"].licences.commercial


@pytest.mark.parametrize("name", ["piper-en_US-lessac-medium", "PIPER-en_us-lessac-medium"])
def test_a_card_for_many_fills_in_its_names(name: str) -> None:
    card = model_card(name)
    assert card is not None
    assert card.model is not None
    folder = "en/en_US/lessac/medium"
    assert card.name == "piper-en_us-lessac-medium"
    assert card.model.files[0] == f"{folder}/en_US-lessac-medium.onnx"
    assert card.model.optional == (f"{folder}/MODEL_CARD",)
    assert card.model.variants == ""
    assert "{" not in card.title + card.languages
    multi = model_card("piper-en_GB-northern_english_male-x_low")
    assert multi is not None
    assert multi.model is not None
    assert multi.model.files[0].endswith("/x_low/en_GB-northern_english_male-x_low.onnx")


@pytest.mark.parametrize(
    "name", ["piper-", "piper-../../x", "piper-en_US-lessac-loud", "mms-tts-english", "mms-tts-{}"]
)
def test_what_no_card_stands_for_is_unknown(name: str) -> None:
    assert model_card(name) is None
    with pytest.raises(NotFound):
        Catalog([]).card(name)


def test_examples_of_cards_for_many_are_models() -> None:
    many = [card.model for card in CARDS.values() if card.model and card.model.variants]
    assert len(many) == 2
    assert all(model_card(model.example) for model in many)


def test_a_model_that_is_not_installed_says_how_to_add_it_its_size_and_licence() -> None:
    catalog = Catalog(builtin_cards())
    with pytest.raises(NotInstalled) as caught:
        catalog.find(Music("calm", engine="musicgen-small"))
    message = str(caught.value)
    assert "`menura models add musicgen-small`" in message
    assert "2,360 MB" in message
    assert "CC-BY-NC-4.0, not for commercial use" in message
    with pytest.raises(NotInstalled, match="models add piper-en_US-lessac-medium"):
        catalog.find(Speech("hi", engine="piper"))
    with pytest.raises(NotFound, match="did you mean musicgen-small"):
        catalog.find(Music("calm", engine="musicgen-smal"))
    with pytest.raises(InvalidInput, match="nothing itself"):
        catalog.find(Speech("hi", engine="silero-vad"))


def test_only_installed_models_are_chosen_from_and_then_they_are_preferred() -> None:
    bare = Catalog(builtin_cards())
    assert bare.find(Music("calm")).name == "arranger"
    installed = dataclasses.replace(CARDS["musicgen-small"], version="1+abc")
    assert Catalog([*builtin_cards(), installed]).find(Music("calm")) is installed
    strict = Catalog([*builtin_cards(), installed], commercial_only=True)
    assert strict.find(Music("calm")).name == "arranger"
    assert Catalog([installed]).card("MusicGen-small") is installed


FACTS = {"layout": "piper", "files": ["*.onnx"]}


@pytest.mark.parametrize(
    "wrong",
    [
        {"files": ["../x.onnx"]},
        {"files": ["/etc/passwd"]},
        {"files": ["a\\b.onnx"]},
        {"optional": [".hidden"]},
        {"repository": "evil"},
        {"repository": "a/b/c"},
        {"repository": "a/../b"},
        {"size_mb": "big"},
        {"size_mb": True},
        {"speed": "warp"},
        {"sha256": {"a": "12"}},
        {"layout": 3},
        {"run": "rm"},
    ],
    ids=str,
)
def test_a_malformed_model_is_refused(wrong: dict) -> None:
    assert Model.of(FACTS).layout == "piper"
    with pytest.raises((TypeError, ValueError)):
        Model.of({**FACTS, **wrong})


@pytest.mark.parametrize("name", ["", "a//b", "a/../b", "..", "C:x", "a\0b", "x" * 201, "a\nb"])
def test_names_that_reach_elsewhere_are_refused(name: str) -> None:
    assert check_name("voices/af_heart.bin") == "voices/af_heart.bin"
    with pytest.raises(InvalidInput):
        check_name(name)


def test_choosing_takes_every_match_and_names_what_is_missing() -> None:
    model = Model.of({"layout": "x", "files": ["v/*.bin", "m.onnx"], "optional": ["c.json"]})
    there = ["v/a.bin", "v/b.bin", "m.onnx", "other.txt"]
    assert list(model.choose(there)) == ["m.onnx", "v/a.bin", "v/b.bin"]
    flat = {"c.json": "c.json", "m.onnx": "m.onnx", "v/a.bin": "a.bin"}
    assert model.choose(["a.bin", "m.onnx", "c.json"], flat=True) == flat
    for names in (["m.onnx"], ["a.bin", "m.onnx"]):
        with pytest.raises(InvalidInput, match=r"v/\*\.bin"):
            model.choose(names)
    with pytest.raises(InvalidInput, match="called"):
        model.choose(["v/../../evil.bin", "m.onnx"])


def test_the_page_fetches_what_the_cards_need() -> None:
    """Each `hf download` of the page brings every file that the card of that name asks for."""
    page = (Path(__file__).parents[2] / "docs/models.md").read_text(encoding="utf-8")
    lines = re.findall(r"^ *hf download (.+)$", page, re.MULTILINE)
    names = re.findall(r"`menura models import (\S+) --from [a-z]\S+`", page)
    cards = [model_card(name) for name in names]
    assert len(lines) == 3
    for line, card in zip(lines, cards, strict=True):
        assert card is not None
        assert card.model is not None
        repository, *words = shlex.split(line)
        assert repository == card.model.repository
        patterns = [words[i + 1] for i, word in enumerate(words) if word == "--include"]
        for file in card.model.files:
            assert any(fnmatchcase(file, pattern) for pattern in patterns), file


def test_the_page_has_every_model_with_its_licence() -> None:
    page = (Path(__file__).parents[2] / "docs/models.md").read_text(encoding="utf-8")
    table = page.partition("| name | for |")[2].partition("\n\n")[0]
    for name, card in CARDS.items():
        family = name.partition("-")[0]
        row = next(line for line in table.splitlines() if f"`{family}" in line)
        assert ("not in use yet" in row) is bool(card.model and card.model.waits_for), name
    assert all(f"`{word}" in page for word in ("kokoro", "piper-", "mms-tts-", "musicgen-"))
