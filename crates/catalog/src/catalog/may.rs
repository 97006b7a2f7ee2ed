//! Whether a role may do something, as PostgreSQL would say.

use std::collections::BTreeMap;

use super::{Access, AccessControl, ObjectName, PUBLIC, Privilege, is_system};

/// An answer that may be lacking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It is so.
    Yes,
    /// It is not so.
    No,
    /// It cannot be told.
    Unknown,
}

impl Answer {
    /// Whether both are so.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Yes, Self::Yes) => Self::Yes,
            _ => Self::Unknown,
        }
    }

    /// Whether one of the two is so.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Yes, _) | (_, Self::Yes) => Self::Yes,
            (Self::No, Self::No) => Self::No,
            _ => Self::Unknown,
        }
    }
}

impl From<bool> for Answer {
    fn from(value: bool) -> Self {
        if value { Self::Yes } else { Self::No }
    }
}

/// Which privileges count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counting {
    /// Those that there are.
    All,
    /// Those that there would be if the platform granted nothing on new objects.
    WithoutPlatform,
}

/// The part of an object that a privilege is for.
#[derive(Debug, Clone, Copy)]
enum Part<'a> {
    Whole,
    Column(&'a str),
    AnyColumn,
}

/// The schema in which every role finds what the server brings.
const PG_CATALOG: &str = "pg_catalog";

/// The role that may do everything to a role that lets it read every table.
/// <https://www.postgresql.org/docs/current/predefined-roles.html>
const READ_ALL: &str = "pg_read_all_data";

/// The same for writing.
const WRITE_ALL: &str = "pg_write_all_data";

impl AccessControl {
    /// Whether a role may do that to a table or view, or to a column of it, and may use its schema.
    #[must_use]
    pub fn may(&self, role: &str, privilege: Privilege, relation: &ObjectName) -> Answer {
        self.may_counting(Counting::All, role, privilege, relation)
    }

    /// The same with those privileges that count.
    #[must_use]
    pub fn may_counting(
        &self,
        counting: Counting,
        role: &str,
        privilege: Privilege,
        relation: &ObjectName,
    ) -> Answer {
        let usage = self.has_schema_privilege(role, Privilege::Usage, &relation.schema);
        if usage == Answer::No {
            return Answer::No;
        }
        usage.and(
            self.on_relation(counting, role, privilege, relation, Part::Whole)
                .or(self.on_relation(counting, role, privilege, relation, Part::AnyColumn)),
        )
    }

    /// Whether a role may do that to one column of a table or view with those privileges that count, and may use its
    /// schema.
    #[must_use]
    pub fn may_on_column(
        &self,
        counting: Counting,
        role: &str,
        privilege: Privilege,
        (relation, column): (&ObjectName, &str),
    ) -> Answer {
        let on = |part| self.on_relation(counting, role, privilege, relation, part);
        self.has_schema_privilege(role, Privilege::Usage, &relation.schema)
            .and(on(Part::Whole).or(on(Part::Column(column))))
    }

    /// Whether a role may call a function and use its schema.
    #[must_use]
    pub fn may_execute(&self, role: &str, function: &ObjectName, arguments: &[String]) -> Answer {
        self.has_schema_privilege(role, Privilege::Usage, &function.schema)
            .and(self.has_function_privilege(role, function, arguments))
    }

    /// `has_table_privilege`; for a sequence `has_sequence_privilege`.
    #[must_use]
    pub fn has_table_privilege(
        &self,
        role: &str,
        privilege: Privilege,
        relation: &ObjectName,
    ) -> Answer {
        self.on_relation(Counting::All, role, privilege, relation, Part::Whole)
    }

    /// `has_column_privilege`: one on the table counts.
    #[must_use]
    pub fn has_column_privilege(
        &self,
        role: &str,
        privilege: Privilege,
        relation: &ObjectName,
        column: &str,
    ) -> Answer {
        let on = |part| self.on_relation(Counting::All, role, privilege, relation, part);
        on(Part::Whole).or(on(Part::Column(column)))
    }

    /// `has_any_column_privilege`: one on the table counts.
    #[must_use]
    pub fn has_any_column_privilege(
        &self,
        role: &str,
        privilege: Privilege,
        relation: &ObjectName,
    ) -> Answer {
        let on = |part| self.on_relation(Counting::All, role, privilege, relation, part);
        on(Part::Whole).or(on(Part::AnyColumn))
    }

    /// `has_schema_privilege`
    #[must_use]
    pub fn has_schema_privilege(&self, role: &str, privilege: Privilege, schema: &str) -> Answer {
        let everyone = schema == PG_CATALOG || schema == "information_schema";
        if everyone && privilege == Privilege::Usage {
            return Answer::Yes;
        }
        let Some(holder) = self.holder(role) else { return Answer::Unknown };
        if holder.superuser {
            return Answer::Yes;
        }
        let known = self.schemas.get(schema).map_or(Answer::Unknown, |access| {
            holder.has(access, privilege, Part::Whole, Counting::All)
        });
        let by_role = match privilege {
            Privilege::Usage => holder.is(READ_ALL).or(holder.is(WRITE_ALL)),
            _ => Answer::No,
        };
        self.doubted(known.or(by_role), &holder, &ObjectName::new("", schema))
    }

    /// `has_function_privilege`
    #[must_use]
    pub fn has_function_privilege(
        &self,
        role: &str,
        function: &ObjectName,
        arguments: &[String],
    ) -> Answer {
        let Some(holder) = self.holder(role) else { return Answer::Unknown };
        if holder.superuser {
            return Answer::Yes;
        }
        let key = (function.clone(), arguments.to_vec());
        let known = match self.functions.get(&key) {
            Some(access) => holder.has(access, Privilege::Execute, Part::Whole, Counting::All),
            // Some functions of the server are for its administrators.
            None if is_system(&function.schema) => Answer::Unknown,
            None => Answer::Yes,
        };
        self.doubted(known, &holder, function)
    }

