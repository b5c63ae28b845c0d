// Reads: QR codes from the camera and from photos.
//
// Promises: pictures leave the page for its own worker only, never the device; the camera is let go
// when it is closed, hidden or asked for by another page. Does not: know what a text means.

// The longest side of a frame and of a photo, in pixels. A voucher is 25 mm wide; ten of them lie
// on a sheet, so that each has some 270 pixels of a photo.
const FRAME = 1280;
const PHOTO = 3264;
// How long between two frames, in milliseconds.
const PAUSE = 90;

// Who finds codes in pictures: the browser itself where it can, else our reader in a worker.
export class Reader {
  #folder;
  #worker = null;
  #native;
  #jobs = new Map();
  #last = 0;
  #ready = null;

  // `folder` is the address of the reader's files.
  constructor(folder) {
    this.#folder = folder;
  }

  // Loads what is needed; resolves when pictures are read.
  load() {
    this.#ready ??= this.#begin().catch((error) => {
      this.#ready = null;
      throw error;
    });
    return this.#ready;
  }

  async #begin() {
    const formats = await globalThis.BarcodeDetector?.getSupportedFormats?.().catch(() => []);
    if (formats?.includes('qr_code')) this.#native = new BarcodeDetector({ formats: ['qr_code'] });
    await new Promise((resolve, reject) => {
      const worker = new Worker(`${this.#folder}/scan.js`);
      worker.onerror = () => reject(new Error('the reader does not load'));
      worker.onmessage = ({ data }) => {
        if (data.ready) resolve();
        else if (data.broken) reject(new Error(data.broken));
        else this.#done(data);
      };
      this.#worker = worker;
    });
  }

  #done({ job, texts }) {
    this.#jobs.get(job)?.(texts);
    this.#jobs.delete(job);
  }

  #ask(image, whole) {
    this.#last += 1;
    const job = this.#last;
    return new Promise((resolve) => {
      this.#jobs.set(job, resolve);
      this.#worker.postMessage({ job, image, whole }, [image.data.buffer]);
    });
  }

  // The texts in a frame of a playing video.
  async frame(video) {
    if (this.#native) {
      try {
        const found = await this.#native.detect(video);
        return found.map(({ rawValue }) => rawValue);
      } catch {
        // Some devices offer it and cannot: then our own reader does it, from now on.
        this.#native = null;
      }
    }
    return this.#ask(pixels(video, video.videoWidth, video.videoHeight, FRAME), false);
  }

  // The texts in a photo.
  async photo(file) {
    const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
    try {
      return await this.#ask(pixels(bitmap, bitmap.width, bitmap.height, PHOTO), true);
    } finally {
      bitmap.close();
    }
  }
}

const sheet = document.createElement('canvas');

// The pixels of a picture, no larger than needed.
function pixels(source, width, height, most) {
  const scale = Math.min(1, most / Math.max(width, height));
  sheet.width = Math.round(width * scale);
  sheet.height = Math.round(height * scale);
  const context = sheet.getContext('2d', { willReadFrequently: true });
  context.imageSmoothingQuality = 'high';
  context.drawImage(source, 0, 0, sheet.width, sheet.height);
  return context.getImageData(0, 0, sheet.width, sheet.height);
}

// The camera in a video element.
export class Camera {
  #video;
  #reader;
  #found;
  #stream = null;
  #turn = 0;

  // `found` hears the texts of each frame that has some.
  constructor(video, reader, found) {
    this.#video = video;
    this.#reader = reader;
    this.#found = found;
  }

  get isOpen() {
    return this.#stream !== null;
  }

  // Opens a camera: the one that is named, else one that looks away from the person.
  async open(deviceId) {
    this.close();
    const size = { width: { ideal: 1920 }, height: { ideal: 1080 } };
    const which = deviceId ? { deviceId: { exact: deviceId } } : { facingMode: 'environment' };
    const stream = await navigator.mediaDevices.getUserMedia({ video: { ...which, ...size } });
    this.#stream = stream;
    this.#turn += 1;
    this.#video.srcObject = stream;
    await this.#video.play();
    await this.#focus();
    this.#look(this.#turn);
  }

  // Lets the camera go.
  close() {
    this.#turn += 1;
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    this.#video.srcObject = null;
  }

  get #track() {
    return this.#stream?.getVideoTracks()[0];
  }

  // Sharp at every distance, where the camera can be told.
  async #focus() {
    const able = this.#track?.getCapabilities?.() ?? {};
    if (!able.focusMode?.includes('continuous')) return;
    await this.#track.applyConstraints({ advanced: [{ focusMode: 'continuous' }] }).catch(() => {});
  }

  // Whether it has a light.
  get hasTorch() {
    return this.#track?.getCapabilities?.().torch === true;
  }

  // Turns the light on or off.
  async torch(on) {
    await this.#track?.applyConstraints({ advanced: [{ torch: on }] });
  }

  // Its name for the browser.
  get deviceId() {
    return this.#track?.getSettings?.().deviceId ?? '';
  }

  // All cameras, once one of them was permitted: `{deviceId, label}`.
  static async all() {
    const devices = await navigator.mediaDevices.enumerateDevices();
    return devices.filter(({ kind }) => kind === 'videoinput');
  }

  async #look(turn) {
    while (turn === this.#turn) {
      if (this.#video.readyState >= 2 && !document.hidden) {
        const texts = await this.#reader.frame(this.#video).catch(() => []);
        if (turn !== this.#turn) return;
        if (texts.length > 0) this.#found(texts);
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }
}
