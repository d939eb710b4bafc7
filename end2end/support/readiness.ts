// What keeps an agent from taking calls, as a test makes it: a microphone that is blocked, fails or is unplugged, a voice
// platform that is out of reach, audio that stops arriving.

import type { BrowserContext, Page, WebSocketRoute } from '@playwright/test';
import { run } from './run';

/** Pages of this context have a microphone, and statistics of what arrives, that the test changes. */
export async function controlled(context: BrowserContext) {
  await context.addInitScript(() => {
    const media = navigator.mediaDevices;
    const permissions = navigator.permissions;
    if (!media || !permissions) return;
    const [take, list, query] = [media.getUserMedia.bind(media), media.enumerateDevices.bind(media), permissions.query.bind(permissions)];
    const status = Object.assign(new EventTarget(), { state: 'granted' });
    let error = '';
    let there = true;
    permissions.query = async (wanted) => (wanted.name as string) === 'microphone' ? status as unknown as PermissionStatus : query(wanted);
    media.getUserMedia = async (wanted) => {
      if (error) throw new DOMException('made by this test', error);
      return take(wanted);
    };
    media.enumerateDevices = async () => (await list()).filter(({ kind }) => there || kind !== 'audioinput');
    (window as any).__microphone = {
      // The permission changes, and the browser tells.
      permit(state: string) {
        status.state = state;
        error = state === 'denied' ? 'NotAllowedError' : '';
        status.dispatchEvent(new Event('change'));
      },
      // It gives nothing any more, and nobody tells.
      fail(name: string) { error = name; },
      plug(on: boolean) {
        there = on;
        error = on ? '' : 'NotFoundError';
        media.dispatchEvent(new Event('devicechange'));
      },
    };

    const stats = RTCPeerConnection.prototype.getStats;
    let frozen: number | undefined;
    (window as any).__arrives = (on: boolean) => { (window as any).__deaf = !on; frozen = undefined; };
    (RTCPeerConnection.prototype as any).getStats = async function (this: RTCPeerConnection, ...wanted: []) {
      const report = await stats.apply(this, wanted);
      if (!(window as any).__deaf) return report;
      return new Map([...(report as unknown as Map<string, any>)].map(([id, entry]) => {
        if (entry.type !== 'inbound-rtp') return [id, entry];
        frozen ??= entry.packetsReceived as number;
        return [id, { ...entry, packetsReceived: frozen }];
      }));
    };
  });
}

export const microphone = {
  permit: (page: Page, state: 'granted' | 'denied' | 'prompt') => page.evaluate((state) => (window as any).__microphone.permit(state), state),
  fail: (page: Page, name: string) => page.evaluate((name) => (window as any).__microphone.fail(name), name),
  plug: (page: Page, on: boolean) => page.evaluate((on) => (window as any).__microphone.plug(on), on),
};

/** Whether what the other side sends is counted as arriving. */
export const arrives = (page: Page, on: boolean) => page.evaluate((on) => (window as any).__arrives(on), on);

/** The way to the platform's socket, which the test shuts and opens. */
export class Gate {
  private open = true;
  private sockets: WebSocketRoute[] = [];

  static async before(context: BrowserContext): Promise<Gate> {
    const gate = new Gate();
    await context.routeWebSocket((url) => url.host === new URL(run.sandbox).host, (socket) => {
      if (!gate.open) return void socket.close();
      socket.connectToServer();
      gate.sockets.push(socket);
    });
    return gate;
  }

  async shut() {
    this.open = false;
    const sockets = this.sockets.splice(0);
    await Promise.all(sockets.map((socket) => socket.close().catch(() => undefined)));
  }

  reopen() { this.open = true; }
}
