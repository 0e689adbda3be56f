"""Prompts as sound designers write them, and every field of every layer they lead to."""

import pytest

from menura.text.scene import read_scene
from menura.text.scene.layering import tell_layer

# Prompt, layers in order (all that was said of each), space, words that were not understood.
PROMPTS = [
    (
        "Hard rain on a tin roof while thunder rolls far away",
        ["rain/tin, intensity 0.85", "thunder/far, near far"],
        "",
        (),
    ),
    (
        "A dragon beats its wings, then roars, and the roar echoes in a metal cave",
        ["wings/large, size 0.95", "roar/dragon, order 1, echoes True"],
        "metal cave",
        (),
    ),
    ("An old wooden door creaks open slowly", ["door_creak/wooden, speed slow"], "", ()),
    (
        (
            "A medieval tavern: people murmuring, mugs clinking, someone plucking a lute, "
            "logs crackling in the fireplace"
        ),
        [
            "crowd",
            "glass_clink",
            "music, text lute",
            "fire/fireplace",
            "chair, every_s 12, level quiet",
        ],
        "tavern",
        (),
    ),
    (
        "Cafe with jazz you can hardly hear, espresso machine steam, a cup now and then",
        [
            "music, level barely audible, text jazz",
            "steam/wand",
            "glass_clink/cup, every_s 8",
            "crowd/cafe",
            "coffee_machine/espresso, every_s 18, near far",
        ],
        "cafe",
        (),
    ),
    (
        "Footsteps on gravel approaching from behind, then a car door slams and an engine starts",
        [
            "footsteps/gravel, direction behind, movement approaching",
            "door_close/car, order 1",
            "car/start, order 1",
        ],
        "",
        (),
    ),
    (
        "A dog barks in the distance while a gentle rain falls",
        ["dog, near far", "rain, intensity 0.25"],
        "",
        (),
    ),
    (
        "In the distance, a church bell rings three times",
        ["bell/church, count 3, near far"],
        "",
        (),
    ),
    (
        "heavy metal gate slams shut with echo in a huge dungeon",
        ["door_slam/metal, intensity 0.85, size 0.75, echoes True"],
        "dungeon",
        (),
    ),
    ("water dripping in a cave every few seconds", ["dripping/cave, every_s 4"], "cave", ()),
    ("car passes by fast", ["car/pass, movement passing, speed fast"], "", ()),
    ("door opens and closes", ["door_open", "door_close, order 1"], "", ()),
    (
        "heavy thunderstorm with strong wind and distant rolling thunder",
        ["storm/rain, intensity 0.85, size 0.75", "wind, intensity 0.8", "thunder/far, near far"],
        "",
        (),
    ),
    (
        "crackling campfire at night with crickets and an owl hooting nearby",
        ["fire/campfire", "crickets", "owl, near close"],
        "",
        (),
    ),
    (
        "sword being drawn, then swords clashing, followed by a man screaming",
        ["sword", "sword/clash, order 1", "scream, count 1, order 2"],
        "",
        (),
    ),
    ("glass bottle smashing on concrete", ["glass_break/bottle"], "", ()),
    ("old telephone ringing in an empty hallway", ["phone/classic"], "corridor", ()),
    ("a cat purring close to the microphone", ["cat/purr, near close"], "", ("microphone",)),
    ("fly buzzing around your head", ["insect, movement circling"], "", ()),
    (
        "a helicopter approaching from the left, hovering, then leaving to the right",
        [
            "helicopter, direction left, movement approaching",
            "helicopter, order 1, direction right, movement leaving",
        ],
        "",
        (),
    ),
    (
        "someone knocking on a metal door five times, then silence for 3 seconds, then a loud bang",
        [
            "knock/metal, count 5",
            "explosion, intensity 0.75, count 1, order 1, pause_s 3, level loud",
        ],
        "",
        (),
    ),
    (
        "rain on a window with soft piano music",
        ["rain/glass", "music, intensity 0.25, text soft piano music"],
        "",
        (),
    ),
    ("grandfather clock strikes twelve", ["bell/church, count 12"], "", ()),
    ("baby crying in the next room", ["baby, muffled wall"], "", ()),
    (
        "popping a champagne cork, then pouring champagne into glasses",
        ["cork", "pouring/glass, order 1"],
        "",
        (),
    ),
    (
        "dog barking outside while we are in the kitchen",
        ["dog, muffled wall"],
        "kitchen",
        (),
    ),
    (
        "machine gun fire and explosions in the distance",
        ["machine_gun, near far", "explosion/far, many True, near far"],
        "",
        (),
    ),
    (
        "gun reload followed by a single pistol shot with echo in a canyon",
        ["reload", "gunshot, count 1, order 1, echoes True"],
        "canyon",
        (),
    ),
    (
        "A big dog growls, then barks three times",
        ["dog/growl, size 0.75", "dog, size 0.75, count 3, order 1"],
        "",
        (),
    ),
    ("2 gunshots 50 metres away", ["gunshot, count 2, distance_m 50"], "", ()),
    (
        "lofi hip hop with vinyl crackle and rain",
        ["music, text lofi hip hop", "radio", "rain"],
        "",
        (),
    ),
    (
        "medieval lute music, barely audible",
        ["music, level barely audible, text medieval lute music"],
        "",
        (),
    ),
    ("ten slow footsteps on metal stairs", ["footsteps/metal, count 10, speed slow"], "", ()),
    ("suddenly a window breaks", ["glass_break/window, sudden True"], "", ()),
    ("punch, punch, punch", ["punch, count 3"], "", ()),
    ("bow and arrow hits a tree", ["arrow/hit"], "", ()),
    ("a wooden cart rolling on cobblestones", ["roll/wheel"], "", ()),
    ("rowing a boat on a lake", ["boat/row"], "", ()),
    ("phone vibrating on a table", ["phone/vibrate"], "", ()),
    (
        "Footsteps echo down a long stone corridor, keys jangle, and a cell door clangs shut",
        ["footsteps/stone, echoes True", "keys", "door_close/metal, order 1"],
        "corridor",
        (),
    ),
    (
        "A violent storm at sea: huge waves, howling wind",
        ["storm/sea, intensity 0.95", "waves, size 0.92", "wind/howling"],
        "",
        (),
    ),
    ("a witch's cauldron bubbling in a dungeon", ["boiling/cauldron"], "dungeon", ()),
    ("chopping wood with an axe, steady rhythm", ["break/wood, irregular False"], "", ()),
    ("robot powering down", ["power_down"], "", ()),
    (
        "riser for 5 seconds into an impact",
        ["riser, duration_s 5", "impact, count 1, order 1"],
        "",
        (),
    ),
    ("an underwater explosion", ["explosion"], "underwater", ()),
    (
        "cowboy whistles a tune while a horse walks by",
        ["whistle", "gallop, movement passing"],
        "",
        (),
    ),
    (
        "a door creaks open slowly, footsteps enter, the door slams shut",
        ["door_creak/wooden, speed slow", "footsteps, order 1", "door_slam, order 2"],
        "",
        (),
    ),
    ("a kettle comes to a boil and whistles", ["boiling/kettle"], "", ()),
    ("a car drives through the rain", ["car/pass", "rain/pavement"], "", ()),
    (
        "a distant car crash",
        [
            "impact/metal, intensity 0.9, size 0.85, count 1, near far",
            "glass_break/window, intensity 0.9, size 0.85, count 1, near far",
            "drop/metal, intensity 0.9, size 0.85, count 1, near far",
        ],
        "",
        (),
    ),
    (
        "The phone rings. Someone coughs. A lighter clicks, and a window opens",
        ["phone", "cough, order 1", "match/lighter, count 1, order 2", "door_open, order 3"],
        "",
        (),
    ),
    ("an owl hoots, a wolf howls", ["owl", "wolf"], "", ()),
    ("a clock strikes midnight", ["bell/church, count 12"], "", ()),
    (
        "dinosaur footsteps, then a roar",
        ["footsteps, size 0.95", "roar/monster, count 1, order 1"],
        "",
        (),
    ),
    ("a glass falls and breaks on the kitchen floor", ["glass_break/small"], "kitchen", ()),
    ("men screaming", ["scream, many True"], "", ()),
    ("two cars pass by", ["car/pass, count 2, movement passing"], "", ()),
    (
        "the doorbell rings, footsteps, the door opens",
        ["bell/door", "footsteps, order 1", "door_open, order 2"],
        "",
        (),
    ),
    ("mumbled gibberish from Xanadu", ["crowd/murmur"], "", ("gibberish from Xanadu",)),
]


