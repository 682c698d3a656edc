//! The answers of an incident: what was drafted, what speaks against it, who decided, and what became of it in the network.

use maud::{Markup, html};

use super::Look;
use super::actions::Forms;
use super::whole::Whole;
use crate::desk::answering::{Origin, Proposed};
use crate::domain::answer::ConcernCode;
use crate::domain::{Action, AnswerKind, AnswerState, Outcome, Permission, PostingState, ReworkReason, Via, wording};
use crate::http::api::incidents::concerns::ConcernView;
use crate::http::api::incidents::views::{AnswerView, shown};
use crate::http::api::postings::PostingView;
use crate::http::ui::parts::{self, talk};
use crate::http::ui::visitor::Visitor;
use crate::http::ui::words::Words;

/// How an answer is meant: its kind and what it makes of the matter, in one word of a form.
pub const MEANT: [(&str, AnswerKind, Option<Outcome>); 4] = [
    ("resolved", AnswerKind::Final, Some(Outcome::Resolved)),
    ("explained", AnswerKind::Final, Some(Outcome::Explained)),
    ("not_resolved", AnswerKind::Final, Some(Outcome::NotResolved)),
    ("intermediate", AnswerKind::Intermediate, None),
];

/// The answers, the latest first, and the field for the next one.
pub fn section(visitor: &Visitor, whole: &Whole, look: &Look) -> Markup {
    let (words, forms) = (visitor.words, Forms::of(visitor, whole));
    let is_drafting = forms.may(Action::Draft, Permission::Work);
    html! {
        @if is_drafting || !whole.answers.is_empty() {
            section .answers aria-labelledby="answer" {
                h2 #answer { (words.say("incident-answers")) }
                @if is_drafting { (editor(&forms, look)) }
                @for answer in whole.answers.iter().rev() {
                    // A draft stands in the field already, for whoever may rewrite it.
                    @if !(is_drafting && answer.state == AnswerState::Draft) { (one(&forms, answer)) }
                }
            }
        }
    }
}

/// The field for an answer: with the draft there is, or the one that was chosen.
fn editor(forms: &Forms<'_>, look: &Look) -> Markup {
    let (words, whole) = (forms.words, forms.whole);
    let last = whole.answers.last();
    let open = last.filter(|answer| answer.state == AnswerState::Draft);
    // What was sent back is where the next one begins.
    let returned = last.filter(|answer| answer.state == AnswerState::Returned);
    let chosen = look.draft.as_deref().and_then(|key| whole.drafts.iter().find(|draft| self::key(draft) == key));
    let (text, meant) = match (chosen, open.or(returned)) {
        (Some(draft), _) => (shown(&draft.text, &whole.desk), meant(draft.kind, draft.outcome)),
        (None, Some(answer)) => (answer.text.clone(), meant(Some(answer.kind), answer.outcome)),
        (None, None) => (String::new(), None),
    };
    let via = open.map(|answer| answer.via.as_str());
    html! {
        @if let Some(returned) = returned { (sent_back(words, returned)) }
        (proposals(forms))
        @let fields = html! {
            label {
                span { (words.say("incident-answer-text")) }
                textarea name="text" rows="8" required minlength="2" maxlength="9000" data-focus[chosen.is_some()] { (text) }
            }
            @if chosen.is_some() { p .quiet { (words.say("incident-blanks")) " " (blanks(words, &text)) } }
            div .fields {
                label {
                    span { (words.say("incident-answer-meant")) }
                    select name="meant" { (choices(words, meant)) }
                }
                label {
                    span { (words.say("incident-answer-via")) }
                    select name="via" {
                        option value="" { (words.say("incident-via-usual")) }
                        (parts::options(Via::ALL.iter().map(|via| (via.as_str(), words.named("via", via.as_str()).into_owned())), via))
                    }
                }
            }
            @if let Some(open) = open { (concerns(words, open.concerns.as_deref())) }
            div .row-of {
                button name="then" value="submit" { (words.say("incident-save-submit")) }
                button .second name="then" value="" { (words.say("incident-save")) }
            }
        };
        (forms.form("answers", fields))
    }
}

/// The choices of what an answer makes of the matter.
pub fn choices(words: Words, chosen: Option<&str>) -> Markup {
    parts::options(MEANT.iter().map(|(word, ..)| (*word, words.named("meant", word).into_owned())), chosen)
}

fn meant(kind: Option<AnswerKind>, outcome: Option<Outcome>) -> Option<&'static str> {
    MEANT.iter().find(|(_, known, made)| Some(*known) == kind && *made == outcome).map(|(word, ..)| *word)
}

/// Which blanks of a draft a person fills.
fn blanks(words: Words, text: &str) -> String {
    let named = wording::blanks(text).into_iter().map(|(blank, _)| words.named("blank", blank.as_str()));
    let named: std::collections::BTreeSet<_> = named.collect();
    named.into_iter().collect::<Vec<_>>().join(", ")
}

