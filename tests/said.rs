//! What is said beside a reason code, Reason Strings and User Properties (MQTT 5): what the client says, what it leaves out,
//! and what it makes of what the server says.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use mqtt_mooring::client::output::{Cause, Event, Ticket};
use mqtt_mooring::client::{DisconnectOptions, State, Verdict};
use mqtt_mooring::codec::{
    Ack, Disconnect, Packet, PacketType, Property, PropertySet, QoS, ReasonCode, SubAck,
    SubscriptionOptions, Version,
};
use mqtt_mooring::error::UsageError;
use support::*;

const WHY: Property<'_> = Property::ReasonString("because");
const DETAIL: Property<'_> = Property::UserProperty("where", "here");

fn verdict(reason: ReasonCode, list: &[Property<'_>]) -> Verdict {
    Verdict {
        reason,
        properties: encoded(list),
    }
}

/// A pair whose server takes packets of so many bytes, and whose application acknowledges by itself.
fn limited(limit: Option<u32>) -> Pair {
    let mut pair = Pair::new(Version::V5);
    pair.auto_ack = false;
    pair.config.manual_ack = true;
    if let Some(limit) = limit {
        pair.server.knobs.connack = encoded(&[Property::MaximumPacketSize(limit)]);
    }
    pair.establish();
    pair
}

/// The ticket of a message that the server sends.
fn delivered(pair: &mut Pair, qos: QoS) -> Ticket {
    pair.server.send(to_client("x", qos));
    pair.run();
    let last = pair.ledger.deliveries.last().expect("delivered");
    last.ticket.expect("to be acknowledged")
}

fn acknowledge(pair: &mut Pair, ticket: Ticket, verdict: Verdict) {
    pair.client
        .check_verdict(ticket, &verdict)
        .expect("may be said");
    pair.client.acknowledge(ticket, verdict, pair.now);
    pair.drain(&[]);
    pair.run();
}

#[test]
fn an_application_s_verdict_on_a_message_reaches_the_server() {
    let mut pair = limited(None);
    let all = encoded(&[WHY, DETAIL, DETAIL]);
    let one = delivered(&mut pair, QoS::AtLeastOnce);
    let refusal = verdict(ReasonCode::NOT_AUTHORIZED, &[WHY, DETAIL, DETAIL]);
    acknowledge(&mut pair, one, refusal);
    let two = delivered(&mut pair, QoS::ExactlyOnce);
    acknowledge(
        &mut pair,
        two,
        verdict(ReasonCode::SUCCESS, &[WHY, DETAIL, DETAIL]),
    );
    let expected = [
        (PacketType::PubAck, ReasonCode::NOT_AUTHORIZED, all.clone()),
        (PacketType::PubRec, ReasonCode::SUCCESS, Vec::new()),
        (PacketType::PubComp, ReasonCode::SUCCESS, all),
    ];
    assert_eq!(pair.server.acks, expected);
    let told = pair.ledger.events.iter().filter_map(|event| match event {
        Event::MessageAck { reason, .. } => Some(*reason),
        _ => None,
    });
    assert_eq!(
        told.collect::<Vec<_>>(),
        [ReasonCode::NOT_AUTHORIZED, ReasonCode::SUCCESS]
    );
}

#[test]
fn verdicts_go_out_in_the_order_of_the_messages_each_with_its_own() {
    let mut pair = limited(None);
    let tickets: Vec<_> = (0..3)
        .map(|_| delivered(&mut pair, QoS::AtLeastOnce))
        .collect();
    let codes = [0x83, 0x87, 0x97].map(ReasonCode);
    for place in [2, 0, 1] {
        acknowledge(&mut pair, tickets[place], verdict(codes[place], &[]));
    }
    // What comes second is not heard.
    acknowledge(&mut pair, tickets[1], verdict(codes[0], &[]));
    let said: Vec<_> = pair
        .server
        .acks
        .iter()
        .map(|(_, reason, _)| *reason)
        .collect();
    assert_eq!(said, codes);
}

#[test]
fn mqtt_3_4_2_2_and_3_what_does_not_fit_is_left_out_of_an_acknowledgement() {
    // Fixed header, identifier, reason and property length are 6 bytes.
    let (why, detail) = (encoded(&[WHY]).len(), encoded(&[DETAIL]).len());
    let full = (6 + why + detail) as u32;
    let short = (6 + why) as u32;
    for (limit, expected) in [
        (full, encoded(&[WHY, DETAIL])),
        (full - 1, encoded(&[WHY])),
        (short, encoded(&[WHY])),
        (short - 1, vec![]),
        (4, vec![]),
    ] {
        let mut pair = limited(Some(limit));
        for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
            let ticket = delivered(&mut pair, qos);
            acknowledge(
                &mut pair,
                ticket,
                verdict(ReasonCode::SUCCESS, &[DETAIL, WHY]),
            );
            let (_, _, said) = pair.server.acks.last().expect("acknowledged");
            let mut said: Vec<_> = properties(PropertySet::PubAck, said).iter().collect();
            said.sort_by_key(|property| property.id().0);
            assert_eq!(encoded(&said), expected, "{limit} {qos:?}");
        }
    }
}

