//! Posts that collect complaints, such as «пишите адреса, где не убран снег»: each comment below is an incident of its own, and on the
//! post's topic if it has one.

use serde::Deserialize;
use utoipa::ToSchema;

use super::{Desk, Error};
use crate::domain::refusal::Faults;
use crate::domain::{Id, Permission};
use crate::store::records::Collection;
use crate::store::{Conn, collections, pages};

/// What a post collects.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Collecting {
    /// The id or name of the topic that all comments are on; none: each is on its own.
    #[serde(default)]
    #[schema(example = "snow-removal", max_length = 300)]
    pub topic: Option<String>,
}

/// Marks a post: comments that come from now on are incidents of their own. Of a post that is marked already, the topic is changed.
///
/// # Errors
/// [`Error::NotFound`]; [`Refusal::Invalid`](crate::domain::Refusal::Invalid) when the policy has no such topic.
pub fn mark(conn: &mut Conn, desk: &Desk, page: Id, post: &str, collecting: Collecting) -> Result<Collection, Error> {
    desk.need(Permission::Triage)?;
    pages::find(conn, page)?.ok_or(Error::NotFound("page"))?;
    let topic = collecting.topic.as_deref().map(|name| desk.policy.topic_by_name(name));
    let mut faults = Faults::default();
    faults.need(topic != Some(None), "/topic", "the policy has no such topic");
    faults.length(post, 1..=200, "post");
    faults.settle()?;
    let collection = Collection {
        source_id: page,
        post_key: post.to_owned(),
        topic: topic.flatten().map(|topic| topic.id.clone()),
        marked_by: desk.actor.tag(),
        marked_at: desk.now,
    };
    collections::put(conn, &collection)?;
    Ok(collection)
}

/// Marks a post no more: further comments of one author are one incident again. Doing so again changes nothing.
///
/// # Errors
/// [`Error::NotFound`] when there is no such page.
pub fn unmark(conn: &mut Conn, desk: &Desk, page: Id, post: &str) -> Result<(), Error> {
    desk.need(Permission::Triage)?;
    pages::find(conn, page)?.ok_or(Error::NotFound("page"))?;
    Ok(collections::remove(conn, page, post)?)
}

/// The posts of a page that collect complaints, the latest marked first.
///
/// # Errors
/// [`Error::NotFound`].
pub fn list(conn: &mut Conn, desk: &Desk, page: Id) -> Result<Vec<Collection>, Error> {
    desk.need(Permission::ReadIncidents)?;
    pages::find(conn, page)?.ok_or(Error::NotFound("page"))?;
    Ok(collections::of_page(conn, page)?)
}
