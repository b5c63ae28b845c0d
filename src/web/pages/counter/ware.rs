//! The files of the counter: its modules, and the reader of QR codes.
//!
//! Promises: a file is served under the hash of all that belongs to it, so that whoever has it need
//! never ask again and no two versions mix; it travels compressed to who takes that. Does not: hold
//! anything about anybody.

use std::io::{Read as _, Write as _};
use std::sync::LazyLock;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use data_encoding::HEXLOWER;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use ring::digest::{Context, SHA256};

/// Something to be sent, in each of its dresses.
pub(super) struct Ware {
    kind: &'static str,
    plain: Bytes,
    gzip: Option<Bytes>,
    brotli: Option<Bytes>,
}

impl Ware {
    /// A text, compressed once.
    pub(super) fn of(kind: &'static str, plain: Vec<u8>) -> Self {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        let gzip = encoder.write_all(&plain).and_then(|()| encoder.finish());
        Self { kind, plain: plain.into(), gzip: gzip.ok().map(Bytes::from), brotli: None }
    }

    /// A picture: it is compressed already.
    fn picture(plain: &'static [u8]) -> Self {
        let plain = Bytes::from_static(plain);
        Self { kind: "image/png", plain, gzip: None, brotli: None }
    }

    /// What rests compressed in both ways; who takes neither gets it unpacked.
    fn packed(kind: &'static str, gzip: &'static [u8], brotli: &'static [u8]) -> Self {
        let mut plain = Vec::new();
        // A test unpacks it: what is built has no fault.
        let unpacked = GzDecoder::new(gzip).read_to_end(&mut plain);
        unpacked.expect("a file of ours unpacks");
        let (gzip, brotli) = (Some(Bytes::from_static(gzip)), Some(Bytes::from_static(brotli)));
        Self { kind, plain: plain.into(), gzip, brotli }
    }

    /// As it is, unpacked.
    pub(super) const fn plain(&self) -> &Bytes {
        &self.plain
    }

    /// The answer to a request with these headers.
    pub(super) fn answer(&self, asked: &HeaderMap) -> Response {
        let takes = |encoding| takes(asked, encoding);
        let (encoding, bytes) = match (&self.brotli, &self.gzip) {
            (Some(brotli), _) if takes("br") => (Some("br"), brotli),
            (_, Some(gzip)) if takes("gzip") => (Some("gzip"), gzip),
            _ => (None, &self.plain),
        };
        let mut response = Response::new(Body::from(bytes.clone()));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.kind));
        if self.gzip.is_some() {
            headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        }
        if let Some(encoding) = encoding {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        response
    }
}

/// Whether who asks takes an encoding (RFC 9110, 12.5.3): named, and not with a weight of zero.
fn takes(asked: &HeaderMap, encoding: &str) -> bool {
    let texts = asked.get_all(header::ACCEPT_ENCODING).iter();
    let wishes = texts.filter_map(|value| value.to_str().ok()).flat_map(|text| text.split(','));
    wishes.into_iter().any(|wish| {
        let (name, weight) = wish.split_once(';').unwrap_or((wish, ""));
        let weight = weight.trim().strip_prefix("q=").unwrap_or("1");
        let refused = weight.starts_with('0') && weight.bytes().all(|b| b == b'0' || b == b'.');
        name.trim().eq_ignore_ascii_case(encoding) && !refused
    })
}

/// Files that belong together.
pub(super) struct Shelf {
    address: String,
    files: Vec<(&'static str, Ware)>,
}

impl Shelf {
    fn of(files: Vec<(&'static str, Ware)>) -> Self {
        let parts = files.iter().flat_map(|(name, ware)| [name.as_bytes(), ware.plain.as_ref()]);
        Self { address: format!("/counter/{}", hash(parts)), files }
    }

    /// Where they are, without a slash at the end.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// Their names.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.files.iter().map(|(name, _)| *name)
    }

