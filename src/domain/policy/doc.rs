//! The policy as a document: what a city's files, the database's JSON and the API carry. Plain records, nothing indexed or checked.
//!
//! Records keep the order they were written in, so a finding about `/routes/12` can be shown beside the twelfth route.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::pattern::{MunicipalityPattern, Pattern, SeverityPattern};
use crate::domain::calendar::CalendarSpec;
use crate::domain::incident::{Outcome, Step};
use crate::domain::sla::{Base, ClockKind, StartPoint, Transfer};
use crate::domain::words::{Language, vocabulary};

vocabulary! {
    /// What kind of place a municipality is; rules may name a kind instead of a place.
    MunicipalityKind {
        /// A city with its own administration.
        City = "city",
        /// A district of a region.
        District = "district",
        /// The region as a whole, for what belongs to no single municipality.
        Region = "region",
    }
}

vocabulary! {
    /// What an organisation is.
    OrganisationKind {
        /// The top of the tree, which the whole policy belongs to.
        Root = "root",
        /// A ministry or another body of the region.
        RegionBody = "region_body",
        /// The administration of a city.
        CityAdministration = "city_administration",
        /// A department of a city administration.
        CityDepartment = "city_department",
        /// The administration of a part of the city.
        CityOkrug = "city_okrug",
        /// The administration of a district.
        District = "district",
        /// A company that supplies heat, water, power or takes the waste.
        Utility = "utility",
        /// A fund, such as the one for capital repairs.
        Fund = "fund",
        /// A federal body.
        Federal = "federal",
    }
}

/// Everything that makes one city's policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyDoc {
    pub city: City,
    pub groups: Vec<Group>,
    pub topics: Vec<Topic>,
    #[serde(default)]
    pub topic_aliases: Vec<TopicAlias>,
    pub municipalities: Vec<Municipality>,
    #[serde(default)]
    pub okrugs: Vec<Okrug>,
    pub organisations: Vec<Organisation>,
    #[serde(default)]
    pub organisation_aliases: Vec<OrganisationAlias>,
    pub routes: Vec<Route>,
    #[serde(default)]
    pub executors: Vec<ExecutorRule>,
    pub terms: Vec<Term>,
    pub calendars: Vec<CalendarSpec>,
    #[serde(default)]
    pub streets: Vec<Street>,
    #[serde(default)]
    pub houses: Vec<House>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub templates: Vec<Template>,
}

/// The city itself and its defaults.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct City {
    pub id: String,
    pub title: String,
    pub title_en: String,
    /// IANA time zone in which the city's days and months are counted, e.g. `Asia/Omsk`.
    pub zone: String,
    /// The organisation at the top of the tree.
    pub root: String,
    /// Where a message without a place is taken to be from.
    pub default_municipality: String,
    /// The calendar of organisations that neither have nor inherit one.
    pub calendar: String,
    /// The organisation that gets what no rule routes and what was returned too often.
    pub controller: String,
    /// Telephones and addresses of mail that may stand in public answers: the city's own, such as that of its dispatchers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub public_contacts: Vec<String>,
    /// How precise the service must have been on decisions that it had not seen to decide topics alone: a share from 0.5 to 0.999, such
    /// as 0.95. Without it, every topic waits for a moderator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0.5, maximum = 0.999, example = 0.95)]
    pub automatic_precision: Option<f64>,
    /// How probable it must be that two incidents are one problem for them to be merged without anybody asking: 0.9 to 0.999. Without it
    /// they are proposed only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0.9, maximum = 0.999)]
    pub merge_automatically: Option<f64>,
    /// From when on an answer is held to be the same as many others.
    #[serde(default, skip_serializing_if = "AnswerBounds::is_usual")]
    #[schema(required = false)]
    pub answers: AnswerBounds,
    pub life: Life,
}

/// From when on an answer is held to be the same as many others.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AnswerBounds {
    /// To how many other incidents a sentence must have been said: 2 to 1,000.
    #[schema(minimum = 2, maximum = 1000, default = 5)]
    pub identical_to: u16,
    /// Within how many days before: 1 to 366.
    #[schema(minimum = 1, maximum = 366, default = 90)]
    pub identical_days: u16,
    /// How much of the answer such sentences must be: a share of its sentences from 0.1 to 1.
    #[schema(minimum = 0.1, maximum = 1.0, default = 0.6)]
    pub identical_share: f64,
}

impl Default for AnswerBounds {
    fn default() -> Self {
        Self { identical_to: 5, identical_days: 90, identical_share: 0.6 }
    }
}

impl AnswerBounds {
    fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// The limits of an incident's life.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Life {
    /// How often an incident may be returned as wrongly routed before it goes to the controller: 1 to 10.
    pub max_returns: u8,
    /// How many rounds of answer and reply there may be: 1 to 10.
    pub max_rounds: u8,
    /// How long the author is waited for, by plain time: `97h`, `4d`, `90m`; one hour to 60 days.
    pub author_wait: String,
    /// What another organisation means for the deadlines of the answer. Without it they stay as they were fixed at registration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer: Option<Transfer>,
}

/// A group of topics.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Group {
    pub id: String,
    pub title: String,
    #[serde(default)]
    pub title_en: String,
}

/// What a complaint is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Topic {
    pub id: String,
    pub group: String,
    pub title: String,
    /// 1 (a nuisance) to 5 (a danger).
    pub severity: u8,
    /// Words and phrases by which the word rules recognise the topic.
    #[serde(default)]
    pub keywords: Vec<String>,
    /// Only the organisation concerned and the moderators may see such incidents.
    #[serde(default)]
    pub sensitive: bool,
}

/// Another name of a topic, as other systems write it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TopicAlias {
    pub alias: String,
    pub topic: String,
}

