// The handset page: puts its parts together. It knows the sandbox only through its JSON: /page.json, /phones, /trace, /faults.
import { showAccount } from '/account.js';
import { $, all, complain } from '/dom.js';
import { readFaults, showFaults, watchFaults } from '/faults.js';
import { bell } from '/headset.js';
import { ask, page, remembered } from '/page.js';
import { addPhone, keep, noPhone, phones, updateBell, wake, watchPhones } from '/phones.js';
import { choose, digitsOf, language, t, translate } from '/texts.js';
import { clear, listen, relist, showFlow, showLive } from '/trace.js';

/** Shows everything in a language. */
function speak(lang) {
  choose(lang);
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

async function begin() {
  try { Object.assign(page, await ask('GET', '/page.json')); } catch { /* shown without */ }
  $('#support').href = page.app_url || '/';
  showAccount();
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
  bellButton.addEventListener('click', () => { bell.on = !bell.on; remembered.set('bell', bell.on); showBell(); updateBell(); });
  showBell();
  $('#add-number').addEventListener('input', () => { if (!$('#add .why').hidden) complain($('#add'), ''); });
  $('#add').addEventListener('submit', async (event) => {
    event.preventDefault();
    const field = $('#add-number');
    const number = digitsOf(field.value);
    const why = await noPhone(field.value);
    complain($('#add'), why);
    if (why) return;
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
  $('#clear').addEventListener('click', clear);
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
  listen((entry) => {
    if (entry.kind === 'leg' || entry.kind === 'said') wake();
    if (entry.kind === 'webhook' && entry.faults?.length) readFaults();
  });
  watchPhones();
  watchFaults();
}

begin();
