//! Goal: the real program does what its help says, with exit codes that scripts can rely on, and
//! shows a secret once or never.

mod audit;
mod bench;
mod instance;
mod offline;
mod two;

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output};

use crate::harness::{World, fresh_dir};

/// A call of the program.
pub(crate) struct Call {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Call {
    pub(crate) fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let code = output.status.code().unwrap_or(-1);
        Self { code, out: text(&output.stdout), err: text(&output.stderr) }
    }

    /// Standard output, of a call that must succeed.
    #[track_caller]
    pub(crate) fn good(self) -> String {
        assert_eq!(self.code, 0, "{}{}", self.out, self.err);
        self.out
    }

    /// Checks a failure: the code, one line, and words in it.
    #[track_caller]
    pub(crate) fn failed(&self, code: i32, words: &[&str]) {
        assert_eq!(self.code, code, "{}{}", self.out, self.err);
        assert!(self.err.starts_with("carnet: ") && self.err.lines().count() == 1, "{}", self.err);
        for word in words {
            assert!(self.err.contains(word), "{word}: {}", self.err);
        }
    }
}

/// The program in a directory, without anything of the environment that is meant for it.
pub(crate) fn program(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_carnet"));
    command.current_dir(dir).env_remove("RUST_BACKTRACE");
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CARNET_") {
            command.env_remove(name);
        }
    }
    command
}

/// What `carnet serve` has said once it listens.
pub(crate) fn until_it_listens(child: &mut Child) -> String {
    let mut said = String::new();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    while !said.contains("listens on") {
        assert!(out.read_line(&mut said).unwrap() > 0, "it ended: {said}");
    }
    said
}

/// Runs the program in a directory.
pub(crate) fn carnet(dir: &Path, arguments: &[&str]) -> Call {
    Call::of(&program(dir).args(arguments).output().unwrap())
}

/// Runs the program on the place of a world.
pub(crate) fn at(world: &World, arguments: &[&str]) -> Call {
    let mut command = program(&world.dir);
    command.env("CARNET_DATABASE__URL", &world.url).env("CARNET_SERVER__HOST", "pass.exemple.fr");
    Call::of(&command.args(arguments).output().unwrap())
}

/// What only its owner may read.
pub(crate) fn is_private(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(path).unwrap().permissions().mode();
    matches!(mode & 0o777, 0o600 | 0o700)
}

/// The secret in what a command printed.
fn secret(text: &str) -> &str {
    let start = text.find("carnet_").expect("a secret");
    &text[start..start + 59]
}

fn names(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).unwrap();
    let mut names: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    names.sort();
    names
}

#[test]
fn help_reads_well() {
    let dir = fresh_dir();
    let help = carnet(&dir, &["--help"]).good();
    for word in ["Run an instance:", "init", "Examples:", "carnet verify receipt", "--version"] {
        assert!(help.contains(word), "{word}\n{help}");
    }
    assert!(help.lines().all(|line| line.chars().count() <= 100), "{help}");
    let commands = ["init", "serve", "migrate", "keys", "api-key", "print", "export", "verify"];
    for command in commands {
        let help = carnet(&dir, &[command, "--help"]).good();
        assert!(help.contains("Usage: carnet"), "{help}");
    }
    assert!(carnet(&dir, &["--version"]).good().starts_with("carnet "));
    assert_eq!(carnet(&dir, &[]).code, 64);
    carnet(&dir, &["serve", "--lisen", "x"]).failed(64, &["--lisen", "--listen"]);
    carnet(&dir, &["sreve"]).failed(64, &["sreve", "serve"]);
    assert!(names(&dir).is_empty(), "asking for help makes nothing");
}

#[test]
fn a_bad_key_of_the_configuration_is_named() {
    let dir = fresh_dir();
    std::fs::write(dir.join("carnet.toml"), "[server]\nhots = \"x\"\n").unwrap();
    carnet(&dir, &["serve"]).failed(78, &["server.hots", "carnet.toml", "host, listen"]);
    std::fs::write(dir.join("carnet.toml"), "[server]\nlisten = 8080\n").unwrap();
    carnet(&dir, &["serve"]).failed(78, &["server.listen"]);
    std::fs::write(dir.join("carnet.toml"), "[log]\nlevel = \"=loud=\"\n").unwrap();
    carnet(&dir, &["serve"]).failed(78, &["log.level"]);
    carnet(&dir, &["serve", "--config", "none.toml"]).failed(78, &["none.toml"]);
    let mut command = program(&dir);
    command.env("CARNET_DATABASE__URL", "mysql://u:hush@h/d").args(["migrate", "--dir", "x"]);
    let call = Call::of(&command.output().unwrap());
    call.failed(78, &["database.url"]);
    assert!(!call.err.contains("hush"));
}
