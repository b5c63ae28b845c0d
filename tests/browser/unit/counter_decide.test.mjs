// What the counter decides: the basket, and what becomes of what was sent.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  answered, batch, inBasket, isLater, needsPerson, outgoing, patience, payable, row, settled, total,
} from '../../../src/web/pages/assets/counter/decide.mjs';
import { id, secret } from '../../../src/web/pages/assets/counter/id.mjs';
import { speaker } from '../../../src/web/pages/assets/counter/say.mjs';

const token = (serial, cents = 1000) => ({ kind: 'token', presented: `T${serial}`, key: serial, serial, cents });
const good = (voucher, cents = 1000) =>
  ({ status: 200, body: { voucher, amount: { cents, currency: 'EUR' }, accepted_until: '2027-04-22' } });
const no = (status, code, more = {}) => ({ status, body: { code, ...more } });

test('a basket counts what is good and what nobody could ask about, each once', () => {
  const first = answered(row(token('1-01'), 'redemption_a', 'venue_x', 1), good('1-01'));
  const second = answered(row(token('1-02', 1500), 'redemption_b', 'venue_x', 2), null);
  const third = answered(row(token('1-03'), 'redemption_c', 'venue_x', 3), no(409, 'voucher-blocked'));
  const asking = row(token('1-04'), 'redemption_d', 'venue_x', 4);
  const rows = [first, second, third, asking];
  assert.deepEqual(rows.map(({ state }) => state), ['good', 'unsure', 'refused', 'asking']);
  assert.deepEqual(payable(rows).map((it) => it.id), ['redemption_a', 'redemption_b']);
  assert.equal(total(rows), 2500);
  assert.equal(inBasket(rows, token('1-02')), second);
  assert.equal(inBasket(rows, { key: 'ABCD', serial: '1-01' }), first, 'by its serial');
  assert.equal(inBasket(rows, { key: 'ABCD', serial: null }), null);
});

test('a code has no value before it was checked', () => {
  const it = row({ kind: 'code', presented: 'X', key: 'X' }, 'redemption_a', 'venue_x', 1);
  assert.equal(total([answered(it, null)]), 0);
  assert.equal(total([answered(it, good('1-01', 2500))]), 2500);
});

test('what is sent has its id from the basket, its time and its place', () => {
  const rows = [answered(row(token('1-01'), 'redemption_a', 'venue_x', 1), good('1-01'))];
  const [record] = outgoing(rows, { venue: 'venue_x', offering: 'o', now: 1_763_805_600_000 });
  assert.equal(record.key, 'redemption_a/redemption');
  assert.equal(record.occurred_at, '2025-11-22T10:00:00.000Z');
  assert.deepEqual([record.venue, record.offering, record.tries], ['venue_x', 'o', 0]);
});

test('an answer is one only when it is ours and for good', () => {
  assert.ok(!isLater({ status: 201, body: {} }));
  assert.ok(!isLater(no(409, 'voucher-already-redeemed')));
  for (const answer of [no(503, 'outcome-unknown'), no(503, 'busy'), no(429, 'rate-limited'),
    no(401, 'not-signed-in'), no(403, 'foreign-origin'), no(403, 'second-factor-needed'),
    no(500, 'fault'), { status: 502, body: null }, { status: 404, body: null },
    { status: 302, body: null }, { status: 200, body: null }, { status: 201, body: 'Bienvenue' }, no(504, 'whatever')]) {
    assert.ok(isLater(answer), JSON.stringify(answer));
  }
  assert.ok(needsPerson(no(401, 'not-signed-in')) && !needsPerson(no(429, 'rate-limited')));
});

