"""What a text comes to before a sound is made."""

import random
from itertools import pairwise

import pytest

from menura.engines.speech.expressive.character import read_voices
from menura.engines.speech.passage import Passage
from menura.engines.speech.speaking import passage_chunks
from menura.engines.speech.spoken import settle
from menura.errors import InvalidText
from menura.tasks import Dialogue, Pronunciation, Speech
from menura.text import japanese
from menura.text.script import Mark, Pause

VOICES = read_voices("expressive")
DIRECTIONS = "Ann: (sadly) I know.\nBob: Do you?"


def read(text: str, *rules: Pronunciation, language: str = "en-us") -> list:
    task, items = settle(Speech(text, lexicon=rules, language=language), VOICES, "nora", 10**6)
    assert all(rule in rules for rule in task.lexicon)
    return list(items)


def run(text: str, *rules: Pronunciation, language: str = "en-us") -> Passage:
    (passage,) = (i for i in read(text, *rules, language=language) if isinstance(i, Passage))
    return passage


def rule(written: str, said: str, **fields) -> Pronunciation:
    return Pronunciation(written=written, said=said, **fields)


def written_words(passage: Passage, *words: str) -> list[str]:
    found = []
    for word in words:
        start = passage.said.index(word)
        found.append(passage.quote(*passage.written_span(start, start + len(word))))
    return found


def test_emphasis_and_phonemes_do_not_end_a_run() -> None:
    passage = run(
        '<speak>I <emphasis>really</emphasis> like <phoneme ph="təˈmɑːtoʊ">tomato</phoneme>'
        " soup.</speak>"
    )
    assert passage.said == "I really like tomato soup."
    assert "".join(piece.said for piece in passage.pieces) == passage.said
    assert [piece.style.emphasis for piece in passage.pieces] == [
        None,
        "moderate",
        None,
        None,
        None,
    ]
    ((start, stop, mnemonics),) = passage.sounded
    assert passage.said[start:stop] == "tomato"
    assert mnemonics
    assert passage.closes


@pytest.mark.parametrize(
    ("inner", "said"),
    [
        ("Dr. <emphasis>Smith</emphasis> is here.", "Doctor Smith is here."),
        ("It costs $<emphasis>5</emphasis> today.", "It costs five dollars today."),
        ("un<emphasis>believ</emphasis>able", "unbelievable"),
        ("at 5<mark name='m'/>:30 pm", "at five thirty P M"),
        ("a <sub alias='b'>x</sub>y", "a b y"),
        ("<say-as interpret-as='characters'>ab</say-as>c", "A.B.c"),
        ('<phoneme ph="a"/> now', "a now"),
        ('Hm … <emphasis>"</emphasis>yes', 'Hm … "yes'),
    ],
)
def test_a_run_is_read_as_one_text(inner: str, said: str) -> None:
    assert run(f"<speak>{inner}</speak>").said == said


def test_every_word_finds_the_way_back_across_markup() -> None:
    text = (
        '<speak>Dr. <emphasis>Smith</emphasis> pays $<prosody pitch="+2st">12</prosody>.50 to '
        '<sub alias="World Wide Web">W3</sub>&amp; un<emphasis>believ</emphasis>able me.</speak>'
    )
    passage = run(text)
    words = ("Doctor", "Smith", "pays", "twelve", "cents", "Wide", "unbelievable", "me")
    told = ["Dr.", "Smith", "pays", "$12.50", "$12.50", "W3", "unbelievable", "me"]
    assert written_words(passage, *words) == told


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("One. [pause 1s] Two.", ["One.", 1.0, "Two."]),
        ("<speak>One <mark name='m'/>two.</speak>", ["One two."]),
        (
            "<speak>One. <mark name='m'/><break time='1s'/> Two.</speak>",
            ["One. ", "m", 1.0, "Two."],
        ),
        ("<speak><mark name='m'/>One.</speak>", ["m", "One."]),
        ("<speak>A <voice name='otto'>B.</voice> C</speak>", ["A ", "B. ", "C"]),
        (
            "<speak>A <lang xml:lang='de'>B</lang> <lang xml:lang='de'>C</lang>.</speak>",
            ["A ", "B C."],
        ),
        ("He said привет, мир. Twice.", ["He said ", "привет, мир. ", "Twice."]),
    ],
)
def test_what_ends_a_run(text: str, kinds: list) -> None:
    told = [
        item.said if isinstance(item, Passage) else getattr(item, "seconds", None) or item.name
        for item in read(text)
    ]
    assert [t.strip() if isinstance(t, str) else t for t in told] == [
        k.strip() if isinstance(k, str) else k for k in kinds
    ]
    assert all(isinstance(item, Passage | Pause | Mark) for item in read(text))


