// The counter's page: what a person does, led to who decides, stores, sends, reads and draws.
//
// Promises: a voucher is in the store before it is on the screen, and in the outbox before it is
// sent; nothing is lost when the tab goes. Does not: hold rules of its own.

import {
  OUTCOMES, answered, inBasket, needsPerson, outgoing, payable, row, undoing,
} from './decide.mjs';
import { Page, at } from './draw.mjs';
import { feel, stayAwake, wake } from './feel.mjs';
import { id } from './id.mjs';
import { Camera, Reader } from './read.mjs';
import { keyed, muted, reading, typed } from './reading.mjs';
import { speaker } from './say.mjs';
import { Outbox, check, venue as askVenue, whoIs } from './send.mjs';
import { open } from './store.mjs';
import { listen } from './wedge.mjs';

const table = JSON.parse(at('words').textContent);
const words = speaker(table, table.language);
const { say, count, amount, refused } = words;
const page = new Page(words);
const seen = new Map();

let rooms;
let outbox;
let who = null;
let place = null;
let offering = null;
let rows = [];
let online = navigator.onLine;
let person = false;
let last = [];
let silent = false;
let asking = 0;

// ---- Saying what came of something.

function tell(kind, title, advice, quiet) {
  if (quiet) return;
  page.verdict(kind, title, advice);
  feel(OUTCOMES[kind], silent);
}

function tellRow(it, quiet) {
  if (it.state === 'good') {
    tell('good', say('counter-good', { amount: amount(it.cents) }),
      say('counter-good-text', { voucher: it.serial }), quiet);
  } else if (it.state === 'unsure') {
    const { title, advice } = words.unsure(it.problem);
    tell('unsure', title, advice, quiet);
  } else {
    const { title, advice } = refused(it.problem);
    tell('refused', title, advice, quiet);
  }
}

// ---- Drawing what is stored.

const midnight = () => new Date().setHours(0, 0, 0, 0);

async function draw() {
  rows = (await rooms.basket()).filter(({ venue }) => venue === place?.id);
  const records = await rooms.outbox();
  const undoings = new Set(records.filter((it) => it.deed === 'reversal' && !it.problem).map((it) => it.id));
  const mark = (receipts) => receipts.map((it) => ({ ...it, wanted: undoings.has(it.id) }));
  page.basket(rows, remove);
  page.outbox(records, { person, here: place?.id, shown: who ? last : [] }, drop);
  page.line(online, records.filter(({ problem }) => !problem).length);
  const receipts = who ? mark(await rooms.receipts(midnight())) : [];
  page.today(receipts.filter((it) => it.venue === place?.id), undo);
  const mine = records.filter((it) => it.deed === 'redemption' && last.includes(it.id));
  page.result({
    venue: place?.name ?? '',
    paid: receipts.filter((it) => last.includes(it.id)),
    waiting: mine.filter(({ problem }) => !problem),
    refused: mine.filter(({ problem }) => problem),
  }, undo);
}

// ---- One voucher.

async function shown(found, quiet = false) {
  if (!found) {
    tell('strange', say('counter-strange'), say('counter-strange-text'), quiet);
    return 'strange';
  }
  if (muted(seen, found.key, Date.now())) return 'muted';
  const known = inBasket(rows, found);
  if (known) {
    tell('again', say('counter-again'), say('counter-again-text'), quiet);
    return 'again';
  }
  const it = row(found, id('redemption', Date.now()), place.id, Date.now());
  rows.push(it);
  await rooms.lay(it);
  page.basket(rows, remove);
  return look(it, quiet);
}

// Waits for its turn: a photo of a whole table asks a few at a time.
async function turn(work) {
  while (asking >= 4) await new Promise((resolve) => setTimeout(resolve, 20));
  asking += 1;
  try {
    return await work();
  } finally {
    asking -= 1;
  }
}

