//! A strict reader of HTML: what browsers forgive is a fault here.
//!
//! Goal: a page that is read here is read alike everywhere. Every element is closed in its order,
//! every attribute is quoted and said once, every id is said once, every reference is known.

use std::collections::BTreeSet;

/// Elements that have no end (HTML, 13.1.2).
const VOID: [&str; 6] = ["meta", "link", "input", "br", "hr", "img"];

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

/// A page that was read.
#[derive(Debug, Default)]
pub(crate) struct Html {
    /// In the order in which they begin.
    pub(crate) elements: Vec<Element>,
    pub(crate) ids: BTreeSet<String>,
    /// What stands between elements.
    pub(crate) text: String,
}

impl Html {
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &Element> {
        self.elements.iter().filter(move |element| element.name == name)
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
                None => html.begin(tag, &mut open)?,
            }
            html.text.push_str(&unescaped(after)?);
        }
        if open.is_empty() { Ok(html) } else { Err(format!("never closed: {open:?}")) }
    }

    fn begin(&mut self, tag: &str, open: &mut Vec<String>) -> Result<(), String> {
        let (name, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
        if tag.ends_with(' ') {
            return Err(format!("<{tag}>: a blank at its end"));
        }
        let plain = |text: &str| {
            let lawful = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
            !text.is_empty() && text.bytes().all(lawful)
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
        "<P>x</P>",
        "<p >x</p>",
        "a < b",
    ] {
        assert!(Html::read(&page(bad)).is_err(), "{bad}");
    }
    assert!(Html::read("<html></html>").is_err());
}
