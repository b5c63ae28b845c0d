//! Goal: `carnet verify ledger` says what it found, what was not asked, and gives an exit code that
//! a script can rely on: 0 holds, 1 violated, 2 cannot be decided.

use std::path::Path;

use serde_json::{Value, json};

use super::{Export, lived, text};
use crate::cli::{Call, program};
use crate::harness::{Engine, World, run};
use crate::scheme::Scheme;

/// Runs `carnet verify ledger` in a directory.
fn verify(dir: &Path, arguments: &[&str]) -> Call {
    let mut command = program(dir);
    Call::of(&command.args(["verify", "ledger"]).args(arguments).output().unwrap())
}

/// The call must end with this code, and say these words on standard output.
#[track_caller]
fn says(call: &Call, code: i32, words: &[&str]) {
    assert_eq!(call.code, code, "{}{}", call.out, call.err);
    for word in words {
        assert!(call.out.contains(word), "{word}: {}", call.out);
    }
    assert_eq!(code == 0, call.out.contains(": holds: "), "{}", call.out);
}

/// A world to its end, its two ledgers in files: `funder…`, `operator…` and the key of the first.
async fn files(world: &World) -> (Scheme, Export, Export) {
    let scheme = lived(world).await;
    let operator = Export::of(world, &world.operator_id.to_string()).await;
    operator.write(&world.dir, "operator");
    let funder = Export::of(world, &scheme.funder_id.to_string()).await;
    funder.write(&world.dir, "funder");
    (scheme, funder, operator)
}

const ASKED: [&str; 5] =
    ["funder.jsonl", "--checkpoint", "funder.checkpoint", "--keys", "keys.json"];

#[test]
fn verify_says_what_holds_and_what_was_not_asked() {
    run(Engine::Sqlite, |world| async move {
        let (scheme, funder, operator) = files(&world).await;
        let dir = &world.dir;
        let holds = verify(dir, &ASKED);
        let origin = format!("pass.exemple.fr/ledger/{}", scheme.funder_id);
        let size = format!("{} lines of {origin}", funder.lines.len());
        says(
            &holds,
            0,
            &[&size, "money: funds ", "(--since)", "(--receipts)", "not in these lines"],
        );
        assert!(holds.err.is_empty(), "nothing is drawn where nobody looks: {}", holds.err);

        std::fs::create_dir(dir.join("export")).unwrap();
        let own = format!("export/ledger-{}.jsonl", scheme.funder_id);
        std::fs::copy(dir.join("funder.jsonl"), dir.join(own)).unwrap();
        says(&verify(dir, &[&["export"], &ASKED[1..]].concat()), 0, &["holds"]);
        let vkey = operator.key.verifier_key().to_string();
        let asked = ["operator.jsonl", "--checkpoint", "operator.checkpoint", "--vkey", &vkey];
        says(&verify(dir, &asked), 0, &["holds"]);

        std::fs::write(dir.join("old"), funder.signed(&funder.lines[..9])).unwrap();
        let since = verify(dir, &[&ASKED[..], &["--since", "old"]].concat());
        says(&since, 0, &["it grew from 9 lines (old)"]);
        assert!(!since.out.contains("(--since)"), "{}", since.out);
    });
}

/// What the README tells a funder to do, over HTTP.
#[test]
fn what_a_funder_pulls_can_be_verified() {
    run(Engine::Sqlite, |world| async move {
        let scheme = lived(&world).await;
        let ledger = scheme.funder_id;
        let path = format!("/api/v1/ledgers/{ledger}/export");
        let lines = world.get(&path, &scheme.funder).await.text();
        let size = lines.lines().count();
        let note = world.get(&format!("/ledger/{ledger}/checkpoint?size={size}"), "").await.text();
        let keys = world.get("/.well-known/carnet-keys.json", "").await.text();
        for (name, content) in [("ledger.jsonl", &lines), ("kept", &note), ("keys.json", &keys)] {
            std::fs::write(world.dir.join(name), content).unwrap();
        }
        let asked = ["ledger.jsonl", "--checkpoint", "kept", "--keys", "keys.json"];
        says(&verify(&world.dir, &asked), 0, &[&format!("holds: {size} lines of ")]);
    });
}

