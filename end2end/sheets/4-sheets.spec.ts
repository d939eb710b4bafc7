// Lays the pictures on contact sheets, one for each language, theme, size and part of the product, and on a page that shows
// them all (index.html).

import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { folder, shots, type Shot } from '../support/camera';
import { test } from '../support/fixtures';

/** How many pictures stand beside each other, and how wide each is, px. */
const layout = { 1280: { columns: 3, width: 620 }, 390: { columns: 6, width: 300 } };
/** What is longer ends here; the picture itself is whole. */
const highest = 1_400;

const escaped = (text: string) => text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);

/** `up`: from where the page is to the folder. */
function sheet(title: string, of: Shot[], up = '../'): string {
  const { columns, width } = layout[of[0].width];
  const figures = of.map(({ area, name, file }) =>
    `<figure><figcaption>${escaped(`${area}: ${name}`)}</figcaption><a href="${up}${file}"><img src="${up}${file}" loading="eager" alt=""></a></figure>`);
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escaped(title)}</title><style>
    body { margin: 16px; width: ${columns * (width + 12)}px; background: #777; color: #fff; font: 14px/1.4 sans-serif; }
    main { columns: ${columns}; column-gap: 12px; }
    figure { margin: 0 0 16px; break-inside: avoid; }
    a { display: block; max-height: ${highest}px; overflow: hidden; }
    img { display: block; width: ${width}px; }
  </style><h1>${escaped(title)}</h1><main>${figures.join('')}</main></html>`;
}

function grouped(of: Shot[], by: (shot: Shot) => string): [string, Shot[]][] {
  const groups = new Map<string, Shot[]>();
  for (const shot of of) groups.set(by(shot), [...(groups.get(by(shot)) ?? []), shot]);
  return [...groups];
}

test('contact sheets', async ({ browser }) => {
  test.setTimeout(180_000);
  const sheets = path.join(folder, 'sheets');
  fs.mkdirSync(sheets, { recursive: true });
  const context = await browser.newContext({ viewport: { width: 1928, height: 1000 } });
  const page = await context.newPage();
  const links: string[] = [];
  for (const [variant, every] of grouped(shots(), ({ language, theme, width }) => `${language}-${theme}-${width}`)) {
    links.push(`<h2>${variant}</h2>`);
    for (const [area, of] of grouped(every, ({ area }) => area)) {
      const name = `${variant}-${area.replace(/\W+/g, '-')}`;
      const file = path.join(sheets, `${name}.html`);
      fs.writeFileSync(file, sheet(`${area}, ${variant}`, of));
      await page.goto(pathToFileURL(file).href);
      await page.screenshot({ path: path.join(sheets, `${name}.png`), fullPage: true });
      links.push(`<a href="sheets/${name}.html">${escaped(area)}</a> `);
    }
  }
  fs.writeFileSync(path.join(folder, 'index.html'), `<!doctype html><html lang="en"><meta charset="utf-8"><title>Every page</title>${links.join('\n')}</html>`);
  console.log(`contact sheets: ${path.join(folder, 'index.html')}, ${shots().length} pictures`);
  await context.close();
});
