// Listens to scanners that type: a burst of keys that ends with Enter or Tab.
//
// Promises: works wherever the focus is, and gives back what the burst did to a list of choices.
// Does not: take keys from fingers.

import { isScanned } from './reading.mjs';

// A pause after which a burst is another one, in milliseconds.
const PAUSE = 250;

// Tells `found` the keys of each burst; `restore` is told the choice that a list had before it.
export function listen(found, restore) {
  let keys = [];
  let choice = null;
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.isComposing) return;
    const at = event.timeStamp;
    const { activeElement: focus } = document;
    if (event.key === 'Enter' || event.key === 'Tab') {
      if (isScanned(keys) && at - keys.at(-1).at < PAUSE) {
        event.preventDefault();
        event.stopImmediatePropagation();
        if (focus instanceof HTMLSelectElement && choice !== null) restore(focus, choice);
        found(keys, focus);
      }
      keys = [];
      return;
    }
    if (event.key.length !== 1 && event.key !== 'Dead') return;
    if (keys.length > 0 && at - keys.at(-1).at > PAUSE) keys = [];
    if (keys.length === 0) choice = focus instanceof HTMLSelectElement ? focus.value : null;
    const key = event.key.length === 1 ? event.key : '';
    keys.push({ key, code: event.code, shift: event.shiftKey, at });
  }, { capture: true });
}
