import pytest

from menura.errors import InvalidText, NotFound
from menura.text.lexicon import Entry, Lexicon
from menura.text.pls import read_pls, to_pls, write_pls

ENTRIES = (
    Entry(grapheme="New York", phonemes="nuːˈjɔːɹk"),
    Entry(grapheme="Polish", alias="POH lish", match_case=True),
    Entry(grapheme="polish", alias="POLL ish"),
    Entry(grapheme="Straße", alias="STRASSE"),
    Entry(grapheme='<"&>', alias="]]>"),
)
PLS = """<?xml version="1.0" encoding="UTF-8"?>
<lexicon version="1.0" xmlns="http://www.w3.org/2005/01/pronunciation-lexicon"
  alphabet="x-sampa" xml:lang="en-GB">
  <metadata><rdf xmlns="urn:x">anything <b/> at all</rdf></metadata>
  <lexeme><grapheme>colour</grapheme><grapheme>color</grapheme>
    <phoneme>"kVl@</phoneme><phoneme prefer="true" alphabet="ipa">ˈkɐlə</phoneme>
    <example>a <!-- c --> colour</example></lexeme>
  <lexeme><grapheme>W3C &amp; co</grapheme><alias>World Wide Web</alias><alias>no</alias></lexeme>
  <lexeme><grapheme>tomato</grapheme><phoneme>t@"mA:t@U</phoneme></lexeme>
</lexicon>"""


def test_a_pls_file_is_read():
    lexicon = read_pls(PLS.encode())
    assert lexicon.language == "en-GB"
    assert lexicon.entries == (
        Entry(grapheme="colour", phonemes="ˈkɐlə"),
        Entry(grapheme="color", phonemes="ˈkɐlə"),
        Entry(grapheme="W3C & co", alias="World Wide Web"),
        Entry(grapheme="tomato", phonemes="təˈmɑːtəʊ"),
    )


def test_a_lexicon_survives_its_file(tmp_path):
    path = tmp_path / "words.pls"
    odd = Lexicon("de-AT", ENTRIES)
    write_pls(path, odd)
    back = read_pls(path)
    assert (back.language, back.entries) == (odd.language, odd.entries)


def _lexicon(inner, attributes='xml:lang="en"'):
    return f"<lexicon {attributes}>{inner}</lexicon>".encode()


GRAPHEME = "<grapheme>a</grapheme>"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (b"", "empty"),
        (b"<speak/>", "<speak> is not supported"),
        (_lexicon("", ""), "xml:lang"),
        (_lexicon(f"<lexeme>{GRAPHEME}</lexeme>"), "column 24: a <lexeme> needs"),
        (_lexicon("<lexeme><alias>a</alias></lexeme>"), "a <lexeme> needs"),
        (_lexicon(f"<lexeme>{GRAPHEME}<alias/></lexeme>"), "empty alias"),
        (_lexicon(f"<lexeme>{GRAPHEME}<phoneme>!4</phoneme></lexeme>"), "no IPA"),
        (
            _lexicon(f"<lexeme>{GRAPHEME}<phoneme alphabet='x'>a</phoneme></lexeme>"),
            "alphabet 'x'",
        ),
        (_lexicon("<lexeme><grapheme/><alias>a</alias></lexeme>"), "1 to 128"),
        (_lexicon(f"<lexeme>{GRAPHEME}<alias><b/></alias></lexeme>"), "<b> is not supported"),
        (_lexicon(GRAPHEME), "<grapheme> does not belong"),
        (_lexicon("<lexeme><lexeme/></lexeme>"), "<lexeme> does not belong"),
        (_lexicon(f"<lexeme x='1'>{GRAPHEME}</lexeme>"), "attribute x"),
        (b"<!DOCTYPE l [<!ENTITY a 'b'>]><lexicon/>", "document types"),
        (b"<!DOCTYPE l SYSTEM 'file:///etc/passwd'><lexicon/>", "document types"),
        (b"<lexicon>" + b"<metadata>" * 100_000, "64 deep"),
        (b"<lexicon>\xff</lexicon>", "UTF-8"),
        (b" " * (5 << 20), "4 MiB"),
    ],
)
def test_what_is_no_lexicon_is_refused(source, words):
    with pytest.raises(InvalidText) as caught:
        read_pls(source)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(NotFound, match=r"words\.pls"):
        read_pls(tmp_path / "words.pls")


def test_what_no_xml_can_hold_is_not_written():
    with pytest.raises(InvalidText, match="not well-formed"):
        to_pls(Lexicon("en", (Entry(grapheme="a\x01", alias="b"),)))
