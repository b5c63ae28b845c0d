// What may go wrong between a finger and the ledger, each with the check that nothing was lost and
// nothing counts twice.
//
// Promises: counter.mjs plays each with the counter as it is, bites.mjs with one that was broken on
// purpose; `plant` gets the window before the counter is opened in it, `most` is how many
// milliseconds anything is waited for. Does not: play anything by itself.

import { setTimeout as pause } from "node:timers/promises";

import { expect } from "./lib.mjs";
import {
  areRedeemedOnce, counter, device, line, pay, plain, settled, type, verdict, waits,
} from "./till.mjs";

const BATCHES = "**/api/v1/redemption-batches";

/** A window for one mishap. */
async function room({ browser, plant, most = 30_000 }) {
  const context = await plain(browser);
  context.setDefaultTimeout(most);
  await plant?.(context);
  return context;
}

/** Waits for something that no page shows. */
async function until(so, most = 30_000, why) {
  for (const end = Date.now() + most; !so(); await pause(50)) {
    expect(Date.now() < end, why());
  }
}

const good = (page, count) => page.waitForFunction((many) =>
  document.querySelectorAll(".counter-row.counter-good").length === many, count);

/** What the device keeps: `{waiting, refused}` records, and the serials of its receipts. */
const kept = (page) => page.evaluate(async () => {
  const done = (asked) => new Promise((resolve, reject) => {
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  const database = await done(indexedDB.open("carnet-counter"));
  const all = (name) => done(database.transaction(name).objectStore(name).getAll());
  const [records, receipts] = [await all("outbox"), await all("receipts")];
  database.close();
  return {
    waiting: records.filter(({ problem }) => !problem).length,
    refused: records.filter(({ problem }) => problem).map(({ problem }) => problem.code),
    serials: receipts.map(({ serial }) => serial),
  };
});

/** The ledger has each voucher once, the device its receipt once, and nothing was refused. */
export async function areDone(world, page, vouchers) {
  await areRedeemedOnce(world, vouchers);
  const { waiting, refused, serials } = await kept(page);
  for (const { serial } of vouchers) {
    const many = serials.filter((it) => it === serial).length;
    expect(many === 1, `${serial} has ${many} receipts`);
  }
  expect(refused.length === 0, `what was paid is refused: ${refused}`);
  expect(waiting === 0, `${waiting} records still wait`);
}

/** The line is cut before anything is sent, and the tab closed. */
export async function cutBefore({ browser, world, vouchers, shot, ...more }) {
  const context = await room({ browser, ...more });
  try {
    let page = await device(world, context);
    await context.setOffline(true);
    for (const voucher of vouchers) await type(page, voucher);
    expect((await verdict(page)).startsWith("…"), "nobody could ask");
    await pay(page);
    await waits(page, vouchers.length);
    expect((await line(page)).includes(`${vouchers.length} envois en attente`), await line(page));
    await shot?.(page);
    // The tab is closed, and another one opened with the line.
    await page.close();
    await context.setOffline(false);
    page = await context.newPage();
    await counter(page, world);
    await page.waitForSelector("#counter-outbox", { state: "hidden" });
    await areDone(world, page, vouchers);
  } finally {
    await context.close();
  }
}

/** First the request never arrives, then its answer never does. */
export async function cutDuring({ browser, world, vouchers, ...more }) {
  const context = await room({ browser, ...more });
  try {
    const page = await device(world, context);
    let cuts = 0;
    const bodies = [];
    await context.route(BATCHES, async (route) => {
      cuts += 1;
      bodies.push(route.request().postData());
      if (cuts === 1) return route.abort("connectionreset");
      if (cuts === 2) {
        await route.fetch();
        return route.abort("connectionreset");
      }
      return route.continue();
    });
    for (const voucher of vouchers) await type(page, voucher);
    await pay(page);
    await until(() => cuts >= 3, more.most, () => `it gave up after ${cuts} tries`);
    expect(new Set(bodies).size === 1, `${cuts} tries, not all alike`);
    await settled(page, vouchers.length);
    expect(cuts === 3, `${cuts} tries`);
    await areDone(world, page, vouchers);
  } finally {
    await context.close();
  }
}

/** An answer that is cut off within, and one of somebody else. */
export async function oddAnswers({ browser, world, vouchers, ...more }) {
  const context = await room({ browser, ...more });
  try {
    const page = await device(world, context);
    let cuts = 0;
    await context.route(BATCHES, (route) => {
      cuts += 1;
      if (cuts === 1) return route.fulfill({ status: 200, body: '{"results":[{"id":"red' });
      const portal = { status: 404, body: "<html>Bienvenue au Wi-Fi</html>" };
      return cuts === 2 ? route.fulfill(portal) : route.continue();
    });
    for (const voucher of vouchers) await type(page, voucher);
    await pay(page);
    await settled(page, vouchers.length);
    await areDone(world, page, vouchers);
  } finally {
    await context.close();
  }
}

/** The tab is closed before anything is confirmed. */
export async function closedBefore({ browser, world, vouchers, ...more }) {
  const context = await room({ browser, ...more });
  try {
    let page = await device(world, context);
    for (const voucher of vouchers) await type(page, voucher);
    await page.close();
    page = await context.newPage();
    await counter(page, world);
    await good(page, vouchers.length);
    await pay(page);
    await settled(page, vouchers.length);
    await areDone(world, page, vouchers);
  } finally {
    await context.close();
  }
}

/** Two tabs confirm the same basket. */
export async function twoTabs({ browser, world, vouchers, ...more }) {
  const context = await room({ browser, ...more });
  try {
    const page = await device(world, context);
    for (const voucher of vouchers) await type(page, voucher);
    const other = await context.newPage();
    await counter(other, world);
    await good(other, vouchers.length);
    await Promise.all([pay(page), pay(other)]);
    await Promise.any([settled(page, vouchers.length), settled(other, vouchers.length)]);
    // What the other tab may have put into the outbox is sent, too.
    for (let tries = 0; tries < 100 && (await kept(page)).waiting > 0; tries += 1) await pause(100);
    await areDone(world, page, vouchers);
  } finally {
    await context.close();
  }
}
