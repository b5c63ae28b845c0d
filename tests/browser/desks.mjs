// A day at each desk by keyboard alone: every step is a Tab, an arrow, Enter, Space or a letter,
// and at every stop of every Tab it is seen where one is (keys.mjs looks).
//
// Goal: who cannot use a mouse does the whole work of a desk: signing in, handing over, receiving,
// redeeming, deciding, looking something up; no page of a desk holds the focus or hides from it.

import { id } from "../../src/web/pages/assets/counter/id.mjs";
import { Keys } from "./keys.mjs";
import { expect, open, test } from "./lib.mjs";
import { areRedeemedOnce, pairing, paper, plain, plainly, PROCEDURES } from "./till.mjs";

/** A window of a person, signed in by keyboard where the test does not say otherwise. */
async function seated(browser, world, role, { email, ...more } = {}) {
  const context = await plain(browser, more);
  const page = await context.newPage();
  const keys = new Keys(page);
  const signed = await keys.signIn(world, world.person(role, email));
  return { context, page, keys, signed };
}

const main = async (page) => plainly(await page.innerText("main"));
const at = (page) => new URL(page.url()).pathname;

/** Ends a test unless the page says something. */
async function says(page, text) {
  const found = await main(page);
  expect(found.includes(text), `${page.url()} does not say “${text}”: ${found.slice(0, 800)}`);
}

/** Asks for a page by its tab at the top of the desk. */
const tab = (keys, label) => keys.follow("nav.tabs a", { text: label, most: 25 });

/** Ends a test unless something has the focus by itself. */
async function waitsFor(keys, name) {
  const found = await keys.here();
  expect(found?.name.includes(name), `${name} does not wait, but ${found?.name}`);
}

test("a book is handed over in three gestures, the letter opened", async ({ browser, world }) => {
  const email = "marc@point-social.example";
  const { context, page, keys } = await seated(browser, world, "distributor-worker", { email });
  const hand = { gestures: 0, scanned: 0 };
  await tab(keys, "Remettre");
  keys.count();
  // First gesture: the scanner is held to the cover, and types into the field that is focused.
  await waitsFor(keys, "input#book");
  await keys.scan("HTTPS://PASS.EXEMPLE.FR/B/0000026");
  hand.scanned = keys.count();
  hand.gestures += 1;
  await says(page, "Remettre le carnet 0000026");
  // Second gesture: no answer is needed, Enter gives it.
  await waitsFor(keys, "Confirmer la remise");
  await keys.go();
  hand.gestures += 1;
  const given = keys.count();
  await says(page, "Le carnet 0000026 est remis");
  const { custody } = await world.api("distributor", "GET", "books/0000026");
  expect(custody === "handed_over", `the book is ${custody}`);
  // Third gesture: the letter, one step back from the field that waits for the next book.
  await keys.follow("#outcome a.button", { most: 1, back: true });
  hand.gestures += 1;
  const letter = keys.count();
  expect(at(page) === "/distributor/letter/0000026", page.url());
  await says(page, "Comment faire");
  await keys.round();
  console.log(`        handed over in ${hand.gestures} gestures: a scan of ${hand.scanned} `
    + `characters, ${given} key to give, ${letter} keys to the letter`);
  expect(hand.gestures === 3 && given === 1 && letter === 2, { ...hand, given, letter });
  // With the number typed and every question answered: how many keys at the most.
  await tab(keys, "Remettre");
  keys.count();
  await keys.type("0000027");
  await keys.go();
  await keys.to("summary", { back: true, most: 2 });
  await keys.press("Enter");
  for (const question of ["age", "gender", "situation", "need"]) {
    await keys.to(`#${question}`, { most: 1 });
    await keys.press("ArrowDown");
    const value = await page.inputValue(`#${question}`);
    expect(value !== "not-known", `no arrow answers ${question}`);
  }
  await keys.follow("button", { text: "Confirmer la remise", most: 2 });
  const typed = keys.count();
  console.log(`        with the number typed and four answers: ${typed} keys`);
  expect(typed <= 25, `${typed} keys`);
  await says(page, "Le carnet 0000027 est remis");
  await context.close();
});

