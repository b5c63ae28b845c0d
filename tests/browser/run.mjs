// Runs the browser tests of this folder, file by file: `node tests/browser/run.mjs [name…]`.
//
// Promises: each file has a demo world and a browser of its own; every test is run, none for longer
// than MINUTES, and what failed is said again at the end; exits with 1 then. Does not: run what is
// not asked for.

import { readdirSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

import { artefacts, launch, registered, world } from "./lib.mjs";

/** Nothing here takes longer on a machine that is busy with other things. */
const MINUTES = Number(process.env.CARNET_BROWSER_MINUTES ?? 5);

const own = ["keys.mjs", "lib.mjs", "mishaps.mjs", "run.mjs", "till.mjs"];
const asked = process.argv.slice(2);
// What is planted is meant to fail.
const planted = asked.includes("planted");
const folder = new URL(planted ? "planted/" : ".", import.meta.url);
const files = readdirSync(folder)
  .filter((name) => name.endsWith(".mjs") && !own.includes(name))
  .filter((name) => planted || asked.length === 0 || asked.some((part) => name.includes(part)))
  .sort();
if (files.length === 0) {
  console.error(`no file of this folder is called ${asked.join(" or ")}`);
  process.exit(1);
}

/**
 * Runs a test, and ends it when its time is up: the browser is closed under it, so that the call that
 * waited for ever fails and its stack tells which one it was.
 */
async function within(run, { browser, world: served }) {
  const ended = new AbortController();
  const wait = (minutes) => pause(minutes * 60_000, null, { signal: ended.signal });
  const late = async () => {
    await wait(MINUTES);
    console.log(`        its ${MINUTES} minutes are over: the browser is closed`);
    await Promise.race([browser.close(), wait(0.2)]);
    await wait(0.2);
    throw new Error(`it does not end within ${MINUTES} minutes`);
  };
  try {
    await Promise.race([run({ browser, world: served }), late()]);
  } finally {
    ended.abort();
  }
}

const failed = [];
const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;
let passed = 0;
for (const file of files) {
  registered.length = 0;
  await import(new URL(file, folder).href);
  const begun = Date.now();
  let [browser, served] = [null, null];
  try {
    [browser, served] = await Promise.all([launch(), world()]);
    for (const { sentence, run } of [...registered]) {
      const since = Date.now();
      try {
        if (!browser.isConnected()) browser = await launch();
        await within(run, { browser, world: served });
        passed += 1;
        console.log(`ok      ${file}: ${sentence} (${seconds(since)})`);
      } catch (error) {
        failed.push(`${file}: ${sentence}\n${error.stack ?? error}`);
        console.log(`FAILED  ${file}: ${sentence} (${seconds(since)})`);
      }
    }
  } catch (error) {
    failed.push(`${file}: does not begin\n${error.stack ?? error}`);
  } finally {
    await browser?.close();
    await served?.close();
  }
  console.log(`        ${file} took ${seconds(begun)}`);
}
for (const one of failed) console.log(`\nFAILED  ${one}`);
console.log(`\n${passed} passed, ${failed.length} failed; pictures are in ${artefacts}`);
process.exit(failed.length === 0 ? 0 : 1);
