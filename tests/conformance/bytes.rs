//! Packets byte by byte, written from the specification. Must never live here: the crate's codec; what it
//! gets wrong would be wrong on both sides, and nobody would see it.

use mqtt_mooring::codec::Version;

/// Packets that are always the same.
pub(crate) const PINGREQ: [u8; 2] = [0xC0, 0];
pub(crate) const PINGRESP: [u8; 2] = [0xD0, 0];
/// DISCONNECT of 3.1.1, and of MQTT 5 with nothing to say.
pub(crate) const DISCONNECT: [u8; 2] = [0xE0, 0];

/// First bytes: packet type and flags.
pub(crate) const CONNECT: u8 = 0x10;
pub(crate) const CONNACK: u8 = 0x20;
pub(crate) const PUBLISH: u8 = 0x30;
pub(crate) const PUBACK: u8 = 0x40;
pub(crate) const PUBREC: u8 = 0x50;
pub(crate) const PUBREL: u8 = 0x62;
pub(crate) const PUBCOMP: u8 = 0x70;
pub(crate) const SUBSCRIBE: u8 = 0x82;
pub(crate) const SUBACK: u8 = 0x90;
pub(crate) const UNSUBSCRIBE: u8 = 0xA2;
pub(crate) const UNSUBACK: u8 = 0xB0;
pub(crate) const AUTH: u8 = 0xF0;

/// Flags of PUBLISH.
pub(crate) const DUP: u8 = 0x08;
pub(crate) const QOS_1: u8 = 0x02;
pub(crate) const QOS_2: u8 = 0x04;
pub(crate) const RETAIN: u8 = 0x01;

/// A packet: its first byte, its Remaining Length, and `parts` one after the other.
pub(crate) fn packet(first: u8, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    [&[first][..], &varint(body.len()), &body].concat()
}

/// A Variable Byte Integer.
pub(crate) fn varint(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let group = (number % 128) as u8;
        number /= 128;
        bytes.push(if number > 0 { group | 0x80 } else { group });
        if number == 0 {
            return bytes;
        }
    }
}

/// A string, or binary data, behind its length in two bytes.
pub(crate) fn text(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let bytes = bytes.as_ref();
    [&two(bytes.len() as u16)[..], bytes].concat()
}

/// A number of two bytes, big-endian.
pub(crate) fn two(number: u16) -> [u8; 2] {
    number.to_be_bytes()
}

/// Properties behind their length; in 3.1.1, which has none, nothing.
pub(crate) fn properties(version: Version, properties: &[u8]) -> Vec<u8> {
    match version {
        Version::V311 => Vec::new(),
        Version::V5 => [&varint(properties.len())[..], properties].concat(),
    }
}

/// CONNACK with success.
pub(crate) fn connack(version: Version, session_present: bool) -> Vec<u8> {
    connack_with(version, session_present, 0, &[])
}

/// CONNACK with any code, and properties in MQTT 5.
pub(crate) fn connack_with(
    version: Version,
    session_present: bool,
    code: u8,
    list: &[u8],
) -> Vec<u8> {
    let head = [u8::from(session_present), code];
    packet(CONNACK, &[&head, &properties(version, list)])
}

/// PUBLISH without properties; `id` 0: none, for QoS 0.
pub(crate) fn publish(
    version: Version,
    flags: u8,
    topic: &str,
    id: u16,
    payload: impl AsRef<[u8]>,
) -> Vec<u8> {
    publish_with(version, flags, topic, id, &[], payload)
}

/// PUBLISH with properties.
pub(crate) fn publish_with(
    version: Version,
    flags: u8,
    topic: &str,
    id: u16,
    list: &[u8],
    payload: impl AsRef<[u8]>,
) -> Vec<u8> {
    let number = two(id);
    let id: &[u8] = if id == 0 { &[] } else { &number };
    packet(
        PUBLISH | flags,
        &[
            &text(topic),
            id,
            &properties(version, list),
            payload.as_ref(),
        ],
    )
}

