import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from menura.errors import InvalidText
from menura.text.dialogue import Turn, gaps, parse


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("Ann: Hello.", [("Ann", "Hello.")]),
        ("Ann: Hello.\nBob: Hi.", [("Ann", "Hello."), ("Bob", "Hi.")]),
        ("\n\n Ann:  Hello. \r\n\tBob: Hi.\r\n", [("Ann", "Hello."), ("Bob", "Hi.")]),
        (
            "Ann: Hello.\n  More.\n\nYet more.\nBob: Hi",
            [("Ann", "Hello.\n  More.\n\nYet more."), ("Bob", "Hi")],
        ),
        ("Ann:\n  Hello.", [("Ann", "Hello.")]),
        ("Ann: It is 5:30: come.", [("Ann", "It is 5:30: come.")]),
        ("Ann: See\nhttps://a.b: c", [("Ann", "See\nhttps://a.b: c")]),
        ("Ann: a\n5:30 is late.", [("Ann", "a\n5:30 is late.")]),
        ("Ann: a\nAt 5: b", [("Ann", "a\nAt 5: b")]),
        ("Ann: a\nHe said: no.", [("Ann", "a\nHe said: no.")]),
        ("Ann: a\nNote: b\nP.S.: c", [("Ann", "a\nNote: b\nP.S.: c")]),
        (
            "Ann: a\nThis is a long sentence, with a colon: b",
            [("Ann", "a\nThis is a long sentence, with a colon: b")],
        ),
        ("Ann: a\nEs gilt:b", [("Ann", "a\nEs gilt:b")]),
        ("ANN: a\nann: b\nAnn: c", [("ANN", "a"), ("ANN", "b"), ("ANN", "c")]),
        ("ann: a\nBob: b", [("ann", "a"), ("Bob", "b")]),
        ("Dr. Ludwig van Beethoven: Ja.", [("Dr. Ludwig van Beethoven", "Ja.")]),
        ("O'Neill-Smith: a\nSpeaker 2: b", [("O'Neill-Smith", "a"), ("Speaker 2", "b")]),
        ("Anne : Bonjour.", [("Anne", "Bonjour.")]),
        ("**Ann:** a\n**Bob**: b", [("Ann", "a"), ("Bob", "b")]),
        ("安娜：你好。\n王：嗯", [("安娜", "你好。"), ("王", "嗯")]),
        ("Анна: Да.\nسارة: نعم", [("Анна", "Да."), ("سارة", "نعم")]),
        ("A" * 40 + ": a", [("A" * 40, "a")]),
        ("Q: a\nA: b", [("Q", "a"), ("A", "b")]),
        ("Ann: [pause 2s] a", [("Ann", "[pause 2s] a")]),
        ("Ann: a\n---\nBob: b", [("Ann", "a"), ("Bob", "b")]),
    ],
)
def test_a_script_is_cut_into_turns(source, expected):
    turns = parse(source)
    assert [(turn.speaker, turn.text) for turn in turns] == expected
    for turn in turns:
        assert source[slice(*turn.span)] == turn.text


@pytest.mark.parametrize(
    ("line", "text", "direction"),
    [
        ("Ann (softly): Hello.", "Hello.", "softly"),
        ("Ann [to Bob]: Hello.", "Hello.", "to Bob"),
        ("Ann: (laughs) Hello.", "Hello.", "laughs"),
        ("**Ann** (softly): Hello (you).", "Hello (you).", "softly"),
        ("Ann (softly): (laughs) Hello.", "(laughs) Hello.", "softly"),
        ("Ann: Hello (softly).", "Hello (softly).", None),
        ("Ann: (laughs)", "(laughs)", None),
    ],
)
def test_brackets_before_the_words_are_a_direction(line, text, direction):
    (turn,) = parse(line)
    assert (turn.speaker, turn.text, turn.direction) == ("Ann", text, direction)
    assert line[slice(*turn.span)] == text


