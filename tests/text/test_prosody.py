import functools
import math

import pytest

from menura.errors import InvalidText
from menura.text.prosody import Style, change, read_number


def _changed(attributes):
    return functools.reduce(change, attributes, Style())


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ([{"rate": "50%"}], {"rate": 0.5}),
        ([{"rate": "+20%"}], {"rate": 1.2}),
        ([{"rate": "-20%"}], {"rate": 0.8}),
        ([{"rate": "1.5"}], {"rate": 1.5}),
        ([{"rate": "x-slow"}], {"rate": 0.5}),
        ([{"rate": "50%"}, {"rate": "50%"}], {"rate": 0.25}),
        ([{"rate": "50%"}, {"rate": "default"}], {"rate": 1.0}),
        ([{"pitch": "+2st"}], {"pitch_semitones": 2.0}),
        ([{"pitch": "+100%"}], {"pitch_semitones": 12.0}),
        ([{"pitch": "-50%"}], {"pitch_semitones": -12.0}),
        ([{"pitch": "+2st"}, {"pitch": "-5st"}], {"pitch_semitones": -3.0}),
        ([{"pitch": "180Hz"}], {"pitch_hz": 180.0, "pitch_semitones": 0.0}),
        ([{"pitch": "180Hz"}, {"pitch": "+1st"}], {"pitch_hz": 180.0, "pitch_semitones": 1.0}),
        ([{"pitch": "+20Hz"}], {"pitch_shift_hz": 20.0, "pitch_hz": None}),
        ([{"pitch": "+5st"}, {"pitch": "low"}], {"pitch_semitones": -3.86}),
        ([{"range": "50%"}, {"range": "+12st"}], {"pitch_range": 1.0}),
        ([{"volume": "+6dB"}, {"volume": "-2dB"}], {"volume_db": 4.0}),
        ([{"volume": "50"}], {"volume_db": -6.0206}),
        ([{"volume": "+100%"}], {"volume_db": 6.0206}),
        ([{"volume": "silent"}], {"volume_db": -math.inf}),
        ([{"volume": "0"}, {"volume": "+6dB"}], {"volume_db": -math.inf}),
        ([{"rate": "fast", "pitch": "+1st"}], {"rate": 1.55, "pitch_semitones": 1.0}),
    ],
)
def test_nested_elements_make_a_style(attributes, expected):
    style = _changed(attributes)
    for name, value in expected.items():
        found = getattr(style, name)
        if isinstance(value, float) and math.isfinite(value):
            assert found == pytest.approx(value, abs=1e-4), name
        else:
            assert found == value, name


@pytest.mark.parametrize(
    ("attributes", "voice_hz", "expected_hz"),
    [
        ([{"pitch": "+12st"}], 100.0, 200.0),
        ([{"pitch": "150Hz"}], 100.0, 150.0),
        ([{"pitch": "+30Hz"}], 100.0, 130.0),
        ([{"pitch": "-50Hz"}, {"pitch": "+12st"}], 100.0, 100.0),
        ([{"pitch": "-900Hz"}], 100.0, 20.0),
    ],
)
def test_a_style_gives_the_base_pitch_for_a_voice(attributes, voice_hz, expected_hz):
    assert _changed(attributes).base_hz(voice_hz) == pytest.approx(expected_hz)


@pytest.mark.parametrize(
    ("attributes", "words"),
    [
        ({}, "changes nothing"),
        ({"rate": "0%"}, "comes to 0 times"),
        ({"rate": "1e9%"}, "'1e9%'"),
        ({"rate": "-100%"}, "comes to 0 times"),
        ({"rate": "+0.3"}, "a rate is written"),
        ({"rate": "٣"}, "a rate is written"),
        ({"rate": "nan"}, "a rate is written"),
        ({"pitch": "10%"}, "a pitch is written"),
        ({"pitch": "-100%"}, "the pitch comes to"),
        ({"pitch": "5Hz"}, "comes to 5 Hz"),
        ({"pitch": "+9999Hz"}, "at most 1000 Hz"),
        ({"range": "180Hz"}, "a range is written"),
        ({"volume": "+60dB"}, "the volume comes to 60 dB"),
        ({"volume": "101"}, "a volume is written"),
    ],
)
def test_values_that_are_none_are_refused(attributes, words):
    with pytest.raises(InvalidText) as caught:
        change(Style(), attributes)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("+2st", (1, 2.0, "st")),
        ("-.5 S", (-1, 0.5, "s")),
        ("10.", (0, 10.0, "")),
        ("1e3", None),
        ("5Hz", None),
        ("", None),
    ],
)
def test_numbers_have_a_sign_and_a_unit(value, expected):
    if expected:
        assert read_number(value, "thing", "2s", {"st", "s", ""}) == expected
        return
    with pytest.raises(InvalidText, match="a thing is written as 2s, not"):
        read_number(value, "thing", "2s", {"st", "s", ""})
