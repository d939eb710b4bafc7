// What the server sent, as the program expects to find it. Until the program is there, others may change it: browsers make
// links of telephone numbers, extensions and translators wrap words, and the program would stop at what it does not know.

/** Remembers what is in `islands`. Returns what puts it back. */
export function remember(islands) {
  // Whoever was faster than this: the server sends no such links in here.
  for (const island of islands) {
    for (const link of island.querySelectorAll('a[href^="tel:"]')) {
      const parent = link.parentNode;
      link.replaceWith(...link.childNodes);
      parent.normalize();
    }
  }
  const sent = islands.flatMap((island) => [island, ...island.querySelectorAll('*')])
    .map((element) => [element, [...element.childNodes].map((node) => [node, node.data])]);
  return () => {
    for (const [element, children] of sent) {
      const now = element.childNodes;
      if (now.length === children.length && children.every(([node], at) => node === now[at])) continue;
      element.replaceChildren(...children.map(([node]) => node));
      for (const [node, text] of children) if (node.data !== text) node.data = text;
    }
  };
}
