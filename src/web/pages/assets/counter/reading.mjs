// What was shown: a voucher's QR code or typed code, however it came in.
//
// Promises: pure; a reading is kept only when it can be a voucher: a typed code when its check
// character agrees, a token when it has its 128 characters and its version. Does not: know whether
// the voucher is genuine or worth anything; the server does.

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TOKEN = 128;
const CODE = 12;

// White space, marks that do not show, and hyphens in all their dress.
const BETWEEN = /[\s\u00ad\u2010-\u2015\u2043\u2212\ufe58\ufe63\uff0d\u200b-\u200f\u2060\ufeff-]/gu;

// The value of one character, forgiving what people and fonts mix up; -1 outside the alphabet.
export function valueOf(character) {
  const upper = character.toUpperCase();
  return ALPHABET.indexOf({ O: '0', I: '1', L: '1' }[upper] ?? upper);
}

// `2·value` in GF(32) modulo x^5 + x^2 + 1.
const double = (value) => (value & 16 ? (value << 1) ^ 37 : value << 1);

// The check state after these values; zero after a whole code.
export const checked = (values) => values.reduce((state, value) => double(state) ^ value, 0);

// The check character of 11 values.
export const checkOf = (values) => ALPHABET[double(checked(values))];

// The text of values, in groups of four.
const grouped = (values) =>
  values.map((value) => ALPHABET[value]).join('').replace(/(.{4})(?=.)/gu, '$1-');

// How far a typed code has come: `empty`, `foreign` (a character that no code has), `partial`,
// `long`, `wrong` (the check character disagrees) or `whole`, with the code as it is printed.
export function typed(text) {
  const marks = [...text.replace(BETWEEN, '')];
  if (marks.length === 0) return { state: 'empty', count: 0 };
  const values = marks.map(valueOf);
  const at = values.indexOf(-1);
  if (at >= 0) return { state: 'foreign', count: marks.length, mark: marks[at] };
  if (marks.length < CODE) return { state: 'partial', count: marks.length };
  if (marks.length > CODE) return { state: 'long', count: marks.length };
  const sound = checked(values) === 0 && values.some((value) => value > 0);
  return sound
    ? { state: 'whole', count: CODE, code: grouped(values) }
    : { state: 'wrong', count: CODE };
}

// The bytes behind 128 characters.
function bytesOf(values) {
  const bytes = new Uint8Array(80);
  let held = 0;
  let bits = 0;
  let at = 0;
  for (const value of values) {
    held = ((held << 5) | value) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes[at] = (held >> bits) & 0xff;
      at += 1;
    }
  }
  return bytes;
}

// The code of 7 bytes: 55 bits in 11 characters, and the check character.
function codeOf(bytes) {
  let number = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const values = new Array(CODE - 1);
  for (let place = CODE - 2; place >= 0; place -= 1) {
    values[place] = Number(number & 31n);
    number >>= 5n;
  }
  return grouped([...values, double(checked(values))]);
}

// What a token says of itself. Unsigned until the server has looked: good for showing which voucher
// it claims to be, and for knowing it again when its code is typed.
function token(text) {
  if (text.length !== TOKEN) return null;
  const values = [...text].map(valueOf);
  if (values.includes(-1)) return null;
  const bytes = bytesOf(values);
  if (bytes[0] >> 4 !== 1) return null;
  const book = new DataView(bytes.buffer).getUint32(2);
  return {
    kind: 'token',
    presented: values.map((value) => ALPHABET[value]).join(''),
    key: codeOf(bytes.subarray(9, 16)),
    serial: `${String(book).padStart(7, '0')}-${String(bytes[6]).padStart(2, '0')}`,
    cents: bytes[7] * 256 + bytes[8],
    specimen: (bytes[0] & 1) === 1,
  };
}

// What a text can be: a token (with or without its address) or a typed code; null for neither.
export function reading(text) {
  const plain = text.replace(/^[\s\u200b-\u200f\u2060\ufeff]+|[\s\u200b-\u200f\u2060\ufeff]+$/gu, '');
  const address = /^https?:\/\/[^/]+\/v\/(.*)$/iu.exec(plain);
  const found = token(address ? address[1] : plain);
  if (found || address) return found;
  const { state, code } = typed(plain);
  return state === 'whole' ? { kind: 'code', presented: code, key: code } : null;
}

// Where the keys of three layouts are, by what a scanner's keyboard sends for each character: the
// position of the key, and `+` before it when Shift is held. Digits and letters first.
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const positions = (moved, marks) => {
  const layout = new Map();
  for (const letter of LETTERS) layout.set(`Key${letter}`, letter);
  // Both ways: with Caps Lock a scanner's Shift turns round, and a digit is meant all the same.
  for (let digit = 0; digit < 10; digit += 1) {
    for (const shift of ['', '+']) {
      layout.set(`${shift}Digit${digit}`, String(digit));
      layout.set(`${shift}Numpad${digit}`, String(digit));
    }
  }
  for (const [at, mark] of Object.entries({ NumpadDivide: '/', Space: ' ', ...marks, ...moved })) {
    layout.set(at, mark);
  }
  return layout;
};
const LAYOUTS = [
  // United States.
  positions({}, { '+Semicolon': ':', Slash: '/', Period: '.', Minus: '-' }),
  // France: a scanner set to it, on a computer that is not.
  positions(
    { KeyQ: 'A', KeyA: 'Q', KeyW: 'Z', KeyZ: 'W', Semicolon: 'M', '+Semicolon': 'M', KeyM: ',' },
    { Period: ':', '+Period': '/', '+Comma': '.', Comma: ';' },
  ),
  // Germany.
  positions({ KeyY: 'Z', KeyZ: 'Y' }, { '+Period': ':', '+Digit7': '/', Period: '.', Slash: '-' }),
];

// A key that was pressed, as one layout has it; letters whatever Shift says.
function under(layout, { code, shift }) {
  return layout.get(shift ? `+${code}` : code) ?? layout.get(code) ?? '\ufffd';
}

// What the keys of a scanner meant: as the computer understood them, else as one of the layouts
// does. `keys` are `{key, code, shift}` of each press that made a character. The first reading that
// can be a voucher is kept: under the right layout its check holds, or its address is one.
export function keyed(keys) {
  const asTyped = reading(keys.map(({ key }) => key).join(''));
  if (asTyped) return asTyped;
  for (const layout of LAYOUTS) {
    const found = reading(keys.map((key) => under(layout, key)).join(''));
    if (found) return found;
  }
  return null;
}

// Whether keys came from a scanner and not from fingers: many, and faster than anybody types.
// `keys` have the moment of each press in milliseconds.
export function isScanned(keys) {
  if (keys.length < 10) return false;
  return (keys.at(-1).at - keys[0].at) / (keys.length - 1) < 45;
}

// Whether a voucher was seen a moment ago: then a camera that still looks at it says nothing.
// Whoever keeps it in view is not told again until it was away for that long.
export function muted(seen, key, now, milliseconds = 5000) {
  const before = seen.get(key);
  seen.set(key, now);
  for (const [known, at] of seen) if (now - at > milliseconds) seen.delete(known);
  return before !== undefined && now - before < milliseconds;
}
