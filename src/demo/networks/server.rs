//! The server: reads what a client asks of a network, lets the weather at it, and answers as the network would.

use std::collections::BTreeMap;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::ServerHandle;
use actix_web::http::StatusCode;
use actix_web::rt::System;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use serde_json::Value;

use super::world::World;
use super::{Core, Net, max, odnoklassniki, pictures, telegram, vk};

/// How often it is looked whether there is something for somebody who waits.
const LOOK: Duration = Duration::from_millis(10);

/// The biggest request.
const MOST: usize = 4 << 20;

/// A free port of this machine.
pub(super) fn bind() -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Serves in a thread of its own.
pub(super) fn start(listener: TcpListener, core: Arc<Core>) -> io::Result<ServerHandle> {
    let (tell, told) = mpsc::channel();
    thread::Builder::new().name("networks".to_owned()).spawn(move || {
        System::new().block_on(async move {
            let make = move || {
                let data = web::Data::from(Arc::clone(&core));
                let most = web::PayloadConfig::new(MOST);
                App::new().app_data(data).app_data(most).default_service(web::to(serve))
            };
            let server = HttpServer::new(make).workers(1).shutdown_timeout(1).disable_signals().listen(listener);
            match server.map(HttpServer::run) {
                Ok(server) => {
                    let _ = tell.send(Ok(server.handle()));
                    let _ = server.await;
                }
                Err(error) => drop(tell.send(Err(error))),
            }
        });
    })?;
    told.recv().unwrap_or_else(|_| Err(io::ErrorKind::Other.into()))
}

/// What a client asks for.
pub(super) struct Call {
    /// Later calls have higher numbers.
    pub id: u64,
    /// When it came.
    pub came: Instant,
    pub verb: String,
    /// What follows the network's own path.
    pub path: Vec<String>,
    /// The parameters of the address.
    pub query: BTreeMap<String, String>,
    /// The parameters of the address and of the body, be it a form or JSON.
    pub fields: BTreeMap<String, Value>,
    pub authorization: Option<String>,
}

impl Call {
    fn read(id: u64, request: &HttpRequest, path: &[String], body: &[u8]) -> Call {
        let query = pairs(request.query_string());
        let mut fields: BTreeMap<String, Value> =
            query.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect();
        match serde_json::from_slice(body) {
            Ok(Value::Object(object)) => fields.extend(object),
            _ => {
                let form = pairs(str::from_utf8(body).unwrap_or_default());
                fields.extend(form.into_iter().map(|(name, value)| (name, Value::from(value))));
            }
        }
        let header = request.headers().get("authorization").and_then(|value| value.to_str().ok());
        Call {
            id,
            came: Instant::now(),
            verb: request.method().as_str().to_owned(),
            path: path.to_vec(),
            query,
            fields,
            authorization: header.map(str::to_owned),
        }
    }

    /// A parameter as text; None if it is missing or empty.
    pub fn text(&self, name: &str) -> Option<String> {
        match self.fields.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(flag) => Some(flag.to_string()),
            _ => None,
        }
        .filter(|text| !text.is_empty())
    }

    pub fn number(&self, name: &str) -> Option<i64> {
        self.text(name)?.parse().ok()
    }

    /// A parameter that is on: `1` or `true`.
    pub fn flag(&self, name: &str) -> bool {
        self.text(name).is_some_and(|text| text == "1" || text == "true")
    }

    /// A parameter with a structure: JSON, which in a form is written as text.
    pub fn value(&self, name: &str) -> Option<Value> {
        match self.fields.get(name)? {
            Value::String(text) => serde_json::from_str(text).ok(),
            value => Some(value.clone()),
        }
    }

    /// The path, to be compared with.
    pub fn segments(&self) -> Vec<&str> {
        self.path.iter().map(String::as_str).collect()
    }
}

/// The pairs of a form or of an address.
fn pairs(text: &str) -> BTreeMap<String, String> {
    web::Query::<BTreeMap<String, String>>::from_query(text).map(web::Query::into_inner).unwrap_or_default()
}

/// What a network says to that.
pub(super) enum Reply {
    Json(u16, Value),
    /// 429, with `Retry-After` in seconds.
    Later(u32, Value),
    Png(Vec<u8>),
    /// Nothing yet: the client waits.
    Wait,
}

impl Reply {
    pub fn ok(body: Value) -> Reply {
        Reply::Json(200, body)
    }
}

