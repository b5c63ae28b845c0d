// The reader that is kept is the one that was published.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';

const folder = new URL('../../../src/web/pages/assets/counter/reader/', import.meta.url);
const read = (name) => readFileSync(new URL(name, folder));

test('both packings hold the WebAssembly that its script names', () => {
  const [, named] = /ZXING_WASM_SHA256=[`'"]([0-9a-f]{64})/u.exec(read('zxing.js').toString());
  for (const plain of [brotliDecompressSync(read('zxing.wasm.br')), gunzipSync(read('zxing.wasm.gz'))]) {
    assert.equal(createHash('sha256').update(plain).digest('hex'), named);
  }
  assert.ok(read('README.md').toString().includes(named));
});