@pytest.mark.parametrize(("prompt", "layers", "space", "ignored"), PROMPTS)
def test_a_prompt_is_read_as_it_is_meant(prompt, layers, space, ignored):
    brief = read_scene(prompt)
    assert [tell_layer(layer) for layer in brief.layers] == layers
    assert brief.space == space
    assert brief.ignored == ignored


@pytest.mark.parametrize(("prompt", "layers", "space", "ignored"), PROMPTS)
def test_what_led_to_a_layer_is_reported(prompt, layers, space, ignored):
    brief = read_scene(prompt)
    written = " ".join(prompt.split())
    for layer in brief.layers:
        assert layer.words in written
        assert any(layer.source in told for told in brief.understood.values())
    for words in brief.understood:
        assert words.removesuffix("...") in written


@pytest.mark.parametrize(
    ("prompt", "field", "value"),
    [
        ("a quiet clock", "level", "quiet"),
        ("rain in the background", "level", "background"),
        ("very close thunder", "near", "close"),
        ("an explosion half a mile away", "distance_m", 804.672),
        ("a siren on the horizon", "near", "very far"),
        ("a dog to the left", "direction", "left"),
        ("footsteps behind you", "direction", "behind"),
        ("a train pulls into the station", "movement", "approaching"),
        ("a bee, left to right", "movement", "left to right"),
        ("birds circling overhead", "movement", "circling"),
        ("a jet flies overhead", "movement", "overhead"),
        ("footsteps, slow", "speed", "slow"),
        ("regular knocks", "irregular", False),
        ("knocks every 10 to 20 seconds", "every_s", 15.0),
        ("a beep twice a minute", "every_s", 30.0),
        ("occasional thunder", "every_s", 8.0),
        ("a bell rings constantly", "every_s", 1.5),
        ("wind that fades out", "fades", "out"),
        ("waves swelling", "fades", "swells"),
        ("a vacuum cleaner next door", "muffled", "wall"),
        ("voices through a closed door", "muffled", "door"),
        ("a siren heard from under water", "muffled", "water"),
        ("a scream with long reverb", "echoes", True),
        ("a siren for five seconds", "duration_s", 5.0),
        ("one million knocks", "count", 1_000_000),
        ("a dozen gunshots", "count", 12),
        ("a double knock", "count", 2),
        ("three barks", "count", 3),
        ("a knock", "count", 1),
        ("a knock", "many", False),
        ("knocks", "many", True),
        ("explosions far away", "many", True),
        ("a sword fight", "many", True),
        ("she screams", "many", False),
        ("keys", "many", False),
        ("a dog", "count", None),
        ("a bell every two seconds", "irregular", False),
        ("occasional knocks", "irregular", True),
        ("rain stops after 5 seconds", "duration_s", 5.0),
        ("jet flyover", "movement", "overhead"),
        ("car passing by", "movement", "passing"),
        ("two men walking", "count", None),
        ("a tiny bell", "size", 0.08),
        ("a gigantic door slams", "size", 0.92),
        ("torrential rain", "intensity", 0.95),
        ("light drizzle", "intensity", 0.15),
    ],
)
def test_a_word_sets_its_field(prompt, field, value):
    (layer,) = (x for x in read_scene(prompt).layers if x.words != "station")
    assert getattr(layer, field) == pytest.approx(value)


