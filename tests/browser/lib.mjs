// What every browser test needs: a demo world that is served, people who sign in, and eyes.
//
// Promises: a world is a temporary directory of its own on a free port, and is gone afterwards; a
// page is looked at as axe-core and the browser's own console see it. Does not: know any page.
//
// Told by the environment: CARNET_BIN, the program; CARNET_BROWSER_TOOLS, the directory whose
// node_modules has package.json's packages; CARNET_ARTEFACTS, where pictures go.

import { execFileSync, spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const target = resolve(root, process.env.CARGO_TARGET_DIR ?? "target");
const tools = process.env.CARNET_BROWSER_TOOLS ?? join(target, "browser", "tools");
const require = createRequire(join(tools, "package.json"));

/** The program under test. */
export const program = process.env.CARNET_BIN ?? join(target, "debug", "carnet");

/** Where pictures and other findings go. */
export const artefacts = process.env.CARNET_ARTEFACTS ?? join(target, "browser", "artefacts");

// --- The world ------------------------------------------------------------------------------------

async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

/** Without what the shell says of another instance. */
function cleanEnvironment() {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith("CARNET_")),
  );
}

class World {
  #server = null;
  #said = "";
  /** Which one-time password of an app was given last, by secret. */
  #steps = new Map();

  constructor(dir, port) {
    this.dir = dir;
    this.port = port;
    this.base = `http://localhost:${port}`;
    const read = (name) => JSON.parse(readFileSync(join(dir, name), "utf8"));
    this.people = read("people.json").people;
    this.keys = read("api-keys.json").api_keys;
  }

  /** Somebody of a role; the first one, or the one of an address. */
  person(role, email) {
    const is = (it) => it.roles.some((part) => part.role === role);
    const found = this.people.find((it) => is(it) && (!email || it.email === email));
    if (!found) throw new Error(`nobody is ${role}`);
    return found;
  }