test('what has no answer stays in the outbox; what has one leaves it once', () => {
  const record = (name) => ({ key: `${name}/redemption`, deed: 'redemption', id: name, venue: 'v', at: 1, tries: 1 });
  const records = ['a', 'b', 'c', 'd', 'e'].map(record);
  const redemption = {
    venue_id: 'v', voucher: '1-01', offering: 'o', amount: { cents: 1000 },
    redeemed_at: '2026-11-22T10:00:00.000Z',
  };
  const { paid, refused } = settled(records, [
    { id: 'b', status: 200, redemption }, { id: 'a', status: 201, redemption },
    { id: 'c', status: 409, problem: { code: 'voucher-already-redeemed' } },
    { id: 'd', status: 503, problem: { code: 'outcome-unknown' } },
  ]);
  assert.deepEqual(paid.map((it) => it.id), ['a', 'b'], 'by id, not by place');
  assert.deepEqual(refused.map((it) => [it.id, it.problem.code]), [['c', 'voucher-already-redeemed']]);
});

test('a batch has the oldest of one venue, a hundred at most, and nothing that was refused', () => {
  const outbox = Array.from({ length: 250 }, (_, at) => ({
    key: String(at), deed: at % 50 === 0 ? 'reversal' : 'redemption', id: String(at),
    venue: at % 2 ? 'v' : 'w', at: 1000 - at, problem: at === 249 ? { code: 'x' } : undefined,
  }));
  const taken = batch(outbox, 'v');
  assert.equal(taken.length, 100);
  assert.equal(taken[0].id, '247', 'the oldest that was not refused');
  assert.ok(taken.every(({ venue, deed, problem }) => venue === 'v' && deed === 'redemption' && !problem));
  assert.equal(batch(outbox, 'v', 1).length, 1);
});

test('patience grows, ends at a minute, and does as it is told', () => {
  const waits = [1, 2, 3, 6, 60].map((tries) => patience(tries, 0, 0.5));
  assert.deepEqual(waits, [2000, 4000, 8000, 60_000, 60_000]);
  assert.equal(patience(9, 7), 7000);
});

test('ids and secrets are as the house writes them', () => {
  // The pair of the TypeID specification.
  const bytes = (hex) => Uint8Array.from(hex.match(/../gu), (pair) => Number.parseInt(pair, 16));
  const now = Number.parseInt('01890a5dac96', 16);
  assert.equal(id('venue', now, bytes('774bbcceb302099a8057')), 'venue_01h455vb4pex5vsknk084sn02q');
  assert.match(id('redemption', Date.now()), /^redemption_0[0-9a-hjkmnp-tv-z]{25}$/u);
  assert.notEqual(id('redemption', now), id('redemption', now));
  assert.equal(secret(new Uint8Array(32)), `carnet_${'0'.repeat(52)}`);
  assert.match(secret(), /^carnet_[0-9a-hjkmnp-tv-z]{51}[0g]$/u);
});

test('amounts, days and refusals are said as people say them', () => {
  const refusals = {
    used: { title: 'Used', advice: 'Once.', told: 'On {day} at {time}.', here: 'Here on {day} at {time}.' },
  };
  const table = { words: { 'a-one': '{count} voucher', 'a-many': '{count} vouchers' }, offerings: {}, refusals };
  const [english, french] = ['en', 'fr'].map((language) => speaker(table, language));
  assert.deepEqual([1000, 1250, 125_005].map(english.amount), ['€10', '€12.50', '€1,250.05']);
  assert.deepEqual([1000, 1250, 125_005].map((it) => french.amount(it).replaceAll('\u202f', ' ')),
    ['10 €', '12,50 €', '1 250,05 €']);
  assert.deepEqual([english.day('2026-03-01'), french.day('2026-03-01')], ['1 March 2026', '1er mars 2026']);
  assert.deepEqual([0, 1, 2].map((it) => english.count('a', it)), ['0 vouchers', '1 voucher', '2 vouchers']);
  assert.equal(french.count('a', 0), '0 voucher', 'French counts nothing as one');
  const said = (problem) => english.refused({ code: 'used', ...problem }).advice;
  const at = '2026-10-04T12:00:00.000Z';
  assert.equal(said({}), 'Once.');
  assert.match(said({ redeemed_at: at }), /^On 4 October 2026 at \d\d:00\.$/u);
  assert.match(said({ redeemed_at: at, same_venue: true }), /^Here on/u);
});
