//! The command line. Each command is one call; what it does stands in its own module.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};
use otklik::app::{App, CannotStart};
use otklik::commands::staff::Password;
use otklik::commands::{self, Failed};
use otklik::config::Config;
use otklik::desk::staff::NewMember;
use otklik::domain::{At, Role};
use otklik::{backup, demo, evaluate, http, import, log, serve, train};

/// Citizen incident management: takes complaints in, routes them, keeps the promise by the clock, publishes the answer, reports
/// honestly.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// The settings, in TOML; `deploy/otklik.example.toml` shows them all. Variables such as OTKLIK_DATABASE__URL override them.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve, with a worker beside, until told to stop.
    Serve {
        /// Leave the jobs to workers of their own (`otklik work`).
        #[arg(long)]
        no_work: bool,
    },
    /// Do jobs and sweep deadlines without serving.
    Work,
    /// Bring the database up to this program's schema.
    Migrate,
    /// Show a city that lives by itself; needs no settings.
    Demo(demo::Args),
    /// Manage accounts, above all the first one.
    #[command(subcommand)]
    Staff(Staff),
    /// Check and load a city's policy.
    #[command(subcommand)]
    Policy(Policy),
    /// Take over the table of the real system.
    Import(import::Args),
    /// Write a consistent copy of the data, also while the service runs.
    Backup(backup::BackupArgs),
    /// Fill an empty database from a copy.
    Restore(backup::RestoreArgs),
    /// Learn topics from a file of decided texts, and tell how good that is.
    Train {
        #[command(flatten)]
        args: train::Args,
        /// Put the model in use in the configured database, learned under the topics of its policy.
        #[arg(long, conflicts_with_all = ["out", "city", "target"])]
        into_database: bool,
    },
    /// Measure triage on files of decided cases.
    Evaluate(evaluate::Args),
    /// Print the API's description, OpenAPI 3.1 in JSON.
    Openapi,
}

#[derive(Subcommand)]
enum Staff {
    /// Add an account; prints its login and its password, which is made up.
    Add {
        /// What the member signs in with.
        login: String,
        /// The member's name.
        #[arg(long)]
        name: String,
        /// moderator, coordinator, executor, approver, controller, administrator or integration.
        #[arg(long)]
        role: Role,
        /// The organisation's id in the policy.
        #[arg(long)]
        organisation: String,
        /// The language of pages.
        #[arg(long, default_value = "ru", value_parser = ["ru", "en"])]
        language: String,
        /// Where letters go; without it, there are none.
        #[arg(long)]
        email: Option<String>,
        /// Read the password from standard input instead of making one up.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Give an account another password, and sign it out everywhere.
    Password {
        login: String,
        /// Read the password from standard input instead of making one up.
        #[arg(long)]
        password_stdin: bool,
    },
    /// List all accounts.
    List,
}

#[derive(Subcommand)]
enum Policy {
    /// Check a city's directory, and list everything that is wrong with it.
    Check {
        #[arg(value_name = "DIR")]
        directory: PathBuf,
    },
    /// Store a city's directory as the next version of the policy.
    Load {
        #[arg(value_name = "DIR")]
        directory: PathBuf,
        /// Why it changes.
        #[arg(long, default_value = "")]
        note: String,
    },
}

fn main() -> ExitCode {
    share_heaps();
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => {
            eprintln!("otklik: {failed}");
            ExitCode::FAILURE
        }
    }
}

/// glibc gives threads heaps of their own, up to eight a core, and keeps what they free in each. Two serve as fast, and hold a third less.
fn share_heaps() {
    #[cfg(target_env = "gnu")]
    // SAFETY: the only thread that runs yet is this one.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 2);
    }
}

fn run(cli: Cli) -> Result<(), Failed> {
    let config = || Config::load(cli.config.as_deref()).map_err(|bad| Failed::Other(bad.to_string()));
    match cli.command {
        Command::Serve { no_work } => Ok(serve::serve(start(config()?)?, !no_work)?),
        Command::Work => Ok(serve::work(start(config()?)?)?),
        Command::Migrate => commands::migrate(&config()?),
        Command::Demo(args) => demo::run(args),
        Command::Staff(command) => staff(&config()?, command),
        Command::Policy(Policy::Check { directory }) => commands::policy::check(&directory),
        Command::Policy(Policy::Load { directory, note }) => commands::policy::load(&config()?, &directory, &note),
        Command::Import(args) => import::run(&config()?, args),
        Command::Backup(args) => backup::backup(&config()?, &args),
        Command::Restore(args) => backup::restore(&config()?, &args),
        Command::Train { args, into_database: true } => commands::learn::into_database(&config()?, &args.file),
        Command::Train { args, into_database: false } => train::run(&args),
        Command::Evaluate(args) => evaluate::run(&args),
        Command::Openapi => {
            let document = http::api::openapi().to_pretty_json().map_err(|error| Failed::Other(error.to_string()))?;
            Ok(writeln!(std::io::stdout(), "{document}")?)
        }
    }
}

/// Begins the log and opens the service by the machine's clock.
fn start(config: Config) -> Result<App, CannotStart> {
    log::start(&config.log);
    App::start(config, Arc::new(At::now))
}

fn staff(config: &Config, command: Staff) -> Result<(), Failed> {
    let source = |stdin| if stdin { Password::StandardInput } else { Password::Random };
    match command {
        Staff::Add { login, name, role, organisation, language, email, password_stdin } => {
            let new = NewMember { login, name, role, organisation, language, email };
            commands::staff::add(config, new, source(password_stdin))
        }
        Staff::Password { login, password_stdin } => {
            commands::staff::set_password(config, &login, source(password_stdin))
        }
        Staff::List => commands::staff::list(config),
    }
}
