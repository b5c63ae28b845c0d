//! Goal: tables that a spreadsheet opens hold what was meant and compute nothing; of a picture that
//! somebody uploads nothing but its pixels is kept. (No table is read in: Carnet imports lines.)

use std::io::Cursor;

use carnet::base::money::Balance;
use carnet::domain::bookkeeping::{Form, Journal};
use carnet::domain::statement::{Movement, MovementKind, Payee, Period, Statement, VenueName};
use carnet::service::print::Logo;

use super::{Samples, Verdict, hold};

const ID: &str = "01h455vb4pex5vsknk084sn02q";

/// A statement in which every text that somebody wrote is this one.
fn statement(text: &str) -> Statement {
    let day = |text: &str| text.parse().unwrap();
    let venue = VenueName { id: format!("venue_{ID}").parse().unwrap(), name: text.to_owned() };
    let movement = Movement {
        seq: 41,
        on: day("2026-10-14"),
        kind: MovementKind::Reversed,
        venue: Some(venue),
        offering: None,
        serial: Some("0004217-03".to_owned()),
        amount: Balance::from_cents(-1000),
    };
    Statement {
        structure: Payee {
            id: format!("structure_{ID}").parse().unwrap(),
            name: text.to_owned(),
            registration: "73282932000074".parse().unwrap(),
        },
        funder_name: text.to_owned(),
        settlement_id: format!("settlement_{ID}").parse().unwrap(),
        period: Period { from: day("2026-10-01"), to: day("2026-10-31") },
        opening_balance: Balance::from_cents(1000),
        movements: vec![movement],
        closing_balance: Balance::from_cents(0),
    }
}

/// What a cell shows of a text, said a second time: on one line, and never a formula.
fn meant(text: &str) -> (String, bool) {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = line.trim().to_owned();
    let computes = line.starts_with(|c| "=+-@＝＋－＠".contains(c));
    (if computes { format!("'{line}") } else { line }, computes)
}

#[test]
fn no_cell_of_a_statement_computes() {
    let corpus = [
        "CCAS de Guéret",
        "=1+1",
        "-2+3+cmd|' /C calc'!A0",
        "L'Atelier; \"la coop\"",
        "\t@SUM(A1)",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec();
    let words = &[
        "=", "+", "-", "@", "\t", "\r", "\n", "\r\n", ";", ",", "\"", "'", "＝", "\u{feff}",
        "\u{0}",
    ];
    let samples = Samples { name: "statements", corpus, words, cost: 2 };
    hold(&samples, |input| {
        let text = String::from_utf8_lossy(input);
        let bytes = statement(&text).to_csv();
        let table = bytes.strip_prefix("\u{feff}".as_bytes()).expect("a byte order mark");
        let mut reader =
            csv::ReaderBuilder::new().delimiter(b';').has_headers(false).from_reader(table);
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), 4, "{text:?}");
        let (shown, computes) = meant(&text);
        assert_eq!((&rows[2][3], &rows[2][9], &rows[1][11]), (&*shown, &*shown, &*shown));
        for row in &rows {
            for (column, cell) in row.iter().enumerate() {
                let amount = matches!(column, 7 | 8)
                    && cell.trim_start_matches('-').chars().all(|c| c.is_ascii_digit() || c == ',');
                assert!(amount || !cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell:?}");
            }
        }
        Verdict::of(!computes)
    });
}

/// A line that no verb wrote can name any kind: the table of an accountant does not believe it.
#[test]
fn a_kind_that_is_no_word_makes_no_row() {
    let lines = include_str!("../../golden/lines.jsonl");
    let line = lines.lines().find(|line| line.contains("\"deposit-recorded\"")).unwrap();
    for kind in ["=1+1", "a,b", "a\\\"b", "a\\nb", "a b", "Ä", ""] {
        let other = line.replace("deposit-recorded", kind);
        for form in [Form::Hledger, Form::Beancount, Form::Csv] {
            let (mut journal, _) = Journal::begin(form);
            assert!(journal.line(&other).is_err(), "{kind:?} in {form:?}");
        }
    }
    // A later version's kind is a word, and its money counts.
    let (mut journal, _) = Journal::begin(Form::Csv);
    assert!(
        journal.line(&line.replace("deposit-recorded", "gift-recorded")).unwrap().contains("gift")
    );
}

/// What no kept picture may hold.
const HIDDEN: &[u8] = b"Ana Durand";

