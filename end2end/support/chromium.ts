// How Chromium is found and started. Its microphone is a file with a steady tone, its permission prompt says yes.

import fs from 'node:fs';
import { chromium, type LaunchOptions } from '@playwright/test';
import { microphone } from './run';
import { tone } from './wav';

if (!fs.existsSync(microphone.file)) fs.writeFileSync(microphone.file, tone(microphone.hz, 2));

/** `$CHROMIUM`, Debian's, or the one that Playwright itself installed. */
const executablePath = [process.env.CHROMIUM, '/usr/bin/chromium', chromium.executablePath()].find((file) => file && fs.existsSync(file));
if (!executablePath) throw new Error("no Chromium: set CHROMIUM, or run 'apt-get install chromium' or 'npx playwright install chromium'");

const always = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--autoplay-policy=no-user-gesture-required',
  // The SDK waits for ever on a machine that has only a loopback interface, unless it may use that one.
  '--allow-loopback-in-peer-connection',
  '--use-fake-device-for-media-stream', `--use-file-for-fake-audio-capture=${microphone.file}`,
];

/** A browser whose visitor allows the microphone. */
export const launch: LaunchOptions = { executablePath, args: [...always, '--use-fake-ui-for-media-stream'] };
/** A browser whose visitor blocks it. */
export const launchDenying: LaunchOptions = { executablePath, args: [...always, '--use-fake-ui-for-media-stream=deny'] };
