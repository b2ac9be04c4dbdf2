//! What was accepted, handed over and told, over all pages; and what must have come of it at the end.

use std::collections::BTreeMap;

use mqtt_mooring::client::output::{Certainty, Delivery, Direction, Event, LossCause};
use mqtt_mooring::codec::{QoS, ReasonCode};
use mqtt_mooring::session::journal::RecordName;
use mqtt_mooring::session::outbound::Token;

use super::disk::Disk;
use super::rules::Rules;
use super::view::View;

/// What an application was told of a message of its own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Fate {
    /// The server's word; of QoS 0, that it was handed to the transport.
    Out(ReasonCode),
    /// Not seen to the end.
    Lost(Certainty, LossCause),
}

/// A message to the server.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) topic: String,
    pub(crate) payload: Vec<u8>,
    pub(crate) qos: QoS,
    pub(crate) key: Option<String>,
    /// The page that accepted it.
    pub(crate) page: usize,
    /// What which page was told.
    pub(crate) told: Vec<(usize, Fate)>,
    /// A page was told that it is stored.
    pub(crate) stored: bool,
    /// A page died and left it in storage after it had told what became of it: a successor tells again.
    again: usize,
    /// It was taken back, or may have been, and yet its record outlived the page: the successor sends it, in a
    /// place of its own.
    came_back: bool,
    /// The caller waits no longer, as the page at hand was told.
    alone: bool,
    /// The page at hand may have taken it back, and not said so yet.
    doomed: bool,
    /// Its page died before it was stored: nobody knows of it.
    pub(crate) forgotten: bool,
    /// Storage was damaged in a way that this one may have suffered from.
    pub(crate) excused: bool,
    /// How often the server lost the session after it had sent this one onward and before it said so, and
    /// it may have been sent as a new message since.
    pub(crate) doubles: usize,
}

/// How a message from the server was handed over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Handed {
    pub(crate) page: usize,
    pub(crate) duplicate: bool,
}

/// A message from the server.
#[derive(Clone, Debug)]
pub(crate) struct Coming {
    pub(crate) topic: String,
    pub(crate) payload: Vec<u8>,
    pub(crate) qos: QoS,
    pub(crate) handed: Vec<Handed>,
    /// When it was handed over first, counted in deliveries.
    first: usize,
    /// How many pages died between handing it over and noting that.
    repeats: usize,
    /// The last page left it in storage: a successor owes it.
    owed: bool,
    /// The server does not have it any more: it is where the client has it.
    dropped: bool,
    pub(crate) excused: bool,
}

/// All of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Book {
    pub(crate) sent: Vec<Sent>,
    pub(crate) coming: Vec<Coming>,
    tokens: BTreeMap<Token, usize>,
    pub(crate) page: usize,
    /// Identifiers of the server's may mean two things from here on: nothing is asked of what it sends.
    astray: bool,
    /// There was no room for a received message and then for a later one: should the page die now and the server
    /// lose the session, they are handed over in the order in which there was room.
    crowded: bool,
    /// So many may wait; the oldest make room for the newest, and nobody knows which before it is told.
    pub(crate) room: Option<usize>,
    deliveries: usize,
}

impl Book {
    /// The topic and the body of the next message to the server; none is part of another's.
    pub(crate) fn draft(&self, filler: usize) -> (String, Vec<u8>) {
        let number = self.sent.len();
        let filler = "~".repeat(filler);
        (
            format!("out/{number:03}"),
            format!("body of {number:03} {filler}").into_bytes(),
        )
    }

    /// A message was accepted.
    pub(crate) fn accepted(&mut self, token: Token, sent: Sent) {
        let index = self.sent.len();
        assert!(self.tokens.insert(token, index).is_none(), "token {token}");
        self.sent.push(sent);
    }

    /// What `accepted` is given.
    pub(crate) fn entry(&self, topic: &str, payload: &[u8], qos: QoS, key: Option<String>) -> Sent {
        Sent {
            topic: topic.into(),
            payload: payload.into(),
            qos,
            key,
            page: self.page,
            told: Vec::new(),
            stored: false,
            again: 0,
            came_back: false,
            alone: false,
            doomed: false,
            forgotten: false,
            excused: false,
            doubles: 0,
        }
    }

