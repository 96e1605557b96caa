//! What can be typed about the layer and the image around it.

use clap::builder::BoolishValueParser;
use clap::{Args, ValueEnum};

pub(super) const LAYER: &str = "The layer";
pub(super) const IMAGE: &str = "The image (each of these changes its digest)";

#[derive(Debug, Args)]
#[command(next_help_heading = LAYER)]
pub(in crate::cli) struct Compress {
    /// How to compress the layer (default: gzip, or as the output's name says)
    #[arg(long, value_enum, value_name = "HOW", env = "CONSIGN_COMPRESSION")]
    pub(in crate::cli) compression: Option<Compression>,
    /// How hard to compress, from 1 (fast) to 9 (small); another level gives another digest [default: 5]
    #[arg(long, value_name = "1-9", value_parser = clap::value_parser!(u8).range(1..=9), env = "CONSIGN_LEVEL")]
    pub(in crate::cli) level: Option<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Compression {
    /// One gzip member
    Gzip,
    /// The tar as it is: Flux refuses it, oras pull and crane validate cannot read it
    None,
}

#[derive(Debug, Args)]
#[command(next_help_heading = IMAGE)]
pub(in crate::cli) struct Dress {
    /// The flavour of the media types
    #[arg(long, value_enum, default_value_t, value_name = "FLAVOUR", env = "CONSIGN_MEDIA_TYPES")]
    pub(in crate::cli) media_types: MediaTypes,
    /// An annotation of the manifest; repeat for more
    #[arg(long = "annotation", value_name = "KEY=VALUE", env = "CONSIGN_ANNOTATION", value_delimiter = '\n')]
    pub(in crate::cli) annotations: Vec<String>,
    /// When the content was made: an RFC 3339 time, `source-date-epoch` or `git` (the commit's time)
    #[arg(long, value_name = "TIME", env = "CONSIGN_CREATED")]
    pub(in crate::cli) created: Option<String>,
    /// Where the source is (a URL)
    #[arg(long = "source", id = "source_url", value_name = "URL", env = "CONSIGN_SOURCE")]
    pub(in crate::cli) source_url: Option<String>,
    /// Which revision of the source it is
    #[arg(long, value_name = "REVISION", env = "CONSIGN_REVISION")]
    pub(in crate::cli) revision: Option<String>,
    /// Take source and revision from the git repository around SOURCE
    #[arg(long, conflicts_with_all = ["source_url", "revision"], env = "CONSIGN_GIT", value_parser = BoolishValueParser::new())]
    pub(in crate::cli) git: bool,
    /// With --git: allow packed files that are not as they were committed
    #[arg(long)]
    pub(in crate::cli) allow_dirty: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum MediaTypes {
    /// The OCI image specification's: every consumer takes them
    #[default]
    Oci,
    /// Those of flux push artifact
    Flux,
    /// Those of crane append; Argo CD refuses them
    Docker,
    /// Those of oras push
    Oras,
}