// Asks about a voucher of the basket, and keeps what is answered as long as it is there.
async function look(it, quiet) {
  const answer = who && !who.stale && place
    ? await turn(() => check(outbox, it.presented, place.id, offering)) : null;
  heard(answer);
  const after = answered(it, answer);
  const twin = rows.find((other) => other.key !== it.key && other.serial && other.serial === after.serial);
  const here = rows.findIndex(({ key }) => key === it.key);
  if (here < 0) return 'removed';
  if (twin && after.state === 'good') {
    await rooms.take(it.key);
    tell('again', say('counter-again'), say('counter-again-text'), quiet);
    await draw();
    return 'again';
  }
  rows[here] = after;
  await rooms.lay(after);
  page.basket(rows, remove);
  tellRow(after, quiet);
  if (answer?.wait) setTimeout(lookAgain, answer.wait * 1000);
  return after.state;
}

// Asks again about what nobody could answer, or about everything when the service changed.
async function lookAgain(everything = false) {
  const open = rows.filter(({ state }) => everything === true || state === 'unsure' || state === 'asking');
  await Promise.all(open.map((it) => look({ ...it, state: 'asking' }, true)));
}

async function remove(key) {
  seen.delete(key);
  await rooms.take(key);
  await draw();
}

// ---- The basket is redeemed.

async function pay() {
  wake();
  const ready = payable(rows);
  if (ready.length === 0 || !place || !offering) return;
  at('pay').disabled = true;
  navigator.storage?.persist?.();
  const records = outgoing(ready, { venue: place.id, offering, now: Date.now() });
  await rooms.confirm(records, ready.map(({ key }) => key));
  last = records.map((it) => it.id);
  for (const it of rows.filter(({ state }) => state === 'refused')) await rooms.take(it.key);
  await draw();
  at('result-title').focus();
  await outbox.flush(place.id);
}

async function undo(receipt) {
  await rooms.post([undoing(receipt, Date.now())]);
  await draw();
  await outbox.flush(place.id);
}

async function drop(key) {
  await rooms.drop(key);
  await draw();
}

// What the outbox tells.
async function moved({ paid, refused: no, undone, rested, away, person: needed }) {
  if (rested) {
    online = !away;
    if (needed) person = true;
  }
  if (paid) {
    online = true;
    person = false;
    if (no.length > 0) {
      const { title, advice } = refused(no[0].problem);
      tell('refused', title, advice);
    } else if (paid.length > 0) {
      const cents = paid.reduce((sum, it) => sum + it.cents, 0);
      tell('paid', count('counter-result', paid.length, { amount: amount(cents) }), '');
    }
  }
  if (undone) {
    online = true;
    tell('undone', say('counter-undone-title'), say('counter-undone-text', { voucher: undone.serial ?? '' }));
  }
  await draw();
}

// What an answer, or none, says of the line to the server.
function heard(answer) {
  online = answer !== null;
  if (answer && needsPerson(answer)) person = true;
}

// ---- Who is here, and where.

async function whoever() {
  const found = await whoIs(await rooms.kept('device'));
  if (!found.away) {
    who = found.venues ? found : null;
    outbox.for(who);
    if (who) person = false;
    return found;
  }
  // Without an answer, whoever was here last may go on; what it does waits in the outbox.
  const before = await rooms.kept('who');
  if (before) who = { ...before, headers: {}, stale: true };
  return before ? who : found;
}

async function enter(venueId) {
  const kept = await rooms.kept(`venue ${venueId}`);
  const answer = who.stale ? null : await askVenue(who, venueId);
  heard(answer);
  if (answer?.status === 401 && who.kind === 'device') return stranger('ended');
  const told = answer?.status === 200 ? answer.body : kept;
  if (!told) return stranger(answer ? 'other' : 'away');
  const { name, offerings, state } = told;
  place = { id: venueId, name, offerings, state };
  await rooms.keep(`venue ${venueId}`, place);
  await rooms.keep('who', { kind: who.kind, name: who.name, venues: who.venues, named: who.named });
  await rooms.keep('venue', venueId);
  const before = await rooms.kept(`offering ${venueId}`);
  offering = offerings.includes(before) ? before : offerings.length === 1 ? offerings[0] : null;
  page.offerings(offerings, offering);
  at('venue').textContent = name;
  at('other-venue').hidden = who.venues.length < 2;
  at('own').hidden = who.kind === 'device';
  // Drawn before it is shown: nothing jumps under a finger.
  await draw();
  at('opening').hidden = at('stranger').hidden = at('venues').hidden = true;
  at('desk').hidden = false;
  if (state === 'suspended') tell('refused', ...Object.values(refused({ code: 'venue-suspended' })));
  if (state === 'registered') tell('refused', ...Object.values(refused({ code: 'venue-not-qualified' })));
  await outbox.flush(venueId);
  await lookAgain();
  return null;
}

