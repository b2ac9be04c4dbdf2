//! Which subscriptions an application has reason to believe in, by what it asked for and was told.

use std::collections::{BTreeMap, BTreeSet};

use mqtt_mooring::client::output::Event;
use mqtt_mooring::session::outbound::Token;

/// All of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filters {
    /// Granted, and neither given up nor gone.
    granted: BTreeSet<String>,
    /// Requests whose callers wait for an answer.
    asked: BTreeSet<Token>,
    /// To be given up by this request, of which nobody knows whether the server has heard.
    doubted: BTreeMap<String, Token>,
}

impl Filters {
    pub(crate) fn subscribe(&mut self, token: Token) {
        self.asked.insert(token);
    }

    pub(crate) fn unsubscribe(&mut self, token: Token, filter: &str) {
        self.asked.insert(token);
        self.doubted.insert(filter.into(), token);
    }

    /// A request that has no answer yet.
    pub(crate) fn open(&self, number: usize) -> Option<Token> {
        let count = self.asked.len();
        self.asked.iter().nth(number % count.max(1)).copied()
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
                self.answered(*token, event);
                for (filter, _, reason) in results {
                    assert!(!reason.is_failure(), "this server grants everything");
                    // Of one that nobody waits for it is not known whether it came before.
                    if token.is_some() && self.doubted.get(&**filter) < token.as_ref() {
                        self.doubted.remove(&**filter);
                    }
                    self.granted.insert(filter.to_string());
                }
            }
            Event::Unsubscribed { token, results, .. } => {
                self.answered(*token, event);
                for (filter, ..) in results {
                    if self.doubted.get(&**filter) == token.as_ref() {
                        self.doubted.remove(&**filter);
                    }
                    self.granted.remove(&**filter);
                }
            }
            Event::RequestFailed { token, .. } => self.answered(Some(*token), event),
            Event::Cancelled { token, .. } => drop(self.asked.remove(token)),
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

    fn answered(&mut self, token: Option<Token>, event: &Event) {
        if let Some(token) = token {
            assert!(self.asked.remove(&token), "{event:?} for nobody");
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
            .filter(|filter| !self.doubted.contains_key(*filter))
    }
}
