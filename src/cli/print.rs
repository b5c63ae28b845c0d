//! `carnet print`: the printed books of an order, as files for a printer.
//!
//! Promises: a file has its name only when it is whole, and one that has its name is not made
//! again, so that a run that was cut goes on where it stopped; memory does not grow with the order;
//! the files are for their owner's eyes, since each voucher in them is money. Does not: issue.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::export::{bar, finish, part_of};
use super::failure::Failure;
use super::place::Place;
use crate::base::id::{Id, Order};
use crate::server::Opened;
use crate::service::print::BOOKS_PER_FILE;
use crate::service::rotate::operator_at_the_machine;
use crate::service::{issue, order};

/// Write the printed books of an order as PDF files of at most 100 books.
#[derive(Debug, clap::Args)]
pub struct Print {
    #[command(flatten)]
    place: Place,
    /// The order
    #[arg(long, value_name = "ID")]
    order: Id<Order>,
    /// The first book, counted from 1 within the order
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = place_in_order())]
    from: i64,
    /// The last book [default: the order's last]
    #[arg(long, value_name = "N", value_parser = place_in_order())]
    to: Option<i64>,
    /// Where the files go
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
}

/// Books of an order are counted from 1.
fn place_in_order() -> clap::builder::RangedI64ValueParser {
    clap::value_parser!(i64).range(1..)
}

impl Print {
    /// Writes the files that are not there yet.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn run(self) -> Result<(), Failure> {
        let config = self.place.load(Vec::new())?;
        let opened = Opened::open(&config).await?;
        let done = self.write(&opened).await;
        opened.close().await;
        done
    }

    async fn write(&self, opened: &Opened) -> Result<(), Failure> {
        let actor = operator_at_the_machine(&opened.instance).await?;
        let last = order::read(&opened.instance, &actor, self.order).await?.books;
        let to = self.to.unwrap_or(last);
        if self.from > to || to > last {
            let text = format!("the order has books 1 to {last}, not {} to {to}", self.from);
            return Err(Failure::usage(text));
        }
        fs::create_dir_all(&self.out).map_err(|error| Failure::unwritten(&self.out, &error))?;
        let (bar, mut kept) = (bar(to - self.from + 1, "books"), 0);
        for (first, last) in runs(self.from, to) {
            let name = format!("books-{}-{first:05}-{last:05}.pdf", self.order);
            let path = self.out.join(name);
            if path.exists() {
                kept += 1;
            } else {
                let pdf =
                    issue::books_pdf(&opened.instance, &actor, self.order, first, last).await?;
                let part = part_of(&path);
                write_private(&part, &pdf).map_err(|error| Failure::unwritten(&part, &error))?;
                finish(&part, &path)?;
            }
            bar.set_position(u64::try_from(last - self.from + 1).unwrap_or_default());
        }
        bar.finish_and_clear();
        let (files, out) = (runs(self.from, to).count(), self.out.display());
        println!(
            "Books {} to {to}: {files} files in {out}, {kept} of them from before.",
            self.from
        );
        println!("Each voucher in them is money: delete the files once they are printed.");
        Ok(())
    }
}

/// The runs of books that make one file each.
fn runs(from: i64, to: i64) -> impl Iterator<Item = (i64, i64)> {
    let most = i64::try_from(BOOKS_PER_FILE).unwrap_or(100);
    let first = (from..=to).step_by(BOOKS_PER_FILE);
    first.map(move |first| (first, to.min(first + most - 1)))
}

fn write_private(path: &Path, content: &[u8]) -> std::io::Result<()> {
    // What a cut run left may be open to others, and a file keeps the rights that it was made with.
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(content).and_then(|()| file.sync_all())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_holds_a_hundred_books() {
        assert_eq!(runs(1, 250).collect::<Vec<_>>(), [(1, 100), (101, 200), (201, 250)]);
        assert_eq!(runs(7, 7).collect::<Vec<_>>(), [(7, 7)]);
    }
}
