"""Documents that a person edits: every field checked, every slip named with its line."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from menura.errors import InvalidInput
from menura.text.documents import Table, find_lines, listed, parse_document, quoted

TEXT = """\
# a comment
title = "One"
size = 3

[[row]]
name = "a"
  weight = 1.5
[[row]]
name = "b"
list = [1,
  2]
[ other ]
deep = true
"""


def table(**fields: object) -> Table:
    return Table("plan", fields)


def test_lines_are_found_by_table_and_number() -> None:
    lines = find_lines(TEXT)
    assert lines["", 0, "title"] == 2
    assert lines["", 0, "size"] == 3
    assert lines["row", 1, ""] == 5
    assert lines["row", 1, "weight"] == 7
    assert lines["row", 2, "name"] == 9
    assert lines["row", 2, "list"] == 10
    assert lines["other", 1, "deep"] == 13
    assert ("row", 2, "weight") not in lines


def test_an_error_names_the_line_of_the_field_or_else_of_its_table() -> None:
    whole = Table("plan", parse_document(TEXT), find_lines(TEXT))
    first, second = whole.tables("row", 9)
    assert str(first.error("weight", "too much")) == "line 7, row 1: too much"
    assert str(second.error("weight", "none")) == "line 8, row 2: none"
    assert str(whole.error("nothing", "none")) == "plan: none"
    with pytest.raises(InvalidInput, match=r"^line 7, row 1: weight is a number from 2 to 3, not"):
        first.number("weight", None, 2, 3)
    with pytest.raises(InvalidInput, match=r"^line 8, row 2: weight is missing"):
        second.number("weight", None, 2, 3)


def test_what_is_not_there_has_its_usual_value() -> None:
    empty = table()
    assert empty.number("a", 1.5, 0, 2) == 1.5
    assert empty.whole("a", 1, 0, 2) == 1
    assert empty.truth("a", default=True) is True
    assert empty.text("a", "x") == "x"
    assert empty.choice("a", "x", ["x", "y"]) == "x"
    assert empty.texts("a", ("x",)) == ("x",)
    assert empty.numbers("a", 3, 0, 1) == ()
    assert empty.rows("a", 3, 2) == []


@pytest.mark.parametrize(
    "read",
    [
        lambda t: t.number("a", None, 0, 1),
        lambda t: t.whole("a", None, 0, 1),
        lambda t: t.text("a", None),
        lambda t: t.choice("a", None, ["x"]),
        lambda t: t.texts("a", None),
    ],
)
def test_what_has_no_usual_value_has_to_be_there(read) -> None:
    with pytest.raises(InvalidInput, match="plan: a is missing"):
        read(table())


@pytest.mark.parametrize("value", [-0.1, 2.1, float("nan"), float("inf"), True, "1", None, [1]])
def test_what_is_no_number_within_bounds_is_refused(value: object) -> None:
    with pytest.raises(InvalidInput, match="a is a number from 0 to 2, not"):
        table(a=value).number("a", 1.0, 0, 2)
    with pytest.raises(InvalidInput, match="a is a list of up to 4 numbers from 0 to 2"):
        table(a=[1, value]).numbers("a", 4, 0, 2)


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (lambda t: t.whole("a", 1, 0, 9), 1.0),
        (lambda t: t.whole("a", 1, 0, 9), True),
        (lambda t: t.whole("a", 1, 0, 9), 10),
        (lambda t: t.truth("a", default=False), 1),
        (lambda t: t.text("a", ""), "two\nlines"),
        (lambda t: t.text("a", ""), "bell\x07"),
        (lambda t: t.text("a", ""), "x" * 201),
        (lambda t: t.text("a", ""), 5),
        (lambda t: t.choice("a", "x", ["x"]), "y"),
        (lambda t: t.choice("a", "x", ["x"]), ["x"]),
        (lambda t: t.texts("a", ()), "x"),
        (lambda t: t.texts("a", ()), ["x", 5]),
        (lambda t: t.texts("a", (), 1), ["x", "y"]),
        (lambda t: t.numbers("a", 1, 0, 9), [1, 2]),
        (lambda t: t.numbers("a", 9, 0, 9), 1),
        (lambda t: t.rows("a", 9, 2), [[1, 2], [1]]),
        (lambda t: t.rows("a", 1, 2), [[1, 2], [1, 2]]),
        (lambda t: t.tables("a", 9), [1]),
        (lambda t: t.tables("a", 9), []),
        (lambda t: t.tables("a", 1), [{}, {}]),
        (lambda t: t.tables("a", 9), {}),
    ],
)
def test_what_is_of_another_kind_is_refused_in_one_line(read, value: object) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(table(a=value))
    assert "plan" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


def test_a_whole_number_is_a_number_and_a_list_of_them_too() -> None:
    assert table(a=1).number("a", None, 0, 2) == 1.0
    assert table(a=[1, 0.5]).numbers("a", 2, 0, 2) == (1.0, 0.5)
    assert table(a=[[1, "x"]]).rows("a", 2, 2) == [[1, "x"]]


def test_a_field_that_nobody_asked_for_is_refused() -> None:
    given = table(a=1, b=2, c=3)
    given.number("a", None, 0, 9)
    with pytest.raises(InvalidInput, match="there is no field 'b': a"):
        given.refuse_others()
    with pytest.raises(InvalidInput, match="there is no field 'c'"):
        given.refuse_others(frozenset({"b"}))
    given.refuse_others(frozenset({"b", "c"}))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = \nb = 2", "line 1"),
        ("a = ", "end of document"),
        ("a = 1\nb = [1;2]", "line 2"),
        ("a = 1\na = 2", "no TOML document"),
        ("a = " + "[" * 9000, "nests too deep"),
        ("a" + ".a" * 500 + " = 1", "line 1 has too many dots"),
        ("x" * 1_000_001, "over the limit of 1000000"),
        ("\0", "no TOML document"),
    ],
)
def test_what_is_no_document_is_said_with_its_line(text: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said) as caught:
        parse_document(text)
    assert len(str(caught.value)) < 400


def test_many_numbers_with_points_are_no_dotted_keys() -> None:
    text = f"a = [{', '.join(['0.5'] * 2000)}]"
    assert parse_document(text)["a"] == [0.5] * 2000


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_survives_being_quoted(text: str) -> None:
    assert tomllib.loads(f"a = {quoted(text)}")["a"] == text
    assert tomllib.loads(f"a = {listed([text, 'x'])}")["a"] == [text, "x"]
