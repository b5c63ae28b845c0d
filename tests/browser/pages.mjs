// Every page that somebody can come to by links, as each person of the demo and as nobody, in both
// languages: nothing on it is wrong for whoever sees little, uses a keyboard or a small telephone.
//
// Promises: one page of each kind (addresses that differ in ids only are one kind); axe-core finds
// nothing at 320 and 1280 px, nothing needs sideways scrolling at 320 px or at 200 % of 1280 px,
// every link answers, a page with its style weighs less than 200 kB, the browser has nothing to
// complain of, and what is wrong in a form is tied to its field. Does not: fill forms in rightly.

import { axe, expect, listen, open, shot, test } from "./lib.mjs";

/** The heaviest a page may be, with all that it loads; the counter has a scanner and more. */
const BYTES = 200_000;
const HEAVY = ["/counter"];

/** Widths at which axe-core looks, and at which nothing is wider than the window. */
const LOOKED_AT = [320, 1280];
const FITS = [320, 640];

const LANGUAGES = ["fr", "en"];

/** Files: asked for, but not looked at. */
const FILE = /\.(pdf|csv|json|xlsx|xml|zip|txt|jsonl|css|png|svg|webmanifest)$|^\/(api|ledger)\//;

/** Pages that are the same for whoever is signed in: looked at as nobody, and as the first role. */
const FOR_ALL = ["/", "/venues", "/solvency", "/accessibility", "/legal", "/sign-in"];

/** Pages to which links lead from a book only that can be handed over. */
const MORE = {
  distributor: ["/distributor/hand-over?book=0000026", "/distributor/letter/0000026"],
};

/** An address without what differs from one thing to the next of its kind. */
function kind(address) {
  const url = new URL(address, "http://x");
  const path = url.pathname
    .replace(/[a-z-]+_[0-9a-z]{26}/g, ":id")
    .replace(/\b\d{4}-\d{2}(-\d{2})?\b/g, ":day")
    .replace(/\/\d[\d-]*(?=\/|$)/g, "/:number")
    .replace(/\/[0-9A-Za-z]{40,}/g, "/:token");
  url.searchParams.delete("lang");
  const asked = [...url.searchParams.keys()].sort().join("&");
  return asked ? `${path}?${asked}` : path;
}

/** What a page is made of, without its texts, and lists of the same things once. */
function skeleton() {
  const of = (element) => {
    const parts = [...element.children].map(of).filter((part, at, all) => part !== all[at - 1]);
    const said = ["class", "type", "role", "aria-current", "aria-invalid"];
    const own = said.map((name) => element.getAttribute(name) ?? "").join("|");
    return `${element.localName}(${own})[${parts.join()}]`;
  };
  return of(document.documentElement);
}

/** What is wrong with the page that is open; `known` are skeletons that axe-core has seen. */
async function inspect(page, { known, picture } = {}) {
  const faults = [];
  const made = await page.evaluate(skeleton);
  const fresh = !known?.has(made);
  known?.add(made);
  for (const width of [...new Set([...FITS, ...LOOKED_AT])]) {
    if (!fresh && !FITS.includes(width)) continue;
    await page.setViewportSize({ width, height: 900 });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    if (FITS.includes(width) && wide > width) faults.push(`${width} px: it is ${wide} px wide`);
    if (!fresh || !LOOKED_AT.includes(width)) continue;
    faults.push(...(await axe(page)).map((fault) => `${width} px: ${fault}`));
    if (picture) await shot(page, `${picture}-${width}`);
  }
  const untied = await page.evaluate(() =>
    [...document.querySelectorAll("[aria-invalid=true]")]
      .filter((field) => {
        const ids = (field.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean);
        return !ids.some((id) => document.getElementById(id)?.classList.contains("wrong"));
      })
      .map((field) => `the fault of ${field.name} is not tied to it`),
  );
  return [...faults, ...untied];
}

/** Opens an address, and says how heavy it is with all that it loads. */
async function visit(page, address) {
  let bytes = 0;
  const weigh = async (response) => {
    const body = await response.body().catch(() => Buffer.alloc(0));
    bytes += body.length;
  };
  const waiting = [];
  const note = (response) => waiting.push(weigh(response));
  page.on("response", note);
  try {
    const answer = await page.goto(address, { waitUntil: "load" });
    // What a script fetches later is this page's weight, and not that of the next one.
    if (await page.locator("script[type=module]").count()) await page.waitForLoadState("networkidle");
    await Promise.all(waiting);
    return { status: answer?.status() ?? 0, bytes };
  } finally {
    page.off("response", note);
  }
}

