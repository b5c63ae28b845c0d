//! Goal: a ledger longer than four tiles and longer than a page is served whole: tiles that another
//! program believes, proofs across their edges, an export that is the ledger.

use std::collections::HashMap;
use std::sync::Mutex;

use async_trait::async_trait;
use carnet::base::id::{Id, Structure};
use carnet::domain::fact::Fact;
use carnet::domain::ledger::checkpoint::Checkpoint;
use carnet::domain::ledger::consistency;
use carnet::domain::ledger::log::{Edge, leaf_hash};
use carnet::domain::ledger::receipt::{Receipt, verify};
use carnet::domain::organisation::{OrganisationProfile, OrganisationRegistered};
use carnet::service::Error;
use carnet::service::writer::Write;
use carnet::service::writer::desk::{Decided, Decision, Desk, Draft, OPERATOR_LEDGER};
use tlog_tiles::HashReader as _;

use super::{growth, log_key, newest};
use crate::harness::{World, on_both_engines};
use crate::registers::structure_body;

/// Versions of a register, in one commit.
struct Versions {
    id: Id<Structure>,
    from: i64,
    count: i64,
}

#[async_trait]
impl Write for Versions {
    async fn decide(&self, desk: &mut Desk<'_>) -> Result<Decided, Error> {
        desk.refresh(&[OPERATOR_LEDGER]).await?;
        let draft = |version: i64| {
            let name = format!("Version {version}");
            let profile: OrganisationProfile =
                serde_json::from_value(structure_body(&name)).unwrap();
            let fact: Fact = OrganisationRegistered { version, profile }.into();
            Draft::new(OPERATOR_LEDGER, self.id.any(), self.id, fact)
        };
        let drafts = (self.from..self.from + self.count).map(draft).collect();
        Ok(Decided::Write(Decision { drafts, ..Decision::default() }))
    }
}

/// Grows the operator's ledger to these sizes, a commit each.
pub(crate) async fn grow(world: &World, sizes: &[u64]) {
    let id: Id<Structure> = world.id();
    let mut version = 1;
    for size in sizes {
        let (now, _) = newest(world, world.operator_id).await;
        let count = i64::try_from(size - now.size).unwrap();
        world.clock.advance_seconds(1);
        world.instance.door.write(Versions { id, from: version, count }).await.unwrap();
        version += count;
    }
}

/// Tiles that were fetched over HTTP, for another program's verifier.
struct Fetched(Mutex<HashMap<String, Vec<u8>>>);

impl tlog_tiles::TileReader for Fetched {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[tlog_tiles::Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        let known = self.0.lock().unwrap();
        Ok(tiles.iter().map(|tile| known[&tile.path()].clone()).collect())
    }

    fn save_tiles(&self, _: &[tlog_tiles::Tile], _: &[Vec<u8>]) {}
}

/// Fetches every tile of a tree of that size.
async fn fetched(world: &World, size: u64) -> Fetched {
    let mut known = HashMap::new();
    for tile in tlog_tiles::Tile::new_tiles(8, 0, size) {
        // That program names the height too, which C2SP fixed.
        let path = tile.path().replacen("tile/8/", "tile/", 1);
        let answer = world.get(&format!("/ledger/{}/{path}", world.operator_id), "").await;
        assert_eq!(answer.kind, "application/octet-stream", "{path}");
        assert!(answer.header("cache-control").contains("immutable"));
        known.insert(tile.path(), answer.bytes);
    }
    Fetched(Mutex::new(known))
}

/// The lines of the operator's ledger, by export.
async fn exported(world: &World) -> Vec<String> {
    let path = format!("/api/v1/ledgers/{}/export", world.operator_id);
    let answer = world.get(&path, &world.operator).await;
    assert_eq!(answer.kind, "application/x-ndjson");
    let size: usize = answer.header("carnet-size").parse().unwrap();
    let text = answer.text();
    assert!(text.ends_with('\n'));
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), size);
    lines
}

const SIZES: [u64; 11] = [200, 255, 256, 257, 511, 512, 513, 700, 1024, 1025, 2100];

