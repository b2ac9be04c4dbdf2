//! A packet as one readable line, for traces.
//!
//! What is said: type, flags, packet identifier, topics, sizes, reason codes. Must never be said: a
//! payload, a user name, a password, authentication data. A trace is what people send to others.

use super::{Connect, DecodeError, Frame, Packet, PacketId, Publish, QoS, ReasonCode, Version};

/// One line about the packet in `frame`, without a line break whatever is in it. What cannot be read
/// is said to be so.
pub fn describe(version: Version, frame: Frame<'_>) -> String {
    let mut line = Line(match frame.packet_type() {
        Ok(kind) => kind.name().into(),
        Err(_) => "packet".into(),
    });
    match Packet::decode(version, frame) {
        Ok(packet) => line.packet(version, &packet),
        Err(error) => line.malformed(&error),
    }
    line.word("remaining length ").number(frame.body.len());
    line.0
}

struct Line(String);

impl Line {
    fn text(&mut self, text: &str) -> &mut Self {
        self.0 += text;
        self
    }

    /// Begins the next part.
    fn word(&mut self, text: &str) -> &mut Self {
        self.text(", ").text(text)
    }

    fn number(&mut self, number: usize) -> &mut Self {
        self.text(&number.to_string())
    }

    fn flag(&mut self, set: bool, name: &str) -> &mut Self {
        match set {
            true => self.word(name),
            false => self,
        }
    }

    /// What the other side wrote: a line break in it would make two lines of one.
    fn quoted(&mut self, text: &str) -> &mut Self {
        let visible = |c: char| if c.is_control() { '\u{FFFD}' } else { c };
        self.0.push('"');
        self.0.extend(text.chars().map(visible));
        self.text("\"")
    }

    fn id(&mut self, id: PacketId) -> &mut Self {
        self.word("packet identifier ").number(id.get().into())
    }

    fn qos(&mut self, qos: QoS) -> &mut Self {
        self.word("QoS ").number(qos as usize)
    }

    fn reason(&mut self, reason: ReasonCode) -> &mut Self {
        self.word(reason.name());
        match reason.0 {
            0 => self,
            code => self.text(" (").number(code.into()).text(")"),
        }
    }

    fn malformed(&mut self, error: &DecodeError) {
        self.word("malformed: ").text(&error.to_string());
    }

    fn packet(&mut self, version: Version, packet: &Packet<'_>) {
        match packet {
            Packet::Connect(connect) => self.connect(connect),
            Packet::ConnAck(connack) => {
                self.reason(connack.reason)
                    .flag(connack.session_present, "session present");
            }
            Packet::Publish(publish) => self.publish(publish),
            Packet::PubAck(ack)
            | Packet::PubRec(ack)
            | Packet::PubRel(ack)
            | Packet::PubComp(ack) => {
                self.id(ack.packet_id);
                if version == Version::V5 {
                    self.reason(ack.reason);
                }
            }
            Packet::Subscribe(subscribe) => {
                self.id(subscribe.packet_id);
                for (filter, options) in &subscribe.filters {
                    self.word("").quoted(filter);
                    self.text(" QoS ").number(options.qos as usize);
                }
            }
            Packet::SubAck(suback) => {
                self.id(suback.packet_id);
                for reason in suback.reasons() {
                    match reason {
                        ReasonCode::GRANTED_QOS_0 => self.word("Granted QoS 0"),
                        reason => self.reason(reason),
                    };
                }
            }
            Packet::Unsubscribe(unsubscribe) => {
                self.id(unsubscribe.packet_id);
                for filter in &unsubscribe.filters {
                    self.word("").quoted(filter);
                }
            }
            Packet::UnsubAck(unsuback) => {
                self.id(unsuback.packet_id);
                for reason in unsuback.reasons() {
                    self.reason(reason);
                }
            }
            Packet::PingReq | Packet::PingResp => {}
            Packet::Disconnect(disconnect) => {
                self.reason(disconnect.reason);
            }
            Packet::Auth(auth) => {
                self.reason(auth.reason);
            }
        }
    }

    fn connect(&mut self, connect: &Connect<'_>) {
        self.word("client identifier ").quoted(connect.client_id);
        self.flag(connect.clean_start, "clean start")
            .word("keep alive ")
            .number(connect.keep_alive.into())
            .flag(connect.username.is_some(), "with user name")
            .flag(connect.password.is_some(), "with password");
        if let Some(will) = &connect.will {
            self.word("will ").quoted(will.topic);
            self.qos(will.qos).flag(will.retain, "RETAIN");
        }
    }

    fn publish(&mut self, publish: &Publish<'_>) {
        self.word("").quoted(publish.topic);
        if let Some(alias) = publish.properties.topic_alias() {
            self.text(" alias ").number(alias.into());
        }
        self.qos(publish.qos)
            .flag(publish.dup, "DUP")
            .flag(publish.retain, "RETAIN");
        if let Some(id) = publish.packet_id {
            self.id(id);
        }
        self.word("payload ")
            .number(publish.payload.len())
            .text(" bytes");
    }
}
