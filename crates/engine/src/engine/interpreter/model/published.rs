use super::{Model, Object, Oid, Other, OtherKind};

/// Members of publications.
impl Model {
    /// Takes an object away that nothing depends on, such as that which makes a table a member.
    pub(crate) fn forget_other(&mut self, oid: Oid) {
        if matches!(self.objects.get(&oid), Some(Object::Other(_))) {
            self.remove(oid);
        }
    }

    /// Whether it is not known which members publications have.
    pub(crate) fn publications_in_doubt(&self) -> bool {
        self.publications_in_doubt
    }

    /// It is not known any more which members publications have.
    pub(crate) fn doubt_publications(&mut self) {
        self.publications_in_doubt = true;
    }

    /// Another state has or may have other members of publications.
    pub(crate) fn doubt_publications_unlike(&mut self, other: &Self) {
        let members = |model: &Self| -> Vec<Oid> {
            let is_member = |kind| {
                matches!(
                    kind,
                    OtherKind::PublicationTable
                        | OtherKind::PublicationSchema
                        | OtherKind::PublicationAll
                )
            };
            model.all::<Other>().filter(|(_, o)| is_member(o.kind)).map(|(oid, _)| oid).collect()
        };
        self.publications_in_doubt |=
            other.publications_in_doubt || members(self) != members(other);
    }
}
