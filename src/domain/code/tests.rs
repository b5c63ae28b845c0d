//! Goal: no slip of a finger becomes another voucher, and no code leaks. The derivation itself is
//! pinned by `tests/golden/token.json` (see `domain::token::tests`).

use std::collections::HashSet;

use proptest::prelude::*;

use super::super::serial::BookNumber;
use super::*;

fn text_of(symbols: &[u8]) -> String {
    symbols.iter().map(|symbol| char::from(base32::ALPHABET[usize::from(*symbol)])).collect()
}

#[test]
fn the_check_symbol_is_the_one_published() {
    for published in ["0123456789AM", "ZZZZZZZZZZZK", "7QK3M9X2TBVA"] {
        let code: Code = published.parse().unwrap();
        assert_eq!(code.to_string().replace('-', ""), published);
    }
    assert_eq!("0123456789AM".parse::<Code>().unwrap().to_string(), "0123-4567-89AM");
}

#[test]
fn a_code_is_read_as_people_type() {
    let code: Code = "0123-4567-89AM".parse().unwrap();
    for spelling in [
        "0123456789am",
        " 0123 4567 89AM\r\n",
        "oI23-4567-89aM",
        "OL23\u{2011}4567\u{2013}89AM",
        "o i 2 3 4 5 6 7 8 9 a m",
        "\u{feff}0123\u{a0}4567\u{2212}89AM",
    ] {
        assert_eq!(spelling.parse(), Ok(code), "{spelling:?}");
    }
}

#[test]
fn length_and_alphabet_come_before_the_check() {
    for bad in ["", "----", "0123-4567-89A", "0123-4567-89AMM", "U123-4567-89AM", "0123.456789AM"] {
        assert_eq!(bad.parse::<Code>(), Err(CodeError::Malformed), "{bad}");
    }
    for bad in ["0123-4567-89AN", "0000-0000-0000"] {
        assert_eq!(bad.parse::<Code>(), Err(CodeError::Mistyped), "{bad}");
    }
}

#[test]
fn zero_and_the_fifty_sixth_bit_are_no_code() {
    let most = (1 << CODE_BITS) - 1;
    assert_eq!(Code::from_number(most).unwrap().to_string(), "ZZZZ-ZZZZ-ZZZK");
    assert_eq!(Code::from_number(0), None);
    assert_eq!(Code::from_number(most + 1), None);
    assert_eq!(Code::from_bytes([0x80, 0, 0, 0, 0, 0, 1]), None);
    // A first window of zeros gives way to the second.
    assert_eq!(first_code(5 << (128 - 110)).number(), 5);
    assert_eq!(first_code(1 << (128 - 55) | 5 << (128 - 110)).number(), 1);
}

/// All wrong texts that one slip makes of 12 symbols: one symbol replaced, or two symbols one or
/// two places apart swapped.
fn slips(symbols: [u8; SYMBOLS]) -> Vec<[u8; SYMBOLS]> {
    let replaced = (0..SYMBOLS).flat_map(|place| (0..32).map(move |value| (place, value)));
    let mut wrong: Vec<_> = replaced
        .map(|(place, value)| {
            let mut slip = symbols;
            slip[place] = value;
            slip
        })
        .collect();
    for (left, right) in (0..SYMBOLS).flat_map(|left| [(left, left + 1), (left, left + 2)]) {
        if right < SYMBOLS {
            let mut slip = symbols;
            slip.swap(left, right);
            wrong.push(slip);
        }
    }
    wrong.retain(|slip| *slip != symbols);
    wrong
}

proptest! {
    #[test]
    fn every_code_comes_back(number in 1..1_u64 << CODE_BITS) {
        let code = Code::from_number(number).unwrap();
        prop_assert_eq!(code.to_string().parse(), Ok(code));
        prop_assert_eq!(Code::from_bytes(code.to_bytes()), Some(code));
    }

    #[test]
    fn every_single_slip_is_noticed(number in 1..1_u64 << CODE_BITS) {
        let symbols = Code::from_number(number).unwrap().symbols();
        let wrong = slips(symbols);
        prop_assert!(wrong.len() >= 12 * 31);
        for slip in wrong {
            prop_assert_eq!(text_of(&slip).parse::<Code>(), Err(CodeError::Mistyped));
        }
    }

    #[test]
    fn any_text_is_answered(text in ".{0,40}") {
        if let Ok(code) = text.parse::<Code>() {
            prop_assert_eq!(code.to_string().parse(), Ok(code));
        }
    }
}

#[test]
fn each_voucher_counter_and_ledger_has_its_own_code() {
    let mine = CodeKey::for_ledger(&[7; 32], "funder_a");
    let yours = CodeKey::for_ledger(&[7; 32], "funder_b");
    let mut seen = HashSet::new();
    for book in 0..50 {
        for position in 1..=20 {
            let serial = Serial::new(BookNumber::new(book), position).unwrap();
            assert!(seen.insert(mine.code(serial, 0)));
            assert!(seen.insert(mine.code(serial, 1)));
            assert!(seen.insert(yours.code(serial, 0)));
        }
    }
    let again = CodeKey::from_bytes(*mine.expose());
    let serial = Serial::new(BookNumber::new(9), 9).unwrap();
    assert_eq!(again.code(serial, 0), mine.code(serial, 0));
}

#[test]
fn tags_differ_between_codes_and_instances() {
    let key = TagKey::from_master(&[7; 32]);
    let other = TagKey::from_master(&[8; 32]);
    let tags: HashSet<_> = (1..1000)
        .map(|number| Code::from_number(number).unwrap())
        .flat_map(|code| [key.tag(code), other.tag(code)])
        .collect();
    assert_eq!(tags.len(), 2 * 999);
    let tag = key.tag(Code::from_number(1).unwrap());
    assert_eq!(CodeTag::from_stored(tag.stored()), tag);
}

#[test]
fn secrets_do_not_show_in_logs() {
    let key = CodeKey::from_bytes([7; 32]);
    let code = Code::from_number(123_456).unwrap();
    let shown = format!("{code:?} {key:?} {:?}", TagKey::from_master(&[7; 32]));
    assert_eq!(shown, "Code(secret) CodeKey(secret) TagKey(secret)");
}