@pytest.mark.parametrize(
    ("prompt", "text", "others"),
    [
        ('A man says "hello there" behind a door', "hello there", {"muffled": "door"}),
        ("She whispers: \u201cCome here\u201d", "Come here", {"intensity": 0.15}),
        ("a voice on the phone says 'Who is this?'", "Who is this?", {}),
        ('"Help me" whispered a ghostly voice from behind', "Help me", {"direction": "behind"}),
        ('rain, then an announcer: "Flight nine is late"', "Flight nine is late", {"order": 1}),
    ],
)
def test_words_in_quotes_are_spoken(prompt, text, others):
    (speech,) = (layer for layer in read_scene(prompt).layers if layer.source == "speech")
    assert speech.text == text
    for name, value in others.items():
        assert getattr(speech, name) == value


def test_a_sound_in_quotes_is_a_sound():
    assert [layer.source for layer in read_scene('a "whoosh" sound').layers] == ["whoosh"]


@pytest.mark.parametrize(
    ("prompt", "duration_s", "loop"),
    [
        ("dark drone, 60 seconds, seamless loop", 60.0, True),
        ("a 10-second ambience of rain", 10.0, False),
        ("rain, 1:30", 90.0, False),
        ("rain, no loop", None, False),
        ("knocks for 4 seconds", 4.0, False),
        ("rain, and a siren for 4 seconds", None, False),
    ],
)
def test_length_and_loop_of_the_whole(prompt, duration_s, loop):
    brief = read_scene(prompt)
    assert (brief.duration_s, brief.loop) == (duration_s, loop)


