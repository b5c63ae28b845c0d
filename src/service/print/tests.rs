//! A print run, looked at as a reader and a venue would: through a raster and a scanner.
//!
//! Promises: every symbol of two odd books decodes to the exact text. Does not: judge beauty; a
//! person did, see `deploy/pictures`.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use super::*;

fn logo() -> Logo {
    Logo::from_bytes(&samples::png(320, 120)).unwrap()
}

fn long_sheet() -> Sheet<'static> {
    Sheet {
        funder_name: "Communauté d’agglomération de Saint-Quentin-en-Yvelines, de Lœuilly-lès-\
            Œuvres, de Łódź et des communautés de communes voisines 東京",
        campaign_name: "Pass numérique pour l’inclusion de toutes et de tous dans les quartiers \
            prioritaires de la politique de la ville, saison 2026-2027",
        face_value: Money::from_cents(1250).unwrap(),
        text: Some("Ce carnet vous est offert.\n\nBesoin d’aide\u{202f}? Appelez-nous\u{200b}."),
        logo: Some(logo()),
        valid_from: "2026-12-01".parse().unwrap(),
        ..samples::sheet()
    }
}

#[test]
fn the_same_values_give_the_same_bytes() {
    let sheet = Sheet { logo: Some(logo()), ..samples::sheet() };
    let books = [samples::book(4217, 10), samples::book(4218, 5)];
    let once = print(&sheet, &books).unwrap();
    assert_eq!(once, print(&sheet, &books).unwrap());
    assert!(once.starts_with(b"%PDF-1.7"));
}

#[test]
fn what_cannot_be_printed_is_refused() {
    let sheet = samples::sheet();
    assert_eq!(print(&sheet, &[]), Err(PrintError::Books(0)));
    let many: Vec<PrintedBook> = (0..101).map(|number| samples::book(number, 1)).collect();
    assert_eq!(print(&sheet, &many), Err(PrintError::Books(101)));
    let book = samples::book(1, 21);
    let refusal = PrintError::Vouchers { serial: "0000001".to_owned(), count: 21 };
    assert_eq!(print(&sheet, &[book]), Err(refusal));
    let text = "a".repeat(601);
    let long = Sheet { text: Some(&text), ..samples::sheet() };
    assert_eq!(print(&long, &[samples::book(1, 1)]), Err(PrintError::Text(601)));
    let mut book = samples::book(1, 1);
    book.vouchers[0].url = "A".repeat(2000);
    assert!(matches!(print(&sheet, &[book]), Err(PrintError::Address { .. })));
}

#[test]
fn secrets_stay_out_of_debug_text() {
    let book = samples::book(4217, 1);
    let text = format!("{book:?}");
    assert!(text.contains("0004217-01"));
    assert!(!text.contains(&book.vouchers[0].code) && !text.contains(&book.vouchers[0].url));
}

#[test]
fn awkward_characters_never_break_the_standards() {
    let odd = "a\u{0}b\u{feff}\u{fffd}\u{e000}\u{202e}العربية 🙂 e\u{301}\u{327} \u{378}";
    let sheet = Sheet {
        funder_name: odd,
        campaign_name: "",
        nature: odd,
        help_line: odd,
        text: Some(odd),
        operator_name: odd,
        ..samples::sheet()
    };
    assert!(print(&sheet, &[samples::book(1, 1)]).is_ok());
}

/// A program that the tests need; it may be missing on a developer's machine, not in the full run.
fn is_here(tool: &str) -> bool {
    let here = Command::new(tool).arg("-h").output().is_ok();
    let required = std::env::var("CARNET_TEST_TOOLS").is_ok_and(|value| value == "required");
    assert!(here || !required, "{tool} is required and not installed");
    here
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

/// A folder of this test alone, emptied first.
fn folder(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("carnet-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&path).unwrap();
    path
}

#[test]
fn every_symbol_decodes_to_the_exact_text() {
    if !(is_here("pdftoppm") && is_here("zbarimg")) {
        return;
    }
    let books = [samples::book(4217, 1), samples::book(9_999_999, 20)];
    let specimen = Sheet { specimen: true, ..long_sheet() };
    for (name, sheet) in [("usual", long_sheet()), ("specimen", specimen)] {
        let folder = folder(name);
        let file = folder.join("books.pdf");
        std::fs::write(&file, print(&sheet, &books).unwrap()).unwrap();
        run(Command::new("pdftoppm").args(["-r", "200", "-gray"]).arg(&file).arg(folder.join("p")));
        let mut pages: Vec<PathBuf> =
            std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        pages.retain(|path| path != &file);
        assert_eq!(pages.len(), 2 + 1 + 4, "two covers, one page and four pages");
        let read =
            run(Command::new("zbarimg").args(["-q", "--raw", "-Sqrcode.enable"]).args(pages));
        let read: BTreeSet<&str> = read.lines().collect();
        let vouchers = books.iter().flat_map(|book| &book.vouchers).map(|voucher| &voucher.url);
        let covers = books.iter().map(|book| &book.cover_url);
        let expected: BTreeSet<&str> = vouchers.chain(covers).map(String::as_str).collect();
        assert_eq!(read, expected);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
