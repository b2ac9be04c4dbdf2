//! Which subscriptions an application has reason to believe in, by what it asked for and was told.

use std::collections::{BTreeMap, BTreeSet};

use mqtt_mooring::client::output::Event;
use mqtt_mooring::session::outbound::Token;

/// What was asked for.
#[derive(Clone, Debug)]
enum Asked {
    Subscribe(String),
    Unsubscribe(String),
}

/// All of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filters {
    /// Granted, and neither given up nor gone.
    granted: BTreeSet<String>,
    asked: BTreeMap<Token, Asked>,
    /// To be given up by this request, of which nobody knows whether the server has heard.
    doubted: BTreeMap<String, Token>,
    /// Asked for, and nobody waited for the answer.
    vague: BTreeSet<String>,
}

impl Filters {
    pub(crate) fn subscribe(&mut self, token: Token, filter: &str) {
        self.asked.insert(token, Asked::Subscribe(filter.into()));
    }

    pub(crate) fn unsubscribe(&mut self, token: Token, filter: &str) {
        self.asked.insert(token, Asked::Unsubscribe(filter.into()));
        self.doubted.insert(filter.into(), token);
    }

    /// A request that has no answer yet.
    pub(crate) fn open(&self, number: usize) -> Option<Token> {
        let count = self.asked.len();
        self.asked.keys().nth(number % count.max(1)).copied()
    }

    /// The page is another one, and this is what it found in storage.
    pub(crate) fn taken_over<'a>(&mut self, found: impl Iterator<Item = &'a str>) {
        let found: BTreeSet<String> = found.map(Into::into).collect();
        self.asked.clear();
        // Tokens begin anew: every request of this page comes later.
        self.doubted.values_mut().for_each(|token| *token = 0);
        // Given up, and the page died before that was stored.
        for filter in found.difference(&self.granted) {
            self.doubted.insert(filter.clone(), 0);
        }
        self.granted = found;
    }

    /// The application is told something.
    pub(crate) fn note(&mut self, event: &Event) {
        match event {
            Event::Subscribed { token, results, .. } => {
                assert!(self.asked.remove(token).is_some(), "{event:?} for nobody");
                for (filter, _, reason) in results {
                    let filter = filter.to_string();
                    if self.doubted.get(&filter).is_some_and(|it| it < token) {
                        self.doubted.remove(&filter);
                    }
                    assert!(!reason.is_failure(), "this server grants everything");
                    self.granted.insert(filter);
                }
            }
            Event::Unsubscribed { token, results, .. } => {
                assert!(self.asked.remove(token).is_some(), "{event:?} for nobody");
                for (filter, _) in results {
                    if self.doubted.get(&**filter).is_some_and(|it| it <= token) {
                        self.doubted.remove(&**filter);
                    }
                    self.granted.remove(&**filter);
                }
            }
            Event::RequestFailed { token, .. } => {
                assert!(self.asked.remove(token).is_some(), "{event:?} for nobody");
            }
            Event::Cancelled { token, .. } => {
                if let Some(Asked::Subscribe(filter) | Asked::Unsubscribe(filter)) =
                    self.asked.remove(token)
                {
                    self.vague.insert(filter);
                }
            }
            Event::SessionLost { filters, .. } => {
                let lost = filters.iter().map(|filter| filter.to_string()).collect();
                self.compare(&lost, "lost");
            }
            Event::Refused { .. } => panic!("this server grants everything: {event:?}"),
            _ => {}
        }
    }

    /// Everything has had its time: what the client holds is what the application was told, and with `served` also
    /// what the server holds.
    pub(crate) fn close(&self, held: &[String], served: Option<&[String]>) {
        assert!(self.asked.is_empty(), "unanswered: {:?}", self.asked);
        let held = held.iter().cloned().collect();
        self.compare(&held, "held");
        for filter in self.sure(&held) {
            let there = served.is_none_or(|served| served.contains(filter));
            assert!(there, "{filter} is not held by the server: {served:?}");
        }
    }

    fn compare(&self, held: &BTreeSet<String>, what: &str) {
        let granted: Vec<_> = self.sure(&self.granted).collect();
        let held: Vec<_> = self.sure(held).collect();
        assert_eq!(granted, held, "subscriptions granted, and {what}");
    }

    fn sure<'a>(&'a self, filters: &'a BTreeSet<String>) -> impl Iterator<Item = &'a String> {
        filters
            .iter()
            .filter(|filter| !self.doubted.contains_key(*filter) && !self.vague.contains(*filter))
    }
}