/** An order that is on its way to a distributor: its first book and its last one. */
async function parcel(world, books) {
  const { order_id: known } = await world.api("distributor", "GET", "books/0000028");
  const { campaign_id } = await world.api("funder", "GET", `orders/${known}`);
  const [order, deposit] = ["order", "deposit"].map((noun) => id(noun, Date.now()));
  await world.api("funder", "PUT", `orders/${order}`, { campaign_id, books });
  const amount = { cents: books * 10_000, currency: "EUR" };
  const { organisation_id: funder_id } = world.keys.find((it) => it.role === "funder");
  const paid = { funder_id, amount, reference: "VIR 2026-77" };
  await world.api("operator", "PUT", `deposits/${deposit}`, paid);
  await world.api("operator", "POST", `orders/${order}/activation`);
  const { first_book, last_book } = await world.api("funder", "GET", `orders/${order}`);
  return [first_book, last_book];
}

test("a parcel is received by its range, and a book declared lost", async ({ browser, world }) => {
  const [first, last] = await parcel(world, 3);
  const { context, page, keys } = await seated(browser, world, "distributor");
  await tab(keys, "Recevoir");
  await waitsFor(keys, "input#first");
  await keys.type(first);
  await keys.to("#last", { most: 1 });
  await keys.type(last);
  await keys.go();
  await says(page, `${first}`);
  await waitsFor(keys, "button");
  await keys.go();
  await says(page, "C’est fait : les carnets sont dans le stock de ce lieu.");
  for (const book of [first, last]) {
    const { custody } = await world.api("distributor", "GET", `books/${book}`);
    expect(custody === "in_stock", `${book} is ${custody}`);
  }
  await tab(keys, "Un carnet");
  await keys.to("#book", { most: 1 });
  await keys.type(first);
  await keys.go();
  await keys.follow("a", { text: "Déclarer perdu ou volé" });
  await says(page, "plus personne ne peut utiliser ce carnet");
  await keys.to("input[name=reason]");
  await keys.press("ArrowDown");
  expect(await page.isChecked("#reason-stolen"), "an arrow does not choose");
  await keys.follow("button", { text: "Bloquer ce carnet", most: 2 });
  await says(page, "C’est fait : le carnet est bloqué.");
  const { custody } = await world.api("distributor", "GET", `books/${first}`);
  expect(custody === "lost", `the book is ${custody}`);
  await context.close();
});

test("a structure changes opening hours and reads a payment", async ({ browser, world }) => {
  const { context, page, keys } = await seated(browser, world, "structure");
  await tab(keys, "Lieux");
  await keys.skip();
  await keys.follow("main a", { text: "Guéret" });
  await keys.follow("a[href*='/hours']");
  const hours = at(page);
  // Saturday, the sixth day: in the morning.
  await keys.to("#t20", { most: 120 });
  await keys.time("09:15");
  await keys.to("#t21", { most: 4 });
  await keys.time("12:00");
  await keys.follow("button", { text: "Enregistrer" });
  await page.goto(world.base + hours);
  const kept = [await page.inputValue("#t20"), await page.inputValue("#t21")];
  expect(kept.join() === "09:15,12:00", `the page kept ${kept}`);
  await tab(keys, "Paiements");
  await keys.skip();
  await keys.follow("main table a[href*='/structure/payments/payment_']");
  await says(page, "Les chèques de ce paiement");
  expect(await page.locator("main tbody tr").count() > 3, "the payment shows no vouchers");
  // What is wider than the window is moved by arrows.
  await keys.to(".wide", { most: 40 });
  await context.close();
});

test("a venue's device is paired, types a voucher and redeems it", async ({ browser, world }) => {
  // A small telephone: what is said of a voucher must not push away where the next one is typed.
  const context = await plain(browser, { viewport: { width: 375, height: 667 } });
  const page = await context.newPage();
  const keys = new Keys(page);
  await page.goto(`${world.base}/pair#${await pairing(world, 0)}`);
  await page.waitForSelector("#counter-pair:not([hidden])");
  await keys.to("#counter-pair-do");
  await keys.press("Enter");
  await page.waitForSelector("#counter-pair-go:not([hidden])");
  await keys.follow("#counter-pair-go a, a#counter-pair-go");
  await page.waitForSelector("#counter-desk:not([hidden])");
  await keys.round();
  await keys.to("#counter-offering");
  await keys.choose(PROCEDURES);
  const [voucher, other] = paper(world, 15, 0);
  await keys.to("#counter-code");
  keys.count();
  for (const { code } of [voucher, other]) {
    const rows = await page.locator(".counter-row.counter-good").count();
    await keys.type(code);
    await keys.press("Enter");
    await page.waitForFunction((before) =>
      document.querySelectorAll(".counter-row.counter-good").length > before, rows);
    // The next one is typed where the last one was.
    await waitsFor(keys, "input#counter-code");
  }
  // One is taken back out of the basket, then the other one is redeemed.
  await keys.to(`#counter-rows button[aria-label*='${other.serial.slice(-3)}']`);
  await keys.press("Enter");
  await page.waitForFunction(() => document.querySelectorAll("#counter-rows > li").length === 1);
  expect(await keys.here(), "the focus is lost with the row that goes");
  await keys.round();
  await keys.to("#counter-pay");
  await keys.press("Enter");
  await page.waitForSelector("#counter-result .counter-paid");
  await waitsFor(keys, "#counter-result-title");
  await keys.round();
  console.log(`        ${keys.count()} keys with two walks around the page`);
  await areRedeemedOnce(world, [voucher]);
  await context.close();
});