#[test]
fn what_cannot_be_said_of_a_message_is_refused_and_leaves_it_unacknowledged() {
    let mut pair = limited(None);
    let one = delivered(&mut pair, QoS::AtLeastOnce);
    let two = delivered(&mut pair, QoS::ExactlyOnce);
    for code in 0..=255 {
        let verdict = verdict(ReasonCode(code), &[]);
        // No matching subscribers "is sent only by the Server" (table 3-4).
        let sayable = code != 0x10 && ReasonCode(code).is_valid_in(PacketType::PubAck);
        assert_eq!(
            pair.client.check_verdict(one, &verdict).is_ok(),
            sayable,
            "{code}"
        );
        assert_eq!(
            pair.client.check_verdict(two, &verdict).is_ok(),
            code == 0,
            "{code}"
        );
    }
    let mut pair = Pair::new(Version::V311);
    pair.auto_ack = false;
    pair.establish();
    let ticket = delivered(&mut pair, QoS::AtLeastOnce);
    for verdict in [
        verdict(ReasonCode::NOT_AUTHORIZED, &[]),
        verdict(ReasonCode::SUCCESS, &[WHY]),
    ] {
        let refused = pair.client.check_verdict(ticket, &verdict);
        assert!(matches!(refused, Err(UsageError::OnlyInV5(_))));
    }
    acknowledge(&mut pair, ticket, Verdict::default());
    assert_eq!(pair.server.acks.len(), 1);
}

#[test]
fn mqtt_3_14_2_3_and_4_what_does_not_fit_is_left_out_of_disconnect() {
    let (why, detail) = (encoded(&[WHY]).len(), encoded(&[DETAIL]).len());
    // Fixed header, reason, property length, Session Expiry Interval.
    let full = (2 + 1 + 1 + 5 + why + detail) as u32;
    let expiry = Property::SessionExpiryInterval(7);
    for (limit, expected) in [
        (None, encoded(&[expiry, WHY, DETAIL])),
        (Some(full), encoded(&[expiry, WHY, DETAIL])),
        (Some(full - 1), encoded(&[expiry, WHY])),
        (Some(full - detail as u32 - 1), encoded(&[expiry])),
        (Some(9), encoded(&[expiry])),
    ] {
        let mut pair = limited(limit);
        let options = DisconnectOptions {
            reason: Some(ReasonCode::ADMINISTRATIVE_ACTION),
            session_expiry_interval: Some(7),
            properties: encoded(&[WHY, DETAIL]),
        };
        pair.client
            .disconnect(&options, pair.now)
            .expect("possible");
        pair.drain(&[]);
        pair.run();
        let said = (ReasonCode::ADMINISTRATIVE_ACTION, expected);
        assert_eq!(pair.server.disconnects, [said], "{limit:?}");
    }
    let mut pair = limited(Some(8));
    let options = DisconnectOptions {
        session_expiry_interval: Some(7),
        ..DisconnectOptions::default()
    };
    let refused = pair.client.disconnect(&options, pair.now);
    assert_eq!(refused, Err(UsageError::TooLarge { size: 9, limit: 8 }));
    assert_eq!(pair.client.state(), State::Connected);
}