@pytest.mark.parametrize(
    ("prompt", "space", "size"),
    [
        ("a scream in a huge hall", "hall", 0.92),
        ("footsteps in a small room", "room", 0.2),
        ("applause, cathedral", "cathedral", 0.5),
        ("a dry knock without reverb", "dry", 0.5),
        ("a song over the phone", "phone", 0.5),
        ("rain inside a car", "car interior", 0.5),
    ],
)
def test_places(prompt, space, size):
    brief = read_scene(prompt)
    assert (brief.space, brief.space_size) == (space, size)


@pytest.mark.parametrize(
    ("prompt", "sources", "space"),
    [
        ("arcade game over sound, 8-bit", ["game_over"], ""),
        ("old radio tuning between stations", ["radio"], "radio"),
        ("station announcement chime", ["chime"], ""),
        ("sci-fi laser gun fires five times quickly", ["laser"], ""),
        ("rain, fires burning", ["rain", "fire"], ""),
    ],
)
def test_a_word_within_a_name_is_no_sound_of_its_own(prompt, sources, space):
    brief = read_scene(prompt)
    assert [layer.source for layer in brief.layers] == sources
    assert brief.space == space


@pytest.mark.parametrize(
    ("prompt", "fields"),
    [
        ("a sword hits a shield three times, one second apart", {"count": 3, "every_s": 1.0}),
        ("a gunshot twice, 2 seconds between shots", {"count": 2, "every_s": 2.0}),
        ("sci-fi laser gun fires five times quickly", {"count": 5, "speed": "fast"}),
        ("a wolf howls on the right behind me", {"direction": "behind right"}),
        ("a wolf howls behind me on the left", {"direction": "behind left"}),
        ("a wolf howls in front of me, on the left", {"direction": "ahead left"}),
        ("a bee flying around me", {"movement": "circling"}),
        ("a man walks past", {"movement": "passing"}),
    ],
)
def test_what_is_said_together_holds_together(prompt, fields):
    brief = read_scene(prompt)
    assert {name: getattr(brief.layers[0], name) for name in fields} == fields
    assert brief.duration_s is None