def test_a_mark_inside_a_run_knows_its_place() -> None:
    passage = run("<speak>It is $5<mark name='m'/> today.</speak>")
    ((place, name),) = passage.marks
    assert name == "m"
    assert passage.said[place:] == " today."


def test_chunks_end_where_the_manner_does_only_if_they_should() -> None:
    passage = run("<speak>I <emphasis>really</emphasis>, truly like it. Yes.</speak>")
    assert [c.text for c in passage_chunks(passage, apart=False)] == [
        "I really, truly like it. ",
        "Yes.",
    ]
    apart = list(passage_chunks(passage, apart=True))
    assert [c.text for c in apart] == ["I ", "really, ", "truly like it. ", "Yes."]
    assert [c.pause_after_s > 0 for c in apart] == [False, False, True, False]
    assert all(passage.said[c.start_char :].startswith(c.text) for c in apart)


def test_same_manners_stay_together_and_signs_stay_with_words() -> None:
    passage = run("<speak>A <lang xml:lang='en-US'>b</lang> (<emphasis>c</emphasis>).</speak>")
    assert [c.text for c in passage_chunks(passage, apart=True)] == ["A b (", "c)."]


def test_given_phonemes_are_never_cut() -> None:
    text = "Rock. Roll " * 60
    passage = run(f'<speak>x <phoneme ph="ta">{text}</phoneme> end.</speak>')
    (piece,) = [c for c in passage_chunks(passage, apart=False) if "Rock" in c.text]
    assert piece.text.count("Rock") == 60
    assert len(passage.phonemes(piece.start_char, piece.start_char + len(piece.text))) == 1


_TEXTS = (
    *("Dr. ", "Smith", "$", "5", ".50 ", "3/4/2026 ", "привет ", " ", "e\u0301", "&amp;", "\u200b"),
    *("NASA ", "w3c ", "menura ", "“", ". ", "! ", "(", ")", "no. 5 ", "un", "able "),
)
_ELEMENTS = (
    "<emphasis level='strong'>{}</emphasis>",
    "<prosody rate='90%'>{}</prosody>",
    "<sub alias='$5'>x{}</sub>",
    "<phoneme ph='ta'>{}</phoneme>",
    "<say-as interpret-as='characters'>ab1{}</say-as>",
    "<mark name='m'/>{}",
)


def _document(rng: random.Random, depth: int = 0) -> str:
    parts = []
    for _ in range(rng.randint(1, 5)):
        if depth > 2 or rng.random() < 0.6:
            parts.append(rng.choice(_TEXTS))
        else:
            index = rng.randrange(len(_ELEMENTS))
            inner = rng.choice(_TEXTS) if index in {2, 3, 4} else _document(rng, depth + 1)
            parts.append(_ELEMENTS[index].format(inner))
    return "".join(parts)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_marked_up_nothing_is_lost_and_all_leads_back(seed: int) -> None:
    rng = random.Random(seed)
    rules = (rule("menura", "/ˈmɛnʊ/"), rule("W3C", "the web"), rule("Dr. Smith", "Doc"))
    for _ in range(60):
        text = f"<speak>So {_document(rng)}</speak>"
        for passage in (item for item in read(text, *rules) if isinstance(item, Passage)):
            said = passage.said
            assert "".join(piece.said for piece in passage.pieces) == said
            assert all(a.stop_char == b.start_char for a, b in pairwise(passage.pieces))
            for apart in (True, False):
                cut = list(passage_chunks(passage, apart=apart))
                assert "".join(chunk.text for chunk in cut) == said
                assert all(chunk.text.strip() for chunk in cut)
                spans = [passage.phonemes(c.start_char, c.start_char + len(c.text)) for c in cut]
                assert sum(map(len, spans)) == len(passage.sounded)
            places = [passage.written_span(i, i + 1) for i in range(len(said))]
            assert all(0 <= start <= stop <= len(text) for start, stop in places)
            assert all(a[0] <= b[0] for a, b in pairwise(places)), text
            assert all(0 <= place <= len(said) for place, _ in passage.marks)


