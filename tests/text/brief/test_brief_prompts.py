"""What free prompts are read as: one row for each way of asking."""

import pytest

from menura.tasks import Music
from menura.text.brief import read_brief

# Compared field by field: `players` are the names of the wishes, `wish:NAME` one wish as
# (role, qualities, actions, first choice), `notes` words that one note has; `ignored` is () unless
# a row says otherwise. The first rows are the prompts that the whole project is tried with.
PROMPTS = [
    (
        "Sad solo piano for a wet, slow Sunday",
        {
            "genres": ("solo piano",),
            "moods": ("sad", "rainy", "lazy"),
            "mode": "minor",
            "tempo_range": (50.0, 76.0),
            "lead": "piano",
            "only_named": True,
        },
    ),
    (
        (
            "Huge orchestral film climax: strings swell, brass answers in triumph, tension grows "
            "and then lets go into a hopeful tune"
        ),
        {
            "genres": ("orchestral", "cinematic"),
            "players": ["strings", "brass"],
            "suggested": ("flute", "timpani"),
            "wish:strings": (None, (), ("swell",), "strings"),
            "wish:brass": (None, (), ("answer",), "brass"),
            "shape": "rises then releases",
            "moods": ("epic", "triumphant"),
            "closing_moods": ("hopeful",),
            "mode": "major",
            "sections": ("climax",),
            "purposes": ("film",),
        },
    ),
    (
        (
            "Lofi hip hop, 85 BPM, soft Rhodes chords, dusty vinyl noise, brushed jazz drums and a "
            "lazy bass, music to code by"
        ),
        {
            "genres": ("lofi",),
            "bpm": 85.0,
            "tempo_range": (85.0, 85.0),
            "players": ["electric piano", "brush kit", "bass"],
            "wish:electric piano": ("chords", ("soft",), (), "electric piano"),
            "wish:brush kit": ("drums", (), (), "brush kit"),
            "wish:bass": ("bass", ("lazy",), (), "finger bass"),
            "textures": ("vinyl",),
            "purposes": ("study",),
        },
    ),
    (
        (
            "Progressive house at 128 BPM: kick on every beat, synth arpeggios, a breakdown full "
            "of euphoria, then a drop with wide pads"
        ),
        {
            "genres": ("progressive house",),
            "bpm": 128.0,
            "styles": (("drums", "four on the floor"),),
            "sections": ("breakdown", "build", "drop"),
            "players": ["arp", "pad"],
            "wish:pad": ("pad", ("wide",), (), "pad"),
            "moods": ("euphoric",),
            "mix": (),
        },
    ),
    (
        "slow sad piano with rain falling behind it",
        {
            "mode": "minor",
            "tempo_range": (50.0, 76.0),
            "lead": "piano",
            "textures": ("rain",),
            "only_named": False,
        },
    ),
    (
        "a calm violin tune over drums that push forward",
        {
            "lead": "violin",
            "players": ["violin", "drums"],
            "wish:violin": ("melody", ("calm",), (), "violin"),
            "wish:drums": ("drums", (), ("push",), "acoustic kit"),
            "moods": ("calm",),
        },
    ),
    (
        "cheerful podcast jingle in D major, 8 seconds, with a clean ending",
        {
            "mode": "major",
            "key": "D major",
            "ending": "cadence",
            "duration_s": 8.0,
            "purposes": ("podcast", "jingle"),
        },
    ),
    (
        "bossa nova in 4/4 at 132 bpm with nylon guitar, flute and shaker",
        {
            "genres": ("bossa nova",),
            "bpm": 132.0,
            "meter": (4, 4),
            "players": ["nylon guitar", "flute", "shaker"],
            "wish:shaker": ("percussion", (), (), "hand percussion"),
            "lead": "flute",
        },
    ),
    (
        "waltz for string quartet in A minor",
        {
            "genres": ("waltz", "string quartet"),
            "meter": (3, 4),
            "key": "A minor",
            "players": ["violin", "violin", "viola", "cello"],
            "only_named": True,
            "lead": "violin",
        },
    ),
]

