// Shows each visitor of a web site the telephone number of the campaign that brought them.
//
//   <script async src="https://calls.example.com/track.js" data-number="+44 20 7946 0000">
//
// Swaps the number wherever it is written, linked (tel:, callto:) or named for screen readers, also in what the page adds
// later. Keeps it for the visit, in every tab. Leaves alone what is inside [data-noswap], and everything for visitors who
// ask not to be tracked. A number of the same country and length is written in the groups of the old one and takes exactly
// its width, so nothing on the page moves; any other is written in its international form.
// (No closing tag stands here: it would end the script where it is inlined.) Inlined or bundled, the script needs a tag that says where the server is:
//
//   <script data-number="+44 20 7946 0000" data-server="https://calls.example.com">
//
// window.switchboardTrack = { number, visitor } when done; the event "switchboard:number" says so.
(() => {
  const nav = navigator;
  if (nav.doNotTrack === '1' || window.doNotTrack === '1' || nav.globalPrivacyControl) return;

  // A module has no currentScript, nor has a file that a loader runs later: then the tag is looked for.
  const isOurs = (script) => script.dataset.server || (script.dataset.number !== undefined && /\/track\.js([?#]|$)/.test(script.src));
  const tag = () => {
    const current = document.currentScript;
    return current && isOurs(current) ? current : [...document.scripts].find(isOurs)
      || [...document.scripts].find((script) => /\/track\.js([?#]|$)/.test(script.src));
  };
  const me = tag();
  const address = me && (me.dataset.server || me.src);
  if (!address) {
    console.warn('track.js: no script tag has data-number with the address of track.js, or data-server: the number stays as it is.');
    return;
  }
  const server = new URL('/track', address).href;
  const given = (me.dataset.number || '').replace(/\D/g, '');

  // ---------------------------------------------------------------- the visit
  const key = 'switchboard.track';
  /** A visit is over after half an hour without a page, as it is at the server. */
  const visit = 30 * 60_000;
  let state = {};
  const keep = () => {
    state.seen = Date.now();
    try { localStorage.setItem(key, JSON.stringify(state)); } catch { /* no storage: asked again on each page */ }
  };
  try {
    const kept = JSON.parse(localStorage.getItem(key));
    if (kept && kept.seen > Date.now() - visit) state = kept;
  } catch { /* as above */ }

  /** What an advertisement adds to the address of the page: the same again is the same visit. */
  const bought = () => [...new URLSearchParams(location.search)]
    .filter(([name]) => /^(utm_(source|medium|campaign|term|content|id)|gclid|gbraid|wbraid|msclkid|fbclid|ttclid|li_fat_id|twclid)$/i.test(name))
    .map((pair) => pair.join('=')).sort().join('&');
  const hostOf = (url) => { try { return new URL(url).host; } catch { return ''; } };

  const begin = () => {
    const now = bought();
    const from = hostOf(document.referrer);
    // An advertisement begins a visit of its own. So does another site that links here, but only for a visitor who has no
    // campaign: the way back from a payment page must not take it away.
    const fresh = (now && now !== state.bought) || (!state.number && from && from !== location.host && document.referrer !== state.referrer);
    if (fresh) state = {};
    state.page ??= location.href;
    state.referrer ??= document.referrer;
    state.bought ??= now;
  };

  // ---------------------------------------------------------------- how a number is written
  /** How many digits the country code has. */
  const code = (digits) => (/^[17]/.test(digits) ? 1 : /^(2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])/.test(digits) ? 2 : 3);
  const local = (digits) => digits.slice(code(digits));
  // Blanks, dashes and brackets of every kind, and characters that nobody sees.
  const gap = '[\\s().\\u00ad\\u200b-\\u200f\\u2010-\\u2015\\u202a-\\u202f\\u2060-\\u2069\\u2212\\ufeff/-]{0,4}';
  const spread = (digits) => [...digits].join(gap);
  let matcher; let replaced; let number;

  // 442079460000 is written +44 20 7946 0000, +44 (0)20 7946 0000, 0044 20 …, 020 7946 0000 or, in some countries, without the 0.
  const prepare = (numbers) => {
    replaced = numbers;
    const one = (digits) => {
      const [country, rest] = [digits.slice(0, code(digits)), local(digits)];
      return `(?:(?:\\+|00|011)?${gap}${spread(country)}${gap}(?:\\(0\\)|0)?${gap}|\\(?0${gap}|\\(?)${spread(rest)}`;
    };
    matcher = new RegExp(`(?<![\\d+])(?:${numbers.map(one).join('|')})(?!\\d)`, 'g');
  };

  const international = () => state.written || '+' + number;
  const dressed = (old) => {
    const had = old.replace(/\D/g, '');
    const was = replaced.find((digits) => had.endsWith(local(digits)));
    const same = was && was.slice(0, code(was)) === number.slice(0, code(number)) && was.length === number.length;
    if (!same) return international();
    // The last digits are the number's own; what stands before them is how the country code or the trunk 0 is written.
    const digits = local(number);
    let at = digits.length - had.length;
    return old.replace(/\d/g, (digit) => (at++ < 0 ? digit : digits[at - 1]));
  };

  // ---------------------------------------------------------------- what is on the page
  const links = 'a[href]';
  const spared = '[data-noswap],script,style,textarea,input,select,[contenteditable=""],[contenteditable=true]';
  /** Elements whose letters were spaced, and how they were before. */
  const fitted = new Map();
  /** How often a text was swapped: a page that writes it back for ever is left alone in the end. */
  const swaps = new WeakMap();

  const fit = (element, width) => {
    const now = element.getBoundingClientRect().width;
    const letters = element.textContent.length;
    if (!width || !now || now === width || !letters) return;
    if (!fitted.has(element)) fitted.set(element, element.style.letterSpacing);
    element.style.letterSpacing = (width - now) / letters + 'px';
  };
  const unfit = (element) => {
    if (!fitted.has(element)) return;
    element.style.letterSpacing = fitted.get(element);
    fitted.delete(element);
  };

  const text = (node) => {
    const parent = node.parentElement;
    if (!parent || parent.closest(spared)) return;
    matcher.lastIndex = 0;
    if (!matcher.test(node.data)) {
      if (number && !node.data.replace(/\D/g, '').includes(local(number))) unfit(parent);
      return;
    }
    const often = (swaps.get(parent) || 0) + 1;
    swaps.set(parent, often);
    if (often > 500) return;
    unfit(parent);
    const inline = getComputedStyle(parent).display === 'inline' || parent.childNodes.length === 1;
    const width = parent.getBoundingClientRect().width;
    const data = node.data.replace(matcher, dressed);
    if (data === node.data) return;
    const longer = data.length !== node.data.length;
    node.data = data;
    if (inline && !longer) fit(parent, width);
  };

  /** The digits that a link dials, and what follows them: pauses, keys, an extension. */
  const dialled = (href) => {
    const found = /^\s*(tel|callto):(?:\/\/)?/i.exec(href);
    if (!found) return undefined;
    let rest = href.slice(found[0].length);
    try { rest = decodeURIComponent(rest); } catch { /* as it is written */ }
    const end = rest.search(/[;?,pwx]|ext/i);
    const [written, behind] = end < 0 ? [rest, ''] : [rest.slice(0, end), rest.slice(end)];
    return { scheme: found[1].toLowerCase(), digits: written.replace(/\D/g, ''), behind };
  };

  const link = (anchor) => {
    if (anchor.closest('[data-noswap]')) return;
    const to = dialled(anchor.getAttribute('href') || '');
    if (!to) return;
    const is = (digits) => {
      const [country, rest] = [digits.slice(0, code(digits)), local(digits)];
      return [digits, '00' + digits, '011' + digits, country + '0' + rest, '00' + country + '0' + rest, '0' + rest, rest].includes(to.digits);
    };
    if (replaced.some(is)) anchor.setAttribute('href', `${to.scheme}:+${number}${to.behind}`);
  };

  /** What a screen reader says of an element instead of its text. */
  const label = (element) => {
    if (element.closest('[data-noswap]')) return;
    for (const name of ['aria-label', 'title']) {
      const value = element.getAttribute(name);
      if (!value) continue;
      matcher.lastIndex = 0;
      const swapped = value.replace(matcher, dressed);
      if (swapped !== value) element.setAttribute(name, swapped);
    }
  };

  const swap = (root) => {
    if (root.nodeType === 3) return text(root);
    if (root.nodeType !== 1) return;
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const nodes = [];
    while (walker.nextNode()) nodes.push(walker.currentNode);
    nodes.forEach(text);
    const every = (selector) => [...(root.matches(selector) ? [root] : []), ...root.querySelectorAll(selector)];
    every(links).forEach(link);
    every('[aria-label],[title]').forEach(label);
  };

  const watch = new MutationObserver((changes) => {
    for (const { type, target, addedNodes } of changes) {
      if (type === 'childList') addedNodes.forEach(swap);
      else if (type === 'characterData') text(target);
      else { if (target.matches(links)) link(target); label(target); }
    }
    // Our own changes are no news.
    watch.takeRecords();
  });

  const show = () => {
    if (!state.number || state.number === number) return;
    const theirs = given ? [given] : state.replaces || [];
    if (!theirs.length) return;
    // A number that we showed before is replaced too, when the pool gave another.
    prepare(number ? [...new Set([number, ...theirs])] : theirs);
    number = state.number;
    swap(document.body);
    prepare(theirs);
    watch.observe(document.body, {
      childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: ['href', 'aria-label', 'title'],
    });
    window.switchboardTrack = { number, visitor: state.visitor };
    window.dispatchEvent(new Event('switchboard:number'));
  };

  // A page that a framework brings to life compares itself with what the server sent: swapped before that, it would be
  // drawn from nothing. So it is swapped when the page has loaded and nothing else is to be done.
  const hydrates = '#__next,#__nuxt,#___gatsby,#__NEXT_DATA__,astro-island,leptos-island,[data-reactroot],[data-server-rendered],[ng-version],[ng-server-context],[data-sveltekit-hydrate],[data-hydrate]';
  const ready = (then) => {
    if (!document.querySelector(hydrates) && !(me.dataset.wait === 'load')) return then();
    const idle = () => (window.requestIdleCallback ? requestIdleCallback(then, { timeout: 2_000 }) : setTimeout(then, 200));
    if (document.readyState === 'complete') idle(); else addEventListener('load', idle, { once: true });
  };

  // As plain text, so that the browser need not ask the server first whether it may.
  const ask = () => fetch(server, {
    method: 'POST', credentials: 'omit', keepalive: true, referrerPolicy: 'no-referrer',
    body: JSON.stringify({ visitor: state.visitor, page: state.page, referrer: state.referrer }),
  }).then((answer) => (answer.ok ? answer.json() : undefined)).then((said) => {
    if (!said) return;
    state = { ...said, page: state.page, referrer: state.referrer, bought: state.bought };
    keep();
    ready(show);
  }).catch(() => { /* the page stays as it is */ });

  const start = () => {
    begin();
    const known = 'replaces' in state && (!state.until || state.until > Date.now());
    if (known) { keep(); ready(show); }
    if (!known || state.until) ask();
    // A number of one's own is kept as long as the page is looked at; so is the visit.
    setInterval(() => {
      if (document.visibilityState !== 'visible') return;
      if (state.until) ask(); else keep();
    }, 60_000);
  };
  if (document.body) start(); else addEventListener('DOMContentLoaded', start);
})();