fn png(color: png::ColorType, depth: png::BitDepth, row: usize) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, 32, 16);
    encoder.set_color(color);
    encoder.set_depth(depth);
    if color == png::ColorType::Indexed {
        encoder.set_palette(vec![0x1b, 0x3a, 0x6b, 0xff, 0xff, 0xff]);
    }
    encoder.add_text_chunk("Author".to_owned(), "Ana Durand".to_owned()).unwrap();
    let mut writer = encoder.write_header().unwrap();
    let pixels: Vec<u8> = (0..row * 16).map(|at| u8::try_from(at % 2).unwrap()).collect();
    writer.write_image_data(&pixels).unwrap();
    writer.finish().unwrap();
    file.extend_from_slice(HIDDEN);
    file
}

/// A PNG file with the check sum of each part made right again: a lie behind a right sum goes
/// deeper (PNG, third edition, 5.5: CRC-32).
fn sealed(file: &[u8]) -> Vec<u8> {
    let mut file = file.to_vec();
    let mut at = 8;
    while let Some(head) = file.get(at..at + 8) {
        let length = u32::from_be_bytes(head[..4].try_into().unwrap());
        let end = usize::try_from(length).unwrap().checked_add(at + 8).unwrap();
        if file.len() < end.saturating_add(4) {
            break;
        }
        let mut sum = u32::MAX;
        for byte in &file[at + 4..end] {
            sum ^= u32::from(*byte);
            for _ in 0..8 {
                sum = if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 };
            }
        }
        file[end..end + 4].copy_from_slice(&(!sum).to_be_bytes());
        at = end + 4;
    }
    file
}

/// Whether a picture is taken; then it is what was seen, and the same for ever.
fn taken(file: &[u8]) -> bool {
    let Ok(kept) = Logo::redrawn(file) else { return false };
    assert!(!kept.windows(HIDDEN.len()).any(|part| part == HIDDEN), "more than pixels was kept");
    assert_eq!(Logo::redrawn(&kept).as_deref(), Ok(&kept[..]), "drawn again it is another one");
    let mut reader = png::Decoder::new(Cursor::new(&kept)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut pixels).unwrap();
    assert!((16..=2000).contains(&frame.width) && (16..=2000).contains(&frame.height));
    Logo::from_bytes(&kept).unwrap();
    true
}

#[test]
fn of_a_picture_only_pixels_are_kept() {
    use png::{BitDepth, ColorType};
    let corpus = vec![
        png(ColorType::Grayscale, BitDepth::Eight, 32),
        png(ColorType::Indexed, BitDepth::One, 4),
        png(ColorType::Rgb, BitDepth::Sixteen, 192),
        png(ColorType::Rgba, BitDepth::Eight, 128),
        png(ColorType::GrayscaleAlpha, BitDepth::Eight, 64),
    ];
    let words = &["IHDR", "IDAT", "IEND", "PLTE", "tRNS", "iCCP", "acTL", "fdAT", "\u{0}\u{0}"];
    let samples = Samples { name: "pictures", corpus, words, cost: 8 };
    hold(&samples, |input| {
        let [whole, again] = [taken(input), taken(&sealed(input))];
        Verdict::of(whole || again)
    });
}

#[test]
fn of_a_drawing_only_pixels_are_kept() {
    let corpus = [
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 80 40'><!-- Ana Durand -->\
         <rect width='80' height='40' fill='#1b3a6b'/><circle cx='20' cy='20' r='12'/></svg>",
        "<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg' width='40' height='40'>\
         <title>Ana Durand</title><defs><linearGradient id='a'><stop offset='1'/></linearGradient>\
         </defs><g opacity='.5'><path d='M0 0h9v9z' fill='url(#a)'/></g></svg>",
    ];
    let corpus = corpus.map(|text| text.as_bytes().to_vec()).to_vec();
    let words = &[
        "<script>1</script>",
        "<text>a</text>",
        "<use href='#a'/>",
        "<image href='file:///etc/passwd'/>",
        "<foreignObject/>",
        "<style>@import url(http://x.example)</style>",
        "<!DOCTYPE svg [<!ENTITY a 'b'>]>",
        "<![CDATA[",
        "&a;",
        "<g>",
        "</g>",
        "1e38",
        "NaN",
        "url(#a)",
        "transform='scale(1e9)'",
        "stroke-dasharray='.1'",
        "style='filter:blur(9px)'",
    ];
    let samples = Samples { name: "drawings", corpus, words, cost: 40 };
    hold(&samples, |input| Verdict::of(taken(input)));
}
