//! `/funder/export/…`: the tables behind the pages, as CSV and as a workbook.
//!
//! Promises: nothing in a file is run by a spreadsheet; a file is whole, or it is not given. Does
//! not: hold more than the pages show.

use axum::extract::{Path, RawQuery, State};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use csv::{Terminator, WriterBuilder};
use rust_xlsxwriter::{Format, Workbook, XlsxError};
use serde::de::DeserializeOwned;

use super::asked_id;
use super::figures::stage_key;
use super::orders::custody_key;
use super::uses::Query as UsesQuery;
use crate::base::money::decimal;
use crate::base::page::LIMIT;
use crate::domain::access::Actor;
use crate::domain::progress::Stage;
use crate::domain::refusal::Reason;
use crate::domain::serial::BookNumber;
use crate::domain::statement::inert;
use crate::service::{Error, follow};
use crate::web::App;
use crate::web::pages::desk::{Seated, go};
use crate::web::pages::shelf;
use crate::web::pages::visitor::Language;
use crate::web::pages::words::Words;
use crate::web::problem::Problem;

/// The most rows of a file: whoever wants more asks for a shorter time.
const MOST: usize = 50_000;

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Cell {
    Text(String),
    Number(i64),
    Cents(i64),
}

/// A table with its header.
#[derive(Debug, Clone)]
struct Table {
    header: Vec<String>,
    rows: Vec<Vec<Cell>>,
}

/// What a query asks; whoever writes an address by hand is told when it is none.
fn asked<T: DeserializeOwned + Default>(query: Option<&str>) -> Result<T, Reason> {
    let query = query.unwrap_or_default();
    serde_html_form::from_str(query).map_err(|_| Reason::NotFound)
}

/// A file.
///
/// # Errors
/// A refusal or a fault; `not-found` for a name that is none.
pub(super) async fn get(
    seated: Seated,
    State(app): State<App>,
    Path(file): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let Seated { frame, actor, .. } = seated;
    let (name, form) = file.split_once('.').ok_or(Reason::NotFound)?;
    let (words, query) = (frame.words, query.as_deref());
    let table = match name {
        "figures" => Some(figures(&app, &actor, words).await?),
        "venues" => Some(venues(&app, &actor, words, asked(query)?).await?),
        "books" => books(&app, &actor, words, asked(query)?).await?,
        "uses" => uses(&app, &actor, words, &asked(query)?).await?,
        _ => return Err(Reason::NotFound.into()),
    };
    let Some(table) = table else {
        // Too long: the page says how to ask for less.
        let path = if name == "uses" { "/funder/uses?long=yes" } else { "/funder/books?long=yes" };
        return Ok(go(&frame.to(path)));
    };
    let (kind, bytes) = match form {
        "csv" => ("text/csv; charset=utf-8; header=present", csv(&table, words)),
        "xlsx" => (
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            workbook(&table).map_err(|error| Problem::fault(&error))?,
        ),
        _ => return Err(Reason::NotFound.into()),
    };
    let disposition = format!("attachment; filename=\"{name}.{form}\"");
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, bytes).into_response())
}

fn header<const N: usize>(words: Words, keys: [&str; N]) -> Vec<String> {
    keys.into_iter().map(|key| words.say(key)).collect()
}

fn text(of: &(impl ToString + ?Sized)) -> Cell {
    Cell::Text(of.to_string())
}

