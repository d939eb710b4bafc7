// The audio worklet: this computer's microphone down to 8 kHz frames of 160 samples, and such frames up to its speaker.
const RATE = 8000;
const FRAME = 160;
const START = 480; // samples kept before playing: 60 ms against jitter
const MOST = 3200; // 400 ms; more is thrown away so that the delay never grows

class Telephone extends AudioWorkletProcessor {
  constructor() {
    super();
    this.step = sampleRate / RATE;
    this.frame = new Int16Array(FRAME);
    this.filled = 0;
    this.sum = 0;
    this.count = 0;
    this.phase = 0;
    this.queue = new Float32Array(MOST * 2);
    this.length = 0;
    this.at = 0;
    this.playing = false;
    this.port.onmessage = ({ data }) => this.take(new Int16Array(data));
  }

  take(samples) {
    if (this.length + samples.length > MOST) this.drop(this.length + samples.length - START);
    for (let i = 0; i < samples.length; i += 1) this.queue[this.length + i] = samples[i] / 32768;
    this.length += samples.length;
  }

  drop(samples) {
    const gone = Math.min(samples, this.length);
    this.queue.copyWithin(0, gone, this.length);
    this.length -= gone;
  }

  process(inputs, outputs) {
    const microphone = inputs[0]?.[0];
    if (microphone) {
      for (let i = 0; i < microphone.length; i += 1) {
        // The mean of the samples that become one is a filter good enough for a telephone.
        this.sum += microphone[i];
        this.count += 1;
        this.phase += 1;
        if (this.phase >= this.step) {
          this.phase -= this.step;
          const value = Math.max(-1, Math.min(1, this.sum / this.count));
          this.frame[this.filled] = value * 32767;
          this.filled += 1;
          this.sum = 0;
          this.count = 0;
          if (this.filled === FRAME) {
            const full = this.frame.slice();
            this.port.postMessage(full.buffer, [full.buffer]);
            this.filled = 0;
          }
        }
      }
    }
    const speaker = outputs[0]?.[0];
    if (speaker) {
      if (!this.playing && this.length >= START) this.playing = true;
      for (let i = 0; i < speaker.length; i += 1) {
        const whole = Math.floor(this.at);
        if (!this.playing || whole + 1 >= this.length) {
          this.playing = this.playing && whole + 1 < this.length;
          speaker[i] = 0;
          continue;
        }
        const between = this.at - whole;
        speaker[i] = this.queue[whole] * (1 - between) + this.queue[whole + 1] * between;
        this.at += 1 / this.step;
      }
      const used = Math.min(Math.floor(this.at), this.length);
      this.drop(used);
      this.at -= used;
    }
    return true;
  }
}

registerProcessor('telephone', Telephone);
