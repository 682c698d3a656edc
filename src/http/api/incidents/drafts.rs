//! Drafts: what an answer may begin from.

use actix_web::get;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::history::All;
use super::reasons::ReasonView;
use super::views::{sees_persons, shown};
use crate::app::App;
use crate::desk::answering::{self, Origin, Proposed};
use crate::desk::{Desk, Error, notices};
use crate::domain::wording::{Blank, blanks};
use crate::domain::{AnswerKind, Doc, Id, Language, Outcome};
use crate::http::api::responses::{Asks, Finds, Guarded};
use crate::http::auth::{May, right};
use crate::http::json::Path;
use crate::http::paging::Paging;
use crate::http::problem::Problem;
use crate::http::reply::Reply;

/// The most drafts that are shown.
const MOST: i64 = 20;

/// The routes of drafts.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list);
}

/// What an answer may begin from.
#[derive(Debug, Serialize, ToSchema)]
struct DraftView {
    /// The text. What is not known is left blank: see `blanks`.
    text: String,
    /// Absent where it is left open.
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<AnswerKind>,
    /// What a final answer of these words makes of the matter; absent where it is left open.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<Outcome>,
    /// What is to be filled in, in its order. An answer is not handed in before.
    blanks: Vec<BlankView>,
    /// The template it is made of.
    #[serde(skip_serializing_if = "Option::is_none")]
    template: Option<TemplateOrigin>,
    /// The approved answer it is made of.
    #[serde(skip_serializing_if = "Option::is_none")]
    similar: Option<SimilarOrigin>,
}

/// A place in a draft that a person fills.
#[derive(Debug, Serialize, ToSchema)]
struct BlankView {
    blank: Blank,
    /// Where in the text it begins, in characters.
    from: usize,
    /// Where it ends.
    to: usize,
    /// What belongs there, in the language of whoever asks.
    label: &'static str,
}

/// The template that a draft is made of.
#[derive(Debug, Serialize, ToSchema)]
struct TemplateOrigin {
    id: String,
    title: String,
    /// The topic it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    topic: Option<String>,
    /// The group it is for; without topic and group it is for any.
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<String>,
    /// The language of its text.
    language: Language,
}

/// The approved answer that a draft is made of.
#[derive(Debug, Serialize, ToSchema)]
struct SimilarOrigin {
    /// The incident that was answered so.
    incident: Id,
    number: i64,
    answer: Id,
    /// How probable it is by text and place alone, 0 to 1, that the two complaints are about the same.
    likeness: f64,
    /// What speaks for and against, the strongest first.
    reasons: Vec<ReasonView>,
    /// How many incidents were answered in these words, of the latest answers of the topic; a mass incident counts once.
    count: usize,
}

impl DraftView {
    fn of(draft: Proposed, desk: &Desk, language: Language) -> DraftView {
        let text = shown(&draft.text, desk);
        let characters = |end: usize| text[..end].chars().count();
        let blanks = blanks(&text).into_iter().map(|(blank, span)| BlankView {
            blank,
            from: characters(span.start),
            to: characters(span.end),
            label: label(blank, language),
        });
        let blanks = blanks.collect();
        let (template, similar) = match draft.origin {
            Origin::Template(template) => {
                let language = template.language.unwrap_or(Language::Russian);
                let crate::domain::policy::Template { id, title, topic, group, .. } = template;
                (Some(TemplateOrigin { id, title, topic, group, language }), None)
            }
            Origin::Similar { incident, number, answer, likeness, count } => {
                let reasons = likeness
                    .reasons
                    .iter()
                    .filter_map(|reason| ReasonView::of(&Doc::of(reason).0, language, sees_persons(desk)));
                let reasons = reasons.collect();
                let likeness = f64::from((likeness.score * 10_000.0).round()) / 10_000.0;
                (None, Some(SimilarOrigin { incident, number, answer, likeness, reasons, count }))
            }
        };
        DraftView { kind: draft.kind, outcome: draft.outcome, blanks, template, similar, text }
    }
}

fn label(blank: Blank, language: Language) -> &'static str {
    let (russian, english) = match blank {
        Blank::Contact => ("Контакт", "A contact"),
        Blank::Date => ("Дата или срок", "A date or a term"),
        Blank::Figure => ("Число", "A number"),
        Blank::Organisation => ("Организация", "The organisation"),
        Blank::Person => ("Должность и имя", "Office and name"),
        Blank::Place => ("Адрес", "The place"),
        Blank::Time => ("Время", "The time of day"),
    };
    match language {
        Language::Russian => russian,
        Language::English => english,
    }
}

/// Proposes drafts: of the templates for the topic, its group and any, and of what was approved for the most similar complaints.
///
/// What belonged to another incident (places, dates, times, numbers, names, personal data) is left blank. Answers to incidents that the
/// caller may not see are not used.
#[utoipa::path(
    tag = "answers",
    params(("id" = Id, Path, description = "The incident's id"),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 200, description = "How many at most; no more than 20 in any case")),
    responses((status = 200, description = "The drafts, templates first", body = All<DraftView>), Guarded, Finds, Asks),
)]
#[get("/incidents/{id}/drafts")]
async fn list(app: App, may: May<right::Work>, id: Path<Id>, paging: Paging) -> Result<Reply, Problem> {
    let (desk, id, member) = (may.desk(&app), id.into_inner(), may.id());
    let limit = usize::try_from(paging.limit().min(MOST)).unwrap_or(0);
    let circumstances = desk.clone();
    let read = move |conn: &mut _| -> Result<_, Error> {
        Ok((notices::language_of(conn, member)?, answering::drafts(conn, &desk, id, limit)?))
    };
    let (language, found) = app.store().read(read).await?;
    Ok(All::reply(found, |draft| DraftView::of(draft, &circumstances, language)))
}
