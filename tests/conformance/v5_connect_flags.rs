//! MQTT 5, chapter 3.1: the connect flags, the will, and the payload they speak of.

use mqtt_mooring::client::config::WillMessage;
use mqtt_mooring::codec::{QoS, Version};
use mqtt_mooring::error::UsageError;

use super::bytes::*;
use super::line::Line;
use super::v5_properties::*;
use crate::support::ID;

const V: Version = Version::V5;

fn will(qos: QoS, retain: bool) -> WillMessage {
    WillMessage {
        topic: "gone".into(),
        payload: b"bye".to_vec(),
        qos,
        retain,
        properties: Vec::new(),
    }
}

/// Will, Clean Start, user name and password, and the CONNECT that speaks of them.
type Case = (Option<WillMessage>, bool, bool, bool, Vec<u8>);

fn combinations() -> Vec<Case> {
    let mut all = Vec::new();
    let mut wills = vec![None];
    for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
        wills.extend([Some(will(qos, false)), Some(will(qos, true))]);
    }
    for will in wills {
        for bits in 0..8 {
            let [clean, named, secret] = [bits & 1 > 0, bits & 2 > 0, bits & 4 > 0];
            let mut line = Line::new(V);
            line.config.will.clone_from(&will);
            line.config.clean_session = clean;
            line.config.username = named.then(|| "ada".into());
            line.config.password = secret.then(|| b"lovelace".to_vec());
            let connect = line.dial();
            all.push((will.clone(), clean, named, secret, connect));
        }
    }
    all
}

#[test]
fn v5_3_1_2_3_the_reserved_connect_flag_is_0() {
    for (.., connect) in combinations() {
        assert_eq!(Opening::read(&connect).flags & 1, 0);
    }
}

#[test]
fn v5_3_1_2_9_a_will_comes_with_its_properties_topic_and_payload() {
    let list = [long(WILL_DELAY_INTERVAL, 5), word(CONTENT_TYPE, "text")].concat();
    for (properties, expected) in [(vec![], vec![0]), (list.clone(), [vec![12], list].concat())] {
        let mut line = Line::new(V);
        line.config.will = Some(WillMessage {
            properties,
            ..will(QoS::AtLeastOnce, false)
        });
        let connect = line.dial();
        let opening = Opening::read(&connect);
        assert_eq!(opening.flags, WILL | 1 << 3);
        assert_eq!(
            opening.payload,
            [text(ID), expected, text("gone"), text("bye")].concat()
        );
    }
}

#[test]
fn v5_3_1_2_11_without_a_will_will_qos_is_0() {
    for (will, .., connect) in combinations() {
        if will.is_none() {
            assert_eq!(Opening::read(&connect).flags & (WILL | 0x18), 0);
        }
    }
}

#[test]
fn v5_3_1_2_12_will_qos_is_that_of_the_will() {
    let mut seen = Vec::new();
    for (will, .., connect) in combinations() {
        if let Some(will) = will {
            let flags = Opening::read(&connect).flags;
            assert_eq!(flags & WILL, WILL);
            assert_eq!(flags >> 3 & 3, will.qos as u8);
            seen.push(will.qos);
        }
    }
    seen.dedup();
    assert_eq!(seen.len(), 3, "all three");
}

#[test]
fn v5_3_1_2_13_will_retain_is_that_of_the_will_and_0_without_one() {
    for (will, .., connect) in combinations() {
        let retain = will.is_some_and(|will| will.retain);
        assert_eq!(Opening::read(&connect).flags & WILL_RETAIN > 0, retain);
    }
}

fn credentials(will: &Option<WillMessage>, connect: &[u8]) -> (u8, Vec<u8>) {
    let opening = Opening::read(connect);
    let before = match will {
        None => text(ID).len(),
        Some(_) => [text(ID), vec![0], text("gone"), text("bye")]
            .concat()
            .len(),
    };
    (opening.flags, opening.payload[before..].to_vec())
}

#[test]
fn v5_3_1_2_16_without_the_user_name_flag_there_is_no_user_name() {
    for (will, _, named, secret, connect) in combinations() {
        let (flags, rest) = credentials(&will, &connect);
        if !named {
            assert_eq!(flags & USER_NAME, 0);
            let expected = if secret { text("lovelace") } else { vec![] };
            assert_eq!(rest, expected);
        }
    }
}

