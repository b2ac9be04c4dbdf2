//! Every QoS, in each direction, under each version, cut at every packet of the handshake (before and
//! after it reaches the peer), and taken up again in every way there is: counts exact.
//!
//! The places to cut are found by counting the packets of a run without a cut, so that a packet more
//! or less changes the matrix by itself. Every case is named in the message of its failure.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use std::collections::BTreeMap;

use mqtt_mooring::client::config::WhenSessionLost;
use mqtt_mooring::client::output::{Certainty, Direction, LossCause};
use mqtt_mooring::codec::{QoS, ReasonCode, Version};
use mqtt_mooring::session::outbound::{OutgoingStage, Token};
use support::*;

const MESSAGES: [&str; 3] = ["one", "two", "three"];

/// How it goes on after the cut.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Recovery {
    /// The same object connects again.
    Resume,
    /// As `Resume`, but the server has lost the session.
    Lost(WhenSessionLost),
    /// A new object restores what was saved, then connects.
    Restored,
    /// A new object connects, and restores inside its `connected` handler.
    AskedFirst,
}

const RECOVERIES: [Recovery; 6] = [
    Recovery::Resume,
    Recovery::Lost(WhenSessionLost::RepublishQos1),
    Recovery::Lost(WhenSessionLost::Republish),
    Recovery::Lost(WhenSessionLost::Discard),
    Recovery::Restored,
    Recovery::AskedFirst,
];

#[derive(Clone, Copy, Debug)]
struct Case {
    version: Version,
    direction: Direction,
    qos: QoS,
    method_b: bool,
    recovery: Recovery,
}

/// All there are; method B differs from method A in what QoS 2 messages to the server do, only.
fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for version in VERSIONS {
        for direction in [Direction::Out, Direction::In] {
            for qos in QOS {
                for method_b in [false, true] {
                    if method_b && (direction == Direction::In || qos != QoS::ExactlyOnce) {
                        continue;
                    }
                    for recovery in RECOVERIES {
                        cases.push(Case {
                            version,
                            direction,
                            qos,
                            method_b,
                            recovery,
                        });
                    }
                }
            }
        }
    }
    cases
}

/// A session that both sides hold, and no connection.
fn prepared(case: Case) -> Pair {
    let mut pair = Pair::new(case.version);
    pair.server.knobs.method_b = case.method_b;
    if let Recovery::Lost(policy) = case.recovery {
        pair.config.when_session_lost = policy;
    }
    pair.establish();
    pair.break_link();
    pair
}

/// Connects and lets the three messages go, with the wire cut at `cut`.
fn work(pair: &mut Pair, case: Case, cut: Option<Cut>) -> Vec<Token> {
    let mut tokens = Vec::new();
    pair.cut = cut;
    if case.direction == Direction::In {
        for text in MESSAGES {
            pair.server
                .session_mut(ID)
                .enqueue(to_client(text, case.qos));
        }
    }
    pair.connect();
    if case.direction == Direction::Out {
        if case.qos == QoS::AtMostOnce {
            // CONNECT and CONNACK; QoS 0 goes out now or not at all.
            pair.step();
            pair.step();
        }
        for text in MESSAGES {
            match pair.client.publish(message(text, case.qos), pair.now) {
                Ok(token) => tokens.push(token),
                Err(_) => assert!(pair.was_cut && case.qos == QoS::AtMostOnce),
            }
        }
        pair.drain(&[]);
    }
    pair.run();
    tokens
}

/// Goes on after the cut, until nothing moves.
fn recover(pair: &mut Pair, recovery: Recovery) {
    match recovery {
        Recovery::Resume => {}
        Recovery::Lost(_) => pair.server.lose_sessions(),
        Recovery::Restored => {
            let saved = pair.client.save(pair.now);
            pair.reload();
            pair.now += 1_000;
            let version = pair.version;
            pair.client
                .restore(&saved, ID, version, pair.now)
                .expect("what was just saved");
            pair.drain(&[]);
        }
        Recovery::AskedFirst => {
            let saved = pair.client.save(pair.now);
            pair.reload();
            pair.now += 1_000;
            pair.handler = Handler::RestoreIfPresent(saved);
        }
    }
    pair.connect();
    pair.run();
}

