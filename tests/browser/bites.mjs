// The checks of counter.mjs bite: the counter's modules are served with a fault in them, and what
// holds for the counter as it is does not hold any more.
//
// Goal: a counter that loses a voucher or counts it twice is found by the very checks that say that
// ours does neither. What is planted names the place by its text: when that is gone, this fails.

import { expect, test } from "./lib.mjs";
import { closedBefore, cutBefore, cutDuring, oddAnswers, twoTabs } from "./mishaps.mjs";
import { ledger, paper } from "./till.mjs";

/** Longer than the third try of a counter that goes on trying takes. */
const MOST = 15_000;

/** The last letters of an id made anew. */
const ANEW = ".slice(0, -4) + String(1000 + Math.floor(9000 * Math.random()))";

/**
 * What is planted: the bug; the texts to replace by module; the mishap; what the check says then;
 * how often the ledger has each voucher: once, when it is the server that says no to the counter.
 */
const BITES = [
  {
    bug: "a new id is made at each try",
    changes: {
      "send.mjs": [[
        "{ redemptions: records.map(request) }",
        `{ redemptions: records.map((it) => ({ ...request(it), id: it.id${ANEW} })) }`,
      ]],
    },
    mishap: cutDuring,
    says: /^3 tries, not all alike/,
    counted: 1,
    vouchers: (world) => paper(world, 6, 1).slice(2, 4),
  },
  {
    bug: "a record leaves the outbox before its answer came",
    changes: {
      "send.mjs": [[
        "await this.#rooms.post(tried);",
        "for (const it of tried) await this.#rooms.drop(it.key);",
      ]],
    },
    mishap: cutDuring,
    says: /^it gave up after 1 tries/,
    counted: 0,
    vouchers: (world) => paper(world, 7, 1).slice(2, 4),
  },
  {
    bug: "the outbox is kept in memory only",
    changes: {
      "store.mjs": [
        [
          "outbox.put(record);\n          basket.delete(",
          "(globalThis.lost ??= []).push(record);\n          basket.delete(",
        ],
        [
          "return this.#read('outbox', (outbox) => outbox.getAll());",
          "return Promise.resolve(globalThis.lost ?? []);",
        ],
      ],
    },
    mishap: cutBefore,
    says: /was redeemed 0 times/,
    counted: 0,
    vouchers: (world) => paper(world, 5, 1).slice(2),
  },
  {
    bug: "whatever is answered is the last word",
    changes: {
      "send.mjs": [[
        `async #redeemed(tried, answer) {
    if (!answer || isLater(answer)) return this.#later(answer);`,
        `async #redeemed(tried, answer) {
          if (!answer) return this.#later(answer);
          if (isLater(answer)) {
            for (const it of tried) await this.#rooms.drop(it.key);
            this.#tell({ paid: [], refused: [] });
            return 0;
          }`,
      ]],
    },
    mishap: oddAnswers,
    says: /Timeout/,
    counted: 0,
    vouchers: (world) => paper(world, 8, 1).slice(0, 1),
  },
  {
    bug: "the basket is forgotten with its tab",
    changes: {
      "store.mjs": [
        [
          "const rows = await this.#read('basket', (basket) => basket.getAll());",
          "const rows = [...(globalThis.laid ??= new Map()).values()];",
        ],
        [
          "return this.#write(['basket'], (basket) => basket.put(row));",
          "(globalThis.laid ??= new Map()).set(row.key, row);",
        ],
      ],
    },
    mishap: closedBefore,
    says: /Timeout/,
    counted: 0,
    vouchers: (world) => paper(world, 9, 1).slice(0, 2),
  },
  {
    bug: "ids are made when a basket is confirmed, and nobody looks whether it still is one",
    changes: {
      "decide.mjs": [[
        "return payable(rows).map((it) => ({",
        `return payable(rows).map((it) => ({ ...it, id: it.id${ANEW} })).map((it) => ({`,
      ]],
      "store.mjs": [["if (!target.result) return;", ""]],
    },
    mishap: twoTabs,
    // Which of the two records of a voucher is sent first is chance: then no tab has both receipts.
    says: /what was paid is refused: voucher-|All promises were rejected/,
    counted: 1,
    vouchers: (world) => paper(world, 10, 1).slice(0, 2),
  },
];

/** Serves modules with their faults; `served` notes which. */
const planter = (changes, served) => async (context) => {
  for (const [name, texts] of Object.entries(changes)) {
    await context.route(`**/counter/*/${name}`, async (route) => {
      let body = await (await route.fetch()).text();
      for (const [from, to] of texts) {
        if (body.split(from).length !== 2) served.set(name, `not there once: ${from}`);
        body = body.replace(from, () => to);
      }
      if (!served.has(name)) served.set(name, "planted");
      await route.fulfill({ contentType: "text/javascript; charset=utf-8", body });
    });
  }
};

for (const { bug, changes, mishap, says, counted, vouchers } of BITES) {
  test(`found by ${mishap.name}: ${bug}`, async ({ browser, world }) => {
    const served = new Map();
    const plant = planter(changes, served);
    const shown = vouchers(world);
    expect(shown.length > 0, "there are no vouchers");
    const play = mishap({ browser, world, vouchers: shown, plant, most: MOST });
    const said = await play.then(() => "nothing was found", (error) => error.message);
    for (const name of Object.keys(changes)) {
      expect(served.get(name) === "planted", `${name}: ${served.get(name) ?? "never asked for"}`);
    }
    expect(says.test(said), `the check says: ${said}`);
    const counts = await ledger(world);
    for (const { serial } of shown) {
      const many = counts.get(serial) ?? 0;
      expect(many === counted, `${serial} was redeemed ${many} times: ${said}`);
    }
  });
}

test("nothing is found in the same modules as they are", async ({ browser, world }) => {
  const served = new Map();
  const names = ["decide.mjs", "send.mjs", "store.mjs"];
  const plant = planter(Object.fromEntries(names.map((name) => [name, []])), served);
  await cutBefore({ browser, world, vouchers: paper(world, 11, 1).slice(2), plant, most: MOST });
  expect(names.every((name) => served.get(name) === "planted"), [...served]);
});