/** Addresses of this site that a page leads to. */
const links = (page) =>
  page.evaluate(() =>
    [...document.querySelectorAll("a[href]")]
      .map((link) => new URL(link.getAttribute("href"), location.href))
      .filter((url) => url.origin === location.origin && url.hash.length < 2)
      .map((url) => url.pathname + url.search),
  );

/** Follows every link, kind by kind; gives what is wrong and which kinds were seen. */
async function crawl(page, { base, begin, name, known, without = [] }) {
  const faults = [];
  const ear = listen(page);
  const seen = new Map();
  const forms = new Map();
  const waiting = begin.map((path) => ({ path, from: "the list" }));
  while (waiting.length > 0) {
    const { path, from } = waiting.shift();
    const sort = kind(path);
    if (seen.has(sort) || without.includes(sort)) continue;
    seen.set(sort, path);
    const at = (fault) => faults.push(`${name} ${path} (from ${from}): ${fault}`);
    const load = async () => {
      const answer = await page.context().request.get(base + path);
      if (!answer.ok()) at(`answers ${answer.status()}`);
    };
    if (FILE.test(path.split("?")[0])) {
      await load();
      continue;
    }
    const { status, bytes } = await visit(page, base + path).catch(async (error) => {
      // A file to keep is no page, whatever its address.
      if (error.message.includes("Download is starting")) await load();
      else at(error.message.split("\n")[0]);
      return { status: 0, bytes: 0 };
    });
    if (status !== 200) {
      if (status !== 0) at(`answers ${status}`);
      ear.heard();
      continue;
    }
    const led = new URL(page.url()).pathname;
    if (led === "/sign-in" && !path.startsWith("/sign-in")) at("sends to where one signs in");
    if (bytes > BYTES && !HEAVY.includes(led)) at(`weighs ${bytes} bytes`);
    const picture = `${name} ${sort}`;
    for (const fault of await inspect(page, { known, picture })) at(fault);
    for (const complaint of ear.heard()) at(complaint);
    for (const next of await links(page)) waiting.push({ path: next, from: path });
    if (await page.locator("main form[method=post]").count()) forms.set(sort, path);
  }
  return { faults, seen: [...seen.keys()], forms: [...forms.values()] };
}

/** Sends each form as it stands, blank fields blank: what comes back says what is wrong, and where. */
async function sendBlank(page, { base, forms, name, known }) {
  const faults = [];
  let redrawn = 0;
  for (const path of forms) {
    await page.goto(base + path);
    const typed =
      "input:not([type=hidden]):not([type=checkbox]):not([type=radio]):not([type=file]), textarea";
    const count = await page.locator("main form[method=post]").count();
    for (let number = 0; number < count; number += 1) {
      await page.goto(base + path);
      const form = page.locator("main form[method=post]").nth(number);
      if (!(await form.locator(typed).count())) continue;
      const empty = (fields) => {
        for (const field of fields) field.value = "";
      };
      await form.locator(typed).evaluateAll(empty);
      const [answer] = await Promise.all([
        page.waitForResponse((response) => response.request().method() === "POST"),
        page.waitForNavigation({ waitUntil: "load" }),
        form.evaluate((it) => {
          it.noValidate = true;
          it.requestSubmit();
        }),
      ]);
      if (answer.status() >= 500) faults.push(`${name} ${path}: a form answers ${answer.status()}`);
      if (answer.status() !== 422) continue;
      redrawn += 1;
      const picture = `${name} ${kind(path)} wrong ${number}`;
      const found = await inspect(page, { known, picture });
      faults.push(...found.map((fault) => `${name} ${path} (sent blank): ${fault}`));
    }
  }
  return { faults, redrawn };
}

/**
 * A window for a crawl. Without the counter's worker, which counter.mjs looks at: when the counter is
 * left while its worker is being installed, the debugger waits for ever for the next page's script.
 */
const plain = (browser, more) => open(browser, { serviceWorkers: "block", ...more });