test("a funder writes a campaign, tries it out, and looks into its figures",
  async ({ browser, world }) => {
    const { context, page, keys, signed } = await seated(browser, world, "funder");
    expect(signed.code, "no code was asked for");
    await tab(keys, "Déploiements");
    await keys.follow("main a", { text: "Créer un déploiement" });
    await keys.to("#name");
    await keys.type("Pass numérique au clavier");
    await keys.to("#from");
    await keys.date("2027-03-01");
    await keys.to("#until", { most: 5 });
    await keys.date("2027-12-31");
    await keys.to("#places");
    await keys.type("Creuse");
    await keys.to(`#services-${PROCEDURES}`);
    await keys.press("Space");
    await keys.to("#limit");
    await keys.type("5");
    await keys.to("input[name=activation]");
    await keys.press("ArrowDown");
    await keys.follow("button", { text: "Relire en phrases" });
    await says(page, "Pass numérique au clavier");
    await says(page, "Creuse");
    // Tried out: on the first day in Guéret, and in Limoges, which is elsewhere.
    for (const [place, look] of [["Guéret", "good"], ["Limoges", "bad"]]) {
      await keys.to("#commune");
      await keys.press("Control+A");
      await keys.type(place);
      await keys.to("#day");
      await keys.date("2027-03-03");
      await keys.to("#offering", { most: 5 });
      await keys.choose(PROCEDURES);
      await keys.follow("button", { text: "Essayer" });
      const said = await page.innerText("#answer");
      expect(await page.isVisible(`#answer.${look}`), `${place}: ${said}`);
    }
    await keys.follow("button", { text: "Enregistrer" });
    expect(/\/funder\/campaigns\/campaign_/.test(page.url()), page.url());
    await says(page, "Pass numérique au clavier");
    // From the figures to the lines: how many were used, one of them, its line in the ledger.
    await tab(keys, "Suivi");
    await keys.skip();
    await keys.follow("main a[href*='/funder/uses']", { text: "Utilisés" });
    await keys.follow("main th a[href*='/funder/vouchers/']");
    await says(page, "Chèque ");
    await page.goBack();
    await keys.skip();
    await keys.follow("main td a", { text: "Voir" });
    await context.close();
  });

test("an operator confirms a payment, and reads a book's story", async ({ browser, world }) => {
  const { context, page, keys, signed } = await seated(browser, world, "operator");
  expect(signed.code, "no code was asked for");
  await keys.skip();
  await keys.follow("main .operator-work a[href*='/operator/settlements/settlement_']");
  await keys.follow("main a[href*='/operator/payments/']", { text: "Le Fil limousin" });
  const payment = at(page);
  await keys.skip();
  await keys.follow("button[value=confirmed]");
  await page.goto(world.base + payment);
  await says(page, "Payé");
  expect(await page.locator("button[value=confirmed]").count() === 0, "it could be decided again");
  await tab(keys, "Rechercher");
  await keys.to("main form input[name=q]");
  await keys.type("0000012-04");
  await keys.go();
  await says(page, "Chèque 0000012-04");
  await keys.follow("main a", { text: "Voir tout le carnet" });
  await says(page, "Carnet 0000012");
  await says(page, "Tout ce qui lui est arrivé");
  await keys.skip();
  await keys.follow(".operator-story a", { text: "Ligne" });
  await says(page, "Ligne");
  await context.close();
});

