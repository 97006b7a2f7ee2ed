//! The numbers by which a step chooses.

/// The numbers by which one step makes its choices.
pub(crate) type Step = [u8; 14];

/// The numbers of a step, one for each choice; zero once they are used up.
pub(crate) struct Choices<'s>(pub(crate) std::slice::Iter<'s, u8>);

impl Choices<'_> {
    /// A number below `count`, which may be zero only where nobody asks.
    pub(crate) fn of(&mut self, count: usize) -> usize {
        usize::from(self.0.next().copied().unwrap_or(0)) % count.max(1)
    }

    pub(crate) fn index(&mut self, count: usize) -> Option<usize> {
        (count > 0).then(|| self.of(count))
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let at = self.index(from.len())?;
        from.get(at)
    }
}