#[test]
fn a_session_given_up_in_disconnect_is_gone_for_both() {
    let mut pair = Pair::connected(Version::V5);
    pair.server.knobs.hold_acks = true;
    let token = pair.send("unfinished", QoS::AtLeastOnce);
    pair.run();
    let options = DisconnectOptions {
        session_expiry_interval: Some(0),
        ..DisconnectOptions::default()
    };
    pair.client
        .disconnect(&options, pair.now)
        .expect("possible");
    pair.drain(&[]);
    pair.run();
    assert!(pair.server.session(ID).is_none());
    let saved = pair.client.save(pair.now);
    assert!(
        pair.client
            .restore(&saved, ID, Version::V5, pair.now)
            .is_err()
    );
    pair.server.knobs.hold_acks = false;
    pair.establish();
    assert!(!pair.client.session_present());
    // As with any session that the server has not: QoS 1 is published anew.
    assert_eq!(*pair.ledger.outcome(token), Told::Out(ReasonCode::SUCCESS));
}

#[test]
fn mqtt_3_14_2_2_a_server_that_says_what_only_clients_say_is_told_so_and_still_understood() {
    let expiry = encoded(&[Property::SessionExpiryInterval(1)]);
    let prolonging = |reason| Disconnect {
        properties: properties(PropertySet::Disconnect, &expiry),
        ..Disconnect::new(reason)
    };
    let willing = Disconnect::new(ReasonCode::DISCONNECT_WITH_WILL_MESSAGE);
    for (packet, state) in [
        (prolonging(ReasonCode::SERVER_BUSY), State::Waiting),
        (
            prolonging(ReasonCode::SESSION_TAKEN_OVER),
            State::Disconnected,
        ),
        (prolonging(ReasonCode::SERVER_MOVED), State::Disconnected),
        (willing, State::Waiting),
    ] {
        let mut pair = Pair::persistent(Version::V5);
        pair.inject(&encode(Version::V5, &Packet::Disconnect(packet)));
        pair.run();
        let cause = Cause::ServerDisconnect(packet.reason);
        assert_eq!(*pair.ledger.last_cause(), cause);
        let said: Vec<_> = pair.server.disconnects.iter().map(|it| it.0).collect();
        assert_eq!(said, [ReasonCode::PROTOCOL_ERROR]);
        assert_eq!(pair.client.state(), state, "{packet:?}");
    }
}

#[test]
fn connect_asks_for_what_the_server_shall_tell() {
    for response in [false, true] {
        for problem in [false, true] {
            for version in VERSIONS {
                let mut pair = Pair::new(version);
                pair.config.request_response_information = response;
                pair.config.request_problem_information = problem;
                pair.establish();
                let said = &pair.server.connects[0].properties;
                let said: Vec<_> = properties(PropertySet::Connect, said).iter().collect();
                let is_5 = version == Version::V5;
                let asks = |property| said.contains(&property);
                // What is left out stands for 0 and 1 (3.1.2.11.6, 3.1.2.11.7).
                assert_eq!(
                    asks(Property::RequestResponseInformation(1)),
                    response && is_5
                );
                assert_eq!(
                    asks(Property::RequestProblemInformation(0)),
                    !problem && is_5
                );
                assert!(!asks(Property::RequestResponseInformation(0)));
            }
        }
    }
}

