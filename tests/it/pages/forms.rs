//! A browser without script: it reads pages and sends the forms that stand on them.
//!
//! Goal: whatever a person does on a page is done here by the page's own form, field by field; the
//! session, the Origin and the hidden fields are those that a real browser would send.

use axum::body::Body;
use axum::http::Request;

use super::html::{Form, Html};
use crate::harness::{Answer, HOST, World};

/// Somebody who reads and clicks.
#[derive(Clone)]
pub(crate) struct Reader<'a> {
    pub(crate) world: &'a World,
    /// The token in the cookie; empty for none.
    pub(crate) token: String,
    /// The language that its browser wishes.
    pub(crate) language: &'static str,
    /// Where its browser is.
    pub(crate) at: String,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(world: &'a World, token: &str) -> Self {
        Self { world, token: token.to_owned(), language: "fr", at: String::new() }
    }

    /// The same person, who reads another language.
    pub(crate) fn reading(&self, language: &'static str) -> Self {
        Self { language, ..self.clone() }
    }

    fn request(&self, method: &str, path: &str) -> axum::http::request::Builder {
        let mut request = Request::builder().method(method).uri(path);
        request = request.header("accept", "text/html,application/xhtml+xml");
        request = request.header("accept-language", self.language);
        if !self.token.is_empty() {
            request = request.header("cookie", format!("__Host-carnet={}", self.token));
        }
        request
    }

    async fn answered(&mut self, request: Request<Body>) -> Answer {
        self.at = request.uri().to_string();
        let answer = self.world.send(request).await;
        if let Some(rest) = answer.header("set-cookie").strip_prefix("__Host-carnet=") {
            rest.split(';').next().unwrap().clone_into(&mut self.token);
        }
        answer
    }

    /// Asks for a page, and goes where it sends; what comes at the end.
    pub(crate) async fn open(&mut self, path: &str) -> Answer {
        let mut path = path.to_owned();
        for _ in 0..5 {
            let request = self.request("GET", &path).body(Body::empty()).unwrap();
            let answer = self.answered(request).await;
            if answer.status != 303 {
                return answer;
            }
            answer.header("location").clone_into(&mut path);
        }
        panic!("{path}: sent on for ever");
    }

    /// A page, read strictly.
    pub(crate) async fn page(&mut self, path: &str) -> Html {
        let answer = self.open(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        self.read(&answer)
    }

    /// Reads what came, strictly.
    pub(crate) fn read(&self, answer: &Answer) -> Html {
        let text = String::from_utf8_lossy(&answer.bytes);
        Html::read(&text).unwrap_or_else(|fault| panic!("{}: {fault}", self.at))
    }

    /// Sends a form from the page that is open; the answer itself, wherever it sends.
    pub(crate) async fn post(&mut self, form: &Form) -> Answer {
        assert_eq!(form.method, "post");
        let here = self.at.clone();
        let to = if form.action.is_empty() { &here } else { &form.action };
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(&form.fields);
        let request = self
            .request("POST", to)
            .header("origin", format!("https://{HOST}"))
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(body.finish()))
            .unwrap();
        self.answered(request).await
    }

    /// Sends a form, and goes where that sends.
    pub(crate) async fn send(&mut self, form: &Form) -> Answer {
        let answer = self.post(form).await;
        if answer.status != 303 {
            return answer;
        }
        let to = answer.header("location").to_owned();
        self.open(&to).await
    }
}
