//! Answers on their way out, whole or as a fault wants them.

use std::io::{self, Write};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::api;
use super::faults::Fault;
use super::journal::Line;
use super::server::{Call, World};
use super::wire::{Answer, Head, Wire};

/// What becomes of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    KeepOn,
    Close,
    Reset,
}

/// Sends an answer as it should be, at its time.
pub fn send(world: &World, wire: &mut Wire, line: Line, head: &Head, answer: &Answer) -> io::Result<After> {
    world.clock.hold()?;
    world.journal.answered(line, Some(answer.status), &answer.status.to_string());
    wire.write(&bytes(head, answer))?;
    Ok(After::KeepOn)
}

/// The bytes of an answer; a HEAD's has no body.
fn bytes(head: &Head, answer: &Answer) -> Vec<u8> {
    let mut bytes = answer.head_bytes();
    if head.method != "HEAD" && answer.status != 204 {
        bytes.extend_from_slice(&answer.body);
    }
    bytes
}

/// Plays a fault for a request whose body has been read.
pub fn play(world: &World, wire: &mut Wire, line: Line, call: &Call<'_>, fault: Fault) -> io::Result<After> {
    let head = call.head;
    let done = |outcome: &str, after: After| {
        world.journal.answered(line, None, outcome);
        Ok(after)
    };
    match fault {
        Fault::Answer(answer) => send(world, wire, line, head, &answer),
        Fault::Unauthorized => send(world, wire, line, head, &api::unauthorized(world, call)),
        Fault::RedirectLoop => send(world, wire, line, head, &Answer::new(307).header("Location", &head.target)),
        Fault::ResetAfter => done("reset", After::Reset),
        Fault::StallAfter => stall(world, line),
        Fault::Garbage => {
            world.journal.answered(line, None, "garbage");
            wire.write(b"\x00\x01 this is not HTTP\r\n\r\n")?;
            Ok(After::Close)
        }
        Fault::Endless => endless(
            world,
            wire,
            line,
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n",
            &[b' '; 4096],
        ),
        Fault::HeaderFlood => {
            endless(world, wire, line, b"HTTP/1.1 200 OK\r\n", format!("X-Flood: {}\r\n", "x".repeat(80)).as_bytes())
        }
        Fault::GzipBomb => {
            let answer = Answer::new(200).header("Content-Encoding", "gzip").body("application/json", bomb()?);
            send(world, wire, line, head, &answer)
        }
        Fault::LoseAnswer => {
            let answer = api::answer(world, call);
            world.clock.hold()?;
            world.journal.answered(line, None, &format!("{} lost", answer.status));
            Ok(After::Reset)
        }
        fault => distort(world, wire, line, head, api::answer(world, call), fault),
    }
}

/// Sends the right answer the wrong way.
fn distort(
    world: &World,
    wire: &mut Wire,
    line: Line,
    head: &Head,
    mut answer: Answer,
    fault: Fault,
) -> io::Result<After> {
    let status = answer.status;
    let begin = |what: &str| {
        world.clock.hold()?;
        world.journal.answered(line, Some(status), format!("{status} {what}").trim_end());
        io::Result::Ok(())
    };
    match fault {
        Fault::Header(name, value) => {
            answer.set(name, value.as_deref());
            send(world, wire, line, head, &answer)
        }
        Fault::Delay(time) => {
            world.clock.sleep(time)?;
            send(world, wire, line, head, &answer)
        }
        Fault::CloseAfter => send(world, wire, line, head, &answer).map(|_| After::Close),
        Fault::Truncate => {
            begin("truncated")?;
            if answer.body.is_empty() && head.method != "HEAD" {
                answer.set("Content-Length", Some("10"));
            }
            let body = if head.method == "HEAD" { &[][..] } else { &answer.body[..(answer.body.len() / 2).min(64)] };
            wire.write(&[&answer.head_bytes(), body].concat())?;
            Ok(After::Close)
        }
        Fault::TruncateHead => {
            begin("truncated")?;
            let head = answer.head_bytes();
            wire.write(&head[..head.len() / 2])?;
            Ok(After::Close)
        }
        Fault::Drip(time) => {
            begin("dripped")?;
            for byte in bytes(head, &answer) {
                world.clock.sleep(time)?;
                wire.write(&[byte])?;
            }
            Ok(After::KeepOn)
        }
        other => panic!("{other:?} is no fault of an answer"),
    }
}

/// Never answers; the connection stays.
pub fn stall(world: &World, line: Line) -> io::Result<After> {
    world.journal.answered(line, None, "stall");
    wait_for_the_end(world).map(|()| After::Close)
}

/// Waits until the registry ends.
pub fn wait_for_the_end(world: &World) -> io::Result<()> {
    Ok(world.clock.sleep(Duration::from_hours(24))?)
}

/// Writes `again` until the client has had enough.
fn endless(world: &World, wire: &mut Wire, line: Line, first: &[u8], again: &[u8]) -> io::Result<After> {
    world.journal.answered(line, Some(200), "200 endless");
    wire.write(first)?;
    loop {
        wire.write(again)?;
    }
}

/// 256 MiB of zeros.
fn bomb() -> io::Result<Vec<u8>> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    let zeros = vec![0; 1 << 20];
    for _ in 0..256 {
        gzip.write_all(&zeros)?;
    }
    gzip.finish()
}
