"""The vocabulary of scenes: large enough, and without contradictions in itself."""

import dataclasses

import pytest

from menura.text.scene import SceneLayer, nearest_sources, read_scene, source_phrases
from menura.text.scene.stems import find_singulars, find_verbs
from menura.text.scene.vocabulary import split, vocabulary

FACTS = vocabulary()
OWN = {"music", "speech"}
FIELDS = {spec.name for spec in dataclasses.fields(SceneLayer)}
NEARS = {"close", "far", "very far"}


def _phrases(node, words=()):
    for entry in node.entries:
        yield " ".join(words), entry
    for word, child in node.children.items():
        yield from _phrases(child, (*words, word))


PHRASES = list(_phrases(FACTS.root))


def test_targets_are_sources_and_variants():
    for source, variant in source_phrases():
        assert source in FACTS.sources
        assert variant in {"", *FACTS.sources[source].variants}, (source, variant)


def test_every_variant_can_be_reached():
    targets = set(source_phrases())
    for name, source in FACTS.sources.items():
        assert (name, "") in targets
        for variant in source.variants[1:]:
            assert (name, variant) in targets, (name, variant)


def test_what_things_do_are_actions():
    for name, thing in FACTS.things.items():
        assert set(thing.does) <= set(FACTS.acts), name
        for source, _ in (*thing.does.values(), thing.alone):
            assert source in {"", *OWN, *FACTS.sources}, (name, source)


def test_qualities_set_fields_of_a_layer():
    for phrase, entry in PHRASES:
        assert set(entry.effects) <= FIELDS, phrase


def test_a_phrase_names_one_source():
    for phrase in {phrase for phrase, _ in PHRASES}:
        named = {e.id for p, e in PHRASES_OF[phrase] if e.kind == "thing" and e.id in FACTS.sources}
        assert len(named) <= 1, (phrase, named)


def test_ambiences_are_made_of_layers():
    spaces = {entry.id for _, entry in PHRASES if entry.kind == "space"}
    for name, table in FACTS.sets.items():
        assert table["space"] in spaces, name
        for layer in table["layers"]:
            assert SceneLayer(**layer).near in {"", *NEARS}
            assert layer.get("variant", "") in {"", *FACTS.sources[layer["source"]].variants}


@pytest.mark.parametrize("name", sorted(FACTS.sources))
def test_a_noun_reads_as_its_source(name):
    """Every phrase that names a source alone leads to it, with its variant."""
    for (source, variant), phrases in source_phrases().items():
        for phrase in phrases if source == name else ():
            if len(PHRASES_OF[phrase]) > 1:
                continue
            layers = read_scene(phrase).layers
            found = [(x.source, x.variant) for x in layers]
            assert name in {source for source, _ in found}, (phrase, found)
            if variant:
                assert (source, variant) in found, (phrase, found)


@pytest.mark.parametrize(
    ("word", "stems"),
    [("boxes", {"boxe", "box"}), ("wolves", {"wolve", "wolf"}), ("glass", set()), ("is", set())],
)
def test_singulars(word, stems):
    assert stems <= set(find_singulars(word))
    assert stems or not find_singulars(word)


@pytest.mark.parametrize(
    ("word", "stem"),
    [("dripping", "drip"), ("sliding", "slide"), ("cried", "cry"), ("hisses", "hiss")],
)
def test_verbs(word, stem):
    assert stem in find_verbs(word)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("thundr", "thunder"),
        ("a trane", "train"),
        (["helikopter"], "helicopter"),
        ("an animal", "dog"),
        ("weapons", "gunshot"),
        ("an instrument", "bell"),
    ],
)
def test_the_nearest_source(words, expected):
    assert expected in nearest_sources(words)
    assert len(nearest_sources(words)) <= 5


def test_nothing_is_near_to_nonsense():
    assert nearest_sources("qqqq zzzz !") == []
    assert nearest_sources("asdf qwer") == []
    assert nearest_sources("zorp flurb emotion quantum") == []


def test_lists_are_phrases():
    assert list(split("a b,\n c ,, d")) == ["a b", "c", "d"]


PHRASES_OF = {}
for _phrase, _entry in PHRASES:
    PHRASES_OF.setdefault(_phrase, []).append((_phrase, _entry))
