// The operator's pages: copying, sorting, and how long ago something was. Everything on them works without a script, but for
// these.

const language = document.documentElement.lang;

// ---------------------------------------------------------------- copying

/** Buttons that could do nothing without a script. */
const ready = () => {
  for (const button of document.querySelectorAll('[data-copy][hidden]')) button.hidden = false;
};

async function copy(button) {
  await navigator.clipboard.writeText(button.dataset.copy);
  const word = button.querySelector('span');
  const before = word.textContent;
  word.textContent = button.dataset.copied;
  word.setAttribute('role', 'status');
  setTimeout(() => (word.textContent = before), 1500);
}

// ---------------------------------------------------------------- sorting

/** A heading of a column by which rows can be sorted holds a button. */
function sortable() {
  for (const heading of document.querySelectorAll('th[data-sorts]:not(:has(button))')) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'sort';
    button.append(...heading.childNodes);
    heading.append(button);
  }
}

const compare = new Intl.Collator(language, { numeric: true, sensitivity: 'base' }).compare;

function sort(heading) {
  const at = heading.cellIndex;
  const down = heading.getAttribute('aria-sort') === 'ascending';
  for (const other of heading.parentElement.cells) other.removeAttribute('aria-sort');
  heading.setAttribute('aria-sort', down ? 'descending' : 'ascending');
  const value = (row) => row.cells[at].dataset.sort ?? row.cells[at].textContent.trim();
  const body = heading.closest('table').tBodies[0];
  const rows = [...body.rows].sort((one, other) => compare(value(one), value(other)));
  body.append(...(down ? rows.reverse() : rows));
}

// ---------------------------------------------------------------- how long ago

const units = [['day', 86_400], ['hour', 3_600], ['minute', 60], ['second', 1]];
const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: language.startsWith('zh') ? 'short' : 'long' });

/** "3 minutes ago" in place of a time of the last week; the time itself stays in its title. */
function ago() {
  for (const time of document.querySelectorAll('time[data-ago]')) {
    const seconds = (Date.parse(time.dateTime) - Date.now()) / 1000;
    if (Math.abs(seconds) > 7 * 86_400) continue;
    const [unit, length] = units.find(([, length]) => Math.abs(seconds) >= length) ?? units[3];
    const said = relative.format(Math.trunc(seconds / length), unit);
    // As everywhere in Chinese: a space between a figure and its unit.
    const text = language.startsWith('zh') ? said.replace(/\d+/, '$& ') : said;
    if (time.textContent !== text) time.textContent = text;
  }
}

// ---------------------------------------------------------------- pausing what is live

function pausable() {
  for (const button of document.querySelectorAll('[data-pause][hidden]')) button.hidden = false;
}

function pause(button) {
  const paused = document.body.toggleAttribute('data-paused');
  button.textContent = paused ? button.dataset.resume : button.dataset.pause;
  button.setAttribute('aria-pressed', paused);
  if (!paused) document.dispatchEvent(new Event('resumed'));
}

// ---------------------------------------------------------------- questions

/** A question that is closed leaves the focus where it was asked, and the menu that it was asked in closes too. */
function closed(question) {
  const asked = document.querySelector(`[popovertarget="${CSS.escape(question.id)}"]`);
  const menu = asked?.closest('.row-menu');
  const opener = menu ? document.querySelector(`[popovertarget="${CSS.escape(menu.id)}"]`) : asked;
  if (menu?.matches(':popover-open')) menu.hidePopover();
  opener?.focus();
}

document.addEventListener('toggle', (event) => {
  if (event.newState === 'closed' && event.target.matches?.('.ask')) closed(event.target);
}, true);

/** While a question is open the Tab key stays in it. */
document.addEventListener('keydown', (event) => {
  const question = event.key === 'Tab' && document.querySelector('.ask:popover-open');
  if (!question) return;
  const fields = [...question.querySelectorAll('button, input:not([type=hidden]), select, textarea, a[href]')];
  const at = fields.indexOf(document.activeElement) + (event.shiftKey ? -1 : 1);
  event.preventDefault();
  fields.at(at % fields.length)?.focus();
});

// ---------------------------------------------------------------- previews

/** A preview follows what is typed into its form; the server draws it, so that there is one way to draw it. */
function preview(shown) {
  const form = document.getElementById(shown.dataset.of);
  let waiting, asking;
  const colour = () => (shown.firstElementChild.style.cssText = shown.firstElementChild.dataset.colours);
  form.addEventListener('input', () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      asking?.abort();
      asking = new AbortController();
      try {
        const body = new URLSearchParams(new FormData(form));
        const answer = await fetch(shown.dataset.preview, { method: 'POST', body, signal: asking.signal });
        if (!answer.ok) return;
        shown.innerHTML = await answer.text();
        colour();
      } catch (error) {
        // A later one is under way, or the network is away: what is shown stays.
        if (error.name !== 'AbortError' && !(error instanceof TypeError)) throw error;
      }
    }, 250);
  });
}

// ---------------------------------------------------------------- tabs

/** On a narrow screen the tab of this page may be out of sight. */
function tabs() {
  for (const tab of document.querySelectorAll('.tabs [aria-current]')) {
    const row = tab.parentElement;
    row.scrollLeft = tab.offsetLeft - row.offsetLeft - (row.clientWidth - tab.offsetWidth) / 2;
  }
}

// ---------------------------------------------------------------- charts

/** Half of "20 Nov" says another day: what is written partly under the axis, which stays where the chart is scrolled, goes. */
function uncut(plot) {
  const edge = plot.querySelector('.axis')?.getBoundingClientRect().right ?? 0;
  for (const mark of plot.querySelectorAll('.mark[aria-hidden]')) mark.classList.toggle('cut', mark.getBoundingClientRect().left < edge);
}

const uncutAll = () => document.querySelectorAll('.plot').forEach(uncut);

function all() {
  ready();
  sortable();
  pausable();
  ago();
  uncutAll();
}

all();
tabs();
// The letters are wider once they have come.
document.fonts.ready.then(() => {
  tabs();
  uncutAll();
});
addEventListener('resize', uncutAll);
document.addEventListener('scroll', (event) => event.target.matches?.('.plot') && uncut(event.target), { capture: true, passive: true });
for (const shown of document.querySelectorAll('[data-preview]')) preview(shown);
setInterval(ago, 15_000);
// What public/live.js has shown since.
document.addEventListener('shown', all);
document.addEventListener('click', (event) => {
  const button = event.target.closest?.('button');
  if (!button) return;
  if (button.dataset.copy !== undefined) copy(button);
  else if (button.matches('.sort')) sort(button.closest('th'));
  else if (button.dataset.pause) pause(button);
});
