// Says: words of the page's language with values in them, amounts and days as people write them.
//
// Promises: pure; the words come with the page, none are here. Does not: draw.

const NARROW = '\u202f';

// Words of one language: `table` is what the page brought.
export function speaker(table, language) {
  const plural = new Intl.PluralRules(language);
  const fill = (text, values) =>
    text.replace(/\{(\w+)\}/gu, (whole, name) => values[name] ?? whole);
  const say = (key, values = {}) => fill(table.words[key] ?? key, values);

  // The words for so many: `KEY-one` or `KEY-many`.
  const count = (key, number, values = {}) => {
    const form = plural.select(number) === 'one' ? 'one' : 'many';
    return say(`${key}-${form}`, { count: whole(number), ...values });
  };

  const whole = (number) => {
    const between = language === 'fr' ? NARROW : ',';
    return String(number).replace(/\B(?=(\d{3})+$)/gu, between);
  };

  // `10 €`, `12,50 €`; `€10`, `€12.50`.
  const amount = (cents) => {
    const euros = whole(Math.floor(cents / 100));
    const rest = cents % 100;
    const point = language === 'fr' ? ',' : '.';
    const number = rest ? `${euros}${point}${String(rest).padStart(2, '0')}` : euros;
    return language === 'fr' ? `${number}${NARROW}€` : `€${number}`;
  };

  const dayForm = new Intl.DateTimeFormat(language === 'fr' ? 'fr-FR' : 'en-GB', {
    day: 'numeric', month: 'long', year: 'numeric',
  });
  const timeForm = new Intl.DateTimeFormat(language === 'fr' ? 'fr-FR' : 'en-GB', {
    hour: '2-digit', minute: '2-digit',
  });
  // `2026-03-01` or a moment in milliseconds: a day as people write it.
  const day = (when) => {
    const date = typeof when === 'string' && when.length === 10
      ? new Date(`${when}T12:00:00`) : new Date(when);
    const text = dayForm.format(date);
    return language === 'fr' ? text.replace(/^1 /u, '1er ') : text;
  };
  const time = (when) => timeForm.format(new Date(when));

  // The name of a service.
  const offering = (code) => table.offerings[code] ?? code;

  // Why something is refused and what to do, in words for the counter.
  const refused = (problem) => {
    const { code } = problem;
    const known = table.refusals[code];
    if (!known) return { title: table.words['counter-refused'], advice: problem.detail ?? '' };
    const values = {
      from: problem.valid_from && day(problem.valid_from),
      until: problem.valid_until && day(problem.valid_until),
      day: problem.redeemed_at && day(problem.redeemed_at),
      time: problem.redeemed_at && time(problem.redeemed_at),
      holder: problem.holder,
      address: problem.address,
      minutes: problem.retry_after_seconds && whole(Math.ceil(problem.retry_after_seconds / 60)),
    };
    // The most telling sentence for which everything is known.
    const told = (text) => [...text.matchAll(/\{(\w+)\}/gu)].every(([, name]) => values[name]);
    const here = problem.same_venue === true ? known.here : null;
    const options = [here, known.told, known.advice].filter((text) => text && told(text));
    return { title: known.title, advice: fill(options[0] ?? '', values) };
  };

  // Why nothing is known of a voucher yet: a reason that has words, else that the line is cut.
  const unsure = (problem) => (table.refusals[problem?.code] ? refused(problem)
    : { title: say('counter-unsure-title'), advice: say('counter-unsure') });

  return { say, count, amount, day, time, offering, refused, unsure, language };
}
