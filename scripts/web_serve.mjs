// Serves a folder on the loopback interface: web_serve.mjs FOLDER [PORT]
import http from 'node:http';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const types = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.wasm': 'application/wasm',
  '.otf': 'font/otf', '.ttf': 'font/ttf', '.ttc': 'font/collection',
};

// Pages that share no process with others may have threads.
const alone = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

// Resolves to the server once it listens; `seen` gets every path asked for. Not `isolated`: without the headers
// that give a page threads, as most hosts are.
export function serve(folder, port = 0, seen = () => {}, isolated = true) {
  const root = path.resolve(folder);
  const server = http.createServer((request, answer) => {
    const wanted = decodeURIComponent(new URL(request.url, 'http://127.0.0.1').pathname);
    const file = path.join(root, wanted.endsWith('/') ? wanted + 'index.html' : wanted);
    seen(wanted);
    if (!file.startsWith(root + path.sep) || !fs.existsSync(file) || !fs.statSync(file).isFile()) {
      answer.writeHead(404, { 'Content-Type': 'text/plain' });
      answer.end('there is no ' + wanted + '\n');
      return;
    }
    answer.writeHead(200, {
      'Content-Type': types[path.extname(file)] || 'application/octet-stream',
      'Content-Length': fs.statSync(file).size, 'Cache-Control': 'no-cache', ...(isolated ? alone : {}),
    });
    if (request.method === 'HEAD') answer.end();
    else fs.createReadStream(file).pipe(answer);
  });
  return new Promise((done, failed) => {
    server.on('error', failed);
    server.listen(port, '127.0.0.1', () => done(server));
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  serve(process.argv[2], Number(process.argv[3] || 0)).then(
    server => console.log(`Orrery is at http://127.0.0.1:${server.address().port}/ (Ctrl-C ends it)`),
    error => { console.error(`web: ${error.message}: choose another --port`); process.exit(1); });
}
