//! A packet as one readable line, for traces.
//!
//! What is said: type, flags, packet identifier, topics, sizes, reason codes. Must never be said: a
//! payload, a user name, a password, authentication data. A trace is what people send to others.
//!
//! What only clients send is skimmed, and not held against the rules: a client that has this need not
//! carry the code that reads it.

use super::answer::Answer;
use super::wire::Reader;
use super::{
    ConnAck, DecodeError, Frame, PacketId, PacketType, Properties, PropertySet, Publish,
    ReasonCode, Version,
};
use crate::sentences::{in_words, sentence};
use core::fmt;

/// One line about the packet in `frame`, without a line break whatever is in it. What cannot be read
/// is said to be so.
pub fn describe(version: Version, frame: Frame<'_>) -> Description {
    let mut line = Description::default();
    line.say(match frame.packet_type() {
        Ok(kind) => kind.sentence(),
        Err(_) => sentence!("packet"),
    });
    if let Err(error) = line.packet(version, frame) {
        let said = error.said();
        line.say(sentence!(", malformed: %sentence"));
        line.numbers.extend_from_slice(&said.numbers);
        line.quote(said.text);
    }
    line.number(sentence!(", remaining length %number"), frame.body.len());
    line
}

/// What is said of a packet: its [`Display`](fmt::Display) is the line.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Description {
    /// Of sentences, each with the numbers that stand in it behind it.
    pub(crate) numbers: Vec<u32>,
    /// What stands in them, U+0000 behind each, which is in none.
    pub(crate) texts: String,
}

impl fmt::Display for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&in_words(&self.numbers, &self.texts))
    }
}

const SUCCESS: u32 = ReasonCode::SUCCESS.sentence();

impl Description {
    fn say(&mut self, sentence: u32) {
        self.numbers.push(sentence);
    }

    /// What stands in the next sentence.
    fn quote(&mut self, text: &str) {
        self.texts += text;
        self.texts.push('\0');
    }

    fn number(&mut self, sentence: u32, number: usize) {
        self.say(sentence);
        self.say(number as u32);
    }

    fn flag(&mut self, set: bool, sentence: u32) {
        if set {
            self.say(sentence);
        }
    }

    fn id(&mut self, id: PacketId) {
        self.number(sentence!(", packet identifier %number"), id.get().into());
    }

    fn qos(&mut self, qos: u8) {
        self.number(sentence!(" QoS %number"), qos.into());
    }

    fn topic(&mut self, topic: &str) {
        self.quote(topic);
        self.say(sentence!(", %quoted"));
    }

    /// `zero`: what 0 means there.
    fn reason(&mut self, code: u8, zero: u32) {
        let (sentence, meaning) = match code {
            0 => (sentence!(", %sentence"), zero),
            code => (
                sentence!(", %sentence (%number)"),
                ReasonCode(code).sentence(),
            ),
        };
        self.number(sentence, meaning as usize);
        self.flag(code != 0, code.into());
    }

    fn packet(&mut self, version: Version, frame: Frame<'_>) -> Result<(), DecodeError> {
        let kind = frame.packet_type()?;
        match kind {
            PacketType::Connect => self.connect(version, &mut Reader::new(frame.body))?,
            PacketType::ConnAck => {
                let connack = ConnAck::decode(version, frame)?;
                self.reason(connack.reason.0, SUCCESS);
                self.flag(connack.session_present, sentence!(", session present"));
            }
            PacketType::Publish => self.publish(&Publish::decode(version, frame)?),
            PacketType::Subscribe | PacketType::Unsubscribe => {
                self.filters(version, kind, &mut Reader::new(frame.body))?;
            }
            PacketType::PingReq | PacketType::PingResp => {}
            _ => self.answer(version, kind, Answer::read(version, kind, frame)?),
        }
        Ok(())
    }

    fn answer(&mut self, version: Version, kind: PacketType, answer: Answer<'_>) {
        if !matches!(kind, PacketType::Disconnect | PacketType::Auth) {
            self.id(answer.packet_id);
        }
        let zero = match kind {
            PacketType::SubAck => sentence!("Granted QoS 0"),
            _ => SUCCESS,
        };
        match kind {
            PacketType::SubAck | PacketType::UnsubAck => {
                for code in answer.codes {
                    self.reason(*code, zero);
                }
            }
            _ if version == Version::V5 || kind == PacketType::Disconnect => {
                self.reason(answer.reason.0, zero);
            }
            _ => {}
        }
    }

    fn connect(&mut self, version: Version, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        reader.binary("protocol name")?;
        reader.u8("protocol version")?;
        let flags = reader.u8("connect flags")?;
        let keep_alive = reader.u16("keep alive")?;
        Properties::read(version, PropertySet::Connect, reader)?;
        self.quote(reader.string("client identifier")?);
        self.say(sentence!(", client identifier %quoted"));
        self.flag(flags & 0x02 != 0, sentence!(", clean start"));
        self.number(sentence!(", keep alive %number"), keep_alive.into());
        self.flag(flags & 0x80 != 0, sentence!(", with user name"));
        self.flag(flags & 0x40 != 0, sentence!(", with password"));
        if flags & 0x04 != 0 {
            Properties::read(version, PropertySet::Will, reader)?;
            self.quote(reader.string("will topic")?);
            self.say(sentence!(", will %quoted"));
            self.qos(flags >> 3 & 3);
            self.flag(flags & 0x20 != 0, sentence!(", RETAIN"));
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
            self.topic(reader.string("topic filter")?);
            if subscribes {
                self.qos(reader.u8("subscription options")? & 3);
            }
        }
        Ok(())
    }

    fn publish(&mut self, publish: &Publish<'_>) {
        self.topic(publish.topic);
        if let Some(alias) = publish.properties.topic_alias() {
            self.number(sentence!(" alias %number"), alias.into());
        }
        self.qos(publish.qos as u8);
        self.flag(publish.dup, sentence!(", DUP"));
        self.flag(publish.retain, sentence!(", RETAIN"));
        if let Some(id) = publish.packet_id {
            self.id(id);
        }
        self.number(sentence!(", payload %number bytes"), publish.payload.len());
    }
}
