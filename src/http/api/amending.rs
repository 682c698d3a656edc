//! What all changes of single records of the policy have in common: each is the next version of the whole, made on the newest one.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde::Deserialize;
use utoipa::IntoParams;

use super::policies::{aside, take_up};
use crate::app::App;
use crate::desk::policies::{self, Loaded, NOTE_LIMIT, Sound};
use crate::desk::{self, Error};
use crate::domain::policy::{Amendment, PolicyDoc};
use crate::domain::refusal::Faults;
use crate::domain::{Invalid, Policy, Refusal};
use crate::http::auth::Caller;
use crate::http::etag::IfMatch;
use crate::http::json::BodyDigest;
use crate::http::once::Once;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::reply::Reply;
use crate::store::Conn;

/// Why the policy changes. It stands in the address, for the body is the record as it is shown, and may have a note of its own.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Reason {
    /// Why it changes: the note on the new version of the policy.
    #[param(max_length = 1000, example = "приказ № 12")]
    pub(super) note: String,
}

/// The circumstances of a change: read from headers and the address, whatever the body.
pub(super) struct Change {
    pub(super) once: Once,
    pub(super) seen: IfMatch,
    pub(super) note: String,
}

impl FromRequest for Change {
    type Error = Problem;
    type Future = Ready<Result<Change, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let once = Once::from_request(request, payload).into_inner();
        let seen = IfMatch::from_request(request, payload).into_inner();
        let reason = Query::<Reason>::from_request(request, payload).into_inner();
        ready(once.and_then(|once| Ok(Change { once, seen: seen?, note: reason?.into_inner().note })))
    }
}

impl Change {
    /// Stores what an amendment of the newest version makes of it as the next one, and puts it in force.
    ///
    /// `amendment` is made of the newest version; `place` says where in what was sent a place of the amendment is; `show` answers, from
    /// the version before, from what stands now, and from what was done.
    pub(super) async fn store(
        self,
        app: &App,
        who: &Caller,
        digest: BodyDigest,
        amendment: impl FnOnce(&PolicyDoc) -> Result<Amendment, Error> + Send + 'static,
        place: impl Fn(&str) -> String + Send + 'static,
        show: impl FnOnce(&mut Conn, &Policy, &Sound, Loaded) -> Result<Reply, Error> + Send + 'static,
    ) -> Result<Reply, Problem> {
        let Change { once, seen, note } = self;
        policies::may_publish(&who.desk(app))?;
        need_short(&note)?;
        let base = app.store().read(policies::newest).await?.unwrap_or(0);
        let base = app.policy_at(base).await?;
        let before = base.clone();
        let work = move || Ok(amendment(base.doc()).and_then(|one| policies::amend(base.doc(), &one)));
        let amended: Result<Sound, Error> = aside(work).await?.map_err(|error| placed(error, place));
        let work = move |conn: &mut Conn, desk: &desk::Desk| {
            let (loaded, sound) =
                policies::publish_amended(conn, desk, before.version(), amended, &note, seen.version())?;
            show(conn, &before, &sound, loaded)
        };
        let reply = once.run(app, who, digest, work).await?;
        take_up(app).await;
        Ok(reply)
    }
}

/// Refuses a note that is too long.
pub(super) fn need_short(note: &str) -> Result<(), Problem> {
    let mut faults = Faults::default();
    faults.length(note, 0..=NOTE_LIMIT, "note");
    Ok(faults.settle()?)
}

/// The faults of an amendment at their places in what was sent.
pub(super) fn placed(error: Error, place: impl Fn(&str) -> String) -> Error {
    let Error::Refused(Refusal::Invalid(faults)) = error else { return error };
    let there = |Invalid { pointer, message }| Invalid { pointer: place(&pointer), message };
    Refusal::Invalid(faults.into_iter().map(there).collect()).into()
}

/// Where a place of the amendment's only record of a table is in the body that is that record: `/calendars/0/zone` is `/zone`.
pub(super) fn in_record(table: &'static str) -> impl Fn(&str) -> String + Send + 'static {
    move |pointer| pointer.strip_prefix(table).unwrap_or(pointer).to_owned()
}

/// The id of a record that is put at an address: what the body says must be the same, if it says anything.
pub(super) fn agree(id: &mut String, address: String) -> Result<(), Problem> {
    if !id.is_empty() && *id != address {
        return Err(Problem::invalid("/id", format!("must be \"{address}\", as in the address, or left out")));
    }
    *id = address;
    Ok(())
}

/// The answer to a record that was put: 201 with its place if there was none of its id before.
pub(super) fn answer(is_new: bool, place: String, view: &impl serde::Serialize, loaded: Loaded) -> Reply {
    let reply = if is_new { Reply::created(place, view) } else { Reply::ok(view) };
    reply.version(loaded.version())
}
