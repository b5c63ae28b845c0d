// Measures pages with Lighthouse as on a mobile telephone, as nobody and as who works at each desk:
// `LIGHTHOUSE=folder node tests/browser/by_hand/lighthouse.mjs [name…]`; see ../lighthouse.md.
//
// Promises: a demo world and a browser profile of its own for each person; the middle of three
// measures a page; the audits that cost something are said; a score below 95 ends with 1. Does not:
// belong to the tests, as what it measures depends on what else the machine does.

import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

import { profile, world } from "../lib.mjs";
import { device } from "../till.mjs";

const WANTED = 95;
const TIMES = Number(process.env.TIMES ?? 3);
const CATEGORIES = ["performance", "accessibility", "best-practices"];

const tools = createRequire(resolve(process.env.LIGHTHOUSE ?? ".", "package.json"));
const { default: lighthouse } = await import(pathToFileURL(tools.resolve("lighthouse")));

const signed = (role) => (served, context) => served.signIn(context, served.person(role));
const token = (served) =>
  new URL(served.symbols("books.pdf").find((text) => text.includes("/V/"))).pathname;

/** What is measured: its address, and who opens it. */
const PAGES = {
  home: [() => "/"],
  venues: [() => "/venues"],
  voucher: [token],
  counter: [() => "/counter", device],
  structure: [() => "/structure", signed("structure")],
  distributor: [() => "/distributor", signed("distributor")],
  funder: [() => "/funder", signed("funder")],
  operator: [() => "/operator", signed("operator")],
};

/** One look at a page: a score a category, of 100, and which audits were not whole. */
async function look(address, port) {
  const settings = { port, output: "json", onlyCategories: CATEGORIES, disableStorageReset: true };
  const { lhr } = await lighthouse(address, { ...settings, logLevel: "error" });
  if (lhr.runtimeError) throw new Error(lhr.runtimeError.message);
  const led = new URL(lhr.finalDisplayedUrl).pathname;
  if (led !== new URL(address).pathname) throw new Error(`${address} leads to ${led}`);
  const scores = CATEGORIES.map((name) => Math.round(lhr.categories[name].score * 100));
  const cost = CATEGORIES.flatMap((name) => lhr.categories[name].auditRefs)
    .filter(({ id, weight }) => weight > 0 && lhr.audits[id].score !== null)
    .filter(({ id }) => lhr.audits[id].score < 0.95)
    .map(({ id }) => `${id} ${lhr.audits[id].displayValue ?? ""}`.trim());
  return { scores, cost };
}

const asked = process.argv.slice(2);
const served = await world();
let low = 0;
try {
  for (const [name, [path, enter]] of Object.entries(PAGES)) {
    if (asked.length > 0 && !asked.includes(name)) continue;
    const folder = mkdtempSync(join(tmpdir(), "carnet-profile-"));
    const { context, port } = await profile(folder);
    try {
      if (enter === device) await device(served, context);
      else await enter?.(served, context);
      const looks = [];
      const address = served.base + path(served);
      for (let time = 0; time < TIMES; time += 1) looks.push(await look(address, port));
      looks.sort((one, other) => one.scores[0] - other.scores[0]);
      const { scores, cost } = looks[Math.floor(looks.length / 2)];
      const all = looks.map((it) => it.scores[0]).join(", ");
      console.log(`${name.padEnd(12)} ${scores.join(" / ")} (performance: ${all})`);
      if (cost.length > 0) console.log(`    ${cost.join("\n    ")}`);
      if (scores.some((score) => score < WANTED)) low += 1;
    } finally {
      await context.close();
      rmSync(folder, { recursive: true, force: true });
    }
  }
} finally {
  await served.close();
}
process.exit(low === 0 ? 0 : 1);
