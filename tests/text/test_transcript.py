"""Transcripts as subtitles."""

from __future__ import annotations

from menura.text.transcript import Segment, to_srt, to_vtt

SEGMENTS = [
    Segment(text="Tom & <i>Jerry</i>\n\n2", start_s=0.0, end_s=1.2345),
    Segment(text="a --> b", start_s=3599.9999, end_s=3661.5),
]


def test_srt() -> None:
    assert to_srt(SEGMENTS) == (
        "1\n00:00:00,000 --> 00:00:01,234\nTom & <i>Jerry</i> 2\n\n"
        "2\n01:00:00,000 --> 01:01:01,500\na -> b\n"
    )


def test_vtt() -> None:
    assert to_vtt(SEGMENTS) == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.234\nTom &amp; &lt;i&gt;Jerry&lt;/i&gt; 2\n\n"
        "01:00:00.000 --> 01:01:01.500\na --&gt; b\n"
    )


def test_nothing_said_is_no_cue() -> None:
    assert to_srt([]) == ""
    assert to_vtt([]) == "WEBVTT\n\n"
