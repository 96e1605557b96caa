//! What can be typed. What it means is decided once, in `meaning`; the commands see only that.

mod checks;
mod consumers;
pub(super) mod deploy;
mod doctor;
mod image;
mod kinds;
mod registry;
mod setup;
mod status;
mod typed;

pub(super) use checks::{Checks, FindingsFormat, Rules, Unseen, Validate};
pub(super) use consumers::{Consumer, Readers, SourceFormat};
pub(super) use doctor::Doctor;
pub(super) use image::{Compress, Compression, Dress, MediaTypes};
pub(super) use kinds::{Kinds, UnknownKinds};
pub(super) use registry::{Auth, AuthSource, Login, Ls, Registry, Tag};
pub(super) use setup::{Setup, SetupFormat, SharedConsumer};
pub(super) use status::{AfterPush, Contexts, Status};
pub(super) use typed::Typed;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::BoolishValueParser;
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

use crate::oci;

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  the bundle or the input has errors, or a sync failed
  2  wrong usage
  3  not authenticated or not allowed
  4  not found
  5  network or registry failure, or time ran out
  6  refused to overwrite
  7  integrity: a digest did not match
  8  local input or output failed, or a program that is needed is missing
  129, 130, 143  stopped by a signal";

/// Checks a directory of Kubernetes YAML, packs it into one deterministic OCI image and delivers it.
#[derive(Debug, Parser)]
#[command(name = "consign", version, after_help = EXIT_CODES, max_term_width = 100, propagate_version = true)]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Default, Args)]
pub(super) struct Global {
    /// Say nothing but errors (and the result)
    #[arg(short, long, global = true, conflicts_with = "verbose", env = "CONSIGN_QUIET", value_parser = BoolishValueParser::new())]
    pub(super) quiet: bool,
    /// Say more: every file that went in or was left out, every request; twice: their headers too
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(super) verbose: u8,
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN", env = "CONSIGN_COLOR")]
    pub(super) color: Color,
    /// How many threads to work on (default: one more than there are cores)
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024), env = "CONSIGN_THREADS")]
    pub(super) threads: Option<u16>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    Always,
    Never,
}

// They stand in the order of the road: from files to a cluster in sync.
//
// The options of a command are made when it is the one that was typed. Where that is, what a structure of options has as its
// documentation would take the place of the command's own, so these have comments.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(super) enum Command {
    /// Check SOURCE as push does, and only that; prints what is wrong
    ///
    /// Nothing is packed and nothing is written. Several sources are checked each on its own.
    #[command(after_help = checks::VALIDATE_EXAMPLES)]
    Validate(Validate),
    /// List the rules of the checks, or explain one: what it finds, why, who refuses that, how to mend it
    #[command(after_help = checks::RULES_EXAMPLES)]
    Rules(Rules),
    /// Check, pack and deliver a bundle; prints NAME@DIGEST
    ///
    /// Nothing becomes visible before the bundle is whole and free of errors. The tag is written last.
    #[command(after_help = PUSH_EXAMPLES)]
    Push(Push),
    /// Check and pack a bundle, and write only its layer
    #[command(after_help = BUILD_EXAMPLES)]
    Build(Build),
    /// Print the digest of what a push would make, after the same checks, or of an image at a registry
    #[command(after_help = DIGEST_EXAMPLES)]
    Digest(Digest),
    /// Give an image at a registry further tags; prints NAME@DIGEST
    ///
    /// No content is moved. A tag that names the image already is left alone.
    #[command(after_help = TAG_EXAMPLES)]
    Tag(Tag),
    /// List the tags of a repository, one a line
    #[command(after_help = LS_EXAMPLES)]
    Ls(Ls),
    /// Tell as whom a registry would be spoken to, and where that comes from
    ///
    /// The password or token itself is never shown. With -v: what was asked before, and why it gave nothing.
    #[command(after_help = AUTH_EXAMPLES)]
    Auth(Auth),
    /// Prepare Google's Artifact Registry: prints a script that does it, or does it with --run
    ///
    /// The API, the repository, who may push, and which clusters may pull. Names are checked by Google's rules before.
    #[command(after_help = setup::SETUP_EXAMPLES)]
    Setup(Setup),
    /// Print the YAML that makes Config Sync, Flux or Argo CD apply an image; or change the image in such YAML
    ///
    /// Pipe it to `kubectl apply -f -`, or keep it in a GitOps repository. It is checked before it is printed. Nothing asks a cluster.
    #[command(after_long_help = deploy::EXAMPLES)]
    Deploy(deploy::Deploy),
    /// Tell what clusters run: syncs, the digests of their images, what is wrong; or wait for a digest
    ///
    /// Asked through kubectl, about the syncs of Config Sync, Flux and Argo CD. Nothing is changed.
    /// With -v: everything that they manage.
    #[command(after_help = status::STATUS_EXAMPLES)]
    Status(Status),
    /// Look at the whole chain from this machine to the cluster; says what is missing and how to mend it
    ///
    /// Nothing is changed: not at the registry, not in Google Cloud, not in the cluster. It takes 20 seconds at most, or as long as --timeout says.
    #[command(after_help = doctor::EXAMPLES)]
    Doctor(Doctor),
}

