// WCAG 2.2 A and AA as far as axe can judge.

import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';

/** What is wrong with a page, and where. `coloursAlone`: of a page that was judged in its other theme, only they differ. */
export async function violations(page: Page, coloursAlone = false): Promise<string[]> {
  const builder = new AxeBuilder({ page });
  if (coloursAlone) builder.withRules(['color-contrast']);
  else builder.withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']);
  const { violations } = await builder.analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`);
}
