//! Chance, passed in: the operating system's, or a seeded stream for tests and the demo.
//!
//! Promises: `SystemEntropy` is fit for keys. Does not: make ids or keys itself.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use ring::digest;
use ring::rand::SecureRandom as _;

/// Who throws the dice.
pub trait Entropy: Send + Sync + fmt::Debug {
    /// Fills the buffer with unpredictable bytes (predictable ones for a seeded source).
    fn fill(&self, buffer: &mut [u8]);
}

/// Bytes from [`Entropy`] as an array.
#[must_use]
pub fn bytes<const N: usize>(entropy: &dyn Entropy) -> [u8; N] {
    let mut buffer = [0; N];
    entropy.fill(&mut buffer);
    buffer
}

/// The operating system's generator; the only lawful caller of the global one.
#[derive(Debug, Clone, Default)]
pub struct SystemEntropy(());

impl Entropy for SystemEntropy {
    #[expect(clippy::disallowed_methods, reason = "the one place where chance enters")]
    fn fill(&self, buffer: &mut [u8]) {
        ring::rand::SystemRandom::new()
            .fill(buffer)
            .expect("a machine whose random generator fails must not make keys");
    }
}

/// A stream that is the same for the same seed: never for real keys.
#[derive(Debug)]
pub struct SeededEntropy {
    seed: u64,
    block: AtomicU64,
}

impl SeededEntropy {
    /// A stream named by its seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { seed, block: AtomicU64::new(0) }
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(32) {
            let number = self.block.fetch_add(1, Ordering::SeqCst);
            let mut context = digest::Context::new(&digest::SHA256);
            context.update(b"carnet/seeded-entropy\0");
            context.update(&self.seed.to_be_bytes());
            context.update(&number.to_be_bytes());
            chunk.copy_from_slice(&context.finish().as_ref()[..chunk.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_names_its_stream() {
        let first: [u8; 40] = bytes(&SeededEntropy::new(7));
        assert_eq!(first, bytes::<40>(&SeededEntropy::new(7)));
        assert_ne!(first, bytes::<40>(&SeededEntropy::new(8)));
        assert_ne!(bytes::<16>(&SystemEntropy::default()), [0; 16]);
    }
}
