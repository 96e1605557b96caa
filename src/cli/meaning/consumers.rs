//! For whom a bundle is checked.

use super::clusters::refuse_odd_name;
use super::{args, usage};
use crate::bundle::{Compression, MediaTypes};
use crate::error::Error;
use crate::validate::{Consumer, Options, SourceFormat};

/// The options with what was typed about consumers.
pub(super) fn consumers(typed: &args::Readers, options: Options) -> Result<Options, Error> {
    let consumers: Vec<Consumer> = typed.consumers.iter().copied().map(consumer).collect();
    let of_config_sync = [
        ("--source-format", typed.source_format.is_some()),
        ("--namespace", typed.namespace.is_some()),
        ("--sync-name", typed.sync_name.is_some()),
        ("--max-objects", typed.max_objects.is_some()),
    ];
    let given = of_config_sync.into_iter().find(|(_, given)| *given);
    if let Some((option, _)) = given.filter(|_| !consumers.contains(&Consumer::ConfigSync)) {
        return Err(usage(format!("`{option}` only means something to Config Sync"))
            .hint(format!("add `--consumer config-sync`, or leave out `{option}`")));
    }
    let source_format = match typed.source_format {
        None | Some(args::SourceFormat::Unstructured) => SourceFormat::Unstructured,
        Some(args::SourceFormat::Hierarchy) => SourceFormat::Hierarchy,
    };
    if source_format == SourceFormat::Hierarchy && typed.namespace.is_some() {
        return Err(usage("a RepoSync, whose namespace `--namespace` is, does not read the format `hierarchy`")
            .hint("leave out `--source-format hierarchy` or `--namespace`"));
    }
    refuse_odd_name("--namespace", typed.namespace.as_deref(), true)?;
    Ok(Options {
        consumers,
        source_format,
        namespace: typed.namespace.clone(),
        sync_name: typed.sync_name.clone(),
        max_objects: typed.max_objects,
        require_namespace: typed.require_namespace,
        ..options
    })
}

/// Refuses an image that a consumer who is named does not take as it comes.
pub(in crate::cli) fn image_for(
    typed: &args::Readers,
    media_types: MediaTypes,
    compression: Compression,
) -> Result<(), Error> {
    if typed.consumers.contains(&args::Consumer::Flux) && compression == Compression::None {
        return Err(usage("Flux takes no layer that is not compressed (`--consumer flux`, `--compression none`)")
            .hint("leave out `--compression none`"));
    }
    let foreign = match media_types {
        MediaTypes::Docker => "docker",
        MediaTypes::Flux => "flux",
        MediaTypes::Oci | MediaTypes::Oras => return Ok(()),
    };
    if typed.consumers.contains(&args::Consumer::ArgoCd) {
        let message = format!("Argo CD refuses `--media-types {foreign}` (`--consumer argocd`)");
        return Err(usage(message).hint("leave out `--media-types`: all consumers take the default"));
    }
    Ok(())
}

const fn consumer(typed: args::Consumer) -> Consumer {
    match typed {
        args::Consumer::ConfigSync => Consumer::ConfigSync,
        args::Consumer::Flux => Consumer::Flux,
        args::Consumer::ArgoCd => Consumer::ArgoCd,
        args::Consumer::Kubectl => Consumer::Kubectl,
    }
}