#[test]
fn verify_refuses_what_is_not_the_ledger() {
    run(Engine::Sqlite, |world| async move {
        let (_, funder, operator) = files(&world).await;
        let dir = &world.dir;
        let given = |name: &str, content: &str| std::fs::write(dir.join(name), content).unwrap();
        let lines = |content: &str| {
            given("other.jsonl", content);
            verify(dir, &[&["other.jsonl"], &ASKED[1..]].concat())
        };
        let whole = text(&funder.lines);
        says(&lines(""), 1, &["DOES NOT HOLD: there are 0 lines"]);
        says(&lines(&whole[..whole.len() - 1]), 1, &["it has no end"]);
        says(&lines(&whole[..whole.len() - 40]), 1, &["it has no end"]);
        says(&lines(&text(&funder.lines[..9])), 1, &["there are 9 lines; the checkpoint covers"]);
        says(&lines(&format!("{whole}{{}}\n")), 1, &["and no more"]);
        says(&lines(&format!("{}\n{whole}", "x".repeat(70_000))), 1, &["more than 65535 bytes"]);
        says(&lines(&whole.replacen('\n', "\r\n", 1)), 1, &["line 0: "]);
        says(
            &lines(&whole.replacen("\"cents\":1000}", "\"cents\":900}", 1)),
            1,
            &["DOES NOT HOLD: line "],
        );

        let note = |content: &str| {
            given("other.checkpoint", content);
            verify(
                dir,
                &[&["funder.jsonl", "--checkpoint", "other.checkpoint"], &ASKED[3..]].concat(),
            )
        };
        note("").failed(2, &["other.checkpoint"]);
        note(&operator.note).failed(2, &["not signed by a known key"]);
        says(
            &note(&funder.note.replacen(&funder.lines.len().to_string(), "7", 1)),
            1,
            &["DOES NOT"],
        );
        let renamed = funder.note.replace("pass.exemple.fr", "pass.exemple.org");
        note(&renamed).failed(2, &["known key"]);
        says(&note(&funder.signed(&funder.lines[..9])), 1, &["the checkpoint covers 9 lines"]);

        // Both ledgers are of one operator: its keys are known, and still it is another ledger.
        let keys = [&funder, &operator].map(|export| export.key.verifier_key().to_string());
        let both = ["--vkey", &keys[0], "--vkey", &keys[1]];
        let asked = ["funder.jsonl", "--checkpoint", "operator.checkpoint"];
        says(&verify(dir, &[&asked[..], &both].concat()), 1, &["line 0: the ledger is"]);
        let asked = ["--since", "operator.checkpoint"];
        let since = verify(dir, &[&ASKED[..3], &both, &asked].concat());
        says(&since, 1, &["of another ledger"]);

        given("old", &funder.signed(&operator.lines[..9]));
        says(&verify(dir, &[&ASKED[..], &["--since", "old"]].concat()), 1, &["the first 9 lines"]);
        given("ahead", &funder.signed(&[funder.lines.clone(), vec![String::new()]].concat()));
        says(&verify(dir, &[&ASKED[..], &["--since", "ahead"]].concat()), 1, &["went back"]);

        let wrong = [&ASKED[..3], &["--vkey", &keys[1]]].concat();
        verify(dir, &wrong).failed(2, &["not signed by a known key"]);
        verify(dir, &[&["none.jsonl"], &ASKED[1..]].concat()).failed(2, &["none.jsonl"]);
        assert_eq!(verify(dir, &ASKED[..3]).code, 64, "nothing is trusted by default");
    });
}

#[test]
fn verify_finds_the_lines_of_receipts() {
    run(Engine::Sqlite, |world| async move {
        let scheme = Scheme::new(&world).await;
        let dir = &world.dir;
        std::fs::create_dir(dir.join("receipts")).unwrap();
        let keep = |name: &str, content: &Value| {
            std::fs::write(dir.join("receipts").join(name), content.to_string()).unwrap();
        };
        for position in 0..3 {
            let answer = scheme.redeem(&world, &scheme.voucher(0, position).url).await.good();
            keep(&format!("{position}.json"), &answer);
        }
        let export = Export::of(&world, &scheme.funder_id.to_string()).await;
        let [lines, note, keys] = export.write(dir, "funder");
        let asked = [&lines, "--checkpoint", &note, "--keys", &keys, "--receipts", "receipts"];
        let holds = verify(dir, &asked);
        says(&holds, 0, &["3 receipts hold and their lines are there", "0 of other ledgers"]);
        assert!(!holds.out.contains("(--receipts)"), "{}", holds.out);

        // A thief of the key writes the last redemption anew: only its receipt knows better.
        let mut forged = export.lines.clone();
        let last = forged.pop().unwrap();
        forged.push(last.replace(r#""shown_as":"token""#, r#""shown_as":"code""#));
        assert_ne!(forged, export.lines);
        std::fs::write(dir.join("forged.jsonl"), text(&forged)).unwrap();
        std::fs::write(dir.join("forged.checkpoint"), export.signed(&forged)).unwrap();
        let asked_of = ["forged.jsonl", "--checkpoint", "forged.checkpoint", "--keys", &keys];
        says(&verify(dir, &asked_of), 0, &["holds"]);
        let call = verify(dir, &[&asked_of[..], &["--receipts", "receipts"]].concat());
        says(&call, 1, &["it is not the line of receipts/2.json"]);

        // An export of before the last redemption cannot have its line.
        let before = &export.lines[..export.lines.len() - 1];
        std::fs::write(dir.join("before.jsonl"), text(before)).unwrap();
        std::fs::write(dir.join("before.checkpoint"), export.signed(before)).unwrap();
        let asked_of = ["before.jsonl", "--checkpoint", "before.checkpoint", "--keys", &keys];
        let call = verify(dir, &[&asked_of[..], &["--receipts", "receipts"]].concat());
        says(&call, 2, &["CANNOT BE DECIDED: receipts/2.json"]);

        keep("other.json", &json!({ "line": "{}", "proof": "" }));
        says(&verify(dir, &asked), 1, &["receipts/other.json"]);
        keep("other.json", &json!("what"));
        says(&verify(dir, &asked), 2, &["receipts/other.json is not a receipt"]);
        // A changed line that now names another ledger is no receipt of another ledger: its proof
        // is of this one.
        let kept = std::fs::read_to_string(dir.join("receipts/0.json")).unwrap();
        let mut receipt = serde_json::from_str::<Value>(&kept).unwrap()["receipt"].clone();
        let line = receipt["line"].as_str().unwrap();
        receipt["line"] =
            json!(line.replacen("\"ledger\":\"funder_01", "\"ledger\":\"funder_02", 1));
        assert_ne!(
            receipt["line"],
            serde_json::from_str::<Value>(&kept).unwrap()["receipt"]["line"]
        );
        keep("other.json", &receipt);
        says(&verify(dir, &asked), 1, &["receipts/other.json"]);
    });
}