    /// The server has lost the session. What arrived and is not known here to have, may arrive again if it
    /// is sent as a new one: because the application wants that (`republishes`), or because the loss was
    /// never heard of.
    pub(crate) fn session_lost(&mut self, arrived: &[String], republishes: &dyn Fn(&str) -> bool) {
        for sent in &mut self.sent {
            let text = String::from_utf8_lossy(&sent.payload);
            let told = |(_, fate): &(usize, Fate)| matches!(fate, Fate::Out(_));
            let exposed = !sent.told.iter().any(told) && arrived.iter().any(|a| *a == text);
            sent.doubles += usize::from(exposed && republishes(&sent.topic));
        }
    }

    /// The server has a message for the client.
    pub(crate) fn expected(&mut self, topic: &str, payload: &[u8], qos: QoS) {
        self.coming.push(Coming {
            topic: topic.into(),
            payload: payload.into(),
            qos,
            handed: Vec::new(),
            first: 0,
            repeats: 0,
            owed: false,
            dropped: false,
            excused: self.astray,
        });
    }

    /// Storage was damaged, and this is what is left: of the rest nothing is asked.
    pub(crate) fn excuse_all_but(&mut self, left: &View) {
        for sent in &mut self.sent {
            sent.excused |= sent.told.is_empty() && !left.sends(&sent.topic);
        }
        for coming in &mut self.coming {
            coming.excused |= !left.receives(&coming.topic);
        }
    }

    /// Storage held the one and now holds the other: of what is not there any more nothing is asked.
    pub(crate) fn excuse_lost(&mut self, before: &View, after: &View) {
        for sent in &mut self.sent {
            sent.excused |= before.sends(&sent.topic) && !after.sends(&sent.topic);
        }
        for coming in &mut self.coming {
            coming.excused |= before.receives(&coming.topic) && !after.receives(&coming.topic);
        }
    }

    /// The server has dropped what it had for the client; this is what the client holds.
    pub(crate) fn server_dropped(&mut self, held: &View) {
        for coming in &mut self.coming {
            coming.dropped = true;
            coming.excused |= coming.handed.is_empty() && !held.receives(&coming.topic);
        }
    }

    /// What the client holds of the server's session, the server does not know any more, and neither knows
    /// that: of what comes from the server nothing is asked.
    pub(crate) fn goes_astray(&mut self) {
        self.astray = true;
        for coming in &mut self.coming {
            coming.excused = true;
        }
    }

    /// Storage does not say any more that messages were in flight in a session the server has lost: they go before those
    /// that wait to be sent anew.
    pub(crate) fn loses_order(&mut self) {
        for sent in &mut self.sent {
            sent.came_back |= sent.told.is_empty() || sent.again > 0;
        }
    }

    /// Whether anything has suffered from a damaged storage.
    pub(crate) fn has_excused(&self) -> bool {
        self.astray
            || self.sent.iter().any(|sent| sent.excused)
            || self.coming.iter().any(|c| c.excused)
    }

    /// Whether the page at hand was asked to publish under `topic`.
    pub(crate) fn own(&self, topic: &str) -> bool {
        self.sent
            .iter()
            .any(|s| s.topic == topic && s.page == self.page)
    }

    /// An operation that has no outcome and a caller, who may now lose patience.
    pub(crate) fn open(&mut self, number: usize) -> Option<Token> {
        let page = self.page;
        let open: Vec<_> = self
            .tokens
            .iter()
            .filter(|(_, index)| {
                let sent = &self.sent[**index];
                !sent.alone && sent.told.iter().all(|(told, _)| *told != page)
            })
            .map(|(token, index)| (*token, *index))
            .collect();
        // Every third choice is for what was not asked for here.
        let (token, index) = *open.get(number % (open.len() + open.len() / 2 + 1))?;
        self.sent[index].doomed = true;
        Some(token)
    }

