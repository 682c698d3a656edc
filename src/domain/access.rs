//! Who may do what: roles, rights, and the part of the organisation tree they hold for.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::values::Id;
use super::words::vocabulary;

vocabulary! {
    /// What a member of staff is.
    Role {
        /// Triages: distributes, corrects, merges, puts aside.
        Moderator = "moderator",
        /// Takes an organisation's queue and passes it on inside.
        Coordinator = "coordinator",
        /// Prepares answers.
        Executor = "executor",
        /// Approves answers.
        Approver = "approver",
        /// Watches deadlines and quality; decides what the others cannot.
        Controller = "controller",
        /// Runs the installation: staff, sources, policy.
        Administrator = "administrator",
        /// A program: reads, confirms deliveries.
        Integration = "integration",
    }
}

vocabulary! {
    /// A right.
    Permission {
        /// See incidents of one's part of the tree.
        ReadIncidents = "read_incidents",
        /// See residents' names, contacts and texts unmasked.
        ReadPersonalData = "read_personal_data",
        /// See who opened personal data, when and why.
        ReadDisclosures = "read_disclosures",
        /// Distribute, correct, put aside.
        Triage = "triage",
        /// Merge duplicates and part them.
        Merge = "merge",
        /// Pass on inside the organisation, give back as misrouted, defer.
        Coordinate = "coordinate",
        /// Take, draft, submit.
        Work = "work",
        /// Approve or send back.
        Approve = "approve",
        /// Report what happened in the network: delivered, failed, answered outside.
        ReportDelivery = "report_delivery",
        /// Close answered incidents, open them again.
        Close = "close",
        /// See figures.
        ReadStatistics = "read_statistics",
        /// See the policy: organisations, topics, routes, terms.
        ReadPolicy = "read_policy",
        /// Change the policy.
        WritePolicy = "write_policy",
        /// Manage staff.
        ManageStaff = "manage_staff",
        /// Manage sources and their secrets.
        ManageSources = "manage_sources",
        /// See official pages of one's part of the tree, and how they fare.
        ViewPages = "view_pages",
        /// Register official pages, connect and disconnect them.
        ManagePages = "manage_pages",
        /// Carry the whole table out.
        Export = "export",
    }
}

impl Role {
    /// The rights of this role. What is not listed is denied.
    pub const fn permissions(self) -> &'static [Permission] {
        use Permission::*;
        match self {
            Role::Moderator => &[
                ReadIncidents,
                ReadPersonalData,
                Triage,
                Merge,
                ReportDelivery,
                Close,
                ReadStatistics,
                ReadPolicy,
                Export,
            ],
            Role::Coordinator => &[
                ReadIncidents,
                ReadPersonalData,
                Coordinate,
                Work,
                ReportDelivery,
                ReadStatistics,
                ReadPolicy,
                ViewPages,
                Export,
            ],
            Role::Executor => &[ReadIncidents, ReadPersonalData, Work, ReadPolicy],
            Role::Approver => &[ReadIncidents, ReadPersonalData, Approve, ReadStatistics, ReadPolicy, ViewPages],
            Role::Controller => &[
                ReadIncidents,
                ReadPersonalData,
                ReadDisclosures,
                Triage,
                Merge,
                Close,
                ReadStatistics,
                ReadPolicy,
                ViewPages,
                Export,
            ],
            Role::Administrator => &[
                ReadIncidents,
                ReadDisclosures,
                ReadStatistics,
                ReadPolicy,
                WritePolicy,
                ManageStaff,
                ManageSources,
                ViewPages,
                ManagePages,
                Export,
            ],
            Role::Integration => &[ReadIncidents, ReportDelivery, ReadPolicy],
        }
    }

    /// Whether this role has the right.
    pub fn may(self, permission: Permission) -> bool {
        self.permissions().contains(&permission)
    }
}

/// Which organisations' incidents somebody sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// The whole city: staff of the root, or the program itself.
    All,
    /// One organisation and all below it.
    Subtree(Arc<BTreeSet<String>>),
}

impl Scope {
    /// Whether an incident with this organisation and executor is inside. One that nobody is responsible for is inside
    /// [`Scope::All`] only.
    pub fn holds(&self, organisation: Option<&str>, executor: Option<&str>) -> bool {
        match self {
            Scope::All => true,
            Scope::Subtree(ids) => {
                organisation.is_some_and(|o| ids.contains(o)) || executor.is_some_and(|e| ids.contains(e))
            }
        }
    }
}

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A member of staff.
    Staff {
        /// Their account.
        id: Id,
        /// What they are.
        role: Role,
        /// Where they work.
        organisation: String,
        /// What they see.
        scope: Scope,
    },
    /// A source, pushing messages in.
    Source(Id),
    /// The author of the complaint, through a message.
    Author,
    /// Otklik itself: a clock, a job, an import.
    System,
}

impl Actor {
    /// How the actor is named in events: `staff:…`, `source:…`, `author`, `system`.
    pub fn tag(&self) -> String {
        match self {
            Actor::Staff { id, .. } => format!("staff:{id}"),
            Actor::Source(id) => format!("source:{id}"),
            Actor::Author => "author".to_owned(),
            Actor::System => "system".to_owned(),
        }
    }

    /// Whether the actor has the right. Otklik itself has every right; sources and authors act only through intake.
    pub fn may(&self, permission: Permission) -> bool {
        match self {
            Actor::Staff { role, .. } => role.may(permission),
            Actor::System => true,
            Actor::Source(_) | Actor::Author => false,
        }
    }

    /// What the actor sees.
    pub fn scope(&self) -> Scope {
        match self {
            Actor::Staff { scope, .. } => scope.clone(),
            _ => Scope::All,
        }
    }
}
