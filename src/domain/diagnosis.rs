//! What an examination of an installation says: what was looked at, how it is, and what to mend.
//!
//! Promises: each thing that is not as it should be says what to do; what fails is what loses
//! money, lines or secrets, the rest is a warning. Does not: look at anything itself.

use serde::Serialize;

/// How something is, from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Grade {
    /// As it should be.
    Ok,
    /// It works, and could be better.
    Warn,
    /// Not fit to keep other people's money.
    Fail,
}

impl Grade {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnosis {
    /// What.
    pub check: &'static str,
    /// How it is.
    pub state: Grade,
    /// What was found.
    pub finding: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mend: Option<String>,
}

impl Diagnosis {
    /// As it should be.
    #[must_use]
    pub fn fine(check: &'static str, finding: impl Into<String>) -> Self {
        Self { check, state: Grade::Ok, finding: finding.into(), mend: None }
    }

    /// It works, and could be better.
    #[must_use]
    pub fn warn(check: &'static str, finding: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { check, state: Grade::Warn, finding: finding.into(), mend: Some(mend.into()) }
    }

    /// It must be mended.
    #[must_use]
    pub fn fail(check: &'static str, finding: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { check, state: Grade::Fail, finding: finding.into(), mend: Some(mend.into()) }
    }

    /// How far a clock is from another one, in milliseconds.
    #[must_use]
    pub fn clock(check: &'static str, other: &str, apart_millis: i64) -> Self {
        let apart = apart_millis.unsigned_abs();
        let finding = format!("{apart} ms from {other}");
        let mend = "set the clock of this machine by NTP (timedatectl set-ntp true): days, keys \
                    and receipts go by it";
        match apart {
            0..=2_000 => Self::fine(check, finding),
            2_001..=30_000 => Self::warn(check, finding, mend),
            _ => Self::fail(check, finding, mend),
        }
    }

    /// What is left of a disk: free and whole, in bytes.
    #[must_use]
    pub fn disk(check: &'static str, free: u64, whole: u64) -> Self {
        const MIB: u64 = 1024 * 1024;
        let finding = format!("{} MiB of {} MiB are free", free / MIB, whole / MIB);
        let mend = "make room, or give it a larger disk: a full one stops every write";
        if free < 256 * MIB {
            Self::fail(check, finding, mend)
        } else if free < 2048 * MIB || free < whole / 20 {
            Self::warn(check, finding, mend)
        } else {
            Self::fine(check, finding)
        }
    }
}

/// The worst of all.
#[must_use]
pub fn verdict(all: &[Diagnosis]) -> Grade {
    all.iter().map(|one| one.state).max().unwrap_or(Grade::Ok)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_and_a_disk_are_judged() {
        let clock = |apart| Diagnosis::clock("clock", "the database's", apart).state;
        assert_eq!([0, -2_000].map(clock), [Grade::Ok; 2]);
        assert_eq!([2_001, -30_000].map(clock), [Grade::Warn; 2]);
        assert_eq!([30_001, i64::MIN].map(clock), [Grade::Fail; 2]);
        let gib = |free: u64, whole: u64| Diagnosis::disk("disk", free << 30, whole << 30).state;
        assert_eq!(gib(0, 100), Grade::Fail);
        assert_eq!([gib(1, 10), gib(4, 100)], [Grade::Warn; 2]);
        assert_eq!(gib(5, 100), Grade::Ok);
        let all = [Diagnosis::fine("a", ""), Diagnosis::warn("b", "", "")];
        assert_eq!((verdict(&all), verdict(&[])), (Grade::Warn, Grade::Ok));
    }
}
