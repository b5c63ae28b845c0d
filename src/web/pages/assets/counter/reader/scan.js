// Finds QR codes in pictures, apart from the page, so that it stays quick under the finger.
//
// Promises: answers each picture with the texts in it. Does not: know what a voucher is, or send.

/* global ZXingWASM, importScripts */
importScripts(new URL('zxing.js', self.location).href);

ZXingWASM.prepareZXingModule({
  overrides: { locateFile: () => new URL('zxing.wasm', self.location).href },
  fireImmediately: true,
}).then(
  () => self.postMessage({ ready: true }),
  (error) => self.postMessage({ broken: String(error) }),
);

// A frame of the camera: quick, another one comes. A still: all that is in it.
const QUICK = { formats: ['QRCode'], tryHarder: true, tryInvert: false, maxNumberOfSymbols: 12 };
const STILL = { ...QUICK, maxNumberOfSymbols: 60 };

async function texts(image, options) {
  const found = await ZXingWASM.readBarcodes(image, options);
  return found.filter(({ isValid }) => isValid).map(({ text }) => text);
}

// A part of a picture.
function part({ data, width }, left, top, wide, high) {
  const pixels = new Uint8ClampedArray(wide * high * 4);
  for (let line = 0; line < high; line += 1) {
    const from = ((top + line) * width + left) * 4;
    pixels.set(data.subarray(from, from + wide * 4), line * wide * 4);
  }
  return new ImageData(pixels, wide, high);
}

// A still as a whole, then in overlapping parts: what is small in a large picture is large there.
async function still(image) {
  const found = new Set(await texts(image, STILL));
  const [across, down] = image.width >= image.height ? [3, 2] : [2, 3];
  const wide = Math.floor(image.width / (across * 0.5 + 0.5));
  const high = Math.floor(image.height / (down * 0.5 + 0.5));
  for (let row = 0; row < down; row += 1) {
    for (let column = 0; column < across; column += 1) {
      const left = Math.floor((column * wide) / 2);
      const top = Math.floor((row * high) / 2);
      const piece = part(image, left, top, wide, high);
      for (const text of await texts(piece, STILL)) found.add(text);
    }
  }
  return [...found];
}

self.onmessage = async ({ data: { job, image, whole } }) => {
  try {
    self.postMessage({ job, texts: whole ? await still(image) : await texts(image, QUICK) });
  } catch (error) {
    self.postMessage({ job, texts: [], failed: String(error) });
  }
};
