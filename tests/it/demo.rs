//! Goal: what `carnet demo` leaves in its directory holds for somebody who has nothing but these
//! files and other people's programs: a scanner, Python's cryptography, xmllint, and arithmetic.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use carnet::domain::ledger::receipt::{Receipt, verify};
use data_encoding::{BASE64, HEXLOWER};
use ring::digest;
use serde_json::Value;

use crate::harness::fresh_dir;

/// A program that the test needs; it may be missing on a developer's machine, not in the full run.
fn is_here(tool: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(tool);
    let here = command.args(arguments).output().is_ok_and(|output| output.status.success());
    let required = std::env::var("CARNET_TEST_TOOLS").is_ok_and(|value| value == "required");
    assert!(here || !required, "{tool} is required and not installed");
    here
}

fn output(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

/// The files of a folder whose name ends so, in order.
fn files(dir: &Path, end: &str) -> Vec<PathBuf> {
    let paths = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let named = |path: &PathBuf| path.to_string_lossy().ends_with(end);
    let found: BTreeSet<PathBuf> = paths.filter(named).collect();
    assert!(!found.is_empty(), "no {end} in {}", dir.display());
    found.into_iter().collect()
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// The lines of a ledger.
fn lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn the_whole_demo_holds_for_a_stranger() {
    let dir = fresh_dir().join("demo");
    let mut command = Command::new(env!("CARGO_BIN_EXE_carnet"));
    command.arg("demo").args(["--exit", "--seed", "7", "--dir"]).arg(&dir);
    let said = output(&mut command);
    let keys = json(&dir.join("carnet-keys.json"));
    let mut secrets = secrets_of_files(&dir);
    secrets.extend(scanned(&dir, &keys));
    secrets.extend(of_people(&dir));
    receipts_hold(&dir, &keys);
    ledgers_hash_to_their_checkpoints(&dir);
    ledgers_are_verified(&dir);
    money_adds_up(&dir, &said);
    payment_files_pay_the_statements(&dir);
    nothing_secret_is_told(&dir, &said, &secrets);
    for code in ["voucher-already-redeemed", "limit-exceeded", "everything holds", "P1: funds"] {
        assert!(said.contains(code), "{code} in {said}");
    }
    // The directory of a demo is replaced by the next one.
    let marked = dir.join(".carnet-demo");
    assert!(marked.exists() && dir.join("carnet.toml").exists());
    fs::remove_dir_all(dir).unwrap();
}

/// Files of a demo that its seed and day decide: keys, people, lines and what was signed.
fn decided(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let ends = [".jsonl", ".checkpoint", ".json", ".key", ".xml"];
    let named = ends.iter().flat_map(|end| {
        let folders = if *end == ".key" { dir.join("keys") } else { dir.to_owned() };
        files(&folders, end)
    });
    let read = |path: PathBuf| (path.display().to_string(), fs::read(path).unwrap());
    named
        .map(read)
        .map(|(name, text)| (name.replace(&dir.display().to_string(), ""), text))
        .collect()
}

/// How people's passwords are kept, by their addresses.
async fn kept(dir: &Path) -> Vec<(String, String)> {
    let url = format!("sqlite:{}?mode=ro", dir.join("carnet.db").display());
    let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
    let sql = "SELECT email, password_hash FROM person ORDER BY email";
    let rows = sqlx::query_as(sql).fetch_all(&pool).await.unwrap();
    pool.close().await;
    rows
}

/// All that is compared of a world.
type World = (BTreeMap<String, Vec<u8>>, Vec<(String, String)>);

async fn world(seed: &str) -> World {
    let dir = fresh_dir().join("demo");
    let mut command = Command::new(env!("CARGO_BIN_EXE_carnet"));
    output(command.arg("demo").args(["--exit", "--seed", seed, "--dir"]).arg(&dir));
    let world = (decided(&dir), kept(&dir).await);
    fs::remove_dir_all(dir).unwrap();
    world
}

#[tokio::test]
async fn the_same_seed_on_the_same_day_makes_the_same_world() {
    let one = world("7").await;
    assert!(!one.1.is_empty() && one.0.len() > 10);
    // Once more where midnight fell between the two.
    let same = one == world("7").await || world("7").await == world("7").await;
    assert!(same, "two worlds of one seed differ");
}

#[test]
fn what_no_demo_made_is_left_alone() {
    let dir = fresh_dir();
    fs::write(dir.join("letter.txt"), "mine").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_carnet"));
    let output = command.args(["demo", "--exit", "--dir"]).arg(&dir).output().unwrap();
    assert_eq!(output.status.code(), Some(73));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("no demo made") && said.lines().count() == 1, "{said}");
    assert_eq!(files(&dir, "").len(), 1);
    fs::remove_dir_all(dir).unwrap();
}

/// Secrets of API keys and account numbers.
fn secrets_of_files(dir: &Path) -> Vec<String> {
    let path = dir.join("api-keys.json");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let keys = json(&path);
    let keys = keys["api_keys"].as_array().unwrap();
    let roles: BTreeSet<&str> = keys.iter().map(|key| key["role"].as_str().unwrap()).collect();
    assert_eq!(roles.len(), 7, "{roles:?}");
    let mut secrets: Vec<String> =
        keys.iter().map(|key| key["secret"].as_str().unwrap().to_owned()).collect();
    assert!(secrets.iter().all(|secret| secret.starts_with("carnet_")));
    for file in files(dir, ".xml") {
        secrets.extend(elements(&fs::read_to_string(file).unwrap(), "IBAN"));
    }
    secrets
}

/// What is known of people alone: names, addresses, passwords, secrets of apps. One of each role
/// is there, and whoever's role touches money has an app.
fn of_people(dir: &Path) -> Vec<String> {
    let people = json(&dir.join("people.json"));
    let people = people["people"].as_array().unwrap();
    let (mut roles, mut secrets) = (BTreeSet::new(), Vec::new());
    for person in people {
        let text = |key: &str| person[key].as_str().unwrap().to_owned();
        secrets.extend([text("name"), text("email"), text("password")]);
        secrets.extend(person["totp"].as_str().map(ToOwned::to_owned));
        let of = |part: &Value| part["role"].as_str().unwrap().to_owned();
        let own: BTreeSet<String> = person["roles"].as_array().unwrap().iter().map(of).collect();
        let money = ["operator", "approver", "funder", "structure"];
        let touches = own.iter().any(|role| money.contains(&role.as_str()));
        assert_eq!(person["totp"].is_string(), touches, "{person}");
        roles.extend(own);
    }
    assert_eq!(roles.len(), 11, "all but devices: {roles:?}");
    assert!(people.iter().any(|person| person["roles"].as_array().unwrap().len() == 2));
    secrets
}

/// The texts of all elements of a name.
fn elements(xml: &str, name: &str) -> Vec<String> {
    let (open, close) = (format!("<{name}"), format!("</{name}>"));
    let mut found = Vec::new();
    for part in xml.split(&close) {
        if let Some((_, last)) = part.rsplit_once(&open) {
            found.push(last.split_once('>').unwrap().1.to_owned());
        }
    }
    found
}

/// Scans the printed books and verifies each token with another library; gives tokens and codes.
fn scanned(dir: &Path, keys: &Value) -> Vec<String> {
    let python = is_here("python3", &["-c", "import cryptography"]);
    if !(is_here("pdftoppm", &["-v"]) && is_here("zbarimg", &["--version"]) && python) {
        eprintln!("left out: pdftoppm, zbarimg or python3 with cryptography is missing");
        return Vec::new();
    }
    let pages = dir.join("pages");
    fs::create_dir(&pages).unwrap();
    let pdf = dir.join("books.pdf");
    output(Command::new("pdftoppm").args(["-r", "200", "-gray"]).arg(pdf).arg(pages.join("p")));
    let mut zbar = Command::new("zbarimg");
    zbar.args(["-q", "--raw", "-Sqrcode.enable"]).args(files(&pages, ".pgm"));
    let read = output(&mut zbar);
    fs::remove_dir_all(pages).unwrap();
    let read: BTreeSet<&str> = read.lines().collect();
    let tokens: Vec<&str> =
        read.iter().filter_map(|text| text.split_once("/V/")).map(last).collect();
    let covers = read.iter().filter(|text| text.contains("/B/")).count();
    assert_eq!((tokens.len(), covers), (200, 20), "20 books of ten vouchers");
    let public = keys["voucher_keys"][0]["public_key"].as_str().unwrap();
    let public = HEXLOWER.encode(&BASE64.decode(public.as_bytes()).unwrap());
    let reference = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/token_reference.py");
    let mut reader = Command::new("python3")
        .arg(reference)
        .args(["read", &public])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = String::new();
    for token in &tokens {
        input.push_str(&HEXLOWER.encode(&crockford(token)));
        input.push('\n');
    }
    reader.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let verified = reader.wait_with_output().unwrap();
    assert!(verified.status.success(), "another library does not accept a signature");
    let verified = String::from_utf8(verified.stdout).unwrap();
    let mut secrets: Vec<String> = tokens.iter().map(|token| (*token).to_owned()).collect();
    for fields in verified.lines() {
        let fields: Vec<&str> = fields.split(' ').collect();
        let [version, key, book, position, cents, code] = fields[..] else { panic!("{fields:?}") };
        assert_eq!((version, key, cents), ("16", "1", "1000"));
        let book: u32 = book.parse().unwrap();
        let position: u32 = position.parse().unwrap();
        assert!((1..=20).contains(&book) && (1..=10).contains(&position));
        secrets.extend([code.to_owned(), code.replace('-', "")]);
    }
    assert_eq!(secrets.len(), 600);
    secrets
}

fn last<'t>((_, text): (&'t str, &'t str)) -> &'t str {
    text
}

/// 128 characters of Crockford's base 32 as 80 bytes.
fn crockford(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for character in text.bytes() {
        let alphabet = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let value = alphabet.iter().position(|known| *known == character).unwrap();
        bits = bits << 5 | u32::try_from(value).unwrap();
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).unwrap());
        }
    }
    assert_eq!(bytes.len(), 80);
    bytes
}