TEMPO = [
    ("techno at 128", {"bpm": 128.0}),
    ("120bpm", {"bpm": 120.0}),
    ("BPM=120", {"bpm": 120.0}),
    ("BPM: 87.5", {"bpm": 87.5}),
    ("tempo 100", {"bpm": 100.0}),
    ("a tempo of ninety-five", {"bpm": 95.0}),
    ("tempo around 100", {"bpm": 100.0}),
    ("ninety bpm", {"bpm": 90.0}),
    ("house, one hundred and twenty-eight bpm", {"bpm": 128.0}),
    ("one twenty beats per minute", {"bpm": 120.0}),
    ("♩ = 72", {"bpm": 72.0}),
    ("90-100 bpm", {"bpm": None, "tempo_range": (90.0, 100.0)}),
    ("100 to 120 bpm house", {"bpm": None, "tempo_range": (100.0, 120.0)}),
    ("90 bpm, no, 110 bpm", {"bpm": 110.0, "notes": "the later one holds"}),
    (
        "bpm 400 techno",
        {"tempo_range": (122.0, 142.0), "ignored": ("bpm 400",), "notes": "20 to 300 bpm"},
    ),
    ("0 bpm", {"bpm": None, "ignored": ("0 bpm",), "notes": "20 to 300"}),
    ("live at 5 pm", {"bpm": None, "ignored": ("live at 5 pm",)}),
    ("largo", {"tempo_range": (42.0, 60.0)}),
    ("adagio", {"tempo_range": (60.0, 76.0)}),
    ("andante", {"tempo_range": (76.0, 108.0)}),
    ("moderato", {"tempo_range": (108.0, 120.0)}),
    ("allegro", {"tempo_range": (120.0, 156.0)}),
    ("presto", {"tempo_range": (168.0, 200.0)}),
    ("slow techno", {"tempo_range": (109.8, 127.0)}),
    ("fast drum and bass", {"tempo_range": (176.25, 198.0)}),
    ("fast waltz", {"tempo_range": (126.0, 168.0)}),
    ("not too fast folk", {"tempo_range": (84.0, 108.0)}),
    ("not too slow", {"tempo_range": (98.0, 140.0)}),
    (
        "fast slow waltz in 4/4",
        {"meter": (4, 4), "tempo_range": (84.0, 180.0), "notes": "contradict one another"},
    ),
    ("fast, slow", {"tempo_range": None, "notes": "the tempo stays open"}),
    ("sad ballad at 120 bpm", {"bpm": 120.0, "tempo_range": (120.0, 120.0)}),
    ("energetic house", {"tempo_range": (121.6, 130.0)}),
    ("driving", {"moods": ("driving",), "tempo_range": (112.2, 142.8)}),
]

METERS = [
    ("in 3/4", {"meter": (3, 4)}),
    ("a jig in 6/8 time", {"meter": (6, 8), "genres": ("celtic",)}),
    ("12 / 8 gospel", {"meter": (12, 8)}),
    ("in three", {"meter": (3, 4)}),
    ("in five, tense", {"meter": (5, 4)}),
    ("in seven at 140 bpm", {"meter": (7, 8), "bpm": 140.0}),
    ("three-four time", {"meter": (3, 4)}),
    ("six-eight feel", {"meter": (6, 8)}),
    ("waltz time", {"meter": (3, 4)}),
    ("cut time", {"meter": (2, 2)}),
    ("in three parts", {"meter": None, "ignored": ("three",)}),
    ("music in 2 minutes", {"meter": None, "duration_s": 120.0}),
    ("open 24/7", {"meter": None, "ignored": ("24/7",)}),
    ("13/16 prog", {"meter": None, "ignored": ("13/16 prog",)}),
    ("5/4 jazz, no, in 7/8", {"meter": (7, 8), "notes": "'5/4' and '7/8' differ"}),
    ("march in 2/4", {"meter": (2, 4), "notes": "not the 4/4 of march"}),
]