/// A place with its own administration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Municipality {
    pub id: String,
    pub title: String,
    pub kind: MunicipalityKind,
    /// Degrees of latitude of its middle.
    #[serde(default)]
    pub lat: Option<f64>,
    /// Degrees of longitude of its middle.
    #[serde(default)]
    pub lon: Option<f64>,
    #[serde(default)]
    pub population: Option<u32>,
    /// Other spellings of its name.
    #[serde(default)]
    pub aliases: Vec<String>,
}

/// A part of the city.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Okrug {
    pub id: String,
    pub title: String,
    pub abbr: String,
}

/// A body that answers, or a part of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Organisation {
    pub id: String,
    /// The organisation above; only the root has none.
    #[serde(default)]
    pub parent: Option<String>,
    pub kind: OrganisationKind,
    pub title: String,
    #[serde(default)]
    pub short: String,
    /// The municipality it serves; none when it serves several.
    #[serde(default)]
    pub municipality: Option<String>,
    /// Whether it works in this system. What goes to one that does not is forwarded by hand.
    pub connected: bool,
    /// Its working calendar; without one it has that of the organisation above.
    #[serde(default)]
    pub calendar: Option<String>,
}

/// Another name of an organisation, as other systems write it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrganisationAlias {
    pub alias: String,
    pub organisation: String,
}

/// First hop: which organisation a complaint goes to. Which of several routes applies is said in [`crate::domain::route`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Route {
    pub id: String,
    #[schema(value_type = String, example = "kind:district")]
    pub municipality: MunicipalityPattern,
    #[schema(value_type = String, example = "*")]
    pub group: Pattern,
    #[schema(value_type = String, example = "*")]
    pub topic: Pattern,
    pub organisation: String,
    #[serde(default)]
    pub note: String,
}

/// Second hop: an organisation's own rule for which of its parts does the work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExecutorRule {
    pub id: String,
    /// The organisation whose rule it is.
    pub organisation: String,
    #[schema(value_type = String, example = "*")]
    pub municipality: MunicipalityPattern,
    #[schema(value_type = String, example = "*")]
    pub group: Pattern,
    #[schema(value_type = String, example = "*")]
    pub topic: Pattern,
    /// The part of that organisation that does the work.
    pub executor: String,
    #[serde(default)]
    pub note: String,
}

/// The target of a term by which the clock does not run.
pub const NO_TARGET: &str = "none";

/// How long a clock may run. Which of several terms applies is said in [`crate::domain::policy::term`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// May be left out where the address says it.
    #[serde(default)]
    #[schema(required = true, example = "answer-urgent")]
    pub id: String,
    pub clock: ClockKind,
    /// A municipality's id, `kind:` and a kind, or `*`.
    #[schema(value_type = String, example = "*")]
    pub municipality: MunicipalityPattern,
    /// A group's id or `*`.
    #[schema(value_type = String, example = "*")]
    pub group: Pattern,
    /// A topic's id or `*`.
    #[schema(value_type = String, example = "*")]
    pub topic: Pattern,
    /// A number, `>=` and a number, or `*`.
    #[schema(value_type = String, example = ">=4")]
    pub severity: SeverityPattern,
    /// An organisation and everything under it, or `*`.
    #[schema(value_type = String, example = "*")]
    pub organisation: Pattern,
    /// How long, in the unit of the base: `9h`, `90m`, `7d`. `none`: in this case the clock does not run.
    #[schema(example = "9h")]
    pub target: String,
    /// What the target counts.
    pub base: Base,
    /// The calendar to count by; without one, that of the organisation.
    #[serde(default)]
    pub calendar: Option<String>,
    /// From when it counts; without it, from the receipt of the complaint. Only for the clocks that begin with the incident.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<StartPoint>,
    /// The steps in which the clock stands still.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pauses: Vec<Step>,
    /// When to remind those whose work it is: each time this share of the time is left, in percent, the largest first. That it
    /// has run out they are told in any case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(example = json!([50, 20]))]
    pub warnings: Vec<u8>,
    #[serde(default)]
    pub note: String,
}

/// A street, for finding addresses in texts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Street {
    pub name: String,
    /// What it is: «улица», «проспект».
    #[serde(rename = "type", default)]
    pub kind: String,
    /// The name without the kind.
    pub core: String,
    /// The form in which names are compared: lower case, «ё» as «е», words sorted.
    pub key: String,
    #[serde(default)]
    pub lat: Option<f64>,
    #[serde(default)]
    pub lon: Option<f64>,
    /// Which side of the river.
    #[serde(default)]
    pub bank: String,
    /// The okrug it lies in, by its id, if it is known to lie in one.
    #[serde(default)]
    pub okrug: Option<String>,
    /// Where the row comes from.
    #[serde(default)]
    pub source: String,
}

/// The beginning of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Template {
    pub id: String,
    pub title: String,
    /// With places to fill, as in an answer (`{имя}`, `{адрес}`, `{номер}`), and blanks: `{date}`, `{time}`, `{place}`, `{organisation}`,
    /// `{person}`, `{contact}`, `{figure}`. Number, place and organisation are filled in the draft, if they are known; the others, a person
    /// fills.
    pub text: String,
    /// The topic it is for; without topic and group it is for any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// The group whose topics it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// What a final answer of these words makes of the matter: resolved, explained or not_resolved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// The language of the text; Russian if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
}

/// Where a house stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct House {
    /// The street's name, as [`Street::name`] writes it.
    pub street: String,
    /// The number with letter, fraction and corpus: «14/1», «97 к2», «13Б».
    pub house: String,
    /// Degrees of latitude.
    pub lat: f64,
    /// Degrees of longitude.
    pub lon: f64,
}
