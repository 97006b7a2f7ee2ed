//! What visitors may do, and how a sentence says it.

use super::Survey;
use super::words::list;
use crate::catalog::{Answer, Command, Counting, GrantChange, ObjectName, Policy, Privilege};
use crate::finding::Label;

/// The commands that a privilege and a policy can be for.
const COMMANDS: [(Command, Privilege); 4] = [
    (Command::Select, Privilege::Select),
    (Command::Insert, Privilege::Insert),
    (Command::Update, Privilege::Update),
    (Command::Delete, Privilege::Delete),
];

/// The commands that a policy is for.
pub(in crate::checks) fn commands_of(policy: &Policy) -> impl Iterator<Item = Command> {
    let commands = COMMANDS.into_iter().map(|(command, _)| command);
    commands.filter(|command| policy.command == Command::All || policy.command == *command)
}

fn privilege_for(command: Command) -> Privilege {
    COMMANDS
        .into_iter()
        .find(|(known, _)| *known == command)
        .map_or(Privilege::Select, |(_, privilege)| privilege)
}

/// What one role of visitors may do with a table.
#[derive(Debug, Clone)]
pub(in crate::checks) struct Rights {
    /// The role.
    pub(in crate::checks) role: String,
    /// What it may do.
    pub(in crate::checks) commands: Vec<Command>,
    /// It cannot be told of some commands.
    pub(in crate::checks) open: bool,
}

impl Survey<'_> {
    /// Which privileges count: those of the platform too, unless the project does without them.
    pub(in crate::checks) fn counting(&self) -> Counting {
        let exposes = self.facts.project.and_then(|project| project.exposes_new_objects);
        if exposes == Some(false) { Counting::WithoutPlatform } else { Counting::All }
    }

    /// Whether a role may do a command on a table or view.
    pub(in crate::checks) fn answer(
        &self,
        counting: Counting,
        role: &str,
        command: Command,
        relation: &ObjectName,
    ) -> Answer {
        let access = &self.catalog().access;
        access.may_counting(counting, role, privilege_for(command), relation)
    }

    /// Whether a role may read a column of a table or view.
    pub(in crate::checks) fn may_read(
        &self,
        role: &str,
        relation: &ObjectName,
        column: &str,
    ) -> Answer {
        let access = &self.catalog().access;
        access.may_on_column(self.counting(), role, Privilege::Select, (relation, column))
    }

    /// What each role of visitors may do with a table or view, those that may do nothing left out.
    pub(in crate::checks) fn rights(
        &self,
        counting: Counting,
        relation: &ObjectName,
    ) -> Vec<Rights> {
        let mut found = Vec::new();
        for role in self.scope.visitors.roles() {
            let mut rights = Rights { role: role.clone(), commands: Vec::new(), open: false };
            for (command, _) in COMMANDS {
                match self.answer(counting, role, command, relation) {
                    Answer::Yes => rights.commands.push(command),
                    Answer::No => {}
                    Answer::Unknown => rights.open = true,
                }
            }
            if rights.open || !rights.commands.is_empty() {
                found.push(rights);
            }
        }
        found
    }

    /// Whether some visitor may do a command on a table or view, and which roles certainly may.
    pub(in crate::checks) fn who_may(
        &self,
        command: Command,
        relation: &ObjectName,
    ) -> (Answer, Vec<String>) {
        let (mut answer, mut roles) = (Answer::No, Vec::new());
        for role in self.scope.visitors.roles() {
            let may = self.answer(self.counting(), role, command, relation);
            answer = answer.or(may);
            if may == Answer::Yes {
                roles.push(role.clone());
            }
        }
        (answer, roles)
    }

    /// How a sentence calls those who come as one of these roles.
    pub(in crate::checks) fn visitors_called(&self, roles: &[String]) -> &'static str {
        if roles.iter().any(|role| self.scope.visitors.signed_out.contains(role)) {
            "anyone with the public key"
        } else {
            "anyone with an account"
        }
    }

    /// The statements that granted these roles a privilege on a relation, where a migration did.
    pub(in crate::checks) fn grants_shown(
        &self,
        relation: &ObjectName,
        roles: &[String],
    ) -> Vec<Label> {
        let Some(access) = self.catalog().access.relations.get(relation) else { return Vec::new() };
        let to_them = |change: &&GrantChange| {
            change.granted && (change.grantee == "public" || roles.contains(&change.grantee))
        };
        let mut last = access.history.iter().filter(to_them).filter_map(|change| {
            let text = format!("{} granted to {}", change.privileges, change.grantee);
            change.span.map(|span| Label { span, text })
        });
        last.next_back().into_iter().collect()
    }

    /// The statements in doubt that may concern a relation.
    pub(in crate::checks) fn access_doubts(&self, object: &ObjectName) -> Vec<Label> {
        let doubts = self.catalog().access.doubts.iter();
        let about = doubts.filter(|doubt| {
            doubt.objects.as_ref().is_none_or(|names| names.iter().any(|name| name.covers(object)))
        });
        about.map(|doubt| Label { span: doubt.span, text: doubt.reason.clone() }).collect()
    }
}

/// `SELECT and INSERT`
pub(in crate::checks) fn commands_listed(commands: &[Command]) -> String {
    list(&commands.iter().map(ToString::to_string).collect::<Vec<_>>())
}

/// `anon may SELECT and INSERT, authenticated may SELECT`; roles with the same rights together.
pub(in crate::checks) fn rights_listed(rights: &[Rights]) -> String {
    let mut groups: Vec<(Vec<String>, &[Command])> = Vec::new();
    for right in rights.iter().filter(|right| !right.commands.is_empty()) {
        match groups.iter_mut().find(|(_, commands)| *commands == right.commands.as_slice()) {
            Some((roles, _)) => roles.push(right.role.clone()),
            None => groups.push((vec![right.role.clone()], &right.commands)),
        }
    }
    let said = |(roles, commands): &(Vec<String>, &[Command])| {
        format!("{} may {}", list(roles), commands_listed(commands))
    };
    groups.iter().map(said).collect::<Vec<_>>().join(", ")
}
