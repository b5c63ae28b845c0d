//! Goal: a link goes to its person's mailbox and nowhere else, and a changed password leaves no
//! session of a thief behind. The mail server is a small real one (RFC 5321).

use std::sync::{Arc, Mutex};

use carnet::base::id::{Id, Membership};
use carnet::service::mail::Post;
use secrecy::SecretString;
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::{Browser, OTHER_PASSWORD, PASSWORD, invitation, joined, structure, token_of};
use crate::harness::{Engine, HOST, World, on_both_engines};

/// A mail server: what came in, whole.
pub(crate) struct Mailbox {
    letters: Arc<Mutex<Vec<String>>>,
    address: std::net::SocketAddr,
}

impl Mailbox {
    pub(crate) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let letters = Arc::new(Mutex::new(Vec::new()));
        let kept = letters.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, kept.clone()));
            }
        });
        Self { letters, address }
    }

    pub(crate) fn post(&self) -> Post {
        let server = SecretString::from(format!("smtp://{}", self.address));
        Post::new(&server, "Carnet <carnet@exemple.fr>", HOST).unwrap()
    }

    /// The letters so far, as a reader sees them; waits until there are so many.
    pub(crate) async fn wait(&self, count: usize) -> Vec<String> {
        for _ in 0..200 {
            if self.letters.lock().unwrap().len() >= count {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
        let letters = self.letters.lock().unwrap().clone();
        assert_eq!(letters.len(), count, "{letters:#?}");
        letters
    }
}

/// Speaks SMTP with one client.
async fn serve(stream: TcpStream, letters: Arc<Mutex<Vec<String>>>) {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 mail.exemple.fr\r\n").await.unwrap();
    let mut letter: Option<String> = None;
    while let Ok(Some(line)) = lines.next_line().await {
        let answer = match (&mut letter, line.as_str()) {
            (Some(text), ".") => {
                letters.lock().unwrap().push(readable(text));
                letter = None;
                "250 taken"
            }
            (Some(text), line) => {
                text.push_str(line);
                text.push('\n');
                continue;
            }
            (None, line) if line.starts_with("EHLO") => "250-mail.exemple.fr\r\n250 8BITMIME",
            (None, "DATA") => {
                letter = Some(String::new());
                "354 go on"
            }
            (None, "QUIT") => {
                let _ = write.write_all(b"221 bye\r\n").await;
                return;
            }
            (None, line) => {
                if line.starts_with("RCPT TO:<refused@") {
                    "550 no such mailbox"
                } else {
                    "250 ok"
                }
            }
        };
        if write.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() {
            return;
        }
    }
}

/// Quoted-printable text (RFC 2045, 6.7) as it was written.
fn readable(text: &str) -> String {
    let joined = text.replace("=\n", "");
    let mut bytes = Vec::new();
    let mut rest = joined.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        let code = tail.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        match code.and_then(|two| u8::from_str_radix(two, 16).ok()).filter(|_| *first == b'=') {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => bytes.push(*first),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The link in a letter.
pub(crate) fn link_in(letter: &str) -> String {
    let start = letter.find("https://pass.exemple.fr/").unwrap();
    letter[start..].split_whitespace().next().unwrap().to_owned()
}

/// The same world with a mailbox beside it.
async fn with_mail(engine: Engine) -> (World, Mailbox) {
    let mailbox = Mailbox::open().await;
    (World::with(engine, HOST, 7, Some(mailbox.post()), None).await, mailbox)
}

async fn an_invitation_goes_to_its_person_only(world: World) {
    let (world, mailbox) = with_mail(world.engine).await;
    let own = structure(&world, "Atelier").await.to_string();
    let path = || format!("/api/v1/memberships/{}", world.id::<Membership>());
    let body = invitation("ana@exemple.fr", "structure", &own);
    let granted = world.put(&path(), &world.operator, body).await.good();
    assert!(granted["link"]["address"].is_null(), "sent, so not shown");
    let letters = mailbox.wait(1).await;
    assert!(letters[0].contains("To: ana@exemple.fr"), "{}", letters[0]);
    assert!(letters[0].contains("Atelier vous invite à rejoindre"), "{}", letters[0]);
    let mut ana = Browser::new(&world);
    ana.join(&link_in(&letters[0])).await.good();
    let other = structure(&world, "Fabrique").await.to_string();
    let body = invitation("ana@exemple.fr", "structure", &other);
    world.put(&path(), &world.operator, body).await.good();
    assert!(mailbox.wait(2).await[1].contains("Fabrique vous a donné un nouveau droit"));
    // Where the letter is not taken, whoever invites gets the link, as without mail.
    let body = invitation("refused@exemple.fr", "structure", &own);
    let granted = world.put(&path(), &world.operator, body).await.good();
    assert!(granted["link"]["address"].is_string());
    mailbox.wait(2).await;
}

async fn a_forgotten_password_is_replaced_by_a_letter(world: World) {
    let (world, mailbox) = with_mail(world.engine).await;
    let own = structure(&world, "Atelier").await.to_string();
    let body = invitation("ana@exemple.fr", "structure", &own);
    let path = format!("/api/v1/memberships/{}", world.id::<Membership>());
    world.put(&path, &world.operator, body).await.good();
    let mut ana = Browser::new(&world);
    ana.join(&link_in(&mailbox.wait(1).await[0])).await.good();
    ana.enrol().await;
    let mut stranger = Browser::new(&world);
    let ask = |email: &str| Some(json!({ "email": email }));
    let known = stranger.post("password-resets", ask("ana@exemple.fr")).await;
    let unknown = stranger.post("password-resets", ask("nobody@exemple.fr")).await;
    assert_eq!((known.status.as_u16(), &known.bytes), (202, &unknown.bytes));
    let link = link_in(&mailbox.wait(2).await[1]);
    assert!(link.starts_with("https://pass.exemple.fr/reset/"), "{link}");
    assert_eq!(stranger.join(&link).await.code(), "link-ended", "it is no invitation");
    let chosen = |password: &str| Some(json!({ "token": token_of(&link), "password": password }));
    let weak = stranger.post("passwords", chosen("passwordpassword")).await;
    assert_eq!(weak.code(), "invalid-request");
    let changed = stranger.post("passwords", chosen(OTHER_PASSWORD)).await;
    assert_eq!(changed.good()["ended"], 1);
    assert!(mailbox.wait(3).await[2].contains("vient d’être changé"));
    assert_eq!(stranger.post("passwords", chosen(PASSWORD)).await.code(), "link-ended");
    assert_eq!(ana.get("sessions/current").await.code(), "not-signed-in");
    assert_eq!(ana.sign_in("ana@exemple.fr", PASSWORD).await.code(), "sign-in-failed");
    // Whoever reads the mailbox has the password now, and still no second factor.
    ana.sign_in("ana@exemple.fr", OTHER_PASSWORD).await.good();
    assert_eq!(ana.standing(), "factor-needed");
    // A late link, and one that another made useless.
    stranger.post("password-resets", ask("ana@exemple.fr")).await.good();
    let late = link_in(&mailbox.wait(4).await[3]);
    world.clock.advance_seconds(3600);
    let body = json!({ "token": token_of(&late), "password": PASSWORD });
    assert_eq!(stranger.post("passwords", Some(body)).await.code(), "link-ended");
}

async fn a_changed_password_ends_the_other_sessions(world: World) {
    let own = world.operator_id.to_string();
    let mut ana = joined(&world, invitation("ana@exemple.fr", "auditor", &own)).await;
    let mut thief = Browser::new(&world);
    thief.sign_in("ana@exemple.fr", PASSWORD).await.good();
    let change =
        |current: &str, password: &str| json!({ "current": current, "password": password });
    let wrong = ana.put("passwords/current", change("a wrong one", OTHER_PASSWORD)).await;
    assert_eq!(wrong.code(), "sign-in-failed");
    let before = ana.token.clone();
    ana.put("passwords/current", change(PASSWORD, OTHER_PASSWORD)).await.good();
    assert_ne!(ana.token, before);
    ana.get("venues").await.good();
    assert_eq!(thief.get("venues").await.code(), "not-signed-in");
    assert_eq!(thief.sign_in("ana@exemple.fr", PASSWORD).await.code(), "sign-in-failed");
    thief.sign_in("ana@exemple.fr", OTHER_PASSWORD).await.good();
    // Who has a second factor gives it for this.
    ana.enrol().await;
    world.clock.advance_seconds(300);
    let stale = ana.put("passwords/current", change(OTHER_PASSWORD, PASSWORD)).await;
    assert_eq!(stale.code(), "second-factor-needed");
}

async fn the_operator_helps_who_cannot_be_written_to(world: World) {
    let own = structure(&world, "Atelier").await.to_string();
    let mut ana = joined(&world, invitation("ana@exemple.fr", "structure", &own)).await;
    ana.enrol().await;
    let person: Id<carnet::base::id::Person> =
        ana.session["person_id"].as_str().unwrap().parse().unwrap();
    let path = format!("people/{person}/password-reset");
    // A manager must not read its colleagues' links: it would sign in as them.
    let bo = joined(&world, invitation("bo@exemple.fr", "structure", &own)).await;
    let other = bo.session["person_id"].as_str().unwrap();
    let refused = ana.post(&format!("people/{other}/password-reset"), None).await;
    assert_eq!(refused.code(), "not-permitted");
    let link = world.post(&format!("/api/v1/{path}"), &world.operator, None).await.good();
    let token = token_of(link["address"].as_str().unwrap()).to_owned();
    let body = json!({ "token": token, "password": OTHER_PASSWORD });
    Browser::new(&world).post("passwords", Some(body)).await.good();
    ana.sign_in("ana@exemple.fr", OTHER_PASSWORD).await.good();
}

on_both_engines!(
    an_invitation_goes_to_its_person_only,
    a_forgotten_password_is_replaced_by_a_letter,
    a_changed_password_ends_the_other_sessions,
    the_operator_helps_who_cannot_be_written_to,
);
