//! A stream of chunks becomes a sequence of frames (2.1): first byte, Remaining Length, body.
//!
//! The only state of the codec lives here: the bytes of a packet that has not wholly arrived. What
//! a body means is not looked at.

use super::wire::{VARINT_MAX, parse_varint};
use super::{DecodeError, PacketType};

/// One whole packet, not yet understood.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Frame<'a> {
    /// The first byte: packet type and flags.
    pub header: u8,
    /// What Remaining Length counts: variable header and payload.
    pub body: &'a [u8],
}

impl Frame<'_> {
    /// The packet type; 0 is forbidden (table 2-1).
    pub const fn packet_type(&self) -> Result<PacketType, DecodeError> {
        match PacketType::from_bits(self.header >> 4) {
            Some(packet) => Ok(packet),
            None => Err(DecodeError::ReservedPacketType),
        }
    }

    /// The four flag bits (2.1.3).
    pub const fn flags(&self) -> u8 {
        self.header & 0x0F
    }

    /// Makes sure that this is a `packet` and that its flags are the reserved ones
    /// `[MQTT-2.1.3-1]`. PUBLISH uses its flags and checks them itself.
    pub(super) fn expect(&self, packet: PacketType) -> Result<(), DecodeError> {
        let found = self.packet_type()?;
        if found != packet {
            return Err(DecodeError::UnexpectedPacketType {
                expected: packet,
                found,
            });
        }
        check_flags(packet, self.flags())
    }
}

/// Makes sure that the flags are the reserved ones of `packet` `[MQTT-2.1.3-1]`.
fn check_flags(packet: PacketType, flags: u8) -> Result<(), DecodeError> {
    if packet == PacketType::Publish || flags == packet.reserved_flags() {
        return Ok(());
    }
    Err(DecodeError::FixedHeaderFlags { packet, flags })
}

/// The largest packet there can be: five bytes of fixed header and the largest Remaining Length.
const PROTOCOL_MAXIMUM: u32 = VARINT_MAX + 5;

/// Capacity kept from one carried-over packet to the next. Chunks of a WebSocket are rarely larger,
/// so ordinary splits never allocate twice, and one huge message does not hold its memory for the
/// life of the connection.
const KEPT_CAPACITY: usize = 64 * 1024;

/// Cuts the incoming stream into [`Frame`]s.
///
/// A packet that lies wholly inside a chunk is borrowed from it; only one that spans chunks is
/// copied. After an error the place in the stream is lost: close the connection, and
/// [`reset`](Self::reset) before the next one.
#[derive(Clone, Debug)]
pub struct Splitter {
    carried: Vec<u8>,
    /// `carried` was a whole packet and has been handed out; it is dropped by the next call.
    handed_out: bool,
    maximum: u32,
}

impl Default for Splitter {
    /// A splitter with no limit but the protocol's own.
    fn default() -> Self {
        Self::new(PROTOCOL_MAXIMUM)
    }
}

impl Splitter {
    /// A splitter that refuses packets of more than `maximum_packet_size` bytes, fixed header
    /// included (3.1.2.11.4).
    pub const fn new(maximum_packet_size: u32) -> Self {
        Self {
            carried: Vec::new(),
            handed_out: false,
            maximum: maximum_packet_size,
        }
    }

    /// Changes the limit for the packets that follow.
    pub const fn set_maximum_packet_size(&mut self, maximum_packet_size: u32) {
        self.maximum = maximum_packet_size;
    }

    /// Forgets what was carried over: a new connection begins with a new packet.
    pub fn reset(&mut self) {
        self.carried.clear();
        self.carried.shrink_to(KEPT_CAPACITY);
        self.handed_out = false;
    }

    /// Takes the next whole packet from what was carried over and `chunk`, and moves `chunk` past
    /// what was used. `None` means that the chunk is used up.
    ///
    /// The limit is checked as soon as the length is known, before anything of the body is stored;
    /// and no more is ever stored than was received, whatever length the packet claims.
    pub fn next<'f, 'c: 'f>(
        &'f mut self,
        chunk: &mut &'c [u8],
    ) -> Result<Option<Frame<'f>>, DecodeError> {
        if self.handed_out {
            self.reset();
        }
        if self.carried.is_empty() {
            if let Some(head) = Head::parse(chunk, self.maximum)?
                && let Some((packet, rest)) = chunk.split_at_checked(head.total)
            {
                *chunk = rest;
                return Ok(Some(head.frame(packet)));
            }
            self.carried.extend_from_slice(chunk);
            *chunk = &[];
            return Ok(None);
        }
        loop {
            let head = Head::parse(&self.carried, self.maximum)?;
            // Until the length is known, one byte at a time: the next one may already belong to the
            // following packet.
            let missing = match &head {
                Some(head) => head.total - self.carried.len(),
                None => 1,
            };
            if missing == 0 {
                self.handed_out = true;
                return Ok(head.map(|head| head.frame(&self.carried)));
            }
            if chunk.is_empty() {
                return Ok(None);
            }
            let (taken, rest) = chunk.split_at(missing.min(chunk.len()));
            self.carried.extend_from_slice(taken);
            *chunk = rest;
        }
    }
}

/// The fixed header of a packet whose length is known.
struct Head {
    first: u8,
    body_at: usize,
    total: usize,
}

impl Head {
    /// Reads the fixed header at the start of `bytes`; `None` if it is not complete yet. A first byte that begins no
    /// packet is refused at once: who speaks another protocol may never send the rest.
    fn parse(bytes: &[u8], maximum: u32) -> Result<Option<Self>, DecodeError> {
        let Some((&first, rest)) = bytes.split_first() else {
            return Ok(None);
        };
        let frame = Frame {
            header: first,
            body: &[],
        };
        check_flags(frame.packet_type()?, frame.flags())?;
        let Some((remaining, len)) = parse_varint(rest, "remaining length")? else {
            return Ok(None);
        };
        let size = 1 + len as u32 + remaining;
        if size > maximum {
            return Err(DecodeError::PacketTooLarge { size, maximum });
        }
        Ok(Some(Self {
            first,
            body_at: 1 + len,
            total: size as usize,
        }))
    }

    /// The frame of a packet that is `self.total` bytes long.
    fn frame<'a>(&self, packet: &'a [u8]) -> Frame<'a> {
        Frame {
            header: self.first,
            body: packet.get(self.body_at..).unwrap_or_default(),
        }
    }
}
