//! Against two other codecs: our bytes mean the same to them and theirs to us, and where they and
//! we disagree about what is a packet at all, the disagreement is listed here with the statement
//! that decides it.
#![cfg(not(target_arch = "wasm32"))]

mod codec_support;

use codec_support::arbitrary::sketch;
use codec_support::peers::Peer::{self, Core, Mqttbytes};
use codec_support::peers::Verdict;
use codec_support::{decode, encode, frame, hex};
use mqtt_mooring::codec::DecodeError as D;
use mqtt_mooring::codec::Version::{V5, V311};
use mqtt_mooring::codec::*;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

const BOTH: &[Peer] = &[Mqttbytes, Core];

/// We refuse what these peers accept.
struct Laxer {
    peers: &'static [Peer],
    refused: fn(&D, &[u8]) -> bool,
    because: &'static str,
    witness: (Version, &'static str),
}

#[rustfmt::skip]
const LAXER: &[Laxer] = &[
    Laxer { peers: BOTH, refused: |e, _| matches!(e, D::FixedHeaderFlags { .. }),
        witness: (V5, "c1 00"),
        because: "[MQTT-2.1.3-1] reserved flags must have their value; Core leaves it to its caller" },
    Laxer { peers: BOTH, refused: |e, _| matches!(e, D::TrailingBytes(_)),
        witness: (V311, "e0 01 00"),
        because: "2.1.4: Remaining Length counts the variable header and the payload, and there is nothing else" },
    Laxer { peers: BOTH, refused: |e, _| matches!(e, D::NullCharacter(_)),
        witness: (V311, "30 05 00 03 61 00 62"),
        because: "[MQTT-1.5.4-2] a string must not include U+0000" },
    Laxer { peers: BOTH, refused: |e, _| matches!(e, D::VariableByteInteger(_)),
        witness: (V5, "e0 03 00 80 00"),
        because: "[MQTT-1.5.5-1] the minimum number of bytes" },
    Laxer { peers: &[Core], refused: |e, _| matches!(e, D::PacketIdZero(_)),
        witness: (V311, "32 05 00 01 61 00 00"),
        because: "[MQTT-2.2.1-3] [MQTT-2.2.1-4] a packet identifier is not zero; it looks only in acknowledgements of PUBLISH" },
    Laxer { peers: &[Mqttbytes], refused: |e, _| matches!(e, D::PacketIdZero(_)),
        witness: (V5, "40 02 00 00"),
        because: "[MQTT-2.2.1-5] it is that of the PUBLISH, which is not zero" },
    Laxer { peers: &[Mqttbytes], refused: |e, _| matches!(e, D::ProtocolLevel(_)),
        witness: (V5, "10 0d 00 04 4d 51 54 54 04 02 00 3c 00 01 61"),
        because: "[MQTT-3.1.2-2] its reader takes a CONNECT of either level; ours is asked for one" },
    Laxer { peers: BOTH, refused: |e, _| matches!(e, D::ReservedConnectFlag),
        witness: (V311, "10 0d 00 04 4d 51 54 54 04 03 00 3c 00 01 61"),
        because: "[MQTT-3.1.2-3] the reserved flag is 0" },
    Laxer { peers: &[Core], refused: |e, _| matches!(e, D::WillFlags),
        witness: (V311, "10 0d 00 04 4d 51 54 54 04 22 00 3c 00 01 61"),
        because: "[MQTT-3.1.2-11] [MQTT-3.1.2-13] without a will neither Will QoS nor Will Retain" },
    Laxer { peers: &[Mqttbytes], refused: |e, _| matches!(e, D::PasswordWithoutUsername),
        witness: (V311, "10 0f 00 04 4d 51 54 54 04 42 00 3c 00 01 61 00 00"),
        because: "[MQTT-3.1.2-22] of 3.1.1: no password without a user name" },
    Laxer { peers: BOTH, refused: |e, _| matches!(e, D::EmptyClientId),
        witness: (V311, "10 0c 00 04 4d 51 54 54 04 00 00 3c 00 00"),
        because: "[MQTT-3.1.3-7] of 3.1.1: an empty client identifier needs a clean session" },
    Laxer { peers: BOTH, refused: |e, _| matches!(e, D::ConnAckFlags(_)),
        witness: (V311, "20 02 02 00"),
        because: "[MQTT-3.2.2-1] bits 7 to 1 are 0" },
    Laxer { peers: BOTH, refused: |e, _| matches!(e, D::SessionPresentWithRefusal),
        witness: (V5, "20 03 01 87 00"),
        because: "[MQTT-3.2.2-6] a refusal has no session present" },
    Laxer { peers: BOTH, refused: |e, _| matches!(e, D::DupWithQos0),
        witness: (V5, "38 04 00 01 61 00"),
        because: "[MQTT-3.3.1-2] DUP is 0 at QoS 0" },
    Laxer { peers: BOTH, refused: |e, _| matches!(e, D::TopicName(_)),
        witness: (V311, "30 05 00 03 61 2f 2b"),
        because: "[MQTT-3.3.2-2] no wildcards, [MQTT-4.7.3-1] at least one character" },
    Laxer { peers: BOTH, refused: |e, _| matches!(e, D::EmptyTopicWithoutAlias),
        witness: (V5, "30 03 00 00 00"),
        because: "3.3.2.1: neither topic name nor alias is a Protocol Error" },
    Laxer { peers: &[Core], refused: |e, _| matches!(e, D::Truncated("property length")),
        witness: (V5, "30 03 00 01 61"),
        because: "[MQTT-2.2.2-1] no properties are a property length of zero, and PUBLISH may not leave it out" },
    Laxer { peers: &[Mqttbytes], refused: |e, _| matches!(e, D::Truncated(_)),
        witness: (V5, "30 09 00 01 74 02 02 00 00 00 05"),
        because: "2.2.2.1: the property length ends inside a property, which then reaches into the payload" },
    Laxer { peers: &[Mqttbytes], refused: |e, _| matches!(e, D::DuplicateProperty(_)),
        witness: (V5, "e0 0c 00 0a 11 00 00 00 01 11 00 00 00 02"),
        because: "3.14.2.2.2 and its likes: more than once is a Protocol Error" },
    Laxer { peers: &[Core], refused: |e, _| matches!(e, D::DuplicateProperty(PropertyId::SUBSCRIPTION_IDENTIFIER)),
        witness: (V5, "82 0b 00 01 04 0b 01 0b 02 00 01 61 00"),
        because: "3.8.2.1.2: more than once is a Protocol Error" },
    Laxer { peers: &[Mqttbytes], refused: |e, _| matches!(e, D::PropertyValue(_)),
        witness: (V5, "30 07 00 01 61 03 23 00 00"),
        because: "[MQTT-3.3.2-8] a Topic Alias of 0, 3.2.2.3: a flag of 2 and their likes are Protocol Errors" },
    Laxer { peers: &[Mqttbytes],
        refused: |e, bytes| matches!(e, D::UnknownProperty(_) | D::MisplacedProperty(..) | D::InvalidUtf8(_)) && may_name_subscription(bytes),
        witness: (V5, "30 0a 00 01 74 06 0b 01 0b 02 05 00"),
        because: "2.2.2.1: it counts every Subscription Identifier one byte too long, and does not see the last properties" },
    Laxer { peers: BOTH, refused: |e, _| matches!(e, D::AuthenticationDataWithoutMethod),
        witness: (V5, "20 07 00 00 04 16 00 01 ff"),
        because: "3.1.2.11.10 for CONNECT, [MQTT-4.12.0-5] for CONNACK: data comes with its method" },
    Laxer { peers: &[Mqttbytes], refused: |e, _| matches!(e, D::EmptyList(_)),
        witness: (V311, "82 02 00 01"),
        because: "[MQTT-3.8.3-2] [MQTT-3.10.3-2] at least one topic filter" },
    Laxer { peers: BOTH, refused: |e, _| matches!(e, D::TopicFilter(_)),
        witness: (V311, "82 07 00 01 00 02 61 23 00"),
        because: "[MQTT-4.7.1-1] [MQTT-4.7.1-2] where wildcards stand, [MQTT-4.7.3-1] at least one character" },
    Laxer { peers: BOTH, refused: |e, _| matches!(e, D::NoLocalOnShared),
        witness: (V5, "82 10 00 01 00 00 0a 24 73 68 61 72 65 2f 67 2f 61 04"),
        because: "[MQTT-3.8.3-4] No Local on a shared subscription" },
    Laxer { peers: BOTH, refused: |e, _| matches!(e, D::SubscriptionOptions(_)),
        witness: (V311, "82 06 00 01 00 01 61 04"),
        because: "3.8.3 of 3.1.1, [MQTT-3.8.3-5]: the upper bits are reserved" },
];

/// We accept what these peers refuse.
struct Stricter {
    peers: &'static [Peer],
    accepted: fn(Version, &Packet<'_>) -> bool,
    because: &'static str,
    witness: (Version, &'static str),
}

#[rustfmt::skip]
const STRICTER: &[Stricter] = &[
    Stricter { peers: BOTH, witness: (V311, "90 03 00 01 8f"),
        accepted: |version, packet| version == V311 && matches!(packet, Packet::SubAck(ack) if ack.codes.iter().any(|&code| code > 0x80)),
        because: "they are right, [MQTT-3.9.3-2] of 3.1.1 reserves it; we are lenient on purpose, since ejabberd sends it" },
    Stricter { peers: BOTH, witness: (V5, "20 02 00 01"),
        accepted: |version, packet| version == V5 && matches!(packet, Packet::ConnAck(ack) if ack.reason == ReasonCode::UNSUPPORTED_PROTOCOL_VERSION),
        because: "they are right, it is no CONNACK of 5; it is what [MQTT-3.1.2-2] of 3.1.1 makes a 3.1.1 server answer" },
    Stricter { peers: BOTH, witness: (V5, "10 10 00 04 4d 51 54 54 05 42 00 3c 00 00 00 00 01 ff"),
        accepted: |version, packet| version == V5 && matches!(packet, Packet::Connect(it) if it.password.is_some() && (it.username.is_none() || !is_text(it))),
        because: "3.1.2.9: 5 allows a password without a user name, 3.1.3.6: and it is Binary Data" },
    Stricter { peers: &[Mqttbytes], witness: (V311, "10 12 00 04 4d 51 54 54 04 c2 00 3c 00 00 00 01 75 00 01 ff"),
        accepted: |_, packet| matches!(packet, Packet::Connect(it) if !is_text(it)),
        because: "3.1.3.5 of 3.1.1: a password is binary data" },
    Stricter { peers: BOTH, witness: (V5, "e0 02 8c 00"),
        accepted: |_, packet| matches!(packet, Packet::Disconnect(it) if it.reason == ReasonCode::BAD_AUTHENTICATION_METHOD),
        because: "table 2-6 gives DISCONNECT this code; table 3-10, which forgets it, is what they follow" },
    Stricter { peers: &[Mqttbytes], witness: (V5, "e0 00"),
        accepted: |version, packet| version == V5 && matches!(packet, Packet::Disconnect(it) if it.properties.is_empty()),
        because: "3.14.2.1: a Remaining Length of 0 is a normal disconnection, 3.14.2.2.1: one of 1 has no properties" },
    Stricter { peers: &[Mqttbytes], witness: (V5, "f0 00"),
        accepted: |_, packet| matches!(packet, Packet::Auth(_)),
        because: "3.15: it knows no AUTH" },
];

/// We and these peers understand different things, or they write what they understood so that it
/// means another.
struct Garbled {
    peers: &'static [Peer],
    read: fn(Version, &Packet<'_>) -> bool,
    because: &'static str,
    witness: (Version, &'static str),
}

#[rustfmt::skip]
const GARBLED: &[Garbled] = &[
    Garbled { peers: &[Mqttbytes], witness: (V311, "10 0e 00 04 4d 51 54 54 04 82 00 3c 00 00 00 00"),
        read: |_, packet| matches!(packet, Packet::Connect(it) if it.username == Some("") || it.password == Some(b"")),
        because: "[MQTT-3.1.2-17] [MQTT-3.1.2-19] an empty user name or password is there; it drops it" },
    Garbled { peers: &[Mqttbytes], witness: (V5, "20 03 00 86 00"),
        read: |version, packet| version == V5 && matches!(packet, Packet::ConnAck(it) if it.properties.is_empty()),
        because: "[MQTT-2.2.2-1] no properties are a property length of zero; it writes none" },
    Garbled { peers: &[Mqttbytes], witness: (V5, "30 0a 00 01 74 06 0b 01 0b 02 01 01"),
        read: |_, packet| matches!(packet, Packet::Publish(it) if it.properties.iter().any(|it| it.id() == PropertyId::SUBSCRIPTION_IDENTIFIER)),
        because: "2.2.2.1: it counts every Subscription Identifier one byte too long, and takes the last properties for payload" },
];

/// Whether it is a PUBLISH or a SUBSCRIBE that looks as if it had a Subscription Identifier.
fn may_name_subscription(bytes: &[u8]) -> bool {
    matches!(bytes[0] >> 4, 3 | 8) && bytes.contains(&PropertyId::SUBSCRIPTION_IDENTIFIER.0)
}

/// Whether the password, if there is one, is UTF-8.
fn is_text(connect: &Connect<'_>) -> bool {
    connect
        .password
        .is_none_or(|password| std::str::from_utf8(password).is_ok())
}

/// A packet and its properties apart: peers write properties in an order of their own, which means
/// nothing (2.2.2.2).
fn meaning<'a>(packet: &Packet<'a>) -> (Packet<'a>, Vec<String>) {
    let mut packet = packet.clone();
    let mut all = Vec::new();
    let mut take = |properties: &mut Properties<'a>| {
        all.extend(
            std::mem::take(properties)
                .iter()
                .map(|property| format!("{property:?}")),
        );
    };
    match &mut packet {
        Packet::Connect(packet) => {
            take(&mut packet.properties);
            if let Some(will) = &mut packet.will {
                take(&mut will.properties);
            }
        }
        Packet::ConnAck(packet) => take(&mut packet.properties),
        Packet::Publish(packet) => take(&mut packet.properties),
        Packet::PubAck(ack) | Packet::PubRec(ack) | Packet::PubRel(ack) | Packet::PubComp(ack) => {
            take(&mut ack.properties);
        }
        Packet::Subscribe(packet) => take(&mut packet.properties),
        Packet::SubAck(packet) => take(&mut packet.properties),
        Packet::Unsubscribe(packet) => take(&mut packet.properties),
        Packet::UnsubAck(packet) => take(&mut packet.properties),
        Packet::Disconnect(packet) => take(&mut packet.properties),
        Packet::Auth(packet) => take(&mut packet.properties),
        Packet::PingReq | Packet::PingResp => {}
    }
    all.sort();
    (packet, all)
}

/// How a peer and we differ about some bytes.
#[derive(PartialEq, Eq, Debug)]
enum Difference {
    None,
    Laxer(D),
    Stricter,
    Garbled,
}

fn difference(peer: Peer, version: Version, bytes: &[u8]) -> Difference {
    match (decode(version, bytes), peer.rewrite(version, bytes)) {
        (Err(error), Verdict::Accepted(_)) => Difference::Laxer(error),
        (Err(_), _) => Difference::None,
        (Ok(_), Verdict::Refused | Verdict::Crashed) => Difference::Stricter,
        (Ok(ours), Verdict::Accepted(rewritten)) => {
            let theirs = Packet::decode(version, frame(&rewritten));
            let same = theirs.is_ok_and(|theirs| meaning(&theirs) == meaning(&ours));
            if same {
                Difference::None
            } else {
                Difference::Garbled
            }
        }
    }
}

/// Holds both peers against us; whatever differs must be in a list.
fn compare(version: Version, bytes: &[u8]) {
    for &peer in BOTH {
        let found = difference(peer, version, bytes);
        let ours = decode(version, bytes);
        let packet = || ours.as_ref().unwrap();
        let listed = match &found {
            Difference::None => true,
            Difference::Laxer(error) => LAXER
                .iter()
                .any(|it| it.peers.contains(&peer) && (it.refused)(error, bytes)),
            Difference::Stricter => STRICTER
                .iter()
                .any(|it| it.peers.contains(&peer) && (it.accepted)(version, packet())),
            Difference::Garbled => GARBLED
                .iter()
                .any(|it| it.peers.contains(&peer) && (it.read)(version, packet())),
        };
        assert!(
            listed,
            "{peer:?} in {version:?}: {found:?}\n{bytes:02x?}\n{ours:?}"
        );
    }
}

#[test]
fn every_listed_difference_is_real() {
    for it in LAXER {
        let (version, bytes) = it.witness;
        for &peer in it.peers {
            let found = difference(peer, version, &hex(bytes));
            assert!(
                matches!(found, Difference::Laxer(error) if (it.refused)(&error, &hex(bytes))),
                "{peer:?}: {}",
                it.because
            );
        }
    }
    for it in STRICTER {
        let (version, bytes) = it.witness;
        assert!(
            (it.accepted)(version, &decode(version, &hex(bytes)).unwrap()),
            "{}",
            it.because
        );
        for &peer in it.peers {
            assert_eq!(
                difference(peer, version, &hex(bytes)),
                Difference::Stricter,
                "{peer:?}: {}",
                it.because
            );
        }
    }
    for it in GARBLED {
        let (version, bytes) = it.witness;
        assert!(
            (it.read)(version, &decode(version, &hex(bytes)).unwrap()),
            "{}",
            it.because
        );
        for &peer in it.peers {
            assert_eq!(
                difference(peer, version, &hex(bytes)),
                Difference::Garbled,
                "{peer:?}: {}",
                it.because
            );
        }
    }
}

/// How many packets each of the next two tests draws. The draw is the same at every run, so that
/// they fail for a change and not for bad luck; `CODEC_DRAWS=1000000` looks further.
fn draws() -> usize {
    std::env::var("CODEC_DRAWS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(800)
}

#[test]
fn our_packets_mean_the_same_to_others_and_theirs_to_us() {
    let mut runner = TestRunner::deterministic();
    for _ in 0..draws() {
        let sketch = sketch().new_tree(&mut runner).unwrap().current();
        compare(
            sketch.version,
            &sketch.with(|packet| encode(sketch.version, &packet)),
        );
    }
}

#[test]
fn others_refuse_what_we_refuse_unless_a_statement_is_on_our_side() {
    let byte = prop_oneof![any::<u8>(), 0..6u8];
    let mutations = prop::collection::vec((any::<prop::sample::Index>(), byte), 1..4);
    let strategy = (sketch(), mutations, any::<bool>());
    let mut runner = TestRunner::deterministic();
    for _ in 0..draws() {
        let (sketch, mutations, first) = strategy.new_tree(&mut runner).unwrap().current();
        let mut bytes = sketch.with(|packet| encode(sketch.version, &packet));
        // The remaining length stays right: how a stream is cut is not what this test is about.
        let body = bytes.len() - frame(&bytes).body.len();
        for (index, byte) in mutations {
            if body < bytes.len() {
                let at = body + index.index(bytes.len() - body);
                bytes[at] = byte;
            }
            if first && byte < 6 {
                bytes[0] ^= 1 << byte; // a flag, or now and then another packet type
            }
        }
        compare(sketch.version, &bytes);
    }
}
