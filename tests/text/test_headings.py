"""Headings in plain text: Markdown's, and those known by their words; nothing else."""

import pytest

from menura.text.headings import MAX_TITLE_CHARS, Heading, headings


def found(text):
    return [(heading.title, heading.level) for heading in headings(text)]


def alone(line):
    return f"It was late.\n\n{line}\n\nThe birds sang.\n"


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("Chapter 1", 2),
        ("CHAPTER ONE: The Beginning", 2),
        ("Chapter Twenty-One", 2),
        ("Chapter the First", 2),
        ("The First Chapter", 2),
        ("Chapter 12b", 2),
        ("Chapter 3 The Period", 2),
        ("CHAPTER IV. THE OLD SEA-DOG.", 2),
        ("Chapter 7 — Who is there?", 2),
        ("Part Two", 1),
        ("BOOK II", 1),
        ("Act II", 3),
        ("Act 5, Scene 2", 3),
        ("Appendix A", 3),
        ("Prologue", 2),
        ("Prologue: The storm", 2),
        ("EPILOGUE.", 2),
        ("Kapitel 3", 2),
        ("Erstes Kapitel", 2),
        ("Zweiter Teil", 1),
        ("Nachwort", 2),
        ("Chapitre II", 2),
        ("Chapitre premier", 2),
        ("Première partie", 1),
        ("Épilogue", 2),
        ("Capítulo 4", 2),
        ("CAPÍTULO PRIMERO", 2),
        ("Capitolo 5", 2),
        ("Parte seconda", 1),
        ("Hoofdstuk 1", 2),
        ("Kapittel 2", 2),
        ("Luku 1", 2),
        ("Rozdział pierwszy", 2),
        ("První kapitola", 2),
        ("1. fejezet", 2),
        ("Birinci Bölüm", 2),
        ("KISIM 1", 1),
        ("Глава первая", 2),
        ("ЧАСТЬ 2", 1),
        ("Розділ 3", 2),
        ("ΚΕΦΑΛΑΙΟ 2", 2),
        ("الفصل الأول", 2),
        ("अध्याय ३", 2),
        ("第三章 新しい朝", 2),
        ("第12回：风雪", 2),
        ("序章", 2),
        ("제1장", 2),
    ],
)
def test_a_line_alone_is_known_by_its_words(line, level):
    assert found(alone(line)) == [(line, level)]
    assert found(line) == [(line, level)]
    assert found(alone(f"  {line}  ").replace("\n", "\r\n")) == [(line, level)]


@pytest.mark.parametrize(
    "line",
    [
        "Chapter 3 was long.",
        "Chapter",
        "Chapter one of us remembered with joy.",
        "Chapter 1. It was a dark and stormy night, and rain fell.",
        "Part of it",
        "Part mild",
        "Part I think",
        "Part 1 of the plan failed.",
        "One part",
        "Prologue to it",
        "Introductions",
        "Chapters 1",
        "Chapter 12345",
        "Book 1st",
        "第三",
        "第三章是很好的，但是他没有看完，因为太长了，而且他很累了，所以他去睡觉了，一直到第二天早上才醒来。"
        * 3,
        "We read Chapter 1",
        "Chapter 1 " + "X" * 100,
        "- - -",
        "#hashtag",
        "#1 in the charts",
        "#",
        "###### ",
        "####### seven",
        "    # code",
        "---",
        "5",
        "",
    ],
)
def test_other_lines_are_text(line):
    assert found(alone(line)) == []


@pytest.mark.parametrize(
    "text",
    [
        "He read\nChapter 1\n\naloud.",
        "Chapter 1\nIt was late.",
        "Contents\n\nChapter 1\nChapter 2\nChapter 3\n",
    ],
)
def test_lines_in_company_are_text(text):
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# Birds", [("Birds", 1)]),
        ("text\n## Birds ##\ntext", [("Birds", 2)]),
        ("###### Six", [("Six", 6)]),
        ("# C#", [("C#", 1)]),
        ("#\tTab", [("Tab", 1)]),
        ("# **Chapter 1**", [("Chapter 1", 1)]),
        ("\n\n**Chapter 1**\n\n", [("Chapter 1", 2)]),
        ("Birds\n=====\nThey sing.", [("Birds", 1)]),
        ("a\n\nBirds\n---\n", [("Birds", 2)]),
        ("a\n\nChapter 1\n=========\n\nb", [("Chapter 1", 1)]),
        ("They sang\nall night\n---", []),
        ("Birds\n--", []),
        ("Birds\n-=-", []),
        ("***\n---", []),
        ("```\n# code\n```\n# Birds", [("Birds", 1)]),
        ("~~~\n# code\n```\n# code\n", []),
        ("# a  b\u00a0c", [("a b c", 1)]),
        ("# cafe\u0301", [("café", 1)]),
        ("# " + "x" * MAX_TITLE_CHARS, [("x" * MAX_TITLE_CHARS, 1)]),
        ("# " + "x" * (MAX_TITLE_CHARS + 1), []),
        ("", []),
    ],
)
def test_markdown(text, expected):
    assert found(text) == expected


def test_spans_hold_the_marks_and_nothing_else():
    text = "\r\n  ## Birds ##  \r\nThey sing.\r\n\r\nTrees \r\n-----\r\n\r\nPart Two\u2028\nEnd."
    spans = [text[heading.start_char : heading.stop_char] for heading in headings(text)]
    assert spans == ["## Birds ##", "Trees \r\n-----", "Part Two"]
    assert headings("# Birds") == (Heading("Birds", 0, 7, 1),)


MEGABYTES = {
    "marks": ("#" * 1_000_000, 0),
    "one long title": ("# " + "x" * 1_000_000, 0),
    "nouns": ("Chapter " * 125_000, 0),
    "a long numeral": ("Chapter " + "I" * 1_000_000, 0),
    "a long number": ("Chapter " + "1" * 1_000_000, 0),
    "number words": (("chapter " + "twenty " * 11 + "\n\n") * 11_000, 0),
    "emphasis": (("*" * 99 + "\n\n") * 10_000, 0),
    "blanks": (" " * 1_000_000 + "# a", 0),
    "closing marks": (("# a" + " #" * 98 + "\n") * 5_000, 5_000),
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize(("text", "count"), MEGABYTES.values(), ids=MEGABYTES)
def test_a_megabyte_takes_no_time(text, count):
    """Were a pattern not bounded, it would take hours."""
    assert len(headings(text)) == count


def test_many_headings_are_all_found():
    assert len(headings("Chapter 1\n\ntext\n\n" * 20_000)) == 20_000
