//! What may be counted when a book is handed over: questions of the national vocabulary of digital
//! mediation, each with its few answers.
//!
//! Promises: an answer is one of a list, so that nobody can be described in words; "not known" is
//! the first of each. Does not: know a book, a person or a moment: a month is the finest grain.

use std::fmt;
use std::str::FromStr;

use crate::base::day::Day;

/// A question and its answers, as codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// The word in tables and forms.
    pub code: &'static str,
    /// What can be answered, [`NOT_KNOWN`] first.
    pub answers: &'static [&'static str],
}

/// The answer of who does not know, or does not want to say.
pub const NOT_KNOWN: &str = "not-known";

/// The questions, in the order in which they are asked. Ages, situations and genders are those of
/// the national tool of digital advisers; needs are the nine services of the national directory.
pub const QUESTIONS: [Question; 4] = [
    Question {
        code: "age",
        answers: &[
            NOT_KNOWN,
            "under-12",
            "12-to-17",
            "18-to-24",
            "25-to-39",
            "40-to-59",
            "60-to-69",
            "70-and-over",
        ],
    },
    Question { code: "gender", answers: &[NOT_KNOWN, "woman", "man"] },
    Question {
        code: "situation",
        answers: &[NOT_KNOWN, "in-education", "employed", "unemployed", "retired"],
    },
    Question {
        code: "need",
        answers: &[
            NOT_KNOWN,
            "procedures",
            "everyday-tools",
            "employment",
            "safety",
            "parenthood",
            "leisure",
            "culture",
            "access",
            "equipment",
        ],
    },
];

/// One answer to one question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Answer {
    question: &'static str,
    answer: &'static str,
}

impl Answer {
    /// The answer of these codes; `None` when there is no such question or answer.
    #[must_use]
    pub fn of(question: &str, answer: &str) -> Option<Self> {
        let asked = QUESTIONS.iter().find(|known| known.code == question)?;
        let answer = asked.answers.iter().find(|known| **known == answer)?;
        Some(Self { question: asked.code, answer })
    }

    /// The question's code.
    #[must_use]
    pub const fn question(self) -> &'static str {
        self.question
    }

    /// The answer's code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.answer
    }
}

/// What is shown of a count below [`FEW`]: so few people might be told apart.
pub const FEW: i64 = 5;

/// A month of the civil calendar, `2026-11`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(Day);

impl Month {
    /// The month of a day.
    #[must_use]
    pub fn of(day: Day) -> Self {
        Self(day.month_begin())
    }

    /// Its first day.
    #[must_use]
    pub const fn first(self) -> Day {
        self.0
    }

    /// The month before.
    #[must_use]
    pub fn before(self) -> Self {
        Self::of(self.0.plus_days(-1))
    }

    /// The month after.
    #[must_use]
    pub fn after(self) -> Self {
        Self::of(self.0.plus_days(31))
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, _) = self.0.numbers();
        write!(f, "{year:04}-{month:02}")
    }
}

/// What was given is not a month of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a month; write it like 2026-11")]
pub struct MonthError;

impl FromStr for Month {
    type Err = MonthError;

    fn from_str(text: &str) -> Result<Self, MonthError> {
        if text.len() != 7 {
            return Err(MonthError);
        }
        format!("{text}-01").parse().map(Self).map_err(|_| MonthError)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn an_answer_is_one_of_a_list() {
        for question in QUESTIONS {
            assert_eq!(question.answers[0], NOT_KNOWN, "{}", question.code);
            let set: BTreeSet<_> = question.answers.iter().collect();
            assert_eq!(set.len(), question.answers.len(), "{}", question.code);
            for answer in question.answers {
                let known = Answer::of(question.code, answer).unwrap();
                assert_eq!((known.question(), known.code()), (question.code, *answer));
            }
        }
        for (question, answer) in [("age", "Ana"), ("name", "not-known"), ("", ""), ("age", "")] {
            assert_eq!(Answer::of(question, answer), None, "{question} {answer}");
        }
    }

    #[test]
    fn a_month_has_two_neighbours() {
        let month: Month = "2026-12".parse().unwrap();
        assert_eq!(month.after().to_string(), "2027-01");
        assert_eq!(month.before().to_string(), "2026-11");
        assert_eq!("2026-03".parse::<Month>().unwrap().before().to_string(), "2026-02");
        assert_eq!("2026-01".parse::<Month>().unwrap().after().to_string(), "2026-02");
        assert_eq!(Month::of("2026-12-31".parse().unwrap()), month);
        for bad in ["", "2026-13", "2026-1", "2026-011", "26-01", "2026-xx"] {
            assert_eq!(bad.parse::<Month>(), Err(MonthError), "{bad}");
        }
    }
}