/// By which a draft is chosen, however the list of drafts changes meanwhile.
fn key(draft: &Proposed) -> String {
    match &draft.origin {
        Origin::Template(template) => format!("template:{}", template.id),
        Origin::Similar { answer, .. } => format!("answer:{answer}"),
    }
}

/// What an answer may begin from: links, so that they work without scripts.
fn proposals(forms: &Forms<'_>) -> Markup {
    let (words, whole) = (forms.words, forms.whole);
    let to = |draft: &Proposed| {
        let key: String = url::form_urlencoded::byte_serialize(key(draft).as_bytes()).collect();
        format!("{}?draft={key}#answer", parts::address(whole.incident.id))
    };
    html! {
        @if !whole.drafts.is_empty() {
            details .drafts {
                summary { (words.with("incident-drafts", [("count", whole.drafts.len().into())])) }
                ul {
                    @for draft in &whole.drafts {
                        li {
                            a href=(to(draft)) {
                                @match &draft.origin {
                                    Origin::Template(template) => (template.title),
                                    Origin::Similar { number, .. } => (words.with("incident-draft-similar", [("number", number.to_string().into())])),
                                }
                            }
                            p .quiet { (parts::beginning(&shown(&draft.text, &whole.desk), 140)) }
                        }
                    }
                }
            }
        }
    }
}

fn sent_back(words: Words, answer: &AnswerView) -> Markup {
    html! {
        div .sent-back {
            p {
                strong { (words.say("incident-returned")) }
                @if let Some(reason) = answer.rework_reason { ": " (words.named("rework-reason", reason.as_str())) }
            }
            @if let Some(text) = &answer.rework_text { div .text { (text) } }
        }
    }
}

/// What speaks against an answer.
fn concerns(words: Words, concerns: Option<&[ConcernView]>) -> Markup {
    html! {
        @if let Some(concerns) = concerns.filter(|concerns| !concerns.is_empty()) {
            div .concerns {
                p { strong { (words.say("incident-concerns")) } }
                ul {
                    @for concern in concerns {
                        li {
                            span .weight { (words.named("concern", concern.severity.as_str())) } " "
                            span lang=(words.language().as_str()) { (concern.message) }
                            @if !concern.piece.is_empty() { ": «" q { (concern.piece) } "»" }
                        }
                    }
                }
            }
        }
    }
}

/// One answer: its three facts (approved, sent, delivered) apart.
fn one(forms: &Forms<'_>, answer: &AnswerView) -> Markup {
    let (words, whole) = (forms.words, forms.whole);
    let postings: Vec<_> = whole.postings.iter().filter(|posting| posting.answer == answer.id).collect();
    let is_last = whole.answers.last().is_some_and(|last| last.n == answer.n);
    html! {
        article .answer {
            h3 {
                (words.with("incident-answer-title", [("n", answer.n.into())])) ": "
                (words.named("answer-state", answer.state.as_str()))
            }
            p .quiet.row-of {
                span { (words.named("answer-kind", answer.kind.as_str())) }
                @if let Some(outcome) = answer.outcome { span { (words.named("outcome", outcome.as_str())) } }
                span { (words.named("via", answer.via.as_str())) }
                span { (parts::organisation(&whole.desk, &answer.organisation)) }
            }
            div .text { (answer.text) }
            @if answer.state == AnswerState::Returned { (sent_back(words, answer)) }
            (concerns(words, answer.concerns.as_deref()))
            (way(forms, answer))
            @if !postings.is_empty() { ul .postings { @for posting in postings { (posted(forms, posting)) } } }
            @if is_last { (decisions(forms, answer)) (delivery(forms, answer)) }
        }
    }
}

/// The way of an answer: each fact with its time, and none taken for another.
fn way(forms: &Forms<'_>, answer: &AnswerView) -> Markup {
    let (words, whole) = (forms.words, forms.whole);
    let moment = |at| parts::moment(words, &whole.desk, at);
    let is_approved = !matches!(answer.state, AnswerState::Draft | AnswerState::Submitted | AnswerState::Returned);
    html! {
        ol .way {
            li { (words.say("incident-drafted")) " " (moment(answer.drafted_at)) ", " (forms.who(&answer.drafted_by)) }
            @if let Some(at) = answer.submitted_at { li { (words.say("incident-submitted")) " " (moment(at)) } }
            @if let (Some(at), true) = (answer.decided_at, is_approved) {
                li .done {
                    (words.say("incident-approved")) " " (moment(at))
                    @if let Some(by) = &answer.decided_by { ", " (forms.who(by)) }
                }
            }
            @if let Some(at) = answer.sent_at { li .done { (words.say("incident-sent")) " " (moment(at)) } }
            @else if is_approved && answer.delivered_at.is_none() { li .quiet { (words.say("incident-not-sent")) } }
            @if let Some(at) = answer.delivered_at {
                li .done {
                    (words.say("incident-delivered")) " " (moment(at))
                    @if let Some(link) = &answer.permalink { " · " (talk::elsewhere(link, &words.say("incident-see-answer"))) }
                }
            } @else if is_approved && answer.state != AnswerState::Failed {
                li .quiet { (words.say("incident-not-delivered")) }
            }
            @if let Some(failure) = &answer.failure { li .failed { (words.say("incident-failed")) ": " (failure) } }
        }
    }
}

