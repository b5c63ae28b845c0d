//! Floor 7: the command line.
//!
//! Promises: an error is one line that says what to do, with an exit code of sysexits.h; secrets go
//! to standard output once, or to files that only their owner reads. Does not: hold rules; each
//! command calls verbs of the service.
//!
//! A new command is one variant of `Command`, one line in `GROUPS`, one file.

pub mod api_key;
pub mod audit;
pub mod bench;
pub mod demo;
pub mod doctor;
pub mod export;
pub mod failure;
pub mod funder_keys;
pub mod import;
pub mod init;
pub mod keys;
mod laboratory;
pub mod migrate;
pub mod place;
pub mod print;
pub mod purge;
pub mod release;
pub mod restore;
pub mod retire;
pub mod serve;
pub mod sessions;
pub mod sign_takeover;
pub mod signer;
pub mod table;
pub mod torture;
pub mod verify;
pub mod witness;

use std::fmt::Write as _;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use self::failure::Failure;

/// Carnet: an open voucher ledger for digital inclusion.
#[derive(Debug, Parser)]
#[command(name = "carnet", version, arg_required_else_help = true, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Play a whole scheme in a fresh directory, then serve it
    Demo(demo::Demo),
    /// Make a new instance: database, keys, operator and its first API key
    Init(init::Init),
    /// Serve the API; in an empty directory, make an instance first
    Serve(serve::Serve),
    /// Sign vouchers for a server, as another user and without a network
    Signer(signer::Signer),
    /// Bring the schema of the database up to date
    Migrate(migrate::Migrate),
    /// List, add and revoke the keys that sign vouchers
    Keys(keys::Keys),
    /// List, grant and revoke the keys of programs
    ApiKey(api_key::ApiKeys),
    /// End what a person is who is gone for ever, without asking a second one
    Retire(retire::Retire),
    /// Sign people out, after a theft or a hole
    Sessions(sessions::Sessions),
    /// Write the printed books of an order as PDF files
    Print(print::Print),
    /// Write a ledger with all that another operator needs
    Export(export::Export),
    /// Take over a ledger from its export
    Import(import::Import),
    /// Let a ledger go to another operator
    Release(release::Release),
    /// Sign, offline, that another operator goes on with a ledger
    SignTakeover(sign_takeover::SignTakeover),
    /// Examine an installation and say what to mend
    Doctor(doctor::Doctor),
    /// Replay every line and compare every table with what the lines say
    Audit(audit::Audit),
    /// Take away what was kept long enough, as every night
    Purge(purge::Purge),
    /// Bring an older copy of the database up to what was acknowledged
    Restore(restore::Restore),
    /// Check a ledger or its receipts, offline
    Verify(verify::Verify),
    /// Make a funder's recovery key and age identity, offline
    FunderKeys(funder_keys::FunderKeys),
    /// Follow ledgers of others, and co-sign that they only grow
    Witness(witness::Witness),
    /// Measure what this machine does, with durable commits
    Bench(bench::command::Bench),
    /// Harm made-up ledgers on purpose, and see who notices
    Torture(torture::Torture),
}

/// How `--help` groups the commands.
const GROUPS: &[(&str, &[&str])] = &[
    (
        "Run an instance",
        &[
            "init", "serve", "signer", "migrate", "keys", "api-key", "retire", "sessions", "audit",
            "purge", "restore", "doctor",
        ],
    ),
    ("Take out what it holds", &["print", "export"]),
    ("Hand a ledger over", &["sign-takeover", "release", "import"]),
    ("Need no instance", &["demo", "verify", "witness", "funder-keys", "bench", "torture"]),
];

const EXAMPLES: &str = "\
Examples:
  carnet demo                              see it: a whole scheme, then its API
  carnet serve                             try it: SQLite in this directory
  carnet init --dir /srv/carnet --name 'Pass Creuse' --siret 73282932000074 --host pass.example.org
  carnet serve --dir /srv/carnet           serve what init made
  carnet verify receipt receipt.json --keys carnet-keys.json
  carnet verify ledger ledger.jsonl --checkpoint ledger.checkpoint --keys carnet-keys.json

Configuration: carnet.toml in the data directory, CARNET_… in the environment, see
deploy/config.toml. `carnet COMMAND --help` says more.";

