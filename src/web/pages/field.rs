//! The fields of forms: label, hint, fault and input drawn together and tied to each other.
//!
//! Promises: whoever cannot see the form hears the same as who can (WAI-ARIA `describedby`,
//! WCAG 2.2: 1.3.1, 3.3.1, 3.3.2); what was typed wrongly stays in its field. Does not: judge.

use askama::Template;

/// What a field asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Asks {
    /// One line.
    Line,
    /// Some lines.
    Area,
    /// One of these: value and label.
    Choice(Vec<(String, String)>),
    /// One of these, all of them in sight.
    One(Vec<(String, String)>),
    /// Any of these.
    Ticks(Vec<(String, String)>),
}

/// A field of a form.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "field.html")]
pub(in crate::web) struct Field {
    name: String,
    label: String,
    asks: Asks,
    kind: &'static str,
    hint: Option<String>,
    fault: Option<String>,
    values: Vec<String>,
    most: Option<u16>,
    complete: Option<&'static str>,
    digits: bool,
    required: bool,
    focused: bool,
}

/// Owned pairs.
fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
    of.iter().map(|(value, label)| ((*value).to_owned(), (*label).to_owned())).collect()
}

impl Field {
    fn new(name: &str, label: String, asks: Asks) -> Self {
        Self {
            name: name.to_owned(),
            label,
            asks,
            kind: "text",
            hint: None,
            fault: None,
            values: Vec::new(),
            most: None,
            complete: None,
            digits: false,
            required: false,
            focused: false,
        }
    }

    /// A line of text.
    pub(in crate::web) fn text(name: &str, label: String) -> Self {
        Self::new(name, label, Asks::Line)
    }

    /// Some lines of text.
    pub(in crate::web) fn area(name: &str, label: String) -> Self {
        Self::new(name, label, Asks::Area)
    }

    /// One of many, in a list that opens: value and label.
    pub(in crate::web) fn choice(name: &str, label: String, of: &[(&str, &str)]) -> Self {
        Self::new(name, label, Asks::Choice(pairs(of)))
    }

    /// One of a few, all in sight: value and label.
    pub(in crate::web) fn one(name: &str, label: String, of: &[(&str, &str)]) -> Self {
        Self::new(name, label, Asks::One(pairs(of)))
    }

    /// Any of some: value and label.
    pub(in crate::web) fn ticks(name: &str, label: String, of: &[(&str, &str)]) -> Self {
        Self::new(name, label, Asks::Ticks(pairs(of)))
    }

    /// What helps to fill it.
    pub(in crate::web) fn hint(self, hint: String) -> Self {
        Self { hint: Some(hint), ..self }
    }

    /// What is wrong with what was typed, if anything is: then typing begins here. A form whose
    /// fields can be wrong together says where with [`begin_at_fault`].
    pub(in crate::web) fn fault(self, fault: Option<String>) -> Self {
        Self { focused: self.focused || fault.is_some(), fault, ..self }
    }

    /// What stands in it, or the one that is chosen.
    pub(in crate::web) fn value(self, value: &str) -> Self {
        Self { values: vec![value.to_owned()], ..self }
    }

    /// Those that are ticked.
    pub(in crate::web) fn values(self, values: &[String]) -> Self {
        Self { values: values.to_vec(), ..self }
    }

    /// What sort of line it is, by the name that HTML has for it.
    pub(in crate::web) fn kind(self, kind: &'static str) -> Self {
        Self { kind, ..self }
    }

    /// The most characters.
    pub(in crate::web) fn most(self, most: u16) -> Self {
        Self { most: Some(most), ..self }
    }

    /// What a browser may fill in by itself (HTML, "autofill field names").
    pub(in crate::web) fn complete(self, complete: &'static str) -> Self {
        Self { complete: Some(complete), ..self }
    }

    /// Digits only: a telephone shows its keys for numbers.
    pub(in crate::web) fn digits(self) -> Self {
        Self { digits: true, ..self }
    }