fn receipts_hold(dir: &Path, keys: &Value) {
    let log_keys: Vec<_> = keys["log_keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key.as_str().unwrap().parse().unwrap())
        .collect();
    let mut proved = BTreeSet::new();
    for file in files(&dir.join("receipts"), ".json") {
        let receipt: Receipt = serde_json::from_value(json(&file)).unwrap();
        verify(&receipt, &log_keys).unwrap();
        assert!(proved.insert(receipt.line));
    }
    let mut redeemed = 0;
    for file in files(dir, ".jsonl") {
        for line in fs::read_to_string(file).unwrap().lines() {
            if line.contains("\"kind\":\"voucher-redeemed\"") {
                redeemed += 1;
                assert!(proved.contains(line), "a redemption without a receipt");
            }
        }
    }
    assert_eq!(proved.len(), redeemed);
    assert!(redeemed >= 100, "{redeemed}");
    // A changed line is not proved by the same proof.
    let file = &files(&dir.join("receipts"), ".json")[0];
    let mut receipt: Receipt = serde_json::from_value(json(file)).unwrap();
    receipt.line = receipt.line.replace("\"round\":1", "\"round\":2");
    assert!(verify(&receipt, &log_keys).is_err());
}

fn sha256(parts: &[&[u8]]) -> Vec<u8> {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(part);
    }
    context.finish().as_ref().to_vec()
}

