"""Everyday nouns of sound-effect libraries: understood, and stand-ins named as such."""

import pytest

from menura.text.scene import read_scene
from menura.text.scene.vocabulary import split

NOUNS = """
zipper, velcro, stapler, microwave, microwave beep, blender, hair dryer, vacuum cleaner,
lawnmower, chainsaw, elevator, elevator ding, subway, bicycle bell, skateboard, basketball, ping
pong, tennis, golf swing, bowling, dice, playing cards, card shuffle, camera shutter, toilet
flush, toothbrush, electric toothbrush, shower, dishwasher, kettle, kettle whistle, toaster,
popcorn, soda can, cork, ice cubes, ice maker, pepper grinder, salt shaker, whisk, egg beater, can
opener, garlic press, rolling pin, chopping board, knife sharpening, frying pan, deep fryer,
pressure cooker, faucet, garbage disposal, trash can, plastic wrap, tin foil, wine glass, cocktail
shaker, straw slurp, mop, broom sweeping, scrubbing, spray bottle, squeegee, steam iron, sewing
machine, knitting needles, laundry basket, washing machine, clothes hanger, curtain rail, window
blinds, mattress springs, rocking chair, squeaky toy, rubber duck, balloon, balloon pop, party
horn, party popper, confetti cannon, birthday candles, fireworks, sparkler, referee whistle, train
whistle, music box, jack in the box, wind-up toy, toy car, yo-yo, marbles, domino, jenga, chess
clock, pinball machine, slot machine, cash register, ka-ching, barcode scanner, shopping cart,
vending machine, atm, credit card reader, receipt printer, coin, paper money, pen click, pencil
sharpener, eraser, chalk, marker, typewriter, keyboard, mouse click, printer, fax machine,
shredder, photocopier, dial-up modem, telephone ring, rotary phone, busy signal, dial tone,
answering machine, text message, walkie talkie, radio static, vinyl crackle, record scratch, film
projector, vcr, clock, cuckoo clock, alarm clock, grandfather clock, stopwatch, metronome, church
bell, school bell, doorbell, door chime, cowbell, sleigh bells, wind chimes, gong, tuning fork,
triangle, tambourine, maraca, cymbal crash, drill, jackhammer, angle grinder, circular saw, hand
saw, hammer, nail gun, sandpaper, screwdriver, wrench, ratchet, tape measure, spray paint can, air
compressor, blowtorch, paint brush, shovel, pickaxe, axe, lawn sprinkler, garden hose, leaf
blower, hedge trimmer, wheelbarrow, rake, pruning shears, watering can, bird feeder, campfire,
tent zipper, fishing reel, fishing line cast, oar, canoe, sailboat, speedboat, jet ski, ship horn,
foghorn, anchor chain, submarine sonar, diving board, swimming, water slide, hot tub, fountain,
waterfall, river, ocean waves, hail, thunder, tornado, avalanche, earthquake, volcano, geyser,
quicksand, twig snap, tree falling, car engine, car door, car horn, car alarm, turn signal,
windshield wipers, seat belt, gear shift, tire screech, flat tire, motorcycle, bus doors, garbage
truck, ambulance, police siren, tractor, forklift, crane, steam train, tram bell, railroad
crossing bell, airplane, helicopter, hot air balloon, rocket launch, parachute opening, roller
coaster, merry-go-round, ferris wheel, ski lift, skiing, ice skating, roller skates, snowboard,
sled, hockey puck, baseball bat, football kick, volleyball, badminton, archery, boxing bell, jump
rope, trampoline, treadmill, weight lifting, billiards, darts, bow and arrow, crossbow, cannon,
pistol, shotgun, gun cocking, shell casing, grenade, sword, knife, whip, laser gun, light saber,
force field, robot, spaceship, magic wand, dragon, zombie, ghost, dog, cat, horse, cow, pig, goat,
rooster, goose, turkey, pigeon, owl, eagle, parrot, seagull, woodpecker, peacock, penguin, toad,
cicada, mosquito, rattlesnake, crocodile, lion, tiger, bear, wolf, fox, coyote, hyena, monkey,
gorilla, elephant, rhino, hippo, camel, zebra, deer, moose, rabbit, squirrel, seal, dolphin,
whale, walrus
"""
WORDS = list(split(NOUNS))


def test_there_are_more_than_three_hundred() -> None:
    assert len(set(WORDS)) >= 300


@pytest.mark.parametrize("noun", WORDS)
def test_an_everyday_noun_is_understood(noun: str) -> None:
    brief = read_scene(noun)
    assert brief.layers
    assert brief.ignored == ()


@pytest.mark.parametrize(
    ("prompt", "heard"),
    [
        ("a blender", "blender: heard as coffee_machine/grinder"),
        ("a knife", "knife: heard as sword"),
        ("a fox in the woods", "fox: heard as dog/small"),
        ("two tractors", "tractors: heard as truck/idle"),
        ("rain and a leaf blower", "leaf blower: heard as hair_dryer"),
        ("goblin laugh", "goblin laugh: heard as laugh/child"),
        ("a goblin", "goblin: heard as alien/chatter"),
        ("zombie groaning", "zombie: heard as roar/monster"),
        ("bullet shells dropping", "bullet shells dropping: heard as drop/metal"),
    ],
)
def test_what_stands_in_for_something_else_is_named(prompt: str, heard: str) -> None:
    assert heard in read_scene(prompt).notes


@pytest.mark.parametrize("prompt", ["a dog", "a chef chops onions with a knife", "rain on a roof"])
def test_what_is_meant_is_no_stand_in(prompt: str) -> None:
    assert read_scene(prompt).notes == ()


@pytest.mark.parametrize(
    ("prompt", "source", "variant"),
    [
        ("knife cutting vegetables", "knife_chop", ""),
        ("someone chopping carrots with a knife", "knife_chop", ""),
        ("a chef slices onions", "knife_chop", "slice"),
        ("sharpening a knife", "scrape", "metal"),
        ("chopping wood with an axe", "break", "wood"),
        ("a record scratch", "record_scratch", ""),
        ("needle scratch", "record_scratch", "needle"),
        ("ka-ching!", "cash_register", ""),
        ("laser gun shots", "laser", ""),
        ("firing a laser gun", "laser", ""),
        ("dribbling a basketball", "ball", "dribble"),
        ("a ping pong ball bounces", "ball", "ping_pong"),
        ("a ball rolls", "roll", ""),
        ("brushing teeth", "brush", "teeth"),
        ("shuffling cards", "cards", ""),
    ],
)
def test_what_had_no_sound_of_its_own_has_one(prompt: str, source: str, variant: str) -> None:
    assert [(layer.source, layer.variant) for layer in read_scene(prompt).layers] == [
        (source, variant)
    ]
