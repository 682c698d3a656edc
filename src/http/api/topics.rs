//! What complaints are about: groups and their topics.

use actix_web::get;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::listed::{AsOf, ID_LIMIT, Listed, SOUGHT_LIMIT, Sought, at, need_lengths};
use super::responses::{Asks, Finds, Guarded};
use crate::app::App;
use crate::domain::Policy;
use crate::domain::policy::{Group, Topic};
use crate::http::auth::{May, right};
use crate::http::json::Path;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::reply::Reply;

/// The routes of this file.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list).service(find);
}

/// A group with its topics.
#[derive(Debug, Serialize, ToSchema)]
struct GroupView {
    #[schema(example = "roads")]
    id: String,
    #[schema(example = "Дороги")]
    title: String,
    title_en: String,
    /// Those of its topics that fit.
    topics: Vec<TopicView>,
}

/// What a complaint is about.
#[derive(Debug, Serialize, ToSchema)]
struct TopicView {
    #[schema(example = "snow")]
    id: String,
    /// The id of its group.
    #[schema(example = "roads")]
    group: String,
    #[schema(example = "Уборка дорог от снега")]
    title: String,
    /// 1 (a nuisance) to 5 (a danger).
    #[schema(example = 4, minimum = 1, maximum = 5)]
    severity: u8,
    /// Whether only the organisation concerned and the moderators may see such incidents.
    sensitive: bool,
    /// Words and phrases by which it is recognised in a text.
    keywords: Vec<String>,
    /// Other names that it goes by.
    aliases: Vec<String>,
}

fn aliases<'p>(policy: &'p Policy, topic: &'p Topic) -> impl Iterator<Item = &'p str> {
    policy.doc().topic_aliases.iter().filter(|alias| alias.topic == topic.id).map(|alias| alias.alias.as_str())
}

fn view(policy: &Policy, topic: &Topic) -> TopicView {
    let aliases = aliases(policy, topic).map(str::to_owned).collect();
    let Topic { id, group, title, severity, keywords, sensitive } = topic.clone();
    TopicView { id, group, title, severity, sensitive, keywords, aliases }
}

/// Which topics.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Only this group, by its id.
    #[param(min_length = 1, max_length = 64, example = "roads")]
    group: Option<String>,
    /// Only topics with this text in the id, the title or another name, whatever the case.
    #[param(min_length = 1, max_length = 100, example = "снег")]
    q: Option<String>,
    /// A version of the policy; without it, the one in force.
    #[param(minimum = 1, example = 7)]
    version: Option<i64>,
}

/// The groups that fit, each with those of its topics that do; groups without any are left out.
fn groups(policy: &Policy, filter: &Filter) -> Vec<GroupView> {
    let (doc, sought) = (policy.doc(), Sought::new(filter.q.as_deref()));
    let fits =
        |topic: &Topic| sought.is_in([topic.id.as_str(), &topic.title].into_iter().chain(aliases(policy, topic)));
    let wanted = doc.groups.iter().filter(|group| filter.group.as_ref().is_none_or(|id| group.id == *id));
    let shown = wanted.map(|group| {
        let own = doc.topics.iter().filter(|topic| topic.group == group.id && fits(topic));
        let Group { id, title, title_en } = group.clone();
        GroupView { id, title, title_en, topics: own.map(|topic| view(policy, topic)).collect() }
    });
    shown.filter(|group| !group.topics.is_empty()).collect()
}

/// List topics.
///
/// By groups, in the order of the policy's document. Groups without a topic that fits are left out.
#[utoipa::path(
    tag = "policy",
    params(Filter),
    responses((status = 200, description = "The groups and their topics", body = Listed<GroupView>), Guarded, Finds, Asks),
)]
#[get("/topics")]
async fn list(app: App, _who: May<right::ReadPolicy>, filter: Query<Filter>) -> Result<Reply, Problem> {
    let filter = filter.into_inner();
    need_lengths(&[("group", &filter.group, ID_LIMIT), ("q", &filter.q, SOUGHT_LIMIT)])?;
    let policy = at(&app, filter.version).await?;
    Ok(Listed::reply(&policy, groups(&policy, &filter)))
}

/// Get one topic.
#[utoipa::path(
    tag = "policy",
    params(("id" = String, Path, description = "The topic's id"), AsOf),
    responses((status = 200, description = "The topic", body = TopicView), Guarded, Finds, Asks),
)]
#[get("/topics/{id}")]
async fn find(app: App, _who: May<right::ReadPolicy>, id: Path<String>, as_of: Query<AsOf>) -> Result<Reply, Problem> {
    let policy = at(&app, as_of.into_inner().version).await?;
    let topic = policy.topic(&id.into_inner()).ok_or_else(|| Problem::not_found("topic"))?;
    Ok(Reply::ok(&view(&policy, topic)).version(policy.version()))
}