KEYS = [
    ("in D minor", {"key": "D minor"}),
    ("F# dorian", {"key": "F# dorian", "mode": "dorian"}),
    ("key of Bb", {"key": "Bb major"}),
    ("sad, in the key of D", {"key": "D minor", "notes": "names no mode: minor"}),
    ("blues in E", {"key": "E blues", "genres": ("blues",)}),
    ("jam, A blues", {"key": "A blues"}),
    ("a blues for a friend", {"key": None, "mode": "blues", "ignored": ("friend",)}),
    ("in E-flat major", {"key": "Eb major"}),
    ("in e flat minor", {"key": "Eb minor"}),
    ("C♯m", {"key": "C# minor"}),
    ("key: Am", {"key": "A minor"}),
    ("in Gm", {"key": "G minor"}),
    ("waltz in a minor", {"key": "A minor"}),
    ("happy song in a minor key", {"key": None, "mode": "minor", "notes": "minor is named"}),
    ("A minor key change", {"key": None, "mode": "minor"}),
    ("E phrygian dominant", {"key": "E phrygian dominant"}),
    ("in C harmonic minor", {"key": "C harmonic minor"}),
    ("D maqam bayati", {"key": "D maqam bayati", "genres": ("arabic",)}),
    ("raga yaman", {"key": None, "mode": "raga yaman", "genres": ("indian",)}),
    ("lydian", {"key": None, "mode": "lydian"}),
    ("H# minor", {"key": None, "mode": "minor", "ignored": ("H#",)}),
    ("in A cave", {"key": None, "ignored": ("cave",)}),
    ("A major, then B minor", {"key": "B minor", "notes": "'A major' and 'B minor' differ"}),
    ("sad in C major", {"key": "C major", "notes": "major is named; the moods would have"}),
    ("spanish guitar", {"mode": None, "key": None, "players": ["nylon guitar"]}),
]

LENGTHS = [
    ("8 seconds", {"duration_s": 8.0}),
    ("30s", {"duration_s": 30.0}),
    ("a 90-second cue", {"duration_s": 90.0}),
    ("2 minutes", {"duration_s": 120.0}),
    ("two and a half minutes", {"duration_s": 150.0}),
    ("2.5 min long", {"duration_s": 150.0}),
    ("1:30", {"duration_s": 90.0}),
    ("2 min 30", {"duration_s": 150.0}),
    ("1 minute and 30 seconds", {"duration_s": 90.0}),
    ("half a minute", {"duration_s": 30.0}),
    ("a minute of rain", {"duration_s": 60.0, "textures": ("rain",)}),
    ("60s soul", {"duration_s": None, "genres": ("soul",), "mix": ("vintage",)}),
    ("for 60s", {"duration_s": 60.0}),
    ("trap with 808s", {"duration_s": None, "players": ["808 bass"]}),
    ("at 1:30 pm", {"duration_s": None, "ignored": ("1:30 pm",)}),
    ("10 seconds, or 20 seconds", {"duration_s": 20.0, "notes": "the later one holds"}),
    ("3 hours", {"duration_s": None, "ignored": ("3 hours",), "notes": "1 to 3600 seconds"}),
    ("an 8-bar loop", {"bars": 8, "loop": True, "ending": "none"}),
    ("16 bars", {"bars": 16}),
    ("12-bar blues", {"bars": None, "styles": (("chords", "twelve bar"),)}),
]

