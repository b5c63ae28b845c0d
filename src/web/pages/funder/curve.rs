//! A curve of what was used over time, and where its pace leads, drawn on the server.
//!
//! Promises: whole numbers only; the same figures as a table. Does not: count, or guess beyond the
//! pace that it says.

use crate::base::day::Day;
use crate::service::follow::CURVE_DAYS;
use crate::web::pages::funder::count;
use crate::web::pages::words::Words;

/// The drawing, in its own units.
const WIDTH: i64 = 640;
const HEIGHT: i64 = 280;
const LEFT: i64 = 70;
const RIGHT: i64 = 12;
const TOP: i64 = 14;
const BOTTOM: i64 = 34;
/// The most months that are named below the curve, and the room that a name takes.
const MONTHS: usize = 4;
const NAME: i64 = 112;

/// What is drawn.
#[derive(Debug, Clone)]
pub(super) struct Drawn {
    /// Uses that stand by day, days in order.
    pub(super) daily: Vec<(Day, i64)>,
    /// All uses that stand.
    pub(super) used: i64,
    /// Vouchers of funded orders.
    pub(super) issued: i64,
    pub(super) today: Day,
    /// The last day on which a voucher can be used.
    pub(super) until: Day,
    /// How many are used then, as it is expected.
    pub(super) expected: i64,
}

/// One week of the table.
#[derive(Debug, Clone)]
pub(super) struct Week {
    pub(super) label: String,
    pub(super) used: String,
    pub(super) whole: String,
}

/// The curve.
#[derive(Debug, Clone)]
pub(super) struct Curve {
    pub(super) width: i64,
    pub(super) height: i64,
    /// Left and right end of the lines.
    pub(super) from: i64,
    pub(super) to: i64,
    /// The line of what was used.
    pub(super) line: String,
    /// What lies below it.
    pub(super) area: String,
    /// The line of what is expected.
    pub(super) ahead: Option<String>,
    /// Lines across, each with its number.
    pub(super) rules: Vec<(i64, String)>,
    /// Months, each at its first day.
    pub(super) months: Vec<(i64, String)>,
    /// Where months are written.
    pub(super) foot: i64,
    pub(super) weeks: Vec<Week>,
}

/// The smallest of 2, 4, 10, 20, 40, 100 … that is not below a number: it and its half are whole.
fn ceiling(number: i64) -> i64 {
    let mut step: i64 = 1;
    loop {
        for times in [2, 4, 10] {
            let found = step.saturating_mul(times);
            if found >= number || found == i64::MAX {
                return found;
            }
        }
        step = step.saturating_mul(10);
    }
}

/// The curve; none before the first use.
pub(super) fn curve(words: Words, drawn: &Drawn) -> Option<Curve> {
    let (first, _) = *drawn.daily.first()?;
    let before = drawn.used - drawn.daily.iter().map(|(_, used)| used).sum::<i64>();
    let begin = first.plus_days(-1);
    let farthest = drawn.today.plus_days(CURVE_DAYS);
    let end = drawn.until.min(farthest).max(drawn.today);
    let span = begin.days_to(end).max(1);
    // As high as the vouchers that there are, unless so few are used that it would lie flat.
    let top = drawn.expected.max(drawn.used).max(1);
    let top = ceiling(if drawn.issued <= 2 * top { drawn.issued.max(top) } else { top });
    let x = |day: Day| LEFT + begin.days_to(day) * (WIDTH - LEFT - RIGHT) / span;
    let y = |number: i64| HEIGHT - BOTTOM - number * (HEIGHT - TOP - BOTTOM) / top;
    let weeks = weeks(drawn, begin, before);
    let mut points = vec![(x(begin), y(before))];
    points.extend(weeks.iter().map(|(last, _, whole)| (x(*last), y(*whole))));
    let said = |points: &[(i64, i64)]| -> String {
        points.iter().map(|(x, y)| format!("{x},{y}")).collect::<Vec<_>>().join(" ")
    };
    let line = said(&points);
    let foot = HEIGHT - BOTTOM;
    let (now, then) = (x(drawn.today), x(end));
    let area = format!("{},{foot} {line} {now},{foot}", x(begin));
    let expected = if end == drawn.until { drawn.expected } else { part(drawn, end) };
    let ahead = (end > drawn.today)
        .then(|| said(&[(now, y(drawn.used)), (then, y(expected.max(drawn.used)))]));
    let rules = [0, top / 2, top].map(|number| (y(number), count(words, number)));
    let row = |(last, used, whole): &(Day, i64, i64)| Week {
        label: words.with("funder-week", [("day", words.day(*last).into())]),
        used: count(words, *used),
        whole: count(words, *whole),
    };
    Some(Curve {
        width: WIDTH,
        height: HEIGHT,
        from: LEFT,
        to: WIDTH - RIGHT,
        line,
        area,
        ahead,
        rules: rules.to_vec(),
        months: months(words, begin, end, &x),
        foot: HEIGHT - 10,
        weeks: weeks.iter().rev().map(row).collect(),
    })
}

