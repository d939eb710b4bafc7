// The handset page. It knows the sandbox only through its JSON: /page.json, /phones, /trace and /faults.
import { words } from '/words.js';

const $ = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === 'on') for (const [event, handler] of Object.entries(value)) element.addEventListener(event, handler);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  svg.setAttribute('aria-hidden', 'true');
  use.setAttribute('href', `#i-${name}`);
  svg.append(use);
  return svg;
}

// ---------------------------------------------------------------- what is remembered, language, colours

const remembered = {
  get(key, otherwise) {
    try { return JSON.parse(localStorage.getItem(`sandbox.${key}`)) ?? otherwise; } catch { return otherwise; }
  },
  set(key, value) {
    try { localStorage.setItem(`sandbox.${key}`, JSON.stringify(value)); } catch { /* private window */ }
  },
};

let language = remembered.get('language', navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en');
if (!words[language]) language = 'en';

function t(key, values = {}) {
  const text = words[language][key] ?? words.en[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');
}

function translate(root = document) {
  const apply = (attribute, set) => {
    const name = `data-t${attribute}`;
    for (const element of all(`[${name}]`, root)) set(element, t(element.getAttribute(name)));
  };
  apply('', (element, text) => { element.textContent = text; });
  apply('-label', (element, text) => { element.setAttribute('aria-label', text); if (element.tagName === 'BUTTON') element.title = text; });
  apply('-title', (element, text) => { element.title = text; });
  apply('-placeholder', (element, text) => { element.placeholder = text; });
}

function speak(lang) {
  language = lang;
  remembered.set('language', lang);
  document.documentElement.lang = lang === 'zh' ? 'zh-CN' : 'en';
  document.title = t('title');
  const other = $('#language');
  other.textContent = lang === 'zh' ? 'English' : '中文';
  other.lang = lang === 'zh' ? 'en' : 'zh-CN';
  translate();
  for (const phone of phones) phone.worded();
  $('#faults-said').textContent = '';
  showLive();
  showFlow();
  relist();
  showFaults();
}

const themes = ['auto', 'light', 'dark'];
function paint(theme) {
  remembered.set('theme', theme);
  if (theme === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

// ---------------------------------------------------------------- small things

const digitsOf = (text) => text.replace(/[^\d]/g, '');

/** An E.164 number for people. What is no number (a user's name) stays as it is. */
function pretty(number) {
  if (!/^\d{7,15}$/.test(number ?? '')) return number || '';
  if (/^1\d{10}$/.test(number)) return `+1 ${number.slice(1, 4)} ${number.slice(4, 7)} ${number.slice(7)}`;
  if (/^4420\d{8}$/.test(number)) return `+44 20 ${number.slice(4, 8)} ${number.slice(8)}`;
  if (/^44\d{10}$/.test(number)) return `+44 ${number.slice(2, 6)} ${number.slice(6)}`;
  if (/^861\d{10}$/.test(number)) return `+86 ${number.slice(2, 5)} ${number.slice(5, 9)} ${number.slice(9)}`;
  return `+${number.slice(0, 2)} ${number.slice(2).replace(/(\d{3,4})(?=(\d{3})+$)/g, '$1 ').trim()}`;
}

function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const minutes = String(Math.floor(whole / 60) % 60).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  return `${hours ? `${hours}:` : ''}${minutes}:${String(whole % 60).padStart(2, '0')}`;
}

const timeOfDay = (at) => {
  const date = new Date(at);
  const two = (n) => String(n).padStart(2, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, '0').slice(0, 2)}`;
};

function announce(text) {
  $('#say').textContent = text;
}

async function ask(method, path, body) {
  const response = await fetch(path, {
    method,
    headers: body === undefined ? {} : { 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  let answer = null;
  try { answer = text ? JSON.parse(text) : null; } catch { /* not JSON: the status says it */ }
  if (!response.ok) {
    const why = answer?.error ?? answer?.detail ?? answer?.title ?? `HTTP ${response.status}`;
    throw Object.assign(new Error(typeof why === 'string' ? why : JSON.stringify(why)), { status: response.status });
  }
  return answer;
}

// ---------------------------------------------------------------- sound: only after a gesture, as browsers demand

let sound = null;
function unlock() {
  sound ??= new AudioContext();
  if (sound.state === 'suspended') sound.resume().catch(() => {});
  return sound;
}
for (const gesture of ['pointerdown', 'keydown']) addEventListener(gesture, unlock, { once: true, capture: true });

const bell = {
  on: remembered.get('bell', true),
  timer: 0,
  update() {
    const wanted = this.on && sound && phones.some((phone) => phone.state === 'ringing');
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
class Headset {
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

// ---------------------------------------------------------------- phones

const page = { app_url: '', support_number: null, numbers: [] };
const phones = [];
const keypad = [['1', ''], ['2', 'ABC'], ['3', 'DEF'], ['4', 'GHI'], ['5', 'JKL'], ['6', 'MNO'], ['7', 'PQRS'], ['8', 'TUV'], ['9', 'WXYZ'], ['*', ''], ['0', '+'], ['#', '']];

class Phone {
  constructor(number, place) {
    this.number = number;
    this.place = place;
    this.state = 'idle';
    this.since = performance.now();
    this.peer = '';
    this.ended = null;
    this.said = '[]';
    this.level = 0;
    this.headset = null;
    this.busy = false;
    this.voice = remembered.get(`voice.${place}`, 'tone');
    this.root = $('#phone').content.firstElementChild.cloneNode(true);
    this.build();
  }

  $(selector) { return $(selector, this.root); }

  build() {
    const id = `phone-${this.place}`;
    this.root.setAttribute('aria-labelledby', id);
    this.$('.label').id = id;
    for (const radio of all('.voice input', this.root)) {
      radio.name = `voice-${this.place}`;
      radio.checked = radio.value === this.voice;
      radio.addEventListener('change', () => this.choose(radio.value));
    }
    const keys = this.$('.keys');
    for (const [digit, letters] of keypad) {
      const key = make('button', { type: 'button', class: 'key', 'aria-label': digit }, digit, letters ? make('small', { 'aria-hidden': 'true' }, letters) : null);
      key.addEventListener('click', () => this.press(digit));
      keys.append(key);
    }
    const dial = this.$('.dial');
    const field = $('input', dial);
    field.id = `dial-${this.place}`;
    $('label', dial).htmlFor = field.id;
    dial.addEventListener('submit', (event) => { event.preventDefault(); this.call(); });
    field.addEventListener('keydown', (event) => {
      // While talking the field is a keypad: what is typed is played, not collected.
      if (this.state === 'talking' && /^[0-9*#]$/.test(event.key)) { event.preventDefault(); this.press(event.key); }
    });
    $('.erase', dial).addEventListener('click', () => { field.value = field.value.slice(0, -1); field.focus(); });
    const write = this.$('.write');
    const words = $('input', write);
    words.id = `write-${this.place}`;
    $('label', write).htmlFor = words.id;
    write.addEventListener('submit', (event) => { event.preventDefault(); this.write(field, words); });
    const renumber = this.$('.renumber');
    const input = $('input', renumber);
    input.id = `number-${this.place}`;
    $('label', renumber).htmlFor = input.id;
    this.$('.number').addEventListener('click', () => {
      renumber.hidden = false;
      this.$('.number').hidden = true;
      input.value = this.number;
      input.focus();
      input.select();
    });
    const remove = this.$('.remove');
    remove.hidden = this.place < 2;
    remove.addEventListener('click', () => {
      this.unplug();
      phones.splice(phones.indexOf(this), 1);
      this.root.remove();
      keep();
      $('#add-number').focus();
    });
    const done = () => { renumber.hidden = true; this.$('.number').hidden = false; this.$('.number').focus(); };
    input.addEventListener('keydown', (event) => { if (event.key === 'Escape') done(); });
    renumber.addEventListener('submit', (event) => {
      event.preventDefault();
      const number = digitsOf(input.value);
      if (number.length >= 3 && number.length <= 15 && !phones.some((other) => other !== this && other.number === number)) {
        this.unplug();
        this.number = number;
        this.state = 'idle';
        keep();
        this.worded();
        wake();
        done();
      } else input.select();
    });
    this.worded();
  }

  /** Everything that is words, again: after a change of state or of language. */
  worded() {
    translate(this.root);
    const first = this.place === 0;
    this.$('.label').textContent = t(first ? 'business' : this.place === 1 ? 'customer' : 'another');
    this.$('.digits').textContent = pretty(this.number);
    $('label', this.$('.renumber')).textContent = t('new_number');
    this.showState(true);
    this.showSaid(true);
    this.noteVoice();
  }

  take(seen) {
    const state = ['idle', 'ringing', 'dialling', 'talking'].includes(seen.state) ? seen.state : 'idle';
    this.peer = seen.caller ?? seen.peer ?? seen.to ?? this.peer ?? '';
    if (state !== this.state) {
      const before = this.state;
      const seconds = (performance.now() - this.since) / 1000;
      this.state = state;
      this.since = performance.now();
      this.ended = state === 'idle' && before === 'talking' ? { seconds, at: performance.now() } : null;
      if (state === 'idle') { this.peer = ''; this.unplug(); }
      if (state === 'ringing') announce(`${t('incoming')}, ${pretty(this.peer) || t('unknown')}, ${pretty(this.number)}`);
      if (state === 'talking') { announce(`${t('talking')}, ${pretty(this.peer)}`); this.plug(); }
      if (before === 'talking') announce(t('ended', { t: clock(seconds) }));
      this.showState(true);
      this.noteVoice();
      bell.update();
      knock();
    }
    const said = JSON.stringify(seen.said ?? []);
    if (said !== this.said) { this.said = said; this.showSaid(); }
    this.showMessages(seen.sms ?? []);
    level(this.$('.meter.heard'), seen.heard?.rms ?? 0);
    if (this.voice === 'tone') this.level = state === 'talking' ? 0.3 : 0;
    if (this.voice === 'silence') this.level = 0;
  }

  showState(rebuilt = false) {
    const { state } = this;
    this.root.dataset.state = state;
    const pill = this.$('.state');
    pill.dataset.state = state;
    $('.word', pill).textContent = t(state);
    const line = (name, text) => { this.$(name).textContent = text; };
    this.$('.talk').hidden = state !== 'talking';
    if (rebuilt) {
      const hint = this.$('.hint');
      hint.replaceChildren();
      if (state === 'idle') {
        line('.line1', '');
        line('.line2', this.ended ? t('ended', { t: clock(this.ended.seconds) }) : '');
        if (this.place === 0) {
          hint.append(t('hint_business'), make('br'), make('a', { class: 'button', href: page.app_url || '/', target: '_blank', rel: 'noopener' }, t('support_page'), icon('out')));
        } else if (this.place === 1 && page.support_number) {
          const dial = make('button', { type: 'button', class: 'button', on: { click: () => { this.$('.dial input').value = page.support_number; this.call(); } } }, icon('phone'), t('call_support', { n: pretty(page.support_number) }));
          hint.append(t('hint_customer'), make('br'), dial);
        } else hint.append(t('hint_other'));
      } else {
        line('.line1', t({ ringing: 'incoming', dialling: 'calling', talking: 'on_call' }[state]));
        line('.line2', pretty(this.peer) || t('unknown'));
      }
      this.showActions();
    }
    this.tick();
  }

  showActions() {
    const bar = this.$('.actions');
    const focused = bar.contains(document.activeElement);
    const button = (kind, name, word, action, hint) => make('button', { type: 'button', class: `act ${kind}`, title: hint, on: { click: action } }, icon(name), t(word));
    bar.dataset.state = this.state;
    bar.replaceChildren(...{
      idle: () => [button('go', 'phone', 'call', () => this.call())],
      ringing: () => [
        button('go', 'phone', 'answer', () => this.answer(), 'Alt+A'),
        button('no', 'down', 'decline', () => this.tell('reject', { how: 'declined' }), 'Alt+D'),
        button('', 'cross', 'busy', () => this.tell('reject', { how: 'busy' })),
      ],
      dialling: () => [button('end', 'down', 'hangup', () => this.tell('hangup'), 'Alt+H')],
      talking: () => [button('end', 'down', 'hangup', () => this.tell('hangup'), 'Alt+H')],
    }[this.state]());
    if (focused) bar.firstElementChild?.focus();
  }

  tick() {
    const seconds = (performance.now() - this.since) / 1000;
    this.$('.timer').textContent = this.state === 'idle' ? '' : clock(seconds);
    level(this.$('.meter.said'), this.level);
    if (this.state === 'idle' && this.ended && performance.now() - this.ended.at > 8000) {
      this.ended = null;
      this.$('.line2').textContent = '';
    }
  }

  showSaid() {
    const lines = JSON.parse(this.said);
    const box = this.$('.captions');
    if (!lines.length) { box.replaceChildren(make('p', { class: 'none' }, t('captions_empty'))); return; }
    box.replaceChildren(...lines.slice(-30).map((line) => make('p', {}, line.text ?? String(line), line.at ? make('time', {}, timeOfDay(line.at).slice(0, 8)) : null)));
    box.scrollTop = box.scrollHeight;
  }

  showMessages(messages) {
    const list = this.$('.messages');
    list.hidden = !messages.length;
    if (messages.length !== list.childElementCount) {
      list.setAttribute('aria-label', t('messages'));
      list.replaceChildren(...messages.map((message) => {
        const own = message.from === this.number;
        const who = own ? t('sms_to', { n: pretty(message.to ?? '') }) : pretty(message.from ?? '');
        const reply = own ? null : make('button', { type: 'button', class: 'quiet', 'aria-label': t('sms_dial', { n: pretty(message.from ?? '') }) }, t('sms_use'));
        reply?.addEventListener('click', () => { const dial = $('.dial input', this.root); dial.value = message.from; dial.focus(); });
        return make('li', { class: own ? 'own' : '' }, make('b', {}, `${who} `), message.text ?? '', reply);
      }));
      list.scrollTop = list.scrollHeight;
    }
  }

  /** A text to the number in the dial field. */
  async write(field, words) {
    const to = digitsOf(field.value);
    if (to.length < 3) { this.note(t('dial_wrong'), true); field.focus(); return; }
    if (!words.value.trim()) { words.focus(); return; }
    try {
      await ask('POST', `/phones/${this.number}/sms`, { to, text: words.value });
      words.value = '';
      this.note('');
      wake();
    } catch (error) { this.note(t('refused', { why: error.message }), true); }
  }

  note(text, wrong = false) {
    const note = this.$('.note');
    note.hidden = !text;
    note.textContent = text;
    note.dataset.kind = wrong ? 'wrong' : '';
  }

  noteVoice() {
    this.note(this.state === 'idle' ? '' : t({ tone: 'note_tone', microphone: 'note_mic', silence: 'note_silence' }[this.voice]));
  }

  /** What the sandbox is told to put on the line; with the headset, the browser speaks instead. */
  get wire() { return this.voice === 'tone' ? { tone: 440 } : 'silence'; }

  async choose(voice) {
    this.voice = voice;
    remembered.set(`voice.${this.place}`, voice);
    this.level = 0;
    if (voice === 'microphone') unlock();
    else this.unplug();
    this.noteVoice();
    if (this.state !== 'talking') return;
    await this.tell('voice', this.wire);
    this.plug();
  }

  async plug() {
    this.noteVoice();
    if (this.voice !== 'microphone' || this.headset || this.plugging) return;
    this.plugging = true;
    try {
      const headset = await Headset.open(this.number, {
        onlevel: (level) => { this.level = Math.max(level, this.level * 0.9); },
        onclose: () => { this.headset = null; this.level = 0; },
      });
      if (this.state === 'talking' && this.voice === 'microphone') this.headset = headset;
      else headset.close();
    } catch (error) {
      this.note(error.name === 'NotAllowedError' ? t('mic_denied') : t('mic_failed', { why: error.message || error.name }), true);
    } finally { this.plugging = false; }
  }

  unplug() {
    this.headset?.close();
    this.headset = null;
    this.level = 0;
  }

  async tell(what, body = {}) {
    if (this.busy) return;
    this.busy = true;
    for (const button of all('.act', this.root)) button.disabled = true;
    try {
      await ask('POST', `/phones/${this.number}/${what}`, body);
    } catch (error) {
      this.note(t('refused', { why: error.message }), true);
    } finally {
      this.busy = false;
      for (const button of all('.act', this.root)) button.disabled = false;
      wake();
    }
  }

  async answer() {
    if (this.voice === 'microphone') unlock();
    await this.tell('answer', { voice: this.wire });
  }

  async call() {
    if (this.state !== 'idle') return;
    const field = this.$('.dial input');
    const to = digitsOf(field.value);
    if (to.length < 3 || to.length > 15) { this.note(t('dial_wrong'), true); field.focus(); return; }
    this.note('');
    this.peer = to;
    if (this.voice === 'microphone') unlock();
    await this.tell('dial', { to });
    // Said before the other side answers, so that the first thing heard is not silence.
    ask('POST', `/phones/${this.number}/voice`, this.wire).catch(() => {});
  }

  press(digit) {
    const key = all('.key', this.root).find((candidate) => candidate.getAttribute('aria-label') === digit);
    key?.classList.add('down');
    setTimeout(() => key?.classList.remove('down'), 120);
    if (this.state === 'talking') {
      ask('POST', `/phones/${this.number}/dtmf`, { digits: digit }).catch((error) => this.note(t('refused', { why: error.message }), true));
      return;
    }
    const field = this.$('.dial input');
    field.value += digit;
  }
}

/** A level of 0 to 1 on a scale that fits ears: -48 dB is empty, 0 dB is full. */
function level(meter, amplitude) {
  const full = amplitude > 0.004 ? Math.min(1, 1 + Math.log10(amplitude) / 2.4) : 0;
  meter.style.setProperty('--level', full.toFixed(3));
  meter.setAttribute('aria-valuenow', String(Math.round(full * 100)));
}

function addPhone(number) {
  if (phones.some((phone) => phone.number === number)) return;
  const phone = new Phone(number, 1 + Math.max(-1, ...phones.map((other) => other.place)));
  phones.push(phone);
  $('#rack').append(phone.root);
}

function keep() { remembered.set('phones', phones.map((phone) => phone.number)); }

function knock() {
  const ringing = phones.find((phone) => phone.state === 'ringing');
  document.title = ringing ? `☎ ${t('incoming')} · ${pretty(ringing.peer) || t('unknown')}` : t('title');
}

// ---------------------------------------------------------------- looking at the phones

let next = 0;
let looking = false;
let misses = 0;

async function look() {
  if (looking) return;
  looking = true;
  clearTimeout(next);
  try {
    await Promise.all(phones.map(async (phone) => {
      const { number } = phone;
      const seen = await ask('GET', `/phones/${number}`);
      if (phone.number === number) phone.take(seen ?? {});
    }));
    misses = 0;
    $('#lost').hidden = true;
  } catch {
    misses += 1;
    if (misses > 2) { $('#lost').hidden = false; $('#lost').textContent = t('lost'); }
  }
  looking = false;
  const active = phones.some((phone) => phone.state !== 'idle');
  next = setTimeout(look, misses ? 2000 : active ? 350 : 1000);
}

let waking = 0;
function wake() {
  clearTimeout(waking);
  waking = setTimeout(look, 20);
}

setInterval(() => { for (const phone of phones) phone.tick(); }, 200);

// ---------------------------------------------------------------- the trace: events and the running call flow

const shownAtMost = 300;
let entries = [];
let live = 'connecting';
let flow = null;

function showLive() {
  const pill = $('#live');
  pill.dataset.state = live;
  $('span', pill).textContent = t(live);
}

function listen() {
  const stream = new EventSource('/trace');
  stream.onopen = () => { live = 'live'; showLive(); };
  stream.onerror = () => { live = 'stale'; showLive(); };
  stream.onmessage = ({ data }) => {
    const entry = JSON.parse(data);
    follow(entry);
    list(entry);
    if (entry.kind === 'leg' || entry.kind === 'said') wake();
    if (entry.kind === 'webhook' && entry.faults?.length) readFaults();
  };
}

const finished = ['completed', 'busy', 'cancelled', 'failed', 'rejected', 'timeout', 'unanswered', 'machine-hangup'];

function follow(entry) {
  if (entry.kind === 'ncco') {
    flow = { leg: entry.leg, conversation: entry.conversation, actions: entry.actions, states: entry.actions.map(() => ({ state: 'waiting' })), over: false };
  } else if (entry.kind === 'action' && flow && entry.leg === flow.leg && flow.states[entry.index]) {
    flow.states[entry.index] = { state: entry.state, note: entry.note };
    // An action that runs means that those before it are over, whether or not that was said.
    if (entry.state === 'running') flow.states.slice(0, entry.index).forEach((step) => { if (step.state === 'running') step.state = 'done'; });
  } else if (entry.kind === 'leg' && flow && entry.leg === flow.leg && finished.includes(entry.status)) {
    flow.over = true;
    for (const step of flow.states) {
      if (step.state === 'running') step.state = 'done';
      if (step.state === 'waiting') step.state = 'skipped';
    }
  } else return;
  showFlow();
}

function endpointText(endpoint) {
  const one = Array.isArray(endpoint) ? endpoint[0] : endpoint;
  return one ? `${one.type ?? ''} ${pretty(one.number) || one.user || one.uri || one.extension || ''}`.trim() : '';
}

function summary(action) {
  switch (action.action) {
    case 'talk': return `“${action.text ?? ''}”`;
    case 'stream': return [].concat(action.streamUrl ?? []).join(', ');
    case 'connect': return `${endpointText(action.endpoint)}${action.from ? ` ← ${pretty(String(action.from))}` : ''}`;
    case 'conversation': return action.name ?? '';
    case 'input': return [].concat(action.type ?? []).join(', ');
    case 'transfer': return action.conversation_id ?? '';
    case 'wait': return action.timeout ? `${action.timeout} s` : '';
    case 'notify': return JSON.stringify(action.payload ?? {});
    default: return '';
  }
}

function showFlow() {
  const body = $('#flow-body');
  const chip = $('#flow-state');
  if (!flow) {
    chip.hidden = true;
    $('#flow-call').textContent = '';
    body.replaceChildren(make('div', { class: 'empty' }, make('p', {}, t('flow_empty')), make('p', {}, t('hint_open')), make('a', { class: 'button', href: page.app_url || '/', target: '_blank', rel: 'noopener' }, t('support_page'), icon('out'))));
    return;
  }
  const over = flow.over || flow.states.every((step) => ['done', 'failed', 'skipped'].includes(step.state));
  chip.hidden = false;
  chip.textContent = t(over ? 'flow_done' : 'flow_running');
  chip.className = `chip ${over ? '' : 'info'}`;
  $('#flow-call').textContent = flow.conversation ? `${flow.conversation.slice(0, 12)}…` : '';
  $('#flow-call').title = flow.conversation ?? '';
  const open = $('details', body)?.open;
  const steps = flow.actions.map((action, index) => {
    const { state, note } = flow.states[index];
    const mark = { running: icon('play'), done: icon('check'), failed: icon('cross') }[state] ?? String(index + 1);
    return make('li', { class: 'step', 'data-state': state, 'aria-current': state === 'running' ? 'step' : null },
      make('span', { class: 'bullet' }, mark),
      make('div', {}, make('strong', {}, String(action?.action ?? '?')), make('p', {}, summary(action ?? {})), note ? make('p', { class: 'why' }, note) : null),
      make('span', { class: 'word' }, t(`step_${state}`)));
  });
  body.replaceChildren(make('ol', { class: 'steps' }, ...steps), make('details', { open: Boolean(open) }, make('summary', {}, t('flow_source')), make('pre', { tabindex: '0' }, JSON.stringify(flow.actions, null, 2))));
}

function chip(kind, text, name) {
  return make('span', { class: `chip ${kind}` }, name ? icon(name) : null, text);
}

function webhookChips(entry) {
  const chips = [];
  if (entry.attempt > 1) chips.push(chip('warn', t('retried')));
  for (const fault of (entry.faults ?? []).filter((name) => name !== 'drop')) chips.push(chip('warn', t('by_fault', { f: t(fault).toLowerCase() }), 'bolt'));
  if (entry.outcome === 'dropped') chips.push(chip('bad', t(entry.faults?.length ? 'dropped_by_fault' : 'dropped'), 'bolt'));
  else chips.push(entry.signed ? chip('ok', t('signed'), 'lock') : chip('warn', t('unsigned'), 'unlock'));
  if (entry.outcome === 'unusable') chips.push(chip('bad', t('not_json')));
  if (entry.status) chips.push(chip(entry.status < 300 ? 'ok' : 'bad', `${entry.status} · ${entry.duration_ms} ms`));
  else if (entry.outcome === 'timed_out') chips.push(chip('bad', `${t('timed_out')} · ${entry.duration_ms} ms`));
  else if (entry.outcome === 'unreachable') chips.push(chip('bad', t('unreachable')));
  return chips;
}

const pathOf = (url) => { try { return new URL(url).pathname; } catch { return url; } };

/** A row of the log: group, title, the rest of the line, chips, and what opens. */
function describe(entry) {
  switch (entry.kind) {
    case 'webhook': return {
      group: 'webhook', what: entry.label, rest: `${entry.method} ${pathOf(entry.url)}`, chips: webhookChips(entry),
      detail: [[`${t('sent')} · ${entry.url}`, entry.body], entry.reply === undefined ? null : [t('answered_with'), entry.reply]],
    };
    case 'leg': return { group: 'call', what: entry.status, rest: `${pretty(entry.from) || t('unknown')} → ${pretty(entry.to)}` };
    case 'ncco': return { group: 'call', what: t('flow'), rest: entry.actions.map((action) => action?.action).join(' → '), detail: [[t('new_flow', { n: entry.actions.length }), entry.actions]] };
    case 'action': return entry.state === 'failed' ? { group: 'call', what: t('step_failed'), rest: entry.note ?? '', chips: [chip('bad', t('step_failed'))] } : null;
    case 'said': return { group: 'call', what: t('said'), rest: `“${entry.text}”` };
    case 'note': return { group: 'call', what: '', rest: entry.text };
    case 'session': return { group: 'api', what: t('session'), rest: `${entry.user} ${entry.change}`.trim() };
    case 'request': return { group: 'api', what: entry.method, rest: entry.path, chips: [chip(entry.status < 400 ? 'ok' : 'bad', String(entry.status))] };
    default: return null;
  }
}

function row(entry) {
  const seen = describe(entry);
  if (!seen) return null;
  const parts = [make('time', { datetime: new Date(entry.at).toISOString() }, timeOfDay(entry.at)), seen.what ? make('span', { class: 'what' }, seen.what) : null, make('span', { class: 'rest' }, seen.rest), seen.chips?.length ? make('span', { class: 'chips' }, ...seen.chips) : null];
  const item = make('li', { 'data-group': seen.group });
  const detail = seen.detail?.filter(Boolean);
  if (!detail?.length) { item.append(make('div', { class: 'event' }, ...parts)); return item; }
  const button = make('button', { type: 'button', class: 'event', 'aria-expanded': 'false' }, ...parts);
  button.addEventListener('click', () => {
    const open = button.getAttribute('aria-expanded') === 'true';
    button.setAttribute('aria-expanded', String(!open));
    $('.detail', item)?.remove();
    if (open) return;
    const blocks = detail.flatMap(([title, value]) => [make('h3', {}, title), make('pre', { tabindex: '0' }, value === undefined || value === null ? t('no_body') : JSON.stringify(value, null, 2))]);
    item.append(make('div', { class: 'detail' }, ...blocks));
  });
  item.append(button);
  return item;
}

function list(entry) {
  const item = row(entry);
  if (!item) return;
  entries.push(entry);
  if (entries.length > shownAtMost) entries = entries.slice(-shownAtMost);
  const log = $('#events');
  log.prepend(item);
  while (log.childElementCount > shownAtMost) log.lastElementChild.remove();
}

function relist() {
  $('#events').replaceChildren(...entries.map(row).filter(Boolean).reverse());
}

// ---------------------------------------------------------------- faults

const noFaults = { webhooks: { drop: false, delay_ms: 0, duplicate: false, reorder: false, only: [] }, rest: { status: 0, times: false } };
let faults = noFaults;
const form = $('#faults-form');

function choose(select, value, label) {
  const text = String(value);
  if (![...select.options].some((option) => option.value === text)) select.append(make('option', { value: text, class: 'extra' }, label ?? text));
  for (const option of all('.extra', select)) if (option.value !== text) option.remove();
  select.value = text;
}

function showFaults() {
  for (const name of ['drop', 'duplicate', 'reorder']) {
    const select = form.elements[name];
    select.replaceChildren(...[['false', 'never'], ['1', 'next_one'], ['3', 'next_three'], ['true', 'until_reset']].map(([value, word]) => make('option', { value }, t(word))));
    const value = faults.webhooks[name];
    choose(select, value, t('left', { n: value }));
    select.classList.toggle('on', value !== false);
  }
  const { delay_ms: delay, only } = faults.webhooks;
  choose(form.elements.delay_ms, delay, `${delay / 1000} s`);
  form.elements.delay_ms.classList.toggle('on', delay > 0);
  choose(form.elements.only, only.join(','));
  const refusing = faults.rest.status !== 0 && faults.rest.times !== false;
  choose(form.elements.status, refusing ? faults.rest.status : 0);
  form.elements.status.classList.toggle('on', refusing);
  if (refusing) choose(form.elements.times, faults.rest.times, t('left', { n: faults.rest.times }));
  const count = [faults.webhooks.drop, faults.webhooks.duplicate, faults.webhooks.reorder].filter((on) => on !== false).length + (delay > 0) + refusing;
  const badge = $('#faults-active');
  badge.hidden = !count;
  badge.className = 'chip warn';
  badge.textContent = t('faults_on', { n: count });
}

async function readFaults() {
  try {
    const read = await ask('GET', '/faults');
    faults = { webhooks: { ...noFaults.webhooks, ...read.webhooks }, rest: { ...noFaults.rest, ...read.rest } };
    if (!form.contains(document.activeElement) || document.activeElement.tagName !== 'SELECT') showFaults();
  } catch { /* the banner of the phones says it */ }
}

function often(text) { return text === 'true' ? true : text === 'false' ? false : Number(text); }

async function setFaults() {
  const value = (name) => form.elements[name].value;
  const status = Number(value('status'));
  const said = $('#faults-said');
  try {
    faults = await ask('POST', '/faults', {
      webhooks: { drop: often(value('drop')), duplicate: often(value('duplicate')), reorder: often(value('reorder')), delay_ms: Number(value('delay_ms')), only: value('only').split(',').filter(Boolean) },
      rest: { status, times: status ? often(value('times')) : false },
    });
    said.textContent = t('faults_set');
  } catch (error) { said.textContent = t('refused', { why: error.message }); }
  showFaults();
}

// ---------------------------------------------------------------- beginning

async function begin() {
  try { Object.assign(page, await ask('GET', '/page.json')); } catch { /* shown without */ }
  $('#support').href = page.app_url || '/';
  const numbers = remembered.get('phones', null) ?? page.numbers;
  // The business's own number comes from the configuration: what was remembered must not hide it.
  const first = page.numbers[0];
  for (const number of [...(first ? [first] : []), ...numbers.filter((n) => n !== first && /^\d{3,15}$/.test(n))].slice(0, 12)) addPhone(number);

  paint(remembered.get('theme', 'auto'));
  speak(language);
  $('#language').addEventListener('click', () => speak(language === 'zh' ? 'en' : 'zh'));
  $('#theme').addEventListener('click', () => paint(themes[(themes.indexOf(remembered.get('theme', 'auto')) + 1) % themes.length]));
  const bellButton = $('#bell');
  const showBell = () => {
    bellButton.setAttribute('aria-pressed', String(bell.on));
    $('use', bellButton).setAttribute('href', bell.on ? '#i-bell' : '#i-belloff');
  };
  bellButton.addEventListener('click', () => { bell.on = !bell.on; remembered.set('bell', bell.on); showBell(); bell.update(); });
  showBell();
  $('#add').addEventListener('submit', (event) => {
    event.preventDefault();
    const field = $('#add-number');
    const number = digitsOf(field.value);
    if (number.length < 3 || number.length > 15) { field.focus(); return; }
    addPhone(number);
    field.value = '';
    keep();
    wake();
    phones.find((phone) => phone.number === number)?.root.scrollIntoView({ block: 'nearest', inline: 'start' });
  });
  for (const button of all('[data-filter]', $('#filters'))) {
    button.addEventListener('click', () => {
      for (const other of all('[data-filter]', $('#filters'))) other.setAttribute('aria-pressed', String(other === button));
      $('#events').dataset.filter = button.dataset.filter;
    });
  }
  $('#clear').addEventListener('click', () => { entries = []; relist(); });
  form.addEventListener('change', setFaults);
  form.addEventListener('submit', (event) => event.preventDefault());
  $('#faults-reset').addEventListener('click', async () => {
    try { faults = await ask('DELETE', '/faults'); $('#faults-said').textContent = t('faults_cleared'); } catch (error) { $('#faults-said').textContent = t('refused', { why: error.message }); }
    showFaults();
  });
  addEventListener('keydown', (event) => {
    if (!event.altKey || event.ctrlKey || event.metaKey) return;
    const on = (code, states, action) => {
      const phone = event.code === code && phones.find((candidate) => states.includes(candidate.state));
      if (phone) { event.preventDefault(); action(phone); }
    };
    on('KeyA', ['ringing'], (phone) => phone.answer());
    on('KeyD', ['ringing'], (phone) => phone.tell('reject', { how: 'declined' }));
    on('KeyH', ['talking', 'dialling'], (phone) => phone.tell('hangup'));
  });
  listen();
  look();
  readFaults();
  setInterval(() => { if ($('#faults').open || faults !== noFaults) readFaults(); }, 3000);
}

begin();