def test_json_gives_the_same_turns():
    rows = [
        {"speaker": "Ann", "text": " Héllo: \n you "},
        {"speaker": "ann", "text": "x", "direction": "softly"},
    ]
    expected = (
        Turn(speaker="Ann", text="Héllo: \n you"),
        Turn(speaker="Ann", text="x", direction="softly"),
    )
    assert parse(json.dumps(rows)) == expected
    assert parse("\n" + json.dumps(rows, indent=2)) == expected


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("", "is empty"),
        (" \n", "is empty"),
        ("---", "has no speaker"),
        ("# " * 10_000 + "\n***", "has no speaker"),
        ("a" * 1_000_001, "1000000 characters"),
        ("hello there", "line 1 has no speaker"),
        ("\n\nhe said: no", "line 3 has no speaker"),
        ("http://a.b: c", "line 1 has no speaker"),
        ("A" * 41 + ": a", "line 1 has no speaker"),
        ("Ann:", "line 1: Ann says nothing"),
        ("Ann:\nBob: b", "line 1: Ann says nothing"),
        ("Ann: a\nBob:\n\n---\n", "line 2: Bob says nothing"),
        ("A: a\n" * 10_001, "10000 turns"),
        ("[]", "is empty"),
        ('[{"speaker": "A"', "no JSON at line 1, column 17"),
        ('[{"speaker": "A", "text": "a"}, 5]', "turn 2 is an object"),
        ('[{"speaker": 5, "text": "a"}]', "turn 1 needs a speaker"),
        ('[{"speaker": "", "text": "a"}]', "turn 1 needs a speaker"),
        (json.dumps([{"speaker": "A" * 41, "text": "a"}]), "turn 1 needs a speaker"),
        ('[{"speaker": "A\\u0000", "text": "a"}]', "turn 1 needs a speaker"),
        ('[{"speaker": "A", "text": " "}]', "A says nothing"),
        ('[{"speaker": "A", "text": ["a"]}]', "A says nothing"),
        ('[{"speaker": "A", "text": "\\ud800"}]', "surrogate"),
        ('[{"speaker": "A", "text": "a", "direction": 5}]', "needs a direction"),
        ('[{"speaker": "A", "text": "a", "voice": "x"}]', "unknown field 'voice'"),
        ('[{"speaker": "A", "speaker": "B", "text": "a"}]', "field twice"),
        ('[{"speaker": ' + "[" * 100_000, "nested too deep"),
        ('[{"speaker": ' + "9" * 10_000 + "}]", "too long a number"),
    ],
)
def test_what_is_no_dialogue_is_refused(source, words):
    with pytest.raises(InvalidText) as caught:
        parse(source)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("Ann: a.", []),
        ("Ann: a.\nBob: b.", [0.2]),
        ("Ann: a?\nBob: b.", [0.1]),
        ("Ann: a?»\nBob: b.", [0.1]),
        ("Ann: But I —\nBob: No!", [0.0]),
        ("Ann: Well...\nBob: No!", [0.6]),
        ("Ann: a.\nAnn: b.", [0.45]),
        ("Ann: a.\n\nBob: b.\n\nAnn: c.", [0.2, 0.2]),
        ("Ann: a.\nBob: b.\n\nAnn: c.", [0.2, 0.9]),
        ("Ann: a.\n---\nBob: b.", [0.9]),
        ("안나: 왜？\n민수: 응", [0.1]),
    ],
)
def test_gaps_are_those_of_people(source, expected):
    assert list(gaps(parse(source))) == expected


@pytest.mark.parametrize(
    "source",
    ["Ann: a\n" + "\n" * 900_000, "Ann: a\n" + "- " * 400_000 + "x", "Ann: " + "(" * 900_000],
)
@pytest.mark.timeout(30)  # quadratic time would be hours
def test_a_long_odd_script_is_read(source):
    assert len(parse(source)) == 1


@given(st.text("Ab: \n(\r)*-5", max_size=40))
def test_no_text_is_lost_or_made_up(source):
    try:
        turns = parse(source)
    except InvalidText:
        return
    spans = [turn.span for turn in turns]
    assert spans == sorted(spans)
    assert all(source[slice(*turn.span)] == turn.text == turn.text.strip() for turn in turns)
    assert len(gaps(turns)) == len(turns) - 1
