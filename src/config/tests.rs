//! Goal: the default is whole, each layer goes over the one before, and whatever is wrong is
//! named by its key.

use super::*;

fn layers(environment: &[(&str, &str)]) -> Layers {
    let pairs = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Layers { dir: Some("/data".into()), environment: pairs.collect(), ..Layers::default() }
}

fn refused(environment: &[(&str, &str)]) -> String {
    layers(environment).load().unwrap_err().to_string()
}

#[test]
fn the_default_is_a_configuration() {
    let config = layers(&[("CARNET_TEST_POSTGRES", "postgres://x"), ("HOME", "/")]).load().unwrap();
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.server.help_line, "localhost:8080");
    assert_eq!(config.database.url.reveal(), "sqlite:/data/carnet.db");
    assert_eq!(config.keys.dir, Path::new("/data/keys"));
}

#[test]
fn each_layer_goes_over_the_one_before() {
    let dir = std::env::temp_dir().join(format!("carnet-config-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let text =
        "[server]\nlisten = '127.0.0.1:1'\nhost = 'Pass.Exemple.FR'\n[database]\nreaders = 9\n";
    std::fs::write(dir.join(FILE_NAME), text).unwrap();
    let mut layers =
        layers(&[("CARNET_DATABASE__READERS", "7"), ("CARNET_SERVER__LISTEN", "127.0.0.1:2")]);
    layers.dir = Some(dir.clone());
    layers.overrides.push(("server.listen", "127.0.0.1:3".to_owned()));
    let config = layers.load().unwrap();
    let server = (config.server.listen.port(), config.server.host.as_str());
    assert_eq!((server, config.database.readers), ((3, "pass.exemple.fr"), 7));

    std::fs::write(dir.join("other.toml"), "[server]\nhots = 'x'\n").unwrap();
    layers.file = Some(dir.join("other.toml"));
    let error = layers.load().unwrap_err().to_string();
    assert!(error.contains("server.hots") && error.contains("other.toml"), "{error}");
    assert!(error.contains("host, listen"), "{error}");
    std::fs::write(dir.join("other.toml"), "[server\n").unwrap();
    let error = layers.load().unwrap_err().to_string();
    assert!(error.contains("other.toml") && !error.contains('\n'), "{error}");
    std::fs::remove_dir_all(&dir).unwrap();
}

#[test]
fn what_is_wrong_is_named_by_its_key() {
    let wrong = [
        ("CARNET_DATABASE__READERS", "many", "database.readers"),
        ("CARNET_DATABASE__READERS", "0", "database.readers"),
        ("CARNET_DATABASE__URL", "mysql://u:secret@h/d", "database.url"),
        ("CARNET_SERVER__LISTEN", "8080", "server.listen"),
        ("CARNET_SERVER__HOST", "https://pass.fr", "server.host"),
        ("CARNET_SERVER__REQUEST_TIMEOUT_SECONDS", "-1", "server.request_timeout_seconds"),
        ("CARNET_LOG__FORMAT", "xml", "log.format"),
        ("CARNET_ABUSE__CHECKS_PER_CALLER", "many", "abuse.checks_per_caller"),
        ("CARNET_ABUSE__UNKNOWN_CODES_PER_CALLER", "1001", "abuse.unknown_codes_per_caller"),
        ("CARNET_SIGNALS__COPIES", "0", "signals.copies"),
        ("CARNET_SIGNALS__AFTER_HOURS_DAYS", "29", "signals.after_hours_days"),
        ("CARNET_MAIL__SMTP", "mail:secret@h", "mail.smtp"),
        ("CARNET_PEOPLE__IDLE_MINUTES", "0", "people.idle_minutes"),
        ("CARNET_SERVER__HOTS", "x", "CARNET_SERVER__HOTS"),
        (
            "CARNET_SERVRE__HOST",
            "x",
            "the sections are abuse, audit, database, keys, legal, limits",
        ),
    ];
    for (name, value, expected) in wrong {
        let error = refused(&[(name, value)]);
        assert!(error.contains(expected), "{name}: {error}");
        assert!(!error.contains("secret") && !error.contains('\n'), "{error}");
    }
}

/// The default is the file and nothing else, and the file says what each key is for.
#[test]
fn the_file_is_the_default_and_documents_each_key() {
    let lines: Vec<&str> = DEFAULT.lines().collect();
    let is_key = |line: &str| line.starts_with(|c: char| c.is_ascii_lowercase());
    let mut keys = 0;
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| is_key(line)) {
        let key = line.split(" = ").next().unwrap();
        let mut before = lines[..at].iter().rev().skip_while(|line| is_key(line));
        assert!(before.next().unwrap().starts_with("# "), "nothing is said of {key}");
        let without: Vec<&str> = [&lines[..at], &lines[at + 1..]].concat();
        let file = File::from_str(&without.join("\n"), FileFormat::Toml);
        let merged = Merged::builder().add_source(file).build().unwrap();
        let error = serde_path_to_error::deserialize::<_, Config>(merged).unwrap_err().to_string();
        assert!(error.contains(key), "{key} has another default: {error}");
        keys += 1;
    }
    assert!(keys >= 25, "{keys}");
}

#[test]
fn a_value_may_come_from_a_file() {
    let file = std::env::temp_dir().join(format!("carnet-url-{}", std::process::id()));
    std::fs::write(&file, "postgres://u:hush@h/d\n").unwrap();
    let name = "CARNET_DATABASE__URL_FILE";
    let config = layers(&[(name, file.to_str().unwrap())]).load().unwrap();
    assert_eq!(config.database.url.reveal(), "postgres://u:hush@h/d");
    std::fs::remove_file(&file).unwrap();
    let error = refused(&[(name, file.to_str().unwrap())]);
    assert!(error.contains("carnet-url"), "{error}");
    assert!(refused(&[("CARNET_DATABASE__HOST_FILE", "/x")]).contains("database.host_file"));
}

#[test]
fn no_password_is_shown() {
    let shown = [
        ("postgres://carnet:p@ss/w?rd@db:5432/carnet", "postgres://carnet:***@db:5432/carnet"),
        ("postgres://db/carnet?password=hush", "postgres://db/carnet"),
        ("postgresql://carnet@db/carnet", "postgresql://carnet@db/carnet"),
        ("sqlite://x.db", "sqlite:/data/x.db"),
    ];
    for (url, expected) in shown {
        let config = layers(&[("CARNET_DATABASE__URL", url)]).load().unwrap();
        assert_eq!(config.database.url.to_string(), expected);
        assert!(format!("{config:?}").contains(expected));
    }
    let config = layers(&[("CARNET_MAIL__SMTP", "smtps://u:hush@mail.example")]).load().unwrap();
    assert!(config.mail.smtp.is_some() && !format!("{config:?}").contains("hush"));
}