/// What is expected on a day before the last one: as far along as the day is.
fn part(drawn: &Drawn, day: Day) -> i64 {
    let (all, some) = (drawn.today.days_to(drawn.until), drawn.today.days_to(day));
    drawn.used + (drawn.expected - drawn.used).max(0) * some / all.max(1)
}

/// Weeks from the first use on: the last day, what was used in it, and up to it.
fn weeks(drawn: &Drawn, begin: Day, before: i64) -> Vec<(Day, i64, i64)> {
    let (mut weeks, mut last, mut whole) = (Vec::new(), begin, before);
    let mut daily = drawn.daily.iter().peekable();
    while last < drawn.today {
        last = last.plus_days(7).min(drawn.today);
        let mut used = 0;
        while let Some((_, count)) = daily.next_if(|(on, _)| *on <= last) {
            used += count;
        }
        whole += used;
        weeks.push((last, used, whole));
    }
    weeks
}

/// The first days of some months, so many that their names do not touch.
fn months(words: Words, begin: Day, end: Day, x: &dyn Fn(Day) -> i64) -> Vec<(i64, String)> {
    let mut firsts = Vec::new();
    let mut day = begin.month_begin();
    while day <= end {
        if day >= begin {
            firsts.push(day);
        }
        day = day.plus_days(31).month_begin();
    }
    let step = firsts.len().div_ceil(MONTHS).max(1);
    let named = firsts.into_iter().step_by(step).map(|day| (x(day), words.month(day)));
    named.filter(|(at, _)| *at <= WIDTH - NAME).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::pages::visitor::Language;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn drawn() -> Drawn {
        Drawn {
            daily: vec![(day("2026-09-01"), 3), (day("2026-09-09"), 4), (day("2026-09-20"), 1)],
            used: 10,
            issued: 100,
            today: day("2026-09-20"),
            until: day("2026-12-31"),
            expected: 40,
        }
    }

    #[test]
    fn a_curve_ends_with_what_was_used() {
        let words = Words::of(Language::French);
        let curve = curve(words, &drawn()).unwrap();
        let whole: Vec<&str> = curve.weeks.iter().map(|week| week.whole.as_str()).collect();
        assert_eq!(whole, ["10", "9", "5"], "newest first; two were used before the year");
        let used: Vec<&str> = curve.weeks.iter().map(|week| week.used.as_str()).collect();
        assert_eq!(used, ["1", "4", "3"]);
        assert!(curve.ahead.is_some() && curve.months.len() == 4, "{:?}", curve.months);
        let last = curve.line.rsplit(' ').next().unwrap();
        assert!(curve.ahead.unwrap().starts_with(last), "the one line begins where the other ends");
        let none = Drawn { daily: Vec::new(), ..drawn() };
        assert!(super::curve(words, &none).is_none());
    }

    #[test]
    fn numbers_at_the_side_are_whole() {
        for (number, top) in [(1, 2), (3, 4), (5, 10), (11, 20), (41, 100), (400, 400)] {
            assert_eq!(ceiling(number), top);
        }
    }
}
