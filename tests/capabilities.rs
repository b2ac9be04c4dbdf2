//! What the server's CONNACK says it does not have (MQTT 5 §3.2.2.3): nothing of it is ever sent, whoever waited for it, and
//! everybody is told.
#![cfg(not(target_arch = "wasm32"))]

mod durable_support;
mod support;

use durable_support::Bench;
use mqtt_mooring::client::config::WhenSessionLost;
use mqtt_mooring::client::output::{Cause, Certainty, Event, LossCause};
use mqtt_mooring::client::{OutboxLimits, PublishRequest, State};
use mqtt_mooring::codec::{
    Ack, ConnAck, Packet, PacketType, Property, PropertySet, QoS, ReasonCode, Version,
};
use mqtt_mooring::error::UsageError;
use mqtt_mooring::session::outbound::OutgoingStage;
use support::*;

/// A server that lacks all it can.
const POOR: [Property<'_>; 6] = [
    Property::MaximumQos(0),
    Property::RetainAvailable(0),
    Property::WildcardSubscriptionAvailable(0),
    Property::SubscriptionIdentifierAvailable(0),
    Property::SharedSubscriptionAvailable(0),
    Property::MaximumPacketSize(60),
];

fn lacks(pair: &mut Pair, list: &[Property<'_>]) {
    pair.server.knobs.connack = encoded(list);
}

fn retained<'a>(payload: &'a str, qos: QoS) -> PublishRequest<'a> {
    PublishRequest {
        retain: true,
        ..message(payload, qos)
    }
}

/// No PUBLISH of the client since `from` was one that the server does not take.
fn kinds(pair: &Pair, from: usize) -> Vec<PacketType> {
    pair.server.seen[from..]
        .iter()
        .map(|(kind, ..)| *kind)
        .collect()
}

#[test]
fn what_was_in_flight_is_not_sent_again_to_a_server_that_does_not_take_it() {
    for (lack, request) in [
        (Property::MaximumQos(0), message("x", QoS::AtLeastOnce)),
        (Property::MaximumQos(1), message("x", QoS::ExactlyOnce)),
        (
            Property::RetainAvailable(0),
            retained("x", QoS::AtLeastOnce),
        ),
        (
            Property::RetainAvailable(0),
            retained("x", QoS::ExactlyOnce),
        ),
    ] {
        let mut pair = Pair::connected(Version::V5);
        let token = pair.publish(request);
        pair.break_link();
        lacks(&mut pair, &[lack]);
        let from = pair.server.seen.len();
        pair.establish();
        let Told::Lost(Certainty::Indeterminate, LossCause::Unsendable(error)) =
            pair.ledger.outcome(token)
        else {
            panic!("{}", pair.story());
        };
        assert!(matches!(error, UsageError::NotAvailable(_)), "{error:?}");
        assert_eq!(kinds(&pair, from), [PacketType::Connect]);
    }
}

#[test]
fn a_restored_page_tells_what_this_server_does_not_take_and_sends_the_rest() {
    let mut pair = Pair::connected(Version::V5);
    pair.send("two", QoS::ExactlyOnce);
    pair.publish(retained("one, retained", QoS::AtLeastOnce));
    pair.send("one", QoS::AtLeastOnce);
    pair.break_link();
    let saved = pair.client.save(pair.now);
    pair.reload();
    lacks(
        &mut pair,
        &[Property::MaximumQos(1), Property::RetainAvailable(0)],
    );
    pair.client
        .restore(&saved, ID, Version::V5, pair.now)
        .expect("restored");
    pair.establish();
    assert_eq!(pair.server.payloads(), ["one"]);
    assert_eq!(pair.ledger.orphans.len(), 2);
    for (_, certainty, cause, _) in &pair.ledger.orphans {
        assert_eq!(*certainty, Certainty::Indeterminate);
        assert!(matches!(cause, LossCause::Unsendable(_)), "{cause:?}");
    }
}