    /// The modules that a page loads beside its first one, to be fetched at once with it.
    pub(super) fn modules(&self, first: &str) -> Vec<&'static str> {
        let others = ["pair.mjs", first];
        self.names().filter(|name| name.ends_with(MODULE) && !others.contains(name)).collect()
    }

    /// The file with this name in this folder.
    pub(super) fn find(&self, folder: &str, name: &str) -> Option<&Ware> {
        self.address.strip_prefix("/counter/").filter(|known| *known == folder)?;
        self.files.iter().find(|(known, _)| *known == name).map(|(_, ware)| ware)
    }
}

/// 16 characters that change with any of the parts.
pub(super) fn hash<'p>(parts: impl Iterator<Item = &'p [u8]>) -> String {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        context.update(part);
    }
    HEXLOWER.encode(&context.finish().as_ref()[..8])
}

/// How the name of a module ends.
const MODULE: &str = ".mjs";

const SCRIPT: &str = "text/javascript; charset=utf-8";

macro_rules! scripts {
    ($($name:literal),+ $(,)?) => {
        vec![$((
            $name,
            Ware::of(SCRIPT, include_bytes!(concat!("../assets/counter/", $name)).to_vec()),
        )),+]
    };
}

static CODE: LazyLock<Shelf> = LazyLock::new(|| {
    let mut files = scripts![
        "decide.mjs",
        "draw.mjs",
        "feel.mjs",
        "id.mjs",
        "page.mjs",
        "pair.mjs",
        "read.mjs",
        "reading.mjs",
        "say.mjs",
        "send.mjs",
        "store.mjs",
        "wedge.mjs",
    ];
    let style = include_bytes!("../assets/style/counter.css").to_vec();
    files.push(("counter.css", Ware::of("text/css; charset=utf-8", style)));
    let icon = include_bytes!("../assets/counter/icon.svg").to_vec();
    files.push(("icon.svg", Ware::of("image/svg+xml", icon)));
    let small = Ware::picture(include_bytes!("../assets/counter/icon-192.png"));
    let large = Ware::picture(include_bytes!("../assets/counter/icon-512.png"));
    files.extend([("icon-192.png", small), ("icon-512.png", large)]);
    Shelf::of(files)
});

static READER: LazyLock<Shelf> = LazyLock::new(|| {
    let mut files = Vec::new();
    for (name, text) in [
        ("scan.js", &include_bytes!("../assets/counter/reader/scan.js")[..]),
        ("zxing.js", include_bytes!("../assets/counter/reader/zxing.js")),
    ] {
        files.push((name, Ware::of(SCRIPT, text.to_vec())));
    }
    let gzip = include_bytes!("../assets/counter/reader/zxing.wasm.gz");
    let brotli = include_bytes!("../assets/counter/reader/zxing.wasm.br");
    files.push(("zxing.wasm", Ware::packed("application/wasm", gzip, brotli)));
    Shelf::of(files)
});

/// The modules of the counter, and its pictures.
pub(super) fn code() -> &'static Shelf {
    &CODE
}

/// The reader of QR codes: large, and seldom another one.
pub(super) fn reader() -> &'static Shelf {
    &READER
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoding_is_taken_when_it_is_named() {
        let asked = |text: &'static str| {
            HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(text))])
        };
        for (text, gzip, brotli) in [
            ("gzip, deflate, br, zstd", true, true),
            ("GZIP;q=0.5", true, false),
            ("gzip;q=0, br;q=0.001", false, true),
            ("br;q=0.0", false, false),
            ("identity", false, false),
        ] {
            let takes = |encoding| takes(&asked(text), encoding);
            assert_eq!((takes("gzip"), takes("br")), (gzip, brotli), "{text}");
        }
        assert!(!takes(&HeaderMap::new(), "gzip"));
    }

    #[test]
    fn a_hash_changes_with_the_bounds_of_its_parts() {
        let of = |parts: &[&'static str]| hash(parts.iter().map(|part| part.as_bytes()));
        assert_ne!(of(&["ab", "c"]), of(&["a", "bc"]));
        assert_eq!(of(&["ab"]).len(), 16);
    }
}
