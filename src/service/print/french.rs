//! Amounts, days and plurals as French people write them.
//!
//! Promises: no-break spaces where a line must not end (`10 €`, `31 décembre`). Does not: know any
//! other language; the printed books are in French.

use crate::base::day::Day;
use crate::base::money::Money;

/// The space on which a line never ends.
pub(super) const NO_BREAK: char = '\u{a0}';
/// The same, narrow: within numbers, and before the sign of the euro.
pub(super) const NARROW: char = '\u{202f}';

const MONTHS: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];

/// `10 €`, `12,50 €`, `1 250 €`.
pub(super) fn amount(money: Money) -> String {
    let (euros, cents) = (money.cents() / 100, money.cents() % 100);
    let digits = euros.to_string();
    let mut text = String::with_capacity(digits.len() * 2);
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(NARROW);
        }
        text.push(digit);
    }
    if cents == 0 { format!("{text}{NARROW}€") } else { format!("{text},{cents:02}{NARROW}€") }
}

/// `31 décembre 2027`, `1er janvier 2026`.
pub(super) fn day(day: Day) -> String {
    let (year, month, number) = parts(day);
    let month = MONTHS[usize::from(month.clamp(1, 12)) - 1];
    let ordinal = if number == 1 { "er" } else { "" };
    format!("{number}{ordinal}{NO_BREAK}{month}{NO_BREAK}{year}")
}

/// Year, month and day of the month.
pub(super) fn parts(day: Day) -> (u16, u8, u8) {
    let text = day.to_string();
    let mut numbers = text.split('-').map(|part| part.parse::<u16>().unwrap_or(1));
    let mut next = || numbers.next().unwrap_or(1);
    let (year, month, number) = (next(), next(), next());
    (year, u8::try_from(month).unwrap_or(1), u8::try_from(number).unwrap_or(1))
}

/// `1 chèque`, `10 chèques`.
pub(super) fn vouchers(count: usize) -> String {
    let plural = if count > 1 { "s" } else { "" };
    format!("{count}{NO_BREAK}chèque{plural}")
}

/// Our own sentences with the space before `: ; ? !` made one on which no line breaks.
pub(super) fn spaced(text: &str) -> String {
    let mut spaced = text.to_owned();
    for mark in [" :", " ;", " ?", " !"] {
        spaced = spaced.replace(mark, &format!("{NO_BREAK}{}", &mark[1..]));
    }
    spaced
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(cents: i64) -> String {
        amount(Money::from_cents(cents).unwrap()).replace(NARROW, " ")
    }

    #[test]
    fn amounts_are_written_the_french_way() {
        assert_eq!(shown(1000), "10 €");
        assert_eq!(shown(1250), "12,50 €");
        assert_eq!(shown(5), "0,05 €");
        assert_eq!(shown(65_535), "655,35 €");
        assert_eq!(shown(125_000), "1 250 €");
        assert_eq!(shown(123_456_700), "1 234 567 €");
    }

    #[test]
    fn days_are_written_the_french_way() {
        let shown = |text: &str| day(text.parse().unwrap()).replace(NO_BREAK, " ");
        assert_eq!(shown("2027-12-31"), "31 décembre 2027");
        assert_eq!(shown("2026-01-01"), "1er janvier 2026");
        assert_eq!(shown("2028-02-29"), "29 février 2028");
    }

    #[test]
    fn one_voucher_is_singular() {
        assert_eq!(vouchers(1).replace(NO_BREAK, " "), "1 chèque");
        assert_eq!(vouchers(20).replace(NO_BREAK, " "), "20 chèques");
    }
}
