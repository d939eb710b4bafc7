// Plays recordings and messages: a button, a picture of the sound to jump in, how fast, how far it is and how long. The sound
// is an <audio> beside them in the same `.player` (src/ui/parts/player.rs); without this script it has its own controls.

const BARS = 100;
const RATES = [1, 1.25, 1.5, 2];
/** What an arrow key jumps, seconds. */
const JUMP = 5;
/** By player: how loud each bar is, 0 to 255. */
const pictures = new WeakMap();

const player = (node) => node.closest?.('.player');
const sound = (root) => root.querySelector('audio');

/** Rounded, as the server does it: a length must not read as two. */
function clock(seconds) {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

function length(root, audio) {
  return Number.isFinite(audio.duration) ? audio.duration : Number(root.dataset.seconds);
}

function rate() {
  try {
    const kept = Number(localStorage.getItem('switchboard.speed'));
    return RATES.includes(kept) ? kept : 1;
  } catch {
    return 1;
  }
}

function showRate(root) {
  const button = root.querySelector('.speed');
  button.textContent = `${rate()}×`;
  button.setAttribute('aria-label', button.dataset.label.replace('{rate}', button.textContent));
}

function show(audio) {
  const root = player(audio);
  if (!root) return;
  const [button, range, time, told] = ['.toggle', 'input', '.at', '.told'].map((name) => root.querySelector(name));
  const whole = length(root, audio);
  const loads = !audio.error && !audio.paused && audio.readyState < HTMLMediaElement.HAVE_FUTURE_DATA;
  root.dataset.playing = !audio.paused;
  root.dataset.failed = !!audio.error;
  root.dataset.loading = loads;
  button.setAttribute('aria-label', audio.paused ? button.dataset.play : button.dataset.pause);
  range.max = whole;
  range.value = audio.currentTime;
  const text = `${clock(audio.currentTime)} / ${clock(whole)}`;
  range.setAttribute('aria-valuetext', text);
  time.textContent = text;
  const state = audio.error ? told.dataset.failed : loads ? told.dataset.loading : '';
  if (told.textContent !== state) told.textContent = state;
  draw(root, whole ? audio.currentTime / whole : 0);
}

/** One stroke for each bar; as many as there is room for, and flat while nothing is known. */
function draw(root, at) {
  const svg = root.querySelector('.wave svg');
  const known = pictures.get(root) ?? [];
  const bars = Math.max(16, Math.min(known.length || BARS, Math.floor(svg.clientWidth / 4)));
  svg.setAttribute('viewBox', `0 0 ${bars} 2`);
  const paths = ['', ''];
  for (let bar = 0; bar < bars; bar++) {
    const part = known.slice(Math.floor((bar * known.length) / bars), Math.max(1, Math.floor(((bar + 1) * known.length) / bars)));
    // Ears hear ratios: what is soft is to be seen too.
    const height = Math.max(0.06, 0.92 * Math.sqrt(Math.max(0, ...part) / 255));
    paths[bar + 0.5 < at * bars ? 1 : 0] += `M${bar + 0.5} ${(1 - height).toFixed(2)}V${(1 + height).toFixed(2)}`;
  }
  svg.querySelectorAll('path').forEach((path, nth) => path.setAttribute('d', paths[nth]));
}

function picture(root, peaks) {
  pictures.set(root, peaks);
  const audio = sound(root);
  draw(root, audio.currentTime / (length(root, audio) || 1));
}

/** What the server cannot look into, this browser can, once it is to be played anyway. */
async function decode(root, audio) {
  if (!root.dataset.unknown) return;
  delete root.dataset.unknown;
  const context = new OfflineAudioContext(1, 1, 8000);
  const answer = await fetch(audio.src);
  const found = await context.decodeAudioData(await answer.arrayBuffer());
  const peaks = new Array(BARS).fill(0);
  for (let channel = 0; channel < found.numberOfChannels; channel++) {
    found.getChannelData(channel).forEach((sample, at) => {
      const bar = Math.floor((at * BARS) / found.length);
      peaks[bar] = Math.max(peaks[bar], Math.min(255, Math.abs(sample) * 255));
    });
  }
  picture(root, peaks);
}

/** A player came into sight: now its picture is worth a request. */
async function seen(root) {
  showRate(root);
  draw(root, 0);
  try {
    const answer = await fetch(`${sound(root).getAttribute('src')}?peaks=1`);
    if (answer.status === 200) picture(root, await answer.json());
    else root.dataset.unknown = true;
  } catch { /* it plays without */ }
}

const sight = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    sight.unobserve(target);
    seen(target);
  }
});
const watch = () => {
  for (const root of document.querySelectorAll('.player:not([data-ready])')) {
    root.dataset.ready = true;
    sight.observe(root);
  }
};
new MutationObserver(watch).observe(document.body, { childList: true, subtree: true });
watch();

// Media events do not bubble, but pass here on their way down.
for (const told of ['play', 'pause', 'ended', 'timeupdate', 'loadedmetadata', 'waiting', 'playing', 'seeked', 'error']) {
  document.addEventListener(told, ({ target }) => target instanceof HTMLAudioElement && show(target), true);
}

function toggle(root) {
  const audio = sound(root);
  if (!audio.paused) {
    audio.pause();
    return;
  }
  for (const other of document.querySelectorAll('.player audio')) if (other !== audio) other.pause();
  // What was not to be had before may be now.
  if (audio.error) audio.load();
  audio.defaultPlaybackRate = audio.playbackRate = rate();
  audio.play().then(() => decode(root, audio), () => {}).catch(() => {}).finally(() => show(audio));
}

function faster() {
  const next = RATES[(RATES.indexOf(rate()) + 1) % RATES.length];
  try {
    localStorage.setItem('switchboard.speed', next);
  } catch {
    return;
  }
  for (const root of document.querySelectorAll('.player')) {
    sound(root).playbackRate = next;
    showRate(root);
  }
}

document.addEventListener('click', ({ target }) => {
  if (target.closest?.('.player .toggle')) toggle(player(target));
  if (target.closest?.('.player .speed')) faster();
  // The question whether something is to be deleted is taken back.
  const asks = target.closest?.('[data-cancel]')?.closest('details');
  if (!asks) return;
  asks.open = false;
  asks.querySelector('summary').focus();
});

function jump(root, to) {
  const audio = sound(root);
  audio.currentTime = Math.max(0, Math.min(length(root, audio), to));
  show(audio);
}

document.addEventListener('input', ({ target }) => {
  const root = target.matches?.('.player input') && player(target);
  if (root) jump(root, Number(target.value));
});

document.addEventListener('keydown', (event) => {
  const root = event.target.matches?.('.player input') && player(event.target);
  const way = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
  if (!root || event.altKey || event.ctrlKey || event.metaKey || (!way && event.key !== ' ')) return;
  event.preventDefault();
  if (way) jump(root, sound(root).currentTime + way * JUMP);
  else toggle(root);
});

addEventListener('resize', () => {
  for (const root of document.querySelectorAll('.player[data-ready]')) show(sound(root));
});
