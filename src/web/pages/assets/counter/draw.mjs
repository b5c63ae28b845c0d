// Draws: what is known, into the page that the server made.
//
// Promises: texts are put in as texts, never as markup; the focus stays where a person left it.
// Does not: decide, store or send.

import { OUTCOMES, payable, total } from './decide.mjs';

// The part of the page with a name.
export const at = (id) => document.getElementById(`counter-${id}`);

// What has the focus when nothing else is left.
const top = () => document.getElementById('main');

// An element with attributes and children; `onclick` is a handler.
function made(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === 'onclick') element.addEventListener('click', value);
    else if (value !== undefined && value !== null) element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

const span = (kind, text) => made('span', { class: kind }, text);
const button = (text, kind, label, onclick) =>
  made('button', { type: 'button', class: kind, 'aria-label': label, onclick }, text);

// Puts rows into a list; the one that had the focus gives it to what stands there now.
function fill(list, rows, otherwise) {
  const had = list.contains(document.activeElement);
  const place = had ? [...list.children].findIndex((it) => it.contains(document.activeElement)) : -1;
  list.replaceChildren(...rows);
  list.hidden = rows.length === 0;
  if (!had) return;
  const next = rows[Math.min(place, rows.length - 1)]?.querySelector('button');
  (next ?? otherwise).focus();
}

export class Page {
  #words;

  constructor(words) {
    this.#words = words;
  }

  // The offerings of the venue, and the chosen one.
  offerings(codes, chosen) {
    const { say, offering } = this.#words;
    const options = codes.map((code) => made('option', { value: code }, offering(code)));
    if (!chosen) options.unshift(made('option', { value: '' }, say('counter-offering-none')));
    at('offering').replaceChildren(...options);
    at('offering').value = chosen ?? '';
  }

  // The venues to choose from.
  venues(list, chosen) {
    const rows = list.map(({ id, name }) =>
      made('li', {}, button(name, 'counter-quiet', undefined, () => chosen(id))));
    at('venues-list').replaceChildren(...rows);
  }

  // How the line to the server is, and how many wait.
  line(online, waiting) {
    const { say, count } = this.#words;
    const state = say(online ? 'counter-online' : 'counter-offline');
    const wait = waiting > 0 ? count('counter-waiting', waiting) : say('counter-waiting-none');
    at('line').className = `counter-line ${online && waiting === 0 ? 'counter-well' : 'counter-away'}`;
    at('line').replaceChildren(span('counter-dot', ''), `${state} · ${wait}`);
  }

  // What came of the last voucher, in colour and words; said at once to who cannot see it.
  verdict(kind, title, advice) {
    const { look, mark } = OUTCOMES[kind];
    const sign = made('span', { class: 'counter-mark', 'aria-hidden': 'true' }, mark);
    const text = made('div', {}, made('p', { class: 'counter-said' }, title),
      advice ? made('p', {}, advice) : null);
    const room = at('verdict');
    room.className = `counter-verdict state ${look}`;
    // The same words again are told again only when they are new elements.
    room.replaceChildren(sign, text);
    at('view').dataset.look = look;
    // What is said above the field pushes it down: whoever types there still sees where.
    if (document.activeElement === at('code')) at('code').scrollIntoView({ block: 'nearest' });
  }

