// A person who has a keyboard and no mouse: Tab, Enter, Space, arrows and letters, and eyes that
// must see at each stop where they are.
//
// Promises: nothing is clicked, filled in or focused by script; whatever a Tab comes to is looked
// at (in the window, not covered, marked by an outline or a shadow that it had not before, and that
// is told from what is behind it), and a fault there ends the walk and says which stops were
// passed. Does not: know any page but the one where one signs in.

/** How much an outline must differ from what is behind it (WCAG 2.1, 1.4.11). */
const CONTRAST = 3;

/** Notes how whatever can be focused looks while it is not: asked before each key. */
function remember() {
  const known = (globalThis.keysKnown ??= new WeakMap());
  const all = "a[href], button, input, select, textarea, summary, [tabindex]";
  for (const element of document.querySelectorAll(all)) {
    // A field for a file is drawn as its label.
    const drawn = element.type === "file" ? element.closest("label") ?? element : element;
    if (known.has(element) || element === document.activeElement) continue;
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(drawn);
    known.set(element, { outline: `${outlineStyle} ${outlineWidth}`, boxShadow });
  }
}

/** What is focused: `{name, faults}`, or null when it is nothing on the page. */
function stop([contrast]) {
  const element = document.activeElement;
  if (!element || element === document.body || element === document.documentElement) return null;
  const drawn = element.type === "file" ? element.closest("label") ?? element : element;
  const label = element.getAttribute("aria-label") ?? element.labels?.[0]?.innerText
    ?? element.innerText ?? "";
  const text = label.replace(/\s+/g, " ").trim().slice(0, 60);
  const own = element.id ? `#${element.id}` : element.name ? `[name=${element.name}]` : "";
  const faults = [];

  // In the window, and not wholly under something else.
  const boxes = [...drawn.getClientRects()].filter(({ width, height }) => width > 2 && height > 2);
  const points = boxes.flatMap(({ left, top, right, bottom }) => {
    const [from, to] = [Math.max(left, 0), Math.min(right, innerWidth)];
    const [high, low] = [Math.max(top, 0), Math.min(bottom, innerHeight)];
    if (to - from < 2 || low - high < 2) return [];
    const across = [0.1, 0.5, 0.9].map((part) => from + (to - from) * part);
    const down = [0.15, 0.5, 0.85].map((part) => high + (low - high) * part);
    return across.flatMap((x) => down.map((y) => [x, y]));
  });
  if (points.length === 0) faults.push("it is outside the window");
  const hit = points.some(([x, y]) => {
    const over = document.elementFromPoint(x, y);
    return over && (drawn.contains(over) || over.contains(element));
  });
  if (points.length > 0 && !hit) faults.push("it is covered");

  // Marked, otherwise than before, and so that the mark is seen.
  const style = getComputedStyle(drawn);
  const before = globalThis.keysKnown?.get(element);
  const outline = `${style.outlineStyle} ${style.outlineWidth}`;
  const numbers = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const clear = (colour) => colour === "transparent" || numbers(colour)[3] === 0;
  const lined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1
    && !clear(style.outlineColor) && outline !== before?.outline;
  const shaded = style.boxShadow !== "none" && before && style.boxShadow !== before.boxShadow;
  if (!lined && !shaded) faults.push("nothing shows that it is focused");
  if (lined && style.outlineStyle !== "auto") {
    const light = (colour) => numbers(colour).slice(0, 3).map((it) => it / 255)
      .map((it) => (it <= 0.03928 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4))
      .reduce((sum, it, at) => sum + it * [0.2126, 0.7152, 0.0722][at], 0);
    let behind = parseFloat(style.outlineOffset) < 0 ? drawn : drawn.parentElement;
    while (behind && clear(getComputedStyle(behind).backgroundColor)) behind = behind.parentElement;
    const back = behind ? getComputedStyle(behind).backgroundColor : "rgb(255, 255, 255)";
    const [low, high] = [light(style.outlineColor), light(back)].sort((one, two) => one - two);
    const ratio = (high + 0.05) / (low + 0.05);
    if (ratio < contrast) faults.push(`its outline has a contrast of ${ratio.toFixed(1)} only`);
  }
  const marks = (globalThis.keysMarks ??= new WeakMap());
  globalThis.keysCount ??= 0;
  if (!marks.has(element)) marks.set(element, (globalThis.keysCount += 1));
  return { name: `${element.localName}${own} “${text}”`, faults, mark: marks.get(element) };
}

