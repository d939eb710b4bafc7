// Where the pictures of the product go.

import path from 'node:path';
import { run } from './run';

/** What the README shows. All others are there to be looked at. */
const SHOWN = ['support-talking', 'handsets', 'console-talking', 'call-timeline'];

export function picture(name: string): string {
  return path.join(run.root, SHOWN.includes(name) ? 'docs/images' : 'target/pictures', `${name}.png`);
}
