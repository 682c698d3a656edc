//! Cards for scripts: drawn ahead, opened, kept, let go; and the list of keys.

use actix_web::web::ServiceConfig;
use actix_web::{HttpResponse, get, post};
use maud::html;
use serde::{Deserialize, Serialize};

use super::card::{self, Drawn};
use super::choices;
use super::queue::Asked;
use crate::app::App;
use crate::desk::cards::{self, Card};
use crate::desk::{Desk, Error, holds};
use crate::domain::Id;
use crate::domain::decision::Decision;
use crate::http::auth::{May, right};
use crate::http::json::Path;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::reply::Reply;
use crate::http::ui::form::Form;
use crate::http::ui::shell;
use crate::http::ui::visitor::Visitor;
use crate::store::Conn;
use crate::store::records::Incident;

/// The routes of cards.
pub fn routes(config: &mut ServiceConfig) {
    config.service(draw).service(open).service(hold).service(outlook).service(keys);
}

/// A card, drawn.
#[derive(Serialize)]
struct Sent {
    id: Id,
    number: i64,
    version: i64,
    html: String,
}

impl Sent {
    fn of(visitor: &Visitor, desk: &Desk, asked: &Asked, card: &Card, holder: Option<&str>) -> Result<Sent, Problem> {
        let talk = card::talk_of(card, desk)?;
        let drawn = Drawn { visitor, desk, asked, card, talk: &talk, holder, has_lists: false, stale: None };
        let Incident { id, number, version, .. } = card.incident;
        Ok(Sent { id, number, version, html: card::drawn(&drawn).into_string() })
    }
}

/// How many cards are wanted, and which are there already.
#[derive(Deserialize)]
struct Wanted {
    count: i64,
    #[serde(default)]
    except: String,
}

fn ids(list: &str) -> Vec<Id> {
    list.split(',').filter_map(|id| id.parse().ok()).take(64).collect()
}

/// Draws the next cards: they are this moderator's from now on.
#[post("/desk/draw")]
async fn draw(
    app: App,
    may: May<right::Triage>,
    visitor: Visitor,
    asked: Query<Asked>,
    form: Form<Wanted>,
) -> Result<Reply, Problem> {
    let (asked, desk, me, wall) = (asked.into_inner(), may.desk(&app), may.id(), app.wall());
    let (filter, except, count) = (asked.filter(&app)?, ids(&form.0.except), form.0.count);
    let read = desk.clone();
    let work = move |conn: &mut Conn| -> Result<Vec<Card>, Error> {
        let drawn = holds::draw(conn, &read, me, wall, &filter, &except, count)?;
        drawn.into_iter().map(|incident| cards::card(conn, &read, incident)).collect()
    };
    let drawn = app.store().write(work).await?;
    let sent = drawn.iter().map(|card| Sent::of(&visitor, &desk, &asked, card, None));
    let sent: Vec<Sent> = sent.collect::<Result<_, _>>()?;
    Ok(Reply::ok(&sent))
}

/// Opens a card that was chosen by hand.
#[post("/desk/cards/{id}/open")]
async fn open(
    app: App,
    may: May<right::Triage>,
    visitor: Visitor,
    id: Path<Id>,
    asked: Query<Asked>,
    _form: Form<Nothing>,
) -> Result<Reply, Problem> {
    let (desk, me, wall, id) = (may.desk(&app), may.id(), app.wall(), id.into_inner());
    let read = desk.clone();
    let work = move |conn: &mut Conn| -> Result<_, Error> {
        let (incident, holder) = holds::open(conn, &read, me, wall, id)?;
        holds::take_up(conn, me, id)?;
        Ok((cards::card(conn, &read, incident)?, holder))
    };
    let (card, holder) = app.store().write(work).await?;
    Ok(Reply::ok(&Sent::of(&visitor, &desk, &asked.into_inner(), &card, holder.as_deref())?))
}

/// A form that says nothing but that it was sent.
#[derive(Deserialize)]
pub(super) struct Nothing {}

/// Which cards go on being held, and which are let go.
#[derive(Deserialize)]
struct Holding {
    #[serde(default)]
    keep: String,
    #[serde(default)]
    release: String,
}

/// Goes on holding cards, and lets others go; which are held still.
#[post("/desk/holds")]
async fn hold(app: App, may: May<right::Triage>, form: Form<Holding>) -> Result<Reply, Problem> {
    let (me, wall) = (may.id(), app.wall());
    let (keep, release) = (ids(&form.0.keep), ids(&form.0.release));
    let work = move |conn: &mut Conn| -> Result<Vec<Id>, Error> {
        holds::release(conn, me, &release)?;
        holds::renew(conn, me, wall, &keep)
    };
    Ok(Reply::ok(&app.store().write(work).await?))
}

/// The deadline that a decision would set, in words.
#[post("/desk/cards/{id}/outlook")]
async fn outlook(
    app: App,
    may: May<right::Triage>,
    visitor: Visitor,
    id: Path<Id>,
    form: Form<super::decide::Fields>,
) -> Result<HttpResponse, Problem> {
    let (desk, id, decision): (_, _, Decision) = (may.desk(&app), id.into_inner(), form.0.decision()?);
    let read = desk.clone();
    let found = app.store().write(move |conn| cards::outlook(conn, &read, id, &decision)).await?;
    let said = found.map(|outlook| choices::promised(visitor.words, &desk, &outlook));
    Ok(super::piece(html! { (said.unwrap_or_default()) }))
}

/// The keys of the desk.
#[get("/desk/keys")]
async fn keys(may: May<right::Triage>, visitor: Visitor) -> HttpResponse {
    drop(may);
    let title = visitor.words.say("desk-keys");
    let body = html! {
        main #content tabindex="-1" {
            h1 { (title) }
            (super::keys(&visitor))
            p { a href="/desk" { (visitor.words.say("nav-desk")) } }
        }
    };
    shell::page(&visitor, super::ADDRESS, &title, &body)
}
