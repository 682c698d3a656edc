//! Who works in the city of the demo: a login of each role for its guest, and the people whom the demo plays itself.

use serde::Deserialize;
use serde_json::json;

use super::Failed;
use super::client::{Client, Member, Missed};
use crate::app::App;
use crate::desk::staff::{self, NewMember};
use crate::desk::{Error, password};
use crate::domain::{Actor, Role};
use crate::store::Conn;

/// Where an account belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The root of the city's tree.
    Root,
    /// This organisation; the root, if the policy does not have it.
    At(&'static str),
}

/// An account of the demo.
#[derive(Debug, Clone, Copy)]
struct Post {
    login: &'static str,
    name: &'static str,
    role: Role,
    place: Place,
}

/// The accounts for whoever looks at the demo.
const GUESTS: [Post; 7] = [
    Post { login: "moderator", name: "Модератор ЦУР", role: Role::Moderator, place: Place::Root },
    Post {
        login: "coordinator",
        name: "Координатор, администрация города",
        role: Role::Coordinator,
        place: Place::At("omsk-city"),
    },
    Post {
        login: "executor",
        name: "Исполнитель, Департамент городского хозяйства",
        role: Role::Executor,
        place: Place::At("omsk-dgh"),
    },
    Post {
        login: "approver",
        name: "Согласующий, Департамент городского хозяйства",
        role: Role::Approver,
        place: Place::At("omsk-dgh"),
    },
    Post { login: "controller", name: "Контролёр ЦУР", role: Role::Controller, place: Place::Root },
    Post { login: "administrator", name: "Администратор", role: Role::Administrator, place: Place::Root },
    Post { login: "integration", name: "Программа обмена", role: Role::Integration, place: Place::Root },
];

/// The people whom the demo plays. They serve the root, so they can stand for anybody below it.
const PLAYED: [Post; 5] = [
    Post { login: "demo-moderator", name: "Демо: модераторы", role: Role::Moderator, place: Place::Root },
    Post {
        login: "demo-controller", name: "Демо: контролёры", role: Role::Controller, place: Place::Root
    },
    Post {
        login: "demo-coordinator", name: "Демо: координаторы", role: Role::Coordinator, place: Place::Root
    },
    Post { login: "demo-executor", name: "Демо: исполнители", role: Role::Executor, place: Place::Root },
    Post { login: "demo-approver", name: "Демо: согласующие", role: Role::Approver, place: Place::Root },
];

/// The first account, with which the demo makes all others.
const FOUNDER: Post =
    Post {
        login: "demo-administrator", name: "Демо: администратор", role: Role::Administrator, place: Place::Root
    };

/// A login as it is shown to the guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    pub login: &'static str,
    /// In whose name.
    pub name: &'static str,
    /// None if it was shown when the data was made.
    pub password: Option<String>,
}

/// Gives the demo's administrator an account, or another password. There is nobody yet who could do so over the API.
///
/// # Errors
/// [`Failed::Desk`], [`Failed::Randomness`].
pub fn found(app: &App, client: &Client) -> Result<Member, Failed> {
    let secret = password::made_up().map_err(|_| Failed::Randomness)?;
    let hash = password::hash(&secret, FOUNDER.login, "/password").map_err(Failed::Desk)?;
    let desk = app.desk(Actor::System);
    let root = app.policy().doc().city.root.clone();
    app.store()
        .write_now(move |conn: &mut Conn| -> Result<(), Error> {
            match staff::by_login(conn, &desk, FOUNDER.login) {
                Ok(member) => staff::set_password(conn, &desk, member.id, hash).map(|_| ()),
                Err(Error::NotFound(_)) => {
                    let Post { login, name, role, .. } = FOUNDER;
                    let (login, name, language) = (login.to_owned(), name.to_owned(), "ru".to_owned());
                    let new = NewMember { login, name, role, organisation: root, language, email: None };
                    staff::add(conn, &desk, new, hash).map(|_| ())
                }
                Err(error) => Err(error),
            }
        })
        .map_err(Failed::Desk)?;
    Ok(Member::new(client.clone(), FOUNDER.login, &secret))
}

#[derive(Deserialize)]
struct Account {
    id: crate::domain::Id,
    login: String,
}

#[derive(Deserialize)]
struct Page {
    items: Vec<Account>,
}

/// The people whom the demo plays, in the order of [`PLAYED`], with passwords of this run.
///
/// # Errors
/// [`Failed`] when an account cannot be made.
pub fn play(app: &App, client: &Client, administrator: &mut Member) -> Result<[Member; 5], Failed> {
    let known: Page = administrator.get("/api/v1/staff?limit=200").map_err(|_| Failed::Refused("staff"))?;
    let member = |post: &Post| {
        let secret = password::made_up().map_err(|_| Failed::Randomness)?;
        match known.items.iter().find(|account| account.login == post.login) {
            Some(account) => administrator
                .put::<()>(&format!("/api/v1/staff/{}/password", account.id), &json!({ "password": secret }))
                .map_err(|_| Failed::Refused("staff"))?,
            None => add(app, administrator, post, &secret).map_err(|_| Failed::Refused("staff"))?,
        }
        Ok(Member::new(client.clone(), post.login, &secret))
    };
    let members: Result<Vec<Member>, Failed> = PLAYED.iter().map(member).collect();
    members?.try_into().map_err(|_| Failed::Refused("staff"))
}

/// The accounts for the guest. Those that are there already stay as they are.
///
/// # Errors
/// [`Failed`] when an account cannot be made.
pub fn invite(app: &App, administrator: &mut Member) -> Result<Vec<Login>, Failed> {
    let invite = |post: &Post| {
        let secret = password::made_up().map_err(|_| Failed::Randomness)?;
        let password = match add(app, administrator, post, &secret) {
            Ok(()) => Some(secret),
            Err(Missed::Raced) => None,
            Err(_) => return Err(Failed::Refused("staff")),
        };
        Ok(Login { login: post.login, name: post.name, password })
    };
    GUESTS.iter().map(invite).collect()
}

/// Adds an account over the API; [`Missed::Raced`] if there is one of this login.
fn add(app: &App, administrator: &mut Member, post: &Post, secret: &str) -> Result<(), Missed> {
    let policy = app.policy();
    let root = policy.doc().city.root.as_str();
    let organisation = match post.place {
        Place::At(id) if policy.organisation(id).is_some() => id,
        _ => root,
    };
    let account = json!({
        "login": post.login, "name": post.name, "role": post.role, "organisation": organisation, "password": secret,
    });
    administrator.post::<serde_json::Value>("/api/v1/staff", &account).map(|_| ())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::demo::data::{OMSK, tests::policy};

    #[test]
    fn there_is_a_guest_of_every_role_and_every_post_is_in_the_policy() {
        let policy = policy(OMSK);
        let roles: HashSet<Role> = GUESTS.iter().map(|post| post.role).collect();
        assert_eq!(roles.len(), Role::ALL.len());
        for post in GUESTS {
            if let Place::At(id) = post.place {
                assert!(policy.organisation(id).is_some(), "{id}");
            }
        }
    }
}