async function stranger(why) {
  place = null;
  at('opening').hidden = at('desk').hidden = at('venues').hidden = true;
  at('stranger').hidden = false;
  at('stranger-why').textContent = say(`counter-stranger-${why}`);
  at('sign-in').hidden = why === 'away' || why === 'choose';
  at('choose').hidden = why !== 'choose';
  await draw();
}

function chooseVenue() {
  at('opening').hidden = at('desk').hidden = at('stranger').hidden = true;
  at('venues').hidden = false;
  page.venues(who.named ?? who.venues.map((it) => ({ id: it, name: it })), enter);
}

async function begin() {
  const found = await whoever();
  if (!who) return stranger(found.away ? 'away' : found.why);
  if (who.venues.length === 0) return stranger('other');
  const before = await rooms.kept('venue');
  if (who.venues.length === 1) return enter(who.venues[0]);
  if (who.venues.includes(before)) return enter(before);
  return chooseVenue();
}

// The line came back, or the page did: what waits is sent, what is open is asked.
async function resume() {
  if (document.hidden || !rooms) return;
  if (!place || who?.stale) {
    await begin();
    return;
  }
  await outbox.flush(place.id);
  await lookAgain();
}

// ---- What a person does.

async function choose(code) {
  offering = code || null;
  if (!place) return;
  await rooms.keep(`offering ${place.id}`, offering);
  if (offering) {
    page.offerings(place.offerings, offering);
    await lookAgain(true);
  }
}

// A service is chosen before anything is read: what a voucher pays for depends on it.
function isReady() {
  if (offering) return true;
  tell('strange', say('counter-offering-first'), '');
  at('offering').focus();
  return false;
}

const reader = new Reader(table.reader);
const camera = new Camera(at('video'), reader, (texts) => {
  for (const text of texts) {
    const found = reading(text);
    if (!found && muted(seen, text, Date.now())) continue;
    shown(found);
  }
});

function noCamera(key) {
  at('no-camera').textContent = say(key);
  at('no-camera').hidden = false;
  closeCamera();
}

function closeCamera() {
  camera.close();
  stayAwake(false);
  at('view').hidden = true;
  at('camera').hidden = false;
}

async function openCamera(deviceId) {
  wake();
  if (!isReady()) return;
  at('no-camera').hidden = true;
  at('camera').hidden = true;
  at('view').hidden = false;
  try {
    await Promise.all([reader.load(), camera.open(deviceId)]);
  } catch (error) {
    const keys = { NotAllowedError: 'counter-camera-denied', NotReadableError: 'counter-camera-taken' };
    const none = ['NotFoundError', 'OverconstrainedError', 'TypeError'].includes(error.name);
    noCamera(keys[error.name] ?? (none ? 'counter-camera-none' : 'counter-reader-away'));
    return;
  }
  stayAwake(true);
  at('torch').hidden = !camera.hasTorch;
  at('torch').setAttribute('aria-pressed', 'false');
  const cameras = await Camera.all();
  at('cameras-room').hidden = cameras.length < 2;
  at('cameras').replaceChildren(...cameras.map(({ deviceId: value, label }, place_) =>
    new Option(label || say('counter-camera-number', { count: place_ + 1 }), value)));
  at('cameras').value = camera.deviceId;
  at('close').focus();
}

