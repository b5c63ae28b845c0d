//! Hushing: what a parser says about what was sent, without saying it back.
//!
//! Promises: a sentence holds words of ours and short plain names, never a value: it may be a
//! secret in the wrong place, and refusals are logged, copied and shown around. Does not: parse.

use crate::base::planted;

/// The longest name that is said back: shorter than any secret.
const LONGEST: usize = 40;

/// How a parser goes on after what it quotes (serde).
const AFTER: [&str; 2] = ["`, expected ", "`, there are no "];

/// Whether a text looks like the name of a member, and like no secret.
pub(in crate::web) fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    (1..=LONGEST).contains(&text.len()) && text.bytes().all(plain)
}

/// A parser's sentence without the values in it.
pub(in crate::web) fn hushed(text: &str) -> String {
    if planted::is("refusal-echoes") {
        return text.to_owned();
    }
    for mark in ["unknown field `", "unknown variant `"] {
        let Some((before, rest)) = text.split_once(mark) else { continue };
        // The last one: what was sent may look like the rest of the sentence.
        let end = AFTER.iter().filter_map(|after| rest.rfind(after)).max();
        let (name, after) = rest.split_at(end.unwrap_or(rest.len()));
        let name = if is_name(name) { name } else { "…" };
        return format!("{before}{mark}{name}{after}");
    }
    for mark in ["invalid type: ", "invalid value: "] {
        let Some((before, rest)) = text.split_once(mark) else { continue };
        let end = rest.rfind(", expected ").unwrap_or(rest.len());
        let (value, after) = rest.split_at(end);
        // Its sort stands before the quotes: `string "…"`, integer `5`.
        let sort = value.split(['`', '"']).next().unwrap_or_default().trim_end();
        return format!("{before}{mark}{sort}{after}");
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_is_said_back() {
        for (said, hushed_to) in [
            (
                "unknown field `beneficiary`, expected `a` or `b`",
                "unknown field `beneficiary`, expected `a` or `b`",
            ),
            ("unknown field `ana@x.fr`, expected `a`", "unknown field `…`, expected `a`"),
            ("unknown field `K`, expected `x`, expected `a`", "unknown field `…`, expected `a`"),
            ("unknown field `K7QX`, there are no fields", "unknown field `…`, there are no fields"),
            (
                "q: unknown variant `K7QX-M2VD`, expected one of `a`, `b`",
                "q: unknown variant `…`, expected one of `a`, `b`",
            ),
            ("invalid type: string \"K7\", expected i64", "invalid type: string, expected i64"),
            (
                "invalid type: integer `123456`, expected a string",
                "invalid type: integer, expected a string",
            ),
            ("invalid type: map, expected a string", "invalid type: map, expected a string"),
            (
                "invalid value: string \"a, expected b\", expected c",
                "invalid value: string, expected c",
            ),
            ("missing field `name`", "missing field `name`"),
        ] {
            assert_eq!(hushed(said), hushed_to);
        }
        assert!(is_name("venue_id") && !is_name(&"a".repeat(41)) && !is_name(""));
    }
}
