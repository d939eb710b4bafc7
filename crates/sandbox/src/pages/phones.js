// The simulated phones: what each shows, what is done with it, and how the sandbox is asked about them.
import { $, all, announce, complain, icon, make } from '/dom.js';
import { Headset, bell, unlock } from '/headset.js';
import { ask, page, remembered } from '/page.js';
import { clock, digitsOf, numberProblem, pretty, t, timeOfDay, translate } from '/texts.js';

export const phones = [];
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
      const key = make('button', { type: 'button', class: 'key', 'data-key': digit }, digit, letters ? make('small', { 'aria-hidden': 'true' }, letters) : null);
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
    field.addEventListener('input', () => complainNo(dial));
    $('.erase', dial).addEventListener('click', () => { field.value = field.value.slice(0, -1); complainNo(dial); field.focus(); });
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
    const done = () => { complainNo(renumber); renumber.hidden = true; this.$('.number').hidden = false; this.$('.number').focus(); };
    input.addEventListener('keydown', (event) => { if (event.key === 'Escape') done(); });
    input.addEventListener('input', () => complainNo(renumber));
    renumber.addEventListener('submit', async (event) => {
      event.preventDefault();
      const number = digitsOf(input.value);
      const why = await noPhone(input.value, this);
      complain(renumber, why);
      if (why) { input.select(); return; }
      this.unplug();
      this.number = number;
      this.state = 'idle';
      keep();
      this.worded();
      wake();
      done();
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
      updateBell();
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
    const why = numberProblem(field.value);
    complain(this.$('.dial'), why);
    if (why) return;
    if (!words.value.trim()) { words.focus(); return; }
    try {
      await ask('POST', `/phones/${this.number}/sms`, { to, text: words.value });
      words.value = '';
      this.note('');
      wake();
    } catch (error) { this.refused(error); }
  }

  /** A number that cannot be reached is said at its field, anything else below the phone's buttons. */
  refused(error) {
    if (error.status === 422) complain(this.$('.dial'), t('number_not_ours'));
    else this.note(t('refused', { why: error.message }), true);
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
      this.refused(error);
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
    const why = numberProblem(field.value);
    complain(this.$('.dial'), why);
    if (why) return;
    this.note('');
    this.peer = to;
    if (this.voice === 'microphone') unlock();
    await this.tell('dial', { to });
    // Said before the other side answers, so that the first thing heard is not silence.
    ask('POST', `/phones/${this.number}/voice`, this.wire).catch(() => {});
  }

  press(digit) {
    const key = all('.key', this.root).find((candidate) => candidate.dataset.key === digit);
    key?.classList.add('down');
    setTimeout(() => key?.classList.remove('down'), 120);
    if (this.state === 'talking') {
      ask('POST', `/phones/${this.number}/dtmf`, { digits: digit }).catch((error) => this.note(t('refused', { why: error.message }), true));
      return;
    }
    const field = this.$('.dial input');
    field.value += digit;
    complainNo(this.$('.dial'));
  }
}

/** What is typed now is not what was wrong. */
function complainNo(form) {
  if (!$('.why', form).hidden) complain(form, '');
}

/** Why a text is not the number of a phone that could be here, in words; nothing when it is. */
export async function noPhone(text, self) {
  const why = numberProblem(text);
  const number = digitsOf(text);
  if (why || number === self?.number) return why;
  if (phones.some((other) => other.number === number)) return t('number_there');
  try {
    await ask('GET', `/phones/${number}`);
    return '';
  } catch (error) { return error.status === 422 ? t('number_owned') : error.status ? error.message : t('lost'); }
}

/** A level of 0 to 1 on a scale that fits ears: -48 dB is empty, 0 dB is full. */
function level(meter, amplitude) {
  const full = amplitude > 0.004 ? Math.min(1, 1 + Math.log10(amplitude) / 2.4) : 0;
  meter.style.setProperty('--level', full.toFixed(3));
  meter.setAttribute('aria-valuenow', String(Math.round(full * 100)));
}

export function addPhone(number) {
  if (phones.some((phone) => phone.number === number)) return;
  const phone = new Phone(number, 1 + Math.max(-1, ...phones.map((other) => other.place)));
  phones.push(phone);
  $('#rack').append(phone.root);
}

export function keep() { remembered.set('phones', phones.map((phone) => phone.number)); }

function knock() {
  const ringing = phones.find((phone) => phone.state === 'ringing');
  document.title = ringing ? `☎ ${t('incoming')} · ${pretty(ringing.peer) || t('unknown')}` : t('title');
}

/** The bell rings while a phone does. */
export function updateBell() {
  bell.update(phones.some((phone) => phone.state === 'ringing'));
}

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
      try {
        const seen = await ask('GET', `/phones/${number}`);
        if (phone.number === number) phone.take(seen ?? {});
      } catch (error) {
        // An answer, though none about a phone: the number has become the account's own.
        if (!error.status || error.status >= 500) throw error;
        phone.note(t('number_owned'), true);
      }
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
export function wake() {
  clearTimeout(waking);
  waking = setTimeout(look, 20);
}

/** Looks at the phones from now on. */
export function watchPhones() {
  setInterval(() => { for (const phone of phones) phone.tick(); }, 200);
  look();
}
