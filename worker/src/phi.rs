//! Protected health information, kept out of logs and errors by its type.

use std::fmt;

/// Clinical data. It has no `Display` and no `Serialize`, and its `Debug` shows nothing, so that it can
/// only leave through [`Phi::expose`], which is easy to search for.
#[derive(Clone, PartialEq)]
pub struct Phi<T>(T);

impl<T> Phi<T> {
    /// Wraps clinical data.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The data, for the provider or the database and for nothing else.
    pub const fn expose(&self) -> &T {
        &self.0
    }

    /// The data by value, for the provider or the database and for nothing else.
    pub fn into_exposed(self) -> T {
        self.0
    }
}

impl<T> fmt::Debug for Phi<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phi(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::Phi;

    #[test]
    fn debug_shows_nothing_of_the_data() {
        assert_eq!(format!("{:?}", Some(Phi::new("Ada Lovelace"))), "Some(Phi(redacted))");
    }
}