/// A row a campaign and line of the figures.
async fn figures(app: &App, actor: &Actor, words: Words) -> Result<Table, Problem> {
    let known = follow::overview(&app.instance, actor).await?;
    let mut rows = Vec::new();
    for it in &known.campaigns {
        let mut row = |key: &str, vouchers: i64, books: Option<i64>| {
            rows.push(vec![
                text(&it.profile.name),
                text(&words.say(key)),
                books.map_or_else(|| text(""), Cell::Number),
                Cell::Number(vouchers),
                Cell::Cents(it.worth(vouchers)),
            ]);
        };
        row("funder-issued", it.progress.issued, None);
        for stage in Stage::ALL {
            let heap = it.progress.heap(stage);
            row(stage_key(stage), heap.vouchers, Some(heap.books));
        }
        row("funder-redeemed", it.progress.redeemed, None);
        row("funder-lapsed", it.progress.lapsed, None);
    }
    let keys =
        ["funder-col-campaign", "funder-col-what", "funder-col-books", "funder-col-vouchers"];
    let mut header = header(words, keys);
    header.push(words.say("funder-col-amount"));
    Ok(Table { header, rows })
}

/// What is asked of the files of venues and books.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
struct Query {
    campaign: String,
    order: String,
    stage: String,
}

/// A row a venue.
async fn venues(app: &App, actor: &Actor, words: Words, asked: Query) -> Result<Table, Problem> {
    let of = asked_id(&asked.campaign)?;
    let found = follow::venues(&app.instance, actor, of, LIMIT).await?;
    let row = |it: &follow::VenueUse| {
        vec![
            text(&it.admitted.name),
            text(it.admitted.commune.as_str()),
            text(it.admitted.commune.name()),
            text(&it.admitted.structure_name),
            Cell::Number(it.used),
            Cell::Cents(it.cents),
        ]
    };
    let header = header(
        words,
        [
            "funder-col-venue",
            "funder-col-code",
            "funder-col-commune",
            "funder-col-structure",
            "funder-col-vouchers",
            "funder-col-amount",
        ],
    );
    Ok(Table { header, rows: found.iter().map(row).collect() })
}

/// A row a book; nothing when there are too many.
async fn books(
    app: &App,
    actor: &Actor,
    words: Words,
    asked: Query,
) -> Result<Option<Table>, Problem> {
    let of = (asked_id(&asked.campaign)?, asked_id(&asked.order)?);
    let stage = Stage::of(&asked.stage);
    let (mut rows, mut after) = (Vec::new(), -1);
    loop {
        let page = follow::books(&app.instance, actor, of, stage, after, LIMIT).await?;
        for line in &page.items {
            let number = u32::try_from(line.book_no).map(BookNumber::new);
            let number =
                number.map_err(|_| Problem::fault(&"a book number is out of its range"))?;
            let custody = line.custody().map_err(Error::from)?;
            rows.push(vec![
                text(&number),
                text(&words.say(custody_key(custody))),
                text(line.site_name.as_deref().unwrap_or_default()),
                Cell::Number(line.vouchers),
                Cell::Number(line.used),
            ]);
        }
        match page.next {
            Some(_) if rows.len() >= MOST => return Ok(None),
            Some(next) => after = next,
            None => break,
        }
    }
    let header = header(
        words,
        [
            "funder-col-book",
            "funder-col-custody",
            "funder-col-site",
            "funder-col-vouchers",
            "funder-col-used",
        ],
    );
    Ok(Some(Table { header, rows }))
}

/// A row a use; nothing when there are too many.
async fn uses(
    app: &App,
    actor: &Actor,
    words: Words,
    asked: &UsesQuery,
) -> Result<Option<Table>, Problem> {
    let of = asked.uses()?;
    let (mut rows, mut before) = (Vec::new(), i64::MAX);
    loop {
        let page = follow::uses(&app.instance, actor, of, before, LIMIT).await?;
        rows.extend(page.items.iter().map(|it| {
            let undone =
                if it.undone.is_some() { "funder-use-undone" } else { "funder-use-stands" };
            vec![
                text(&it.on),
                text(&it.voucher),
                text(&it.place.name),
                text(it.place.commune),
                text(&it.place.structure_name),
                text(&shelf::done(words, it.offering)),
                Cell::Cents(it.cents),
                text(&words.say(undone)),
                Cell::Number(it.seq),
            ]
        }));
        match page.next {
            Some(_) if rows.len() >= MOST => return Ok(None),
            Some(next) => before = next,
            None => break,
        }
    }
    let header = header(
        words,
        [
            "funder-col-day",
            "funder-col-serial",
            "funder-col-venue",
            "funder-col-commune",
            "funder-col-structure",
            "funder-col-offering",
            "funder-col-amount",
            "funder-col-state",
            "funder-col-line",
        ],
    );
    Ok(Some(Table { header, rows }))
}