GENRES = [
    ("a tense chase scene", {"genres": ("cinematic",), "moods": ("tense",)}),
    ("80s power ballad", {"genres": ("ballad", "synthwave")}),
    ("in the style of Daft Punk", {"genres": (), "ignored": ("Daft Punk",), "notes": "no artist"}),
    ("lo-fi hip hopp", {"genres": ("lofi",)}),
    ("bosa nova", {"genres": ("bossa nova",)}),
    ("tehcno", {"genres": ("techno",)}),
    ("drum & bass", {"genres": ("drum and bass",), "players": []}),
    ("drum 'n' bass", {"genres": ("drum and bass",)}),
    ("DnB", {"genres": ("drum and bass",)}),
    ("r&b", {"genres": ("hip hop",)}),
    ("rock 'n' roll", {"genres": ("rock",)}),
    ("funky house", {"genres": ("house", "funk")}),
    ("pop punk", {"genres": ("punk",)}),
    ("country ballad", {"genres": ("country", "ballad")}),
    ("not jazz", {"genres": (), "avoid": ("jazz swing",)}),
    ("jazz guitar", {"genres": ("jazz swing",), "players": ["clean guitar"]}),
    ("rock guitar over reggae", {"genres": ("reggae",), "players": ["overdriven guitar"]}),
    ("haunted house", {"genres": (), "moods": ("eerie",)}),
    ("8-bit", {"genres": ("chiptune",)}),
    ("80s synthwave", {"genres": ("synthwave",), "duration_s": None}),
    ("Ägyptischer maqam", {"genres": ("arabic",), "ignored": ("Ägyptischer",)}),
]

PLAYERS = [
    ("fiddle", {"players": ["violin"]}),
    ("Rhodes", {"players": ["electric piano"]}),
    ("three violins and a cello", {"players": ["violin", "violin", "violin", "cello"]}),
    ("a pair of flutes", {"players": ["flute", "flute"]}),
    ("soft and lazy bass", {"wish:bass": ("bass", ("lazy", "soft"), (), "finger bass")}),
    ("distorted guitar", {"players": ["distorted guitar"]}),
    ("heavy distorted guitars", {"players": ["distorted guitar"]}),
    ("acoustic guitar", {"players": ["steel guitar"]}),
    ("clean jangly guitar", {"wish:clean guitar": (None, ("clean",), (), "clean guitar")}),
    ("epic drums", {"wish:drums": ("drums", ("epic",), (), "orchestral percussion")}),
    ("choir pads and a Rhodes pad", {"wish:electric piano": ("pad", (), (), "electric piano")}),
    ("melody on a muted trumpet", {"lead": "trumpet"}),
    ("piano, and a sax takes the lead", {"lead": "saxophone"}),
    ("lead guitar and violin", {"lead": "guitar"}),
    ("strings, no melody", {"lead": None, "players": ["strings"]}),
    ("drum solo", {"lead": None, "wish:drums": ("drums", (), (), "acoustic kit")}),
    ("solo cello", {"only_named": True, "lead": "cello"}),
    ("only piano and bass", {"only_named": True, "players": ["piano", "bass"]}),
    ("jazz trio: piano, bass, drums", {"players": ["piano", "upright bass", "brush kit"]}),
    ("drums: 808 kit", {"players": ["808 kit"]}),
    ("kick and snare", {"wish:kick": ("drums", (), (), "acoustic kit")}),
    ("congas", {"wish:congas": ("percussion", (), (), "hand percussion")}),
    ("guittar, saxaphon", {"players": ["guitar", "saxophone"]}),
    ("didgeridoo", {"players": ["contrabass"], "notes": "didgeridoo -> contrabass"}),
    ("a vocoder", {"players": [], "ignored": ("vocoder",), "notes": "not to be had"}),
    ("walking bass", {"styles": (("bass", "walking"),)}),
    ("a drone", {"roles": ("drone",), "players": []}),
    (
        "female vocals",
        {"vocals": True, "ignored": ("female vocals",), "notes": "are to come"},
    ),
]

