// Plays recordings and messages: a button, how far it is, how long it is. The sound is an <audio> without controls beside
// them in the same `.player` (src/ui/parts/player.rs).

const player = (node) => node.closest?.('.player');

function clock(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

function length(root, audio) {
  return Number.isFinite(audio.duration) ? audio.duration : Number(root.dataset.seconds);
}

function show(audio) {
  const root = player(audio);
  if (!root) return;
  const [button, range, time] = ['button', 'input', '.at'].map((name) => root.querySelector(name));
  const whole = length(root, audio);
  root.dataset.playing = !audio.paused;
  root.dataset.failed = !!audio.error;
  button.setAttribute('aria-label', audio.paused ? button.dataset.play : button.dataset.pause);
  range.max = whole;
  range.value = audio.currentTime;
  const text = `${clock(audio.currentTime)} / ${clock(whole)}`;
  range.setAttribute('aria-valuetext', text);
  time.textContent = audio.error ? time.dataset.failed : text;
}

// Media events do not bubble, but pass here on their way down.
for (const told of ['play', 'pause', 'ended', 'timeupdate', 'loadedmetadata', 'error']) {
  document.addEventListener(told, ({ target }) => target instanceof HTMLAudioElement && show(target), true);
}

document.addEventListener('click', ({ target }) => {
  const button = target.closest?.('.player button');
  if (!button) return;
  const audio = player(button).querySelector('audio');
  if (!audio.paused) {
    audio.pause();
    return;
  }
  for (const other of document.querySelectorAll('.player audio')) if (other !== audio) other.pause();
  // What was not to be had before may be now.
  if (audio.error) audio.load();
  audio.play().catch(() => show(audio));
});

document.addEventListener('input', ({ target }) => {
  const root = target.matches?.('.player input') && player(target);
  if (!root) return;
  const audio = root.querySelector('audio');
  audio.currentTime = Number(target.value);
  show(audio);
});
