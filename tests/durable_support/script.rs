//! Scenarios: what is asked of a page and what befalls its link, and how it goes on after a crash.

use mqtt_mooring::client::State;
use mqtt_mooring::client::config::WhenSessionLost;
use mqtt_mooring::codec::{QoS, Version};

use super::world::{Crashed, Step, Store, Wire, World};
use crate::support::ID;

/// One thing that is done. What a dead page was in the middle of, its successor does not do again; what
/// comes after it, it does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Act {
    Connect,
    /// Until nothing moves.
    Run,
    /// So many moves.
    Moves(usize),
    Publish(QoS),
    /// So many at once, before anything is sent.
    PublishMany(QoS, usize),
    FromServer(QoS),
    Subscribe,
    Disconnect,
    Cut,
    /// The server loses its sessions while the link is down.
    Lose,
    /// The application acknowledges the oldest message it has.
    Acknowledge,
    /// The server's acknowledgements wait, or no longer.
    HoldAcks,
    ReleaseAcks,
    Pass(u64),
}

/// A scenario.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) acts: &'static [Act],
    pub(crate) window: Option<u16>,
    pub(crate) lost: WhenSessionLost,
    pub(crate) manual_ack: bool,
    /// Whether the session is in force before it begins.
    pub(crate) established: bool,
    /// Nothing happens that could excuse anything but success.
    pub(crate) exact: bool,
}

/// The usual one.
pub(crate) const PLAIN: Scenario = Scenario {
    name: "",
    acts: &[],
    window: None,
    lost: WhenSessionLost::RepublishQos1,
    manual_ack: false,
    established: true,
    exact: true,
};

impl Scenario {
    /// The world in which it begins.
    pub(crate) fn begin(&self, version: Version, store: Store) -> World {
        let mut world = World::new(version, store);
        world.config.inflight_window = self.window;
        world.config.when_session_lost = self.lost;
        world.config.manual_ack = self.manual_ack;
        world.auto_ack = !self.manual_ack;
        if self.established {
            world.establish();
        }
        world
    }

    /// Does everything from the act number `from` on; says at which one the page died.
    pub(crate) fn play(&self, world: &mut World, from: usize) -> Result<(), usize> {
        for (index, act) in self.acts.iter().enumerate().skip(from) {
            if let Err(Crashed) = perform(world, *act) {
                return Err(index);
            }
        }
        Ok(())
    }

    /// Lets everything come to its end, without another crash, and holds the outcome against the books.
    pub(crate) fn finish(&self, world: &mut World) {
        world.stop = None;
        world.auto_ack = true;
        world.server.knobs.hold_acks = false;
        settle(world).expect("nobody dies");
        let acks = std::mem::take(&mut world.tickets);
        for ticket in acks {
            world.client.handled(ticket, world.now);
        }
        world.drain(&[]).expect("nobody dies");
        settle(world).expect("nobody dies");
        // A second connection has nothing to add.
        let link = world.break_link();
        link.expect("nobody dies");
        settle(world).expect("nobody dies");
        check(world, self.exact, self.window);
    }
}

/// Connects if there is no connection, and runs until nothing moves.
pub(crate) fn settle(world: &mut World) -> Step {
    world.server.release_acks();
    world.run()?;
    if world.client.state() == State::Disconnected {
        world.connect()?;
    }
    world.run()?;
    world.pass_waiting()?;
    world.run()
}

/// A successor takes over and works until nothing moves.
pub(crate) fn take_over(world: &mut World) -> Step {
    world.recover()?;
    world.connect()?;
    world.run()
}

/// Everything is over: nothing is under way anywhere, and every message came to what it had to.
pub(crate) fn check(world: &World, exact: bool, window: Option<u16>) {
    let story = || world.story();
    let client = &world.client;
    assert_eq!(client.in_flight().len(), 0, "in flight{}", story());
    assert_eq!(client.outbox().len(), 0, "outbox{}", story());
    assert_eq!(client.incoming().len(), 0, "incoming{}", story());
    assert_eq!(client.packet_ids_in_use(), 0, "identifiers{}", story());
    assert!(!world.is_storing(), "storing{}", story());
    assert_eq!(world.disk.messages(), [""; 0], "records left{}", story());
    let session = world.server.session(ID);
    assert!(session.is_none_or(|s| s.is_idle()), "server{}", story());
    let usual = match world.version {
        Version::V311 => 20,
        Version::V5 => u16::MAX,
    };
    let window = usize::from(window.unwrap_or(usual));
    let most = world.server.most_unacknowledged;
    assert!(most <= window, "{most} in flight{}", story());
    world.book.close(&world.server.payloads(), exact);
}

fn perform(world: &mut World, act: Act) -> Step {
    match act {
        Act::Connect => {
            if world.client.state() == State::Disconnected {
                world.connect()?;
            }
        }
        Act::Run => world.run()?,
        Act::Moves(count) => {
            for _ in 0..count {
                world.step()?;
            }
        }
        Act::Publish(QoS::AtMostOnce) if world.client.state() != State::Connected => {}
        Act::Publish(qos) => drop(world.publish(qos, 40, &[])?),
        Act::PublishMany(qos, count) => world.publish_many(qos, count)?,
        Act::FromServer(qos) => {
            if world.server.session(ID).is_some() {
                world.server_has(qos, 40);
            }
        }
        Act::Subscribe => {
            if world.client.state() == State::Connected {
                world.subscribe("alarms/#")?;
            }
        }
        Act::Disconnect => world.disconnect()?,
        Act::Cut => world.break_link()?,
        Act::Lose => {
            world.break_link()?;
            world.run()?;
            world.lose_sessions();
        }
        Act::Acknowledge => world.acknowledge()?,
        Act::HoldAcks => world.server.knobs.hold_acks = true,
        Act::ReleaseAcks => world.server.release_acks(),
        Act::Pass(milliseconds) => world.pass(milliseconds)?,
    }
    Ok(())
}

/// One case: the page dies at tick `stop`, and its successor at `again` ticks after that, if that is asked.
/// False when the scenario is over before.
pub(crate) fn case(
    scenario: &Scenario,
    version: Version,
    store: Store,
    stop: usize,
    again: Option<usize>,
    wire: Wire,
) -> Option<World> {
    let mut world = scenario.begin(version, store);
    world.ticks = 0;
    world.stop = Some(stop);
    let Err(mut at) = scenario.play(&mut world, 0) else {
        return None;
    };
    world.crash(wire);
    world.stop = again.map(|again| world.ticks + again);
    let mut dead = again.is_some();
    loop {
        let went_on = take_over(&mut world).and_then(|()| {
            scenario.play(&mut world, at + 1).map_err(|later| {
                at = later;
                Crashed
            })
        });
        match went_on {
            Ok(()) if dead => return None,
            Ok(()) => break,
            Err(Crashed) => {
                dead = false;
                world.crash(wire);
            }
        }
    }
    scenario.finish(&mut world);
    Some(world)
}
