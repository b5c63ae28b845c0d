//! Names and references in the characters that SEPA messages carry.
//!
//! Promises: only `a-z A-Z 0-9 / - ? : ( ) . , ' +` and single spaces come out, at most as many as
//! asked. Does not: guess at other scripts; a letter it cannot write becomes a full stop.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Whether a SEPA message may carry the character: the basic Latin set of EPC132-08.
pub(super) fn is_latin(c: char) -> bool {
    c.is_ascii_alphanumeric() || "/-?:().,'+ ".contains(c)
}

/// The text in the basic Latin set, trimmed, cut after `most` characters.
///
/// Letters lose their accents and signs follow the conversion table of EPC217-08, in which what is
/// not listed becomes a full stop. We leave the table in two ways. Some signs are written as French
/// banks print them, so that the payee's name still matches the account: `œ` is `oe` and not `o`, a
/// typographic apostrophe or dash is the plain one, and quotation marks vanish. And its Greek and
/// Cyrillic letters are left out: the bodies paid here are registered in France, in Latin letters.
pub(super) fn latin(text: &str, most: usize) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.nfd().filter(|c| !is_combining_mark(*c)) {
        match replacement(c) {
            Some(other) => plain.push_str(other),
            None => plain.push(c),
        }
    }
    let words: Vec<&str> = plain.split(' ').filter(|word| !word.is_empty()).collect();
    let mut line = words.join(" ");
    line.truncate(most);
    line.truncate(line.trim_end().len());
    line
}

/// What stands for a character; `None` when it may stay.
#[expect(clippy::match_same_arms, reason = "one line for each sort of sign")]
fn replacement(c: char) -> Option<&'static str> {
    let other = match c {
        c if is_latin(c) => return None,
        'œ' => "oe",
        'Œ' => "OE",
        'æ' => "ae",
        'Æ' => "AE",
        'ß' => "ss",
        'ø' => "o",
        'Ø' => "O",
        'ł' => "l",
        'Ł' => "L",
        'đ' | 'ð' => "d",
        'Đ' | 'Ð' => "D",
        'þ' => "th",
        'Þ' => "TH",
        'ħ' => "h",
        'Ħ' => "H",
        'ı' => "i",
        'ŧ' => "t",
        'Ŧ' => "T",
        '€' => "E",
        '&' => "+",
        ';' => ",",
        '[' | '{' => "(",
        ']' | '}' => ")",
        '\\' | '|' => "/",
        '_' | '~' | '\u{2010}'..='\u{2015}' | '\u{2212}' => "-",
        '`' | '\u{2018}' | '\u{2019}' | '\u{02bc}' | '\u{2032}' => "'",
        '"' | '«' | '»' | '\u{201c}'..='\u{201f}' => " ",
        '…' => "...",
        // What nobody sees: soft hyphen, zero-width and direction marks.
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' => "",
        '\u{2060}'..='\u{2069}' | '\u{feff}' => "",
        c if c.is_whitespace() || c.is_control() => " ",
        _ => ".",
    };
    Some(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_french_names_as_banks_print_them() {
        for (name, plain) in [
            ("Médiathèque de l’Haÿ-les-Roses", "Mediatheque de l'Hay-les-Roses"),
            ("Sacré-Cœur & Cie", "Sacre-Coeur + Cie"),
            ("Association « Le Lien »", "Association Le Lien"),
            ("  ÇA  ÎLE\tÀ \u{a0}L'ŒUVRE ", "CA ILE A L'OEUVRE"),
            ("E\u{301}te\u{301} de\u{301}compose\u{301}", "Ete decompose"),
            ("salarié·e·s – n° 5", "salarie.e.s - n. 5"),
            ("Łódź, Zürich, Ærø; [x] {y} a_b", "Lodz, Zurich, AEro, (x) (y) a-b"),
            ("soft\u{ad}hyphen\u{200b}", "softhyphen"),
            ("日本", ".."),
        ] {
            assert_eq!(latin(name, 70), plain);
        }
    }

    #[test]
    fn cuts_without_a_dangling_space() {
        assert_eq!(latin("ab cd", 3), "ab");
        assert_eq!(latin("œœ", 3), "oeo");
        assert_eq!(latin("", 3), "");
    }

    proptest::proptest! {
        #[test]
        fn nothing_else_comes_out(text in ".{0,200}", most in 0_usize..80) {
            let plain = latin(&text, most);
            assert!(plain.chars().all(is_latin));
            assert!(plain.len() <= most && plain.trim() == plain && !plain.contains("  "));
            assert_eq!(latin(&plain, most), plain);
        }
    }
}
