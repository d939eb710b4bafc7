// Shows each visitor of a web site the telephone number of the campaign that brought them.
//
//   <script async src="https://calls.example.com/track.js" data-number="+44 20 7946 0000"></script>
//
// Swaps the number wherever it is written and linked (tel:), also in what the page adds later. Keeps it for the visit.
// Leaves alone what is inside [data-noswap], and everything for visitors who ask not to be tracked. The new number is
// written in the groups of the old one and takes exactly its width, so nothing on the page moves.
// window.switchboardTrack = { number, visitor } when done; the event "switchboard:number" says so.
(() => {
  const me = document.currentScript;
  const nav = navigator;
  if (nav.doNotTrack === '1' || window.doNotTrack === '1' || nav.globalPrivacyControl) return;
  const key = 'switchboard.track';
  const server = new URL('/track', me ? me.src : location).href;
  const given = (me && me.dataset.number || '').replace(/\D/g, '');
  let state = {};
  try { state = JSON.parse(sessionStorage.getItem(key)) || {}; } catch { /* no storage: asked again on each page */ }
  let matcher; let written; let number;

  /** How many digits the country code has. */
  const code = (digits) => (/^[17]/.test(digits) ? 1 : /^(2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])/.test(digits) ? 2 : 3);
  let country;

  // 442079460000 is also written 020 7946 0000: without the country code, with a trunk 0 or, in some countries, without.
  const forms = (digits) => {
    country = digits.slice(0, code(digits));
    const local = digits.slice(country.length);
    return [digits, '0' + local, local];
  };

  const prepare = (replaces) => {
    const all = [...new Set(replaces.flatMap(forms))].sort((a, b) => b.length - a.length);
    const one = (form) => '\\+?\\(?' + [...form].join('[\\s().\\u00a0\\u2011/-]{0,3}');
    matcher = new RegExp('(?<![\\d+])(?:' + all.map(one).join('|') + ')(?!\\d)', 'g');
    written = new Set(all);
  };

  // The groups of the old, the digits of the new; the same length of digits, or the international form.
  const dressed = (old) => {
    const had = old.replace(/\D/g, '');
    let digits = number;
    if (had.length < number.length && number.startsWith(country)) {
      digits = (had[0] === '0' ? '0' : '') + number.slice(country.length);
    }
    if (digits.length !== had.length) return '+' + number;
    let at = 0;
    return old.replace(/\d/g, () => digits[at++]);
  };

  const fit = (element, width) => {
    const now = element.getBoundingClientRect().width;
    const letters = element.textContent.length;
    if (width && now && now !== width && letters) element.style.letterSpacing = (width - now) / letters + 'px';
  };

  const text = (node) => {
    const parent = node.parentElement;
    if (!parent || parent.closest('[data-noswap],script,style,textarea,input,select,[contenteditable=""],[contenteditable=true]')) return;
    matcher.lastIndex = 0;
    if (!matcher.test(node.data)) return;
    const inline = getComputedStyle(parent).display === 'inline' || parent.childNodes.length === 1;
    const width = parent.getBoundingClientRect().width;
    node.data = node.data.replace(matcher, dressed);
    if (inline) fit(parent, width);
  };

  const link = (anchor) => {
    if (anchor.closest('[data-noswap]')) return;
    const digits = anchor.getAttribute('href').slice(4).replace(/[;?].*/, '').replace(/\D/g, '');
    if (written.has(digits)) anchor.setAttribute('href', 'tel:+' + number);
  };

  const swap = (root) => {
    if (root.nodeType === 3) return text(root);
    if (root.nodeType !== 1) return;
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const nodes = [];
    while (walker.nextNode()) nodes.push(walker.currentNode);
    nodes.forEach(text);
    const links = [...root.querySelectorAll('a[href^="tel:"]')];
    if (root.matches('a[href^="tel:"]')) links.push(root);
    links.forEach(link);
  };

  const watch = new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === 'childList') change.addedNodes.forEach(swap);
      else if (change.type === 'attributes') { if (change.target.matches('a[href^="tel:"]')) link(change.target); } else text(change.target);
    }
    // Our own changes are no news.
    watch.takeRecords();
  });

  const show = () => {
    if (!state.number || state.number === number) return;
    if (!number) prepare(given ? [given] : state.replaces || []);
    else prepare([number]);
    number = state.number;
    swap(document.body);
    prepare(given ? [given] : state.replaces || []);
    watch.observe(document.body, { childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: ['href'] });
    window.switchboardTrack = { number, visitor: state.visitor };
    window.dispatchEvent(new Event('switchboard:number'));
  };

  // As plain text, so that the browser need not ask the server first whether it may.
  const ask = () => fetch(server, {
    method: 'POST', credentials: 'omit', keepalive: true, referrerPolicy: 'no-referrer',
    body: JSON.stringify({ visitor: state.visitor, page: state.page, referrer: state.referrer }),
  }).then((answer) => (answer.ok ? answer.json() : undefined)).then((said) => {
    if (!said) return;
    state = { ...said, page: state.page, referrer: state.referrer };
    try { sessionStorage.setItem(key, JSON.stringify(state)); } catch { /* as above */ }
    show();
  }).catch(() => { /* the page stays as it is */ });

  const start = () => {
    state.page ??= location.href;
    state.referrer ??= document.referrer;
    const known = 'replaces' in state && (!state.until || state.until > Date.now());
    if (known) show();
    if (!known || state.until) ask();
    // A number of one's own is kept as long as the page is looked at.
    setInterval(() => { if (state.until && document.visibilityState === 'visible') ask(); }, 60_000);
  };
  if (document.body) start(); else addEventListener('DOMContentLoaded', start);
})();
