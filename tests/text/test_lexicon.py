import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from menura.errors import InvalidText
from menura.tasks import Pronunciation
from menura.text.lexicon import Entry, Lexicon, to_lexicon, to_rules

ENGLISH = Lexicon(
    "en",
    (
        Entry(grapheme="W3C", alias="World Wide Web Consortium"),
        Entry(grapheme="New York", phonemes="nuːˈjɔːɹk"),
        Entry(grapheme="new", alias="NEW"),
        Entry(grapheme="Polish", alias="POH lish", match_case=True),
        Entry(grapheme="polish", alias="POLL ish"),
        Entry(grapheme="C++", alias="see plus plus"),
        Entry(grapheme="re", alias="RE"),
        Entry(grapheme="don", alias="DON"),
        Entry(grapheme="Straße", alias="STRASSE"),
        Entry(grapheme=".NET", alias="dot net"),
    ),
)


def _found(lexicon, text):
    pieces = lexicon.apply(text)
    assert "".join(piece.text for piece in pieces) == text
    assert all(text.startswith(piece.text, piece.start_char) for piece in pieces)
    return [(p.text, p.entry.alias or p.entry.phonemes) for p in pieces if p.entry]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("Nothing here.", []),
        (
            "The w3c, W3C.",
            [("w3c", "World Wide Web Consortium"), ("W3C", "World Wide Web Consortium")],
        ),
        ("in New  \nYork now", [("New  \nYork", "nuːˈjɔːɹk")]),
        ("New Yorkers", [("New", "NEW")]),
        ("news renew anew", []),
        (
            "Polish polish POLISH",
            [("Polish", "POH lish"), ("polish", "POLL ish"), ("POLISH", "POLL ish")],
        ),
        ("C++ C+ C", [("C++", "see plus plus")]),
        ("we're re-done don't don", [("re", "RE"), ("don", "DON")]),
        ("STRASSE", [("STRASSE", "STRASSE")]),
        ("new new york", [("new", "NEW"), ("new york", "nuːˈjɔːɹk")]),
        ("use .NET.", [(".NET", "dot net")]),
        ("new_york new1", []),
    ],
)
def test_entries_are_found_between_word_boundaries(text, expected):
    assert _found(ENGLISH, text) == expected


@pytest.mark.parametrize(
    ("language", "grapheme", "text", "expected"),
    [
        ("fr", "Oréal", "L'Oréal l’Oréal", ["Oréal", "Oréal"]),
        ("it", "arte", "dell'arte", ["arte"]),
        ("fr", "l", "l'ami l", ["l"]),
        ("de", "s", "geht's", []),
        ("zh", "北京", "我在北京工作", ["北京"]),
        ("th", "ไทย", "ภาษาไทยครับ", ["ไทย"]),
        ("hi", "हिंदी", "हिंदी हिंदीभाषी", ["हिंदी"]),
        ("hi", "हद", "हिंदी", []),
        ("fr", "élan", "e\u0301lan", []),  # a text is cleaned (NFC) before
        ("fr", "e\u0301lan", "élan", ["élan"]),
        ("en", "👩 work", "the 👩 work", ["👩 work"]),
    ],
)
def test_words_begin_where_the_language_says(language, grapheme, text, expected):
    lexicon = Lexicon(language, (Entry(grapheme=grapheme, alias="x"),))
    assert [text for text, _ in _found(lexicon, text)] == expected


@settings(deadline=None, max_examples=200)
@given(st.text("ab' .é\n北", max_size=30), st.lists(st.text("ab é", min_size=1, max_size=4)))
def test_pieces_always_join_to_the_text(text, words):
    entries = tuple(Entry(grapheme=word, alias="x") for word in words if word.strip())
    _found(Lexicon("en", entries), text)


def test_the_first_of_two_counts_and_conflicts_are_reported():
    first, second = Entry(grapheme="Lead", alias="leed"), Entry(grapheme="lead", alias="led")
    same = Entry(grapheme="LEAD", alias="leed")
    exact = Entry(grapheme="LEAD", alias="L E A D", match_case=True)
    lexicon = Lexicon("en", (first, same, second, exact))
    assert lexicon.conflicts == ((first, second),)
    assert _found(lexicon, "lead LEAD") == [("lead", "leed"), ("LEAD", "L E A D")]


@pytest.mark.timeout(60)  # comparing each entry with each place would take hours
@pytest.mark.parametrize(
    ("words", "text"),
    [
        ([f"word{i}" for i in range(10_000)], "word1 word9999 word10000 " * 40_000),
        (["a " * 15 + "b"], "a " * 500_000),
        (["x" * 128], "x" * 1_000_000),
        ([f"a{chr(0x300 + i % 60)}{chr(0x330 + i // 60 % 60)}{i}" for i in range(20_000)], "á"),
    ],
)
def test_a_large_lexicon_meets_a_long_text(words, text):
    lexicon = Lexicon("en", tuple(Entry(grapheme=word, alias="x") for word in words))
    found = [piece for piece in lexicon.apply(text) if piece.entry]
    assert len(found) == sum(text.count(f"{word} ") for word in ("word1", "word9999"))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"grapheme": "", "alias": "a"}, "1 to 128"),
        ({"grapheme": "a" * 129, "alias": "a"}, "1 to 128"),
        ({"grapheme": "a"}, "either"),
        ({"grapheme": "a", "alias": "b", "phonemes": "b"}, "either"),
        ({"grapheme": "a", "phonemes": "B!"}, "no IPA"),
    ],
)
def test_entries_check_themselves(values, words):
    with pytest.raises(InvalidText, match=words):
        Entry(**values)


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ((Entry(grapheme="a b " * 20, alias="x"),), "too long a phrase"),
        ((Entry(grapheme="a", alias="x"),) * 50_001, "50000"),
    ],
)
def test_lexicons_have_limits(entries, words):
    with pytest.raises(InvalidText, match=words):
        Lexicon("en", entries)


def test_entries_become_rules_and_back():
    entries = (*ENGLISH.entries, Entry(grapheme="slash", alias="/etc/"))
    rules = to_rules(Lexicon("en-GB", entries))
    assert {rule.language for rule in rules} == {"en-GB"}
    assert Pronunciation(written="New York", said="/nuːˈjɔːɹk/", language="en-GB") in rules
    assert to_lexicon(rules, "en-US").entries == entries
    assert to_lexicon(rules, "de").entries == ()


@pytest.mark.parametrize(
    ("language", "asked", "counts"),
    [
        (None, "fr", True),
        ("en", "en-us", True),
        ("en-GB", "en-us", True),
        ("EN_us", "en-gb", True),
        ("de", "en-us", False),
        ("enm", "en", False),
    ],
)
def test_rules_count_in_their_language(language, asked, counts):
    rule = Pronunciation(written="a", said="b", language=language)
    assert bool(to_lexicon([rule], asked).entries) == counts


@pytest.mark.parametrize(
    ("said", "words"),
    [("/€/", "'tomato'.*IPA"), ("//", "'tomato'"), ("/ /", "'tomato'"), ("/a", ""), ("/", "")],
)
def test_a_rule_that_is_no_ipa_is_named(said, words):
    rule = Pronunciation(written="tomato", said=said)
    if words:
        with pytest.raises(InvalidText, match=words):
            to_lexicon([rule], "en")
    else:
        assert to_lexicon([rule], "en").entries[0].alias == said