    fn on_relation(
        &self,
        counting: Counting,
        role: &str,
        privilege: Privilege,
        relation: &ObjectName,
        part: Part<'_>,
    ) -> Answer {
        let Some(holder) = self.holder(role) else { return Answer::Unknown };
        if holder.superuser {
            return Answer::Yes;
        }
        let known = self.relations.get(relation).map_or(Answer::Unknown, |access| {
            match holder.has(access, privilege, part, counting) {
                // Extensions grant some of what they bring.
                Answer::No if access.of_extension && counting == Counting::All => Answer::Unknown,
                known => known,
            }
        });
        let by_role = match (privilege, part) {
            (_, Part::Column(_) | Part::AnyColumn) => Answer::No,
            (Privilege::Select, _) => holder.is(READ_ALL),
            (Privilege::Insert | Privilege::Update | Privilege::Delete, _) => holder.is(WRITE_ALL),
            _ => Answer::No,
        };
        self.doubted(known.or(by_role), &holder, relation)
    }

    /// Whether a statement in doubt may have granted or revoked something on an object.
    #[must_use]
    pub fn is_in_doubt(&self, object: &ObjectName) -> bool {
        self.doubts.iter().any(|doubt| {
            doubt.objects.as_ref().is_none_or(|names| names.iter().any(|n| n.covers(object)))
        })
    }

    /// An answer that a statement in doubt may have changed is none.
    fn doubted(&self, answer: Answer, holder: &Holder<'_>, object: &ObjectName) -> Answer {
        let changes = self.doubts.iter().any(|doubt| {
            let about = match answer {
                Answer::Yes => doubt.revokes,
                Answer::No => doubt.grants,
                Answer::Unknown => false,
            };
            about
                && doubt.objects.as_ref().is_none_or(|names| names.iter().any(|n| n.covers(object)))
                && doubt.grantees.as_ref().is_none_or(|roles| {
                    roles.iter().any(|role| role == PUBLIC || holder.is(role) != Answer::No)
                })
        });
        if changes { Answer::Unknown } else { answer }
    }

    /// A role with those whose privileges it has.
    fn holder(&self, role: &str) -> Option<Holder<'_>> {
        let (name, own) = self.roles.get_key_value(role)?;
        let mut roles: BTreeMap<&str, Answer> = BTreeMap::from([(name.as_str(), Answer::Yes)]);
        let mut pending = vec![name.as_str()];
        while let Some(member) = pending.pop() {
            let Some(found) = self.roles.get(member) else { continue };
            let so_far = roles.get(member).copied().unwrap_or(Answer::Unknown);
            for (group, membership) in &found.memberships {
                let inherits = membership.inherits.map_or(Answer::Unknown, Answer::from);
                let reached = so_far.and(inherits);
                let known = roles.get(group.as_str()).copied().unwrap_or(Answer::No);
                if reached != Answer::No && known.or(reached) != known {
                    roles.insert(group, known.or(reached));
                    pending.push(group);
                }
            }
        }
        Some(Holder { superuser: own.superuser, roles })
    }
}

/// A role with those whose privileges it has.
struct Holder<'a> {
    superuser: bool,
    roles: BTreeMap<&'a str, Answer>,
}

impl Holder<'_> {
    /// Whether it has the privileges of that role.
    fn is(&self, role: &str) -> Answer {
        self.roles.get(role).copied().unwrap_or(Answer::No)
    }

    /// Whether what is granted to a grantee is granted to it.
    fn has_those_of(&self, grantee: &str) -> Answer {
        if grantee == PUBLIC { Answer::Yes } else { self.is(grantee) }
    }

    fn has(
        &self,
        access: &Access,
        privilege: Privilege,
        part: Part<'_>,
        counting: Counting,
    ) -> Answer {
        let fits = |column: Option<&str>| match part {
            Part::Whole => column.is_none(),
            Part::Column(wanted) => column == Some(wanted),
            Part::AnyColumn => column.is_some(),
        };
        access
            .grants
            .iter()
            .filter(|grant| fits(grant.column.as_deref()) && grant.privileges.contains(privilege))
            .filter(|grant| {
                counting == Counting::All
                    // A server does not tell what came of which statement.
                    || access.history.is_empty()
                    || grant.grantee == access.owner
                    || access.is_granted_by_user(&grant.grantee, grant.column.as_deref(), privilege)
            })
            .fold(Answer::No, |answer, grant| answer.or(self.has_those_of(&grant.grantee)))
    }
}

impl Access {
    /// Whether a privilege that a role has was granted by a statement, and not only by the platform.
    fn is_granted_by_user(
        &self,
        grantee: &str,
        column: Option<&str>,
        privilege: Privilege,
    ) -> bool {
        let mut granted = false;
        for change in &self.history {
            let about = change.grantee == grantee && change.privileges.contains(privilege);
            if about && change.granted {
                granted |= change.span.is_some() && change.column.as_deref() == column;
            } else if about && (change.column.is_none() || change.column.as_deref() == column) {
                granted = false;
            }
        }
        granted
    }

    /// The latest statement that granted a privilege which these roles hold, or the default of the platform.
    #[must_use]
    pub fn last_grant(
        &self,
        grantees: &[&str],
        privilege: Privilege,
    ) -> Option<&super::GrantChange> {
        self.history.iter().rev().find(|change| {
            change.granted
                && change.privileges.contains(privilege)
                && grantees.contains(&change.grantee.as_str())
        })
    }
}
