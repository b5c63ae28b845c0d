// A test that never ends, planted: played only when it is asked for, to see that it is ended.

import { open, test } from "../lib.mjs";

test("a page is waited for that never answers", async ({ browser }) => {
  const context = await open(browser);
  const page = await context.newPage();
  await page.evaluate(() => new Promise(() => {}));
});
