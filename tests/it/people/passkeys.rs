//! Goal: a passkey proves that its person is here, on our own page, now: nothing that was shown
//! once, elsewhere or by another device does. The authenticator is a small real one (`WebAuthn`
//! level 3, packed by hand; P-256).

use carnet::base::id::{Id, Passkey};
use data_encoding::BASE64URL_NOPAD;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use ring::digest;
use serde_json::{Value, json};

use super::{Browser, PASSWORD, invitation, joined, structure};
use crate::harness::{Answer, HOST, World, on_both_engines};

/// A device that keeps one passkey.
#[derive(Clone)]
pub(crate) struct Device {
    key: SigningKey,
    id: Vec<u8>,
    handle: Vec<u8>,
    counter: u32,
    /// What its browser believes to be at.
    origin: String,
    /// Present and verified; without the second nobody was recognised.
    flags: u8,
}

fn sha256(bytes: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA256, bytes).as_ref().to_vec()
}

fn b64(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}

impl Device {
    pub(crate) fn new(seed: u8) -> Self {
        Self {
            key: SigningKey::from_slice(&[seed; 32]).unwrap(),
            id: vec![seed; 16],
            handle: Vec::new(),
            counter: 0,
            origin: format!("https://{HOST}"),
            flags: 0x05,
        }
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let challenge = &options["publicKey"]["challenge"];
        let data = json!({ "type": kind, "challenge": challenge, "origin": self.origin });
        data.to_string().into_bytes()
    }

    fn head(&mut self, more: u8) -> Vec<u8> {
        self.counter += 1;
        let mut bytes = sha256(HOST.as_bytes());
        bytes.push(self.flags | more);
        bytes.extend(self.counter.to_be_bytes());
        bytes
    }

    /// Makes its passkey: `navigator.credentials.create`.
    pub(crate) fn create(&mut self, options: &Value) -> Value {
        let handle = options["publicKey"]["user"]["id"].as_str().unwrap();
        self.handle = BASE64URL_NOPAD.decode(handle.as_bytes()).unwrap();
        let client = self.client_data("webauthn.create", options);
        let point = self.key.verifying_key().to_encoded_point(false);
        let mut data = self.head(0x40);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        data.extend(&self.id);
        // COSE: { 1: 2, 3: -7, -1: 1, -2: x, -3: y }
        data.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
        data.extend(point.x().unwrap());
        data.extend([0x22, 0x58, 0x20]);
        data.extend(point.y().unwrap());
        // CBOR: { "fmt": "none", "attStmt": {}, "authData": data }
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59".to_vec();
        object.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        object.extend(data);
        json!({
            "id": b64(&self.id), "attestationObject": b64(&object), "clientDataJSON": b64(&client)
        })
    }

    /// Shows its passkey: `navigator.credentials.get`.
    pub(crate) fn get(&mut self, options: &Value) -> Value {
        let client = self.client_data("webauthn.get", options);
        let data = self.head(0);
        let signed = [data.clone(), sha256(&client)].concat();
        let signature: Signature = self.key.sign(&signed);
        json!({
            "id": b64(&self.id), "authenticatorData": b64(&data), "clientDataJSON": b64(&client),
            "signature": b64(signature.to_der().as_bytes()), "userHandle": b64(&self.handle)
        })
    }
}

/// Registers a device; the answer.
pub(crate) async fn register(browser: &mut Browser<'_>, device: &mut Device) -> Answer {
    let options = browser.post("passkeys/options", None).await.good();
    let body = json!({ "name": "Mon téléphone", "credential": device.create(&options) });
    let path = format!("passkeys/{}", browser.world.id::<Passkey>());
    browser.put(&path, body).await
}

/// Proves oneself by a device; the answer.
pub(crate) async fn prove(browser: &mut Browser<'_>, device: &mut Device) -> Answer {
    let options = browser.post("sessions/current/passkey-options", None).await.good();
    let body = json!({ "passkey": device.get(&options) });
    browser.put("sessions/current/factor", body).await
}