/// The Merkle tree hash of RFC 6962, 2.1, word for word.
fn tree_hash(leaves: &[&str]) -> Vec<u8> {
    match leaves {
        [] => sha256(&[]),
        [leaf] => sha256(&[&[0], leaf.as_bytes()]),
        _ => {
            let mut half = 1;
            while half * 2 < leaves.len() {
                half *= 2;
            }
            sha256(&[&[1], &tree_hash(&leaves[..half]), &tree_hash(&leaves[half..])])
        }
    }
}

fn ledgers_hash_to_their_checkpoints(dir: &Path) {
    let ledgers = files(dir, ".jsonl");
    assert_eq!(ledgers.len(), 3, "two funders and the operator");
    for file in ledgers {
        let text = fs::read_to_string(&file).unwrap();
        let leaves: Vec<&str> = text.lines().collect();
        let note = fs::read_to_string(file.with_extension("checkpoint")).unwrap();
        let said: Vec<&str> = note.lines().collect();
        let id = file.file_stem().unwrap().to_string_lossy().replace("ledger-", "");
        assert!(said[0].ends_with(&id), "{note}");
        assert_eq!(said[1], leaves.len().to_string());
        assert_eq!(said[2], BASE64.encode(&tree_hash(&leaves)));
    }
}

/// P1, from the lines alone: what is held is what is owed, and a float is its vouchers' worth.
/// Every ledger of the demo holds, with the receipts that its venues kept.
fn ledgers_are_verified(dir: &Path) {
    let mut receipts = 0;
    for lines in files(dir, ".jsonl") {
        let mut command = Command::new(env!("CARGO_BIN_EXE_carnet"));
        command.args(["verify", "ledger"]).arg(&lines);
        command.arg("--checkpoint").arg(lines.with_extension("checkpoint"));
        command.arg("--keys").arg(dir.join("carnet-keys.json"));
        command.arg("--receipts").arg(dir.join("receipts"));
        let said = output(&mut command);
        let (before, _) = said.split_once(" receipts hold").unwrap();
        receipts += before.rsplit(' ').next().unwrap().parse::<usize>().unwrap();
    }
    assert_eq!(receipts, files(&dir.join("receipts"), ".json").len());
}

