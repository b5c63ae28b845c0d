// Runs the browser tests of this folder, file by file: `node tests/browser/run.mjs [name…]`.
//
// Promises: each file has a demo world of its own and all share one browser; every test is run, and
// what failed is said again at the end; exits with 1 then. Does not: run what is not asked for.

import { readdirSync } from "node:fs";
import { artefacts, launch, registered, world } from "./lib.mjs";

const own = ["lib.mjs", "run.mjs"];
const asked = process.argv.slice(2);
const files = readdirSync(new URL(".", import.meta.url))
  .filter((name) => name.endsWith(".mjs") && !own.includes(name))
  .filter((name) => asked.length === 0 || asked.some((part) => name.includes(part)))
  .sort();
if (files.length === 0) {
  console.error(`no file of this folder is called ${asked.join(" or ")}`);
  process.exit(1);
}

const failed = [];
const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;
let passed = 0;
for (const file of files) {
  registered.length = 0;
  await import(`./${file}`);
  const begun = Date.now();
  let [browser, served] = [null, null];
  try {
    [browser, served] = await Promise.all([launch(), world()]);
    for (const { sentence, run } of [...registered]) {
      const since = Date.now();
      try {
        await run({ browser, world: served });
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