/// PUBACK, PUBREC, PUBREL or PUBCOMP: an identifier and nothing else.
pub(crate) fn ack(first: u8, id: u16) -> Vec<u8> {
    packet(first, &[&two(id)])
}

/// The same with a reason code, and properties (MQTT 5).
pub(crate) fn ack_with(first: u8, id: u16, reason: u8, list: &[u8]) -> Vec<u8> {
    packet(
        first,
        &[&two(id), &[reason], &properties(Version::V5, list)],
    )
}

/// SUBSCRIBE for one filter, without properties.
pub(crate) fn subscribe(version: Version, id: u16, filter: &str, options: u8) -> Vec<u8> {
    packet(
        SUBSCRIBE,
        &[
            &two(id),
            &properties(version, &[]),
            &text(filter),
            &[options],
        ],
    )
}

/// SUBACK.
pub(crate) fn suback(version: Version, id: u16, codes: &[u8]) -> Vec<u8> {
    packet(SUBACK, &[&two(id), &properties(version, &[]), codes])
}

/// UNSUBSCRIBE from one filter, without properties.
pub(crate) fn unsubscribe(version: Version, id: u16, filter: &str) -> Vec<u8> {
    packet(
        UNSUBSCRIBE,
        &[&two(id), &properties(version, &[]), &text(filter)],
    )
}

/// UNSUBACK; 3.1.1 has no codes in it.
pub(crate) fn unsuback(version: Version, id: u16, codes: &[u8]) -> Vec<u8> {
    let codes = match version {
        Version::V311 => &[],
        Version::V5 => codes,
    };
    packet(UNSUBACK, &[&two(id), &properties(version, &[]), codes])
}

/// DISCONNECT with a reason code, and properties (MQTT 5).
pub(crate) fn disconnect(reason: u8, list: &[u8]) -> Vec<u8> {
    packet(0xE0, &[&[reason], &properties(Version::V5, list)])
}

/// AUTH (MQTT 5).
pub(crate) fn auth(reason: u8, list: &[u8]) -> Vec<u8> {
    packet(AUTH, &[&[reason], &properties(Version::V5, list)])
}

/// Reads a packet's fields one after the other.
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// The body of a packet that begins with `first`.
    pub(crate) fn of(first: u8, packet: &'a [u8]) -> Self {
        assert_eq!(packet[0], first, "the first byte of {packet:02x?}");
        let mut reader = Self { rest: &packet[1..] };
        let length = reader.varint();
        assert_eq!(length, reader.rest.len(), "Remaining Length");
        reader
    }

    /// One byte.
    pub(crate) fn byte(&mut self) -> u8 {
        self.bytes(1)[0]
    }

    /// Two bytes.
    pub(crate) fn two(&mut self) -> u16 {
        u16::from_be_bytes(self.bytes(2).try_into().expect("two bytes"))
    }

    /// Four bytes.
    pub(crate) fn four(&mut self) -> u32 {
        u32::from_be_bytes(self.bytes(4).try_into().expect("four bytes"))
    }

    /// A Variable Byte Integer.
    pub(crate) fn varint(&mut self) -> usize {
        let mut number = 0;
        for place in 0..4 {
            let byte = self.byte();
            number |= usize::from(byte & 0x7F) << (7 * place);
            if byte & 0x80 == 0 {
                return number;
            }
        }
        panic!("a Variable Byte Integer has four bytes at most");
    }

    /// What lies behind its length in two bytes.
    pub(crate) fn binary(&mut self) -> &'a [u8] {
        let length = self.two();
        self.bytes(usize::from(length))
    }

    /// A string.
    pub(crate) fn text(&mut self) -> &'a str {
        std::str::from_utf8(self.binary()).expect("UTF-8")
    }

    /// Properties, without their length (MQTT 5).
    pub(crate) fn properties(&mut self) -> &'a [u8] {
        let length = self.varint();
        self.bytes(length)
    }

    /// All that is left.
    pub(crate) fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.rest)
    }

    /// Nothing is left.
    pub(crate) fn end(self) {
        assert_eq!(self.rest, [0u8; 0], "left over");
    }

    fn bytes(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at(count);
        self.rest = rest;
        taken
    }
}
