// The sounds and devices of the agents' console, where the browser's interfaces want functions of their own kind.
// The program (src/browser/sound.rs) uses it as window.switchboard; everything it does is asked for there.

const AudioContext = window.AudioContext ?? window.webkitAudioContext;
const media = navigator.mediaDevices;
const take = media?.getUserMedia.bind(media);
// Why the microphone gave nothing when it was last asked for: the error's name, or nothing.
let failure = '';
let told = () => {};
let look = async () => {};
let context;
let ringing;
let script;
let test;
let parting;

function stored(kind) {
  try {
    return localStorage.getItem(`switchboard.${kind}`) ?? '';
  } catch {
    return '';
  }
}

function failed(name) {
  if (failure === name) return;
  failure = name;
  told();
}

async function chosen(wanted) {
  const id = stored('audioinput');
  if (wanted?.audio !== true || !id) return take(wanted);
  return take({ ...wanted, audio: { deviceId: { exact: id } } }).catch((error) => {
    if (error.name !== 'OverconstrainedError' && error.name !== 'NotFoundError') throw error;
    return take(wanted);
  });
}

// The voice SDK asks for "a microphone". It gets the one that the agent chose, or any, should that one be unplugged. What
// comes of it, for whomever, is remembered.
if (take) {
  media.getUserMedia = async (wanted) => {
    try {
      const stream = await chosen(wanted);
      failed('');
      return stream;
    } catch (error) {
      failed(error.name);
      throw error;
    }
  };
}

// The voice SDK tells that its socket is gone when it tries again, up to nine seconds later. An agent is told at once.
let newest;
let closed = () => {};
window.WebSocket = class extends WebSocket {
  constructor(...address) {
    super(...address);
    newest = this;
    this.addEventListener('close', () => newest === this && closed());
  }
};

function sounds() {
  context ??= new AudioContext();
  return context;
}

/** Two soft double strokes in three seconds. A looping buffer, because a hidden page's timers are slowed down. */
function ringtone({ sampleRate }) {
  const buffer = new AudioBuffer({ length: 3 * sampleRate, sampleRate });
  const samples = buffer.getChannelData(0);
  for (const start of [0, 0.5]) {
    for (let i = 0; i < 0.4 * sampleRate; i++) {
      const t = i / sampleRate;
      const edge = Math.min(1, t / 0.02, (0.4 - t) / 0.1);
      samples[Math.round(start * sampleRate) + i] = 0.12 * edge * (Math.sin(2 * Math.PI * 659.3 * t) + Math.sin(2 * Math.PI * 523.3 * t));
    }
  }
  return buffer;
}

// Browsers let a page sound from its first click on.
addEventListener('pointerdown', () => context?.resume(), { passive: true });
addEventListener('pagehide', () => parting && navigator.sendBeacon(parting[0], new Blob([parting[1]], { type: 'application/json' })));