  /** Asks the API with the key of a role. */
  async api(role, method, path, body, headers = {}) {
    const key = this.keys.find((it) => it.role === role);
    const answer = await fetch(`${this.base}/api/v1/${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key.secret}`,
        "content-type": "application/json",
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : null;
  }

  /** Serves the world, and waits until it answers. */
  async start() {
    const environment = {
      ...cleanEnvironment(),
      // The name under which browsers keep a session's cookie without TLS.
      CARNET_SERVER__HOST: `localhost:${this.port}`,
      // A test asks more in a minute than a town hall in an hour.
      CARNET_ABUSE__REQUESTS_PER_CALLER: "0",
      CARNET_ABUSE__REQUESTS_PER_ADDRESS: "0",
      CARNET_ABUSE__CHECKS_PER_CALLER: "0",
      CARNET_ABUSE__REDEMPTIONS_PER_DEVICE: "0",
      CARNET_ABUSE__STATUSES_PER_ADDRESS: "0",
      CARNET_LOG__LEVEL: "warn",
    };
    const config = join(this.dir, "carnet.toml");
    const arguments_ = ["serve", "--config", config, "--listen", `127.0.0.1:${this.port}`];
    this.#server = spawn(program, arguments_, { env: environment });
    const note = (bytes) => (this.#said = (this.#said + bytes).slice(-4000));
    this.#server.stdout.on("data", note);
    this.#server.stderr.on("data", note);
    for (let tries = 0; tries < 300; tries += 1) {
      if (this.#server.exitCode !== null) break;
      const answer = await fetch(`${this.base}/readyz`).catch(() => null);
      if (answer?.ok) return;
      await pause(100);
    }
    throw new Error(`the server does not answer: ${this.#said}`);
  }

  /** Stops the server: in order, or as when the power fails. */
  async stop({ hard = false } = {}) {
    const server = this.#server;
    if (!server || server.exitCode !== null) return;
    const gone = new Promise((done) => server.once("exit", done));
    server.kill(hard ? "SIGKILL" : "SIGTERM");
    await gone;
    this.#server = null;
  }

  /** Stops and starts the server. */
  async restart(how) {
    await this.stop(how);
    await this.start();
  }

  /** Stops the server and takes the world away. */
  async close() {
    await this.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** What a person's app shows; waits when every password that counts now was given already. */
  async code(person) {
    const last = this.#steps.get(person.totp) ?? 0;
    for (;;) {
      const now = Math.floor(Date.now() / 30_000);
      // The one before is still good: three people's worth of signing in a minute. Not so at the end
      // of its time: until it is typed, it would be one too old.
      const ends = Date.now() % 30_000 > 20_000;
      const step = Math.max(ends ? now : now - 1, last + 1);
      if (step <= now + 1) {
        this.#steps.set(person.totp, step);
        return passwordOf(person.totp, step);
      }
      await pause(500);
    }
  }

  /**
   * Signs a person in by the pages, and gives the page where it came to. `role` says what it wants
   * to be when it may be several things.
   */
  async signIn(context, person, { role } = {}) {
    const page = await context.newPage();
    await page.goto(`${this.base}/sign-in`);
    await page.fill("input[name=email]", person.email);
    await page.fill("input[name=password]", person.password);
    await submit(page, "form[action='/sign-in']");
    if (page.url().includes("/sign-in/factor")) {
      await page.fill("form[action='/sign-in/factor'] input[name=code]", await this.code(person));
      await submit(page, "form[action='/sign-in/factor']");
    }
    if (page.url().includes("/choose")) {
      const part = person.roles.find((it) => it.role === (role ?? person.roles[0].role));
      const place = part.organisation;
      const card = page.locator("form[action='/choose'] button", { hasText: place });
      await follow(page, card);
    }
    const at = new URL(page.url()).pathname;
    if (at.startsWith("/sign-in") || at.startsWith("/choose")) {
      throw new Error(`${person.email} is not signed in: ${await page.innerText("main")}`);
    }
    return page;
  }

  /** The symbols of a printed file's pages, as a scanner reads them. */
  symbols(file, { first = 1, last = 3 } = {}) {
    const folder = mkdtempSync(join(tmpdir(), "carnet-pages-"));
    try {
      const range = ["-f", String(first), "-l", String(last)];
      const pdf = join(this.dir, file);
      execFileSync("pdftoppm", ["-r", "200", "-gray", ...range, pdf, join(folder, "p")]);
      const pages = execFileSync("ls", [folder], { encoding: "utf8" }).split("\n").filter(Boolean);
      const paths = pages.map((name) => join(folder, name));
      const scan = ["-q", "--raw", "--nodbus", "-Sdisable", "-Sqrcode.enable", ...paths];
      const told = { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] };
      return execFileSync("zbarimg", scan, told).split("\n").filter(Boolean);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

/** Clicks what leads to another page, and waits for it. */
export async function follow(page, button) {
  await Promise.all([page.waitForNavigation({ waitUntil: "load" }), button.first().click()]);
}

const submit = (page, form) => follow(page, page.locator(`${form} button[type=submit]`));

/** Plays the demo into a directory of its own and serves it. */
export async function world({ seed = 1 } = {}) {
  const dir = mkdtempSync(join(tmpdir(), "carnet-world-"));
  const made = ["demo", "--exit", "--seed", String(seed), "--dir", dir];
  execFileSync(program, made, { env: cleanEnvironment(), stdio: "pipe" });
  const served = new World(dir, await freePort());
  await served.start();
  return served;
}

/** A one-time password of six digits (RFC 6238) of a base 32 secret. */
export function passwordOf(secret, step) {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret].map((it) => alphabet.indexOf(it).toString(2).padStart(5, "0")).join("");
  const bytes = bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const tag = createHmac("sha1", Buffer.from(bytes)).update(counter).digest();
  const number = tag.readUInt32BE(tag[19] & 15) & 0x7fff_ffff;
  return String(number % 1_000_000).padStart(6, "0");
}

// --- The browser ----------------------------------------------------------------------------------

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Where Chromium is. */
function installed() {
  const known = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
  return process.env.CARNET_CHROMIUM ?? known.find(existsSync);
}

/** Starts Chromium; `more` are further flags, as for a camera that plays a file. */
export async function launch(more = []) {
  const { chromium } = require("playwright-core");
  return chromium.launch({ executablePath: installed(), args: [...FLAGS, ...more] });
}

/** Starts Chromium with a profile that other tools see, too, at a port of their own. */
export async function profile(folder) {
  const { chromium } = require("playwright-core");
  const port = await freePort();
  const args = [...FLAGS, `--remote-debugging-port=${port}`];
  const context = await chromium.launchPersistentContext(folder,
    { executablePath: installed(), args, locale: "fr-FR" });
  return { context, port };
}

/** A browser window that speaks a language, at a width. */
export function open(browser, { language = "fr", width = 1280, ...more } = {}) {
  const locale = language === "fr" ? "fr-FR" : "en-GB";
  return browser.newContext({ locale, viewport: { width, height: 900 }, ...more });
}

const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** What axe-core finds: one line for each fault, empty when all is well. */
export async function axe(page) {
  // By the debugger, as scripts of others have no place on these pages.
  await page.evaluate(AXE);
  const found = await page.evaluate(
    (values) => globalThis.axe.run(document, { runOnly: { type: "tag", values } }),
    RULES,
  );
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `axe ${id}: ${node.target.join(" ")}: ${node.html.slice(0, 160)}`),
  );
}

/** Keeps a picture of the whole page. */
export async function shot(page, name) {
  const path = join(artefacts, `${name.replace(/[^a-z0-9._-]+/gi, "-")}.png`);
  mkdirSync(artefacts, { recursive: true });
  await page.screenshot({ path, fullPage: true });
  return path;
}

/** Notes what the browser complains of on a page; `heard()` gives it and begins anew. */
export function listen(page) {
  let complaints = [];
  page.on("console", (message) => {
    // What was asked of the tool itself is no complaint.
    if (message.text().includes("blocked by Playwright")) return;
    if (["error", "warning"].includes(message.type())) {
      complaints.push(`console: ${message.text()} (${message.location().url})`);
    }
  });
  page.on("pageerror", (error) => complaints.push(`script: ${error.message}`));
  page.on("requestfailed", (request) => {
    const why = request.failure()?.errorText;
    // What a page asked for is given up when the next one is opened: nobody misses it.
    if (why !== "net::ERR_ABORTED") complaints.push(`not loaded: ${request.url()}: ${why}`);
  });
  return {
    heard() {
      const heard = complaints;
      complaints = [];
      return heard;
    },
  };
}

// --- Tests ----------------------------------------------------------------------------------------

/** What the file that is being read has registered. */
export const registered = [];

/** A test: a sentence that is true when the function ends well. It is given a world and a browser. */
export function test(sentence, run) {
  registered.push({ sentence, run });
}

/** Ends a test unless something is so. */
export function expect(so, why) {
  if (!so) throw new Error(typeof why === "string" ? why : JSON.stringify(why, null, 2));
}
