//! Members of staff and their accounts. An administrator manages those of the own organisation and all below it; others do not exist
//! for them.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::password::PasswordHash;
use super::version::{self, mark};
use super::{Desk, Error, given};
use crate::domain::notice::is_email;
use crate::domain::refusal::Faults;
use crate::domain::{Actor, At, Id, Language, Permission, Refusal, Role, Scope};
use crate::store::records::Staff;
use crate::store::{Conn, sessions, staff};

pub use crate::store::staff::StaffFilter;

/// A member of staff, without the password's hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Member {
    pub id: Id,
    #[schema(example = "anna.petrova")]
    pub login: String,
    #[schema(example = "Анна Петрова")]
    pub name: String,
    pub role: Role,
    /// The organisation's id in the policy.
    pub organisation: String,
    /// Whether the account can be used.
    pub active: bool,
    /// The language of pages: `ru` or `en`.
    pub language: String,
    pub created_at: At,
    /// Where letters go; none: no letters.
    #[schema(example = "anna.petrova@example.org")]
    pub email: Option<String>,
}

impl From<Staff> for Member {
    fn from(row: Staff) -> Member {
        let Staff { id, login, name, role, organisation, active, language, created_at, email, .. } = row;
        Member { id, login, name, role, organisation, active, language, created_at, email }
    }
}

impl Member {
    /// The version that `If-Match` compares.
    pub fn version(&self) -> i64 {
        mark(&(&self.name, self.role, &self.organisation, self.active, &self.language, &self.email))
    }
}

/// What those are called who acted, by the tags that records keep of them. Whoever may see a record may see who made it.
///
/// # Errors
/// [`Error::Store`].
pub fn names<'t>(
    conn: &mut Conn,
    desk: &Desk,
    tags: impl IntoIterator<Item = &'t str>,
) -> Result<HashMap<Id, String>, Error> {
    desk.need(Permission::ReadIncidents)?;
    let ids: BTreeSet<Id> = tags.into_iter().filter_map(of_tag).collect();
    let ids: Vec<Id> = ids.into_iter().collect();
    Ok(staff::names(conn, &ids)?.into_iter().collect())
}

/// The member whom a tag names; none if it names somebody else.
pub fn of_tag(tag: &str) -> Option<Id> {
    tag.strip_prefix("staff:")?.parse().ok()
}

/// What a new member is.
#[derive(Debug, Clone)]
pub struct NewMember {
    pub login: String,
    pub name: String,
    pub role: Role,
    pub organisation: String,
    pub language: String,
    pub email: Option<String>,
}

/// What to change of a member; what is absent stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberChange {
    #[schema(min_length = 1, max_length = 200)]
    pub name: Option<String>,
    pub role: Option<Role>,
    /// The organisation's id in the policy.
    #[schema(min_length = 1, max_length = 64)]
    pub organisation: Option<String>,
    /// `false` switches the account off and signs it out everywhere.
    pub active: Option<bool>,
    #[schema(pattern = "^(ru|en)$")]
    pub language: Option<String>,
    /// Where letters go; `null` ends letters.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 254)]
    pub email: Option<Option<String>>,
}

/// Adds a member.
///
/// # Errors
/// [`Refusal`]; [`Error::Conflict`] when the login is taken.
pub fn add(conn: &mut Conn, desk: &Desk, new: NewMember, password: PasswordHash) -> Result<Member, Error> {
    desk.need(Permission::ManageStaff)?;
    check(Some(&new.login), &new.name, &new.language, new.email.as_deref())?;
    need_organisation(desk, &new.organisation)?;
    if staff::by_login(conn, &new.login)?.is_some() {
        return Err(Error::Conflict("there is an account of this login already"));
    }
    let row = Staff {
        id: Id::new(desk.now),
        login: new.login,
        name: new.name.trim().to_owned(),
        role: new.role,
        organisation: new.organisation,
        password_hash: password.0,
        active: true,
        language: new.language,
        epoch: 0,
        created_at: desk.now,
        email: new.email,
        notices_off: String::new(),
    };
    staff::insert(conn, &row)?;
    Ok(row.into())
}

