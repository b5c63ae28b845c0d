// Keeps the shell of the counter, so that it opens without a connection.
//
// Promises: caches the shell and nothing else; no answer of the server that is about anybody. The
// newest shell is asked for first. Does not: send what waits; the page does.

const VERSION = 'counter-@version@';
const SHELL = '/counter';
const FILES = @files@;
const SECONDS = 4;

self.addEventListener('install', (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(VERSION);
    // In the language of the page that registered it: a worker's own requests wish another one.
    const lang = new URL(self.location.href).searchParams.get('lang') ?? '';
    const answer = await fetch(`${SHELL}?lang=${lang}`);
    if (answer.status !== 200) throw new Error('the shell is not there');
    await cache.put(SHELL, answer);
    await cache.addAll(FILES);
    await self.skipWaiting();
  })());
});

self.addEventListener('activate', (event) => {
  event.waitUntil((async () => {
    const others = (await caches.keys()).filter((name) => name.startsWith('counter-'));
    await Promise.all(others.filter((name) => name !== VERSION).map((name) => caches.delete(name)));
    await self.clients.claim();
  })());
});

async function shell(request) {
  const cache = await caches.open(VERSION);
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), SECONDS * 1000);
  try {
    const answer = await fetch(request, { signal: stop.signal });
    if (answer.status === 200 && !answer.redirected) await cache.put(request.url, answer.clone());
    if (answer.status < 500) return answer;
  } catch {
    // No connection, or none that answers in time: what is kept is shown.
  } finally {
    clearTimeout(timer);
  }
  return await cache.match(request.url) ?? await cache.match(SHELL) ?? Response.error();
}

async function file(request) {
  return await caches.match(request) ?? fetch(request);
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== self.location.origin) return;
  if (request.mode === 'navigate' && pathname === SHELL) event.respondWith(shell(request));
  else if (FILES.includes(pathname)) event.respondWith(file(request));
});
