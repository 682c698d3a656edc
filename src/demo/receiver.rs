//! Where the answers of the demo arrive: a small receiver of webhooks, as a network's bridge would run one.

use std::collections::HashSet;
use std::io;
use std::net::SocketAddr;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use actix_web::dev::Server;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use serde::Deserialize;
use serde_json::json;

use super::client::Tally;
use crate::channels::webhook::{self, Headers, OutgoingAnswer};
use crate::domain::{At, Id};

/// Where answers are posted to.
pub const PATH: &str = "/answers";

/// How many answers are remembered as taken; after that, a repeat would be heard twice.
const REMEMBERED: usize = 10_000;

/// What the receiver knows. All clones are one.
#[derive(Clone)]
struct Bridge {
    secret: Arc<OnceLock<Vec<u8>>>,
    answers: Sender<OutgoingAnswer>,
    taken: Arc<Mutex<HashSet<Id>>>,
    tally: Tally,
}

/// A delivered answer in its envelope.
#[derive(Deserialize)]
struct Envelope {
    r#type: String,
    data: OutgoingAnswer,
}

/// Listens on a free port of this machine. Whatever comes before `secret` is set has to come again.
///
/// # Errors
/// When no port can be had.
pub fn listen(
    secret: Arc<OnceLock<Vec<u8>>>,
    answers: Sender<OutgoingAnswer>,
    tally: Tally,
) -> io::Result<(Server, SocketAddr)> {
    let bridge = Bridge { secret, answers, taken: Arc::default(), tally };
    let make = move || App::new().app_data(web::Data::new(bridge.clone())).route(PATH, web::post().to(receive));
    let server = HttpServer::new(make).workers(1).shutdown_timeout(1).disable_signals().bind(("127.0.0.1", 0))?;
    let address = server.addrs().first().copied().ok_or(io::ErrorKind::AddrNotAvailable)?;
    Ok((server.run(), address))
}

async fn receive(bridge: web::Data<Bridge>, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    let text = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let headers =
        Headers { id: text("webhook-id"), timestamp: text("webhook-timestamp"), signature: text("webhook-signature") };
    // An answer of an earlier run may come before this one knows its secret: it will come again.
    let Some(secret) = bridge.secret.get() else { return HttpResponse::ServiceUnavailable().finish() };
    if let Err(fault) = webhook::verify(headers, &body, [secret.as_slice()], At::now()) {
        bridge.tally.count("an answer came unsigned".to_owned(), fault.to_string());
        return HttpResponse::Unauthorized().finish();
    }
    match serde_json::from_slice::<Envelope>(&body) {
        Ok(Envelope { r#type, data }) if r#type == "answer.approved" => bridge.take(data),
        Ok(other) => bridge.refuse(other.r#type),
        Err(error) => bridge.refuse(error.to_string()),
    }
}

impl Bridge {
    /// "Publishes" the answer: its author will read it. The same answer twice is published once.
    fn take(&self, answer: OutgoingAnswer) -> HttpResponse {
        let permalink = format!("https://{}.example/{}/answer-{}", answer.network, answer.account, answer.answer);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.len() >= REMEMBERED {
            taken.clear();
        }
        if taken.insert(answer.answer) {
            // Once the residents are gone, nobody reads.
            let _ = self.answers.send(answer);
        }
        HttpResponse::Ok().json(json!({ "permalink": permalink }))
    }

    fn refuse(&self, why: String) -> HttpResponse {
        self.tally.count("an answer cannot be read".to_owned(), why);
        HttpResponse::BadRequest().finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use actix_web::test;

    use super::*;

    const SECRET: &[u8] = b"a secret of 32 bytes for a test.";

    fn bridge() -> (Bridge, mpsc::Receiver<OutgoingAnswer>) {
        let (answers, heard) = mpsc::channel();
        let secret = Arc::new(OnceLock::from(SECRET.to_vec()));
        (Bridge { secret, answers, taken: Arc::default(), tally: Tally::default() }, heard)
    }

    async fn post(bridge: &Bridge, secret: &[u8], body: &str) -> u16 {
        let app = App::new().app_data(web::Data::new(bridge.clone())).route(PATH, web::post().to(receive));
        let seconds = At::now().as_second();
        let signature = webhook::sign(secret, "answer_1", seconds, body.as_bytes());
        let request = test::TestRequest::post()
            .uri(PATH)
            .insert_header(("webhook-id", "answer_1"))
            .insert_header(("webhook-timestamp", seconds.to_string()))
            .insert_header(("webhook-signature", signature))
            .set_payload(body.to_owned());
        test::call_service(&test::init_service(app).await, request.to_request()).await.status().as_u16()
    }

    fn answer() -> String {
        let id = Id::new(At::now());
        let data = json!({
            "answer": id, "number": 7, "network": "vk", "account": "a", "post": "p", "reply_to": "m", "author": "id1",
            "kind": "final", "outcome": "resolved", "organisation": "o", "text": "Сделано",
        });
        json!({ "type": "answer.approved", "timestamp": At::now(), "data": data }).to_string()
    }

    #[actix_web::test]
    async fn a_signed_answer_is_read_once_however_often_it_comes() {
        let ((bridge, heard), body) = (bridge(), answer());
        assert_eq!(post(&bridge, SECRET, &body).await, 200);
        assert_eq!(post(&bridge, SECRET, &body).await, 200);
        assert_eq!(heard.try_iter().map(|answer| answer.reply_to).collect::<Vec<_>>(), ["m"]);
        assert_eq!(bridge.tally.total(), 0);
    }

    #[actix_web::test]
    async fn what_is_wrongly_signed_or_not_understood_is_refused_and_counted() {
        let (bridge, heard) = bridge();
        assert_eq!(post(&bridge, b"another secret", &answer()).await, 401);
        assert_eq!(post(&bridge, SECRET, "{}").await, 400);
        assert_eq!(post(&bridge, SECRET, &answer().replace("answer.approved", "other")).await, 400);
        assert_eq!((heard.try_iter().count(), bridge.tally.total()), (0, 3));
    }
}
