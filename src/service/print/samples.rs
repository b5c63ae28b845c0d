//! Test data: sheets, books and images made up on the spot.
//!
//! Promises: tokens with the shape of real ones, all different. Does not: sign anything.

use super::{PrintedBook, PrintedVoucher, Sheet};
use crate::base::money::Money;

/// Crockford's alphabet.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A usual sheet, without a logo.
pub(super) fn sheet() -> Sheet<'static> {
    Sheet {
        funder_name: "Département du Val-Doré",
        operator_name: "Régie des chèques numériques",
        operator_address: Some(["12 rue de la République", "99000 Val-Doré"]),
        campaign_name: "Pass numérique du Val-Doré",
        face_value: Money::from_cents(1000).expect("a sample that fits"),
        valid_from: "2026-11-01".parse().expect("a sample that fits"),
        valid_until: "2027-12-31".parse().expect("a sample that fits"),
        logo: None,
        text: None,
        help_line: "www.val-dore.exemple/pass-numerique",
        issued_on: "2026-11-22".parse().expect("a sample that fits"),
        nature: "un atelier ou un accompagnement pour apprendre à se servir du numérique",
        specimen: false,
    }
}

/// Characters of a base-32 text that looks random and never repeats.
fn crockford(mut seed: u64, length: usize) -> String {
    let mut text = String::with_capacity(length);
    for _ in 0..length {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        text.push(char::from(ALPHABET[usize::try_from(seed >> 59).expect("a sample that fits")]));
    }
    text
}

/// A book of so many vouchers.
pub(super) fn book(number: u64, count: u64) -> PrintedBook {
    let vouchers = (1..=count).map(|position| {
        let seed = number * 100 + position;
        let code = crockford(seed + 7_000_000, 12);
        PrintedVoucher {
            serial: format!("{number:07}-{position:02}"),
            url: format!("HTTPS://PASS.EXEMPLE.FR/V/{}", crockford(seed, 128)),
            code: format!("{}-{}-{}", &code[..4], &code[4..8], &code[8..]),
        }
    });
    PrintedBook {
        serial: format!("{number:07}"),
        cover_url: format!("HTTPS://PASS.EXEMPLE.FR/R/{number:07}"),
        vouchers: vouchers.collect(),
    }
}

/// A PNG picture of a mark with a see-through ground, that many pixels wide and high.
pub(super) fn png(across: u32, down: u32) -> Vec<u8> {
    let mut rows = Vec::new();
    for y in 0..down {
        rows.push(0);
        for x in 0..across {
            let dark = (x * 8 / across.max(1) + y * 4 / down.max(1)).is_multiple_of(2);
            rows.extend(if dark { [0x1b, 0x3a, 0x6b, 0xff] } else { [0, 0, 0, 0] });
        }
    }
    let mut header = [across.to_be_bytes(), down.to_be_bytes()].concat();
    header.extend([8, 6, 0, 0, 0]);
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    for (name, data) in [(b"IHDR", header), (b"IDAT", stored(&rows)), (b"IEND", Vec::new())] {
        png.extend(u32::try_from(data.len()).expect("a sample that fits").to_be_bytes());
        let from = png.len();
        png.extend(name);
        png.extend(data);
        let sum = crc(&png[from..]);
        png.extend(sum.to_be_bytes());
    }
    png
}

/// A zlib stream that stores without packing.
fn stored(data: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let blocks = data.chunks(0xffff).count();
    for (at, block) in data.chunks(0xffff).enumerate() {
        let length = u16::try_from(block.len()).expect("a sample that fits");
        stream.push(u8::from(at + 1 == blocks));
        stream.extend(length.to_le_bytes());
        stream.extend((!length).to_le_bytes());
        stream.extend(block);
    }
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in data {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    stream.extend((b << 16 | a).to_be_bytes());
    stream
}

fn crc(data: &[u8]) -> u32 {
    let mut sum = !0_u32;
    for byte in data {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 };
        }
    }
    !sum
}
