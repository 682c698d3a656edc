//! The moderators' desk: the queue, the complaint, the decision. Without scripts each decision is a form that leads to the next card; with
//! them the same cards and rows come as pieces of the page, drawn here alike.

mod bulk;
mod card;
mod cards;
mod choices;
mod decide;
pub mod queue;

use std::collections::HashMap;

use actix_web::http::StatusCode;
use actix_web::web::ServiceConfig;
use actix_web::{HttpResponse, get};
use maud::{Markup, html};

use crate::app::App;
use crate::desk::cards::Card;
use crate::desk::{Desk, Error, holds};
use crate::domain::decision::Decision;
use crate::domain::{At, Id};
use crate::http::auth::{May, right};
use crate::http::paging::Paging;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::ui::assets::DESK;
use crate::http::ui::live::Live;
use crate::http::ui::shell;
use crate::http::ui::visitor::Visitor;
use crate::store::Conn;
use crate::store::incidents::Order;
use crate::store::records::{EventRow, Incident};
use card::Drawn;
use queue::Asked;

/// Where the desk is.
pub const ADDRESS: &str = "/desk";

/// The routes of this page.
pub fn routes(config: &mut ServiceConfig) {
    config.service(show).service(rows);
    cards::routes(config);
    decide::routes(config);
    bulk::routes(config);
}

/// Who has which card before them: the account and the name.
type Holders = HashMap<Id, (Id, String)>;

/// What the three columns show.
struct Shown {
    list: Vec<Incident>,
    holders: Holders,
    card: Option<(Card, Option<String>)>,
}

/// A decision that met another version of the incident than it was made for.
struct Stale {
    events: Vec<EventRow>,
    decision: Decision,
}

/// The desk. Whoever opens it without choosing a card draws the next one.
#[get("/desk")]
async fn show(
    app: App,
    may: May<right::Triage>,
    visitor: Visitor,
    live: Live,
    asked: Query<Asked>,
    paging: Paging,
) -> Result<HttpResponse, Problem> {
    drop(may);
    page(&app, &visitor, &live, asked.into_inner(), paging, None).await
}

/// The rows alone, for scripts.
#[get("/desk/rows")]
async fn rows(
    app: App,
    may: May<right::Triage>,
    visitor: Visitor,
    asked: Query<Asked>,
    paging: Paging,
) -> Result<HttpResponse, Problem> {
    let (asked, desk, wall) = (asked.into_inner(), may.desk(&app), app.wall());
    let (filter, order, reach) = (asked.filter(&app)?, Order::Due(paging.after()?), paging.limit());
    let read = desk.clone();
    let (list, holders) = app.store().read(move |conn| list(conn, &read, &filter, order, reach, wall)).await?;
    Ok(piece(drawn_rows(&visitor, &desk, &asked, list, &holders, paging)))
}

fn list(
    conn: &mut Conn,
    desk: &Desk,
    filter: &crate::store::incidents::Filter,
    order: Order,
    reach: i64,
    wall: At,
) -> Result<(Vec<Incident>, Holders), Error> {
    let list = crate::desk::incidents::list(conn, desk, filter, order, reach)?;
    let holders = holds::all(conn, wall)?.into_iter().map(|(incident, member, name)| (incident, (member, name)));
    Ok((list, holders.collect()))
}

fn drawn_rows(
    visitor: &Visitor,
    desk: &Desk,
    asked: &Asked,
    list: Vec<Incident>,
    holders: &Holders,
    paging: Paging,
) -> Markup {
    let me = visitor.caller.id();
    let page = paging.page(list, None, |incident: &Incident| (incident.due_at, incident.number));
    let holder = |id: Id| holders.get(&id).filter(|(member, _)| *member != me).map(|(_, name)| name.clone());
    queue::rows(visitor.words, desk, asked, &page.items, &holder, page.next.as_deref())
}

