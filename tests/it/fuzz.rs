//! Goal: whatever bytes stand where a token, a code, a line, a proof, a body, a name or a picture
//! is expected, they are refused with a reason, or accepted because they are just what they say.
//!
//! The mutator knows the shape of valid samples; a run is bounded by a count, and the same seed
//! gives the same run: `CARNET_FUZZ_SEED` and `CARNET_FUZZ_ROUNDS` (for a night, say 1,000,000).

mod bodies;
mod files;
mod mutate;
mod texts;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use self::mutate::Dice;

/// How many inputs of the cheapest sort there are, unless told.
const ROUNDS: u64 = 4_000;

/// How an input was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Accepted,
    Refused,
}

impl Verdict {
    fn of(accepted: bool) -> Self {
        if accepted { Self::Accepted } else { Self::Refused }
    }
}

/// What is mutated.
struct Samples {
    /// Of what.
    name: &'static str,
    /// Valid ones.
    corpus: Vec<Vec<u8>>,
    /// What may be put in.
    words: &'static [&'static str],
    /// One input for so many of the cheapest sort.
    cost: u64,
}

fn setting(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is a number, not {text}")))
}

/// A run over samples: its inputs in order, and how they were answered.
struct Run<'s> {
    samples: &'s Samples,
    dice: Dice,
    seed: u64,
    rounds: u64,
    round: u64,
    accepted: u64,
    refused: u64,
}

impl<'s> Run<'s> {
    fn begin(samples: &'s Samples) -> Self {
        let seed = setting("CARNET_FUZZ_SEED").unwrap_or(20_261_122);
        let rounds = setting("CARNET_FUZZ_ROUNDS").unwrap_or(ROUNDS) / samples.cost;
        println!("{}: CARNET_FUZZ_SEED={seed}, {rounds} inputs", samples.name);
        let (round, accepted, refused) = (0, 0, 0);
        Self { samples, dice: Dice::new(seed), seed, rounds, round, accepted, refused }
    }

    /// The next input, until enough were made.
    fn next(&mut self) -> Option<Vec<u8>> {
        self.round += 1;
        (self.round <= self.rounds).then(|| mutate::next(&mut self.dice, self.samples))
    }

    fn answered(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Accepted => self.accepted += 1,
            Verdict::Refused => self.refused += 1,
        }
    }

    /// What to run again, when a judge stopped.
    fn stopped(&self, input: &[u8]) -> String {
        let (name, round, seed) = (self.samples.name, self.round, self.seed);
        let text = String::from_utf8_lossy(input);
        format!("{name}: input {round} of seed {seed}: {text:?}")
    }

    /// A run that only accepts, or only refuses, looked at one half of the program.
    fn end(self) {
        let Self { samples, accepted, refused, .. } = self;
        println!("{}: {accepted} accepted, {refused} refused", samples.name);
        assert!(accepted > 0 && refused > 0, "{}: one half was never reached", samples.name);
    }
}

/// Judges every input of a run; a judge that panics has found something.
fn hold(samples: &Samples, judge: impl Fn(&[u8]) -> Verdict) {
    let mut run = Run::begin(samples);
    while let Some(input) = run.next() {
        match catch_unwind(AssertUnwindSafe(|| judge(&input))) {
            Ok(verdict) => run.answered(verdict),
            Err(what) => {
                eprintln!("{}", run.stopped(&input));
                resume_unwind(what);
            }
        }
    }
    run.end();
}

/// Negative control: a judge with a small fault is found out, and so is one that knows one answer.
#[test]
fn a_small_fault_is_found() {
    let corpus = vec![b"amount=1200;to=structure".to_vec(), b"amount=7;to=venue".to_vec()];
    let samples = Samples { name: "a fault", corpus, words: &["amount="], cost: 1 };
    let amounts = |input: &[u8]| {
        let text = String::from_utf8_lossy(input).into_owned();
        let amount =
            text.strip_prefix("amount=").and_then(|text| text.split_once(';'))?.0.to_owned();
        amount.parse::<u64>().ok()
    };
    let ends = |judge: &dyn Fn(&[u8]) -> Verdict| {
        catch_unwind(AssertUnwindSafe(|| hold(&samples, judge))).is_ok()
    };
    assert!(ends(&|input| Verdict::of(amounts(input).is_some())));
    let overflowing = |input: &[u8]| {
        let amount = amounts(input);
        assert!(amount.is_none_or(|cents| cents.checked_mul(100).is_some()), "overflow");
        Verdict::of(amount.is_some())
    };
    assert!(!ends(&overflowing), "an overflow at the edge was not found");
    let first = |input: &[u8]| {
        assert!(amounts(input) != Some(0), "a division by zero");
        Verdict::of(amounts(input).is_some())
    };
    assert!(!ends(&first), "a zero was not found");
    assert!(!ends(&|_| Verdict::Accepted), "who accepts everything was not looked at");
    assert!(!ends(&|_| Verdict::Refused), "who refuses everything was not looked at");
}
