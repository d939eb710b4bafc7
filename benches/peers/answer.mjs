// The answer webhook as the samples write it: Express. `memory` stores nothing, `durable` commits each call before it
// answers. Neither verifies the signature: that is the sample, and it is to their advantage.
//
//   node answer.mjs PORT memory|durable FILE

import express from 'express';
import Database from 'libsql';

const [port, mode, file] = process.argv.slice(2);
const ncco = [
  { action: 'talk', text: 'Thank you for calling Acme support. Transferring you now.' },
  { action: 'connect', from: '442079460000', endpoint: [{ type: 'phone', number: '447700900000' }] },
];

const app = express();
app.use(express.json());
app.get('/healthz', (_request, response) => response.send('ok'));

if (mode === 'durable') {
  const database = new Database(file);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.exec('CREATE TABLE calls (uuid TEXT PRIMARY KEY, at BIGINT NOT NULL, raw TEXT NOT NULL)');
  const insert = database.prepare('INSERT INTO calls (uuid, at, raw) VALUES (?, ?, ?) ON CONFLICT DO NOTHING');
  app.post('/webhooks/answer', (request, response) => {
    insert.run(request.body.uuid, Date.now(), JSON.stringify(request.body));
    response.json(ncco);
  });
} else {
  app.post('/webhooks/answer', (_request, response) => response.json(ncco));
}
app.listen(Number(port), '127.0.0.1');
