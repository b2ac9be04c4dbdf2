//! MQTT 5, chapters 3.4 to 3.7: PUBACK, PUBREC, PUBREL, PUBCOMP.

use mqtt_mooring::client::Verdict;
use mqtt_mooring::client::output::Event;
use mqtt_mooring::codec::{DecodeError, QoS, ReasonCode, Version};
use mqtt_mooring::error::ProtocolError;

use super::bytes::*;
use super::line::Line;
use super::v5_properties::*;
use crate::support::Told;

const V: Version = Version::V5;

/// The reason codes of PUBACK and PUBREC (§3.4.2.1, §3.5.2.1).
const RECEIVED: [u8; 9] = [0, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99];
/// Those of PUBREL and PUBCOMP (§3.6.2.1, §3.7.2.1).
const RELEASED: [u8; 2] = [0, 0x92];

/// A message of this QoS is under way.
fn sent(qos: QoS) -> (Line, u64) {
    let mut line = Line::connected(V);
    let token = line.send("x", qos);
    line.all();
    (line, token)
}

/// A message of QoS 2 is under way, and PUBREL was sent.
fn released() -> (Line, u64) {
    let (mut line, token) = sent(QoS::ExactlyOnce);
    line.hears(ack(PUBREC, 1));
    line.says(ack(PUBREL, 1));
    (line, token)
}

/// `first` with every reason code there is: understood if it is one of `codes`, else a protocol error.
fn only(codes: &[u8], first: u8, stage: impl Fn() -> (Line, u64)) {
    for code in 0..=255 {
        let (mut line, token) = stage();
        line.hears(ack_with(first, 1, code, &[]));
        if codes.contains(&code) {
            line.is_up();
            continue;
        }
        let error = line.ended_in_protest(ReasonCode::PROTOCOL_ERROR);
        assert!(
            matches!(error, ProtocolError::Malformed(DecodeError::ReasonCode { code: it, .. }) if it == code),
            "{error:?}"
        );
        // What it was to answer is under way as before.
        assert!(line.ledger.is_open(token));
    }
}

/// What the client says of a message that its application acknowledges with this Reason String and these User
/// Properties, to a server that takes packets of `size` bytes at most.
fn verdict(qos: QoS, size: usize, code: u8) -> Vec<u8> {
    let mut line = Line::new(V);
    line.auto_ack = false;
    line.config.manual_ack = true;
    line.dial();
    line.hears(connack_with(
        V,
        false,
        0,
        &long(MAXIMUM_PACKET_SIZE, size as u32),
    ));
    line.hears(publish(V, (qos as u8) << 1, "t", 3, "x"));
    if qos == QoS::ExactlyOnce {
        line.hears(ack(PUBREL, 3));
    }
    line.all();
    let ticket = line.ledger.deliveries[0]
        .ticket
        .expect("to be acknowledged");
    let verdict = Verdict {
        reason: ReasonCode(code),
        properties: [reason_string(), user_properties()].concat(),
    };
    let now = line.now;
    line.client
        .check_verdict(ticket, &verdict)
        .expect("may be said");
    line.client.acknowledge(ticket, verdict, now);
    line.drain(&[]);
    let said = line.next();
    line.says_nothing_more();
    assert!(said.len() <= size, "{} bytes, {size} are taken", said.len());
    said
}

fn reason_string() -> Vec<u8> {
    word(REASON_STRING, "because")
}

fn user_properties() -> Vec<u8> {
    [user("n", "v"), user("n", "w")].concat()
}

/// `first` goes out with what fits.
fn reason_string_fits_or_is_left_out(first: u8, qos: QoS, code: u8) {
    let bare = match code {
        0 => ack(first, 3),
        _ => ack_saying(first, 3, code),
    };
    let short = ack_with(first, 3, code, &reason_string());
    assert_eq!(verdict(qos, short.len(), code), short);
    for size in bare.len()..short.len() {
        assert_eq!(verdict(qos, size, code), bare);
    }
}