async function photo(file) {
  wake();
  if (!file || !isReady()) return;
  page.verdict('unsure', say('counter-photo-reading'), '');
  let texts;
  try {
    await reader.load();
    texts = await reader.photo(file);
  } catch {
    tell('strange', say('counter-photo-broken'), say('counter-photo-advice'));
    return;
  }
  const readings = texts.map(reading).filter((found) => found !== null);
  if (readings.length === 0) {
    tell('strange', say('counter-photo-none'), say('counter-photo-advice'));
    return;
  }
  const states = await Promise.all(readings.map((found) => shown(found, true)));
  const good = states.filter((state) => state === 'good' || state === 'unsure').length;
  const bad = states.filter((state) => state === 'refused').length;
  const known = states.length - good - bad;
  const parts = [
    good > 0 ? count('counter-photo-good', good) : null,
    bad > 0 ? count('counter-photo-bad', bad) : null,
    known > 0 ? count('counter-photo-known', known) : null,
  ].filter(Boolean);
  const kind = bad > 0 ? 'refused' : good > 0 ? 'good' : 'again';
  tell(kind, count('counter-photo-found', readings.length), parts.join(' '));
}

function type(event) {
  event.preventDefault();
  wake();
  const text = at('code').value;
  const found = reading(text);
  if (!found) {
    page.code(typed(text));
    if (typed(text).state !== 'empty') {
      tell('strange', say('counter-code-not'), at('code-state').textContent);
    }
    at('code').focus();
    return;
  }
  if (!isReady()) return;
  at('code').value = '';
  page.code(typed(''));
  shown(found);
  at('code').focus();
}

// What a scanner typed, wherever the focus was.
function scanned(keys, focus) {
  if (focus === at('code')) {
    at('code').value = '';
    page.code(typed(''));
  }
  if (at('desk').hidden || !isReady()) return;
  shown(keyed(keys));
}

// Receipts as a file; each of them is proof without us.
async function download(which) {
  const receipts = (await rooms.receipts(midnight())).filter(which);
  const content = JSON.stringify({
    venue: { id: place.id, name: place.name },
    redemptions: receipts.map(({ redemption, reversal }) => ({ ...redemption, reversal })),
  }, null, 2);
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([content], { type: 'application/json' }));
  link.download = `${say('counter-file')}-${new Date().toISOString().slice(0, 10)}-${receipts[0].id.slice(-6)}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function wire() {
  at('offering').addEventListener('change', ({ target }) => choose(target.value));
  at('camera').addEventListener('click', () => openCamera());
  at('close').addEventListener('click', () => {
    closeCamera();
    at('camera').focus();
  });
  at('cameras').addEventListener('change', ({ target }) => openCamera(target.value));
  at('torch').addEventListener('click', async () => {
    const on = at('torch').getAttribute('aria-pressed') !== 'true';
    await camera.torch(on).then(() => at('torch').setAttribute('aria-pressed', String(on)), () => {});
  });
  at('photo').addEventListener('change', async ({ target }) => {
    const [file] = target.files;
    await photo(file);
    target.value = '';
  });
  at('typed').addEventListener('submit', type);
  at('code').addEventListener('input', ({ target }) => page.code(typed(target.value)));
  at('pay').addEventListener('click', pay);
  at('send').addEventListener('click', resume);
  at('download').addEventListener('click', () => download(({ id: one }) => last.includes(one)));
  at('today-download').addEventListener('click', () => download(({ venue }) => venue === place.id));
  at('print').addEventListener('click', () => print());
  at('other-venue').addEventListener('click', chooseVenue);
  at('silent').addEventListener('change', ({ target }) => {
    silent = target.checked;
    rooms.keep('silent', silent);
  });
  listen(scanned, (list, value) => {
    list.value = value;
    if (list === at('offering')) choose(value);
  });
  addEventListener('online', resume);
  addEventListener('offline', () => {
    online = false;
    draw();
  });
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) closeCamera();
    else resume();
  });
}

async function start() {
  rooms = await open();
  outbox = new Outbox(rooms, whoever, moved);
  silent = await rooms.kept('silent') === true;
  at('silent').checked = silent;
  if (!navigator.mediaDevices?.getUserMedia) {
    at('camera').hidden = true;
  }
  wire();
  await begin();
  await rooms.prune();
  // Once all is shown: the reader, then what opens the counter without a connection.
  await reader.load().catch(() => {});
  const worker = `/counter-sw.js?lang=${document.documentElement.lang}`;
  await navigator.serviceWorker?.register(worker, { scope: '/counter' }).catch(() => {});
}

start().catch((error) => {
  at('opening').textContent = say('counter-broken');
  at('opening').className = 'state bad';
  throw error;
});
