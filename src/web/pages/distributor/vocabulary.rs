//! The questions of a hand-over in words.
//!
//! Promises: each question and answer of `domain::statistic` has its words (a test compares them).
//! Does not: ask anything more.

use crate::domain::statistic::{Answer, NOT_KNOWN, QUESTIONS};
use crate::web::pages::field::Field;
use crate::web::pages::words::Words;

/// A question: its code, its words, and those of its answers.
type Asked = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const WORDS: [Asked; 4] = [
    (
        "age",
        "distributor-age",
        &[
            ("not-known", "distributor-not-known"),
            ("under-12", "distributor-age-under-12"),
            ("12-to-17", "distributor-age-12"),
            ("18-to-24", "distributor-age-18"),
            ("25-to-39", "distributor-age-25"),
            ("40-to-59", "distributor-age-40"),
            ("60-to-69", "distributor-age-60"),
            ("70-and-over", "distributor-age-70"),
        ],
    ),
    (
        "gender",
        "distributor-gender",
        &[
            ("not-known", "distributor-not-known"),
            ("woman", "distributor-gender-woman"),
            ("man", "distributor-gender-man"),
        ],
    ),
    (
        "situation",
        "distributor-situation",
        &[
            ("not-known", "distributor-not-known"),
            ("in-education", "distributor-situation-in-education"),
            ("employed", "distributor-situation-employed"),
            ("unemployed", "distributor-situation-unemployed"),
            ("retired", "distributor-situation-retired"),
        ],
    ),
    (
        "need",
        "distributor-need",
        &[
            ("not-known", "distributor-not-known"),
            ("procedures", "offering-procedures"),
            ("everyday-tools", "offering-everyday-tools"),
            ("employment", "offering-employment"),
            ("safety", "offering-safety"),
            ("parenthood", "offering-parenthood"),
            ("leisure", "offering-leisure"),
            ("culture", "offering-culture"),
            ("access", "offering-access"),
            ("equipment", "offering-equipment"),
        ],
    ),
];

/// A field for each question, with "not known" chosen.
pub(super) fn fields(words: Words) -> Vec<Field> {
    let field = |(code, label, answers): &Asked| {
        let said: Vec<(&str, String)> =
            answers.iter().map(|(code, key)| (*code, words.say(key))).collect();
        let pairs: Vec<(&str, &str)> =
            said.iter().map(|(code, text)| (*code, text.as_str())).collect();
        Field::choice(code, words.say(label), &pairs).value(NOT_KNOWN)
    };
    WORDS.iter().map(field).collect()
}

/// A question in words.
pub(super) fn question(words: Words, code: &str) -> String {
    let found = WORDS.iter().find(|(known, ..)| *known == code);
    found.map_or_else(|| code.to_owned(), |(_, key, _)| words.say(key))
}

/// An answer in words.
pub(super) fn answer(words: Words, answer: Answer) -> String {
    let found = WORDS.iter().find(|(code, ..)| *code == answer.question());
    let found = found.and_then(|(.., all)| all.iter().find(|(code, _)| *code == answer.code()));
    found.map_or_else(|| answer.code().to_owned(), |(_, key)| words.say(key))
}

/// Every answer, question by question, in the order in which it is asked.
pub(super) fn all() -> impl Iterator<Item = (&'static str, Vec<Answer>)> {
    QUESTIONS.iter().map(|question| {
        let answers = question.answers.iter();
        let answers = answers.filter_map(|answer| Answer::of(question.code, answer));
        (question.code, answers.collect())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_question_has_its_words() {
        let known: Vec<(&str, Vec<&str>)> =
            QUESTIONS.iter().map(|it| (it.code, it.answers.to_vec())).collect();
        let said = |(code, _, answers): &Asked| {
            (*code, answers.iter().map(|(code, _)| *code).collect::<Vec<_>>())
        };
        assert_eq!(WORDS.iter().map(said).collect::<Vec<_>>(), known);
    }
}