/// The actor's part of the staff that a filter lets through.
fn visible(desk: &Desk, filter: StaffFilter) -> StaffFilter {
    let organisations = match (desk.actor.scope(), filter.organisations) {
        (Scope::All, asked) => asked,
        (Scope::Subtree(own), None) => Some(own.iter().cloned().collect()),
        (Scope::Subtree(own), Some(asked)) => Some(asked.into_iter().filter(|id| own.contains(id)).collect()),
    };
    StaffFilter { organisations, ..filter }
}

/// Members after a login, in the order of logins.
///
/// # Errors
/// [`Refusal::Forbidden`].
pub fn list(
    conn: &mut Conn,
    desk: &Desk,
    filter: StaffFilter,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<Member>, Error> {
    desk.need(Permission::ManageStaff)?;
    let rows = staff::list(conn, &visible(desk, filter), after, limit)?;
    Ok(rows.into_iter().map(Member::from).collect())
}

/// How many members a list has.
///
/// # Errors
/// [`Refusal::Forbidden`].
pub fn count(conn: &mut Conn, desk: &Desk, filter: StaffFilter) -> Result<i64, Error> {
    desk.need(Permission::ManageStaff)?;
    Ok(staff::count(conn, &visible(desk, filter))?)
}

/// One member of the actor's part of the tree.
///
/// # Errors
/// [`Error::NotFound`].
pub fn find(conn: &mut Conn, desk: &Desk, id: Id) -> Result<Member, Error> {
    Ok(managed(conn, desk, id)?.into())
}

/// Changes a member, provided it is still as the actor saw it. Another role or organisation holds at once; an account that is
/// switched off is signed out everywhere.
///
/// # Errors
/// [`Refusal`], [`Error::NotFound`], [`Error::Stale`].
pub fn change(conn: &mut Conn, desk: &Desk, id: Id, seen: Option<i64>, change: MemberChange) -> Result<Member, Error> {
    let before = managed(conn, desk, id)?;
    version::need(seen, Member::from(before.clone()).version())?;
    let after = Staff {
        name: change.name.map_or_else(|| before.name.clone(), |name| name.trim().to_owned()),
        role: change.role.unwrap_or(before.role),
        organisation: change.organisation.unwrap_or_else(|| before.organisation.clone()),
        active: change.active.unwrap_or(before.active),
        language: change.language.unwrap_or_else(|| before.language.clone()),
        email: change.email.unwrap_or_else(|| before.email.clone()),
        ..before.clone()
    };
    check(None, &after.name, &after.language, after.email.as_deref())?;
    if after.organisation != before.organisation {
        need_organisation(desk, &after.organisation)?;
    }
    let powers = |s: &Staff| (s.role, s.organisation.clone(), s.active);
    if is_self(desk, id) && powers(&before) != powers(&after) {
        return Err(Refusal::invalid("", "your own role, organisation and state are changed by somebody else").into());
    }
    write(conn, &before, after, desk.now)
}

/// Gives a member another password and signs them out everywhere.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Conflict`].
pub fn set_password(conn: &mut Conn, desk: &Desk, id: Id, password: PasswordHash) -> Result<Member, Error> {
    let before = managed(conn, desk, id)?;
    replace_password(conn, before, password, desk.now)
}

/// The actor's own account.
///
/// # Errors
/// [`Error::NotFound`] when the actor is not a member of staff.
pub fn me(conn: &mut Conn, desk: &Desk) -> Result<Member, Error> {
    Ok(own(conn, desk)?.into())
}

/// Gives the actor another password and signs them out everywhere. That the old one was known is proved before, by
/// [`Candidate::prove`](super::session::Candidate::prove).
///
/// # Errors
/// [`Error::Conflict`].
pub fn set_own_password(
    conn: &mut Conn,
    desk: &Desk,
    _proof: &super::session::Proven,
    password: PasswordHash,
) -> Result<Member, Error> {
    let before = own(conn, desk)?;
    replace_password(conn, before, password, desk.now)
}

/// The account of a login, for the command line.
///
/// # Errors
/// [`Error::NotFound`].
pub fn by_login(conn: &mut Conn, desk: &Desk, login: &str) -> Result<Member, Error> {
    desk.need(Permission::ManageStaff)?;
    Ok(staff::by_login(conn, login)?.ok_or(MISSING)?.into())
}

/// Chooses the language of the actor's own pages.
///
/// # Errors
/// [`Error::NotFound`] when the actor is not a member of staff; [`Error::Conflict`].
pub fn set_own_language(conn: &mut Conn, desk: &Desk, language: Language) -> Result<Member, Error> {
    let before = own(conn, desk)?;
    let after = Staff { language: language.as_str().to_owned(), ..before.clone() };
    write(conn, &before, after, desk.now)
}

const MISSING: Error = Error::NotFound("member of staff");

fn replace_password(conn: &mut Conn, before: Staff, password: PasswordHash, now: At) -> Result<Member, Error> {
    let after = Staff { password_hash: password.0, epoch: before.epoch + 1, ..before.clone() };
    let member = write(conn, &before, after, now)?;
    sessions::revoke_all(conn, before.id, now)?;
    Ok(member)
}

fn write(conn: &mut Conn, before: &Staff, mut after: Staff, now: At) -> Result<Member, Error> {
    let switched_off = before.active && !after.active;
    if switched_off {
        after.epoch = before.epoch + 1;
        sessions::revoke_all(conn, before.id, now)?;
    }
    if staff::update(conn, before, &after)? {
        Ok(after.into())
    } else {
        Err(Error::Conflict("the account changed at the same moment; look again"))
    }
}

/// A member that the actor manages.
fn managed(conn: &mut Conn, desk: &Desk, id: Id) -> Result<Staff, Error> {
    desk.need(Permission::ManageStaff)?;
    let row = staff::find(conn, id)?.ok_or(MISSING)?;
    if desk.actor.scope().holds(Some(&row.organisation), None) { Ok(row) } else { Err(MISSING) }
}

/// The actor's own account.
pub(super) fn own(conn: &mut Conn, desk: &Desk) -> Result<Staff, Error> {
    let Actor::Staff { id, .. } = &desk.actor else { return Err(MISSING) };
    known(conn, *id)
}

/// The account of this identity, whoever asks.
pub(super) fn known(conn: &mut Conn, id: Id) -> Result<Staff, Error> {
    staff::find(conn, id)?.ok_or(MISSING)
}

fn is_self(desk: &Desk, id: Id) -> bool {
    matches!(&desk.actor, Actor::Staff { id: own, .. } if *own == id)
}

/// The organisation must be in the policy, and the actor must manage it.
fn need_organisation(desk: &Desk, organisation: &str) -> Result<(), Error> {
    if desk.policy.organisation(organisation).is_none() {
        return Err(Refusal::invalid("/organisation", "must be the id of an organisation of the policy").into());
    }
    if desk.actor.scope().holds(Some(organisation), None) {
        Ok(())
    } else {
        Err(Refusal::Forbidden(Permission::ManageStaff).into())
    }
}

fn check(login: Option<&str>, name: &str, language: &str, email: Option<&str>) -> Result<(), Refusal> {
    let mut faults = Faults::default();
    faults.need(
        login.is_none_or(is_login),
        "/login",
        "must have 3 to 64 of a-z, 0-9, . _ - and @, and begin with a letter or digit",
    );
    faults.length(name, 1..=200, "/name");
    faults.need(matches!(language, "ru" | "en"), "/language", "must be ru or en");
    faults.need(email.is_none_or(is_email), "/email", "must be an address such as anna@example.org, in ASCII");
    faults.settle()
}

/// Whether an account could have this login.
fn is_login(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-@".contains(c);
    (3..=64).contains(&text.len())
        && text.chars().all(inner)
        && text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_faults_of_an_account_are_told() {
        let Err(Refusal::Invalid(faults)) = check(Some("Анна"), "", "de", Some("Анна")) else { panic!() };
        assert_eq!(faults.len(), 4);
        check(Some("anna.petrova@omsk"), "Анна", "ru", Some("anna@example.org")).unwrap();
    }

    #[test]
    fn a_version_follows_what_can_be_changed() {
        let member = Member {
            id: Id::new(At::now()),
            login: "anna".into(),
            name: "Анна".into(),
            role: Role::Executor,
            organisation: "dgh".into(),
            active: true,
            language: "ru".into(),
            created_at: At::now(),
            email: None,
        };
        let other = Member { role: Role::Approver, ..member.clone() };
        assert_ne!(member.version(), other.version());
        assert_eq!(member.version(), Member { created_at: At::NEVER, ..member.clone() }.version());
    }
}