impl Command {
    /// How its result is printed.
    pub(super) const fn format(&self) -> Format {
        match self {
            Self::Validate(Validate { format: FindingsFormat::Json, .. }) => Format::Json,
            Self::Rules(args) => args.format,
            Self::Push(args) => args.format,
            Self::Validate(_) | Self::Build(_) | Self::Deploy(_) => Format::Text,
            Self::Digest(args) => args.format,
            Self::Tag(args) => args.format,
            Self::Ls(args) => args.format,
            Self::Status(args) => args.format,
            Self::Auth(args) => args.format,
            Self::Doctor(args) => args.format,
            Self::Setup(args) => args.failure_format(),
        }
    }

    /// What a signal that ends it leaves behind.
    pub(super) const fn when_stopped(&self) -> &'static str {
        match self {
            Self::Status(_) => "nothing was changed, and syncs go on by themselves",
            _ => "nothing incomplete was left under a name or a tag",
        }
    }

    /// What was typed about registries, for the commands that `--timeout` ends; `doctor` ends by itself, with what it has found.
    pub(super) const fn registry(&self) -> Option<&Registry> {
        match self {
            Self::Push(args) => Some(&args.registry),
            Self::Validate(_) | Self::Rules(_) | Self::Build(_) | Self::Doctor(_) | Self::Setup(_) => None,
            Self::Digest(args) => Some(&args.registry),
            Self::Deploy(args) => Some(args.what.registry()),
            Self::Tag(args) => Some(&args.registry),
            Self::Ls(args) => Some(&args.registry),
            Self::Status(args) => Some(&args.registry),
            Self::Auth(args) => Some(&args.registry),
        }
    }
}

const PUSH_EXAMPLES: &str = "\
Examples:
  consign push deploy/ us-docker.pkg.dev/PROJECT/REPOSITORY/NAME:v1 --tag stable
  consign push deploy/ ghcr.io/OWNER/NAME:v1 --no-clobber
  kustomize build overlays/prod | consign push - localhost:5000/shop:prod
  consign push deploy/ us-docker.pkg.dev/PROJECT/REPOSITORY/NAME:v1 --wait rootsync/NAME
  consign push deploy/ oci:out:v1 --dry-run --format json
  consign push deploy/ oci-archive:bundle.tar:v1";

const BUILD_EXAMPLES: &str = "\
Examples:
  consign build deploy/ -o bundle.tar.gz
  consign build deploy/ -o - | tar -tz";

const DIGEST_EXAMPLES: &str = "\
Examples:
  consign digest deploy/
  consign digest deploy/ --all
  consign digest us-docker.pkg.dev/PROJECT/REPOSITORY/NAME:v1";

const TAG_EXAMPLES: &str = "\
Examples:
  consign tag us-docker.pkg.dev/PROJECT/REPOSITORY/NAME:v1 stable
  consign tag ghcr.io/OWNER/NAME@sha256:… v1 v1.2 --no-clobber";

const LS_EXAMPLES: &str = "\
Examples:
  consign ls us-docker.pkg.dev/PROJECT/REPOSITORY/NAME
  consign ls ghcr.io/OWNER/NAME --format json";

const AUTH_EXAMPLES: &str = "\
Examples:
  consign auth us-docker.pkg.dev -v
  consign auth us-docker.pkg.dev --auth adc
  TOKEN=$(consign auth ghcr.io/OWNER/NAME --token)";

/// Headings of options that are about SOURCE and what becomes of it.
pub(super) const ABOUT_SOURCE: [&str; 4] = [INPUT, CHECKS, image::LAYER, image::IMAGE];
const INPUT: &str = "What goes in";
const CHECKS: &str = "Checks";
const PLACE: &str = "Where it goes";

