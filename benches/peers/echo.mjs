// The seed's echo server on the library that express-ws stands on, without Express: node echo.mjs PORT

import http from 'node:http';
import { WebSocketServer } from 'ws';

const server = http.createServer((request, response) => response.end('ok\n'));
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
sockets.on('connection', (socket) => {
  socket._socket.setNoDelay(true);
  socket.on('message', (message, binary) => {
    if (binary) socket.send(message, { binary: true });
  });
});
server.listen(Number(process.argv[2]), '127.0.0.1');