/// Every place in a run of this case without a cut.
fn cuts(case: Case) -> Vec<Cut> {
    let mut pair = prepared(case);
    let tokens = work(&mut pair, case, None);
    let (got, name) = (received(&pair, case), format!("{case:?}, no cut"));
    for text in MESSAGES {
        assert_eq!(got.get(text), Some(&1), "{name}{}", pair.story());
    }
    assert_eq!(in_order(&pair, case), MESSAGES, "{name}");
    for token in tokens {
        let expected = match case.qos {
            QoS::AtMostOnce => Told::Sent,
            _ => Told::Out(ReasonCode::SUCCESS),
        };
        assert_eq!(*pair.ledger.outcome(token), expected, "{name}");
    }
    pair.assert_idle(&name);
    let places = (0..pair.packets).flat_map(|at| [false, true].map(|after| Cut { at, after }));
    places.collect()
}

/// How often each message arrived at its end.
fn received(pair: &Pair, case: Case) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for text in arrivals(pair, case) {
        *counts.entry(text).or_default() += 1;
    }
    counts
}

fn arrivals(pair: &Pair, case: Case) -> Vec<String> {
    match case.direction {
        Direction::Out => pair.server.payloads(),
        Direction::In => pair.ledger.payloads(),
    }
}

/// The messages in the order in which each arrived first.
fn in_order(pair: &Pair, case: Case) -> Vec<String> {
    let mut order = Vec::new();
    for text in arrivals(pair, case) {
        if !order.contains(&text) {
            order.push(text);
        }
    }
    order
}

/// What must come of each message after a cut: how often it arrives at least and at most, and what
/// its caller is told, as far as there still is one.
struct Expected {
    least: usize,
    most: usize,
    told: Option<Told>,
}

/// Looks at the client the moment after the cut and says what must come of it.
fn expectations(pair: &Pair, case: Case, tokens: &[Token]) -> Vec<Expected> {
    let before = received(pair, case);
    let count = |text: &str| before.get(text).copied().unwrap_or_default();
    let success = Some(Told::Out(ReasonCode::SUCCESS));
    let mut expected = Vec::new();
    for (index, text) in MESSAGES.iter().enumerate() {
        let already = count(text);
        let Recovery::Lost(policy) = case.recovery else {
            expected.push(match case.qos {
                QoS::AtMostOnce => Expected {
                    least: already,
                    most: 1,
                    told: None,
                },
                QoS::AtLeastOnce => Expected {
                    least: 1,
                    most: already + 1,
                    told: success.clone(),
                },
                QoS::ExactlyOnce => Expected {
                    least: 1,
                    most: 1,
                    told: success.clone(),
                },
            });
            continue;
        };
        if case.direction == Direction::In {
            let held = pair
                .client
                .incoming()
                .any(|(_, incoming)| *incoming.message.payload == *text.as_bytes());
            let exact = already + usize::from(held);
            expected.push(Expected {
                least: exact,
                most: exact,
                told: None,
            });
            continue;
        }
        let token = tokens.get(index).copied();
        let stage = pair
            .client
            .in_flight()
            .find(|(_, outgoing)| outgoing.token == token && token.is_some())
            .map(|(_, outgoing)| outgoing.stage);
        let queued = pair
            .client
            .outbox()
            .any(|queued| queued.token == token && token.is_some());
        let (again, told) = match stage {
            Some(OutgoingStage::PubRecReceived | OutgoingStage::AwaitingPubComp) => {
                (0, success.clone())
            }
            Some(stage) => {
                let republished = match policy {
                    WhenSessionLost::RepublishQos1 => stage == OutgoingStage::AwaitingPubAck,
                    WhenSessionLost::Republish => true,
                    WhenSessionLost::Discard => false,
                    WhenSessionLost::Ask => panic!("nobody is asked here"),
                };
                if republished {
                    (1, success.clone())
                } else {
                    let cause = LossCause::SessionLost;
                    (0, Some(Told::Lost(Certainty::Indeterminate, cause)))
                }
            }
            None if queued => (1, success.clone()),
            None if case.qos == QoS::AtMostOnce => (0, None),
            None => (0, success.clone()),
        };
        expected.push(Expected {
            least: already + again,
            most: already + again,
            told,
        });
    }
    expected
}

