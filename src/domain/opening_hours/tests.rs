//! Goal: what is understood is understood rightly and printed in one way; what is not is refused
//! with the rule that is meant.

use proptest::prelude::*;

use super::*;

fn parsed(text: &str) -> OpeningHours {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

#[test]
fn what_people_write_has_one_spelling() {
    for (written, kept) in [
        ("Mo-Fr 09:00-12:00,14:00-18:30; Sa 08:30-12:00", ""),
        ("Mo-Fr 09:00-17:00; PH off", ""),
        ("Mo-Su,PH 00:00-24:00", ""),
        ("Mo,We-Th,Sa-Su 10:00-12:00", ""),
        (" Mo - Fr 9:00 - 12:00 , 14:00-18:00 ;", "Mo-Fr 09:00-12:00,14:00-18:00"),
        ("Fr,Mo,Tu,We 14:00-18:00,09:00-12:00", "Mo-We,Fr 09:00-12:00,14:00-18:00"),
        ("Sa-Mo 10:00-12:00;Tu closed", "Mo,Sa-Su 10:00-12:00; Tu off"),
        ("PH,Su 10:00-12:00", "Su,PH 10:00-12:00"),
        ("09:00-12:00", "Mo-Su 09:00-12:00"),
        ("24/7", "Mo-Su 00:00-24:00"),
        ("off", "Mo-Su off"),
        ("Mo-Frclosed", "Mo-Fr off"),
    ] {
        let kept = if kept.is_empty() { written } else { kept };
        assert_eq!(parsed(written).to_string(), kept);
        assert_eq!(parsed(kept), parsed(written));
    }
}

#[test]
fn what_is_not_understood_is_refused_by_its_rule() {
    let refused = |text: &str| text.parse::<OpeningHours>().unwrap_err();
    for (text, error) in [
        ("", HoursError::Hours(1)),
        (";", HoursError::Hours(1)),
        ("Mo-Fr 09:00-17:00;; PH off", HoursError::Hours(2)),
        ("Mo-Fr", HoursError::Hours(1)),
        ("Mo-Fr 09:00", HoursError::Hours(1)),
        ("Mo-Fr 09:00+", HoursError::Hours(1)),
        ("Mo-Fr 09:00-17:00 \"Ana Durand\"", HoursError::Hours(1)),
        ("Mo-Fr 09:00-17:00 off", HoursError::Days(1)),
        ("Mo-Fr 09:60-17:00", HoursError::Hours(1)),
        ("Mo-Fr 09:00-24:01", HoursError::Hours(1)),
        ("Mo-Fr 9h-17h", HoursError::Hours(1)),
        ("Mo-Fr 009:00-17:00", HoursError::Hours(1)),
        ("Mo-Fr +9:00-17:00", HoursError::Days(1)),
        ("Mo-Fr ٠٩:٠٠-١٧:٠٠", HoursError::Hours(1)),
        ("lun-ven 09:00-17:00", HoursError::Days(1)),
        ("mo-fr 09:00-17:00", HoursError::Days(1)),
        ("Mo-Fr 09:00-17:00; SH 10:00-12:00", HoursError::Days(2)),
        ("Mo-Fr 09:00-17:00; PH Mo 10:00-12:00", HoursError::Days(2)),
        ("Mo[1] 09:00-17:00", HoursError::Days(1)),
        ("Jul-Aug off", HoursError::Days(1)),
        ("week 1-53/2 Mo 09:00-17:00", HoursError::Days(1)),
        ("Mo,,Tu 09:00-17:00", HoursError::Days(1)),
        ("Mo 22:00-02:00", HoursError::Order(1)),
        ("Mo 10:00-10:00", HoursError::Order(1)),
        ("Mo 09:00-13:00,12:00-17:00", HoursError::Overlap(1)),
    ] {
        assert_eq!(refused(text), error, "{text}");
    }
    let long = vec!["Mo 09:00-17:00"; 16].join(";");
    assert!(long.len() < LONGEST && parsed(&long[..long.len() - 15]).to_string().len() > 200);
    // Short as it is written, too long as it would be kept.
    assert_eq!(refused(&vec!["24/7"; 40].join(";")), HoursError::TooLong);
    assert_eq!(refused(&" ".repeat(256)), HoursError::TooLong);
    let json = serde_json::from_str::<OpeningHours>("\"Mo-Fr open\"").unwrap_err();
    assert!(json.to_string().starts_with("rule 1: hours are like"), "{json}");
}

#[test]
fn the_last_rule_that_names_a_day_decides() {
    let hours = parsed("Mo-Fr 09:00-12:00,14:00-18:00; We 14:00-20:00; PH off");
    let told = |text: &str| -> Vec<String> {
        hours.on(day(text)).iter().map(ToString::to_string).collect()
    };
    assert_eq!(told("2026-11-23"), ["09:00-12:00", "14:00-18:00"]);
    assert_eq!(told("2026-11-25"), ["14:00-20:00"]);
    assert_eq!(told("2026-11-22"), Vec::<String>::new(), "no rule names Sunday");
    assert_eq!(told("2026-11-11"), Vec::<String>::new(), "Armistice Day is a Wednesday");
    let open = parsed("PH 10:00-12:00");
    assert_eq!(open.on(day("2026-11-11")), [Hours { from: 600, to: 720 }]);
    assert!(open.on(day("2026-11-12")).is_empty());
}

#[test]
fn a_margin_reaches_into_the_day_beside() {
    let hours = parsed("Mo 09:00-12:00,14:00-24:00; Tu off");
    let monday = day("2026-11-23");
    for (days, minute, margin, open) in [
        (0, 9 * 60, 0, true),
        (0, 9 * 60 - 1, 0, false),
        (0, 8 * 60, 60, true),
        (0, 8 * 60 - 1, 60, false),
        (0, 12 * 60, 0, false),
        (0, 12 * 60 + 59, 60, true),
        (0, 23 * 60 + 59, 0, true),
        (1, 0, 0, false),
        (1, 59, 60, true),
        (1, 60, 60, false),
        (-1, 23 * 60, 600, true),
        (-1, 22 * 60 + 59, 600, false),
    ] {
        let around = hours.is_open_around(monday.plus_days(days), minute, margin);
        assert_eq!(around, open, "{days} {minute} {margin}");
    }
}

/// Rules as they may be kept: days, and hours that do not overlap.
fn rules() -> impl Strategy<Value = OpeningHours> {
    let hours = proptest::collection::btree_set(0..=DAY, 0..=3).prop_map(|times| {
        let times: Vec<u16> = times.into_iter().collect();
        times.chunks_exact(2).map(|two| Hours { from: two[0], to: two[1] }).collect()
    });
    let rule = (1..=u8::MAX, hours).prop_map(|(days, hours)| Rule { days, hours });
    proptest::collection::vec(rule, 1..=4).prop_map(OpeningHours)
}

proptest! {
    #[test]
    fn what_is_printed_is_read_as_the_same(hours in rules()) {
        prop_assert_eq!(hours.to_string().parse(), Ok(hours));
    }

    #[test]
    fn what_is_read_is_kept_as_it_is_printed(text in "[MoTuFrSaPH0-9:,; -]{0,40}") {
        if let Ok(hours) = text.parse::<OpeningHours>() {
            prop_assert_eq!(hours.to_string().parse(), Ok(hours));
        }
    }
}

#[test]
fn an_ordinary_week_and_holidays_are_told_apart() {
    let hours = parsed("Mo-Fr 09:00-12:00; Sa 10:00-11:00; PH off");
    let week = hours.week();
    assert_eq!(week[0], [Hours { from: 540, to: 720 }]);
    assert_eq!((week[0], week[5].len(), week[6].len()), (week[4], 1, 0));
    assert_eq!(hours.holidays(), Some(&[][..]));
    assert_eq!(parsed("Mo-Fr 09:00-12:00").holidays(), None);
    assert_eq!(parsed("PH off; Mo-Fr 09:00-12:00").holidays(), None, "a later rule decides");
    assert_eq!(parsed("Mo 09:00-12:00; PH 10:00-11:00").holidays().map(<[_]>::len), Some(1));
}
