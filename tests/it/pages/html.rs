//! A strict reader of HTML: what browsers forgive is a fault here.
//!
//! Goal: a page that is read here is read alike everywhere. Every element is closed in its order,
//! every attribute is quoted and said once, every id is said once, every reference is known; typing
//! begins at one place.

use std::collections::BTreeSet;

/// Elements that have no end (HTML, 13.1.2).
const VOID: [&str; 6] = ["meta", "link", "input", "br", "hr", "img"];

/// Attributes that say it all by being there (HTML, 2.3.2).
const BOOLEAN: [&str; 7] =
    ["autofocus", "checked", "disabled", "multiple", "open", "required", "selected"];

/// Attributes of SVG that are written with capitals.
const CAPITALS: [&str; 2] = ["viewBox", "preserveAspectRatio"];

/// Elements that stand in no paragraph.
const BLOCKS: [&str; 10] = ["p", "div", "ul", "dl", "table", "h1", "h2", "h3", "section", "form"];

#[derive(Debug)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
}

impl Element {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// A form of a page, as a browser would send it untouched.
#[derive(Debug, Clone, Default)]
pub(crate) struct Form {
    /// Where it goes; empty for the page's own address.
    pub(crate) action: String,
    pub(crate) method: String,
    /// Name and value of each field that is sent.
    pub(crate) fields: Vec<(String, String)>,
    /// The list that is open, while its choices are read.
    list: String,
}

impl Form {
    /// The same with a field that somebody filled, or a button that somebody pressed.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(known, _)| known != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The value of a field.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Takes what an element inside the form sends.
    fn take(&mut self, element: &Element) {
        let name = element.get("name").unwrap_or_default().to_owned();
        let value = element.get("value").unwrap_or_default().to_owned();
        let picked = matches!(element.get("type"), Some("checkbox" | "radio"));
        match element.name.as_str() {
            "input" if !picked || element.get("checked").is_some() => {
                self.fields.push((name, value));
            }
            "textarea" => self.fields.push((name, String::new())),
            "select" => self.list = name,
            // The first choice counts until another one is marked.
            "option" if self.get(&self.list).is_none() || element.get("selected").is_some() => {
                let list = self.list.clone();
                self.fields.retain(|(known, _)| *known != list);
                self.fields.push((list, value));
            }
            _ => {}
        }
    }
}

/// A page that was read.
#[derive(Debug, Default)]
pub(crate) struct Html {
    /// In the order in which they begin.
    pub(crate) elements: Vec<Element>,
    pub(crate) ids: BTreeSet<String>,
    pub(crate) forms: Vec<Form>,
    /// What stands between elements.
    pub(crate) text: String,
}

impl Html {
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &Element> {
        self.elements.iter().filter(move |element| element.name == name)
    }

    /// The first form that goes somewhere.
    pub(crate) fn form(&self, action: &str) -> Form {
        let found = self.forms.iter().find(|form| form.action == action);
        found.unwrap_or_else(|| panic!("no form goes to {action:?}: {:?}", self.forms)).clone()
    }

    pub(crate) fn first(&self, name: &str) -> Option<&Element> {
        self.all(name).next()
    }

    /// Reads a page, or says what is wrong with it.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let rest = text.strip_prefix("<!DOCTYPE html>\n").ok_or("no doctype")?;
        let (mut html, mut open) = (Self::default(), Vec::<String>::new());
        for (number, part) in rest.split('<').enumerate() {
            if number == 0 {
                html.text.push_str(&unescaped(part)?);
                continue;
            }
            let (tag, after) = part.split_once('>').ok_or(format!("<{part} never ends"))?;
            match tag.strip_prefix('/') {
                Some(name) => {
                    let last = open.pop();
                    if last.as_deref() != Some(name) {
                        return Err(format!("</{name}> ends {last:?}"));
                    }
                }
                None => {
                    html.begin(tag, &mut open)?;
                    if tag.starts_with("textarea") {
                        html.fill(&unescaped(after)?);
                    }
                }
            }
            html.text.push_str(&unescaped(after)?);
        }
        if open.is_empty() { Ok(html) } else { Err(format!("never closed: {open:?}")) }
    }

    /// What stands in the area that was begun; its first line end is none of it (HTML, 13.2.6.4.7).
    fn fill(&mut self, text: &str) {
        let field = self.forms.last_mut().and_then(|form| form.fields.last_mut());
        if let Some((_, value)) = field {
            text.strip_prefix('\n').unwrap_or(text).clone_into(value);
        }
    }

