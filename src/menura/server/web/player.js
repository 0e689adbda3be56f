// Playing signed 16-bit sound while it arrives.

const AHEAD_S = 8; // how much is fetched before it is heard: then the server waits
const LEAD_S = 0.1; // between the first samples and the first sound

export class Player {
  constructor() {
    this.context = new AudioContext();
    this.abort = new AbortController();
  }

  get signal() {
    return this.abort.signal;
  }

  // Plays the body of an answer; `heard(samples)` gets what arrives: an array for each channel.
  // Resolves when all has arrived, with how many seconds are still to be heard.
  async play(answer, heard) {
    const rate = Number(answer.headers.get("x-menura-rate"));
    const channels = Number(answer.headers.get("x-menura-channels"));
    const frameBytes = 2 * channels;
    const reader = answer.body.getReader();
    let rest = new Uint8Array(0);
    let at = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      const bytes = new Uint8Array(rest.length + value.length);
      bytes.set(rest);
      bytes.set(value, rest.length);
      const whole = bytes.length - (bytes.length % frameBytes);
      rest = bytes.slice(whole);
      if (!whole) continue;
      const samples = parted(bytes.buffer, whole / frameBytes, channels);
      at = this.schedule(samples, rate, at);
      heard(samples, rate);
      while (at - this.context.currentTime > AHEAD_S && !this.signal.aborted) await pause(100);
    }
    return Math.max(0, at - this.context.currentTime);
  }

  schedule(samples, rate, at) {
    const buffer = this.context.createBuffer(samples.length, samples[0].length, rate);
    samples.forEach((channel, i) => buffer.copyToChannel(channel, i));
    const source = this.context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.context.destination);
    const start = Math.max(at, this.context.currentTime + (at ? 0 : LEAD_S));
    source.start(start);
    return start + buffer.duration;
  }

  stop() {
    this.abort.abort();
    if (this.context.state !== "closed") this.context.close();
  }
}

function parted(buffer, frames, channels) {
  const view = new DataView(buffer);
  const samples = Array.from({ length: channels }, () => new Float32Array(frames));
  for (let i = 0, byte = 0; i < frames; i++) {
    for (let c = 0; c < channels; c++, byte += 2) samples[c][i] = view.getInt16(byte, true) / 32768;
  }
  return samples;
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
