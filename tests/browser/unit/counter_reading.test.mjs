// What was shown at the counter: tokens and codes as the golden files of the house have them, and
// scanners whose keyboard is set to another country.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import {
  checkOf, isScanned, keyed, muted, reading, typed, valueOf,
} from '../../../src/web/pages/assets/counter/reading.mjs';

const golden = JSON.parse(readFileSync(new URL('../../golden/token.json', import.meta.url)));
const tokens = golden.vouchers.map((it) => ({ ...it, text: it.url.split('/').at(-1) }));

test('golden tokens are read, with their code, serial and value', () => {
  assert.ok(tokens.length > 0);
  for (const it of tokens) {
    const found = reading(it.url);
    assert.equal(found.kind, 'token');
    assert.equal(found.presented, it.text);
    assert.equal(found.key, it.code);
    assert.equal(found.serial, it.serial);
    assert.equal(found.cents, it.face_value_cents);
    assert.equal(found.specimen, it.specimen);
    assert.deepEqual(reading(` ${it.url.toLowerCase()}\r\n`), found, 'in small letters');
    assert.deepEqual(reading(it.text), found, 'without its address');
    assert.equal(reading(it.url.slice(0, -1)), null);
    assert.equal(reading(it.code).key, found.key, 'the code of the same voucher');
  }
});

test('a code is read as people type it', () => {
  const { code } = tokens[0];
  const bare = code.replaceAll('-', '');
  for (const text of [code, bare, bare.toLowerCase(), ` ${bare.slice(0, 5)} ${bare.slice(5)} `,
    code.replaceAll('-', '\u2011'), code.replaceAll('0', 'O').replaceAll('1', 'l')]) {
    assert.equal(reading(text)?.presented, code, text);
  }
});

test('every wrong character and every swap is noticed', () => {
  const symbols = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
  for (const { code } of tokens) {
    const bare = code.replaceAll('-', '');
    assert.equal(checkOf([...bare].slice(0, 11).map(valueOf)), bare[11]);
    for (let at = 0; at < bare.length; at += 1) {
      for (const other of symbols) {
        if (other === bare[at]) continue;
        const wrong = bare.slice(0, at) + other + bare.slice(at + 1);
        assert.equal(typed(wrong).state, 'wrong', wrong);
      }
      for (const next of [1, 2]) {
        if (at + next >= bare.length || bare[at] === bare[at + next]) continue;
        const swapped = [...bare];
        [swapped[at], swapped[at + next]] = [swapped[at + next], swapped[at]];
        assert.equal(typed(swapped.join('')).state, 'wrong');
      }
    }
  }
});

test('how far a typed code has come', () => {
  const { code } = tokens[0];
  assert.deepEqual(typed(''), { state: 'empty', count: 0 });
  assert.deepEqual(typed('7q'), { state: 'partial', count: 2 });
  assert.deepEqual(typed('7q!'), { state: 'foreign', count: 3, mark: '!' });
  assert.deepEqual(typed('u'), { state: 'foreign', count: 1, mark: 'u' });
  assert.equal(typed(`${code}0`).state, 'long');
  assert.deepEqual(typed(code), { state: 'whole', count: 12, code });
  assert.equal(typed('0'.repeat(12)).state, 'wrong', 'no code is zero');
});

test('what is no voucher is none', () => {
  for (const text of ['', 'https://exemple.fr/', 'HTTPS://PASS.EXEMPLE.FR/B/0000012', 'WIFI:S:x;;',
    `HTTPS://H/V/${'0'.repeat(128)}`, 'A'.repeat(128)]) {
    assert.equal(reading(text), null, text);
  }
});

// A keyboard: where each character is (`+` for Shift), by the country that it is set to.
const letters = (moved) => Object.fromEntries([...'ABCDEFGHIJKLMNOPQRSTUVWXYZ']
  .map((letter) => [letter, `+${moved[letter] ?? `Key${letter}`}`]));
const digits = (shift) => Object.fromEntries([...'0123456789'].map((it) => [it, `${shift}Digit${it}`]));
const KEYBOARDS = {
  us: { ...letters({}), ...digits(''), ':': '+Semicolon', '/': 'Slash', '.': 'Period', '-': 'Minus' },
  fr: {
    ...letters({ A: 'KeyQ', Q: 'KeyA', W: 'KeyZ', Z: 'KeyW', M: 'Semicolon' }), ...digits('+'),
    ':': 'Period', '/': '+Period', '.': '+Comma', '-': 'Digit6',
  },
  de: {
    ...letters({ Y: 'KeyZ', Z: 'KeyY' }), ...digits(''),
    ':': '+Period', '/': '+Digit7', '.': 'Period', '-': 'Slash',
  },
};
// What a computer set to a country makes of a key.
const seenBy = (country, at) =>
  Object.entries(KEYBOARDS[country]).find(([, place]) => place === at)?.[0] ?? '\u00a7';
const typedBy = (scanner, computer, text) => [...text].map((character, place) => {
  const at = KEYBOARDS[scanner][character];
  const shift = at.startsWith('+');
  return { key: seenBy(computer, at), code: shift ? at.slice(1) : at, shift, at: place * 8 };
});

test('a scanner is understood whatever country it and the computer are set to', () => {
  for (const scanner of Object.keys(KEYBOARDS)) {
    for (const computer of Object.keys(KEYBOARDS)) {
      for (const it of tokens) {
        const url = it.url.toUpperCase().replaceAll('_', '-');
        assert.equal(keyed(typedBy(scanner, computer, url))?.presented, it.text, `${scanner} ${computer}`);
        const code = keyed(typedBy(scanner, computer, it.code));
        // A code under the wrong layout passes its check one time in 32; then the server asks.
        if (scanner === computer) assert.equal(code.presented, it.code);
        else if (code) assert.equal(code.kind, 'code');
      }
    }
  }
});

test('the wrong layout alone would have read something else', () => {
  const keys = typedBy('fr', 'us', tokens[0].url.toUpperCase());
  assert.equal(reading(keys.map(({ key }) => key).join('')), null, 'a negative control');
  assert.equal(keyed(keys.map((key) => ({ ...key, code: '' }))), null);
});

test('a scanner is told from fingers', () => {
  assert.ok(isScanned(typedBy('us', 'us', 'HTTPS://H/V/0123')));
  assert.ok(!isScanned(typedBy('us', 'us', 'ABC')), 'too few');
  assert.ok(!isScanned(typedBy('us', 'us', 'ABCDEFGHJKMN').map((key, at) => ({ ...key, at: at * 120 }))));
});

test('a voucher in view is told once, and again after it was away', () => {
  const seen = new Map();
  assert.equal(muted(seen, 'a', 0), false);
  for (let now = 100; now < 20_000; now += 1000) assert.equal(muted(seen, 'a', now), true);
  assert.equal(muted(seen, 'b', 19_200), false);
  assert.equal(muted(seen, 'a', 24_200), false, 'five seconds later');
});
