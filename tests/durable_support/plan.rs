//! Random histories of a durable session: what is done to it, and what must be true all along.
//!
//! A plan is a list of operations. Each is done as far as it makes sense at that moment, so that every list is
//! a valid one and shrinks well. The reference is the [`Book`](super::Book): what was accepted, handed over
//! and told, and what must have become of each message.

use mqtt_mooring::client::config::{ReconnectPolicy, WhenSessionLost};
use mqtt_mooring::client::{OutboxLimits, State, WhenFull};
use mqtt_mooring::codec::{PacketType, Property, QoS, Version};
use mqtt_mooring::storage::StorageError;
use proptest::prelude::*;

use super::script::{check, settle};
use super::world::{Crashed, SLOW, Step, Store, Wire, World};
use crate::support::{ID, encoded};

/// Between connections, in the plans where the client makes them by itself.
const POLICY: ReconnectPolicy = ReconnectPolicy {
    min_delay: 200,
    max_delay: 3_000,
    jitter: true,
    attempts: None,
    stable_after: 1_000,
};

/// One thing that is done.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    Connect,
    Disconnect,
    /// QoS, size, expiry in seconds (MQTT 5, 0: none), how many in one turn.
    Publish(QoS, u16, u8, u8),
    Subscribe(u8),
    Unsubscribe(u8),
    ServerHas(QoS, u16),
    /// The next things that happen by themselves, each chosen from those that can.
    Moves(Vec<u8>),
    Run,
    /// The link breaks inside the server's next packet.
    Cut(u8),
    HoldAcks,
    ReleaseAck(u8),
    ReleaseAcks,
    /// The server says its last packet again, if it is one that may be said again.
    Repeat,
    Lose,
    Acknowledge,
    Pass(u16),
    /// The caller of one of the operations that have no outcome waits no longer.
    Cancel(u8),
    /// It waits so many milliseconds, and no longer.
    Deadline(u8, u16),
    /// Whoever takes the messages cannot keep up, or can again.
    Pressure(bool),
    /// There is a network, or none.
    Online(bool),
    /// The page is looked at again.
    Retry,
    /// So many bytes leave the slow socket.
    Flow(u16),
    /// So much room is left in storage.
    Full(u16),
    Broken,
    Healed,
    /// Somebody clears the storage, and the page notices.
    Cleared,
    /// The page dies now.
    Crash(Wire),
    /// The page dies so many ticks later, and its successor again after so many (0: it does not).
    CrashSoon(u8, u8),
    /// The page dies, and a record is damaged before the successor reads it.
    Corrupted(u8, u8),
}

/// A history.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) store: Store,
    pub(crate) window: Option<u16>,
    pub(crate) policy: WhenSessionLost,
    pub(crate) manual_ack: bool,
    pub(crate) method_b: bool,
    pub(crate) chunk: usize,
    /// The client makes the next connection by itself.
    pub(crate) reconnects: bool,
    /// The socket takes little at a time.
    pub(crate) slow: bool,
    /// So many messages may wait, and the oldest make room.
    pub(crate) room: Option<u8>,
    pub(crate) ops: Vec<Op>,
}

fn any_qos() -> impl Strategy<Value = QoS> {
    prop_oneof![
        1 => Just(QoS::AtMostOnce),
        4 => Just(QoS::AtLeastOnce),
        6 => Just(QoS::ExactlyOnce),
    ]
}

fn any_wire() -> impl Strategy<Value = Wire> {
    prop_oneof![Just(Wire::Lost), Just(Wire::Arrives)]
}

fn any_op() -> impl Strategy<Value = Op> {
    let size = prop_oneof![8 => 0..60u16, 1 => 0..3_000u16];
    let expiry = prop_oneof![6 => Just(0u8), 1 => 1..20u8];
    let many = prop_oneof![4 => Just(1u8), 1 => 2..6u8];
    prop_oneof![
        9 => Just(Op::Connect),
        1 => Just(Op::Disconnect),
        12 => (any_qos(), size.clone(), expiry, many).prop_map(|(q, s, e, n)| Op::Publish(q, s, e, n)),
        2 => (0..4u8).prop_map(Op::Subscribe),
        1 => (0..4u8).prop_map(Op::Unsubscribe),
        9 => (any_qos(), size).prop_map(|(q, s)| Op::ServerHas(q, s)),
        24 => prop::collection::vec(any::<u8>(), 1..12).prop_map(Op::Moves),
        5 => Just(Op::Run),
        5 => any::<u8>().prop_map(Op::Cut),
        2 => Just(Op::HoldAcks),
        4 => (0..6u8).prop_map(Op::ReleaseAck),
        2 => Just(Op::ReleaseAcks),
        3 => Just(Op::Repeat),
        1 => Just(Op::Lose),
        4 => Just(Op::Acknowledge),
        2 => (0..20_000u16).prop_map(Op::Pass),
        2 => any::<u8>().prop_map(Op::Cancel),
        1 => (any::<u8>(), 0..5_000u16).prop_map(|(n, after)| Op::Deadline(n, after)),
        1 => any::<bool>().prop_map(Op::Pressure),
        1 => prop::bool::weighted(0.7).prop_map(Op::Online),
        1 => Just(Op::Retry),
        1 => (0..300u16).prop_map(Op::Flow),
        2 => (0..400u16).prop_map(Op::Full),
        1 => Just(Op::Broken),
        3 => Just(Op::Healed),
        1 => Just(Op::Cleared),
        4 => any_wire().prop_map(Op::Crash),
        5 => (1..40u8, prop_oneof![Just(0u8), 1..30u8]).prop_map(|(a, b)| Op::CrashSoon(a, b)),
        1 => (any::<u8>(), any::<u8>()).prop_map(|(a, b)| Op::Corrupted(a, b)),
    ]
}