#[test]
fn v5_3_1_2_17_with_the_user_name_flag_there_is_a_user_name() {
    for (will, _, named, _, connect) in combinations() {
        let (flags, rest) = credentials(&will, &connect);
        assert_eq!(flags & USER_NAME > 0, named);
        assert_eq!(rest.starts_with(&text("ada")), named);
    }
}

#[test]
fn v5_3_1_2_17_an_empty_user_name_is_one() {
    let mut line = Line::new(V);
    line.config.username = Some(String::new());
    let connect = line.dial();
    let opening = Opening::read(&connect);
    assert_eq!(opening.flags, USER_NAME);
    assert_eq!(opening.payload, [text(ID), text("")].concat());
}

#[test]
fn v5_3_1_2_19_an_empty_password_is_one() {
    let mut line = Line::new(V);
    line.config.password = Some(Vec::new());
    let connect = line.dial();
    let opening = Opening::read(&connect);
    assert_eq!(opening.flags, PASSWORD);
    assert_eq!(opening.payload, [text(ID), text("")].concat());
}

#[test]
fn v5_3_1_2_18_without_the_password_flag_there_is_no_password() {
    for (will, _, named, secret, connect) in combinations() {
        let (flags, rest) = credentials(&will, &connect);
        if !secret {
            assert_eq!(flags & PASSWORD, 0);
            let expected = if named { text("ada") } else { vec![] };
            assert_eq!(rest, expected);
        }
    }
}

#[test]
fn v5_3_1_2_19_with_the_password_flag_there_is_a_password_even_without_a_user_name() {
    for (will, _, _, secret, connect) in combinations() {
        let (flags, rest) = credentials(&will, &connect);
        assert_eq!(flags & PASSWORD > 0, secret);
        assert_eq!(rest.ends_with(&text("lovelace")), secret);
    }
}

#[test]
fn v5_3_1_3_1_the_payload_has_its_fields_in_their_order() {
    let list = long(WILL_DELAY_INTERVAL, 5);
    let mut line = Line::new(V);
    line.config.username = Some("ada".into());
    line.config.password = Some(vec![0, 255]);
    line.config.will = Some(WillMessage {
        properties: list.clone(),
        ..will(QoS::AtLeastOnce, true)
    });
    let connect = line.dial();
    let expected = [
        text(ID),
        [vec![5], list].concat(),
        text("gone"),
        text("bye"),
        text("ada"),
        text([0, 255]),
    ];
    assert_eq!(Opening::read(&connect).payload, expected.concat());
}

#[test]
fn v5_3_1_3_10_user_properties_of_the_will_go_out_in_their_order() {
    let list = [user("b", "1"), user("a", "2"), user("b", "3")].concat();
    let mut line = Line::new(V);
    line.config.will = Some(WillMessage {
        properties: list.clone(),
        ..will(QoS::AtMostOnce, false)
    });
    let connect = line.dial();
    let payload = Opening::read(&connect).payload;
    let expected = [text(ID), vec![list.len() as u8], list, text("gone")].concat();
    assert!(payload.starts_with(&expected));
}

#[test]
fn v5_3_1_3_11_the_will_topic_is_utf_8() {
    let mut line = Line::new(V);
    line.config.will = Some(WillMessage {
        topic: "Büro/\u{1F6AA}".into(),
        ..will(QoS::AtMostOnce, false)
    });
    let connect = line.dial();
    let expected = [&text(ID)[..], b"\0\0\x0AB\xC3\xBCro/\xF0\x9F\x9A\xAA"].concat();
    assert!(Opening::read(&connect).payload.starts_with(&expected));
    for topic in ["", "a/#", "a\0"] {
        let mut line = Line::new(V);
        line.config.will = Some(WillMessage {
            topic: topic.into(),
            ..will(QoS::AtMostOnce, false)
        });
        let (config, now) = (line.config.clone(), line.now);
        let refused = line.client.connect(config, now);
        assert!(matches!(refused, Err(UsageError::Topic(_))), "{topic:?}");
    }
}

#[test]
fn v5_3_1_3_12_the_user_name_is_utf_8() {
    let mut line = Line::new(V);
    line.config.username = Some("Åda".into());
    let connect = line.dial();
    let opening = Opening::read(&connect);
    assert_eq!(opening.flags, USER_NAME);
    assert_eq!(
        opening.payload,
        [&text(ID)[..], b"\0\x04\xC3\x85da"].concat()
    );
}