NEGATIONS = [
    ("no drums", {"players": [], "shut": {"drums", "acoustic kit", "909 kit"}}),
    ("drumless", {"shut": {"drums", "808 kit"}}),
    ("no strings", {"shut": {"strings", "violin", "cello"}}),
    ("without piano", {"players": [], "shut": {"piano"}}),
    ("don't want any piano", {"players": [], "shut": {"piano"}}),
    ("w/o drums, w/ piano", {"players": ["piano"], "shut": {"drums"}}),
    ("drum-free jazz", {"shut": {"drums"}, "players": []}),
    ("no drums, bass or piano", {"players": [], "shut": {"drums", "bass", "piano"}}),
    ("without drums, bass and piano", {"players": [], "shut": {"drums", "bass", "piano"}}),
    ("no drums, soft piano and strings", {"players": ["piano", "strings"], "shut": {"drums"}}),
    ("no drums but a soft piano", {"players": ["piano"], "shut": {"drums"}}),
    ("no drums and a soft piano", {"players": ["piano"], "shut": {"drums"}}),
    ("no drums or bass, just strings", {"players": ["strings"], "shut": {"drums", "bass"}}),
    ("no vocals", {"vocals": False}),
    ("instrumental", {"vocals": False}),
    ("not only piano", {"players": ["piano"], "exclude": ()}),
    ("not sad acoustic guitar", {"players": ["steel guitar"], "avoid": ("sad",), "moods": ()}),
    ("no guitar solo", {"avoid": ("solo",), "sections": (), "players": [], "exclude": ()}),
    ("no drop", {"avoid": ("drop",), "sections": (), "shape": ""}),
    ("no swing", {"swing": 0.5}),
    ("no vinyl, tape hiss", {"textures": ("tape",), "shut": {"vinyl"}}),
    ("no reverb", {"mix": ("dry",)}),
    ("no rhythm", {"shut": {"drums"}}),
    ("piano, no piano", {"players": [], "notes": "shut out"}),
    ("no rush", {"moods": ("relaxed",), "exclude": ()}),
]

MOODS = [
    ("sad happy song", {"moods": ("happy",), "mode": "major", "notes": "the later one holds"}),
    (
        "starts sad, ends happy",
        {"moods": ("sad",), "closing_moods": ("happy",), "mode": "minor", "closing_mode": "major"},
    ),
    ("dark, with a happy ending", {"moods": ("dark",), "closing_moods": ("happy",)}),
    ("mysterious", {"moods": ("mysterious",), "mode": "dorian"}),
    ("agressive", {"moods": ("aggressive",)}),
    ("sad bossa nova", {"genres": ("bossa nova",), "mode": "minor"}),
    ("happy blues", {"mode": "blues", "moods": ("happy",)}),
    ("intense", {"moods": ("aggressive",)}),
]

SHAPES = [
    ("tension grows and then lets go", {"shape": "rises then releases"}),
    ("builds up slowly", {"shape": "rises"}),
    ("crescendo", {"shape": "rises"}),
    ("a big climax", {"shape": "climax"}),
    ("dies down", {"shape": "falls"}),
    ("steady", {"shape": "steady"}),
    ("ebbs and flows", {"shape": "waves"}),
    ("dies down, then builds", {"shape": "falls then rises"}),
    (
        "calm at first, wild in the middle and calm at the end",
        {"shape": "told", "energy": ((0.0, 0.2), (0.5, 0.9), (1.0, 0.2))},
    ),
]