    /// The page is gone; `left` is what a successor will find.
    pub(crate) fn page_died(&mut self, left: &View, rules: &Rules) {
        self.tokens.clear();
        for sent in &mut self.sent {
            let held = left.sends(&sent.topic);
            sent.again += usize::from(held && !sent.told.is_empty());
            let taken_back = sent.doomed || matches!(sent.told.last(), Some((_, Fate::Lost(..))));
            sent.came_back |= held && (taken_back || self.room.is_some());
            if sent.told.is_empty() && !held {
                let may_be_taken_back = sent.doomed || self.room.is_some();
                let lost = rules.is_lost(&sent.topic);
                let taken_back = may_be_taken_back && (lost || !rules.has_sent(&sent.topic));
                assert!(
                    sent.excused || !sent.stored || taken_back,
                    "{} was stored, is not, and nobody was told",
                    sent.topic
                );
                // It may have arrived in a session the server has lost since.
                sent.excused |= taken_back && lost;
                sent.stored &= !taken_back;
                sent.forgotten = true;
                assert!(
                    sent.excused || sent.qos == QoS::AtMostOnce || !rules.has_sent(&sent.topic),
                    "{} left before it was stored",
                    sent.topic
                );
            }
        }
        for sent in &mut self.sent {
            (sent.alone, sent.doomed) = (false, false);
        }
        for coming in &mut self.coming {
            let held = left.receives(&coming.topic);
            coming.repeats += usize::from(held && !coming.handed.is_empty());
            coming.owed = held;
            coming.excused |= coming.dropped && coming.handed.is_empty() && !held;
        }
        self.page += 1;
    }

    /// A successor knows these of its predecessor's messages, by these tokens.
    pub(crate) fn inherited(
        &mut self,
        tokens: impl Iterator<Item = (Token, String, Option<String>)>,
    ) {
        for (token, topic, key) in tokens {
            let index = self.sent.iter().position(|s| s.topic == topic);
            let index = index.expect("a message that was accepted");
            assert_eq!(self.sent[index].key, key, "the key of {topic}");
            assert!(!self.sent[index].forgotten, "{topic} came back");
            assert!(self.tokens.insert(token, index).is_none(), "token {token}");
        }
    }

    /// The application is handed a message.
    pub(crate) fn handed(&mut self, delivery: &Delivery, chunk: &[u8]) {
        let topic = String::from_utf8_lossy(delivery.topic.bytes(chunk)).into_owned();
        let coming = self.coming.iter_mut().find(|c| c.topic == topic);
        let coming = coming.unwrap_or_else(|| panic!("nobody sent {topic}"));
        assert_eq!(coming.payload, delivery.payload.bytes(chunk), "{topic}");
        assert_eq!(coming.qos, delivery.qos, "{topic}");
        let handed = Handed {
            page: self.page,
            duplicate: delivery.duplicate,
        };
        if coming.qos == QoS::ExactlyOnce && !coming.handed.is_empty() {
            assert!(
                coming.excused || handed.duplicate,
                "{topic} twice, the second not flagged"
            );
            assert!(
                coming.excused || coming.handed.len() <= coming.repeats,
                "{topic} handed over {} times, of which {} may be repeated",
                coming.handed.len() + 1,
                coming.repeats
            );
        }
        self.deliveries += 1;
        if coming.handed.is_empty() {
            coming.first = self.deliveries;
        }
        coming.owed = false;
        coming.handed.push(handed);
    }

    /// The application is told something. With `whole`, nobody has cleared the storage.
    pub(crate) fn note(&mut self, event: &Event, disk: &Disk, whole: bool) {
        match event {
            Event::StorageTrouble {
                name: RecordName::Incoming(_),
                ..
            } => self.crowded = true,
            Event::Stored(token) => {
                let sent = self.by_token(*token);
                sent.stored = true;
                assert!(
                    !whole || disk.outgoing_with(sent.topic.as_bytes()) == 1,
                    "{} is not stored",
                    sent.topic
                );
            }
            Event::Sent(token) => {
                let page = self.page;
                let sent = self.by_token(*token);
                assert_eq!(sent.qos, QoS::AtMostOnce);
                sent.told.push((page, Fate::Out(ReasonCode::SUCCESS)));
            }
            Event::Transmitted(token) => {
                let page = self.page;
                let sent = self.by_token(*token);
                assert!(sent.stored || sent.page < page, "{} unstored", sent.topic);
            }
            Event::Cancelled { token, .. } if self.tokens.contains_key(token) => {
                let sent = self.by_token(*token);
                assert!(sent.doomed && !sent.alone, "{} has patience", sent.topic);
                sent.alone = true;
            }
            Event::MessageOut(out) => {
                self.tell(out.token, &out.message.topic, Fate::Out(out.reason));
            }
            Event::MessageLost(lost) if lost.direction == Direction::Out => {
                let topic = lost.message.as_ref().map(|m| m.topic.to_string());
                let fate = Fate::Lost(lost.certainty, lost.cause);
                self.tell(lost.token, &topic.unwrap_or_default(), fate);
            }
            Event::MessageLost(lost) => {
                let topic = lost.message.as_ref().map(|m| &*m.topic).unwrap_or_default();
                let coming = self.coming.iter_mut().find(|c| c.topic == topic);
                let coming = coming.expect("a message that was on its way");
                assert!(coming.excused, "{topic} was lost: {lost:?}");
            }
            _ => {}
        }
    }