/// What the weather does to one call.
enum Fate {
    Good,
    TooMany,
    TooFast,
    Failing,
    Halved,
    Lost,
}

impl World {
    fn fate(&mut self) -> (Option<Duration>, Fate) {
        let weather = self.weather;
        let slow = self.dice.chance(weather.slow).then_some(weather.slow_for);
        let fate = if self.dice.chance(weather.too_many) {
            Fate::TooMany
        } else if self.dice.chance(weather.too_fast) {
            Fate::TooFast
        } else if self.dice.chance(weather.broken) {
            if self.dice.chance(0.5) { Fate::Failing } else { Fate::Halved }
        } else if self.dice.chance(weather.lost_replies) {
            Fate::Lost
        } else {
            Fate::Good
        };
        (slow, fate)
    }

    fn answer(&mut self, net: Net, call: &Call) -> Reply {
        match net {
            Net::Vk => vk::answer(self, call),
            Net::Ok => odnoklassniki::answer(self, call),
            Net::Telegram => telegram::answer(self, call),
            Net::Max => max::answer(self, call),
        }
    }

    fn too_many(&mut self, net: Net, call: &Call) -> Reply {
        match net {
            Net::Vk => vk::too_many(self, call),
            Net::Ok => odnoklassniki::too_many(),
            Net::Telegram => telegram::too_many(),
            Net::Max => max::too_many(),
        }
    }

    fn too_fast(&mut self, net: Net, call: &Call) -> Reply {
        match net {
            Net::Vk => vk::too_fast(call),
            Net::Ok => odnoklassniki::too_fast(),
            // They know no other limit.
            Net::Telegram | Net::Max => self.too_many(net, call),
        }
    }
}

async fn serve(core: web::Data<Core>, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    let path = segments(request.path());
    let Some((first, rest)) = path.split_first() else { return HttpResponse::NotFound().finish() };
    if first == "files" {
        let number = rest.last().and_then(|file| file.strip_suffix(".png")?.parse().ok());
        return number
            .map_or_else(|| HttpResponse::NotFound().finish(), |number| speak(Reply::Png(pictures::png(number))));
    }
    let Some(net) = Net::named(first) else { return HttpResponse::NotFound().finish() };
    let (id, (slow, fate)) = core.change(|world| (world.number().unsigned_abs(), world.fate()));
    let call = Call::read(id, &request, rest, &body);
    if let Some(pause) = slow {
        actix_web::rt::time::sleep(pause).await;
    }
    match fate {
        Fate::TooMany => return speak(core.change(|world| world.too_many(net, &call))),
        Fate::TooFast => return speak(core.change(|world| world.too_fast(net, &call))),
        Fate::Failing => return HttpResponse::InternalServerError().body("Internal Server Error"),
        Fate::Halved => return HttpResponse::Ok().content_type("application/json").body("{\"res"),
        Fate::Good | Fate::Lost => {}
    }
    let reply = loop {
        let reply = core.world().answer(net, &call);
        match reply {
            Reply::Wait => actix_web::rt::time::sleep(LOOK).await,
            reply => break reply,
        }
    };
    core.news.notify_all();
    match fate {
        Fate::Lost => HttpResponse::Ok().body(Cut),
        _ => speak(reply),
    }
}

/// The parts of a path, decoded.
fn segments(path: &str) -> Vec<String> {
    let parts = path.split('/').filter(|part| !part.is_empty());
    parts.map(|part| pairs(&format!("p={}", part.replace('+', "%2B"))).remove("p").unwrap_or_default()).collect()
}

fn speak(reply: Reply) -> HttpResponse {
    let status = |code| StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match reply {
        Reply::Json(code, body) => HttpResponse::build(status(code)).json(body),
        Reply::Later(seconds, body) => {
            HttpResponse::TooManyRequests().insert_header(("retry-after", seconds.to_string())).json(body)
        }
        Reply::Png(bytes) => HttpResponse::Ok().content_type("image/png").body(bytes),
        Reply::Wait => HttpResponse::NoContent().finish(),
    }
}

/// A body that is announced and never comes: the server closes the connection instead.
struct Cut;

impl MessageBody for Cut {
    type Error = io::Error;

    fn size(&self) -> BodySize {
        BodySize::Sized(100)
    }

    fn poll_next(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<web::Bytes, io::Error>>> {
        std::task::Poll::Ready(Some(Err(io::ErrorKind::ConnectionReset.into())))
    }
}