#[derive(Debug, Args)]
pub(super) struct Push {
    /// A directory, one .yaml, .yml or .json file, a tar (plain or gzipped), or - for YAML on standard input
    #[arg(value_name = "SOURCE")]
    pub(super) path: OsString,
    #[command(flatten)]
    pub(super) source: Source,
    /// Where to: HOST/REPOSITORY:TAG at a registry, oci:PATH:TAG (a layout directory) or oci-archive:FILE.tar:TAG
    #[arg(required = true, value_name = "REF", help_heading = None)]
    pub(super) references: Vec<String>,
    /// A further tag for every REF; repeat for more
    #[arg(
        long = "tag",
        help_heading = PLACE,
        value_name = "TAG",
        env = "CONSIGN_TAG",
        value_delimiter = ','
    )]
    pub(super) tags: Vec<String>,
    /// Do everything but write
    #[arg(long, help_heading = PLACE)]
    pub(super) dry_run: bool,
    #[command(flatten)]
    pub(super) guard: Guard,
    /// Ask a registry for each blob even where it has the image, and send what is missing
    #[arg(long, help_heading = PLACE, env = "CONSIGN_RECHECK", value_parser = BoolishValueParser::new())]
    pub(super) recheck: bool,
    /// What to print on standard output
    #[arg(long, help_heading = "What is printed", value_enum, default_value_t, env = "CONSIGN_FORMAT")]
    pub(super) format: Format,
    /// Also write the digest to this file
    #[arg(long, help_heading = "What is printed", value_name = "FILE", env = "CONSIGN_DIGEST_FILE")]
    pub(super) digest_file: Option<PathBuf>,
    #[command(flatten)]
    pub(super) unseen: Unseen,
    #[command(flatten)]
    pub(super) checks: Checks,
    #[command(flatten)]
    pub(super) compress: Compress,
    #[command(flatten)]
    pub(super) dress: Dress,
    #[command(flatten)]
    pub(super) after: AfterPush,
    #[command(flatten)]
    pub(super) registry: Registry,
}

#[derive(Debug, Args)]
pub(super) struct Build {
    /// A directory, one .yaml, .yml or .json file, a tar (plain or gzipped), or - for YAML on standard input
    #[arg(value_name = "SOURCE")]
    pub(super) path: OsString,
    #[command(flatten)]
    pub(super) source: Source,
    /// FILE.tar.gz, FILE.tgz or FILE.tar; - for standard output
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: PathBuf,
    #[command(flatten)]
    pub(super) unseen: Unseen,
    #[command(flatten)]
    pub(super) checks: Checks,
    #[command(flatten)]
    pub(super) compress: Compress,
}

#[derive(Debug, Args)]
pub(super) struct Digest {
    /// A SOURCE as push takes it; or, if there is none of this name, a REF: HOST/REPOSITORY:TAG
    #[arg(value_name = "SOURCE|REF")]
    pub(super) subject: OsString,
    #[command(flatten)]
    pub(super) source: Source,
    /// Also print the digests of the layer, its tar and the config, and the sizes
    #[arg(long, help_heading = "What is printed")]
    pub(super) all: bool,
    /// What to print on standard output
    #[arg(long, help_heading = "What is printed", value_enum, default_value_t, env = "CONSIGN_FORMAT")]
    pub(super) format: Format,
    #[command(flatten)]
    pub(super) unseen: Unseen,
    #[command(flatten)]
    pub(super) checks: Checks,
    #[command(flatten)]
    pub(super) compress: Compress,
    #[command(flatten)]
    pub(super) dress: Dress,
    #[command(flatten)]
    pub(super) registry: Registry,
}

// Looked at right before a tag is written; the protocol leaves a moment in between.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = PLACE)]
pub(super) struct Guard {
    /// Leave a tag alone that names another image at the registry (exit code 6)
    #[arg(long, env = "CONSIGN_NO_CLOBBER", value_parser = BoolishValueParser::new(), conflicts_with = "expect_digest")]
    pub(super) no_clobber: bool,
    /// Move a tag at the registry only from this digest (exit code 6)
    #[arg(long, value_name = "DIGEST", env = "CONSIGN_EXPECT_DIGEST")]
    pub(super) expect_digest: Option<oci::Digest>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    #[default]
    Text,
    /// For machines
    Json,
}

#[derive(Debug, Args)]
#[command(next_help_heading = INPUT)]
pub(super) struct Source {
    /// Leave out what matches this pattern of gitignore's syntax; repeat for more
    #[arg(long, value_name = "PATTERN", env = "CONSIGN_IGNORE", value_delimiter = '\n')]
    pub(super) ignore: Vec<String>,
    /// The name that standard input gets in the bundle
    #[arg(long, value_name = "NAME", default_value = "manifests.yaml", env = "CONSIGN_STDIN_NAME")]
    pub(super) stdin_name: String,
    /// The most bytes that may go in, unpacked: a number, or one with KiB, MiB or GiB
    #[arg(long, value_name = "SIZE", default_value = "4GiB", value_parser = super::meaning::size, env = "CONSIGN_MAX_SIZE")]
    pub(super) max_size: u64,
    /// The most files that may go in
    #[arg(long, value_name = "N", default_value_t = 1_000_000, env = "CONSIGN_MAX_FILES")]
    pub(super) max_files: u64,
}