  // The vouchers in the basket.
  basket(rows, remove) {
    const { say, amount, count, refused } = this.#words;
    const told = {
      asking: () => say('counter-asking'),
      good: ({ until }) => say('counter-until', { day: this.#words.day(until) }),
      unsure: ({ problem }) => this.#words.unsure(problem).advice,
      refused: ({ problem }) => `${refused(problem).title}. ${refused(problem).advice}`,
    };
    const item = (it) => {
      const name = it.serial ?? say('counter-by-code', { code: it.key });
      const value = it.state !== 'refused' && it.cents !== null ? amount(it.cents) : '';
      return made('li', { class: `counter-row counter-${it.state}` },
        made('div', { class: 'counter-what' }, span('counter-serial', name),
          span('counter-told', told[it.state](it))),
        span('counter-value', value),
        button('×', 'counter-remove', say('counter-remove', { voucher: name }), () => remove(it.key)));
    };
    fill(at('rows'), [...rows].reverse().map(item), top());
    const ready = payable(rows);
    at('basket-empty').hidden = rows.length > 0;
    at('total').hidden = at('pay').hidden = ready.length === 0;
    const sum = amount(total(rows));
    at('total').textContent = say('counter-total', { amount: sum });
    at('pay').textContent = count('counter-pay', ready.length, { amount: sum });
    at('to').hidden = ready.length === 0;
    at('to-basket').textContent = count('counter-to', ready.length, { amount: sum });
    at('pay').disabled = rows.some(({ state }) => state === 'asking');
  }

  // A receipt in a list; what can be undone has its button, which asks once more.
  #receipt(receipt, undo) {
    const { say, amount, time, offering } = this.#words;
    const { serial, cents, undone, wanted } = receipt;
    const when = say('counter-redeemed-at', {
      time: time(receipt.at), offering: offering(receipt.offering),
    });
    const state = undone ? say('counter-undone') : wanted ? say('counter-undoing') : when;
    const room = made('span', { class: 'counter-undo' });
    const ask = button(say('counter-undo'), 'counter-link', say('counter-undo-one', { voucher: serial }),
      () => {
        const yes = button(say('counter-undo-yes'), 'counter-link counter-danger', undefined,
          () => undo(receipt));
        const no = button(say('counter-undo-no'), 'counter-link', undefined, () => {
          room.replaceChildren(ask);
          ask.focus();
        });
        room.replaceChildren(yes, no);
        no.focus();
      });
    if (!undone && !wanted) room.append(ask);
    return made('li', { class: `counter-row counter-${undone ? 'gone' : 'paid'}` },
      made('div', { class: 'counter-what' }, span('counter-serial', serial), span('counter-told', state),
        span('counter-id', receipt.id)),
      span('counter-value', amount(cents)), room);
  }

  // What came of the last basket: receipts, what waits, what was refused.
  result({ venue, paid, waiting, refused }, undo) {
    const { say, count, amount, day, time } = this.#words;
    const count_all = paid.length + waiting.length + refused.length;
    at('result').hidden = count_all === 0;
    if (count_all === 0) return;
    const standing = paid.filter(({ undone }) => !undone);
    const sum = amount(standing.reduce((cents, it) => cents + it.cents, 0));
    at('result').dataset.look = refused.length > 0 ? 'bad' : waiting.length > 0 ? 'wait' : 'good';
    at('result-title').textContent = waiting.length > 0
      ? count('counter-result-waiting', waiting.length)
      : count('counter-result', standing.length, { amount: sum });
    const last = paid[0] ?? waiting[0] ?? refused[0];
    at('result-text').textContent = waiting.length > 0 ? say('counter-result-wait-text')
      : say('counter-result-text', { venue, day: day(last.at), time: time(last.at) });
    const rows = [
      ...paid.map((it) => this.#receipt(it, undo)),
      ...waiting.map((it) => this.#sent(it, say('counter-row-waiting'), 'waiting')),
      ...refused.map((it) => this.#sent(it, this.#why(it), 'refused')),
    ];
    fill(at('result-rows'), rows, at('result-title'));
    at('result-total').textContent = say('counter-total', { amount: sum });
    at('result-total').hidden = at('result-ways').hidden = standing.length === 0;
  }

  #why({ problem }) {
    const { title, advice } = this.#words.refused(problem);
    return `${title}. ${advice}`;
  }

  #sent(it, text, kind, ...more) {
    const { say, amount } = this.#words;
    const name = it.serial ?? say('counter-by-code', { code: it.presented ?? '' });
    return made('li', { class: `counter-row counter-${kind}` },
      made('div', { class: 'counter-what' }, span('counter-serial', name), span('counter-told', text)),
      span('counter-value', it.cents ? amount(it.cents) : ''), ...more);
  }

  // What waits in the outbox, and what was refused and not read yet.
  // `shown` are the ids of what stands in the result above.
  outbox(records, { person, here, shown }, drop) {
    const { say, count } = this.#words;
    const waiting = records.filter(({ problem }) => !problem);
    const refused = records.filter(({ problem }) => problem);
    at('outbox').hidden = records.length === 0;
    if (records.length === 0) return;
    at('outbox-title').textContent = waiting.length > 0
      ? count('counter-outbox', waiting.length) : count('counter-refusals', refused.length);
    const elsewhere = waiting.filter(({ venue }) => here && venue !== here).length;
    at('outbox-text').textContent = waiting.length === 0 ? say('counter-refusals-text')
      : person ? say('counter-outbox-person')
        : elsewhere > 0 ? count('counter-outbox-elsewhere', elsewhere) : say('counter-outbox-text');
    const rows = [
      ...refused.map((it) => this.#sent(it, this.#why(it), 'refused',
        button(say('counter-understood'), 'counter-quiet',
          say('counter-understood-one', { voucher: it.serial ?? '' }), () => drop(it.key)))),
      ...waiting.filter(({ id }) => !shown.includes(id)).map((it) => this.#sent(it,
        say(it.deed === 'reversal' ? 'counter-undoing' : 'counter-row-waiting'), 'waiting')),
    ];
    fill(at('outbox-rows'), rows, top());
    at('send').hidden = waiting.length === 0 || person;
    at('send-sign-in').hidden = !person;
  }

  // What was redeemed here today.
  today(receipts, undo) {
    const { count, amount } = this.#words;
    const standing = receipts.filter(({ undone }) => !undone);
    const sum = amount(standing.reduce((cents, it) => cents + it.cents, 0));
    at('today').hidden = receipts.length === 0;
    at('today-sum').textContent = count('counter-today', standing.length, { amount: sum });
    fill(at('today-rows'), receipts.map((it) => this.#receipt(it, undo)), top());
  }

  // How a typed code comes along.
  code({ state, count, mark }) {
    const { say } = this.#words;
    const texts = {
      empty: () => '',
      partial: () => say('counter-code-partial', { count }),
      foreign: () => say('counter-code-foreign', { mark }),
      long: () => say('counter-code-long', { count }),
      wrong: () => say('counter-code-wrong'),
      whole: () => say('counter-code-whole'),
    };
    const bad = ['foreign', 'long', 'wrong'].includes(state);
    at('code-state').textContent = texts[state]();
    at('code-state').className = `small counter-code-state counter-code-${state}`;
    if (bad) at('code').setAttribute('aria-invalid', 'true');
    else at('code').removeAttribute('aria-invalid');
  }
}
