//! The edge: HTTP in, problems and pages out. Handlers extract, make one call to a desk, and show what it returned.
//!
//! [`application`] is the whole of it, for the server and for tests alike. Around every request lie, from the outside in: its span,
//! figures and id ([`observe`]), the cap on requests in flight ([`limits`]), and who asks ([`auth`]).

mod allowed;
pub mod api;
pub mod auth;
pub mod etag;
pub mod gather;
pub mod hooks;
pub mod json;
pub mod limits;
pub mod observe;
mod off;
pub mod once;
pub mod paging;
pub mod peer;
pub mod problem;
pub mod query;
pub mod reply;
pub mod token;
pub mod ui;

use std::future::{Ready, ready};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use actix_web::body::MessageBody;
use actix_web::dev::{Payload, Server, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::{Compress, from_fn};
use actix_web::{FromRequest, HttpRequest, HttpServer, web};
use utoipa_actix_web::AppExt as _;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::app::App;
use allowed::Allowed;
use api::docs::Description;
use gather::Gather;
use limits::{InFlight, Throttle};
use problem::Problem;
use ui::live::Live;

/// What all threads that serve have in common, beside the [`App`].
#[derive(Clone)]
pub struct Shared {
    flight: InFlight,
    throttle: Arc<Throttle>,
    gather: Gather,
    description: Description,
    allowed: Allowed,
    live: Live,
}

impl Default for Shared {
    fn default() -> Shared {
        let document = api::openapi();
        Shared {
            flight: InFlight::default(),
            throttle: Arc::default(),
            gather: Gather::default(),
            description: Description::of(&document),
            allowed: Allowed::of(&document),
            live: Live::default(),
        }
    }
}

/// Every route that is described: the API's, and the webhooks.
fn routes(config: &mut ServiceConfig) {
    config.configure(api::routes).configure(hooks::routes);
}

/// All routes and everything around them.
pub fn application(
    app: App,
    shared: Shared,
) -> actix_web::App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    let allowed = shared.allowed.clone();
    actix_web::App::new()
        .app_data(app)
        .app_data(shared.flight)
        .app_data(shared.throttle)
        .app_data(shared.gather)
        .app_data(shared.description)
        .app_data(shared.allowed)
        .app_data(shared.live)
        .configure(observe::routes)
        .configure(api::docs::routes)
        .configure(off::routes)
        .configure(ui::routes)
        .into_utoipa_app()
        .configure(routes)
        .into_app()
        .default_service(web::to(move |request: HttpRequest| ready(allowed.problem(&request))))
        .wrap(Compress::default())
        .wrap(from_fn(auth::identify))
        .wrap(from_fn(limits::admit))
        .wrap(from_fn(observe::watch))
}

/// A server that listens already and runs as soon as it is awaited.
pub struct Listening {
    /// The server. It heeds no signals: whoever runs it stops it through its handle.
    pub server: Server,
    /// Where it listens: with port 0 in the settings, the port that was found.
    pub address: SocketAddr,
}

/// Listens where the settings say.
///
/// # Errors
/// When the address cannot be had.
pub fn server(app: &App) -> io::Result<Listening> {
    let listen = &app.config().listen;
    let (shared, service) = (Shared::default(), app.clone());
    let workers = match listen.workers {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        workers => workers,
    };
    let server = HttpServer::new(move || application(service.clone(), shared.clone()))
        .workers(workers)
        .shutdown_timeout(listen.drain.as_secs())
        .disable_signals()
        .bind(listen.address)?;
    let address = server.addrs().first().copied().unwrap_or(listen.address);
    Ok(Listening { server: server.run(), address })
}

/// The service, for handlers that need it.
impl FromRequest for App {
    type Error = Problem;
    type Future = Ready<Result<App, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(request.app_data::<App>().cloned().ok_or_else(Problem::internal))
    }
}
