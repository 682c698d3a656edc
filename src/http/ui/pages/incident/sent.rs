//! Moves that were sent: made if the incident still is as it was seen; otherwise what changed meanwhile is shown, with what was sent, so
//! that nothing is overwritten unseen and nothing typed is lost.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use maud::{Markup, html};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{history, whole};
use crate::app::App;
use crate::desk::{Desk, Error};
use crate::domain::{Action, At, Id, Refusal};
use crate::http::problem::Problem;
use crate::http::ui::visitor::Visitor;
use crate::http::ui::{parts, shell};
use crate::store::Conn;

/// What a form of a move sends.
pub trait Sent: Serialize + DeserializeOwned + Clone + Send + 'static {
    /// The version that was seen.
    fn seen(&self) -> Option<i64>;
    /// The page that it was sent from, if not the incident's.
    fn back(&self) -> &str;
}

/// Declares what a form sends: its own fields beside the version and the way back.
macro_rules! sent {
    ($(#[doc = $about:literal])* $name:ident { $($field:ident: $type:ty),* $(,)? }) => {
        $(#[doc = $about])*
        #[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
        pub struct $name {
            version: i64,
            #[serde(default, skip_serializing_if = "String::is_empty")]
            back: String,
            $(#[serde(default)] $field: $type,)*
        }

        impl $crate::http::ui::pages::incident::sent::Sent for $name {
            fn seen(&self) -> Option<i64> {
                Some(self.version)
            }

            fn back(&self) -> &str {
                &self.back
            }
        }
    };
}
pub(super) use sent;

/// A text of a form that was filled in.
pub fn filled(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}

/// A value that is chosen in a form.
///
/// # Errors
/// 422, naming the field.
pub fn chosen<T: std::str::FromStr>(text: &str, field: &str) -> Result<T, Error>
where
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error: T::Err| bad(field, &error.to_string()))
}

/// Makes a move, and leads back to where it was sent from with a message. Meant for an earlier version, it shows what changed since.
///
/// # Errors
/// What the use case refuses.
pub async fn act<S: Sent, F>(
    app: &App,
    visitor: &Visitor,
    (id, action): (Id, Action),
    (sent, to): (S, &str),
    work: F,
) -> Result<HttpResponse, Problem>
where
    F: FnOnce(&mut Conn, &Desk, &S) -> Result<(), Error> + Send + 'static,
{
    let (desk, meant) = (visitor.caller.desk(app), sent.clone());
    match app.store().write(move |conn| work(conn, &desk, &meant)).await {
        Ok(()) => Ok(shell::done(&back(sent.back(), id), said(action))),
        Err(Error::Stale { .. }) => changed(app, visitor, id, &sent, to).await,
        Err(error) => Err(error.into()),
    }
}

/// What is said once a move is made.
fn said(action: Action) -> &'static str {
    match action {
        Action::Assign => "said-incident-assigned",
        Action::Pass => "said-incident-passed",
        Action::Take => "said-incident-taken",
        Action::Return => "said-incident-returned",
        Action::Draft => "said-incident-drafted",
        Action::Submit => "said-incident-submitted",
        Action::Rework => "said-incident-reworked",
        Action::Approve => "said-incident-approved",
        Action::Defer => "said-incident-deferred",
        Action::Close => "said-incident-closed",
        Action::Dismiss => "said-incident-dismissed",
        Action::Merge => "said-incident-merged",
        Action::Unmerge => "said-incident-unmerged",
        Action::Reopen => "said-incident-reopened",
        Action::Correct => "said-incident-corrected",
        _ => "said-incident-noted",
    }
}

/// Where a move leads: the incident, or the list that it was made from; nobody is led to other addresses.
fn back(asked: &str, id: Id) -> String {
    let is_list = asked == "/work" || asked.starts_with("/work?");
    let plain = asked.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if is_list && plain { asked.to_owned() } else { parts::address(id) }
}

