//! A log that may lie: its lines are numbers, and from some place on those of another history.
//!
//! Goal: whatever a malicious operator could sign and serve can be made here in one line.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Request;
use carnet::domain::ledger::checkpoint::LogKey;
use carnet::domain::ledger::consistency::consistency_text;
use carnet::domain::ledger::log::{
    Edge, Hash, Tiles, consistency_proof, leaf_hash, tiles_for_consistency,
};
use tokio::net::TcpListener;

/// A log of fewer than 256 lines.
pub(super) struct Log {
    pub(super) key: LogKey,
    /// The first line that another history has otherwise.
    pub(super) parted: u64,
}

impl Log {
    pub(super) fn of(origin: &str) -> Self {
        Self::signed_by(origin, 7)
    }

    pub(super) fn signed_by(origin: &str, seed: u8) -> Self {
        let key = LogKey::from_seed(origin.parse().unwrap(), &[seed; 32]);
        Self { key, parted: u64::MAX }
    }

    /// The same log with other lines from a place on.
    pub(super) fn forked(origin: &str, parted: u64) -> Self {
        Self { parted, ..Self::of(origin) }
    }

    fn leaves(&self, count: u64) -> Vec<Hash> {
        let other = |number: u64| u64::from(number >= self.parted);
        let leaf = |it: u64| leaf_hash(&[it.to_be_bytes(), other(it).to_be_bytes()].concat());
        (0..count).map(leaf).collect()
    }

    pub(super) fn root(&self, size: u64) -> Hash {
        let mut edge = Edge::empty();
        edge.append(&self.leaves(size));
        edge.root()
    }

    pub(super) fn note(&self, size: u64) -> String {
        self.key.sign_checkpoint(size, &self.root(size))
    }

    pub(super) fn proof(&self, from: u64, to: u64) -> Vec<Hash> {
        if from == 0 {
            return Vec::new();
        }
        let wanted = tiles_for_consistency(from, to).unwrap();
        let tiles: Tiles =
            wanted.iter().map(|id| ((id.level, id.index), self.leaves(to))).collect();
        consistency_proof(from, to, &tiles).unwrap()
    }

    /// What an honest log sends to `add-checkpoint`.
    pub(super) fn growth(&self, from: u64, to: u64) -> String {
        consistency_text(from, &self.proof(from, to), &self.note(to))
    }
}

/// A status, a content type and a text.
type Shown = (u16, String, &'static str);

/// A server that shows what it is told to, by path without query.
#[derive(Clone, Default)]
pub(super) struct Stage {
    shown: Arc<Mutex<HashMap<String, Shown>>>,
    asked: Arc<Mutex<HashMap<String, usize>>>,
}

impl Stage {
    /// Serves, on a port of its own.
    pub(super) async fn open(&self) -> SocketAddr {
        let stage = self.clone();
        let answer = move |request: Request| async move {
            let path = request.uri().path();
            *stage.asked.lock().unwrap().entry(path.to_owned()).or_default() += 1;
            let found = stage.shown.lock().unwrap().get(path).cloned();
            let (status, text, kind) = found.unwrap_or((404, String::new(), "text/plain"));
            let status = axum::http::StatusCode::from_u16(status).unwrap();
            (status, [("content-type", kind)], text)
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(answer);
        tokio::spawn(async move { axum::serve(listener, router).await });
        address
    }

    /// How often a path was asked.
    pub(super) fn asked(&self, path: &str) -> usize {
        self.asked.lock().unwrap().get(path).copied().unwrap_or(0)
    }

    pub(super) fn set(&self, path: &str, status: u16, text: impl Into<String>) {
        self.set_kind(path, status, text, "text/plain");
    }

    pub(super) fn set_kind(
        &self,
        path: &str,
        status: u16,
        text: impl Into<String>,
        kind: &'static str,
    ) {
        self.shown.lock().unwrap().insert(path.to_owned(), (status, text.into(), kind));
    }

    /// Shows a checkpoint and a proof at `/ledger/x`.
    pub(super) fn show(&self, note: impl Into<String>, proof: impl Into<String>) {
        self.show_at("x", note, proof);
    }

    /// Shows a checkpoint and a proof of a ledger.
    pub(super) fn show_at(&self, id: &str, note: impl Into<String>, proof: impl Into<String>) {
        self.set(&format!("/ledger/{id}/checkpoint"), 200, note);
        self.set(&format!("/ledger/{id}/consistency"), 200, proof);
    }
}
