//! Inputs: valid samples with something done to them.
//!
//! Promises: the same seed and samples give the same inputs; some inputs are samples as they are.
//! Does not: know what is tried.

use super::Samples;

/// The longest input: what repeats may not grow for ever.
const LONGEST: usize = 150_000;

/// Numbers at the edges of what holds them, and other spellings of numbers.
const NUMBERS: [&str; 18] = [
    "0",
    "-1",
    "1",
    "00",
    "-0",
    "+1",
    "1.0",
    "1e3",
    "255",
    "256",
    "65535",
    "65536",
    "4294967296",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "1e999",
];

/// What a field of a length says when it lies.
const LENGTHS: [u32; 8] = [0, 1, 0x7f, 0xff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];

/// Dice that fall the same way for the same seed (`SplitMix64`).
#[derive(Debug)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below another; 0 when there is none below.
    pub(super) fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).unwrap().max(1);
        usize::try_from(self.throw() % end).unwrap()
    }

    pub(super) fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// A part of something so long: from where to where.
    fn part(&mut self, length: usize) -> (usize, usize) {
        let from = self.below(length + 1);
        // Short parts more often than long ones.
        let most = *self.one(&[1, 2, 4, 16, 64, length]);
        (from, (from + self.below(most + 1)).min(length))
    }
}

/// The next input.
pub(super) fn next(dice: &mut Dice, samples: &Samples) -> Vec<u8> {
    let mut input = dice.one(&samples.corpus).clone();
    let times = *dice.one(&[0, 1, 1, 1, 1, 2, 2, 3, 5, 8]);
    for _ in 0..times {
        change(dice, &mut input, samples);
        input.truncate(LONGEST);
    }
    input
}

fn change(dice: &mut Dice, input: &mut Vec<u8>, samples: &Samples) {
    let at = dice.below(input.len().max(1));
    let (from, to) = dice.part(input.len());
    match dice.below(11) {
        0 if !input.is_empty() => input[at] ^= 1 << dice.below(8),
        1 if !input.is_empty() => input[at] = u8::try_from(dice.below(256)).unwrap(),
        2 => drop(input.drain(from..to)),
        3 => input.truncate(from),
        4 => drop(input.splice(from..from, word(dice, samples))),
        5 => drop(input.splice(from..to, word(dice, samples))),
        6 => {
            let other = dice.one(&samples.corpus);
            let (tail, _) = dice.part(other.len());
            input.truncate(from);
            input.extend_from_slice(&other[tail..]);
        }
        7 => {
            let times = *dice.one(&[2, 3, 17, 1_000]);
            let part = input[from..to].repeat(times);
            drop(input.splice(to..to, part));
        }
        8 => number(dice, input),
        9 if !input.is_empty() => {
            let length = dice.one(&LENGTHS).to_be_bytes();
            let wide = *dice.one(&[1, 2, 4]);
            let end = (at + wide).min(input.len());
            drop(input.splice(at..end, length[4 - wide..].iter().copied()));
        }
        10 if !input.is_empty() => {
            let other = dice.below(input.len());
            input.swap(at, other);
        }
        _ => {}
    }
}

fn word(dice: &mut Dice, samples: &Samples) -> Vec<u8> {
    dice.one(samples.words).as_bytes().to_vec()
}

/// Puts another number where one stands.
fn number(dice: &mut Dice, input: &mut Vec<u8>) {
    let starts: Vec<usize> = (0..input.len())
        .filter(|at| input[*at].is_ascii_digit() && (*at == 0 || !input[at - 1].is_ascii_digit()))
        .collect();
    if starts.is_empty() {
        return;
    }
    let from = *dice.one(&starts);
    let digits = input[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    drop(input.splice(from..from + digits, dice.one(&NUMBERS).bytes()));
}

#[test]
fn the_same_seed_gives_the_same_inputs() {
    let corpus = vec![b"seq=41,on=2026-11-22".to_vec(), b"{}".to_vec()];
    let samples = Samples { name: "dice", corpus, words: &["\"", "="], cost: 1 };
    let inputs = |seed| {
        let mut dice = Dice::new(seed);
        (0..200).map(|_| next(&mut dice, &samples)).collect::<Vec<_>>()
    };
    assert_eq!(inputs(7), inputs(7));
    assert_ne!(inputs(7), inputs(8));
    let different: std::collections::BTreeSet<_> = inputs(7).into_iter().collect();
    assert!(different.len() > 100, "{}", different.len());
}
