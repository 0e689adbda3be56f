import dataclasses
import importlib

import pytest

from menura.catalog import Card, Catalog, builtin_cards
from menura.errors import InvalidInput, NotFound, Refused
from menura.tasks import Part, Speech, Work

CARDS = {card.name: card for card in builtin_cards()}
TEXT = """
title = "t"
version = "1"
tasks = ["speech"]
varies = true
preference = 1
controls = []
engine = "speech.formant"
family = "built-in"
source = "algorithmic"
how = "h"
data = "none"
limits = "l"
languages = "all"
rate = 22050
loudness_lufs = -16.0
profile = "speech"
memory_mb = 1
sources = []
[licences]
code = "Apache-2.0"
weights = "none"
data = "none"
commercial = true
"""


@pytest.mark.parametrize("card", CARDS.values(), ids=CARDS)
def test_every_built_in_card_is_complete_and_has_its_engine(card: Card) -> None:
    assert all(str(getattr(card, f)).strip() for f in ("title", "how", "data", "limits", "version"))
    assert card.family == "built-in"
    assert card.source == "algorithmic"
    assert card.licences.commercial
    assert callable(importlib.import_module(f"menura.engines.{card.engine}").create)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('title = "t"\n', ""),
        ("rate = 22050", 'rate = "fast"'),
        ("rate = 22050", "rate = 22050\nrun = 'rm'"),
        ('source = "algorithmic"', 'source = "magic"'),
        ("commercial = true", ""),
        ("[licences]", "[[licences"),
        ('tasks = ["speech"]', "tasks = 5"),
    ],
)
def test_a_malformed_card_is_named(old: str, new: str) -> None:
    Card.parse(TEXT, "good")
    with pytest.raises(InvalidInput, match="bad"):
        Card.parse(TEXT.replace(old, new), "bad")


def _card(name: str, *, commercial: bool) -> Card:
    card = Card.parse(TEXT, name)
    licences = dataclasses.replace(card.licences, commercial=commercial, weights="CC-BY-NC-4.0")
    return dataclasses.replace(card, licences=licences)


def test_the_preferred_card_is_the_default_and_a_named_one_wins() -> None:
    better = dataclasses.replace(_card("b", commercial=True), preference=2)
    catalog = Catalog([_card("a", commercial=True), better, _card("c", commercial=True)])
    assert catalog.find(Speech("x")).name == "b"
    assert catalog.find(Speech("x", engine="a")).name == "a"


def test_commercial_only_skips_and_refuses() -> None:
    cards = [_card("nc", commercial=False), _card("free", commercial=True)]
    assert Catalog(cards).find(Speech("x")).name == "nc"
    strict = Catalog(cards, commercial_only=True)
    assert strict.find(Speech("x")).name == "free"
    with pytest.raises(Refused, match="CC-BY-NC"):
        strict.find(Speech("x", engine="nc"))
    with pytest.raises(Refused):
        Catalog(cards[:1], commercial_only=True).find(Speech("x"))


def test_what_does_not_exist_is_said_with_a_hint() -> None:
    catalog = Catalog(CARDS.values())
    with pytest.raises(NotFound, match="did you mean formant"):
        catalog.find(Speech("x", engine="formants"))
    with pytest.raises(NotFound, match="models list"):
        catalog.card("zzzz")
    with pytest.raises(InvalidInput, match="not work"):
        catalog.find(Work((Part(Speech("x")),), engine="formant"))
    with pytest.raises(NotFound):
        Catalog([]).find(Speech("x"))
    with pytest.raises(InvalidInput, match="two"):
        Catalog([CARDS["formant"], CARDS["formant"]])