REST = [
    ("intro verse chorus verse chorus outro", {"form": tuple("ivcvco")}),
    ("a guitar solo, then intro, verse, chorus", {"form": tuple("ivc")}),
    ("AABA", {"form": ("a", "a", "b", "a")}),
    ("rondo", {"form": tuple("abaca")}),
    ("a verse with a bridge", {"form": None, "sections": ("verse", "bridge")}),
    ("swung", {"swing": 0.64}),
    ("shuffle", {"swing": 0.667}),
    ("straight eighths", {"swing": 0.5}),
    ("fade out", {"ending": "fade"}),
    ("no fade out", {"ending": "cadence"}),
    ("stops suddenly", {"ending": "hit"}),
    ("a loop with a clean ending", {"ending": "none", "loop": True, "notes": "a loop has no end"}),
    ("seamless loop", {"loop": True}),
    ("not a loop", {"loop": False}),
    ("sparse", {"density": "sparse"}),
    ("busy and layered", {"density": "dense"}),
    ("warm wide mix", {"mix": ("warm", "wide")}),
    ("bright then dark mix", {"mix": ("dark",), "notes": "bright and dark contradict"}),
    ("sea and birds", {"textures": ("sea", "birds")}),
    ("a crowd, applause", {"textures": ("crowd", "applause")}),
    ("to code by", {"purposes": ("study",)}),
]

CASES = [
    *(PROMPTS + TEMPO + METERS + KEYS + LENGTHS),
    *(GENRES + PLAYERS + NEGATIONS + MOODS + SHAPES + REST),
]


def _look(brief, name):
    if name == "players":
        return [wish.name for wish in brief.instruments]
    if name == "key":
        return None if brief.key is None else str(brief.key)
    if name == "form":
        return brief.form and tuple(section[0] for section in brief.form)
    if name.startswith("wish:"):
        (wish,) = (wish for wish in brief.instruments if wish.name == name[5:])
        return (wish.role, tuple(sorted(wish.qualities)), wish.actions, wish.choices[0])
    return getattr(brief, name)


@pytest.mark.parametrize(("prompt", "expected"), CASES, ids=[case[0][:50] for case in CASES])
def test_a_prompt_is_read(prompt, expected):
    brief = read_brief(Music(prompt))
    rest = dict(expected)
    assert brief.ignored == rest.pop("ignored", ())
    assert rest.pop("shut", set()) <= set(brief.exclude)
    words = rest.pop("notes", None)
    assert (words is None) == (brief.notes == ()), brief.notes
    assert words is None or any(words in note for note in brief.notes), brief.notes
    for name, value in rest.items():
        assert _look(brief, name) == value, name


def test_the_table_is_large():
    assert len({prompt for prompt, _ in CASES}) == len(CASES) >= 130


@pytest.mark.parametrize(("prompt", "expected"), CASES, ids=[case[0][:50] for case in CASES])
def test_what_was_understood_is_shown(prompt, expected):
    brief = read_brief(Music(prompt))
    for field, words in brief.understood.items():
        assert getattr(brief, field) is not None
        for phrase in words.split("; "):
            assert phrase in " ".join(prompt.split())


def test_sad_music_is_sparse_and_low_and_a_duller_word_moves_less():
    neutral = read_brief(Music("piano")).character
    sad = read_brief(Music("Sad solo piano for a wet, slow Sunday")).character
    assert sad.density < 0.4 < neutral.density == 0.5
    assert sad.tempo < 0.4
    assert sad.brightness < 0.5 < read_brief(Music("triumphant")).character.brightness
    assert read_brief(Music("relaxed")).character.energy > sad.energy


@pytest.mark.parametrize(
    ("prompt", "moods"),
    [
        ("gentle guitar with heavy rain", ("tender",)),
        ("piano and gentle rain", ()),
        ("heavy rain", ()),
        ("calm sea", ("calm",)),
        ("angry rock and rain", ("angry",)),
    ],
)
def test_an_adjective_beside_a_texture_is_the_textures(prompt, moods):
    brief = read_brief(Music(prompt))
    assert brief.moods == moods
    assert brief.ignored == ()
    assert len(brief.textures) == 1


@pytest.mark.parametrize("dash", ["-", "–", "—", "‑"])
def test_a_range_of_tempi_may_have_any_dash(dash) -> None:
    assert read_brief(Music(f"techno, 130{dash}150 bpm")).tempo_range == (130, 150)
