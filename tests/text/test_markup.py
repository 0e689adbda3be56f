import pytest

from menura.errors import InvalidText
from menura.text.markup import Node, check_element, fail, read_xml


def test_a_document_becomes_tags_and_texts():
    source = "<a xmlns='urn:x' xml:lang='en' b='1'>é&amp;<!-- c --><d/>e</a>"
    text, nodes = read_xml(source, "list")
    assert text == source
    assert [(node.kind, node.name, node.space) for node in nodes] == [
        ("open", "a", "urn:x"),
        ("text", "é&", ""),
        ("open", "d", "urn:x"),
        ("close", "d", ""),
        ("text", "e", ""),
        ("close", "a", ""),
    ]
    assert nodes[0].attributes == {"xml:lang": "en", "b": "1"}
    assert [source[node.start_char :][:2] for node in nodes] == ["<a", "é&", "<d", "e<", "e<", "</"]


def test_a_text_knows_its_places():
    source = "<a>👩 &amp;b<!-- c -->d<![CDATA[<e>]]></a>"
    (node,) = (node for node in read_xml(source, "list")[1] if node.kind == "text")
    assert node.name == "👩 &bd<e>"
    starts = {offset: source[place] for offset, place in node.places if offset < len(node.name)}
    assert starts == {0: "👩", 3: "b", 4: "d", 5: "<"}
    assert source[node.start_char : node.stop_char] == source[3:-7]


BOMB = "<!DOCTYPE a [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]><a>&b;</a>"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("", "empty"),
        ("hello", "not well-formed at line 1, column 1"),
        ("<a>\n<b>a</a>", "not well-formed at line 2"),
        ("<a>a\0b</a>", "not well-formed"),
        ("<a>a\ud800b</a>", "UTF-8"),
        (b"<a>\xff</a>", "UTF-8"),
        ("<a>a</a>".encode("utf-16"), "UTF-8"),
        (b"<?xml version='1.0' encoding='ISO-8859-1'?><a>a</a>", "ISO-8859-1"),
        ("<?xml-stylesheet href='http://example.com'?><a>a</a>", "instruction"),
        (BOMB, "document types"),
        ("<!DOCTYPE speak SYSTEM 'http://example.com/x.dtd'><a>a</a>", "document types"),
        ("<!DOCTYPE s [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><s>&x;</s>", "document types"),
        ("<!DOCTYPE s [<!ENTITY % x SYSTEM 'file:///x'> %x;]><s/>", "document types"),
        ("<a>&nbsp;</a>", "undefined entity"),
    ],
)
def test_what_is_not_needed_is_refused_in_one_line(source, words):
    with pytest.raises(InvalidText) as caught:
        read_xml(source, "list")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


LARGE = {
    "deep": ("<a>" * 100_000, "64 deep"),
    "elements": ("<a>" + "<b/>" * 100_000 + "</a>", "100000 elements"),
    "size": ("<a>" + "a" * (4 << 20) + "</a>", "4 MiB"),
    "blanks": (b" " * (5 << 20), "4 MiB"),
}


@pytest.mark.timeout(30)  # expanding or recursing would take far longer, or the stack
@pytest.mark.parametrize("kind", LARGE)
def test_too_much_is_refused(kind):
    source, words = LARGE[kind]
    with pytest.raises(InvalidText, match=words):
        read_xml(source, "list")


@pytest.mark.parametrize(
    ("node", "words"),
    [
        (Node(kind="open", name="a", start_char=3), None),
        (Node(kind="open", name="a", space="urn:x", start_char=3, attributes={"b": "1"}), None),
        (Node(kind="open", name="a", space="urn:y", start_char=3), "line 2, column 1: <a> is not"),
        (Node(kind="open", name="c", start_char=3), "<c> is not supported"),
        (
            Node(kind="open", name="a", start_char=3, attributes={"c": "1"}),
            "attribute c that is not supported: it takes b$",
        ),
        (
            Node(kind="open", name="d", start_char=3, attributes={"b": "1"}),
            "it takes none",
        ),
    ],
)
def test_elements_are_those_that_are_known(node, words):
    known = {"a": ["b", "xsi:schemaLocation", "urn:z e"], "d": []}
    if words is None:
        check_element("ab\ncd", node, "urn:x", known)
        return
    with pytest.raises(InvalidText, match=words):
        check_element("ab\ncd", node, "urn:x", known)


@pytest.mark.parametrize(("place", "where"), [(0, (1, 1)), (2, (1, 3)), (3, (2, 1)), (5, (2, 3))])
def test_a_place_is_told_by_line_and_column(place, where):
    line, column = where
    with pytest.raises(InvalidText, match=f"^line {line}, column {column}: so$"):
        fail("ab\ncde", place, "so")