#[test]
fn what_the_server_says_of_a_message_is_told_with_its_acknowledgement() {
    let mut pair = Pair::connected(Version::V5);
    pair.server.knobs.hold_acks = true;
    pair.send("one", QoS::AtLeastOnce);
    pair.run();
    let (packet_id, _) = pair.client.in_flight().next().expect("in flight");
    let said = encoded(&[WHY, DETAIL]);
    let ack = Ack {
        packet_id,
        reason: ReasonCode::QUOTA_EXCEEDED,
        properties: properties(PropertySet::PubAck, &said),
    };
    pair.inject(&encode(Version::V5, &Packet::PubAck(ack)));
    let told =
        pair.ledger.events.iter().any(
            |event| matches!(event, Event::MessageAck { properties, .. } if *properties == said),
        );
    assert!(told, "{:?}", pair.ledger.events);
}

#[test]
fn what_the_server_says_of_a_lost_subscription_is_told_with_its_refusal() {
    let mut pair = Pair::connected(Version::V5);
    pair.subscribe("a");
    pair.run();
    pair.server.lose_sessions();
    pair.break_link();
    pair.server.knobs.no_suback = true;
    pair.establish();
    let said = encoded(&[WHY, DETAIL]);
    let suback = SubAck {
        packet_id: id(2),
        properties: properties(PropertySet::SubAck, &said),
        codes: &[0x87],
    };
    pair.inject(&encode(Version::V5, &Packet::SubAck(suback)));
    let told = pair
        .ledger
        .events
        .iter()
        .any(|event| matches!(event, Event::Refused { properties, .. } if *properties == said));
    assert!(told, "{:?}", pair.ledger.events);
    let options = SubscriptionOptions::qos(QoS::AtMostOnce);
    let again = pair.client.subscribe(&[("a", options)], &[], pair.now);
    again.expect("may be asked for");
}

#[test]
fn mqtt_3_15_2_2_and_3_what_does_not_fit_is_left_out_of_auth() {
    let method = Property::AuthenticationMethod(METHOD);
    let data = Property::AuthenticationData(b"data");
    let diagnostics = encoded(&[WHY, DETAIL]);
    let full = 4 + encoded(&[method, data, WHY, DETAIL]).len() as u32;
    for (limit, expected) in [
        (full, vec![method, data, WHY, DETAIL]),
        (full - 1, vec![method, data, WHY]),
        (
            full - encoded(&[DETAIL]).len() as u32 - 1,
            vec![method, data],
        ),
    ] {
        let mut exchange = Exchange::begun(None);
        exchange.feed(&connack(&[method, Property::MaximumPacketSize(limit)]));
        for stage in 0..2 {
            exchange.left.clear();
            if stage == 0 {
                let again =
                    exchange
                        .client
                        .reauthenticate(Some(b"data"), &diagnostics, exchange.now);
                again.expect("possible");
            } else {
                exchange.feed(&auth(ReasonCode::CONTINUE_AUTHENTICATION, b"?"));
                exchange
                    .client
                    .authenticate(Some(b"data"), &diagnostics, exchange.now);
            }
            exchange.drain();
            decode(Version::V5, &exchange.left[0], |packet| {
                let Packet::Auth(auth) = packet else {
                    panic!("{packet:?}");
                };
                assert_eq!(
                    auth.properties.iter().collect::<Vec<_>>(),
                    expected,
                    "{limit}"
                );
            });
        }
    }
}

#[test]
fn what_the_server_says_with_auth_is_told_with_its_data() {
    let list = [Property::AuthenticationMethod(METHOD), WHY, DETAIL];
    let mut exchange = Exchange::begun(None);
    exchange.feed(&auth_by(ReasonCode::CONTINUE_AUTHENTICATION, &list));
    exchange.feed(&connack(&list));
    let again = exchange.client.reauthenticate(None, &[], exchange.now);
    again.expect("possible");
    exchange.feed(&auth_by(ReasonCode::SUCCESS, &list));
    let said = encoded(&list);
    let told = |event: &&Event| match event {
        Event::Challenge { properties, .. } | Event::Reauthenticated { properties, .. } => {
            *properties == said
        }
        Event::Connected(accepted) => accepted.properties == said,
        _ => false,
    };
    assert_eq!(exchange.events.iter().filter(told).count(), 3);
}
