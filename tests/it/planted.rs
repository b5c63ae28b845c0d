//! Goal: the guards bite. For each bug on purpose one named test turns red, and stays green without
//! it.
//!
//! This binary runs itself again, with `CARNET_PLANTED_BUG` and the name of that one test.

/// A bug of the feature `planted-bugs`, and the test that catches it.
#[cfg(feature = "planted-bugs")]
const BUGS: [(&str, &str); 39] = [
    ("unique-missing", "store_contract::sqlite::a_round_is_taken_once"),
    ("answer-before-commit", "faults::sqlite::a_commit_that_fails_is_unknown_never_no"),
    ("leaf-prefix", "journal::sqlite::a_checkpoint_is_the_tree_of_its_lines"),
    ("p1-skipped", "redemptions::sqlite::nothing_circulates_unfunded"),
    ("bearer-code-unchecked", "pages::voucher::sqlite::a_stolen_key_makes_no_genuine_voucher"),
    ("batch-signature", "redemptions::sqlite::a_batch_answers_one_by_one"),
    ("since-unchecked", "verify::a_fork_is_seen_by_who_kept_a_checkpoint"),
    ("rules-unchecked", "verify::stolen::the_rules_alone_catch_a_stolen_key"),
    ("consistency-always-true", "witness::liars::each_lie_is_an_alarm_and_changes_nothing"),
    ("witness-forgets", "witness::liars::a_restart_forgets_nothing"),
    ("import-unverified", "leaving::tampered::sqlite::an_edited_line_imports_nothing"),
    ("tenant-forgotten", "rights::sqlite::nobody_reaches_beyond_its_rights"),
    ("tenants-not-asked", "rights::sqlite::nobody_reaches_beyond_its_rights"),
    ("audit-skips-table", "torture::sqlite::a_sample_of_tampering_is_noticed"),
    ("session-not-rotated", "people::sessions::sqlite::a_session_is_rotated_at_each_step"),
    ("stolen-password", "people::breaches::sqlite::a_stolen_password_is_chosen_by_nobody"),
    ("csrf-off", "people::sessions::sqlite::another_site_changes_nothing_with_our_cookie"),
    ("reversal-twice", "journal::sqlite::a_reversal_gives_back_once"),
    ("signer-conflict-unseen", "signer::record::a_restart_forgets_neither_books_nor_ceilings"),
    ("signer-ceiling-ignored", "signer::record::a_ceiling_is_told_and_ends_with_the_day"),
    ("signer-record-unwritten", "signer::record::two_signers_share_one_record"),
    ("signer-any-peer", "signer::apart::a_stranger_is_not_answered"),
    ("proxy-unlisted", "deploy::tls::only_listed_proxies_are_believed"),
    ("token-code-unchecked", "rotation::sqlite::a_stolen_key_alone_redeems_nothing"),
    ("rate-limit-ignored", "abuse::limits::sqlite::a_caller_is_held_to_its_rate"),
    ("hours-elsewhere", "abuse::venues::sqlite::a_venue_that_scans_at_night_is_raised"),
    ("approval-by-one-person", "proposals::sqlite::one_person_is_never_two"),
    ("guarded-link-shown", "proposals::rights::sqlite::nobody_joins_as_somebody_else"),
    ("key-of-nobody", "proposals::sqlite::a_key_that_nobody_granted_proposes_nothing"),
    ("account-at-once", "proposals::accounts::sqlite::a_changed_account_waits"),
    ("revoked-key-prints", "rotation::sqlite::an_open_order_prints_with_the_newest_living_key"),
    ("line-not-canonical", "fuzz::texts::a_line_is_canonical_or_refused"),
    ("logo-as-uploaded", "registers::sqlite::an_uploaded_picture_is_drawn_again"),
    ("refusal-echoes", "hostile::sqlite::no_refusal_says_back_what_was_sent"),
    ("secret-logged", "redemptions::sqlite::a_voucher_pays_once_by_token_or_code"),
    ("purge-early", "verify::kept::sqlite::what_accounts_need_no_more_goes"),
    ("purge-unconfirmed", "verify::kept::sqlite::what_accounts_need_no_more_goes"),
    ("restored-by-one", "restore::sqlite::what_is_lost_takes_two"),
    ("signature-always-true", "wycheproof::every_vector_agrees"),
];

/// Whether one test of this binary passes, with a bug or without; and what it said.
#[cfg(feature = "planted-bugs")]
fn passes(test: &str, bug: Option<&str>) -> (bool, String) {
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test]).env_remove("CARNET_PLANTED_BUG");
    command.env_remove("RUST_BACKTRACE");
    if let Some(bug) = bug {
        command.env("CARNET_PLANTED_BUG", bug);
    }
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let counts = if output.status.success() { "1 passed; 0 failed" } else { "0 passed; 1 failed" };
    assert!(said.contains(counts), "{test} did not run once: {said}");
    (output.status.success(), said)
}

#[cfg(feature = "planted-bugs")]
#[test]
fn each_planted_bug_turns_its_test_red() {
    for (bug, test) in BUGS {
        let (green, said) = passes(test, None);
        assert!(green, "{test} fails without a bug: {said}");
        let (green, _) = passes(test, Some(bug));
        assert!(!green, "{bug} is not seen by {test}");
    }
}

/// The second net under the rule about tenants holds without it.
#[cfg(feature = "planted-bugs")]
#[test]
fn without_the_rule_about_tenants_row_security_holds() {
    let test = "rights::rows::row_security_alone_keeps_tenants_apart";
    let (green, said) = passes(test, Some("tenants-not-asked"));
    assert!(green, "{said}");
}

/// A bug that nobody catches would be worse than none: the list is that of the source.
#[cfg(feature = "planted-bugs")]
#[test]
fn each_planted_bug_is_in_the_list() {
    let mut found = std::collections::BTreeSet::new();
    let mut folders = vec![std::path::PathBuf::from("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            for rest in text.split("planted::is(\"").skip(1) {
                found.insert(rest.split('"').next().unwrap().to_owned());
            }
        }
    }
    let listed: std::collections::BTreeSet<String> =
        BUGS.iter().map(|(bug, _)| (*bug).to_owned()).collect();
    assert_eq!(found, listed);
}

#[cfg(not(feature = "planted-bugs"))]
#[test]
fn each_planted_bug_turns_its_test_red() {
    let required = std::env::var("CARNET_TEST_TOOLS").is_ok_and(|value| value == "required");
    assert!(!required, "run tests/run, which builds the tests with the feature planted-bugs");
    eprintln!("left out: built without the feature planted-bugs");
}