fn posted(forms: &Forms<'_>, posting: &PostingView) -> Markup {
    let (words, whole) = (forms.words, forms.whole);
    let may = posting.state == PostingState::Failed && whole.desk.actor.may(Permission::ReportDelivery);
    html! {
        li {
            (words.named("form", posting.form.as_str()))
            @if posting.parts > 1 { " " (posting.part) "/" (posting.parts) }
            ": " strong { (words.named("posting-state", posting.state.as_str())) }
            @if let Some(at) = posting.delivered_at.or(posting.sent_at) { " " (parts::moment(words, &whole.desk, at)) }
            @if posting.attempts > 1 { " · " (words.with("incident-attempts", [("count", posting.attempts.into())])) }
            @if posting.maybe_twice { " · " (words.say("incident-maybe-twice")) }
            @if let Some(link) = &posting.permalink { " · " (talk::elsewhere(link, &words.say("incident-see-answer"))) }
            @if let Some(failure) = &posting.failure { p .failed { (failure) } }
            @if may { (forms.form(&format!("postings/{}/retries", posting.id), html! { button .small { (words.say("incident-retry")) } })) }
        }
    }
}

/// What may be decided about the answer.
fn decisions(forms: &Forms<'_>, answer: &AnswerView) -> Markup {
    let words = forms.words;
    let to = |what: &str| format!("answers/{}/{what}", answer.n);
    let own = forms.whole.desk.actor.tag() == answer.drafted_by;
    let waits = answer.state == AnswerState::Submitted;
    html! {
        @if forms.may(Action::Submit, Permission::Work) && answer.state == AnswerState::Draft {
            (forms.form(&to("submission"), html! { button { (words.named("action", "submit")) } }))
        }
        @if forms.may(Action::Approve, Permission::Approve) && waits {
            @if own { p .quiet { (words.say("refusal-own_answer")) } }
            @else {
                (forms.form(&to("approval"), html! {
                    (despite(words, answer))
                    button { (words.named("action", "approve")) }
                }))
            }
        }
        @if forms.may(Action::Rework, Permission::Approve) && (waits || answer.state == AnswerState::Failed) {
            (forms.folded("rework", &to("rework"), html! {
                label {
                    span { (words.say("incident-reason")) }
                    select name="reason" {
                        (parts::options(ReworkReason::ALL.iter().map(|reason| (reason.as_str(), words.named("rework-reason", reason.as_str()).into_owned())), None))
                    }
                }
                label {
                    span { (words.say("incident-rework-text")) }
                    textarea name="text" rows="3" required minlength="3" maxlength="2000" {}
                }
            }))
        }
    }
}

/// What an answer may be approved despite, said by name.
fn despite(words: Words, answer: &AnswerView) -> Markup {
    let forbidden = |code: ConcernCode| {
        answer.concerns.iter().flatten().any(|concern| concern.code == code && concern.severity.as_str() == "forbidden")
    };
    html! {
        @for (code, field) in [(ConcernCode::MissingDate, "missing_date"), (ConcernCode::ThirdPerson, "third_person")] {
            @if forbidden(code) {
                label .check {
                    input type="checkbox" name=(field) value="yes";
                    " " (words.named("despite", field))
                }
            }
        }
    }
}

/// What is reported of an approved answer by hand.
fn delivery(forms: &Forms<'_>, answer: &AnswerView) -> Markup {
    let words = forms.words;
    let to = |what: &str| format!("answers/{}/{what}", answer.n);
    let may = forms.whole.desk.actor.may(Permission::ReportDelivery);
    let on_its_way = matches!(answer.state, AnswerState::Approved | AnswerState::Sent | AnswerState::Failed);
    html! {
        @if may && answer.state == AnswerState::Failed {
            (forms.form(&to("retry"), html! { button { (words.say("incident-retry")) } }))
        }
        @if may && on_its_way {
            (forms.folded("deliver", &to("delivery"), html! {
                label {
                    span { (words.say("incident-permalink")) }
                    input name="permalink" type="url" maxlength="2000" placeholder="https://";
                }
            }))
        }
        @if may && matches!(answer.state, AnswerState::Approved | AnswerState::Sent) {
            (forms.folded("fail", &to("failure"), html! {
                label {
                    span { (words.say("incident-why")) }
                    input name="why" required minlength="1" maxlength="1000" autocomplete="off";
                }
            }))
        }
    }
}
