//! A packet as one readable line, for traces.
//!
//! What is said: type, flags, packet identifier, topics, sizes, reason codes. Must never be said: a
//! payload, a user name, a password, authentication data. A trace is what people send to others.
//!
//! What only clients send is skimmed, and not held against the rules: a client that has this need not
//! carry the code that reads it.

use super::wire::Reader;
use super::{
    Ack, Auth, ConnAck, DecodeError, Disconnect, Frame, PacketId, PacketType, Properties,
    PropertySet, Publish, ReasonCode, SubAck, UnsubAck, Version,
};

/// One line about the packet in `frame`, without a line break whatever is in it. What cannot be read
/// is said to be so.
pub fn describe(version: Version, frame: Frame<'_>) -> String {
    let mut line = Line(match frame.packet_type() {
        Ok(kind) => kind.name().into(),
        Err(_) => "packet".into(),
    });
    if let Err(error) = line.packet(version, frame) {
        line.word("malformed: ").text(&error.to_string());
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

    fn qos(&mut self, qos: u8) -> &mut Self {
        self.text(" QoS ").number(qos.into())
    }

    fn reason(&mut self, reason: ReasonCode) -> &mut Self {
        self.word(reason.name());
        match reason.0 {
            0 => self,
            code => self.text(" (").number(code.into()).text(")"),
        }
    }

    fn reasons(&mut self, codes: &[u8], zero: &str) {
        for code in codes {
            match code {
                0 => self.word(zero),
                code => self.reason(ReasonCode(*code)),
            };
        }
    }

    fn packet(&mut self, version: Version, frame: Frame<'_>) -> Result<(), DecodeError> {
        let kind = frame.packet_type()?;
        match kind {
            PacketType::Connect => self.connect(version, &mut Reader::new(frame.body))?,
            PacketType::ConnAck => {
                let connack = ConnAck::decode(version, frame)?;
                self.reason(connack.reason)
                    .flag(connack.session_present, "session present");
            }
            PacketType::Publish => self.publish(&Publish::decode(version, frame)?),
            PacketType::PubAck | PacketType::PubRec | PacketType::PubRel | PacketType::PubComp => {
                let ack = Ack::decode(version, kind, frame)?;
                self.id(ack.packet_id);
                if version == Version::V5 {
                    self.reason(ack.reason);
                }
            }
            PacketType::Subscribe | PacketType::Unsubscribe => {
                self.filters(version, kind, &mut Reader::new(frame.body))?;
            }
            PacketType::SubAck => {
                let suback = SubAck::decode(version, frame)?;
                self.id(suback.packet_id)
                    .reasons(suback.codes, "Granted QoS 0");
            }
            PacketType::UnsubAck => {
                let unsuback = UnsubAck::decode(version, frame)?;
                self.id(unsuback.packet_id)
                    .reasons(unsuback.codes, ReasonCode::SUCCESS.name());
            }
            PacketType::PingReq | PacketType::PingResp => {}
            PacketType::Disconnect => {
                self.reason(Disconnect::decode(version, frame)?.reason);
            }
            PacketType::Auth => {
                self.reason(Auth::decode(version, frame)?.reason);
            }
        }
        Ok(())
    }

    fn connect(&mut self, version: Version, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        reader.binary("protocol name")?;
        reader.u8("protocol version")?;
        let flags = reader.u8("connect flags")?;
        let keep_alive = reader.u16("keep alive")?;
        Properties::read(version, PropertySet::Connect, reader)?;
        self.word("client identifier ")
            .quoted(reader.string("client identifier")?)
            .flag(flags & 0x02 != 0, "clean start")
            .word("keep alive ")
            .number(keep_alive.into())
            .flag(flags & 0x80 != 0, "with user name")
            .flag(flags & 0x40 != 0, "with password");
        if flags & 0x04 != 0 {
            Properties::read(version, PropertySet::Will, reader)?;
            self.word("will ")
                .quoted(reader.string("will topic")?)
                .qos(flags >> 3 & 3)
                .flag(flags & 0x20 != 0, "RETAIN");
        }
        Ok(())
    }

    fn filters(
        &mut self,
        version: Version,
        kind: PacketType,
        reader: &mut Reader<'_>,
    ) -> Result<(), DecodeError> {
        self.id(reader.packet_id(kind)?);
        let subscribes = kind == PacketType::Subscribe;
        let set = match subscribes {
            true => PropertySet::Subscribe,
            false => PropertySet::Unsubscribe,
        };
        Properties::read(version, set, reader)?;
        while !reader.is_empty() {
            self.word("").quoted(reader.string("topic filter")?);
            if subscribes {
                self.qos(reader.u8("subscription options")? & 3);
            }
        }
        Ok(())
    }

    fn publish(&mut self, publish: &Publish<'_>) {
        self.word("").quoted(publish.topic);
        if let Some(alias) = publish.properties.topic_alias() {
            self.text(" alias ").number(alias.into());
        }
        self.qos(publish.qos as u8)
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
