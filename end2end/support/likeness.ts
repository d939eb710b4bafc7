// Is what a page hears what it said, and how much later? Two recordings, slid along each other.

import type { Page } from '@playwright/test';

export const rate = 8_000;

/** Words of a made-up language: a tone that changes every 40 ms, like nothing else and never twice the same. 16-bit mono
 *  WAV of whole seconds, for Chromium's fake microphone, which plays it again and again. */
export function babble(seconds: number, seed = 12_345, wavRate = 48_000): Buffer {
  const samples = Buffer.alloc(seconds * wavRate * 2);
  let phase = 0;
  let hz = 0;
  for (let n = 0; n < seconds * wavRate; n++) {
    if (n % (wavRate / 25) === 0) {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      hz = 400 + (seed / 2 ** 32) * 2_000;
    }
    phase += (2 * Math.PI * hz) / wavRate;
    samples.writeInt16LE(Math.round(12_000 * Math.sin(phase)), n * 2);
  }
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + samples.length, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(wavRate, 24);
  header.writeUInt32LE(wavRate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(samples.length, 40);
  return Buffer.concat([header, samples]);
}

/** What the page's newest connection sends and what it receives, at the same time, as samples of 8 kHz. */
export async function both(page: Page, seconds: number): Promise<{ said: number[]; heard: number[] }> {
  return page.evaluate(async ({ seconds, rate }) => {
    const peers: RTCPeerConnection[] = (window as any).__peers;
    const peer = peers.filter((peer) => peer.connectionState === 'connected').at(-1)!;
    const context = new AudioContext({ sampleRate: rate });
    await context.resume();
    const merged = context.createChannelMerger(2);
    const tracks = [peer.getSenders()[0].track!, peer.getReceivers()[0].track];
    tracks.forEach((track, channel) => context.createMediaStreamSource(new MediaStream([track])).connect(merged, 0, channel));
    const tap = context.createScriptProcessor(1024, 2, 1);
    const said: number[] = [];
    const heard: number[] = [];
    tap.onaudioprocess = ({ inputBuffer }) => {
      said.push(...inputBuffer.getChannelData(0));
      heard.push(...inputBuffer.getChannelData(1));
    };
    merged.connect(tap);
    tap.connect(context.destination);
    while (heard.length < seconds * rate) await new Promise((done) => setTimeout(done, 100));
    await context.close();
    return { said, heard };
  }, { seconds, rate });
}

/**
 * How much later `heard` has what `said` had, and how alike the two are: 1 is the same but for loudness. Eight pieces of a
 * quarter of a second are looked for one by one, and their medians told: a jitter buffer stretches what it plays by some
 * milliseconds here and there, so that a longer piece never lies on itself from end to end.
 */
export function likeness(said: number[], heard: number[]): { delayMs: number; alike: number } {
  const found = Array.from({ length: 8 }, (_, piece) => find(said, heard, 0.2 + piece / 4));
  const median = (values: number[]) => values.sort((a, b) => a - b)[values.length / 2];
  return { delayMs: median(found.map(({ delayMs }) => delayMs)), alike: median(found.map(({ alike }) => alike)) };
}

/** Where in `heard` the quarter of a second of `said` from `from` s on is found again. */
function find(said: number[], heard: number[], from: number): { delayMs: number; alike: number } {
  const start = Math.round(from * rate);
  const pattern = Float64Array.from(said.slice(start, start + rate / 4));
  const energy = (samples: ArrayLike<number>, at: number) => {
    let sum = 0;
    for (let n = 0; n < pattern.length; n++) sum += samples[at + n] ** 2;
    return sum;
  };
  const own = energy(pattern, 0);
  let best = { delayMs: 0, alike: 0 };
  for (let lag = start; lag + pattern.length <= heard.length; lag++) {
    let dot = 0;
    for (let n = 0; n < pattern.length; n++) dot += pattern[n] * heard[lag + n];
    const alike = dot / (Math.sqrt(own * energy(heard, lag)) || 1);
    if (alike > best.alike) best = { delayMs: ((lag - start) / rate) * 1_000, alike };
  }
  return best;
}