/// Shows what changed since somebody looked, and lets them do it all the same.
async fn changed<S: Sent>(app: &App, visitor: &Visitor, id: Id, sent: &S, to: &str) -> Result<HttpResponse, Problem> {
    let (words, desk, seen) = (visitor.words, visitor.caller.desk(app), sent.seen().unwrap_or(0));
    let circumstances = desk.clone();
    let read = move |conn: &mut Conn| whole::since(conn, &circumstances, id, seen);
    let (incident, since, names) = app.store().read(read).await?;
    let title = words.with("incident-title", [("number", incident.number.to_string().into())]);
    let body = html! {
        main #content .incident tabindex="-1" {
            h1 { (title) }
            div role="alert" {
                p { strong { (words.with("incident-changed", [("count", since.events.len().into())])) } }
                (history::list(words, &desk, &names, &since.events))
                p {
                    (words.say("incident-stands-now")) " " strong { (words.named("step", incident.step.as_str())) } " "
                    (parts::due(words, &desk, &incident))
                }
                p { a href=(parts::address(id)) { (words.say("incident-look-again")) } }
                form method="post" action=(to) {
                    (shell::proof(visitor))
                    (again(sent, incident.version))
                    p .quiet { (words.say("incident-all-the-same-note")) }
                    button .second { (words.say("incident-all-the-same")) }
                }
                @if let Some(text) = typed(sent) {
                    label {
                        span { (words.say("incident-typed")) }
                        textarea rows="6" readonly { (text) }
                    }
                }
            }
        }
    };
    let mut response = shell::page(visitor, "", &title, &body);
    *response.status_mut() = StatusCode::CONFLICT;
    Ok(response)
}

/// What was sent, for the version that stands now.
fn again<S: Sent>(sent: &S, version: i64) -> Markup {
    let Ok(Value::Object(mut fields)) = serde_json::to_value(sent) else { return html! {} };
    fields.insert("version".to_owned(), version.into());
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    html! {
        @for (name, value) in &fields {
            @if !value.is_null() { input type="hidden" name=(name) value=(text(value)); }
        }
    }
}

/// The longest text that was sent, if it is worth keeping.
fn typed<S: Sent>(sent: &S) -> Option<String> {
    let Ok(Value::Object(fields)) = serde_json::to_value(sent) else { return None };
    let texts = ["text", "note", "reason"].into_iter().filter_map(|name| fields.get(name)?.as_str());
    texts.map(str::to_owned).find(|text| text.contains(' '))
}

/// The last moment of a day that was chosen, by the city's own time.
///
/// # Errors
/// 422 when it is no day.
pub fn end_of_day(desk: &Desk, text: &str, field: &str) -> Result<At, Error> {
    let day: Option<jiff::civil::Date> = text.parse().ok();
    let moment = day.and_then(|day| instant(desk, day.at(23, 59, 0, 0)));
    moment.ok_or_else(|| bad(field, "must be a day such as 2025-12-24"))
}

/// A moment that was chosen, by the city's own time.
///
/// # Errors
/// 422 when it is none.
pub fn moment(desk: &Desk, text: &str, field: &str) -> Result<At, Error> {
    let moment = text.parse().ok().and_then(|there| instant(desk, there));
    moment.ok_or_else(|| bad(field, "must be a moment such as 2025-12-24T14:06"))
}

fn instant(desk: &Desk, there: jiff::civil::DateTime) -> Option<At> {
    let there = there.to_zoned(desk.policy.zone().clone()).ok()?;
    Some(At::new(there.timestamp()))
}

fn bad(field: &str, message: &str) -> Error {
    Refusal::invalid(format!("/{field}"), message).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_move_leads_to_its_list_or_its_incident_and_nowhere_else() {
        let id = Id::new(At::now());
        assert_eq!(back("/work?queue=take", id), "/work?queue=take");
        for elsewhere in
            ["", "https://evil.example", "//evil.example", "/work\\evil", "/workshop", "/work?\r\nx", "/desk"]
        {
            assert_eq!(back(elsewhere, id), parts::address(id), "{elsewhere}");
        }
    }
}