#[test]
fn whatever_is_cut_wherever_comes_out_exact() {
    let mut run = 0;
    for case in cases() {
        for cut in cuts(case) {
            run += 1;
            let name = format!("{case:?}, {cut:?}");
            let mut pair = prepared(case);
            let tokens = work(&mut pair, case, Some(cut));
            assert!(pair.was_cut, "{name}: not cut");
            let expected = expectations(&pair, case, &tokens);
            let pending = pair.client.in_flight().len() + pair.client.outbox().len();
            let told_before = pair.ledger.outcomes.clone();
            recover(&mut pair, case.recovery);
            let got = received(&pair, case);
            for (text, expected) in MESSAGES.iter().zip(&expected) {
                let times = got.get(*text).copied().unwrap_or_default();
                assert!(
                    (expected.least..=expected.most).contains(&times),
                    "{name}: {text} arrived {times} times, {} to {} are right{}",
                    expected.least,
                    expected.most,
                    pair.story()
                );
            }
            let order = in_order(&pair, case);
            let mut sorted = order.clone();
            sorted.sort_by_key(|text| MESSAGES.iter().position(|m| m == text));
            assert_eq!(order, sorted, "{name}: out of order{}", pair.story());
            match case.recovery {
                Recovery::Resume | Recovery::Lost(_) => {
                    for (token, expected) in tokens.iter().zip(&expected) {
                        let told = pair.ledger.outcomes.get(token).map(Vec::as_slice);
                        match &expected.told {
                            None => assert!(
                                matches!(
                                    told,
                                    Some([Told::Sent | Told::Lost(_, LossCause::ConnectionLost)])
                                ),
                                "{name}: {told:?}"
                            ),
                            Some(one) => assert_eq!(
                                told,
                                Some(std::slice::from_ref(one)),
                                "{name}: token {token}{}",
                                pair.story()
                            ),
                        }
                    }
                    assert_eq!(pair.ledger.orphans, [], "{name}");
                }
                Recovery::Restored | Recovery::AskedFirst => {
                    // The old page was told of what had ended; the new one of everything else, once.
                    assert!(told_before.values().all(|told| told.len() == 1), "{name}");
                    assert_eq!(pair.ledger.adopted.len(), pending, "{name}{}", pair.story());
                    assert_eq!(pair.ledger.orphans, [], "{name}");
                }
            }
            if let Recovery::Lost(_) = case.recovery {
                assert_eq!(pair.ledger.losses(), 1, "{name}: not told of the loss");
            }
            pair.assert_idle(&name);
        }
    }
    println!("{run} cases");
    assert!(run > 1_000, "only {run} cases");
}

#[test]
fn what_is_cut_a_second_time_while_it_recovers_comes_out_exact() {
    let mut run = 0;
    for case in cases() {
        if case.qos == QoS::AtMostOnce || matches!(case.recovery, Recovery::Lost(_)) {
            continue;
        }
        for first in cuts(case) {
            for at in 0.. {
                let mut reached = false;
                for after in [false, true] {
                    let second = Cut { at, after };
                    let name = format!("{case:?}, {first:?}, then {second:?}");
                    let mut pair = prepared(case);
                    work(&mut pair, case, Some(first));
                    pair.was_cut = false;
                    pair.cut = Some(second);
                    recover(&mut pair, case.recovery);
                    if !pair.was_cut {
                        continue;
                    }
                    reached = true;
                    run += 1;
                    // Asked first and cut before the handler ran: the page still has what was saved.
                    let unread = case.recovery == Recovery::AskedFirst
                        && pair.ledger.events.iter().all(|e| {
                            !matches!(
                                e,
                                mqtt_mooring::client::output::Event::SessionRestored { .. }
                            )
                        });
                    if unread {
                        pair.reload();
                        pair.connect();
                        pair.run();
                    } else {
                        recover(&mut pair, case.recovery);
                    }
                    let got = received(&pair, case);
                    for text in MESSAGES {
                        let times = got.get(text).copied().unwrap_or_default();
                        let right = match case.qos {
                            QoS::ExactlyOnce => times == 1,
                            _ => (1..=3).contains(&times),
                        };
                        assert!(
                            right,
                            "{name}: {text} arrived {times} times{}",
                            pair.story()
                        );
                    }
                    assert_eq!(in_order(&pair, case), MESSAGES, "{name}{}", pair.story());
                    assert_eq!(pair.ledger.orphans, [], "{name}");
                    pair.assert_idle(&name);
                }
                if !reached {
                    break;
                }
            }
        }
    }
    println!("{run} cases");
    assert!(run > 1_000, "only {run} cases");
}
