// Ids that the counter makes: a noun and a UUID of version 7, as the house prints them.
//
// Promises: `redemption_` and 26 characters of lower-case base 32; new each time. Does not: keep.

const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz';

// Random bytes of the browser.
export const random = (count) => crypto.getRandomValues(new Uint8Array(count));

// An id of this moment, in milliseconds; `chance` is 10 random bytes.
export function id(noun, now, chance = random(10)) {
  const bytes = [];
  for (let place = 5; place >= 0; place -= 1) bytes.push(Math.floor(now / 256 ** place) % 256);
  bytes.push(...chance);
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  let number = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  let text = '';
  for (let place = 0; place < 26; place += 1) {
    text = DIGITS[Number(number & 31n)] + text;
    number >>= 5n;
  }
  return `${noun}_${text}`;
}

// A secret of 256 bits, as a device makes its own: `carnet_` and 52 characters.
export function secret(chance = random(32)) {
  let number = chance.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n) << 4n;
  let text = '';
  for (let place = 0; place < 52; place += 1) {
    text = DIGITS[Number(number & 31n)] + text;
    number >>= 5n;
  }
  return `carnet_${text}`;
}
