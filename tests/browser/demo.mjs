// The page of the demo: everybody who plays, with a button each.
//
// Promises: each button signs in as who it says; no other server has such a page. Does not: do
// anything at a desk.

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { axe, expect, follow, listen, open, program, shot, test } from "./lib.mjs";

/** `carnet demo` until it listens: where, and how to stop it. */
async function played() {
  const dir = mkdtempSync(join(tmpdir(), "carnet-demo-"));
  // What it says of each request is read by nobody: a full pipe would stop the server.
  const stdio = ["ignore", "pipe", "ignore"];
  const server = spawn(program, ["demo", "--dir", dir, "--seed", "3"], { stdio });
  let said = "";
  const base = await new Promise((done, failed) => {
    server.stdout.on("data", (bytes) => {
      said += bytes;
      const found = said.match(/listens on (http:\S+);/);
      if (found) done(found[1]);
    });
    server.once("exit", () => failed(new Error(`it ended: ${said}`)));
  });
  const stop = async () => {
    const gone = new Promise((done) => server.once("exit", done));
    server.kill("SIGTERM");
    await gone;
    rmSync(dir, { recursive: true, force: true });
  };
  const { people } = JSON.parse(readFileSync(join(dir, "people.json"), "utf8"));
  return { base, people, stop };
}

test("everybody of a demo is one button away", async ({ browser, world }) => {
  const { base, people, stop } = await played();
  try {
    for (const language of ["fr", "en"]) {
      for (const width of [320, 1280]) {
        const context = await open(browser, { language, width });
        const page = await context.newPage();
        const ear = listen(page);
        await page.goto(`${base}/demo`);
        const faults = [...(await axe(page)), ...ear.heard()];
        expect(faults.length === 0, faults);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        expect(wide <= width, `${wide} px wide at ${width} px`);
        await shot(page, `${language} demo-${width}`);
        await context.close();
      }
    }
    for (const person of people) {
      const context = await open(browser);
      const page = await context.newPage();
      await page.goto(`${base}/demo`);
      const first = person.name.split(" ")[0];
      await follow(page, page.getByRole("button", { name: `Entrer comme ${first}`, exact: true }));
      await page.goto(`${base}/account`);
      // Whoever may be several things says first which.
      const several = person.roles.length > 1;
      const said = await page.innerText(several ? "header" : "main");
      expect(said.includes(person.name), `${person.name} is not signed in: ${page.url()} ${said}`);
      await context.close();
    }
  } finally {
    await stop();
  }
  const answer = await fetch(`${world.base}/demo`);
  expect(answer.status === 404, `a server without a demo answers ${answer.status}`);
});