window.switchboard = {
  /** What to post when the page goes, as [url, JSON]; or nothing. */
  leaving(message) { parting = message; },

  /** Promise of the SDK's script; a new one each time that it is read and the script is not there. */
  get sdk() {
    script ??= new Promise((done, failed) => {
      const element = document.createElement('script');
      element.src = '/vendor/vonage-client-sdk.js';
      element.onload = done;
      element.onerror = () => {
        script = undefined;
        element.remove();
        failed(new Error('the voice SDK could not be loaded'));
      };
      document.head.append(element);
    });
    return script;
  },

  /** The words and the picture of the browser's tab. */
  label(title, icon) {
    document.title = title;
    const link = document.querySelector('link[rel=icon]');
    if (link && link.getAttribute('href') !== icon) link.setAttribute('href', icon);
  },

  /** Calls back with the browser's permission (nothing when it does not tell), whether a microphone is plugged in, and why
   *  it gave nothing when it was last asked for; now, and whenever one of them changes. */
  async onMicrophone(changed) {
    let there = !!media;
    let status;
    told = () => changed(status?.state ?? '', there, media ? failure : 'Insecure');
    status = await navigator.permissions?.query({ name: 'microphone' }).catch(() => undefined);
    look = async () => {
      there = !!media && (await media.enumerateDevices()).some(({ kind }) => kind === 'audioinput');
      if (there && failure === 'NotFoundError') failure = '';
      // Where the browser has its answer already it asks nobody, so it is tried: what it says beforehand can be wrong.
      if (there && (status?.state === 'denied' || (failure && status?.state === 'granted'))) {
        await media.getUserMedia({ audio: true }).then((stream) => stream.getTracks().forEach((track) => track.stop()), () => {});
      }
      told();
    };
    status?.addEventListener('change', () => {
      failure = '';
      look();
    });
    media?.addEventListener('devicechange', () => look());
    await look();
  },
  /** Looks once more. */
  look: () => look(),

  /** Whether the browser lets this page sound. It may not before the page was clicked. */
  audible: () => sounds().state === 'running',
  /** Asks again; only works from a click. Promise of the answer. */
  unlock: () => sounds().resume().then(() => sounds().state === 'running', () => false),
  /** Calls back whenever the answer changes. */
  onAudible(changed) { sounds().onstatechange = () => changed(); },

  /** Calls back whenever the voice SDK's newest socket closes. */
  onSocketClosed(changed) { closed = changed; },

  ring(on) {
    if (!on) {
      ringing?.stop();
      ringing = undefined;
    } else if (!ringing) {
      const sink = stored('ringer');
      if (sink && context?.setSinkId) context.setSinkId(sink).catch(() => {});
      ringing = new AudioBufferSourceNode(sounds(), { buffer: ringtone(sounds()), loop: true });
      ringing.connect(sounds().destination);
      ringing.start();
    }
  },

  /** Promise of [[kind, id, label]]. Without permission browsers tell no names. */
  devices: async () => (await media?.enumerateDevices() ?? []).map(({ kind, deviceId, label }) => [kind, deviceId, label]),
  onDevices(changed) { media?.addEventListener('devicechange', () => changed()); },

  /** Gives a running call the chosen microphone and speaker. */
  async apply(peer, element) {
    if (element?.setSinkId) await element.setSinkId(stored('audiooutput')).catch(() => {});
    const sender = peer?.getSenders().find(({ track }) => track?.kind === 'audio');
    const id = stored('audioinput');
    if (!sender || (sender.track.getSettings().deviceId ?? '') === id || !id) return;
    const [track] = (await media.getUserMedia({ audio: true })).getAudioTracks();
    const before = sender.track;
    track.enabled = before.enabled;
    await sender.replaceTrack(track);
    before.stop();
  },

  /** Records for `ms`, then plays it on the chosen speaker. Promise, settled when it was heard. */
  async test(ms) {
    const stream = await media.getUserMedia({ audio: true });
    try {
      const meter = sounds().createAnalyser();
      sounds().createMediaStreamSource(stream).connect(meter);
      test = meter;
      const recorder = new MediaRecorder(stream);
      const parts = [];
      recorder.ondataavailable = ({ data }) => parts.push(data);
      recorder.start();
      await new Promise((done) => setTimeout(done, ms));
      await new Promise((done) => { recorder.onstop = done; recorder.stop(); });
      test = undefined;
      const url = URL.createObjectURL(new Blob(parts, { type: recorder.mimeType }));
      const player = new Audio(url);
      if (player.setSinkId) await player.setSinkId(stored('audiooutput')).catch(() => {});
      await new Promise((done, failed) => { player.onended = done; player.onerror = failed; player.play().catch(failed); });
      URL.revokeObjectURL(url);
    } finally {
      test = undefined;
      for (const track of stream.getTracks()) track.stop();
    }
  },
  /** The loudness of the running test's last 43 ms, as a root mean square from 0 to 1. */
  level() {
    if (!test) return 0;
    const samples = new Float32Array(test.fftSize);
    test.getFloatTimeDomainData(samples);
    return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
  },
};

// Loaded at once, before the program asks for it.
window.switchboard.sdk.catch(() => {});
