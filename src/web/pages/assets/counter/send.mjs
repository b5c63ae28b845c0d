// Sends: what the counter asks of the server, and the outbox until it is empty.
//
// Promises: a record is marked as tried before it is sent, and sent again with the same id until an
// answer came: the server answers the same id alike for ever. One tab sends at a time. What is told
// to wait, waits. Does not: decide what an answer means, or draw.

import { batch, isLater, needsPerson, patience, request, settled } from './decide.mjs';

// How long an answer is waited for: to what is written, and to what is only looked at.
const SECONDS = 20;
const SHORT = 8;
const API = '/api/v1';

// Asks the server: `{status, body, wait}`, or null when no answer came.
export async function ask(who, method, path, body, seconds = SECONDS) {
  const headers = { accept: 'application/json', ...who?.headers };
  if (body !== undefined) headers['content-type'] = 'application/json';
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), seconds * 1000);
  try {
    const answer = await fetch(API + path, {
      method, headers, signal: stop.signal, cache: 'no-store',
      credentials: who?.key ? 'omit' : 'same-origin',
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    const wait = Number(answer.headers.get('retry-after')) || 0;
    return { status: answer.status, body: parsed(text), wait };
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

// Where somebody works: `{kind, headers, key, name, venues}`; `why` says what is missing when it is
// nobody, and `away` that no answer came.
export async function whoIs(device) {
  if (device) return asDevice(device);
  const session = await ask(null, 'GET', '/sessions/current', undefined, SHORT);
  if (!session || isAway(session)) return { away: true };
  if (session.status !== 200) return { why: 'nobody' };
  const { standing, csrf, membership_id: chosen, memberships, name } = session.body;
  if (standing !== 'open') return { why: 'waiting' };
  const membership = memberships.find(({ id }) => id === chosen);
  const who = { kind: membership?.role, name, headers: { 'carnet-csrf': csrf } };
  const counts = ({ role }) => ['venue', 'venue-counter', 'structure'].includes(role);
  if (!membership || !counts(membership)) return { why: memberships.some(counts) ? 'choose' : 'other' };
  if (who.kind === 'venue' || who.kind === 'venue-counter') {
    return { ...who, venues: [membership.venue_id] };
  }
  const listed = await ask(who, 'GET', '/venues');
  if (!listed || listed.status !== 200) return { away: true };
  const own = listed.body.filter((it) => it.structure_id === membership.organisation_id);
  return { ...who, venues: own.map(({ id }) => id), named: own };
}

// A paired device: the server is asked about its venue, later, with the same key.
function asDevice({ key, venue_id: venue }) {
  return { kind: 'device', key, headers: { authorization: `Bearer ${key}` }, venues: [venue] };
}

const isAway = ({ status, body }) => status >= 500 || (status !== 200 && !body?.code);

// A venue's name, services and state.
export const venue = (who, id) => ask(who, 'GET', `/venues/${id}`, undefined, SHORT);

// Checks a voucher; a session that has moved on is read again once.
export const check = (outbox, presented, venueId, offering) =>
  outbox.asked('POST', '/voucher-checks', { presented, venue_id: venueId, offering }, SHORT);

// The outbox of this browser.
export class Outbox {
  #rooms;
  #who = null;
  #again;
  #tell;
  #timer = null;
  #failures = 0;
  #most = 100;

  // `again` finds out anew who asks; `tell` hears of everything that changed:
  // `{sending}`, `{paid, refused}`, `{undone}`, or `{rested, away, person}` when it is to wait.
  constructor(rooms, again, tell) {
    this.#rooms = rooms;
    this.#again = again;
    this.#tell = tell;
  }

  // From now on this one asks.
  for(who) {
    this.#who = who;
  }

  // Asks; when the session was renewed elsewhere, its new token is read and it is asked once more.
  async asked(method, path, body, seconds) {
    const answer = await ask(this.#who, method, path, body, seconds);
    if (answer?.body?.code !== 'foreign-origin') return answer;
    const who = await this.#again();
    if (!who?.headers) return answer;
    this.#who = who;
    return ask(who, method, path, body, seconds);
  }

  // Sends what waits for a venue, as long as something moves; one tab at a time.
  async flush(venueId) {
    clearTimeout(this.#timer);
    if (!this.#who || this.#who.stale || !venueId) return;
    this.#most = 100;
    const work = () => this.#work(venueId);
    const wait = navigator.locks
      ? await navigator.locks.request('carnet-outbox', { ifAvailable: true },
        (lock) => (lock ? work() : 2000))
      : await work();
    if (wait > 0) this.#timer = setTimeout(() => this.flush(venueId), wait);
  }

  // Sends until nothing is left (0) or the server is to be left alone for so many milliseconds.
  async #work(venueId) {
    for (;;) {
      const outbox = await this.#rooms.outbox();
      const records = batch(outbox, venueId, this.#most);
      const [reversal] = outbox.filter((it) => it.deed === 'reversal' && !it.problem
        && it.venue === venueId);
      if (records.length === 0 && !reversal) return 0;
      const sent = records.length > 0 ? records : [reversal];
      const tried = sent.map((it) => ({ ...it, tries: it.tries + 1 }));
      await this.#rooms.post(tried);
      this.#tell({ sending: tried.length });
      const answer = records.length > 0
        ? await this.asked('POST', '/redemption-batches', { redemptions: records.map(request) })
        : await this.asked('PUT', `/redemptions/${reversal.id}/reversal`);
      const wait = records.length > 0
        ? await this.#redeemed(tried, answer) : await this.#reversed(tried[0], answer);
      if (wait > 0) return wait;
      this.#failures = 0;
    }
  }

  // What a batch was answered.
  async #redeemed(tried, answer) {
    if (!answer || isLater(answer)) return this.#later(answer);
    if (answer.status !== 200 && tried.length > 1) {
      // The batch is refused as a whole: one after the other shows which of them is the reason.
      this.#most = 1;
      return 0;
    }
    if (answer.status !== 200) {
      const refused = tried.map((it) => ({ ...it, problem: answer.body }));
      await this.#rooms.settle({ paid: [], refused });
      this.#tell({ paid: [], refused });
      return 0;
    }
    const results = Array.isArray(answer.body.results) ? answer.body.results : [];
    const { paid, refused } = settled(tried, results);
    await this.#rooms.settle({ paid, refused });
    this.#tell({ paid, refused });
    if (paid.length + refused.length === tried.length) return 0;
    const waits = results.map(({ problem }) => problem?.retry_after_seconds ?? 0);
    return this.#later({ wait: Math.max(0, ...waits), body: null });
  }

  // What an undoing was answered.
  async #reversed(record, answer) {
    if (!answer || isLater(answer)) return this.#later(answer);
    if (answer.status !== 200 && answer.status !== 201) {
      const refused = [{ ...record, problem: answer.body }];
      await this.#rooms.settle({ paid: [], refused });
      this.#tell({ paid: [], refused });
      return 0;
    }
    const receipt = await this.#rooms.receipt(record.id);
    const undone = { ...(receipt ?? { id: record.id, venue: record.venue, at: record.at }),
      undone: Date.now(), reversal: answer.body };
    await this.#rooms.undone(undone);
    this.#tell({ undone });
    return 0;
  }

  // How long to leave the server alone; says whether it was away, or a person is needed first.
  #later(answer) {
    this.#failures += 1;
    const wait = patience(this.#failures, answer?.wait ?? 0);
    this.#tell({ rested: wait, away: !answer, person: answer ? needsPerson(answer) : false });
    return wait;
  }
}
