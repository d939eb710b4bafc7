// Sound in this browser, which comes only after a gesture, as browsers demand: the bell, and the headset on a phone's line.
import { remembered } from '/page.js';

let sound = null;
export function unlock() {
  sound ??= new AudioContext();
  if (sound.state === 'suspended') sound.resume().catch(() => {});
  return sound;
}
for (const gesture of ['pointerdown', 'keydown']) addEventListener(gesture, unlock, { once: true, capture: true });

export const bell = {
  on: remembered.get('bell', true),
  timer: 0,
  update(ringing) {
    const wanted = this.on && sound && ringing;
    if (wanted && !this.timer) { this.ring(); this.timer = setInterval(() => this.ring(), 3000); }
    if (!wanted && this.timer) { clearInterval(this.timer); this.timer = 0; }
  },
  ring() {
    for (const start of [0, 0.6]) {
      for (const hz of [400, 450]) {
        const from = sound.currentTime + start;
        const tone = new OscillatorNode(sound, { frequency: hz });
        const gain = new GainNode(sound, { gain: 0 });
        gain.gain.setTargetAtTime(0.04, from, 0.01);
        gain.gain.setTargetAtTime(0, from + 0.4, 0.02);
        tone.connect(gain).connect(sound.destination);
        tone.start(from);
        tone.stop(from + 0.6);
      }
    }
  },
};

/** This computer's microphone and speaker, on the line of one phone. */
export class Headset {
  static worklet = null;

  static async open(number, { onlevel, onclose }) {
    const context = unlock();
    const microphone = await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 },
    });
    const headset = new Headset();
    headset.microphone = microphone;
    try {
      await context.resume();
      Headset.worklet ??= context.audioWorklet.addModule('/audio.js').catch((error) => { Headset.worklet = null; throw error; });
      await Headset.worklet;
      headset.node = new AudioWorkletNode(context, 'telephone', { numberOfInputs: 1, numberOfOutputs: 1, outputChannelCount: [1] });
      headset.source = context.createMediaStreamSource(microphone);
      headset.source.connect(headset.node).connect(context.destination);
      const socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/phones/${number}/audio`);
      socket.binaryType = 'arraybuffer';
      headset.socket = socket;
      headset.node.port.onmessage = ({ data }) => {
        const samples = new Int16Array(data);
        let loudest = 0;
        for (const sample of samples) loudest = Math.max(loudest, Math.abs(sample));
        onlevel(loudest / 32768);
        // A socket that does not keep up must not pile up seconds of old speech.
        if (socket.readyState === WebSocket.OPEN && socket.bufferedAmount < 8000) socket.send(data);
      };
      socket.onmessage = ({ data }) => headset.node.port.postMessage(data, [data]);
      socket.onclose = () => { headset.close(); onclose(); };
      await new Promise((resolve, reject) => {
        socket.onopen = resolve;
        socket.onerror = () => reject(new Error('WebSocket'));
      });
    } catch (error) {
      headset.close();
      throw error;
    }
    return headset;
  }

  close() {
    for (const track of this.microphone?.getTracks() ?? []) track.stop();
    this.source?.disconnect();
    this.node?.disconnect();
    if (this.node) this.node.port.onmessage = null;
    if (this.socket) { this.socket.onclose = null; this.socket.onmessage = null; this.socket.close(); }
  }
}
