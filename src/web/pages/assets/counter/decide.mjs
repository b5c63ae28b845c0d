// Decides: the basket, what an answer means, and how each outcome looks, sounds and is said.
//
// Promises: pure; money is counted once a voucher; what the server has not said is never called
// redeemed. Does not: store, send or draw.

// A voucher that was shown, as it comes into the basket. `id` names its redemption from the first
// moment on, so that whatever is sent twice is one redemption.
// It belongs to the venue where it was shown: whoever works elsewhere next does not see it.
export function row(reading, id, venue, now) {
  const { kind, presented, key, serial = null, cents = null } = reading;
  return { key, id, venue, kind, presented, serial, cents, state: 'asking', problem: null, at: now };
}

// Whether a voucher is in the basket: by what was read, or by the serial that the server told.
export function inBasket(rows, { key, serial }) {
  return rows.find((it) => it.key === key || (serial && it.serial === serial)) ?? null;
}

// The row after an answer to its check: `{status, body}`, or null when none came.
export function answered(it, answer) {
  if (!answer || isLater(answer)) return { ...it, state: 'unsure', problem: answer?.body ?? null };
  if (answer.status === 200) {
    const { voucher, amount, accepted_until: until } = answer.body;
    return { ...it, state: 'good', serial: voucher, cents: amount.cents, until, problem: null };
  }
  return { ...it, state: 'refused', problem: answer.body };
}

// The rows that a confirmation redeems: good ones, and those that nobody could ask about yet.
export const payable = (rows) => rows.filter(({ state }) => state === 'good' || state === 'unsure');

// What they are worth together, in cents; a typed code that was not checked has no value yet.
export const total = (rows) => payable(rows).reduce((sum, { cents }) => sum + (cents ?? 0), 0);

// Codes after which the same request may be answered otherwise, once something was done about it.
const LATER = [
  'not-signed-in', 'foreign-origin', 'second-factor-needed', 'membership-needed', 'rate-limited',
  'held', 'signer-away', 'busy', 'outcome-unknown', 'fault', 'too-large',
];

// Whether an answer is none yet: it is asked again, with the same id.
export function isLater({ status, body }) {
  // Cut off within, it is no answer; nor is what a proxy or a captive portal says for us.
  if (status >= 200 && status < 300) return typeof body !== 'object' || body === null;
  return typeof body?.code !== 'string' || status >= 500 || LATER.includes(body.code);
}

// Whether somebody has to sign in (again) before anything is answered.
const WHO = ['not-signed-in', 'second-factor-needed', 'membership-needed'];
export const needsPerson = ({ body }) => WHO.includes(body?.code);

// What is written into the outbox for a basket, at one moment.
export function outgoing(rows, { venue, offering, now }) {
  return payable(rows).map((it) => ({
    key: `${it.id}/redemption`, deed: 'redemption', id: it.id, venue, offering,
    presented: it.presented, serial: it.serial, cents: it.cents, at: now, tries: 0,
    occurred_at: new Date(now).toISOString(),
  }));
}

// The undoing of a redemption that was acknowledged.
export function undoing(receipt, now) {
  const { id, venue, serial, cents } = receipt;
  return { key: `${id}/reversal`, deed: 'reversal', id, venue, serial, cents, at: now, tries: 0 };
}

// What a batch takes of the outbox: the oldest of one venue, `most` at a time.
export function batch(outbox, venue, most = 100) {
  const mine = outbox.filter((it) => it.deed === 'redemption' && it.venue === venue && !it.problem);
  return mine.sort((one, other) => one.at - other.at || (one.key < other.key ? -1 : 1)).slice(0, most);
}

// What goes into a request.
export const request = ({ id, presented, venue, offering, occurred_at: at }) =>
  ({ id, presented, venue_id: venue, offering, occurred_at: at });

// What becomes of records of the outbox when results came: `paid` are receipts, `refused` stay to
// be read, all others wait on. What has no result waits: its answer may have been lost.
export function settled(records, results) {
  const paid = [];
  const refused = [];
  for (const record of records) {
    const result = results.find(({ id }) => id === record.id);
    if (!result) continue;
    if (result.status === 200 || result.status === 201) {
      const { redemption } = result;
      paid.push({
        id: record.id, venue: redemption.venue_id, serial: redemption.voucher,
        offering: redemption.offering, cents: redemption.amount.cents,
        at: Date.parse(redemption.redeemed_at), redemption, undone: null,
      });
    } else if (!isLater({ status: result.status, body: result.problem })) {
      refused.push({ ...record, problem: result.problem });
    }
  }
  return { paid, refused };
}

// How long to wait before asking again, in milliseconds: as told, else longer each time.
export function patience(tries, told, chance = Math.random()) {
  if (told > 0) return told * 1000;
  return Math.min(60_000, 1000 * 2 ** Math.min(tries, 6)) * (0.75 + chance / 2);
}

// How each outcome looks (a class), sounds (notes: hertz, from, for; in milliseconds) and shakes.
export const OUTCOMES = {
  good: { look: 'good', mark: '✓', notes: [[880, 0, 90], [1320, 90, 140]], shake: [60] },
  unsure: { look: 'wait', mark: '…', notes: [[660, 0, 90], [660, 150, 90]], shake: [60, 60, 60] },
  again: { look: 'wait', mark: '=', notes: [[520, 0, 120]], shake: [30] },
  strange: { look: 'wait', mark: '?', notes: [[300, 0, 180]], shake: [90] },
  refused: { look: 'bad', mark: '✗', notes: [[220, 0, 220], [165, 240, 320]], shake: [200, 80, 200] },
  paid: { look: 'good', mark: '✓', notes: [[660, 0, 90], [880, 100, 90], [1320, 200, 220]], shake: [60, 60, 160] },
  undone: { look: 'good', mark: '↶', notes: [[880, 0, 90], [660, 100, 160]], shake: [60] },
};
