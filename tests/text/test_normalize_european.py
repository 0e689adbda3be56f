from __future__ import annotations

import pytest

from menura.text.normalize import normalize

GERMAN = {
    "0": "null", "1": "eins", "21": "einundzwanzig", "30": "dreißig", "101": "einhunderteins",
    "1.000": "eintausend", "2.500.000": "zwei Millionen fünfhunderttausend",
    "1.000.000": "eine Million", "1999": "neunzehnhundertneunundneunzig",
    "2026": "zweitausendsechsundzwanzig", "3,14": "drei Komma eins vier", "-5": "minus fünf",
    "0043": "null null vier drei", "am 3.4.2026": "am dritten April zweitausendsechsundzwanzig",
    "3.4.2026": "dritter April zweitausendsechsundzwanzig",
    "der 3. Oktober": "der dritte Oktober", "am 1. Mai": "am ersten Mai",
    "im 21. Jahrhundert": "im einundzwanzigsten Jahrhundert",
    "2026-11-20": "zwanzigster November zweitausendsechsundzwanzig",
    "um 17:05 Uhr": "um siebzehn Uhr fünf", "um 1 Uhr": "um ein Uhr", "12:00": "zwölf Uhr",
    "12,50 €": "zwölf Euro fünfzig", "1 €": "ein Euro",
    "1,5 Mio. €": "eins Komma fünf Millionen Euro",
    "0,99 €": "neunundneunzig Cent", "£3": "drei Pfund", "5 USD": "fünf US-Dollar",
    "5 %": "fünf Prozent", "5,5 %": "fünf Komma fünf Prozent", "5-10": "fünf bis zehn",
    "1 Hund": "ein Hund", "1 Minute": "eine Minute",
    "2. Straße": "zweite Straße", "In der 2. Straße": "In der zweiten Straße",
    "der 2. Mann": "der zweite Mann", "3. Kapitel": "drittes Kapitel",
    "Platz 2. Danach": "Platz zwei. Danach",
    "21 km/h": "einundzwanzig Kilometer pro Stunde", "-3 °C": "minus drei Grad Celsius",
    "1 t": "eine Tonne", "1/2 l": "ein halb Liter", "3/4 Liter": "drei Viertel Liter",
    "2 1/2": "zwei ein halb", "99/99": "neunundneunzig/neunundneunzig",
    "z. B. ca. 5": "zum Beispiel circa fünf", "z.B.": "zum Beispiel.", "Nr. 7": "Nummer sieben",
    "Nr. sieben": "Nr. sieben", "d. h. bzw. a": "das heißt beziehungsweise a",
    "usw. Dann": "und so weiter. Dann", "usw., a": "und so weiter, a", "Z. B. a": "Zum Beispiel a",
    "030/123456": "null drei null, eins zwei drei vier fünf sechs",
    "123456": "einhundertdreiundzwanzigtausend vierhundertsechsundfünfzig",
    "Es sind 5.": "Es sind fünf.", "45.45.2026":
    "fünfundvierzig.fünfundvierzig.zweitausendsechsundzwanzig",
}  # fmt: skip
FRENCH = {
    "0": "zéro", "1": "un", "21": "vingt et un", "70": "soixante-dix", "71": "soixante et onze",
    "80": "quatre-vingts", "81": "quatre-vingt-un", "91": "quatre-vingt-onze", "100": "cent",
    "200": "deux cents", "201": "deux cent un", "80 000": "quatre-vingt mille",
    "1 000 000": "un million", "1999": "mille neuf cent quatre-vingt-dix-neuf",
    "3,14": "trois virgule quatorze", "3,05": "trois virgule zéro cinq", "-5": "moins cinq",
    "le 3/4/2026": "le trois avril deux mille vingt-six",
    "1er avril 2026": "premier avril deux mille vingt-six", "17h05": "dix-sept heures cinq",
    "1h": "une heure", "17:00": "dix-sept heures", "12,50 €": "douze euros cinquante",
    "1 €": "un euro", "21 £": "vingt et une livres", "2 000 000 €": "deux millions d'euros",
    "5 %": "cinq pour cent", "21e siècle": "vingt et unième siècle", "1re": "première",
    "au n° 5": "au numéro cinq", "1/2 litre": "un demi litre", "1 1/2 l": "un litre et demi",
    "21 km/h": "vingt et un kilomètres à l'heure", "-3 °C": "moins trois degrés Celsius",
    "p. ex. Mme Un": "par exemple Madame Un", "9e": "neuvième", "5-10": "cinq à dix",
    "1 minute": "une minute",
}  # fmt: skip
SPANISH = {
    "0": "cero", "1": "uno", "16": "dieciséis", "21": "veintiuno", "31": "treinta y uno",
    "100": "cien", "101": "ciento uno", "500": "quinientos", "1.000": "mil",
    "21.000": "veintiún mil", "1.000.000": "un millón", "1999": "mil novecientos noventa y nueve",
    "3,14": "tres coma catorce", "-5": "menos cinco",
    "el 3/4/2026": "el tres de abril de dos mil veintiséis",
    "20 de noviembre de 2026": "veinte de noviembre de dos mil veintiséis",
    "a las 17:05": "a las diecisiete y cinco", "a la 1:30": "a la una y treinta",
    "a las 17:00": "a las diecisiete en punto", "12,50 €": "doce euros con cincuenta céntimos",
    "1 €": "un euro", "21 €": "veintiún euros", "21 £": "veintiuna libras",
    "200 £": "doscientas libras", "$5": "cinco dólares", "5 %": "cinco por ciento",
    "n.º 5": "número cinco", "100 km/h": "cien kilómetros por hora", "1/2 l": "medio litro",
    "p. ej. a": "por ejemplo a", "1.º": "primero", "2ª": "segunda",
    "21 personas": "veintiuna personas",
    "31 libros": "treinta y un libros", "5-10": "cinco a diez",
}  # fmt: skip
ITALIAN = {
    "0": "zero", "1": "uno", "3": "tre", "21": "ventuno", "23": "ventitré", "28": "ventotto",
    "38": "trentotto", "100": "cento", "108": "centotto", "180": "centottanta", "200": "duecento",
    "1.000": "mille", "2.000": "duemila", "1.000.000": "un milione", "2.000.000": "due milioni",
    "1999": "millenovecentonovantanove", "3,14": "tre virgola quattordici", "-5": "meno cinque",
    "il 1/4/2026": "il primo aprile duemilaventisei",
    "il 3/4/2026": "il tre aprile duemilaventisei",
    "alle 17:05": "alle diciassette e cinque", "alle 17:00": "alle diciassette in punto",
    "12,50 €": "dodici euro e cinquanta centesimi", "1 €": "un euro", "1 £": "una sterlina",
    "5 %": "cinque per cento", "1°": "primo", "11°": "undicesimo", "23°": "ventitreesimo",
    "n. 5": "numero cinque", "100 km/h": "cento chilometri orari", "3/4 di": "tre quarti di",
    "5-10": "cinque a dieci", "1 persona": "una persona",
}  # fmt: skip
PORTUGUESE = {
    "0": "zero", "1": "um", "2": "dois", "16": "dezasseis", "21": "vinte e um", "100": "cem",
    "101": "cento e um", "200": "duzentos", "1.000": "mil", "1.100": "mil e cem",
    "1.234": "mil duzentos e trinta e quatro", "1.000.000": "um milhão",
    "2.000.000": "dois milhões", "1999": "mil novecentos e noventa e nove",
    "3,14": "três vírgula catorze", "-5": "menos cinco",
    "em 3/4/2026": "em três de abril de dois mil e vinte e seis",
    "às 17:05": "às dezassete e cinco", "17:00": "dezassete horas", "à 1:30": "à uma e trinta",
    "12,50 €": "doze euros e cinquenta cêntimos", "1 €": "um euro", "2 £": "duas libras",
    "22 £": "vinte e duas libras", "5 %": "cinco por cento", "1.º": "primeiro", "2ª": "segunda",
    "21 pessoas": "vinte e uma pessoas", "5-10": "cinco a dez",
    "R$ 5,50": "cinco reais e cinquenta centavos",
}  # fmt: skip
BRAZILIAN = {
    "16": "dezesseis", "19": "dezenove", "1/4/2026": "primeiro de abril de dois mil e vinte e seis",
    "2 km": "dois quilômetros", "2 kg": "dois quilogramas", "nº 5": "número cinco",
    "1.000.000.000": "um bilhão", "17h": "dezessete horas",
}  # fmt: skip
CASES = [
    (language, written, said)
    for language, table in (
        ("de", GERMAN),
        ("fr", FRENCH),
        ("es", SPANISH),
        ("es-419", SPANISH),
        ("it", ITALIAN),
        ("pt", PORTUGUESE),
        ("pt-br", BRAZILIAN),
    )
    for written, said in table.items()
]


