// A program of a test's own, for what the common one is not configured to do.

import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { run } from './run';

/** Ports that nobody has just now. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => new Promise<net.Server>((done) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => done(server));
  })));
  const ports = servers.map((server) => (server.address() as net.AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}

export class House {
  private constructor(private readonly program: ChildProcess, readonly app: string, readonly sandbox: string, readonly log: string) {}

  /** Starts it, on free ports and in a folder of its own, and waits until it answers. */
  static async start(name: string, env: Record<string, string>): Promise<House> {
    const [app, sandbox] = await freePorts(2);
    const folder = path.join(run.folder, name);
    fs.rmSync(folder, { recursive: true, force: true });
    fs.mkdirSync(folder, { recursive: true });
    const log = path.join(folder, 'server.log');
    const out = fs.openSync(log, 'w');
    const program = spawn(run.program, ['serve'], {
      cwd: folder,
      stdio: ['ignore', out, out],
      env: {
        ...process.env,
        ...run.env,
        PORT: String(app),
        SANDBOX_ADDR: `127.0.0.1:${sandbox}`,
        DATA_DIR: path.join(folder, 'data'),
        DATABASE_URL: `sqlite:${path.join(folder, 'data/switchboard.db')}`,
        ...env,
      },
    });
    fs.closeSync(out);
    const house = new House(program, `http://127.0.0.1:${app}`, `http://127.0.0.1:${sandbox}`, log);
    await house.answers();
    return house;
  }

  private async answers() {
    const deadline = Date.now() + 30_000;
    while (Date.now() < deadline && this.program.exitCode === null) {
      if (await fetch(`${this.app}/healthz`).then((answer) => answer.ok, () => false)) return;
      await new Promise((done) => setTimeout(done, 50));
    }
    throw new Error(`the program does not answer; see ${this.log}`);
  }

  async stop() {
    if (this.program.exitCode !== null) return;
    const over = new Promise((done) => this.program.once('exit', done));
    this.program.kill('SIGTERM');
    await over;
  }
}