/// Any history of up to `length` operations.
pub(crate) fn any_plan(length: usize) -> impl Strategy<Value = Plan> {
    let store = prop_oneof![
        3 => Just(Store::AtOnce),
        2 => Just(Store::Eager),
        2 => Just(Store::Late),
    ];
    let window = prop_oneof![Just(None), Just(Some(1)), Just(Some(3))];
    let policy = prop_oneof![
        3 => Just(WhenSessionLost::RepublishQos1),
        1 => Just(WhenSessionLost::Republish),
        1 => Just(WhenSessionLost::Discard),
        2 => Just(WhenSessionLost::Ask),
    ];
    let chunk = prop_oneof![4 => Just(0usize), 1 => 1..5usize];
    let ops = prop::collection::vec(any_op(), 1..length);
    let newer = (
        prop::bool::weighted(0.4),
        prop::bool::weighted(0.2),
        prop_oneof![4 => Just(None), 1 => (1..5u8).prop_map(Some)],
    );
    (
        store,
        window,
        policy,
        prop::bool::weighted(0.3),
        any::<bool>(),
        chunk,
        newer,
        ops,
    )
        .prop_map(
            |(store, window, policy, manual_ack, method_b, chunk, newer, ops)| {
                let (reconnects, slow, room) = newer;
                Plan {
                    store,
                    window,
                    policy,
                    manual_ack,
                    method_b,
                    chunk,
                    reconnects,
                    slow,
                    room,
                    ops,
                }
            },
        )
}

/// What a run needs to remember beyond its world.
struct Run {
    world: World,
    wire: Wire,
    /// The ticks after which the successor of the page that dies next dies, too.
    again: usize,
}

/// Runs `plan` and holds it against the reference. Panics where they differ.
pub(crate) fn run(plan: &Plan, version: Version) {
    let mut world = World::new(version, plan.store);
    world.quiet = true;
    world.config.inflight_window = plan.window;
    world.config.when_session_lost = plan.policy;
    world.config.manual_ack = plan.manual_ack;
    world.auto_ack = !plan.manual_ack;
    world.server.knobs.method_b = plan.method_b;
    world.chunk = plan.chunk;
    world.config.reconnect = plan.reconnects.then_some(POLICY);
    world.backlog = plan.slow.then_some(0);
    world.book.room = plan.room.map(usize::from);
    let mut run = Run {
        world,
        wire: Wire::Lost,
        again: 0,
    };
    run.begin_page(plan);
    for op in &plan.ops {
        run.world.story.push(format!("[{op:?}]"));
        if run.perform(op, plan).is_err() {
            run.succeed(plan);
        }
        run.world.compare();
    }
    run.finish(plan);
}