/// The table as CSV, as spreadsheets of the reader's language open it: UTF-8 with its mark,
/// semicolons, CRLF ends (RFC 4180).
fn csv(table: &Table, words: Words) -> Vec<u8> {
    let mark = if words.language == Language::French { ',' } else { '.' };
    let mut builder = WriterBuilder::new();
    builder.delimiter(b';').terminator(Terminator::CRLF);
    let mut writer = builder.from_writer("\u{feff}".as_bytes().to_vec());
    let cell = |cell: &Cell| match cell {
        Cell::Text(text) => inert(text),
        Cell::Number(number) => number.to_string(),
        Cell::Cents(cents) => decimal(*cents, mark),
    };
    writer.write_record(&table.header).expect("memory takes it");
    for row in &table.rows {
        writer.write_record(row.iter().map(cell)).expect("every row has as many cells");
    }
    writer.into_inner().expect("writing to memory does not fail")
}

/// The table as a workbook of one sheet. A text is a text there, whatever it begins with.
fn workbook(table: &Table) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let (bold, money) = (Format::new().set_bold(), Format::new().set_num_format("#,##0.00 €"));
    let at = |at: usize| u16::try_from(at).unwrap_or(u16::MAX);
    for (column, title) in table.header.iter().enumerate() {
        sheet.write_string_with_format(0, at(column), title, &bold)?;
    }
    for (line, row) in (1..).zip(&table.rows) {
        for (column, cell) in row.iter().enumerate() {
            match cell {
                Cell::Text(text) => sheet.write_string(line, at(column), text)?,
                Cell::Number(number) => match i32::try_from(*number) {
                    Ok(number) => sheet.write_number(line, at(column), number)?,
                    Err(_) => sheet.write_string(line, at(column), number.to_string())?,
                },
                // A sheet knows no other numbers: read from the exact text, never computed with.
                Cell::Cents(cents) => match decimal(*cents, '.').parse::<f64>() {
                    Ok(euros) => sheet.write_number_with_format(line, at(column), euros, &money)?,
                    Err(_) => sheet.write_string(line, at(column), decimal(*cents, '.'))?,
                },
            };
        }
    }
    sheet.autofit();
    book.save_to_buffer()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let header = vec!["nom".to_owned(), "nombre".to_owned(), "montant".to_owned()];
        let rows = vec![
            vec![text("=1+1"), Cell::Number(3), Cell::Cents(123_405)],
            vec![text("a\"; b\r\nc"), Cell::Number(-1), Cell::Cents(-5)],
        ];
        Table { header, rows }
    }

    #[test]
    fn a_file_opens_in_its_language_and_runs_nothing() {
        let french = String::from_utf8(csv(&table(), Words::of(Language::French))).unwrap();
        let expected =
            "\u{feff}nom;nombre;montant\r\n'=1+1;3;1234,05\r\n\"a\"\"; b  c\";-1;-0,05\r\n";
        assert_eq!(french, expected);
        let english = String::from_utf8(csv(&table(), Words::of(Language::English))).unwrap();
        assert!(english.contains("'=1+1;3;1234.05"));
    }

    #[test]
    fn a_workbook_is_an_archive_with_its_texts_as_texts() {
        let bytes = workbook(&table()).unwrap();
        assert!(bytes.starts_with(b"PK\x03\x04"), "not an archive");
        assert!(bytes.len() > 1000);
    }
}
