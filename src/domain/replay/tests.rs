//! Goal: a replay accepts what the writer writes, and each lie in a line has its own answer.

use serde_json::{Value, json};

use super::*;

const LEDGER: &str = "funder_01h455vb4pex5vsknk084sn02q";
const CAMPAIGN: &str = "campaign_01h455vb4pex5vsknk084sn02q";
const ORDER: &str = "order_01h455vb4pex5vsknk084sn02q";
const VENUE: &str = "venue_01h455vb4pex5vsknk084sn02q";
const STRUCTURE: &str = "structure_01h455vb4pex5vsknk084sn02q";

fn line(seq: i64, kind: &str, id: &str, transfers: &[(String, String, i64)], body: &str) -> String {
    let moved = |(debit, credit, cents): &(String, String, i64)| {
        format!(r#"{{"debit":"{debit}","credit":"{credit}","cents":{cents}}}"#)
    };
    let transfers: Vec<String> = transfers.iter().map(moved).collect();
    format!(r#"{{"ledger":"{LEDGER}","seq":{seq},"id":"{id}","kind":"{kind}","recorded_at":"#)
        + &format!(
            r#""2026-11-22T10:00:00.000Z","on":"2026-11-22","actor":"{LEDGER}","transfers":[{}],"#,
            transfers.join(",")
        )
        + &format!(r#""body":{body}}}"#)
}

fn opening() -> String {
    let body =
        format!(r#"{{"origin":"h.example/ledger/{LEDGER}","name":"F","time_zone":"Europe/Paris","#)
            + r#""log_key":"k","mode":"held"}"#;
    line(0, "ledger-opened", LEDGER, &[], &body)
}

fn story() -> Vec<String> {
    let (funds, deposit) = (format!("funds:{LEDGER}"), format!("deposit:{LEDGER}"));
    let (float, due) = (format!("float:{CAMPAIGN}"), format!("due:{STRUCTURE}"));
    let placed = format!(
        r#"{{"campaign_id":"{CAMPAIGN}","books":1,"vouchers_per_book":2,"face_cents":1000,"#
    ) + r#""key_id":1}"#;
    let active = format!(r#"{{"campaign_id":"{CAMPAIGN}","vouchers":2}}"#);
    let redeemed = format!(r#"{{"voucher":"0000001-01","round":1,"venue_id":"{VENUE}","#)
        + r#""offering":"aide-aux-demarches-administratives","shown_as":"token"}"#;
    let reversed = r#"{"voucher":"0000001-01","round":1,"redemption_seq":4,"#.to_owned()
        + &format!(r#""venue_id":"{VENUE}"}}"#);
    let redemption = "redemption_01h455vb4pex5vsknk084sn02q";
    let money = "deposit_01h455vb4pex5vsknk084sn02q";
    let moved = |debit: &str, credit: &str, cents| vec![(debit.into(), credit.into(), cents)];
    vec![
        opening(),
        line(
            1,
            "deposit-recorded",
            money,
            &moved(&funds, &deposit, 2000),
            r#"{"reference":"MANDAT 1"}"#,
        ),
        line(2, "order-placed", ORDER, &[], &placed),
        line(3, "order-activated", ORDER, &moved(&deposit, &float, 2000), &active),
        line(4, "voucher-redeemed", redemption, &moved(&float, &due, 1000), &redeemed),
        line(5, "redemption-reversed", redemption, &moved(&due, &float, 1000), &reversed),
    ]
}

/// The faults of each line of a story.
fn faults(lines: &[String]) -> Vec<Fault> {
    let mut replay = Replay::default();
    lines.iter().flat_map(|line| replay.next(line).unwrap().faults).collect()
}

/// The story with something else in one line.
fn changed(seq: usize, from: &str, to: &str) -> Vec<Fault> {
    let mut lines = story();
    assert!(lines[seq].contains(from), "{}", lines[seq]);
    lines[seq] = lines[seq].replace(from, to);
    faults(&lines)
}

#[test]
fn a_true_story_has_no_fault() {
    assert_eq!(faults(&story()), []);
    let mut replay = Replay::default();
    for line in story() {
        replay.next(&line).unwrap();
    }
    let campaign = CAMPAIGN.parse().unwrap();
    assert_eq!(replay.balances().tally(Account::Float(campaign)).vouchers, 2);
    assert_eq!((replay.size(), replay.face_cents(campaign)), (6, 1000));
    replay.balances().check_funded().unwrap();
}

#[test]
fn each_lie_has_its_answer() {
    let day = changed(1, r#""on":"2026-11-22""#, r#""on":"2026-11-21""#);
    assert!(matches!(day[..], [Fault::Day { .. }]), "{day:?}");
    let clock = changed(2, "T10:00:00.000Z", "T09:59:59.999Z");
    assert!(matches!(clock[..], [Fault::Clock { .. }]), "{clock:?}");
    let seq = changed(2, r#""seq":2"#, r#""seq":7"#);
    assert_eq!(seq, [Fault::Seq { expected: 2, found: 7 }]);
    let body = changed(1, r#"{"reference":"MANDAT 1"}"#, r#"{"reference": "MANDAT 1"}"#);
    assert_eq!(body, [Fault::Body]);
    let other = "funder_01h455vb4pex5vsknk084sn02r";
    let ledger = changed(2, LEDGER, other);
    assert_eq!(ledger, [Fault::OtherLedger(other.parse().unwrap())]);
    let foreign = changed(1, &format!("deposit:{LEDGER}"), &format!("deposit:{other}"));
    let account: Account = format!("deposit:{other}").parse().unwrap();
    assert_eq!(foreign[0], Fault::ForeignAccount(account));
    let opened = faults(&[opening(), opening().replace(r#""seq":0"#, r#""seq":1"#)]);
    assert_eq!(opened, [Fault::Opening]);
    assert_eq!(faults(&story()[2..3])[..2], [Fault::Seq { expected: 0, found: 2 }, Fault::Opening]);
}

#[test]
fn unfunded_money_is_seen_at_its_line() {
    let short = changed(1, r#""cents":2000"#, r#""cents":1999"#);
    assert!(matches!(short[0], Fault::Balance(BalanceError::Short { .. })), "{short:?}");
    let more = changed(3, r#""vouchers":2"#, r#""vouchers":3"#);
    assert!(matches!(more[0], Fault::Balance(BalanceError::FloatDiffers { .. })), "{more:?}");
    let less = changed(4, r#""cents":1000"#, r#""cents":900"#);
    assert!(matches!(less[0], Fault::Balance(BalanceError::FloatDiffers { .. })), "{less:?}");
    let due = format!("due:{STRUCTURE}");
    let mut lines = story();
    lines[4] = lines[4].replace(&format!("float:{CAMPAIGN}"), &format!("deposit:{LEDGER}"));
    assert!(lines[4].contains(&due));
    assert_eq!(faults(&lines[..5])[0], Fault::NoFloat);
    // A kind that has no business with a float, and takes from it all the same.
    let taken = changed(1, &format!("deposit:{LEDGER}"), &format!("float:{CAMPAIGN}"));
    assert!(matches!(taken[0], Fault::Balance(BalanceError::Uncounted(_))), "{taken:?}");
}

#[test]
fn what_is_not_understood_is_said() {
    let mut replay = Replay::default();
    replay.next(&opening()).unwrap();
    let later = line(1, "voucher-sung", ORDER, &[], "{}");
    let unknown = FactError::UnknownKind("voucher-sung".to_owned());
    assert_eq!(replay.next(&later).unwrap_err(), Unreadable::Fact(unknown));
    let mut value: Value = serde_json::from_str(&opening()).unwrap();
    value["seq"] = json!(2);
    assert!(matches!(replay.next(&value.to_string()), Err(Unreadable::Line(_))));
    assert_eq!(replay.size(), 3);
}