/// The page, with a card; `stale` is what could not be decided.
async fn page(
    app: &App,
    visitor: &Visitor,
    live: &Live,
    mut asked: Asked,
    paging: Paging,
    stale: Option<Stale>,
) -> Result<HttpResponse, Problem> {
    let (words, me, wall) = (visitor.words, visitor.caller.id(), app.wall());
    let (desk, filter) = (visitor.caller.desk(app), asked.filter(app)?);
    let (order, reach, chosen) = (Order::Due(paging.after()?), paging.limit(), asked.id);
    let read = desk.clone();
    let look = move |conn: &mut Conn| -> Result<Shown, Error> {
        let card = match chosen {
            Some(id) => Some(holds::open(conn, &read, me, wall, id)?),
            None => holds::draw(conn, &read, me, wall, &filter, &[], 1)?.into_iter().next().map(|one| (one, None)),
        };
        let card = card.map(|(incident, holder)| Ok((crate::desk::cards::card(conn, &read, incident)?, holder)));
        let card = card.transpose().map_err(|error: Error| error)?;
        let (list, holders) = list(conn, &read, &filter, order, reach, wall)?;
        Ok(Shown { list, holders, card })
    };
    let counts = live.counts(app, &visitor.caller).await?;
    let shown = app.store().write(look).await?;
    asked.id = shown.card.as_ref().map(|(card, _)| card.incident.id);
    let title = words.say("nav-desk");
    let listed = drawn_rows(visitor, &desk, &asked, shown.list, &shown.holders, paging);
    let talk = shown.card.as_ref().map(|(card, _)| card::talk_of(card, &desk)).transpose()?;
    let drawn = shown.card.as_ref().zip(talk.as_ref()).map(|((card, holder), talk)| Drawn {
        visitor,
        desk: &desk,
        asked: &asked,
        card,
        talk,
        holder: holder.as_deref(),
        has_lists: true,
        stale: stale.as_ref().map(|stale| (stale.events.as_slice(), &stale.decision)),
    });
    let body = html! {
        main #content .desk tabindex="-1" data-asked=(asked.query()) data-since=(live_since(&desk)) data-proof=(visitor.proof.as_str()) data-account=(me) {
            h1 .unseen { (title) }
            section .queue aria-label=(words.say("desk-queue")) {
                (queue::head(words, &desk, &asked, counts))
                (listed)
            }
            div #card .place {
                @match &drawn {
                    Some(drawn) => (card::drawn(drawn)),
                    None => p .empty { (words.say("desk-all-done")) },
                }
            }
            footer .bar {
                div #undo { @if let Some(decision) = asked.undo { (choices::undo(visitor, &asked, decision)) } }
                p #live role="status" data-on=(words.say("live-on")) data-again=(words.say("live-again")) { }
                p #pending role="status" { }
                p #announce .unseen role="status" { }
                a href="/desk/keys" data-key="Slash" { (words.say("desk-keys")) " " kbd { "?" } }
            }
            (templates(visitor))
            @if !shown.card.as_ref().is_some_and(|(card, _)| choices::is_to_decide(card)) { (choices::lists(&desk)) }
        }
    };
    let mut response = shell::page_with(visitor, ADDRESS, &title, &[&DESK], &body);
    if stale.is_some() {
        *response.status_mut() = StatusCode::PRECONDITION_FAILED;
    }
    Ok(response)
}

/// From when on the live view tells what changes: a little before the page was read.
fn live_since(desk: &Desk) -> i64 {
    desk.now.as_microsecond()
}

/// The words that scripts need.
fn templates(visitor: &Visitor) -> Markup {
    let words = visitor.words;
    let keys = [
        "desk-new-one",
        "desk-new-other",
        "desk-saved",
        "desk-pending",
        "desk-undone",
        "desk-next",
        "desk-all-done",
        "desk-changed",
        "desk-marked",
        "desk-failed",
        "desk-lost",
        "desk-palette",
        "desk-undo",
    ];
    html! {
        @for key in keys {
            template data-words=(key) { (words.known(key).unwrap_or_default()) }
        }
        template data-words="live-as-of" { (words.with("live-as-of", [("time", "TIME".into())])) }
    }
}

/// A piece of a page.
fn piece(markup: Markup) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((actix_web::http::header::CACHE_CONTROL, "no-store"))
        .content_type("text/html; charset=utf-8")
        .body(markup.into_string())
}

/// The keys, explained.
pub fn keys(visitor: &Visitor) -> Markup {
    let words = visitor.words;
    let keys = [
        ("J K ↓ ↑", "desk-key-move"),
        ("1 2 3", "desk-key-accept"),
        ("D", "desk-key-organisation"),
        ("C", "desk-key-topic"),
        ("P", "desk-key-urgency"),
        ("M", "desk-key-merge"),
        ("S", "desk-key-dismiss"),
        ("R", "desk-key-reply"),
        ("L", "desk-key-later"),
        ("X Shift+X A", "desk-key-mark"),
        ("Z", "desk-key-undo"),
        ("/", "desk-key-search"),
        ("G + R K O", "desk-key-queue"),
        ("Ctrl+K", "desk-key-palette"),
        ("?", "desk-key-help"),
    ];
    html! {
        dl .keys {
            @for (key, message) in keys {
                dt { kbd { (key) } }
                dd { (words.say(message)) }
            }
        }
    }
}