/** What an eye sees that a hand may want: one of a group of radio buttons stands for all. */
function wanted() {
  const marks = (globalThis.keysMarks ??= new WeakMap());
  const all = "a[href], button, input, select, textarea, summary, audio[controls], video[controls]";
  const seen = (element) => {
    const drawn = element.type === "file" ? element.closest("label") ?? element : element;
    if (element.disabled || element.type === "hidden" || element.closest("[inert]")) return false;
    return drawn.checkVisibility({ visibilityProperty: true }) && drawn.getClientRects().length > 0;
  };
  const group = (it) => [...document.querySelectorAll("input[type=radio]")]
    .filter((other) => it.type === "radio" && other.name === it.name && other.form === it.form);
  const reached = (it) => marks.has(it) || group(it).some((other) => marks.has(other));
  return [...document.querySelectorAll(all)].filter((it) => seen(it) && !reached(it))
    .map((it) => it.outerHTML.slice(0, 120));
}

const list = (stops) => stops.map((name) => `\n    ${name}`).join("");

export class Keys {
  /** How many keys were pressed since `count` began anew. */
  #pressed = 0;

  constructor(page) {
    this.page = page;
  }

  /** Begins to count anew; gives how many keys were pressed since the last time. */
  count() {
    const pressed = this.#pressed;
    this.#pressed = 0;
    return pressed;
  }

  /** Presses a key. */
  async press(key) {
    this.#pressed += 1;
    await this.page.keyboard.press(key);
  }

  /** Presses a key that leads to another page, and waits for it. */
  async go(key = "Enter") {
    await Promise.all([this.page.waitForNavigation({ waitUntil: "load" }), this.press(key)]);
  }

  /** Types. */
  async type(text) {
    this.#pressed += [...text].length;
    await this.page.keyboard.type(text);
  }

  /** Types what a scanner reads, and its Enter; waits for the page that it leads to. */
  async scan(text) {
    await this.type(text);
    await this.go();
  }

  /** What is focused now, once it was looked at; null outside the page. */
  async here(passed = []) {
    const found = await this.page.evaluate(stop, [CONTRAST]);
    if (found?.faults.length > 0) {
      const where = `${new URL(this.page.url()).pathname}: ${found.name}`;
      throw new Error(`${where}: ${found.faults.join(", ")}; passed:${list(passed)}`);
    }
    return found;
  }

