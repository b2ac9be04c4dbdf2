//! A history of a durable session, against the reference model.

use mqtt_mooring::client::config::WhenSessionLost;
use mqtt_mooring::codec::QoS;

use super::bytes::Bytes;
use crate::durable_support::{Op, Plan, Store, Wire, run as run_plan};
use crate::support::{QOS, VERSIONS};

/// The longest history: one that is longer says nothing that a shorter one does not.
const LENGTH: usize = 60;

pub fn run(data: &[u8]) {
    let mut bytes = Bytes(data);
    let version = VERSIONS[usize::from(bytes.byte() % 2)];
    let plan = plan(&mut bytes);
    run_plan(&plan, version);
}

fn plan(bytes: &mut Bytes<'_>) -> Plan {
    let stores = [Store::AtOnce, Store::Eager, Store::Late];
    let policies = [
        WhenSessionLost::RepublishQos1,
        WhenSessionLost::Republish,
        WhenSessionLost::Discard,
        WhenSessionLost::Ask,
    ];
    let flags = bytes.byte();
    let choices = bytes.byte();
    let mut plan = Plan {
        store: stores[usize::from(choices % 3)],
        window: [None, Some(1), Some(3)][usize::from(choices / 3 % 3)],
        policy: policies[usize::from(choices / 9 % 4)],
        manual_ack: flags & 1 != 0,
        method_b: flags & 2 == 0,
        chunk: usize::from(flags >> 5) % 5,
        reconnects: flags & 4 != 0,
        slow: flags & 8 != 0,
        room: (flags & 16 != 0).then_some(choices / 36 % 4 + 1),
        ops: Vec::new(),
    };
    while !bytes.is_empty() && plan.ops.len() < LENGTH {
        plan.ops.push(op(bytes));
    }
    plan
}

fn qos(bytes: &mut Bytes<'_>) -> QoS {
    QOS[usize::from(bytes.byte() % 3)]
}

/// Mostly short.
fn size(bytes: &mut Bytes<'_>) -> u16 {
    match bytes.byte() {
        long @ 240.. => u16::from(long - 240) * 200,
        short => u16::from(short % 60),
    }
}

fn op(bytes: &mut Bytes<'_>) -> Op {
    let wire = |byte: u8| {
        if byte.is_multiple_of(2) {
            Wire::Lost
        } else {
            Wire::Arrives
        }
    };
    match bytes.byte() % 32 {
        0 => Op::Connect,
        1 => Op::Disconnect,
        2 | 3 => {
            let expiry = |byte: u8| if byte.is_multiple_of(8) { byte % 20 } else { 0 };
            Op::Publish(
                qos(bytes),
                size(bytes),
                expiry(bytes.byte()),
                bytes.byte() % 5 + 1,
            )
        }
        4 => Op::Subscribe(bytes.byte() % 4),
        5 => Op::Unsubscribe(bytes.byte() % 4),
        6 => Op::ServerHas(qos(bytes), size(bytes)),
        7 | 8 => {
            let count = usize::from(bytes.byte() % 12);
            Op::Moves(bytes.take(count).to_vec())
        }
        9 => Op::Run,
        10 => Op::Cut(bytes.byte()),
        11 => Op::HoldAcks,
        12 => Op::ReleaseAck(bytes.byte() % 6),
        13 => Op::ReleaseAcks,
        14 => Op::Repeat,
        15 => Op::Lose,
        16 => Op::Acknowledge,
        17 => Op::Pass(bytes.number() % 20_000),
        18 => Op::Cancel(bytes.byte()),
        19 => Op::Deadline(bytes.byte(), bytes.number() % 5_000),
        20 => Op::Pressure(bytes.flag()),
        21 => Op::Online(bytes.flag()),
        22 => Op::Retry,
        23 => Op::Flow(u16::from(bytes.byte())),
        24 => Op::Full(u16::from(bytes.byte()) * 2),
        25 => Op::Broken,
        26 => Op::Healed,
        27 => Op::Cleared,
        28 => Op::Crash(wire(bytes.byte())),
        29 | 30 => Op::CrashSoon(bytes.byte() % 40 + 1, bytes.byte() % 30),
        _ => Op::Corrupted(bytes.byte(), bytes.byte()),
    }
}
