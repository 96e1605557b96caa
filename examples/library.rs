//! The library from Rust: checks a directory, packs it, and puts the image into a layout.
//!
//! `cargo run --example library -- examples/shop /tmp/layout`

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::sync::Arc;

use consign::bundle::{self, Dress};
use consign::error::Error;
use consign::notice::Silent;
use consign::oci::{Tag, Target};
use consign::store::Store;
use consign::{pack, report, runtime, source, transfer};

fn main() -> Result<(), Error> {
    let mut args = std::env::args().skip(1);
    let (Some(directory), Some(layout)) = (args.next(), args.next()) else {
        eprintln!("usage: library DIRECTORY LAYOUT");
        std::process::exit(2);
    };
    let source = source::open(&directory, &source::Options::default())?;
    let origin = report::Origin::below(source.base());
    let packed = pack::pack(&source, &pack::Options::default(), &Silent)?;
    let findings = packed.findings.sorted();
    let findings = report::Reported::all(&findings, &origin);
    eprint!("{}", report::text(&findings, report::Style::default()));
    let Some(layer) = &packed.layer else { std::process::exit(1) };

    let image = Arc::new(bundle::image(layer, &Dress::default())?);
    let target = Target::parse_push(&format!("oci:{layout}:v1"), false)?;
    let tags: Vec<Tag> = target.tag().cloned().into_iter().collect();
    let mut store = Store::open(&target)?;
    runtime::block_on(transfer::copy(&image, &mut store, &tags, &transfer::Options::default(), &Silent))??;
    println!("{}@{}", target.name(), image.digest());
    Ok(())
}
