// The operator's pages: copying. Everything else on them works without a script.
const ready = (root) => root.querySelectorAll('[data-copy][hidden]').forEach((button) => (button.hidden = false));
ready(document);
// What public/live.js has shown since.
document.addEventListener('shown', () => ready(document));
document.addEventListener('click', async (event) => {
  const button = event.target.closest?.('[data-copy]');
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  const word = button.querySelector('span');
  const before = word.textContent;
  word.textContent = button.dataset.copied;
  word.setAttribute('role', 'status');
  setTimeout(() => (word.textContent = before), 1500);
});
