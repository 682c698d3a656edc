//! Changing the city's rules from a form: the same checks, versions and refusals as over the API.

use maud::{Markup, html};

use crate::app::App;
use crate::desk::deadlines::{self, WhatIf};
use crate::desk::policies::{self, Loaded, Sound};
use crate::desk::{Desk, Error, routes as rules};
use crate::domain::policy::{Amendment, PolicyDoc};
use crate::http::api::policies::{aside, take_up};
use crate::http::problem::Problem;
use crate::http::ui::parts;
use crate::http::ui::visitor::Visitor;
use crate::http::ui::words::Words;

/// How many moved incidents a what-if names.
const NAMED: usize = 100;

/// Stores what an amendment makes of the version that was seen as the next one, and puts it in force.
pub async fn amend(
    app: &App,
    visitor: &Visitor,
    seen: i64,
    note: String,
    amendment: impl FnOnce(&PolicyDoc) -> Result<Amendment, Error> + Send + 'static,
) -> Result<Loaded, Problem> {
    let desk = visitor.caller.desk(app);
    policies::may_publish(&desk)?;
    let base = app.store().read(policies::newest).await?.unwrap_or(0);
    let base = app.policy_at(base).await?;
    let version = base.version();
    let work = move || Ok(amendment(base.doc()).and_then(|one| policies::amend(base.doc(), &one)));
    let amended: Result<Sound, Error> = aside(work).await?;
    let publish = move |conn: &mut _| policies::publish_amended(conn, &desk, version, amended, &note, Some(seen));
    let (loaded, _) = app.store().write::<_, Error, _>(publish).await?;
    take_up(app).await;
    Ok(loaded)
}

/// Stores what a change makes of the document of the version that was seen as the next one, and puts it in force.
pub async fn publish(
    app: &App,
    visitor: &Visitor,
    seen: i64,
    note: String,
    change: impl FnOnce(PolicyDoc) -> Result<PolicyDoc, Error> + Send + 'static,
) -> Result<Loaded, Problem> {
    let desk = visitor.caller.desk(app);
    policies::may_publish(&desk)?;
    let base = app.store().read(move |conn| rules::base(conn, seen)).await?;
    let base = app.policy_at(base).await?;
    let sound = aside(move || policies::check(change(base.doc().clone())?)).await?;
    let publish = move |conn: &mut _| policies::publish(conn, &desk, &sound, &note, Some(seen));
    let loaded = app.store().write::<_, Error, _>(publish).await?;
    take_up(app).await;
    Ok(loaded)
}

/// What an amendment of the rules in force would move. Nothing is stored.
pub async fn what_if(app: &App, visitor: &Visitor, amendment: Amendment) -> Result<WhatIf, Problem> {
    let desk = visitor.caller.desk(app);
    policies::may_publish(&desk)?;
    let base = app.policy();
    let other = aside(move || policies::amended(base.version() + 1, base.doc(), &amendment)).await?;
    Ok(app.store().read(move |conn| deadlines::what_if(conn, &desk, other, NAMED)).await?)
}

/// What would move, as a part of a page.
pub fn moved(words: Words, desk: &Desk, found: &WhatIf) -> Markup {
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    html! {
        section .trial aria-labelledby="what-if" {
            h2 #what-if { (words.say("administration-what-if")) }
            p {
                (words.with("administration-what-if-told", [
                    ("looked", count(found.looked_at).into()),
                    ("moved", count(found.moved).into()),
                ]))
            }
            dl .facts {
                dt { (words.say("administration-sooner")) } dd #sooner { (parts::number(count(found.sooner))) }
                dt { (words.say("administration-later")) } dd #later { (parts::number(count(found.later))) }
                dt { (words.say("administration-ended")) } dd #ended { (parts::number(count(found.ended))) }
            }
            @if !found.incidents.is_empty() {
                div .scroll tabindex="0" role="group" aria-labelledby="what-if" {
                    table {
                        thead { tr {
                            th scope="col" { (words.say("administration-incident")) }
                            th scope="col" { (words.say("administration-organisation")) }
                            th scope="col" { (words.say("administration-clock")) }
                            th scope="col" { (words.say("administration-due-before")) }
                            th scope="col" { (words.say("administration-due-after")) }
                        } }
                        tbody {
                            @for incident in &found.incidents {
                                @for clock in &incident.clocks {
                                    tr {
                                        td { a href=(parts::address(incident.id)) { "№ " (incident.number) } }
                                        td { (incident.organisation.as_deref().map(|id| parts::organisation(desk, id)).unwrap_or_default()) }
                                        td { (words.named("clock", clock.clock.as_str())) }
                                        td { @if let Some(at) = clock.before { (parts::moment(words, desk, at)) } }
                                        td { @if let Some(at) = clock.after { (parts::moment(words, desk, at)) } @else { "—" } }
                                    }
                                }
                            }
                        }
                    }
                }
                p .quiet { (words.say("administration-what-if-kept")) }
            }
        }
    }
}