    /// It must be filled.
    pub(in crate::web) fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// The first thing on the page: typing, or a scanner that types, begins here.
    pub(in crate::web) fn focused(self) -> Self {
        Self { focused: true, ..self }
    }

    /// Whether it has this name.
    pub(in crate::web) fn is_named(&self, name: &str) -> bool {
        self.name == name
    }

    /// What stands in the line.
    fn typed(&self) -> &str {
        self.values.first().map_or("", String::as_str)
    }

    const fn is_one(&self) -> bool {
        matches!(self.asks, Asks::One(_))
    }

    fn is_set(&self, value: &str) -> bool {
        self.values.iter().any(|set| set == value)
    }

    /// The ids of what describes it.
    fn described(&self) -> String {
        let hint = self.hint.iter().map(|_| format!("{}-hint", self.name));
        let fault = self.fault.iter().map(|_| format!("{}-fault", self.name));
        hint.chain(fault).collect::<Vec<_>>().join(" ")
    }
}

/// Lets typing begin at the first field of a form that is wrong, and nowhere else (HTML, 6.6.7: one
/// `autofocus` a page); where nothing is wrong, it begins where the fields say.
pub(in crate::web) fn begin_at_fault<'f>(fields: impl IntoIterator<Item = &'f mut Field>) {
    let fields: Vec<&mut Field> = fields.into_iter().collect();
    let first = fields.iter().position(|field| field.fault.is_some());
    let Some(first) = first else { return };
    for (at, field) in fields.into_iter().enumerate() {
        field.focused = at == first;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_begins_at_the_first_field_that_is_wrong() {
        let of = [("a", "Un"), ("b", "Deux")];
        let line = |name: &str| Field::text(name, "X".into());
        let begun = |mut fields: Vec<Field>| {
            begin_at_fault(&mut fields);
            fields.iter().map(|field| field.to_string().matches(" autofocus").count()).collect()
        };
        let wrong = || Some("non".to_owned());
        let several: Vec<usize> = begun(vec![
            line("w").focused(),
            Field::one("x", "X".into(), &of).fault(wrong()),
            line("y").fault(wrong()),
            Field::choice("z", "X".into(), &of).fault(wrong()),
        ]);
        assert_eq!(several, [0, 1, 0, 0]);
        let none: Vec<usize> = begun(vec![line("w"), line("x").focused(), line("y").fault(None)]);
        assert_eq!(none, [0, 1, 0]);
    }

    #[test]
    fn a_fault_and_a_hint_are_tied_to_the_input() {
        let field = Field::text("siret", "SIRET".into()).hint("14 chiffres".into());
        let html = field.clone().fault(Some("il en manque <un>".into())).value("12\"").to_string();
        assert!(html.contains("<label for=\"siret\">SIRET"), "{html}");
        assert!(html.contains("aria-describedby=\"siret-hint siret-fault\""), "{html}");
        assert!(html.contains("aria-invalid=\"true\""), "{html}");
        assert!(html.contains("il en manque &#60;un&#62;"), "{html}");
        assert!(html.contains("value=\"12&#34;\""), "{html}");
        let sound = field.to_string();
        assert!(!sound.contains("aria-invalid") && !sound.contains("siret-fault"), "{sound}");
    }

    #[test]
    fn what_was_chosen_stays_chosen() {
        let of = [("a", "Un"), ("b", "Deux")];
        let html = Field::choice("x", "X".into(), &of).value("b").to_string();
        assert!(html.contains("<option value=\"b\" selected>Deux"), "{html}");
        assert!(html.contains("<option value=\"a\">Un"), "{html}");
        let html = Field::ticks("x", "X".into(), &of).values(&["a".into()]).to_string();
        assert!(html.contains("id=\"x-a\" name=\"x\" value=\"a\" checked"), "{html}");
        assert!(html.contains("<fieldset") && html.contains("<legend>X"), "{html}");
        let html = Field::one("x", "X".into(), &of).value("a").to_string();
        assert!(html.contains("type=\"radio\" id=\"x-a\""), "{html}");
    }
}