fn money_adds_up(dir: &Path, said: &str) {
    let mut worth_seen = 0;
    for file in files(dir, ".jsonl") {
        let mut held: BTreeMap<String, i64> = BTreeMap::new();
        let mut living: BTreeMap<String, i64> = BTreeMap::new();
        let mut faces: BTreeMap<String, i64> = BTreeMap::new();
        for line in lines(&file) {
            let body = &line["body"];
            for transfer in line["transfers"].as_array().into_iter().flatten() {
                let cents = transfer["cents"].as_i64().unwrap();
                let text = |side: &str| transfer[side].as_str().unwrap().to_owned();
                let (debit, credit) = (text("debit"), text("credit"));
                let float = |account: &str| account.strip_prefix("float:").map(str::to_owned);
                let single = match line["kind"].as_str().unwrap() {
                    "order-activated" | "campaign-closed" => body["vouchers"].as_i64().unwrap(),
                    _ => 1,
                };
                if let Some(campaign) = float(&debit) {
                    *living.entry(campaign).or_default() -= single;
                }
                if let Some(campaign) = float(&credit) {
                    *living.entry(campaign).or_default() += single;
                }
                *held.entry(debit).or_default() -= cents;
                *held.entry(credit).or_default() += cents;
            }
            if line["kind"] == "order-placed" {
                let campaign = body["campaign_id"].as_str().unwrap().to_owned();
                faces.insert(campaign, body["face_cents"].as_i64().unwrap());
            }
        }
        let mut kinds: BTreeMap<&str, i64> = BTreeMap::new();
        for (account, cents) in &held {
            let kind = account.split_once(':').unwrap().0;
            let cents = if kind == "funds" { -cents } else { *cents };
            assert!(cents >= 0, "{account} is below zero: {cents}");
            *kinds.entry(kind).or_default() += cents;
        }
        let owed: i64 = kinds.iter().filter(|(kind, _)| **kind != "funds").map(|(_, c)| c).sum();
        assert_eq!(kinds.get("funds").copied().unwrap_or(0), owed, "{kinds:?}");
        for (campaign, vouchers) in &living {
            let float = held.get(&format!("float:{campaign}")).copied().unwrap_or(0);
            assert_eq!(float, faces[campaign] * vouchers, "{campaign}");
            worth_seen += 1;
        }
        for (kind, cents) in kinds {
            let written = format!("{}.{:02} €", cents / 100, cents % 100);
            assert!(said.contains(&format!("{kind:<8}{written:>12}")), "{kind} {written}: {said}");
        }
    }
    assert_eq!(worth_seen, 3, "three campaigns");
}

