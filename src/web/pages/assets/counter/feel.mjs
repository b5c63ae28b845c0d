// Feels: an outcome as sound and vibration, and a screen that stays awake.
//
// Promises: silent where the browser forbids it, or where the person wishes so. Does not: speak.

let context = null;

// Makes sound possible; browsers want to be asked from under a finger.
export function wake() {
  const Context = globalThis.AudioContext ?? globalThis.webkitAudioContext;
  if (!Context) return;
  context ??= new Context();
  if (context.state === 'suspended') context.resume().catch(() => {});
}

// Plays notes `[hertz, from, for]` in milliseconds, and shakes the device.
export function feel({ notes, shake }, silent) {
  navigator.vibrate?.(shake);
  if (silent || !context || context.state !== 'running') return;
  const now = context.currentTime;
  for (const [hertz, from, long] of notes) {
    const tone = context.createOscillator();
    const volume = context.createGain();
    const begin = now + from / 1000;
    tone.type = hertz < 400 ? 'square' : 'sine';
    tone.frequency.value = hertz;
    volume.gain.setValueAtTime(0.0001, begin);
    volume.gain.exponentialRampToValueAtTime(hertz < 400 ? 0.12 : 0.3, begin + 0.01);
    volume.gain.exponentialRampToValueAtTime(0.0001, begin + long / 1000);
    tone.connect(volume).connect(context.destination);
    tone.start(begin);
    tone.stop(begin + long / 1000 + 0.02);
  }
}

let lock = null;

// Keeps the screen awake, or lets it sleep again.
export async function stayAwake(on) {
  if (!on) {
    await lock?.release().catch(() => {});
    lock = null;
  } else if (!lock || lock.released) {
    lock = await navigator.wakeLock?.request('screen').catch(() => null) ?? null;
  }
}