@pytest.mark.parametrize(("language", "written", "said"), CASES)
def test_numbers(language, written, said):
    assert normalize(written, language).text == said


@pytest.mark.parametrize("language", ["de", "fr", "es", "it", "pt"])
@pytest.mark.parametrize(
    "text", ["info@example.com", "https://example.com/5?a=1", "MP3", "a well-known U-Boot", "Wort"]
)
def test_addresses_and_names_are_left_alone(language, text):
    assert normalize(text, language).text == text


@pytest.mark.parametrize("language", ["de", "fr", "es", "it", "pt", "pt-br"])
def test_every_number_has_its_own_words(language):
    numbers = [*range(1200), *range(1200, 2_000_000, 7919), 10**9, 10**12, 10**15 - 1]
    # Grouped by stops, so that none is taken for a year.
    said = {normalize(f"{number:,}".replace(",", "."), language).text for number in numbers}
    assert len(said) == len(numbers)
    assert not any(char.isdigit() for words in said for char in words)


def test_long_numbers_are_read_digit_by_digit():
    assert normalize("1" * 16, "de").text.count("eins") == 16


def test_no_german_number_is_one_run_too_long_to_be_said():
    for number in (123456, 777777, 777_777_777, 10**15 - 1):
        said = normalize(f"{number:,}".replace(",", "."), "de").text
        assert max(map(len, said.split())) <= 45
