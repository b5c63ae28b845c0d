// Pairs: this browser becomes a device of a venue.
//
// Promises: the code leaves the address at once; the secret is made here and kept before anything
// is sent, so that a lost answer is asked for again; an outbox of before is never thrown away.

import { secret } from './id.mjs';
import { speaker } from './say.mjs';
import { ask } from './send.mjs';
import { open } from './store.mjs';

const table = JSON.parse(document.getElementById('counter-words').textContent);
const { say, count } = speaker(table, table.language);
const at = (id) => document.getElementById(`counter-${id}`);

function tell(look, text) {
  at('pair-state').className = `state ${look}`;
  at('pair-state').textContent = text;
  at('pair-state').hidden = false;
}

// Whether a pairing can be asked for once more: no answer came, or too many ask just now.
const again = (answer) => !answer || answer.status === 429 || answer.status >= 500;

async function pair(rooms, pairing) {
  const kept = await rooms.kept('pairing');
  const key = kept?.pairing === pairing ? kept.key : secret();
  await rooms.keep('pairing', { pairing, key });
  tell('wait', say('counter-pair-asking'));
  const answer = await ask(null, 'POST', '/devices', { pairing, secret: key });
  if (again(answer)) return tell('wait', say('counter-pair-away'));
  if (answer.status !== 200 && answer.status !== 201) {
    await rooms.forget('pairing');
    at('pair').hidden = true;
    const { code, state } = answer.body ?? {};
    if (code === 'differs') return tell('bad', say('counter-pair-used'));
    if (state === 'pairing-expired') return tell('bad', say('counter-pair-expired'));
    return tell('bad', say('counter-pair-wrong'));
  }
  const { id, venue_id: venue } = answer.body;
  await rooms.keep('device', { id, venue_id: venue, key });
  await rooms.forget('pairing');
  navigator.storage?.persist?.();
  at('pair').hidden = true;
  tell('good', say('counter-pair-done'));
  at('pair-go').hidden = false;
  at('pair-go').querySelector('a').focus();
}

async function begin() {
  const rooms = await open();
  const shown = decodeURIComponent(location.hash.slice(1));
  // The code is good for one device: it stays neither in the history nor on the screen.
  if (shown) history.replaceState(null, '', location.pathname + location.search);
  const kept = await rooms.kept('pairing');
  const pairing = shown || kept?.pairing;
  if (!pairing) {
    tell('bad', say('counter-pair-nothing'));
    return;
  }
  if (shown) await rooms.keep('pairing', kept?.pairing === shown ? kept : { pairing: shown, key: secret() });
  const device = await rooms.kept('device');
  const waiting = (await rooms.outbox()).filter(({ problem }) => !problem).length;
  if (device || waiting > 0) {
    at('pair-before').textContent = waiting > 0
      ? count('counter-pair-waiting', waiting) : say('counter-pair-before');
    at('pair-before').hidden = false;
  }
  at('pair').hidden = false;
  at('pair-do').addEventListener('click', async () => {
    at('pair-do').disabled = true;
    try {
      await pair(rooms, pairing);
    } finally {
      at('pair-do').disabled = false;
    }
  });
}

begin().catch(() => tell('bad', say('counter-broken')));
