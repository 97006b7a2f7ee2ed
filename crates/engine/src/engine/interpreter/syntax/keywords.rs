//! The keywords of all grammars, found by a hash.

/// How many keywords are told apart at most, a power of two.
const SLOTS: usize = 2048;

/// The longest keyword has fewer letters.
const LONGEST: usize = 24;

/// Keywords by their spelling.
pub(super) struct Keywords {
    words: Vec<&'static str>,
    /// One more than a place in `words`, or 0.
    slots: Vec<u16>,
}

impl Keywords {
    /// A list without repetition.
    pub(super) fn new(spellings: impl Iterator<Item = &'static str>) -> Self {
        let mut keywords = Self { words: Vec::new(), slots: vec![0; SLOTS] };
        for word in spellings {
            let slot = keywords.slot(word.as_bytes());
            if let Some(place @ 0) = keywords.slots.get_mut(slot)
                && let Ok(next) = u16::try_from(keywords.words.len() + 1)
            {
                *place = next;
                keywords.words.push(word);
            }
        }
        keywords
    }

    /// All keywords by their places.
    pub(super) fn words(&self) -> impl Iterator<Item = &'static str> {
        self.words.iter().copied()
    }

    /// The place of a word, in whatever case it is written.
    pub(super) fn find(&self, word: &str) -> Option<u16> {
        let mut lower = [0; LONGEST];
        let lower = lower.get_mut(..word.len())?;
        lower.copy_from_slice(word.as_bytes());
        lower.make_ascii_lowercase();
        self.slots.get(self.slot(lower)).and_then(|place| place.checked_sub(1))
    }

    /// Where a word in lower case is, or the empty slot where it would be.
    fn slot(&self, lower: &[u8]) -> usize {
        let hash = lower.iter().fold(0x811c_9dc5_u32, |hash, byte| {
            (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
        });
        let mut slot = (hash ^ (hash >> 15)) as usize % SLOTS;
        loop {
            match self.slots.get(slot) {
                None | Some(0) => return slot,
                Some(place) => {
                    let word = self.words.get(usize::from(*place) - 1);
                    if word.is_some_and(|word| word.as_bytes() == lower) {
                        return slot;
                    }
                }
            }
            slot = (slot + 1) % SLOTS;
        }
    }
}
