//! What has changed since somebody last asked: the thread from the state to its journal.
//!
//! Nothing is kept until somebody follows, so a session without a journal pays nothing. Must never live
//! here: what a change means.

/// The places that changed.
#[derive(Clone, Debug)]
pub(super) struct Touched<T> {
    places: Option<Vec<T>>,
}

impl<T> Default for Touched<T> {
    fn default() -> Self {
        Self { places: None }
    }
}

impl<T> Touched<T> {
    /// From here on every change is kept.
    pub(super) fn follow(&mut self) {
        self.places.get_or_insert_default();
    }

    pub(super) fn mark(&mut self, place: T) {
        if let Some(places) = &mut self.places {
            places.push(place);
        }
    }

    /// All that changed, leaving none.
    pub(super) fn take(&mut self) -> Vec<T> {
        self.places.as_mut().map(std::mem::take).unwrap_or_default()
    }
}
