// A till: paper that was printed, a counter that is opened on a device, a ledger to look into.
//
// Promises: what is asked of the counter is asked as a person or a scanner does; what was redeemed
// is what the funder's ledger says, not what the page shows. Does not: play anything by itself.

import { execFileSync } from "node:child_process";
import { join } from "node:path";

import { expect, open } from "./lib.mjs";

export const PROCEDURES = "aide-aux-demarches-administratives";

// --- Paper ---------------------------------------------------------------------------------------

/** The vouchers on a page of the demo's first order: `{serial, code}`; half 0 has 1 to 5. */
export function paper(world, book, half) {
  const page = String(3 * (book - 1) + 2 + half);
  const asked = ["-layout", "-f", page, "-l", page, join(world.dir, "books.pdf"), "-"];
  const told = { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] };
  const text = execFileSync("pdftotext", asked, told);
  const found = text.matchAll(/N° (\d{7}-\d{2})\s+([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})/g);
  return [...found].map(([, serial, code]) => ({ serial, code }));
}

/** What the QR codes on that page say, from the top. */
export const symbols = (world, book, half) => {
  const page = 3 * (book - 1) + 2 + half;
  return world.symbols("books.pdf", { first: page, last: page });
};

// --- The ledger ----------------------------------------------------------------------------------

/** How often each voucher was redeemed, less what was undone, as the funder's ledger says. */
export async function ledger(world) {
  const funder = world.keys.find((it) => it.role === "funder");
  const counts = new Map();
  let after = "";
  for (;;) {
    const path = `ledgers/${funder.organisation_id}/entries?limit=1000${after}`;
    const { items, next } = await world.api("funder", "GET", path);
    for (const { line: text } of items) {
      const { kind, body } = JSON.parse(text);
      const step = { "voucher-redeemed": 1, "redemption-reversed": -1 }[kind] ?? 0;
      if (step) counts.set(body.voucher, (counts.get(body.voucher) ?? 0) + step);
    }
    if (next === undefined) return counts;
    after = `&after=${next}`;
  }
}

export async function areRedeemedOnce(world, vouchers) {
  const counts = await ledger(world);
  for (const { serial } of vouchers) {
    expect(counts.get(serial) === 1, `${serial} was redeemed ${counts.get(serial) ?? 0} times`);
  }
}

// --- The counter ---------------------------------------------------------------------------------

const venueKey = (world, place = 0) => world.keys.filter((it) => it.role === "venue")[place];

export async function pairing(world, place) {
  const { secret, venue_id: venue } = venueKey(world, place);
  const answer = await fetch(`${world.base}/api/v1/venues/${venue}/pairings`, {
    method: "POST", headers: { authorization: `Bearer ${secret}` },
  });
  return (await answer.json()).url.split("#")[1];
}

/** A device of a venue, its counter open and its service chosen. */
export async function device(world, context, { place = 0, service = PROCEDURES } = {}) {
  const page = await context.newPage();
  await page.goto(`${world.base}/pair#${await pairing(world, place)}`);
  await page.click("#counter-pair-do");
  await page.waitForSelector("#counter-pair-go:not([hidden])");
  expect(!page.url().includes("#"), "the code is still in the address");
  await counter(page, world);
  if (service) await page.selectOption("#counter-offering", service);
  return page;
}

export async function counter(page, world) {
  await page.goto(`${world.base}/counter`);
  await page.waitForSelector("#counter-desk:not([hidden])");
}

/** A browser whose own worker does not stand between the page and what a test does to the line. */
export const plain = (browser, more = {}) => open(browser, { serviceWorkers: "block", ...more });

export async function type(page, { code }) {
  const before = await page.locator("#counter-rows > li").count();
  await page.fill("#counter-code", code);
  await page.press("#counter-code", "Enter");
  const asked = "#counter-rows > li:not(.counter-asking)";
  await page.waitForFunction(
    ([query, count]) => document.querySelectorAll(query).length > count, [asked, before]);
}

export const pay = (page) => page.click("#counter-pay");
/** So many wait to be sent, as the page says. */
export const waits = (page, count) => page.waitForFunction((many) =>
  document.querySelectorAll("#counter-result .counter-waiting").length === many, count);
export const plainly = (text) => text.replace(/[\u00a0\u202f]/g, " ");
export const verdict = async (page) => plainly(await page.innerText("#counter-verdict"));
export const settled = (page, count) => page.waitForFunction((many) =>
  document.querySelectorAll("#counter-result .counter-paid").length === many, count);
export const line = async (page) => plainly(await page.innerText("#counter-line"));

/** What a scanner sends, its keyboard set to a country: keys by where they are. */
export async function scan(page, text, country) {
  const moved = { fr: { A: "Q", Q: "A", W: "Z", Z: "W" }, us: {} }[country];
  const marks = {
    fr: { ":": ["Period", 0], "/": ["Period", 1], ".": ["Comma", 1], "-": ["Digit6", 0], M: ["Semicolon", 1] },
    us: { ":": ["Semicolon", 1], "/": ["Slash", 0], ".": ["Period", 0], "-": ["Minus", 0] },
  }[country];
  const keys = [...text].map((mark) => {
    if (marks[mark]) return { code: marks[mark][0], shift: marks[mark][1] === 1 };
    if (/[A-Z]/.test(mark)) return { code: `Key${moved[mark] ?? mark}`, shift: true };
    return { code: `Digit${mark}`, shift: country === "fr" };
  });
  // What a computer set to the United States makes of each key.
  const us = { Semicolon: ";:", Slash: "/?", Period: ".>", Comma: ",<", Minus: "-_" };
  const digits = ")!@#$%^&*(";
  const seen = keys.map(({ code, shift }) => {
    if (code.startsWith("Key")) return shift ? code[3] : code[3].toLowerCase();
    if (code.startsWith("Digit")) return shift ? digits[+code[5]] : code[5];
    return us[code][shift ? 1 : 0];
  });
  await page.evaluate(async (events) => {
    for (const event of [...events, { key: "Enter", code: "Enter" }]) {
      const target = document.activeElement ?? document.body;
      target.dispatchEvent(new KeyboardEvent("keydown", { ...event, bubbles: true, cancelable: true }));
      await new Promise((done) => setTimeout(done, 4));
    }
  }, keys.map(({ code, shift }, at) => ({ key: seen[at], code, shiftKey: shift })));
}
