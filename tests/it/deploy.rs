//! Goal: what `deploy/` hands out works as it stands: units are closed as tightly as they say, the
//! container needs no shell and no root, TLS and proxies do what the configuration promises.

mod tls;

use std::path::Path;
use std::process::Command;

use crate::harness::fresh_dir;

const UNITS: [&str; 4] =
    ["carnet.service", "carnet-signer.service", "carnet-witness.service", "carnet-export.service"];

/// The output of `systemd-analyze`; `None` where it is not installed (`tests/run` wants it).
fn analyze(arguments: &[&str], file: &Path) -> Option<String> {
    let output = Command::new("systemd-analyze").args(arguments).arg(file).output();
    let Ok(output) = output else {
        let required = std::env::var("CARNET_TEST_TOOLS").is_ok_and(|value| value == "required");
        assert!(!required, "systemd-analyze is not installed: run tests/run");
        eprintln!("left out: no systemd-analyze");
        return None;
    };
    let text = [output.stdout, output.stderr].concat();
    Some(String::from_utf8_lossy(&text).into_owned())
}

/// The exposure in tenths: 15 for 1.5.
fn exposure(file: &Path) -> Option<u32> {
    let text = analyze(&["--no-pager", "security", "--offline=true"], file)?;
    let (_, rest) = text.split_once("Overall exposure level for ").expect("a score");
    let score = rest.split_whitespace().nth(1).unwrap().replace('.', "");
    Some(score.parse().unwrap())
}

#[test]
fn units_are_closed() {
    for unit in UNITS {
        let file = Path::new("deploy").join(unit);
        let Some(tenths) = exposure(&file) else { return };
        assert!(tenths <= 15, "{unit}: {tenths} tenths");
        // The same unit without what closes it: the score is really that of the file.
        let text = std::fs::read_to_string(&file).unwrap();
        let open = text.lines().filter(|line| !line.starts_with("SystemCall"));
        let copy = fresh_dir().join(unit);
        std::fs::write(&copy, open.collect::<Vec<_>>().join("\n")).unwrap();
        assert!(exposure(&copy).unwrap() > 15, "{unit} opened");
    }
}

/// Every word in a unit is one that systemd knows; a misspelt one would silently close nothing.
#[test]
fn units_say_what_systemd_understands() {
    let program = env!("CARGO_BIN_EXE_carnet");
    let verified = |unit: &str, more: &str| {
        let text = std::fs::read_to_string(Path::new("deploy").join(unit)).unwrap();
        let text = text.replace("/usr/local/bin/carnet-export", program);
        let text = text.replace("/usr/local/bin/carnet", program);
        let text = if text.contains("[Install]") {
            text.replace("[Install]", more)
        } else {
            format!("{text}\n{more}")
        };
        let copy = fresh_dir().join(unit);
        std::fs::write(&copy, text).unwrap();
        analyze(&["--no-pager", "verify"], &copy)
    };
    for unit in UNITS {
        let Some(said) = verified(unit, "[Install]") else { return };
        for wrong in ["Unknown", "Failed to parse", "Invalid", "not executable"] {
            assert!(!said.contains(wrong), "{unit}: {said}");
        }
        let said = verified(unit, "ProtectSistem=yes\n[Install]").unwrap();
        assert!(said.contains("Unknown"), "{said}");
    }
}

#[test]
fn the_container_needs_no_shell_and_no_root() {
    let text = std::fs::read_to_string("deploy/Containerfile").unwrap();
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let last = lines.iter().rposition(|line| line.starts_with("FROM ")).unwrap();
    assert!(lines[..last].iter().any(|line| line.starts_with("FROM ")), "one stage only");
    let last = &lines[last..];
    assert!(!last.iter().any(|line| line.starts_with("RUN ")), "the last stage has no shell");
    assert!(last.contains(&"USER 65532:65532"), "{last:?}");
    for word in ["ENTRYPOINT", "CMD"] {
        let line = last.iter().find(|line| line.starts_with(word)).unwrap();
        assert!(line.starts_with(&format!("{word} [\"")), "{line} would need a shell");
    }
    for line in lines.iter().filter(|line| line.starts_with("COPY ") && !line.contains("--from")) {
        let words: Vec<&str> = line.split_whitespace().skip(1).collect();
        for source in &words[..words.len() - 1] {
            assert!(Path::new(source).exists(), "{source}");
        }
    }
}