// --- Every page of every desk --------------------------------------------------------------------

/** An address without what differs from one thing to the next of its kind. */
function kind(address) {
  const { pathname, searchParams } = new URL(address, "http://x");
  const path = pathname.replace(/[a-z-]+_[0-9a-z]{26}/g, ":id")
    .replace(/\/\d[\d-]*(?=\/|$)/g, "/:n");
  searchParams.delete("lang");
  return `${path}?${[...searchParams.keys()].sort().join("&")}`;
}

/** Files, and the counter, which has a walk of its own. */
const FILE = /\.(pdf|csv|json|xlsx|xml|zip|txt|jsonl|css|png|svg|webmanifest)$/;
const leftOut = (path) => FILE.test(path) || /^\/(api|ledger|counter)/.test(path);

const ROLES = [
  "operator", "approver", "auditor", "funder", "distributor", "structure", "structure-accountant",
];

test("one Tab after the other comes to all that is on every page, and out again",
  async ({ browser, world }) => {
    const [faults, walked] = [[], new Set()];
    let stops = 0;
    for (const role of ROLES) {
      const { context, page, keys } = await seated(browser, world, role);
      const waiting = [at(page), "/account"];
      const seen = new Set();
      while (waiting.length > 0) {
        const path = waiting.shift();
        const sort = kind(path);
        if (seen.has(sort) || leftOut(path.split("?")[0])) continue;
        seen.add(sort);
        const answer = await page.goto(world.base + path).catch(() => null);
        if (!answer?.ok()) continue;
        // What another desk has walked around is not walked around again; its links are.
        const wrong = ({ message }) => faults.push(message) && [];
        if (!walked.has(sort)) stops += (await keys.round().catch(wrong)).length;
        walked.add(sort);
        waiting.push(...await page.evaluate(() => [...document.querySelectorAll("a[href]")]
          .map((link) => new URL(link.href)).filter((url) => url.origin === location.origin)
          .map((url) => url.pathname + url.search)));
      }
      await context.close();
    }
    console.log(`        ${walked.size} kinds of pages, ${stops} stops`);
    expect(walked.size > 60, `only ${walked.size} kinds of pages`);
    expect(faults.length === 0, `${faults.length} faults:\n${faults.join("\n")}`);
  });

test("what a keyboard cannot use is found", async ({ browser, world }) => {
  const context = await open(browser);
  const page = await context.newPage();
  const keys = new Keys(page);
  // A style of one's own is refused by the page; a rule more in its own is not.
  const style = (rule) => document.styleSheets[0].insertRule(rule, 0);
  const planted = [
    [/nothing shows that it is focused/, style, "#password:focus { outline: none !important }"],
    [/nothing shows that it is focused/, style, "* { outline: 3px solid navy !important }"],
    [/has a contrast of/, style, "#password:focus { outline-color: #ddd !important }"],
    [/it is outside the window/, style, "#password { position: fixed; left: -5000px }"],
    [/it is covered/, () => {
      const over = document.createElement("div");
      over.style.cssText = "position: fixed; inset: 0; background: #fff";
      document.body.append(over);
    }],
    [/no Tab comes to:\s+<input[^>]+id="password"/, () => {
      document.querySelector("#password").tabIndex = -1;
    }],
    [/#password .+ holds the focus/, () => document.addEventListener("keydown", (event) => {
      if (event.key === "Tab" && document.activeElement.id === "password") event.preventDefault();
    })],
    [/holds the focus|no Tab comes to/, () => {
      document.querySelector("#password").addEventListener("blur", () => {
        setTimeout(() => document.querySelector("#email").focus());
      });
    }],
  ];
  const begin = () => page.goto(`${world.base}/sign-in`);
  const caught = async (run) => run().then(() => "", (error) => error.message);
  await begin();
  await keys.round();
  for (const [fault, plant, value] of planted) {
    await begin();
    await page.evaluate(plant, value);
    const found = await caught(() => keys.round());
    expect(fault.test(found), `${fault} is not found: ${found || "nothing was"}`);
  }
  // A walk to something that is not to be reached says what it passed.
  await begin();
  await page.evaluate(() => { document.querySelector("#password").tabIndex = -1; });
  const lost = await caught(() => keys.to("#password", { most: 20 }));
  expect(/20 Tabs do not come to #password/.test(lost) && lost.includes("#email"), lost);
  await context.close();
});
