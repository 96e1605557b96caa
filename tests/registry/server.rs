//! Listeners and connections: requests come in, faults are played, answers go out. Each connection has a thread of its own.

use std::collections::HashMap;
use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::api;
use super::auth::Issued;
use super::config::{Config, Tls};
use super::delivery::{self, After};
use super::faults::{Fault, Script};
use super::journal::{Journal, Line};
use super::pace::{Clock, Stopped};
use super::store::Store;
use super::tls::Authority;
use super::wire::{Answer, Body, Head, Wire};

/// All that the threads of a registry share.
pub struct World {
    pub config: Config,
    /// Scheme and host of the second host.
    pub side: String,
    pub store: Mutex<Store>,
    pub journal: Journal,
    pub faults: Script,
    pub issued: Issued,
    pub clock: Clock,
    pub connections: Mutex<Connections>,
}

/// The connections that are open, so that they can be cut off, and the threads that serve them.
#[derive(Default)]
pub struct Connections {
    opened: usize,
    open: HashMap<usize, TcpStream>,
    threads: Vec<JoinHandle<()>>,
}

/// A request and where it came in.
pub struct Call<'a> {
    pub head: &'a Head,
    pub body: &'a Body,
    /// Scheme and host, as the client has them.
    pub base: String,
    pub host: String,
    pub side: bool,
}

/// Which way a connection came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    Main,
    /// The second host.
    Side,
    /// The proxy: never encrypted itself; what is tunnelled is.
    Proxy,
}

impl World {
    pub fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn connections(&self) -> MutexGuard<'_, Connections> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tls(&self) -> Option<Arc<ServerConfig>> {
        match self.config.tls {
            Tls::Off => None,
            Tls::On => Some(Authority::get().server(false)),
            Tls::ClientCertificate => Some(Authority::get().server(true)),
        }
    }

    /// Cuts off every connection; their threads end soon. Gives the threads.
    pub fn cut_off(&self) -> Vec<JoinHandle<()>> {
        let mut connections = self.connections();
        for stream in connections.open.values() {
            // It may have ended by itself.
            let _ = stream.shutdown(Shutdown::Both);
        }
        std::mem::take(&mut connections.threads)
    }
}

/// Takes connections until the clock stops; a connection to the listener wakes it then.
pub fn accept(world: &Arc<World>, listener: &TcpListener, door: Door) {
    for stream in listener.incoming() {
        if world.clock.stopped() {
            return;
        }
        let Ok(stream) = stream else { continue };
        let Ok(copy) = stream.try_clone() else { continue };
        let mut connections = world.connections();
        connections.opened += 1;
        let number = connections.opened;
        connections.open.insert(number, copy);
        let world = Arc::clone(world);
        connections.threads.push(thread::spawn(move || {
            // The client may go whenever it likes; a reset that a test asked for is an end, too.
            let _ = serve(&world, stream, door, number);
            // Last of all: while this copy is there the socket is not closed.
            world.connections().open.remove(&number);
        }));
    }
}

impl From<Stopped> for io::Error {
    fn from(_: Stopped) -> Self {
        Self::other("the registry ends")
    }
}

fn serve(world: &World, stream: TcpStream, door: Door, number: usize) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let tls = if door == Door::Proxy { None } else { world.tls() };
    world.clock.connect(if tls.is_some() { 2 } else { 1 })?;
    match world.faults.pick_connection() {
        Some(Fault::Reset) => {
            Wire::new(Box::new(stream.try_clone()?), stream).reset();
            return Ok(());
        }
        Some(_) => return delivery::wait_for_the_end(world),
        None => {}
    }
    let mut guest = Guest::new(world, stream, tls, door, number)?;
    while let Some(head) = guest.wire.read_head(&world.clock)? {
        if head.method == "CONNECT" && door == Door::Proxy {
            let line = world.journal.came(&head, number, false);
            world.journal.answered(line, Some(200), "200");
            guest.wire.write(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
            guest = Guest::new(world, guest.raw, world.tls(), Door::Main, number)?;
            continue;
        }
        match guest.exchange(&head)? {
            After::KeepOn if !head.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close")) => {}
            After::KeepOn | After::Close => return Ok(()),
            After::Reset => {
                guest.wire.reset();
                return Ok(());
            }
        }
    }
    Ok(())
}

/// One connection and what is known of it.
struct Guest<'a> {
    world: &'a World,
    wire: Wire,
    raw: TcpStream,
    scheme: &'static str,
    door: Door,
    number: usize,
}

impl<'a> Guest<'a> {
    fn new(
        world: &'a World,
        raw: TcpStream,
        tls: Option<Arc<ServerConfig>>,
        door: Door,
        number: usize,
    ) -> io::Result<Self> {
        let scheme = if tls.is_some() { "https" } else { "http" };
        let wire = match tls {
            None => Wire::new(Box::new(raw.try_clone()?), raw.try_clone()?),
            Some(config) => {
                let session = ServerConnection::new(config).map_err(io::Error::other)?;
                Wire::new(Box::new(StreamOwned::new(session, raw.try_clone()?)), raw.try_clone()?)
            }
        };
        Ok(Self { world, wire, raw, scheme, door, number })
    }

    /// Reads what belongs to the head, and answers.
    fn exchange(&mut self, head: &Head) -> io::Result<After> {
        let world = self.world;
        let line = world.journal.came(head, self.number, self.door == Door::Side);
        let fault = world.faults.pick(&head.method, &head.target);
        if let Some(fault) = &fault {
            world.journal.fault(line);
            if let Some(after) = self.before_the_body(line, head, fault)? {
                return Ok(after);
            }
        }
        let body = self.wire.read_body(head, world.config.keep, &world.clock)?;
        world.journal.body(line, &body);
        let host = head.header("host").unwrap_or_default().to_owned();
        let base = format!("{}://{host}", self.scheme);
        let call = Call { head, body: &body, base, host, side: self.door == Door::Side };
        match fault {
            None => delivery::send(world, &mut self.wire, line, head, &api::answer(world, &call)),
            Some(fault) => delivery::play(world, &mut self.wire, line, &call, fault),
        }
    }

    /// Plays a fault that does not wait for the body.
    fn before_the_body(&mut self, line: Line, head: &Head, fault: &Fault) -> io::Result<Option<After>> {
        let world = self.world;
        match fault {
            Fault::Early(answer) => {
                let answer: Answer = answer.clone().header("Connection", "close");
                delivery::send(world, &mut self.wire, line, head, &answer)?;
                // A socket closed with bytes unread resets the connection, and the answer could be lost.
                self.raw.shutdown(Shutdown::Write)?;
                self.wire.discard(u64::MAX)?;
                Ok(Some(After::Close))
            }
            Fault::Reset => {
                world.journal.answered(line, None, "reset");
                Ok(Some(After::Reset))
            }
            Fault::ResetWithin(bytes) => {
                self.wire.discard(*bytes)?;
                world.journal.answered(line, None, "reset");
                Ok(Some(After::Reset))
            }
            Fault::Stall => delivery::stall(world, line).map(Some),
            _ => Ok(None),
        }
    }
}
