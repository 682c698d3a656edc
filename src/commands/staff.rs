//! `otklik staff`: accounts from the command line, above all the first one.

use std::io::BufRead as _;

use super::{Failed, desk};
use crate::config::Config;
use crate::desk::password;
use crate::desk::staff::{self, NewMember, StaffFilter};

/// Where a new password comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Password {
    /// It is made up, and printed once.
    Random,
    /// It is the first line of standard input.
    StandardInput,
}

impl Password {
    fn get(self) -> Result<String, Failed> {
        match self {
            Password::Random => password::made_up().map_err(|error| Failed::Other(format!("no randomness: {error}"))),
            Password::StandardInput => {
                let mut line = String::new();
                std::io::stdin().lock().read_line(&mut line)?;
                Ok(line.trim_end_matches(['\r', '\n']).to_owned())
            }
        }
    }

    fn tell(self, login: &str, password: &str) {
        match self {
            Password::Random => println!("{login} {password}"),
            Password::StandardInput => println!("{login}"),
        }
    }
}

/// Adds an account, and prints its login and, if it was made up, its password.
///
/// # Errors
/// [`Failed`].
pub fn add(config: &Config, new: NewMember, source: Password) -> Result<(), Failed> {
    let (store, desk) = desk(config)?;
    let (password, login) = (source.get()?, new.login.clone());
    let hash = password::hash(&password, &login, "/password")?;
    store.write_now(move |conn| staff::add(conn, &desk, new, hash))?;
    source.tell(&login, &password);
    Ok(())
}

/// Gives an account another password, and prints it if it was made up.
///
/// # Errors
/// [`Failed`].
pub fn set_password(config: &Config, login: &str, source: Password) -> Result<(), Failed> {
    let (store, desk) = desk(config)?;
    let password = source.get()?;
    let hash = password::hash(&password, login, "/password")?;
    let wanted = login.to_owned();
    store.write_now(move |conn| {
        let member = staff::by_login(conn, &desk, &wanted)?;
        staff::set_password(conn, &desk, member.id, hash)
    })?;
    source.tell(login, &password);
    Ok(())
}

/// Prints every account: login, role, organisation, state and name, divided by tabs.
///
/// # Errors
/// [`Failed`].
pub fn list(config: &Config) -> Result<(), Failed> {
    let (store, desk) = desk(config)?;
    let everybody = store.read_now(move |conn| staff::list(conn, &desk, StaffFilter::default(), None, i64::MAX))?;
    for member in everybody {
        let state = if member.active { "on" } else { "off" };
        println!("{}\t{}\t{}\t{state}\t{}", member.login, member.role, member.organisation, member.name);
    }
    Ok(())
}