#[test]
fn a_message_the_server_took_over_is_finished_whatever_it_takes_now() {
    let mut pair = Pair::connected(Version::V5);
    let token = pair.send("two", QoS::ExactlyOnce);
    // PUBLISH, PUBREC; not PUBREL.
    pair.packets = 0;
    pair.cut = Some(Cut {
        at: 2,
        after: false,
    });
    pair.run();
    let stages: Vec<_> = pair.client.in_flight().map(|(_, it)| it.stage).collect();
    assert!(matches!(
        stages[..],
        [OutgoingStage::PubRecReceived | OutgoingStage::AwaitingPubComp]
    ));
    lacks(&mut pair, &[Property::MaximumQos(0)]);
    pair.establish();
    assert_eq!(*pair.ledger.outcome(token), Told::Out(ReasonCode::SUCCESS));
    pair.assert_idle("taken over");
}

#[test]
fn of_a_lost_session_nothing_is_published_anew_that_the_server_does_not_take() {
    let mut pair = Pair::new(Version::V5);
    pair.config.when_session_lost = WhenSessionLost::Republish;
    pair.establish();
    let two = pair.send("two", QoS::ExactlyOnce);
    let one = pair.send("one", QoS::AtLeastOnce);
    pair.break_link();
    pair.server.lose_sessions();
    lacks(&mut pair, &[Property::MaximumQos(1)]);
    pair.establish();
    let lost = pair.ledger.outcome(two);
    assert!(matches!(
        lost,
        Told::Lost(Certainty::Indeterminate, LossCause::Unsendable(_))
    ));
    assert_eq!(*pair.ledger.outcome(one), Told::Out(ReasonCode::SUCCESS));
    pair.assert_idle("lost");
}

#[test]
fn what_waited_in_the_outbox_is_told_at_every_qos_and_the_rest_goes_on() {
    let mut pair = Pair::new(Version::V5);
    pair.persist();
    pair.establish();
    pair.client.set_outbox_limits(OutboxLimits {
        queue_qos0: true,
        ..OutboxLimits::default()
    });
    pair.break_link();
    lacks(&mut pair, &POOR);
    let long = "x".repeat(100);
    let refused = [
        pair.publish(retained("x", QoS::AtMostOnce)),
        pair.publish(message("x", QoS::AtLeastOnce)),
        pair.publish(message("x", QoS::ExactlyOnce)),
        pair.publish(message(&long, QoS::AtMostOnce)),
    ];
    let fine = pair.send("fine", QoS::AtMostOnce);
    pair.pass(10_000);
    assert_eq!(pair.client.state(), State::Connected);
    for token in refused {
        let lost = pair.ledger.outcome(token);
        let expected = matches!(
            lost,
            Told::Lost(Certainty::NotDelivered, LossCause::Unsendable(_))
        );
        assert!(expected, "{lost:?}");
    }
    assert_eq!(*pair.ledger.outcome(fine), Told::Sent);
    assert_eq!(pair.server.payloads(), ["fine"]);
    pair.assert_idle("poor");
}

#[test]
fn a_will_the_server_does_not_take_ends_the_attempts_with_its_reason() {
    for reason in [
        ReasonCode::RETAIN_NOT_SUPPORTED,
        ReasonCode::QOS_NOT_SUPPORTED,
    ] {
        let mut pair = Pair::new(Version::V5);
        pair.persist();
        pair.server.knobs.refuse = Some(reason);
        pair.connect();
        pair.pass(600_000);
        assert_eq!(pair.client.state(), State::Disconnected);
        assert_eq!(pair.attempts.len(), 1);
        assert_eq!(*pair.ledger.last_cause(), Cause::Refused(reason));
    }
}

