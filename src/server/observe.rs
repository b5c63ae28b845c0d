//! Watching requests: one line of the log and three measures for each, and `/metrics`.
//!
//! Promises: a line holds method, route template, status, code, the id of the key or person that
//! asked, milliseconds and request id, never a path, body, token, code, secret or IBAN; a right
//! that was refused is an event of its own; whatever is asked under `/V/` is neither logged nor
//! measured. Does not: know what a request means.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};

use crate::domain::refusal::Reason;
use crate::service::meter;
use crate::web::actor::Known;
use crate::web::problem::Problem;
use crate::web::shield::shield;

const REQUESTS: &str = "carnet_requests_total";
const SECONDS: &str = "carnet_request_seconds";
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What is answered to whoever asks for more than it may, or for more than it has proved.
const REFUSED_RIGHTS: [Reason; 5] = [
    Reason::NotSignedIn,
    Reason::NotPermitted,
    Reason::ForeignOrigin,
    Reason::SecondFactorNeeded,
    Reason::MembershipNeeded,
];

/// How often measures are folded together while nobody asks for them.
const UPKEEP: Duration = Duration::from_secs(5);

/// The routes with `/metrics`, each request watched and numbered.
pub(super) fn watched(router: Router) -> Router {
    let measures = recorder().clone();
    let text = [("content-type", "text/plain; version=0.0.4; charset=utf-8")];
    let shown = get(async move || (text, measures.render())).layer(from_fn(shield));
    router.route("/metrics", shown).layer((
        from_fn(lawful_request_id),
        SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid),
        PropagateRequestIdLayer::new(REQUEST_ID),
        from_fn(watch),
    ))
}

/// Keeps measures small until told to stop.
pub(super) async fn upkeep(stop: impl Future<Output = ()> + Send) {
    let mut stop = std::pin::pin!(stop);
    while tokio::time::timeout(UPKEEP, &mut stop).await.is_err() {
        recorder().run_upkeep();
    }
}

/// The one recorder of the process.
fn recorder() -> &'static PrometheusHandle {
    static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();
    RECORDER.get_or_init(|| {
        let seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];
        let sizes = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];
        let recorder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Full(SECONDS.to_owned()), &seconds)
            .and_then(|builder| {
                builder.set_buckets_for_metric(Matcher::Full(meter::BATCH_SIZE.to_owned()), &sizes)
            })
            .expect("the buckets are not empty")
            .build_recorder();
        let handle = recorder.handle();
        // Fails only when somebody else counts already; then `/metrics` stays empty.
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("another recorder of measures is at work");
        }
        describe_counter!(REQUESTS, "Requests by method, route and status.");
        describe_histogram!(SECONDS, Unit::Seconds, "How long requests took, by route.");
        describe_counter!(meter::REDEMPTIONS, "Redemptions by outcome.");
        describe_histogram!(meter::BATCH_SIZE, "Redemptions of one commit.");
        describe_counter!(meter::LIMITED, "Requests that were too many, by class and whose limit.");
        describe_counter!(meter::LOCKED, "Callers and addresses whose typed codes were locked.");
        describe_counter!(meter::SIGNALS, "Signals that were raised, by kind.");
        describe_counter!(meter::UNNOTED, "Refusals that were too many to be noted.");
        describe_gauge!(meter::SIGNER, "Whether the signer answered the last question.");
        describe_gauge!(meter::QUEUE_DEPTH, "Writes that waited when the last batch was taken.");
        handle
    })
}

/// Drops a request id that is not short and plain: it would be written to the log as it came.
async fn lawful_request_id(mut request: Request, next: Next) -> Response {
    let lawful = |value: &HeaderValue| {
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
        (1..=64).contains(&value.len()) && value.as_bytes().iter().all(plain)
    };
    if request.headers().get(&REQUEST_ID).is_some_and(|value| !lawful(value)) {
        request.headers_mut().remove(&REQUEST_ID);
    }
    next.run(request).await
}

/// Whether the path may hold a token: then nobody is told that it was opened.
fn is_private(path: &str) -> bool {
    path.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("/v/"))
}

#[expect(clippy::disallowed_methods, reason = "how long a request takes is not the ledger's time")]
async fn watch(mut request: Request, next: Next) -> Response {
    if is_private(request.uri().path()) {
        return next.run(request).await;
    }
    let begun = Instant::now();
    let method = word(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let id = request.headers().get(&REQUEST_ID).cloned();
    let known = Known::default();
    request.extensions_mut().insert(known.clone());
    let response = next.run(request).await;
    let (status, elapsed) = (response.status(), begun.elapsed());
    let route = route.as_ref().map_or("unmatched", MatchedPath::as_str);
    let problem = Problem::told_by(&response);
    let code = problem.as_ref().map_or("", |problem| problem.code.as_str());
    let id = id.as_ref().and_then(|id| id.to_str().ok()).unwrap_or_default();
    let ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    let status_code = status.as_u16();
    let actor = known.get().map(|actor| actor.to_string()).unwrap_or_default();
    if REFUSED_RIGHTS.iter().any(|reason| reason.code() == code) {
        tracing::warn!(event = "right-refused", method, route, code, actor, id, "refused");
    }
    if matches!(route, "/healthz" | "/readyz" | "/metrics") {
        tracing::debug!(method, route, status = status_code, code, actor, ms, id, "request");
    } else {
        tracing::info!(method, route, status = status_code, code, actor, ms, id, "request");
    }
    let labels = [
        ("method", method.to_owned()),
        ("route", route.to_owned()),
        ("status", status.as_str().to_owned()),
    ];
    histogram!(SECONDS, &labels[..2]).record(elapsed);
    counter!(REQUESTS, &labels).increment(1);
    response
}

/// A method as a label: a client may invent methods, and each would be a measure of its own.
fn word(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::PUT => "PUT",
        Method::POST => "POST",
        Method::DELETE => "DELETE",
        Method::PATCH => "PATCH",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_vouchers_are_private_whatever_their_case() {
        assert!(is_private("/V/04V0") && is_private("/v/04V0"));
        assert!(!is_private("/venues") && !is_private("/V") && !is_private("/é"));
    }
}