# --- lexicons


def test_a_lexicon_says_words_its_way_and_only_rules_in_use_are_kept() -> None:
    rules = (
        rule("menura", "/mɛˈnjʊəɹə/"),
        rule("W3C", "World Wide Web Consortium", language="en"),
        rule("W3C", "drei", language="de"),
        rule("unused", "x"),
    )
    task, items = settle(Speech("Menura met the W3C.", lexicon=rules), VOICES, "nora", 10**6)
    assert task.lexicon == rules[:2]
    (passage,) = items
    assert passage.said == "Menura met the World Wide Web Consortium."
    assert [passage.said[a:b] for a, b, _ in passage.sounded] == ["Menura"]
    assert written_words(passage, "Wide", "met") == ["W3C", "met"]
    again, _ = settle(task, VOICES, "nora", 10**6)
    assert again == task


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<speak>The <emphasis>W3C</emphasis>.</speak>", "The web."),
        ("<speak>The W3<mark name='m'/>C.</speak>", "The web."),
        ("<speak><say-as interpret-as='characters'>W3C</say-as></speak>", "W.three C."),
        ("<speak><sub alias='W3C'>x</sub></speak>", "W three C"),
        ("<speak><phoneme ph='ta'>W3C</phoneme></speak>", "W3C"),
        ("<speak><lang xml:lang='de'>W3C</lang></speak>", "W3C"),
        ("The w3c, Dr. W3C and W3Cs.", "The web, Doctor web and W three Cs."),
    ],
)
def test_where_a_lexicon_counts(text: str, said: str) -> None:
    heard = run(text, rule("W3C", "web", language="en-GB")).said
    assert " ".join(heard.split()) == said


def test_case_counts_where_it_should() -> None:
    exact = rule("US", "United States", match_case=True)
    assert run("Tell us of the US.", exact).said == "Tell us of the United States."


@pytest.mark.parametrize(
    ("rules", "language", "message"),
    [
        ((rule("menura", "/m€/"),), "en-us", r"'menura'.*IPA"),
        ((rule("menura", "/ˈ/"),), "en-us", r"'menura'.*no sound"),
        ((rule("menura", "/ba/"),), "pl", r"'menura'.*cannot be spoken in pl"),
        ((rule("x" * 200, "y"),), "en-us", "1 to 128 characters"),
        ((rule("other", "/€/"),), "en-us", "'other'"),
        ((rule("menura", "/ba/"),), "en-us", ""),
    ],
)
def test_bad_rules_are_named(rules: tuple, language: str, message: str) -> None:
    if not message:
        assert run("menura", *rules, language=language).sounded
        return
    with pytest.raises(InvalidText, match=message):
        read("menura", *rules, language=language)


def test_phonemes_that_no_text_can_carry_are_refused() -> None:
    with pytest.raises(InvalidText, match="at most 1000"):
        read(f'<speak><phoneme ph="ta">{"x" * 1001}</phoneme></speak>')


# --- scripts and directions


def test_another_script_is_read_in_its_language(monkeypatch) -> None:
    monkeypatch.setattr(japanese, "is_installed", lambda: False)
    items = read("The word “早上好” means hi.")
    assert [item.language for item in items] == ["en-us", "cmn", "en-us"]
    assert {item.voice.name for item in items} == {"nora"}
    text = "<speak>She said <sub alias='привет'>hi</sub> once.</speak>"
    assert [item.language for item in read(text)] == ["en-us", "ru", "en-us"]


def test_a_direction_becomes_the_emotion_of_its_turn() -> None:
    _, items = settle(Dialogue(DIRECTIONS), VOICES, "nora", 10**6)
    assert [i.emotion for i in items if isinstance(i, Passage)] == ["sad", None]