    fn begin(&mut self, tag: &str, open: &mut Vec<String>) -> Result<(), String> {
        let (name, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
        if tag.ends_with(' ') {
            return Err(format!("<{tag}>: a blank at its end"));
        }
        let plain = |text: &str| {
            let lawful = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
            CAPITALS.contains(&text) || !text.is_empty() && text.bytes().all(lawful)
        };
        if !plain(name) {
            return Err(format!("<{tag}> is no element"));
        }
        let in_paragraph = open.last().is_some_and(|last| last == "p");
        if in_paragraph && BLOCKS.contains(&name) {
            return Err(format!("<{name}> in <p>"));
        }
        let mut attributes: Vec<(String, String)> = Vec::new();
        while !rest.is_empty() {
            let (word, others) = rest.split_once(' ').unwrap_or((rest, ""));
            if BOOLEAN.contains(&word) {
                attributes.push((word.to_owned(), String::new()));
                rest = others;
                continue;
            }
            let (key, after) = rest.split_once("=\"").ok_or(format!("<{tag}>: {rest}"))?;
            let (value, after) = after.split_once('"').ok_or(format!("<{tag}>: {rest}"))?;
            if !plain(key) || attributes.iter().any(|(known, _)| known == key) {
                return Err(format!("<{tag}>: the attribute {key}"));
            }
            attributes.push((key.to_owned(), unescaped(value)?));
            rest = match after.strip_prefix(' ') {
                Some(more) if !more.is_empty() => more,
                None if after.is_empty() => "",
                _ => return Err(format!("<{tag}>: {after:?}")),
            };
        }
        let element = Element { name: name.to_owned(), attributes };
        if let Some(id) = element.get("id")
            && !self.ids.insert(id.to_owned())
        {
            return Err(format!("two elements are {id}"));
        }
        let begins = |element: &Element| element.get("autofocus").is_some();
        if begins(&element) && self.elements.iter().any(begins) {
            return Err("typing begins at two places".to_owned());
        }
        if name == "form" {
            let get = |name| element.get(name).unwrap_or_default().to_owned();
            let (action, method) = (get("action"), get("method"));
            self.forms.push(Form { action, method, ..Form::default() });
        } else if let Some(form) =
            self.forms.last_mut().filter(|_| open.iter().any(|it| it == "form"))
        {
            form.take(&element);
        }
        self.elements.push(element);
        if !VOID.contains(&name) {
            open.push(name.to_owned());
        }
        Ok(())
    }
}

/// A text with its references replaced.
fn unescaped(text: &str) -> Result<String, String> {
    let mut plain = String::with_capacity(text.len());
    for (number, part) in text.split('&').enumerate() {
        if number == 0 {
            plain.push_str(part);
            continue;
        }
        let (name, after) = part.split_once(';').ok_or(format!("&{part}"))?;
        let code = name.strip_prefix('#').and_then(|code| code.parse().ok());
        let character = match name {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            _ => code.and_then(char::from_u32),
        };
        plain.push(character.ok_or(format!("&{name};"))?);
        plain.push_str(after);
    }
    if plain.contains('\u{fffd}') { Err("a character was lost".to_owned()) } else { Ok(plain) }
}

/// Negative control: what a browser would forgive.
#[test]
fn broken_pages_are_refused() {
    let page = |body: &str| format!("<!DOCTYPE html>\n<html lang=\"fr\">{body}</html>\n");
    let good = "<p id=\"a\">x &amp; y &#60;</p><br><a href=\"?a=1&amp;b=2\">z</a>";
    assert_eq!(Html::read(&page(good)).unwrap().text, "x & y <z\n");
    for bad in [
        "<p>x",
        "<p>x</b></p>",
        "<b><i>x</b></i>",
        "<p>x & y</p>",
        "<p>&nosuch;</p>",
        "<p id=a>x</p>",
        "<p id=\"a\" id=\"b\">x</p>",
        "<p id=\"a\">x</p><p id=\"a\">y</p>",
        "<p><div>x</div></p>",
        "<input autofocus><input autofocus>",
        "<P>x</P>",
        "<p >x</p>",
        "a < b",
    ] {
        assert!(Html::read(&page(bad)).is_err(), "{bad}");
    }
    assert!(Html::read("<html></html>").is_err());
}
