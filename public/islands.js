// Wakes what the server drew and the program keeps true, on the pages where that happens at once. What does not come
// alive, or stops later, is said on the page; its links and forms work without the program.
import { remember } from './sent.js';

const islands = [...document.querySelectorAll('leptos-island')];
const putBack = remember(islands);

function stopped() {
  document.querySelector('.stopped').hidden = false;
}

addEventListener('error', ({ error }) => error instanceof WebAssembly.RuntimeError && stopped());
addEventListener('unhandledrejection', ({ reason }) => reason instanceof WebAssembly.RuntimeError && stopped());

try {
  const program = await import('/pkg/switchboard.js');
  await program.default({ module_or_path: '/pkg/switchboard.wasm' });
  putBack();
  program.hydrate();
  for (const island of islands) await program[island.dataset.component](island);
} catch (error) {
  stopped();
  throw error;
}