async fn another_program_believes_the_tiles(world: World) {
    grow(&world, &SIZES).await;
    let lines = exported(&world).await;
    let key = [log_key(&world, world.operator_id).await];
    let ledger = world.operator_id;
    let mut checkpoints = Vec::new();
    for size in SIZES {
        let path = format!("/ledger/{ledger}/checkpoint?size={size}");
        let note = world.get(&path, "").await.text();
        let checkpoint = Checkpoint::open(&note, &key).unwrap();
        let text = note.split_once("\n\n").unwrap().0;
        let theirs = tlog_tiles::Checkpoint::from_bytes(format!("{text}\n").as_bytes()).unwrap();
        assert_eq!((theirs.size(), theirs.hash().0), (size, *checkpoint.root.as_bytes()));
        let tiles = fetched(&world, size).await;
        let reader = tlog_tiles::TileHashReader::new(size, *theirs.hash(), &tiles);
        for seq in [0, 1, 199, 255, 256, 257, 511, 512, 1023, 1024, size - 1] {
            if seq >= size {
                continue;
            }
            let leaf = reader.read_hashes(&[tlog_tiles::stored_hash_index(0, seq)]).unwrap();
            let line = &lines[usize::try_from(seq).unwrap()];
            assert_eq!(leaf[0], tlog_tiles::record_hash(line.as_bytes()));
            let proof = tlog_tiles::prove_record(size, seq, &reader).unwrap();
            let path = format!("/ledger/{ledger}/proof?seq={seq}&size={size}");
            let text = world.get(&path, "").await.text();
            let head = text.split_once("\n\n").unwrap().0;
            let hashes = head.lines().skip(2).map(tlog_tiles::Hash::parse_hash);
            assert_eq!(proof, hashes.collect::<Result<Vec<_>, _>>().unwrap());
            verify(&Receipt { line: line.clone(), proof: text }, &key).unwrap();
        }
        checkpoints.push(checkpoint);
    }
    for from in &checkpoints {
        for to in checkpoints.iter().filter(|to| to.size >= from.size) {
            let text = growth(&world, ledger, from.size, to.size).await.text();
            let found = consistency::verify(&text, from.size, &from.root, &key).unwrap();
            assert_eq!(&found, to);
        }
    }
}

async fn tiles_are_served_as_far_as_they_go(world: World) {
    grow(&world, &[600]).await;
    let tile = async |path: &str| {
        world.get(&format!("/ledger/{}/tile/{path}", world.operator_id), "").await
    };
    let full = tile("0/001").await.bytes;
    assert_eq!(full.len(), 256 * 32);
    for width in [1, 8, 255] {
        let part = tile(&format!("0/001.p/{width}")).await;
        part.good();
        assert_eq!(part.bytes, full[..32 * width]);
    }
    assert_eq!(tile("0/002.p/88").await.bytes.len(), 88 * 32);
    assert_eq!(tile("1/000.p/2").await.bytes.len(), 64);
    for bad in [
        "0/002",
        "0/002.p/89",
        "0/003",
        "0/x001/000",
        "0/x001/x002/003.p/4",
        "1/000",
        "1/000.p/3",
        "1/000.p/0",
        "2/000.p/1",
        "9/000",
        "0/1",
        "0/000.p/256",
        "entries/000",
        "entries/x000/001",
        "data/000",
        "0/000/",
        "0",
    ] {
        assert_eq!(tile(bad).await.code(), "not-found", "{bad}");
    }
}

async fn an_export_is_the_ledger(world: World) {
    grow(&world, &[999, 1000, 2345]).await;
    let lines = exported(&world).await;
    let (checkpoint, note) = newest(&world, world.operator_id).await;
    assert_eq!(checkpoint.size, lines.len() as u64);
    let path = format!("/ledger/{}/checkpoint?size={}", world.operator_id, lines.len());
    assert_eq!(world.get(&path, "").await.text(), note);
    let leaves: Vec<_> = lines.iter().map(|line| leaf_hash(line.as_bytes())).collect();
    let mut edge = Edge::empty();
    edge.append(&leaves);
    assert_eq!(edge.root(), checkpoint.root);
    let entries = super::pages(
        &world,
        &format!("/api/v1/ledgers/{}/entries", world.operator_id),
        &world.operator,
        1000,
    )
    .await;
    let read: Vec<&str> = entries.iter().map(|item| item["line"].as_str().unwrap()).collect();
    assert_eq!(read, lines);
}

on_both_engines!(
    another_program_believes_the_tiles,
    tiles_are_served_as_far_as_they_go,
    an_export_is_the_ledger,
);