/// `first` goes out with what fits.
fn user_properties_fit_or_are_left_out(first: u8, qos: QoS, code: u8) {
    let list = [reason_string(), user_properties()].concat();
    let full = ack_with(first, 3, code, &list);
    let short = ack_with(first, 3, code, &reason_string());
    assert_eq!(verdict(qos, 1_000, code), full);
    assert_eq!(verdict(qos, full.len(), code), full);
    for size in short.len()..full.len() {
        assert_eq!(verdict(qos, size, code), short);
    }
}

#[test]
fn v5_3_4_2_1_every_code_of_puback_is_understood_and_no_other() {
    only(&RECEIVED, PUBACK, || sent(QoS::AtLeastOnce));
    for code in RECEIVED {
        let (mut line, token) = sent(QoS::AtLeastOnce);
        line.hears(ack_saying(PUBACK, 1, code));
        assert_eq!(*line.ledger.outcome(token), Told::Out(ReasonCode(code)));
    }
    // Ours says success, which may be left out, or what the application says, which must be one of them and not the server's.
    let mut line = Line::connected(V);
    line.hears(publish(V, QOS_1, "t", 3, "x"));
    line.says([PUBACK, 2, 0, 3]);
    line.auto_ack = false;
    line.hears(publish(V, QOS_1, "t", 4, "x"));
    let last = line.ledger.deliveries.last().expect("delivered");
    let ticket = last.ticket.expect("to be acknowledged");
    for code in 0..=255 {
        let reason = ReasonCode(code);
        let verdict = Verdict {
            reason,
            ..Verdict::default()
        };
        let sayable = line.client.check_verdict(ticket, &verdict);
        let ours = code != 0x10 && RECEIVED.contains(&code);
        assert_eq!(sayable.is_ok(), ours, "{code:#04x}");
    }
}

#[test]
fn v5_3_4_2_2_a_reason_string_that_does_not_fit_is_left_out_of_puback() {
    reason_string_fits_or_is_left_out(PUBACK, QoS::AtLeastOnce, 0);
    reason_string_fits_or_is_left_out(PUBACK, QoS::AtLeastOnce, 0x87);
}

#[test]
fn v5_3_4_2_3_user_properties_that_do_not_fit_are_left_out_of_puback() {
    user_properties_fit_or_are_left_out(PUBACK, QoS::AtLeastOnce, 0);
    user_properties_fit_or_are_left_out(PUBACK, QoS::AtLeastOnce, 0x99);
}

#[test]
fn v5_3_5_2_1_every_code_of_pubrec_is_understood_and_no_other() {
    only(&RECEIVED, PUBREC, || sent(QoS::ExactlyOnce));
    for code in RECEIVED {
        let (mut line, token) = sent(QoS::ExactlyOnce);
        line.hears(ack_saying(PUBREC, 1, code));
        if code < 0x80 {
            line.says(ack(PUBREL, 1));
            assert!(line.ledger.is_open(token));
        } else {
            line.says_nothing_more();
            assert_eq!(*line.ledger.outcome(token), Told::Out(ReasonCode(code)));
        }
    }
    let mut line = Line::connected(V);
    line.hears(publish(V, QOS_2, "t", 3, "x"));
    line.says([PUBREC, 2, 0, 3]);
}

#[test]
fn v5_3_5_2_2_pubrec_carries_no_reason_string_not_even_where_there_is_room() {
    for size in [5, 1_000_000] {
        let mut line = Line::limited(&long(MAXIMUM_PACKET_SIZE, size));
        line.hears(publish(V, QOS_2, "t", 3, "x"));
        line.says([PUBREC, 2, 0, 3]);
        line.says_nothing_more();
    }
}

#[test]
fn v5_3_5_2_3_pubrec_carries_no_user_properties_not_even_those_of_its_publish() {
    for size in [5, 1_000_000] {
        let mut line = Line::limited(&long(MAXIMUM_PACKET_SIZE, size));
        line.hears(publish_with(V, QOS_2, "t", 3, &user("n", "v"), "x"));
        line.says([PUBREC, 2, 0, 3]);
        line.says_nothing_more();
    }
}

