//! Whom TLS trusts, and who we are to servers that ask.
//!
//! The files are read and checked here, one by one, so that an error names the file; reqwest would say only that something is wrong.

use std::error::Error as StdError;
use std::path::Path;

use reqwest::{Certificate, ClientBuilder, Identity};
use rustls::RootCertStore;
use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

use super::{ClientCertificate, Options};
use crate::error::{Error, Kind};

/// What the options say of TLS.
#[derive(Debug)]
pub(super) struct Tls {
    authorities: Vec<Certificate>,
    identity: Option<Identity>,
    verify: bool,
}

impl Tls {
    /// Reads the files.
    pub(super) fn read(options: &Options) -> Result<Self, Error> {
        // Fails where the program has chosen a provider already: then that one serves.
        let _ = ring::default_provider().install_default();
        let mut authorities = Vec::new();
        for file in &options.ca_files {
            authorities.extend(certificates_to_trust(file)?);
        }
        let identity = options.client_certificate.as_ref().map(identity).transpose()?;
        Ok(Self { authorities, identity, verify: !options.skip_tls_verify })
    }

    /// Adds the settings to what `builder` makes, and builds it. The second of the pair says whether there is no root certificate
    /// to trust: then plain HTTP still works.
    pub(super) fn build(&self, builder: impl Fn() -> ClientBuilder) -> Result<(reqwest::Client, bool), reqwest::Error> {
        let mut prepared = builder().tls_certs_merge(self.authorities.clone());
        if let Some(identity) = self.identity.clone() {
            prepared = prepared.identity(identity);
        }
        match prepared.tls_danger_accept_invalid_certs(!self.verify).build() {
            Err(error) if lacks_roots(&error) => {
                let mut without = builder().tls_certs_only([]);
                if let Some(identity) = self.identity.clone() {
                    without = without.identity(identity);
                }
                Ok((without.build()?, true))
            }
            other => Ok((other?, false)),
        }
    }
}

/// rustls-platform-verifier refuses to be made where the system has no certificates and no file was named; it says so in a text only.
fn lacks_roots(error: &reqwest::Error) -> bool {
    std::iter::successors(error.source(), |&error| error.source())
        .any(|error| error.to_string().contains("No CA certificates were loaded"))
}

fn certificates_to_trust(file: &Path) -> Result<Vec<Certificate>, Error> {
    certificates(file)?
        .into_iter()
        .map(|der| {
            let certificate = Certificate::from_der(&der).map_err(|cause| unfit(file, "certificate").because(cause))?;
            RootCertStore::empty().add(der).map_err(|cause| unfit(file, "certificate").because(cause))?;
            Ok(certificate)
        })
        .collect()
}

/// All certificates of a PEM file; one at least.
fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_file_iter(file).and_then(Iterator::collect);
    match all {
        Ok(all) if all.is_empty() => Err(absent(file, "certificate")),
        Ok(all) => Ok(all),
        Err(error) => Err(unreadable(file, "certificate", error)),
    }
}

fn identity(files: &ClientCertificate) -> Result<Identity, Error> {
    let chain = certificates(&files.certificate)?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| match error {
        pem::Error::NoItemsFound => absent(&files.key, "unencrypted private key"),
        error => unreadable(&files.key, "private key", error),
    })?;
    CertifiedKey::from_der(chain, key, &ring::default_provider()).map_err(|cause| {
        let (certificate, key) = (files.certificate.display(), files.key.display());
        Error::new(Kind::Local, format!("the client certificate `{certificate}` cannot be used with the key `{key}`"))
            .because(cause)
    })?;
    let mut both = Vec::new();
    for file in [&files.certificate, &files.key] {
        both.extend(std::fs::read(file).map_err(|cause| unfit(file, "PEM file").because(cause))?);
        both.push(b'\n');
    }
    Identity::from_pem(&both).map_err(|cause| unfit(&files.certificate, "client certificate").because(cause))
}

fn absent(file: &Path, what: &str) -> Error {
    Error::new(Kind::Local, format!("`{}` holds no {what}", file.display())).hint("it must be a PEM file: -----BEGIN …")
}

fn unfit(file: &Path, what: &str) -> Error {
    Error::new(Kind::Local, format!("cannot use the {what} in `{}`", file.display()))
}

fn unreadable(file: &Path, what: &str, error: pem::Error) -> Error {
    match error {
        pem::Error::Io(cause) => Error::new(Kind::Local, format!("cannot read `{}`", file.display())).because(cause),
        // The text of the others may quote the file, which may hold a key.
        _ => unfit(file, what).because("it is not well-formed PEM"),
    }
}

#[cfg(test)]
mod tests;