/// Runs the command that the program was called with.
#[must_use]
pub fn run() -> ExitCode {
    tell_panics_in_one_line();
    let parsed = command().try_get_matches().and_then(|found| Cli::from_arg_matches(&found));
    let done = match parsed {
        Ok(cli) => dispatch(cli.command),
        Err(error) => return answer_usage(&error),
    };
    match done {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("carnet: {failure}");
            failure.exit_code()
        }
    }
}

fn dispatch(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Demo(demo) => waited(demo.run()),
        Command::Init(init) => waited(init.run()),
        Command::Serve(serve) => waited(serve.run()),
        Command::Signer(signer) => waited(signer.run()),
        Command::Migrate(migrate) => waited(migrate.run()),
        Command::Keys(keys) => waited(keys.run()),
        Command::ApiKey(api_key) => waited(api_key.run()),
        Command::Retire(retire) => waited(retire.run()),
        Command::Sessions(sessions) => waited(sessions.run()),
        Command::Print(print) => waited(print.run()),
        Command::Purge(purge) => waited(purge.run()),
        Command::Restore(restore) => waited(restore.run()),
        Command::Export(export) => waited(export.run()),
        Command::Import(import) => waited(import.run()),
        Command::Release(release) => waited(release.run()),
        Command::SignTakeover(sign) => sign.run().map(|()| ExitCode::SUCCESS),
        Command::Doctor(doctor) => awaited(doctor.run()),
        Command::Audit(audit) => awaited(audit.run()),
        Command::Witness(witness) => awaited(witness.run()),
        Command::Torture(torture) => awaited(torture.run()),
        Command::Bench(bench) => waited(bench.run()),
        Command::Verify(verify) => verify.run(),
        Command::FunderKeys(funder_keys) => funder_keys.run().map(|()| ExitCode::SUCCESS),
    }
}

fn waited(work: impl Future<Output = Result<(), Failure>>) -> Result<ExitCode, Failure> {
    awaited(work).map(|()| ExitCode::SUCCESS)
}

fn awaited<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::software(format!("no threads: {error}")))?;
    let done = runtime.block_on(work);
    // A stop that took too long must not take longer here.
    runtime.shutdown_background();
    done
}

/// The command line with its commands in groups, which clap has no way to say.
fn command() -> clap::Command {
    let command = Cli::command();
    let mut listing = String::new();
    for (title, names) in GROUPS {
        let _ = writeln!(listing, "{title}:");
        for name in *names {
            let about = command.find_subcommand(name).and_then(clap::Command::get_about);
            let about = about.map(ToString::to_string).unwrap_or_default();
            let _ = writeln!(listing, "  {name:<13} {about}");
        }
        listing.push('\n');
    }
    let head = "{about}\n\nUsage: carnet COMMAND [OPTIONS]";
    command.help_template(format!("{head}\n\n{listing}Options:\n{{options}}\n\n{EXAMPLES}\n"))
}

/// Help and version are asked for; anything else is a mistake, told in one line.
fn answer_usage(error: &clap::Error) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let _ = error.print();
            return ExitCode::SUCCESS;
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _ = error.print();
        }
        _ => {
            let text = error.render().to_string();
            let lines = text.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:"));
            let words: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
            let text = words.join(" ");
            let text = text.strip_prefix("error: ").unwrap_or(&text);
            eprintln!("carnet: {text}; see carnet --help");
        }
    }
    ExitCode::from(failure::USAGE)
}

/// A panic is a fault of the program: one line says where, and holds nothing that was asked.
fn tell_panics_in_one_line() {
    if std::env::var_os("RUST_BACKTRACE").is_some() {
        return;
    }
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        eprintln!(
            "carnet: a fault of the program at {place}: please report it; with \
             RUST_BACKTRACE=1 it says more"
        );
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_in_one_group() {
        command().debug_assert();
        let mut grouped: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| *names).copied().collect();
        let command = Cli::command();
        let mut commands: Vec<&str> =
            command.get_subcommands().map(clap::Command::get_name).collect();
        grouped.sort_unstable();
        commands.sort_unstable();
        assert_eq!(grouped, commands);
    }
}