impl Run {
    fn perform(&mut self, op: &Op, plan: &Plan) -> Step {
        let world = &mut self.world;
        let connected = world.client.state() == State::Connected;
        let state = world.client.state();
        let waits = plan.reconnects && matches!(state, State::Waiting | State::Connecting);
        match op {
            Op::Connect if state == State::Disconnected => world.connect()?,
            Op::Connect if state == State::Waiting => world.pass_waiting()?,
            Op::Disconnect => world.disconnect()?,
            Op::Publish(QoS::AtMostOnce, ..) if !connected && !waits => {}
            Op::Publish(qos, size, expiry, many) => {
                let mut properties = Vec::new();
                if *expiry > 0 && world.version == Version::V5 {
                    properties = encoded(&[Property::MessageExpiryInterval((*expiry).into())]);
                }
                for _ in 0..*many {
                    world.accept_if_room(*qos, (*size).into(), &properties);
                }
                world.drain(&[])?;
            }
            Op::Subscribe(n) if connected || waits => world.subscribe(&format!("in/{n}/#"))?,
            Op::Unsubscribe(n) if connected || waits => world.unsubscribe(&format!("in/{n}/#"))?,
            Op::ServerHas(qos, size) if world.server.session(ID).is_some() => {
                world.server_has(*qos, (*size).into());
            }
            Op::Moves(choices) => {
                for choice in choices {
                    let moves = world.moves();
                    if let Some(which) = moves.get(usize::from(*choice) % moves.len().max(1)) {
                        world.make(*which)?;
                    }
                }
            }
            Op::Run => world.run()?,
            Op::Cut(share) => world.break_inside(*share)?,
            Op::HoldAcks => world.server.knobs.hold_acks = true,
            // With method A the order of PUBRECs is the order in which messages go onward.
            Op::ReleaseAck(n) if plan.method_b => {
                world.server.release_ack_at((*n).into());
            }
            Op::ReleaseAck(_) => drop(world.server.release_ack()),
            Op::ReleaseAcks => world.server.release_acks(),
            Op::Repeat => world.repeat_last(&[
                PacketType::PubAck,
                PacketType::PubRec,
                PacketType::PubRel,
                PacketType::PubComp,
            ]),
            // With method A a server that loses its session loses messages it has confirmed.
            Op::Lose if plan.method_b => {
                world.break_link()?;
                if world.server.session(ID).is_some() {
                    world.lose_sessions();
                }
            }
            Op::Acknowledge => world.acknowledge()?,
            Op::Cancel(n) => world.cancel((*n).into(), None)?,
            Op::Deadline(n, after) => world.cancel((*n).into(), Some((*after).into()))?,
            Op::Pressure(on) => {
                world.client.set_back_pressure(*on);
                world.auto_ack = !on && !plan.manual_ack;
                world.drain(&[])?;
            }
            Op::Online(online) => {
                world.client.set_online(*online, world.now);
                world.drain(&[])?;
            }
            Op::Retry => {
                world.client.retry(world.now);
                world.drain(&[])?;
            }
            Op::Flow(bytes) => world.flow((*bytes).into())?,
            Op::Pass(milliseconds) => world.pass((*milliseconds).into())?,
            Op::Full(room) => world.disk.quota = Some(world.disk.used() + usize::from(*room)),
            Op::Broken => world.disk.broken = Some(StorageError::Failed),
            Op::Healed => world.disk.heal(),
            Op::Cleared => world.clear_storage()?,
            Op::Crash(wire) => {
                self.wire = *wire;
                return Err(Crashed);
            }
            Op::CrashSoon(ticks, again) => {
                self.again = (*again).into();
                world.stop = Some(world.ticks + usize::from(*ticks));
            }
            Op::Corrupted(record, at) => {
                world.crash(self.wire);
                world.corrupt((*record).into(), (*at).into());
                if world.recover().is_err() {
                    self.succeed(plan);
                }
                self.begin_page(plan);
            }
            _ => {}
        }
        Ok(())
    }

    /// What every page of the plan is set to.
    fn begin_page(&mut self, plan: &Plan) {
        self.world.auto_ack = !plan.manual_ack;
        if let Some(messages) = plan.room {
            self.world.client.set_outbox_limits(OutboxLimits {
                messages: messages.into(),
                when_full: WhenFull::DropOldest,
                queue_qos0: plan.reconnects,
                ..OutboxLimits::default()
            });
        } else {
            self.world.client.set_outbox_limits(OutboxLimits {
                queue_qos0: plan.reconnects,
                ..OutboxLimits::default()
            });
        }
        if plan.slow {
            self.world.client.set_send_limit(SLOW);
        }
    }

    /// The page died: the next one takes over.
    fn succeed(&mut self, plan: &Plan) {
        loop {
            self.world.crash(self.wire);
            let again = std::mem::take(&mut self.again);
            self.world.stop = (again > 0).then(|| self.world.ticks + again);
            if self.world.recover().is_ok() {
                return self.begin_page(plan);
            }
        }
    }

    /// All is well again, and everything comes to its end.
    fn finish(mut self, plan: &Plan) {
        let world = &mut self.world;
        world.story.push("[finish]".into());
        world.stop = None;
        world.disk.heal();
        world.auto_ack = true;
        world.backlog = None;
        world.client.set_back_pressure(false);
        world.client.set_backlog(0, world.now);
        world.client.set_online(true, world.now);
        world.drain(&[]).expect("nobody dies");
        for _ in 0..3 {
            settle(world).expect("nobody dies");
            for ticket in std::mem::take(&mut world.tickets) {
                world.client.handled(ticket, world.now);
            }
            world.drain(&[]).expect("nobody dies");
            world.run().expect("nobody dies");
            // What is owed from before comes with the next connection.
            world.break_link().expect("nobody dies");
        }
        settle(world).expect("nobody dies");
        world.compare();
        let server = world.server.session(ID);
        let served = server.filter(|_| !world.book.has_excused());
        let served = served.map(|session| &session.subscriptions[..]);
        let held: Vec<String> = world.client.subscriptions().map(Into::into).collect();
        world.filters.close(&held, served);
        if world.book.has_excused() {
            // A server may hold what nobody can release any more.
            world.book.close(&world.server.payloads(), false);
            assert_eq!(world.client.in_flight().len(), 0);
            assert_eq!(world.client.outbox().len(), 0);
        } else {
            check(world, false, plan.window);
        }
    }
}