/// Euros and cents of a file, in cents.
fn cents(text: &str) -> i64 {
    let (euros, cents) = text.split_once('.').unwrap_or((text, "00"));
    euros.parse::<i64>().unwrap() * 100 + format!("{cents:0<2}").parse::<i64>().unwrap()
}

fn payment_files_pay_the_statements(dir: &Path) {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pain.001.001.09.xsd");
    let lint = is_here("xmllint", &["--version"]);
    let payment_files = files(dir, ".xml");
    assert_eq!(payment_files.len(), 3);
    for file in payment_files {
        if lint {
            let mut xmllint = Command::new("xmllint");
            xmllint.args(["--noout", "--nonet", "--schema"]).arg(&schema).arg(&file);
            output(&mut xmllint);
        }
        let xml = fs::read_to_string(&file).unwrap();
        let amounts: Vec<i64> =
            elements(&xml, "InstdAmt").iter().map(|amount| cents(amount)).collect();
        let sum: i64 = amounts.iter().sum();
        let totals = elements(&xml, "CtrlSum");
        assert!(!totals.is_empty() && totals.iter().all(|total| cents(total) == sum), "{totals:?}");
        let name = file.file_stem().unwrap().to_string_lossy().replace("pain.001-", "");
        let name = if name == "pain.001" { "held-1".to_owned() } else { name };
        let mut stated = Vec::new();
        for statement in files(&dir.join("statements"), ".json") {
            let label = statement.file_name().unwrap().to_string_lossy().into_owned();
            if label.starts_with(&format!("{name}-")) {
                stated.push(statement_closes(&statement));
            }
        }
        stated.sort_unstable();
        let mut paid = amounts.clone();
        paid.sort_unstable();
        assert_eq!(stated, paid, "{name}");
    }
}

/// A statement adds up, as JSON and as a table; what it closes with.
fn statement_closes(path: &Path) -> i64 {
    let statement = json(path);
    let cents = |value: &Value| value["cents"].as_i64().unwrap();
    let movements = statement["movements"].as_array().unwrap();
    let moved: i64 = movements.iter().map(|movement| cents(&movement["amount"])).sum();
    let closing = cents(&statement["closing_balance"]);
    assert_eq!(cents(&statement["opening_balance"]) + moved, closing);
    let table = fs::read_to_string(path.with_extension("csv")).unwrap();
    for movement in movements.iter().filter_map(|movement| movement["serial"].as_str()) {
        assert!(table.contains(movement), "{movement} is not in the table");
    }
    closing
}

fn nothing_secret_is_told(dir: &Path, said: &str, secrets: &[String]) {
    let mut told = said.to_owned();
    for file in files(dir, ".jsonl").into_iter().chain(files(&dir.join("receipts"), ".json")) {
        told.push_str(&fs::read_to_string(file).unwrap());
    }
    assert!(secrets.len() > 20);
    for secret in secrets {
        assert!(!told.contains(secret.as_str()), "a secret is told");
    }
}
