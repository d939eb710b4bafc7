// Measures what a page hears: the tracks that its peer connections receive, through WebAudio's FFT.

import { expect, type Page } from '@playwright/test';

/** Keeps every peer connection that the page makes. The SDK's own public `getPeerConnection` gives the same object,
 *  but needs the SDK's client, which the page rightly keeps to itself. */
export async function keepPeers(page: Page) {
  await page.addInitScript(() => {
    const peers: RTCPeerConnection[] = [];
    (window as any).__peers = peers;
    const Native = window.RTCPeerConnection;
    window.RTCPeerConnection = class extends Native {
      constructor(configuration?: RTCConfiguration) {
        super(configuration);
        peers.push(this);
      }
    };
  });
}

export type Ear = { hz: number; rms: number; levels: Record<number, number> };

/** The strongest frequency and the level (0 to 1) of what the page's newest connection receives, over a second; and how
 *  strong each of `tones` is, in dB below the strongest. */
export async function listen(page: Page, ...tones: number[]): Promise<Ear> {
  return page.evaluate(async (tones) => {
    const peers: RTCPeerConnection[] = (window as any).__peers;
    const peer = peers.filter((peer) => peer.connectionState === 'connected').at(-1);
    const track = peer?.getReceivers()[0]?.track;
    if (!track) return { hz: 0, rms: 0, levels: {} };
    const context = new AudioContext();
    await context.resume();
    const analyser = context.createAnalyser();
    analyser.fftSize = 16384;
    analyser.smoothingTimeConstant = 0;
    context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    await new Promise((done) => setTimeout(done, 1_000));
    const samples = new Float32Array(analyser.fftSize);
    analyser.getFloatTimeDomainData(samples);
    const bins = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(bins);
    const strongest = bins.reduce((best, level, bin) => (level > bins[best] ? bin : best), 0);
    const width = context.sampleRate / analyser.fftSize;
    const near = (hz: number) => Math.max(...bins.slice(Math.floor((hz - 12) / width), Math.ceil((hz + 12) / width)));
    const ear = {
      levels: Object.fromEntries(tones.map((hz) => [hz, near(hz) - bins[strongest]])),
      hz: (strongest * context.sampleRate) / analyser.fftSize,
      rms: Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length),
    };
    await context.close();
    return ear;
  }, tones);
}

/** Waits until the page hears a tone of `hz`. */
export async function expectTone(page: Page, hz: number) {
  await expect.poll(async () => {
    const ear = await listen(page);
    return ear.rms > 0.01 && Math.abs(ear.hz - hz) < 15 ? 'heard' : `${Math.round(ear.hz)} Hz at ${ear.rms.toFixed(4)}`;
  }, { message: `the page hears ${hz} Hz`, timeout: 15_000, intervals: [200] }).toBe('heard');
}

/** Waits until the page hears each tone of `heard`, and no tone of `not`. */
export async function expectTones(page: Page, heard: number[], not: number[] = []) {
  await expect.poll(async () => {
    const { rms, levels } = await listen(page, ...heard, ...not);
    const good = rms > 0.01 && heard.every((hz) => levels[hz] > -25) && not.every((hz) => levels[hz] < -30);
    return good ? 'heard' : `${JSON.stringify(levels)} dB at ${rms.toFixed(4)}`;
  }, { message: `the page hears ${heard.join(' and ')} Hz, not ${not.join(' or ')}`, timeout: 15_000, intervals: [200] }).toBe('heard');
}
