import { call, download, post } from "/web/api.js";
import { Pictures } from "/web/pictures.js";
import { Player } from "/web/player.js";

const $ = (id) => document.getElementById(id);
const EXAMPLES = {
  speech: "The lyrebird sings every song it has ever heard.",
  music: "calm lo-fi piano with soft drums, 80 bpm",
  effect: "heavy rain on a tin roof, thunder far away",
};
const FINISH_CHECK_MS = 100;
const MAX_ABOUT = 60; // characters
let player = null;
let task = null;
let played = 0; // seconds

function kind() {
  return document.querySelector("[name=kind]:checked").value;
}

function number(id) {
  return $(id).value === "" ? null : Number($(id).value);
}

function tell(text, bad = false) {
  $("state").textContent = text;
  $("state").classList.toggle("error", bad);
}

function chosen() {
  const seed = number("seed") ?? Math.floor(Math.random() * 2 ** 32);
  if (kind() === "speech") {
    return {
      kind: "speech", text: $("prompt").value, seed, voice: $("voice").value || null,
      language: $("language").value || null, emotion: $("emotion").value || null,
      speed: number("speed") ?? 1,
    };
  }
  const endless = kind() === "effect" && $("endless").checked;
  const rest = kind() === "effect" ? { endless } : {};
  const duration_s = endless ? null : number("duration");
  return { kind: kind(), prompt: $("prompt").value, seed, duration_s, ...rest };
}

async function make(event) {
  event.preventDefault();
  player?.stop();
  const own = player = new Player();
  task = chosen();
  $("result").hidden = false;
  $("notes").replaceChildren();
  $("files").replaceChildren();
  $("again").hidden = true;
  $("keep").disabled = true;
  $("stop").disabled = false;
  tell("working …");
  const pictures = new Pictures($("wave"), $("spectrogram"));
  played = 0;
  try {
    const answer = await post("/api/stream", { task, format: "pcm" }, own.signal);
    const ignored = answer.headers.get("x-menura-ignored");
    if (ignored) note(ignored);
    const left = await own.play(answer, (samples, rate) => {
      played += samples[0].length / rate;
      pictures.add(samples, rate);
      tell(`playing: ${played.toFixed(1)} s`);
    });
    tell(`${played.toFixed(1)} s, take ${answer.headers.get("x-menura-take")}, seed ${task.seed}`);
    $("keep").disabled = false;
    setTimeout(() => player === own && ($("stop").disabled = true), left * 1000 + FINISH_CHECK_MS);
  } catch (error) {
    if (own !== player) return; // something else plays by now
    $("stop").disabled = true;
    $("keep").disabled = played === 0;
    if (own.signal.aborted) tell(`stopped after ${played.toFixed(1)} s`);
    else tell(error.message, true);
  }
}

function note(text, kind = "ignored") {
  const line = document.createElement("li");
  line.textContent = `${kind}: ${text}`;
  $("notes").append(line);
}

async function keep() {
  $("keep").disabled = true;
  $("files").replaceChildren();
  tell("making files …");
  try {
    const stems = task.kind !== "speech";
    // What has no end is kept as long as it was played.
    const whole = task.endless ? { ...task, endless: false, duration_s: played } : task;
    const take = await (await post("/api/takes", { task: whole, format: "wav", stems })).json();
    const name = `menura-${take.take}`;
    const { links } = take;
    addFile("WAV", links.audio, `${name}.wav`);
    addFile("MP3", `${links.audio}?format=mp3`, `${name}.mp3`);
    if (links.captions) addFile("Captions", links.captions, `${name}.srt`);
    if (links.score) addFile("MIDI", links.score, `${name}.mid`);
    for (const [stem, link] of Object.entries(links.stems ?? {})) {
      addFile(`Stem: ${stem}`, link, `${name} ${stem}.wav`);
    }
    URL.revokeObjectURL($("again").src);
    $("again").src = URL.createObjectURL(await (await call(links.audio)).blob());
    $("again").hidden = false;
    $("notes").replaceChildren();
    if (take.report.understood.guessed) note(take.report.understood.guessed, "guessed");
    for (const line of take.report.ignored) note(line);
    tell(`${take.duration_s.toFixed(1)} s, take ${take.take}: marked and signed`);
  } catch (error) {
    tell(error.message, true);
  }
  $("keep").disabled = false;
}

function addFile(text, path, name) {
  const link = document.createElement("a");
  link.href = path;
  link.textContent = text;
  link.addEventListener("click", (event) => {
    event.preventDefault();
    download(path, name).catch((error) => tell(error.message, true));
  });
  $("files").append(link);
}

async function verify(file) {
  if (!file) return;
  const verdict = $("verdict");
  verdict.replaceChildren();
  const row = (name, value, bad = false) => {
    const [term, text] = [document.createElement("dt"), document.createElement("dd")];
    term.textContent = name;
    text.textContent = value;
    text.classList.toggle("error", bad);
    verdict.append(term, text);
  };
  row("file", file.name);
  const body = new FormData();
  body.append("file", file);
  try {
    const found = await (await call("/api/verify", { method: "POST", body })).json();
    const marks = { true: "found", false: "not found", null: "too short or too quiet to tell" };
    row("mark", marks[found.mark.found] + (found.mark.payload ? `, take ${found.mark.payload}` : ""));
    row("manifest", found.manifest.state + (found.manifest.issuer ? `, by ${found.manifest.issuer}` : ""));
    if (found.take) row("take", [found.take.id, found.take.kind, found.take.made_at].filter(Boolean).join(", "));
    found.notes.forEach((text) => row("note", text));
  } catch (error) {
    row("error", error.message, true);
  }
}

function showFields() {
  for (const field of document.querySelectorAll("[data-for]")) {
    field.hidden = !field.dataset.for.split(" ").includes(kind());
  }
  $("what").textContent = kind() === "speech" ? "Text" : "Prompt";
  const others = Object.values(EXAMPLES);
  if (!$("prompt").value || others.includes($("prompt").value)) $("prompt").value = EXAMPLES[kind()];
  $("duration").disabled = kind() === "effect" && $("endless").checked;
}

async function listLanguages() {
  const { languages } = await (await call("/api/languages")).json();
  for (const { tag, name } of languages) $("language").append(new Option(name, tag));
}

async function listVoices() {
  const { voices } = await (await call("/api/voices")).json();
  for (const voice of voices) {
    const about = (voice.description || voice.language).slice(0, MAX_ABOUT);
    const option = new Option(`${voice.name}: ${about}`, voice.id);
    $("voice").append(option);
  }
}

$("form").addEventListener("submit", make);
$("form").addEventListener("change", showFields);
$("prompt").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) $("form").requestSubmit();
});
$("stop").addEventListener("click", () => {
  player?.stop();
  $("stop").disabled = true;
});
$("keep").addEventListener("click", keep);
$("file").addEventListener("change", () => verify($("file").files[0]));
for (const type of ["dragover", "dragleave", "drop"]) {
  $("drop").addEventListener(type, (event) => {
    event.preventDefault();
    $("drop").classList.toggle("over", type === "dragover");
    if (type === "drop") verify(event.dataTransfer.files[0]);
  });
}
showFields();
for (const list of [listVoices, listLanguages]) list().catch((error) => tell(error.message, true));