    fn tell(&mut self, token: Option<Token>, topic: &str, fate: Fate) {
        let page = self.page;
        let alone = |sent: &Sent| sent.alone && sent.topic == topic;
        let sent = match (token, self.sent.iter().position(alone)) {
            (Some(token), _) => self.by_token(token),
            (None, Some(index)) => &mut self.sent[index],
            (None, None) => panic!("{topic} belongs to nobody: {fate:?}"),
        };
        assert_eq!(token.is_none(), sent.alone, "{topic}: whose is it?");
        assert!(
            topic.is_empty() || sent.topic == topic,
            "{topic}: not its token"
        );
        let earlier = sent.told.len();
        assert!(
            sent.told.iter().all(|(p, _)| *p != page),
            "{} has two outcomes: {:?}, {fate:?}",
            sent.topic,
            sent.told
        );
        assert!(
            sent.excused || earlier <= sent.again,
            "{} had its outcome, and was not left in storage: {:?}, {fate:?}",
            sent.topic,
            sent.told
        );
        sent.told.push((page, fate));
    }

    fn by_token(&mut self, token: Token) -> &mut Sent {
        let index = self.tokens.get(&token);
        let index = index.unwrap_or_else(|| panic!("token {token} is nobody's"));
        &mut self.sent[*index]
    }

    /// Everything has had its time. `arrived` is what the server sent onward; with `exact`, nothing
    /// happened that could excuse anything but success.
    pub(crate) fn close(&self, arrived: &[String], exact: bool) {
        for sent in &self.sent {
            let text = String::from_utf8_lossy(&sent.payload);
            let count = arrived.iter().filter(|a| **a == text).count();
            let topic = &sent.topic;
            let told = &sent.told;
            if sent.forgotten && sent.qos != QoS::AtMostOnce && !sent.excused {
                assert_eq!(count, 0, "{topic} was never stored");
                continue;
            }
            let least = usize::from(
                told.iter()
                    .any(|(_, fate)| *fate == Fate::Out(ReasonCode::SUCCESS)),
            );
            match sent.qos {
                QoS::AtMostOnce => assert!(count <= 1, "{topic} arrived {count} times"),
                _ if sent.excused => {}
                QoS::AtLeastOnce => assert!(count >= least, "{topic} never arrived: {told:?}"),
                QoS::ExactlyOnce => assert!(
                    (least..=1 + sent.doubles).contains(&count),
                    "{topic} arrived {count} times: {told:?}"
                ),
            }
            if sent.qos == QoS::AtMostOnce || sent.excused {
                continue;
            }
            assert!(!told.is_empty(), "{topic} has no outcome");
            for (_, fate) in told {
                match fate {
                    Fate::Lost(Certainty::NotDelivered, _) => {
                        assert_eq!(count, 0, "{topic} arrived: {told:?}");
                    }
                    Fate::Lost(..) if exact => panic!("{topic}: {told:?}"),
                    _ => {}
                }
            }
        }
        for coming in self.coming.iter().filter(|c| !c.excused) {
            let topic = &coming.topic;
            if coming.qos != QoS::AtMostOnce {
                assert!(!coming.handed.is_empty(), "{topic} was never handed over");
            }
            assert!(
                !coming.owed,
                "{topic} was left in storage and not handed over"
            );
        }
        self.orders(arrived);
    }

    fn orders(&self, arrived: &[String]) {
        for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
            let mut places = Vec::new();
            let kept_in_order = |s: &&Sent| s.qos == qos && !s.excused && !s.came_back;
            for sent in self.sent.iter().filter(kept_in_order) {
                let text = String::from_utf8_lossy(&sent.payload);
                places.extend(arrived.iter().position(|a| **a == text));
            }
            assert!(places.is_sorted(), "{qos:?} out of order: {arrived:?}");
            let coming = self.coming.iter().filter(|c| c.qos == qos && !c.excused);
            let firsts: Vec<usize> = coming.map(|c| c.first).filter(|f| *f > 0).collect();
            assert!(
                self.crowded || firsts.is_sorted(),
                "{qos:?} handed over out of order: {firsts:?}"
            );
        }
    }
}