async fn a_passkey_is_a_second_factor(world: World) {
    let own = structure(&world, "A").await.to_string();
    let mut ana = joined(&world, invitation("ana@exemple.fr", "structure", &own)).await;
    let mut phone = Device::new(7);
    let before = ana.token.clone();
    let made = register(&mut ana, &mut phone).await;
    assert_eq!((made.status.as_u16(), ana.standing()), (201, "open"));
    assert_eq!(made.json()["recovery_codes"].as_array().unwrap().len(), 10);
    assert_ne!(ana.token, before);
    let mut later = Browser::new(&world);
    later.sign_in("ana@exemple.fr", PASSWORD).await.good();
    assert_eq!(later.standing(), "factor-needed");
    let taken = later.post("passkeys/options", None).await;
    assert_eq!(taken.code(), "second-factor-needed", "a thief adds no device");
    prove(&mut later, &mut phone).await.good();
    later.get(&format!("organisations/{own}")).await.good();
    assert_eq!(later.session["second_factor_is_fresh"], true);
    world.clock.advance_seconds(300);
    assert_eq!(later.post("passkeys/options", None).await.code(), "second-factor-needed");
    prove(&mut later, &mut phone).await.good();
    let mut key = Device::new(8);
    let second = register(&mut later, &mut key).await.good();
    assert!(second["recovery_codes"].is_null());
    let listed = later.get("passkeys").await.good();
    assert_eq!(listed[0]["name"], "Mon téléphone");
    // The device was lost: its passkey is good for nothing.
    let lost = listed[0]["id"].as_str().unwrap();
    later.ask("DELETE", &format!("passkeys/{lost}"), None).await.good();
    assert_eq!(prove(&mut later, &mut phone).await.code(), "second-factor-wrong");
    prove(&mut later, &mut key).await.good();
    let gone = later.ask("DELETE", &format!("passkeys/{lost}"), None).await;
    assert_eq!(gone.code(), "not-found");
}

async fn what_was_shown_elsewhere_proves_nothing(world: World) {
    let own = structure(&world, "A").await.to_string();
    let mut ana = joined(&world, invitation("ana@exemple.fr", "structure", &own)).await;
    let mut phone = Device::new(7);
    register(&mut ana, &mut phone).await.good();
    let options = ana.post("sessions/current/passkey-options", None).await.good();
    let answer = json!({ "passkey": phone.get(&options) });
    ana.put("sessions/current/factor", answer.clone()).await.good();
    let replayed = ana.put("sessions/current/factor", answer).await;
    assert_eq!(replayed.code(), "second-factor-wrong", "a challenge is good once");
    // A page that looks like ours, a device where nobody was recognised, a copied device.
    let copied = phone.clone();
    for (what, change) in [
        ("a look-alike", Device { origin: "https://pass-exemple.fr".into(), ..phone.clone() }),
        ("nobody recognised", Device { flags: 0x01, ..phone.clone() }),
        ("nobody present", Device { flags: 0x04, ..phone.clone() }),
        ("another key", Device { key: Device::new(9).key, ..phone.clone() }),
        ("another's handle", Device { handle: vec![1; 16], ..phone.clone() }),
    ] {
        let mut device = change;
        assert_eq!(prove(&mut ana, &mut device).await.code(), "second-factor-wrong", "{what}");
        world.clock.advance_seconds(60);
    }
    world.clock.advance_seconds(900);
    prove(&mut ana, &mut phone).await.good();
    let mut copied = Device { counter: copied.counter - 1, ..copied };
    assert_eq!(prove(&mut ana, &mut copied).await.code(), "second-factor-wrong", "a counter back");
    // A challenge of another session, and one that is too old.
    let mut other = Browser::new(&world);
    other.sign_in("ana@exemple.fr", PASSWORD).await.good();
    let options = other.post("sessions/current/passkey-options", None).await.good();
    let answer = json!({ "passkey": phone.get(&options) });
    assert_eq!(ana.put("sessions/current/factor", answer).await.code(), "second-factor-wrong");
    let options = ana.post("sessions/current/passkey-options", None).await.good();
    world.clock.advance_seconds(300);
    let answer = json!({ "passkey": phone.get(&options) });
    assert_eq!(ana.put("sessions/current/factor", answer).await.code(), "second-factor-wrong");
}

async fn a_device_is_one_persons(world: World) {
    let own = structure(&world, "A").await.to_string();
    let mut ana = joined(&world, invitation("ana@exemple.fr", "structure", &own)).await;
    let mut bo = joined(&world, invitation("bo@exemple.fr", "structure", &own)).await;
    let mut phone = Device::new(7);
    register(&mut ana, &mut phone).await.good();
    // The same credential for two people.
    assert_eq!(register(&mut bo, &mut phone.clone()).await.code(), "differs");
    let mut key = Device::new(8);
    register(&mut bo, &mut key).await.good();
    assert_eq!(prove(&mut bo, &mut phone).await.code(), "second-factor-wrong");
    let listed = ana.get("passkeys").await.good();
    let path = format!("passkeys/{}", listed[0]["id"].as_str().unwrap());
    assert_eq!(bo.ask("DELETE", &path, None).await.code(), "not-found");
    let id: Id<Passkey> = listed[0]["id"].as_str().unwrap().parse().unwrap();
    let options = ana.post("passkeys/options", None).await.good();
    let body = json!({ "name": "Deux", "credential": Device::new(9).create(&options) });
    assert_eq!(ana.put(&format!("passkeys/{id}"), body).await.code(), "differs");
    let person = ana.session["person_id"].as_str().unwrap().to_owned();
    ana.ask("DELETE", &format!("people/{person}"), None).await.good();
    register(&mut bo, &mut phone).await.good();
}

on_both_engines!(
    a_passkey_is_a_second_factor,
    what_was_shown_elsewhere_proves_nothing,
    a_device_is_one_persons,
);