#[test]
fn v5_3_6_1_1_the_flags_of_pubrel_are_0010() {
    let (mut line, _) = sent(QoS::ExactlyOnce);
    line.hears(ack(PUBREC, 1));
    line.says([0x62, 2, 0, 1]);
    for flags in (0..16).filter(|flags| *flags != 2) {
        let mut line = Line::connected(V);
        line.hears(publish(V, QOS_2, "t", 3, "x"));
        line.says(ack(PUBREC, 3));
        line.hears([0x60 | flags, 2, 0, 3]);
        line.ended_in_protest(ReasonCode::MALFORMED_PACKET);
        assert_eq!(line.ledger.deliveries.len(), 0);
    }
}

#[test]
fn v5_3_6_2_1_pubrel_says_success_or_that_the_identifier_is_not_known() {
    let (mut line, _) = sent(QoS::ExactlyOnce);
    line.hears(ack(PUBREC, 1));
    line.says([0x62, 2, 0, 1]);
    line.hears(ack(PUBREC, 77));
    line.says([0x62, 3, 0, 77, 0x92]);
    only(&RELEASED, PUBREL, || {
        let mut line = Line::connected(V);
        line.hears(publish(V, QOS_2, "t", 1, "x"));
        line.all();
        let token = line.send("x", QoS::AtLeastOnce);
        line.all();
        (line, token)
    });
}

#[test]
fn v5_3_6_2_2_pubrel_carries_no_reason_string_not_even_where_there_is_room() {
    for size in [20, 1_000_000] {
        let mut line = Line::limited(&long(MAXIMUM_PACKET_SIZE, size));
        line.send("x", QoS::ExactlyOnce);
        line.all();
        line.hears(ack_with(PUBREC, 1, 0, &word(REASON_STRING, "thanks")));
        line.says([0x62, 2, 0, 1]);
        line.hears(ack(PUBREC, 77));
        line.says([0x62, 3, 0, 77, 0x92]);
    }
}

#[test]
fn v5_3_6_2_3_pubrel_carries_no_user_properties_not_even_those_of_its_publish() {
    for size in [40, 1_000_000] {
        let mut line = Line::limited(&long(MAXIMUM_PACKET_SIZE, size));
        line.publish(with(&user("n", "v"), QoS::ExactlyOnce));
        line.all();
        line.hears(ack_with(PUBREC, 1, 0, &user("n", "v")));
        line.says([0x62, 2, 0, 1]);
        line.says_nothing_more();
    }
}

#[test]
fn v5_3_7_2_1_pubcomp_says_success_or_that_the_identifier_is_not_known() {
    only(&RELEASED, PUBCOMP, released);
    for code in RELEASED {
        // A server that does not know it any more has finished it before.
        let (mut line, token) = released();
        line.hears(ack_saying(PUBCOMP, 1, code));
        assert_eq!(*line.ledger.outcome(token), Told::Out(ReasonCode::SUCCESS));
        let told =
            |event: &&Event| matches!(event, Event::MessageAck { reason, .. } if reason.0 == code);
        assert_eq!(line.ledger.events.iter().filter(told).count(), 1);
    }
    let mut line = Line::connected(V);
    line.hears(publish(V, QOS_2, "t", 3, "x"));
    line.all();
    line.hears(ack(PUBREL, 3));
    line.says([PUBCOMP, 2, 0, 3]);
    line.hears(ack(PUBREL, 3));
    line.says([PUBCOMP, 3, 0, 3, 0x92]);
}

#[test]
fn v5_3_7_2_2_a_reason_string_that_does_not_fit_is_left_out_of_pubcomp() {
    reason_string_fits_or_is_left_out(PUBCOMP, QoS::ExactlyOnce, 0);
}

#[test]
fn v5_3_7_2_3_user_properties_that_do_not_fit_are_left_out_of_pubcomp() {
    user_properties_fit_or_are_left_out(PUBCOMP, QoS::ExactlyOnce, 0);
}
