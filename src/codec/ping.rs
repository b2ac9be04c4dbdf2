//! PINGREQ (3.12) and PINGRESP (3.13): packets that are nothing but their fixed header.

use super::wire::{self, Reader};
use super::{DecodeError, EncodeError, Frame, PacketType, Version};

/// Asks the server for a sign of life.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct PingReq;

/// The sign of life `[MQTT-3.12.4-1]`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct PingResp;

impl PingReq {
    /// Reads a PINGREQ, the same in both versions.
    pub fn decode(_: Version, frame: Frame<'_>) -> Result<Self, DecodeError> {
        decode(PacketType::PingReq, frame).map(|()| Self)
    }

    /// Appends the packet to `out`.
    pub fn encode(&self, _: Version, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        wire::start_packet(out, PacketType::PingReq.first_byte(), 0)
    }
}

impl PingResp {
    /// Reads a PINGRESP, the same in both versions.
    pub fn decode(_: Version, frame: Frame<'_>) -> Result<Self, DecodeError> {
        decode(PacketType::PingResp, frame).map(|()| Self)
    }

    /// Appends the packet to `out`.
    pub fn encode(&self, _: Version, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        wire::start_packet(out, PacketType::PingResp.first_byte(), 0)
    }
}

fn decode(packet: PacketType, frame: Frame<'_>) -> Result<(), DecodeError> {
    frame.expect(packet)?;
    Reader::new(frame.body).finish(packet)
}
