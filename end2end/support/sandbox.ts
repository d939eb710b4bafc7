// The sandbox's control face: the simulated phones, faults, and what happened.

import { expect } from '@playwright/test';
import { account, run } from './run';

export type Heard = { rms: number; peak: number; frames: number; tones: Record<string, number> };
export type PhoneView = {
  number: string;
  state: 'idle' | 'ringing' | 'dialling' | 'talking';
  caller: string | null;
  leg: string | null;
  said: { text: string; at: number | string }[];
  heard: Heard;
  [more: string]: unknown;
};
export type Voice = 'silence' | { tone: number } | { wav_base64: string };
export type TraceEntry = { seq: number; kind: string; [more: string]: any };

async function ask(base: string, method: string, path: string, body?: unknown): Promise<any> {
  const response = await fetch(base + path, {
    method,
    headers: body === undefined ? {} : { 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text ? JSON.parse(text) : undefined;
}

export class Phone {
  constructor(readonly number: string, private readonly base = run.sandbox) {}

  private ask = (method: string, path: string, body?: unknown) => ask(this.base, method, path, body);

  view = (): Promise<PhoneView> => this.ask('GET', `/phones/${this.number}`);
  dial = (to: string) => this.ask('POST', `/phones/${this.number}/dial`, { to });
  answer = (voice: Voice = 'silence') => this.ask('POST', `/phones/${this.number}/answer`, { voice });
  reject = (how: 'declined' | 'busy' = 'declined') => this.ask('POST', `/phones/${this.number}/reject`, { how });
  hangup = () => this.ask('POST', `/phones/${this.number}/hangup`, {});
  dtmf = (digits: string) => this.ask('POST', `/phones/${this.number}/dtmf`, { digits });
  voice = (voice: Voice) => this.ask('POST', `/phones/${this.number}/voice`, { voice });
  heard = (...tones: number[]): Promise<Heard> => this.ask('GET', `/phones/${this.number}/heard?tones=${tones.join(',')}`);

  /** Waits until the phone is in `state`. */
  async is(state: PhoneView['state'], timeout = 30_000) {
    await expect.poll(async () => (await this.view()).state, { message: `phone ${this.number}`, timeout }).toBe(state);
  }

  /** Waits until the ear of the phone hears `hz` clearly, and `not` much weaker than that. */
  async hears(hz: number, not: number) {
    await expect.poll(async () => {
      const { rms, tones } = await this.heard(hz, not);
      return rms > 0.01 && tones[hz] > 8 * tones[not];
    }, { message: `phone ${this.number} hears ${hz} Hz`, timeout: 10_000, intervals: [500] }).toBe(true);
  }

  /** Waits until the phone hears (next to) nothing. */
  async hearsSilence() {
    await expect.poll(async () => (await this.heard(440)).rms, { message: `phone ${this.number} hears nothing`, timeout: 10_000, intervals: [500] })
      .toBeLessThan(0.002);
  }
}

export class Sandbox {
  constructor(readonly url = run.sandbox) {}

  private ask = (method: string, path: string, body?: unknown) => ask(this.url, method, path, body);
  phone = (number: string) => new Phone(number, this.url);
  faults = (faults: unknown) => this.ask('POST', '/faults', faults);
  clearFaults = () => this.ask('DELETE', '/faults');
  calls = () => this.ask('GET', '/calls.json');
  trace = async (): Promise<TraceEntry[]> => {
    const trace = await this.ask('GET', '/trace.json');
    return Array.isArray(trace) ? trace : trace.entries;
  };

  /** Moves the application's calls to a region, as the operator would in the platform's dashboard; or to the platform's choice. */
  async settle(region: string | undefined) {
    const dashboard = async (method: string, path: string, body?: unknown): Promise<any> => {
      const authorization = `Basic ${Buffer.from(`${account.key}:${account.secret}`).toString('base64')}`;
      const response = await fetch(this.url + path, {
        method, headers: { authorization, 'content-type': 'application/json' }, body: body && JSON.stringify(body), signal: AbortSignal.timeout(10_000),
      });
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
      return response.json();
    };
    const { _embedded: { applications } } = await dashboard('GET', '/v2/applications?page_size=100');
    const { id, name, capabilities, privacy } = applications.find((one: any) => one.name === 'Switchboard');
    capabilities.voice.region = region;
    await dashboard('PUT', `/v2/applications/${id}`, { name, capabilities, privacy });
  }

  /** Ends whatever a failed test left behind. */
  async reset(...numbers: string[]) {
    await this.clearFaults();
    for (const number of numbers) {
      const phone = this.phone(number);
      const { state } = await phone.view();
      // Between the look and the deed the call may end by itself.
      if (state === 'ringing') await phone.reject().catch(() => undefined);
      else if (state !== 'idle') await phone.hangup().catch(() => undefined);
      await phone.voice('silence').catch(() => undefined);
    }
  }
}