const said = (faults) => `${faults.length} faults:\n  ${[...new Set(faults)].join("\n  ")}`;

/** Skeletons that axe-core has seen, by language: shared, as many people see the same page. */
const known = Object.fromEntries(LANGUAGES.map((language) => [language, new Set()]));

test("every page for everybody is sound", async ({ browser, world }) => {
  const token = new URL(world.symbols("books.pdf").find((text) => text.includes("/V/"))).pathname;
  const begin = [
    "/",
    "/venues?near=Gu%C3%A9ret",
    "/venues?near=zzz&x=unknown",
    "/sign-in?next=%2Faccount",
    "/problems/voucher-lapsed",
    `${token}`,
    `${token}?near=23000`,
  ];
  const faults = [];
  for (const language of LANGUAGES) {
    const context = await plain(browser, { language });
    const page = await context.newPage();
    const name = `${language} nobody`;
    const found = await crawl(page, { base: world.base, begin, name, known: known[language] });
    faults.push(...found.faults);
    expect(found.seen.length >= 10, `only ${found.seen}`);
    const sent = { base: world.base, forms: found.forms, name, known: known[language] };
    const blank = await sendBlank(page, sent);
    faults.push(...blank.faults);
    expect(blank.redrawn > 0, "no form came back with what is wrong");
    await context.close();
  }
  expect(faults.length === 0, said(faults));
});

const ROLES = [
  "operator",
  "approver",
  "auditor",
  "funder",
  "funder-reader",
  "distributor",
  "distributor-worker",
  "structure",
  "structure-accountant",
  "venue",
  "venue-counter",
];

for (const role of ROLES) {
  test(`every page is sound for the role ${role}`, async ({ browser, world }) => {
    const faults = [];
    const first = await plain(browser);
    await world.signIn(first, world.person(role), { role });
    const storageState = await first.storageState();
    await first.close();
    for (const language of LANGUAGES) {
      const context = await plain(browser, { language, storageState });
      const page = await context.newPage();
      const name = `${language} ${role}`;
      const begin = ["/desk", "/account", ...(MORE[role] ?? [])];
      const without = role === ROLES[0] ? [] : FOR_ALL;
      const within = { base: world.base, begin, name, known: known[language], without };
      const found = await crawl(page, within);
      faults.push(...found.faults);
      expect(found.seen.length > 3, `only ${found.seen}`);
      if (language === "fr") {
        const sent = { base: world.base, forms: found.forms, name, known: known[language] };
        faults.push(...(await sendBlank(page, sent)).faults);
      }
      await context.close();
    }
    expect(faults.length === 0, said(faults));
  });
}

test("what is wrong with a page is found", async ({ browser, world }) => {
  const context = await open(browser);
  const page = await context.newPage();
  const planted = {
    label: () => document.querySelector("label[for=email]").remove(),
    "color-contrast": () => {
      document.querySelector("main .small").style.color = "#999";
    },
    "px wide": () => {
      const wide = document.createElement("div");
      Object.assign(wide.style, { width: "700px", height: "2px" });
      document.querySelector("main").append(wide);
    },
    "not tied": () => document.querySelector("#email").setAttribute("aria-invalid", "true"),
    "heading-order": () => {
      const low = document.createElement("h5");
      low.textContent = "x";
      document.querySelector("main").append(low);
    },
  };
  await page.goto(`${world.base}/sign-in`);
  expect((await inspect(page)).length === 0, "the page is sound before");
  for (const [name, plant] of Object.entries(planted)) {
    await page.goto(`${world.base}/sign-in`);
    await page.evaluate(plant);
    const found = await inspect(page);
    expect(found.some((fault) => fault.includes(name)), `${name} is not found: ${found}`);
  }
  const ear = listen(page);
  await page.goto(`${world.base}/sign-in`);
  await page.evaluate(() => console.error("planted"));
  await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "1";
    document.body.append(script);
  });
  const heard = ear.heard().join("\n");
  expect(heard.includes("planted"), "what the console says is not heard");
  expect(heard.includes("Content Security Policy"), `a script is not noticed: ${heard}`);
  const gone = await crawl(page, {
    base: world.base,
    begin: ["/nowhere"],
    name: "planted",
    known: new Set(),
  });
  expect(gone.faults.some((fault) => fault.includes("answers 404")), "a dead link is not found");
});