  /** Whether what is focused is what a selector finds, and has a text in it. */
  #isAt(selector, text) {
    return this.page.evaluate(([query, words]) => {
      const it = document.activeElement;
      const own = (it.innerText ?? "").replace(/\s+/g, " ");
      return it.matches(query) && (!words || own.includes(words));
    }, [selector, text ?? ""]);
  }

  /** One Tab on, or back; gives what it came to. */
  async tab({ back = false, passed } = {}) {
    await this.page.evaluate(remember);
    await this.press(back ? "Shift+Tab" : "Tab");
    return this.here(passed);
  }

  /**
   * Tabs until something is focused that a selector finds (and that has a text in it); looks at
   * each stop. Fails after `most` Tabs, and says what was passed.
   */
  async to(selector, { text, most = 60, back = false } = {}) {
    const passed = [];
    if (await this.#isAt(selector, text)) {
      await this.here(passed);
      return passed;
    }
    for (let tabs = 0; tabs < most; tabs += 1) {
      const found = await this.tab({ back, passed });
      if (found && (await this.#isAt(selector, text))) return passed;
      passed.push(found?.name ?? "(outside the page)");
    }
    const sought = text ? `${selector} with “${text}”` : selector;
    const where = new URL(this.page.url()).pathname;
    throw new Error(`${where}: ${most} Tabs do not come to ${sought}; passed:${list(passed)}`);
  }

  /** Tabs to something and presses Enter there; waits for the page that it leads to. */
  async follow(selector, options) {
    await this.to(selector, options);
    await this.go();
  }

  /** Past what stands above the page's own part, by the link that is there for it. */
  async skip() {
    await this.to("a.skip", { most: 2 });
    await this.press("Enter");
    await this.page.waitForFunction(() => document.activeElement.id === "main");
  }

  /**
   * Tabs once around a whole page: nothing holds the focus, and each control that the eye sees is
   * come to. Gives the names of the stops.
   */
  async round({ most = 400 } = {}) {
    const where = new URL(this.page.url()).pathname;
    const stops = new Map();
    let [first, last, alike] = [null, null, 0];
    for (let tabs = 0; tabs <= most; tabs += 1) {
      const found = await this.tab({ passed: [...stops.values()] });
      // What lies outside the page has no mark; a day is one field of three parts.
      alike = found?.mark === last ? alike + 1 : 0;
      if (found && found.mark === first && alike === 0) break;
      const held = found ? alike > 4 || (stops.has(found.mark) && alike === 0) : alike > 1;
      if (held || tabs === most) {
        const passed = list([...stops.values()].slice(-6));
        throw new Error(`${where}: ${found?.name ?? "nothing"} holds the focus; passed:${passed}`);
      }
      if (found) stops.set(found.mark, found.name);
      [first, last] = [first ?? found?.mark ?? null, found?.mark];
    }
    const missed = await this.page.evaluate(wanted);
    if (missed.length > 0) throw new Error(`${where}: no Tab comes to:${list(missed)}`);
    return [...stops.values()];
  }

  /** Types a day or a time into the field that is focused, in the order that this browser wants. */
  async enter(value, ways) {
    for (const keys of ways) {
      await this.type(keys);
      const [now, kind] = await this.page.evaluate(
        () => [document.activeElement.value, document.activeElement.type]);
      if (now === value) return;
      for (let part = 0; part < (kind === "date" ? 3 : 2); part += 1) await this.press("ArrowLeft");
    }
    throw new Error(`no way to type ${value}`);
  }

  /** Types a day (`2027-03-01`). */
  date(value) {
    const [year, month, day] = value.split("-");
    return this.enter(value, [`${day}${month}${year}`, `${month}${day}${year}`]);
  }

  /** Types a time before noon or after it (`09:00`). */
  time(value) {
    const [hour, minute] = value.split(":");
    const twelve = String(Number(hour) % 12 || 12).padStart(2, "0");
    const half = Number(hour) < 12 ? "A" : "P";
    return this.enter(value, [`${hour}${minute}`, `${twelve}${minute}${half}`]);
  }

  /** Moves a choice by arrows until it has a value. */
  async choose(value, { most = 40 } = {}) {
    for (let steps = 0; steps < most; steps += 1) {
      const now = await this.page.evaluate(() => document.activeElement.value);
      if (now === value) return;
      await this.press("ArrowDown");
    }
    throw new Error(`no arrow comes to ${value}`);
  }

  /** Signs somebody in who has one role: address, password, Enter; code, Enter where one is asked;
   *  gives whether it was. */
  async signIn(world, person) {
    await this.page.goto(`${world.base}/sign-in`);
    await this.to("input[name=email]");
    await this.type(person.email);
    await this.to("input[name=password]", { most: 1 });
    await this.type(person.password);
    await this.go();
    let at = new URL(this.page.url()).pathname;
    const code = at.startsWith("/sign-in/factor");
    if (code) {
      await this.to("input[name=code]");
      await this.type(await world.code(person));
      await this.go();
      at = new URL(this.page.url()).pathname;
    }
    if (at.startsWith("/sign-in")) throw new Error(`${person.email} is not signed in`);
    return { code };
  }
}
