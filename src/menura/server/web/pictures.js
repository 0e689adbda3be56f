// Waveform and spectrogram of a sound that grows while it is drawn.

const SIZE = 2048; // samples of one spectrum
const HOP = SIZE / 2;
const FLOOR_DB = -90;
const LOWEST_HZ = 40;
const MOST_HOPS = 4096; // more are taken together: a sound without end fits into memory

export class Pictures {
  constructor(wave, spectrogram) {
    this.wave = wave.getContext("2d");
    this.spectrogram = spectrogram.getContext("2d");
    this.peaks = []; // [lowest, highest] of each hop
    this.columns = []; // dB of each bin, of each hop
    this.rest = new Float32Array(0);
    this.together = 1; // hops that one entry stands for
    this.hops = 0;
    this.drawing = false;
    for (const { canvas } of [this.wave, this.spectrogram]) {
      canvas.width = canvas.width; // what was there before is cleared
    }
  }

  add(samples, rate) {
    this.rate = rate;
    const mono = samples[0].map((x, i) => samples.reduce((sum, c) => sum + c[i], 0) / samples.length);
    const all = new Float32Array(this.rest.length + mono.length);
    all.set(this.rest);
    all.set(mono, this.rest.length);
    let start = 0;
    for (; start + SIZE <= all.length; start += HOP) {
      const piece = all.subarray(start, start + SIZE);
      const peak = extremes(piece.subarray(0, HOP));
      if (this.hops++ % this.together) {
        this.peaks.push(wider(this.peaks.pop(), peak));
      } else {
        this.columns.push(spectrum(piece));
        this.peaks.push(peak);
      }
    }
    if (this.peaks.length > MOST_HOPS) this.fold();
    this.rest = all.slice(start);
    if (!this.drawing) {
      this.drawing = true;
      requestAnimationFrame(() => this.draw());
    }
  }

  fold() {
    this.columns = this.columns.filter((_, i) => i % 2 === 0);
    this.peaks = this.columns.map((_, i) => wider(this.peaks[2 * i], this.peaks[2 * i + 1]));
    this.together *= 2;
  }

  draw() {
    this.drawing = false;
    this.drawWave();
    this.drawSpectrogram();
  }

  drawWave() {
    if (!this.peaks.length) return;
    const { canvas } = this.wave;
    const { width, height } = canvas;
    this.wave.clearRect(0, 0, width, height);
    this.wave.fillStyle = "#e8934a";
    for (let x = 0; x < width; x++) {
      const [from, to] = this.span(x, width);
      let [low, high] = [0, 0];
      for (let i = from; i < to; i++) {
        low = Math.min(low, this.peaks[i][0]);
        high = Math.max(high, this.peaks[i][1]);
      }
      this.wave.fillRect(x, (1 - high) * height / 2, 1, Math.max(1, (high - low) * height / 2));
    }
  }

  drawSpectrogram() {
    if (!this.peaks.length) return;
    const { canvas } = this.spectrogram;
    const { width, height } = canvas;
    const image = this.spectrogram.createImageData(width, height);
    const top = Math.log(this.rate / 2 / LOWEST_HZ);
    for (let x = 0; x < width; x++) {
      const column = this.columns[this.span(x, width)[0]];
      for (let y = 0; y < height; y++) {
        const hz = LOWEST_HZ * Math.exp(top * (1 - y / height));
        const bin = Math.min(SIZE / 2 - 1, Math.round(hz / this.rate * SIZE));
        image.data.set(colour(1 - column[bin] / FLOOR_DB), 4 * (y * width + x));
      }
    }
    this.spectrogram.putImageData(image, 0, 0);
  }

  // The hops that one column of pixels shows: all that there are fill the width.
  span(x, width) {
    const count = this.peaks.length;
    const from = Math.min(count - 1, Math.floor(x * count / width));
    return [from, Math.max(from + 1, Math.floor((x + 1) * count / width))];
  }
}

function wider(one, other = one) {
  return [Math.min(one[0], other[0]), Math.max(one[1], other[1])];
}

function extremes(piece) {
  let [low, high] = [0, 0];
  for (const x of piece) {
    if (x < low) low = x;
    if (x > high) high = x;
  }
  return [low, high];
}

// Levels in dB of a Hann-windowed piece, by a radix-2 transform (Cooley and Tukey, 1965).
function spectrum(piece) {
  const real = new Float32Array(SIZE);
  const imaginary = new Float32Array(SIZE);
  for (let i = 0; i < SIZE; i++) {
    let j = 0;
    for (let bit = 1, k = i; bit < SIZE; bit <<= 1, k >>= 1) j = (j << 1) | (k & 1);
    real[j] = piece[i] * (0.5 - 0.5 * Math.cos(2 * Math.PI * i / SIZE));
  }
  for (let half = 1; half < SIZE; half *= 2) {
    for (let k = 0; k < half; k++) {
      const [cos, sin] = [Math.cos(Math.PI * k / half), -Math.sin(Math.PI * k / half)];
      for (let i = k; i < SIZE; i += 2 * half) {
        const j = i + half;
        const re = real[j] * cos - imaginary[j] * sin;
        const im = real[j] * sin + imaginary[j] * cos;
        [real[j], imaginary[j]] = [real[i] - re, imaginary[i] - im];
        real[i] += re;
        imaginary[i] += im;
      }
    }
  }
  const levels = new Float32Array(SIZE / 2);
  for (let i = 0; i < SIZE / 2; i++) {
    const power = (real[i] ** 2 + imaginary[i] ** 2) / (SIZE / 4) ** 2;
    levels[i] = Math.max(FLOOR_DB, Math.min(0, 10 * Math.log10(power + 1e-12)));
  }
  return levels;
}

function colour(share) {
  const t = Math.max(0, Math.min(1, share));
  return [255 * Math.min(1, 1.6 * t), 255 * t * t, 255 * (0.35 * Math.sin(Math.PI * t) + 0.05), 255];
}
