//! The pages in a real browser, as `tests/browser` plays them.
//!
//! Goal: what only a browser can show (contrast, width, keyboard, script) is shown by one.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{PoisonError, RwLock};

/// What is played.
const PARTS: [&str; 5] = ["bites", "counter", "demo", "desks", "pages"];
/// What the parts share.
const SHARED: [&str; 5] = ["keys", "lib", "mishaps", "run", "till"];
/// How long a test may take, and a part in all: several times what they take on two busy cores. A
/// page that never answers must not take the time of all other tests with it.
const MOST_MINUTES: &str = "5";
const MOST_SECONDS: &str = "1200";
/// The part that measures has the browser for itself, beside it another one would be measured too;
/// all others are played side by side.
const MEASURED: &str = "counter";
static BROWSER: RwLock<()> = RwLock::new(());

/// Whether a missing tool is a failure, as under `tests/run`.
fn is_required() -> bool {
    std::env::var("CARNET_TEST_TOOLS").is_ok_and(|value| value == "required")
}

/// Where `node_modules` is: what `tests/run` says, else where it would have put it.
fn tools(sources: &Path) -> PathBuf {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    let usual = sources.join(target).join("browser/tools");
    std::env::var_os("CARNET_BROWSER_TOOLS").map_or(usual, PathBuf::from)
}

/// Runs the files of `tests/browser` whose name holds a text, with the program of this build, each
/// test for so many minutes at most; what was said, and whether all went well. `None` without the
/// tools, where none are required.
fn played(part: &str, minutes: &str) -> Option<(bool, String)> {
    let alone = (part == MEASURED).then(|| BROWSER.write().unwrap_or_else(PoisonError::into_inner));
    let _shared = alone.is_none().then(|| BROWSER.read().unwrap_or_else(PoisonError::into_inner));
    let sources = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tools = tools(sources);
    let node = Command::new("node").arg("--version").output().is_ok_and(|out| out.status.success());
    if !(node && tools.join("node_modules/playwright-core").is_dir()) {
        let tools = tools.display();
        assert!(!is_required(), "node, or what tests/run installs into {tools}, is missing");
        eprintln!("left out: node or {tools} is missing");
        return None;
    }
    // The runner ends what does not end by itself; this ends the runner, should it come to that.
    let mut command = Command::new("timeout");
    command.args(["--kill-after=10", MOST_SECONDS, "node"]);
    command.arg(sources.join("tests/browser/run.mjs")).arg(part);
    command.env("CARNET_BIN", env!("CARGO_BIN_EXE_carnet")).env("CARNET_BROWSER_TOOLS", &tools);
    command.env("CARNET_BROWSER_MINUTES", minutes);
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].map(|it| String::from_utf8_lossy(&it).into_owned());
    Some((output.status.success(), said.join("\n")))
}

/// All of a part goes well, where there is a browser.
fn goes_well(part: &str) {
    let Some((well, said)) = played(part, MOST_MINUTES) else { return };
    assert!(well && said.contains(" passed, 0 failed"), "{said}");
    println!("{said}");
}

#[test]
fn every_page_is_sound_in_a_browser() {
    goes_well("pages");
}

#[test]
fn everybody_of_a_demo_is_one_button_away() {
    goes_well("demo");
}

#[test]
fn a_counter_loses_nothing_and_counts_nothing_twice() {
    goes_well("counter");
}

/// Negative control: the same checks, with a counter that was broken on purpose.
#[test]
fn a_counter_that_loses_or_repeats_is_found() {
    goes_well("bites");
}

#[test]
fn each_desk_is_worked_by_keyboard_alone() {
    goes_well("desks");
}

/// The counter's modules that need no browser: what a reading is, the basket, the outcomes.
#[test]
fn what_the_counter_decides_by_itself_holds() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new("node");
    let Ok(output) = command
        .args(["--test", "--test-reporter=tap", "tests/browser/unit"])
        .current_dir(sources)
        .output()
    else {
        assert!(!is_required(), "node is missing");
        return;
    };
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("# fail 0"), "{said}");
    assert!(!said.contains("# pass 0"), "{said}");
}

#[test]
fn every_file_of_the_folder_is_played() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some(part) = name.strip_suffix(".mjs") else { continue };
        assert!(SHARED.contains(&part) || PARTS.contains(&part), "{name} is never played");
    }
}

/// Negative control: what is not there is no success.
#[test]
fn a_part_that_is_not_there_is_no_success() {
    let Some((well, said)) = played("no-such-part", MOST_MINUTES) else { return };
    assert!(!well && said.contains("no file of this folder"), "{said}");
}

/// Negative control: what never ends is ended, and is no success.
#[test]
fn a_test_that_never_ends_is_ended() {
    let Some((well, said)) = played("planted", "0.1") else { return };
    assert!(!well && said.contains("0 passed, 1 failed"), "{said}");
    assert!(said.contains("forever.mjs:8"), "where it waited is not said: {said}");
}
