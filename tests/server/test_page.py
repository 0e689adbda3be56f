"""Tests of the first page: its files, and what a browser does with it."""

import re
import shutil

import httpx
import pytest

from menura.server.page import WEB


def test_the_page_and_its_files_are_served(server) -> None:
    with httpx.Client(base_url=server.url) as client:
        for path in ("/", "/docs", *(f"/web/{file.name}" for file in WEB.iterdir())):
            answer = client.get(path)
            assert answer.status_code == 200, path
            assert "default-src 'self'" in answer.headers["content-security-policy"]
            assert answer.headers["x-content-type-options"] == "nosniff"
        for path in ("/web/../app.py", "/web/%2e%2e/app.py", "/web/nothing.js"):
            assert client.get(path).status_code == 404


@pytest.mark.parametrize("file", sorted(WEB.iterdir()), ids=lambda file: file.name)
def test_nothing_comes_from_elsewhere(file) -> None:
    found = re.findall(r"(?:https?:)?//[\w.]+", re.sub(r"(?m)//\s.*$", "", file.read_text("utf-8")))
    assert set(found) <= {"http://www.w3.org"}  # the name of SVG, which nobody fetches


@pytest.fixture(scope="module")
def page(request: pytest.FixtureRequest):
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        if request.config.getoption("--every-extra"):
            pytest.fail("the extra `browser` is not installed")
        pytest.skip("needs the extra `browser`")
    with sync_playwright() as playwright:
        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"],
        )
        page = browser.new_page()
        page.set_default_timeout(120_000)
        yield page
        browser.close()


@pytest.fixture
def fresh(page, server):
    """The page, newly opened; a test fails if its code does."""
    errors: list[str] = []

    def note(error) -> None:
        errors.append(str(error))

    page.on("pageerror", note)
    page.goto(server.url)
    yield page
    page.remove_listener("pageerror", note)
    assert errors == []


def _lit(page, canvas: str) -> float:
    """Returns which share of a canvas is lit."""
    return page.eval_on_selector(
        canvas,
        """(canvas) => {
            const { width, height } = canvas;
            const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
            let lit = 0;
            for (let i = 0; i < data.length; i += 4) {
                lit += data[i + 3] && data[i] + data[i + 1] > 60;
            }
            return lit / (width * height);
        }""",
    )


@pytest.mark.slow
def test_speech_is_heard_and_seen(fresh) -> None:
    from playwright.sync_api import expect

    assert fresh.inner_text("label[for=prompt]") == "Text"
    fresh.fill("#prompt", "The lyrebird sings.")
    fresh.select_option("#voice", "nora")
    fresh.fill("#seed", "5")
    fresh.click("#make")
    expect(fresh.locator("#state")).to_contain_text("seed 5", timeout=120_000)
    assert float(fresh.inner_text("#state").split(" s,")[0]) == pytest.approx(1.3, abs=0.5)
    assert _lit(fresh, "#wave") > 0.01
    assert _lit(fresh, "#spectrogram") > 0.05


@pytest.mark.slow
def test_the_language_is_the_texts_the_voices_or_a_chosen_one(fresh, server) -> None:
    from playwright.sync_api import expect

    def spoken(language: str) -> str:
        fresh.select_option("#language", language)
        fresh.click("#make")
        expect(fresh.locator("#state")).to_contain_text("take", timeout=120_000)
        take = fresh.inner_text("#state").split("take ")[1].split(",")[0]
        return server.house.studio.archive.get(take).recipe["task"]["language"]

    expect(fresh.locator("#language option[value=de]")).to_have_count(1)
    assert fresh.input_value("#language") == "auto"
    fresh.select_option("#voice", "nora")
    fresh.fill("#prompt", "Le chat dort sur le canapé.")
    assert [spoken(language) for language in ("auto", "", "de")] == ["fr-fr", "en-us", "de"]
    fresh.select_option("#language", "auto")
    fresh.click("#make")
    expect(fresh.locator("#state")).to_contain_text("take", timeout=120_000)
    fresh.click("#keep")
    expect(fresh.locator("#notes")).to_contain_text("guessed: language: fr-fr", timeout=120_000)
    fresh.click("text=Music")
    expect(fresh.locator("#language")).to_be_hidden()


@pytest.mark.slow
def test_music_is_kept_with_stems_and_notes_and_verified(fresh, tmp_path) -> None:
    from playwright.sync_api import expect

    fresh.click("text=Music")
    fresh.fill("#prompt", "calm piano")
    fresh.fill("#duration", "4")
    fresh.click("#make")
    expect(fresh.locator("#state")).to_contain_text("take", timeout=120_000)
    fresh.click("#keep")
    expect(fresh.locator("#state")).to_contain_text("signed", timeout=120_000)
    names = fresh.locator("#files a").all_inner_texts()
    assert {"WAV", "MP3", "MIDI"} <= set(names)
    assert sum(name.startswith("Stem: ") for name in names) > 1
    expect(fresh.locator("#again")).to_be_visible()
    assert fresh.evaluate("() => document.getElementById('again').error") is None
    with fresh.expect_download() as download:
        fresh.click("#files >> text=MP3")
    download.value.save_as(tmp_path / "x.mp3")
    fresh.set_input_files("#file", tmp_path / "x.mp3")
    expect(fresh.locator("#verdict")).to_contain_text("trusted", timeout=120_000)
    expect(fresh.locator("#verdict")).to_contain_text("music")


@pytest.mark.slow
def test_an_endless_effect_plays_until_it_is_stopped(fresh, server) -> None:
    from playwright.sync_api import expect

    fresh.click("text=Effect")
    fresh.check("#endless")
    assert fresh.is_disabled("#duration")
    fresh.click("#make")
    expect(fresh.locator("#state")).to_contain_text(
        re.compile(r"playing: ([2-9]|\d\d)"), timeout=120_000
    )
    fresh.click("#stop")
    expect(fresh.locator("#state")).to_contain_text("stopped")
    fresh.wait_for_timeout(1000)
    assert server.house.workshop.working == 0


@pytest.mark.slow
def test_what_cannot_be_made_is_told(fresh) -> None:
    from playwright.sync_api import expect

    fresh.click("text=Effect")
    assert fresh.inner_text("label[for=prompt]") == "Prompt"
    fresh.fill("#prompt", "xyzzy plugh")
    fresh.click("#make")
    state = fresh.locator("#state.error")
    expect(state).to_contain_text("xyzzy", timeout=120_000)


@pytest.mark.slow
def test_the_documentation_lists_every_route(page, server) -> None:
    page.goto(f"{server.url}/docs")
    page.wait_for_selector("details")
    listed = set(page.locator("summary").all_inner_texts())
    schema = httpx.get(f"{server.url}/openapi.json").json()
    routes = {f"{m.upper()} {path}" for path, ways in schema["paths"].items() for m in ways}
    assert listed == routes