#[test]
fn a_durable_page_tells_what_its_predecessor_stored_and_this_server_does_not_take() {
    let mut bench = Bench::new(Version::V5);
    bench.publish("two", QoS::ExactlyOnce);
    bench.publish("one", QoS::AtLeastOnce);
    let mut next = Bench::on(Version::V5, bench.disk, ID);
    let stored = |bench: &Bench| -> Vec<String> {
        let records = bench.disk.read();
        let messages = records.into_iter().map(|(name, _)| name);
        messages.filter(|name| name.starts_with("o/")).collect()
    };
    assert_eq!(stored(&next).len(), 2);
    next.begin();
    let limits = encoded(&[Property::MaximumQos(1)]);
    next.feed(&[Packet::ConnAck(ConnAck {
        session_present: false,
        reason: ReasonCode::SUCCESS,
        properties: properties(PropertySet::ConnAck, &limits),
    })]);
    assert_eq!((next.count("PUBLISH(q1"), next.count("PUBLISH")), (1, 1));
    let lost = next.events.iter().filter_map(|event| match event {
        Event::MessageLost(lost) => Some((lost.certainty, &lost.cause, lost.token.is_some())),
        _ => None,
    });
    let [(Certainty::NotDelivered, LossCause::Unsendable(UsageError::NotAvailable(_)), true)] =
        lost.collect::<Vec<_>>()[..]
    else {
        panic!("{:#?}", next.story);
    };
    assert_eq!(stored(&next).len(), 1);
}

/// A client whose server takes packets of so many bytes.
fn narrow(limit: u32) -> Pair {
    let mut pair = Pair::connected(Version::V5);
    pair.break_link();
    lacks(&mut pair, &[Property::MaximumPacketSize(limit)]);
    pair.establish();
    pair
}

#[test]
fn an_acknowledgement_the_server_has_no_room_for_ends_the_connection_and_is_not_sent() {
    let publish = |qos| to_client("x", qos);
    for (limit, fits) in [(4, true), (3, false), (1, false)] {
        for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
            let mut pair = narrow(limit);
            let from = pair.server.seen.len();
            pair.server.send(publish(qos));
            pair.run();
            let connected = pair.client.state() == State::Connected;
            assert_eq!(connected, fits);
            if fits {
                assert_eq!(pair.ledger.payloads(), ["x"]);
                continue;
            }
            let size = UsageError::TooLarge { size: 4, limit };
            assert_eq!(*pair.ledger.last_cause(), Cause::Unsendable(size));
            let last = kinds(&pair, from);
            let farewell = [PacketType::Disconnect];
            assert_eq!(last, farewell[..usize::from(limit >= 3)]);
        }
    }
    // PUBCOMP with "not found" is a byte longer.
    let mut pair = narrow(4);
    let packet = Packet::PubRel(Ack::new(id(9), ReasonCode::SUCCESS));
    pair.inject(&encode(Version::V5, &packet));
    pair.run();
    let size = UsageError::TooLarge { size: 5, limit: 4 };
    assert_eq!(*pair.ledger.last_cause(), Cause::Unsendable(size));
}

#[test]
fn every_capability_that_lacks_is_named_with_what_to_do() {
    let mut pair = Pair::new(Version::V5);
    lacks(&mut pair, &POOR);
    pair.establish();
    let now = pair.now;
    let named = encoded(&[Property::SubscriptionIdentifier(1)]);
    let aliased = encoded(&[Property::TopicAlias(1)]);
    let plain = mqtt_mooring::codec::SubscriptionOptions::qos(QoS::ExactlyOnce);
    let client = &mut pair.client;
    let long = "a".repeat(60);
    let errors = [
        client.publish(message("x", QoS::AtLeastOnce), now),
        client.publish(retained("x", QoS::AtMostOnce), now),
        client.publish(message(&long, QoS::AtMostOnce), now),
        client.publish(
            PublishRequest {
                properties: &aliased,
                ..message("x", QoS::AtMostOnce)
            },
            now,
        ),
        client.subscribe(&[("a/#", plain)], &[], now),
        client.subscribe(&[("$share/g/a", plain)], &[], now),
        client.subscribe(&[("a", plain)], &named, now),
        client.subscribe(&[(&long, plain)], &[], now),
        client.unsubscribe(&[&long], &[], now),
    ];
    for error in errors {
        let text = error.expect_err("refused").to_string();
        assert!(text.contains("this server"), "{text}");
        assert!(text.contains(": "), "{text}: what to do?");
    }
    pair.drain(&[]);
    assert_eq!(pair.take_unsent(), Vec::<String>::new());
    // A SUBSCRIBE may ask for any QoS: it is what the server grants that counts (§3.2.2.3.4).
    pair.client
        .subscribe(&[("a", plain)], &[], now)
        .expect("sent");
}
