//! Topic aliases of our own on this connection (MQTT 5 §3.3.2.3.4).
//!
//! Two ways lead here: a number that the application gave to a message by hand, and numbers given automatically, of which
//! the one that was used least recently is given to another topic when all are taken. A number that was once given
//! by hand is the application's for the rest of the connection. An alias stands for a topic from the moment the packet
//! that says so leaves, so [`OwnAliases::choose`] changes nothing, and [`OwnAliases::left`] says that it did.
//!
//! Must never live here: aliases of the server's, messages, or anything that outlives the connection: an alias means
//! nothing on the next one.

use crate::sorted::{NamedMap, SortedMap};

/// A topic name of so many bytes gains nothing by an alias, which takes as many: the property and its number.
const NO_GAIN: usize = 3;

/// How many numbers are given automatically at most: topics that are never used again must not fill the memory of both sides.
const MOST: u16 = 1024;

/// How a PUBLISH names its topic.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Naming {
    /// By its name.
    Name,
    /// By its name, for which this alias stands from then on.
    Sets(u16),
    /// By the alias that stands for it.
    Alias(u16),
}

/// What the server knows by number.
#[derive(Clone, Debug, Default)]
pub struct OwnAliases {
    maximum: u16,
    automatic: bool,
    /// What each number stands for.
    numbers: SortedMap<u16, Number>,
    /// The number that stands for a topic; where several do, the last one that was set.
    by_topic: NamedMap<u16>,
    /// The numbers that may be given to another topic automatically, by when they were used last.
    by_use: SortedMap<u64, u16>,
    /// Up to which number none is free.
    given: u16,
    uses: u64,
}

#[derive(Clone, Debug)]
struct Number {
    topic: Box<str>,
    used: u64,
    by_hand: bool,
}

impl OwnAliases {
    /// Numbers 1 to `maximum`, as the server allows; given automatically, too, if so wished. At first there are none.
    pub fn allow(&mut self, maximum: u16, automatic: bool) {
        self.maximum = maximum;
        self.automatic = automatic;
    }

    /// Whether there are any to be given: `by_hand`, or automatically, and the server takes them.
    pub fn are_to_be_given(&self, by_hand: bool) -> bool {
        self.maximum > 0 && (self.automatic || by_hand)
    }

    /// How a PUBLISH to `topic` names it, with the number it was given by hand, if any.
    pub fn choose(&self, topic: &str, by_hand: Option<u16>) -> Naming {
        match by_hand {
            Some(number) if number > self.maximum => Naming::Name,
            Some(number) => match self.numbers.get(&number) {
                Some(known) if *known.topic == *topic => Naming::Alias(number),
                _ => Naming::Sets(number),
            },
            None if !self.automatic || topic.len() <= NO_GAIN => Naming::Name,
            None => match (self.by_topic.get(topic), self.next()) {
                (Some(number), _) => Naming::Alias(*number),
                (None, Some(number)) => Naming::Sets(number),
                (None, None) => Naming::Name,
            },
        }
    }

    /// A PUBLISH to `topic` leaves, named as was chosen.
    pub fn left(&mut self, topic: &str, naming: Naming, by_hand: bool) {
        let number = match naming {
            Naming::Name => return,
            Naming::Alias(number) => number,
            Naming::Sets(number) => {
                self.set(number, topic.into());
                number
            }
        };
        if let Some(known) = self.numbers.get_mut(&number) {
            self.uses += 1;
            self.by_use.remove(&known.used);
            known.used = self.uses;
            known.by_hand |= by_hand;
            if !known.by_hand {
                self.by_use.insert(known.used, number);
            }
        }
    }

    fn set(&mut self, number: u16, topic: Box<str>) {
        self.by_topic.insert(&topic, number);
        match self.numbers.get_mut(&number) {
            Some(known) => {
                let before = std::mem::replace(&mut known.topic, topic);
                if self.by_topic.get(&before) == Some(&number) && before != known.topic {
                    self.by_topic.remove(&before);
                }
            }
            None => {
                let known = Number {
                    topic,
                    used: 0,
                    by_hand: false,
                };
                self.numbers.insert(number, known);
            }
        }
        while self.given < self.maximum && self.numbers.get(&(self.given + 1)).is_some() {
            self.given += 1;
        }
    }

    /// The number to be given automatically next: one that is free, or the one used least recently.
    fn next(&self) -> Option<u16> {
        if self.given < self.maximum.min(MOST) {
            return Some(self.given + 1);
        }
        self.by_use.iter().next().map(|(_, number)| *number)
    }
}
